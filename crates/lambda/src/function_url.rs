//! Function URLs as they are kept: one for a function, one for each of its aliases.

use crate::catalog::{self, Reader};
use crate::error::{Absent, Error};
use crate::lambda::Lambda;
use crate::record;
use crate::target::{Scope, Target};
use base::Timestamp;
use bytes::Bytes;
use kv::key::KeyWriter;
use kv::{KeyRange, Order, Space, Txn};
use serde::{Deserialize, Serialize};
use service::Requirement;
use wire::lambda::{self as shapes, FunctionUrlConfig};

const KIND: &str = "url";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UrlRecord {
    /// The first part of its host name.
    pub id: String,
    /// The alias; empty for the function itself.
    pub alias: String,
    pub auth: UrlAuth,
    pub cors: Option<CorsRecord>,
    pub mode: Option<InvokeMode>,
    pub created_ms: i64,
    pub modified_ms: i64,
}

/// Who may use a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UrlAuth {
    /// Whom the function's policy lets, signed or not.
    None,
    /// Signed requests of whom policies let.
    AwsIam,
}

/// The requirement of an action on the URL of a function, which need not have one.
pub(crate) async fn on_url(
    lambda: &Lambda,
    action: &'static str,
    target: &Target,
) -> Result<Vec<Requirement>, Error> {
    let found: Option<UrlRecord> = lambda.0.store.record(&key(target)).await?;
    let requirement = Requirement::new(action, target.arn())
        .with("lambda:FunctionArn", [target.function_arn().as_str()])
        .with(
            "lambda:FunctionUrlAuthType",
            found.map(|url| url.auth.as_str()),
        );
    Ok(vec![requirement])
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum InvokeMode {
    Buffered,
    ResponseStream,
}

/// As the user gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CorsRecord {
    pub allow_credentials: Option<bool>,
    pub allow_headers: Option<Vec<String>>,
    pub allow_methods: Option<Vec<String>>,
    pub allow_origins: Option<Vec<String>>,
    pub expose_headers: Option<Vec<String>>,
    pub max_age_s: Option<i32>,
}

impl CorsRecord {
    pub(crate) fn cors(&self) -> http_event::Cors<'_> {
        http_event::Cors {
            allow_credentials: self.allow_credentials == Some(true),
            allow_origins: self.allow_origins.as_deref().unwrap_or_default(),
            allow_methods: self.allow_methods.as_deref().unwrap_or_default(),
            allow_headers: self.allow_headers.as_deref().unwrap_or_default(),
            expose_headers: self.expose_headers.as_deref().unwrap_or_default(),
            max_age_s: self.max_age_s,
        }
    }
}

/// Where the record of a URL's id says what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UrlOwner {
    pub account: String,
    pub region: String,
    pub function: String,
    pub alias: String,
}

impl UrlAuth {
    pub fn as_str(self) -> &'static str {
        match self {
            UrlAuth::None => "NONE",
            UrlAuth::AwsIam => "AWS_IAM",
        }
    }

    pub fn of(shape: shapes::FunctionUrlAuthType) -> UrlAuth {
        match shape {
            shapes::FunctionUrlAuthType::None => UrlAuth::None,
            shapes::FunctionUrlAuthType::AwsIam => UrlAuth::AwsIam,
        }
    }

    pub fn shape(self) -> shapes::FunctionUrlAuthType {
        match self {
            UrlAuth::None => shapes::FunctionUrlAuthType::None,
            UrlAuth::AwsIam => shapes::FunctionUrlAuthType::AwsIam,
        }
    }
}

impl InvokeMode {
    pub fn of(shape: shapes::InvokeMode) -> InvokeMode {
        match shape {
            shapes::InvokeMode::Buffered => InvokeMode::Buffered,
            shapes::InvokeMode::ResponseStream => InvokeMode::ResponseStream,
        }
    }

    pub fn shape(self) -> shapes::InvokeMode {
        match self {
            InvokeMode::Buffered => shapes::InvokeMode::Buffered,
            InvokeMode::ResponseStream => shapes::InvokeMode::ResponseStream,
        }
    }
}

impl CorsRecord {
    pub fn of(shape: &shapes::Cors) -> CorsRecord {
        CorsRecord {
            allow_credentials: shape.allow_credentials,
            allow_headers: shape.allow_headers.clone(),
            allow_methods: shape.allow_methods.clone(),
            allow_origins: shape.allow_origins.clone(),
            expose_headers: shape.expose_headers.clone(),
            max_age_s: shape.max_age,
        }
    }

    pub fn shape(&self) -> shapes::Cors {
        shapes::Cors {
            allow_credentials: self.allow_credentials,
            allow_headers: self.allow_headers.clone(),
            allow_methods: self.allow_methods.clone(),
            allow_origins: self.allow_origins.clone(),
            expose_headers: self.expose_headers.clone(),
            max_age: self.max_age_s,
        }
    }
}

pub(crate) fn id_key(id: &str) -> Bytes {
    KeyWriter::new(Space::Lambda)
        .text("url-id")
        .text(id)
        .finish()
}

pub(crate) fn key(target: &Target) -> Bytes {
    let alias = alias_of(target);
    record::qualified_key(KIND, &target.scope, &target.name, &alias)
}

pub(crate) fn all(scope: &Scope, name: &str) -> KeyRange {
    record::qualified(KIND, scope, name)
}

/// The alias that `target` names; empty for the function itself.
pub(crate) fn alias_of(target: &Target) -> String {
    let qualifier = target.qualifier.as_ref();
    qualifier.map(ToString::to_string).unwrap_or_default()
}

/// All URLs of a function.
pub(crate) async fn of_function(
    txn: &Txn,
    scope: &Scope,
    name: &str,
) -> Result<Vec<UrlRecord>, Error> {
    Ok(catalog::collect(txn.scan(all(scope, name), Order::Ascending)).await?)
}

/// The URL of exactly what `target` names.
pub(crate) async fn of(reader: &impl Reader, target: &Target) -> Result<UrlRecord, Error> {
    let found = reader.record(&key(target)).await?;
    found.ok_or(Error::ResourceNotFound)
}

/// Makes sure that the function, and its alias, exist.
pub(crate) async fn check_function(reader: &impl Reader, target: &Target) -> Result<(), Error> {
    match catalog::resolve(reader, target, None).await {
        Ok(_) => Ok(()),
        Err(Error::FunctionNotFound(_)) => Err(Absent::UrlFunction.into()),
        Err(other) => Err(other),
    }
}

/// `2026-11-22T12:24:07.123Z`.
pub(crate) fn time(millis: i64) -> String {
    Timestamp::from_millis(millis).iso8601()
}

impl Lambda {
    /// The URL that has `id`: below our own endpoint, at the port that it has.
    pub(crate) fn function_url(&self, scope: &Scope, id: &str) -> String {
        let endpoint: Option<http::Uri> = self.0.config.endpoint.parse().ok();
        let scheme = endpoint.as_ref().and_then(http::Uri::scheme_str);
        let port = endpoint.as_ref().and_then(http::Uri::port_u16);
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let region = &scope.region;
        let scheme = scheme.unwrap_or("http");
        format!("{scheme}://{id}.lambda-url.{region}.localhost{port}/")
    }

    pub(crate) fn url_config(&self, target: &Target, record: &UrlRecord) -> FunctionUrlConfig {
        let arn = target.function_arn();
        FunctionUrlConfig {
            function_url: self.function_url(&target.scope, &record.id),
            function_arn: match record.alias.as_str() {
                "" => arn.to_string(),
                alias => format!("{arn}:{alias}"),
            },
            creation_time: time(record.created_ms),
            last_modified_time: time(record.modified_ms),
            cors: record.cors.as_ref().map(CorsRecord::shape),
            auth_type: record.auth.shape(),
            invoke_mode: Some(record.mode.unwrap_or(InvokeMode::Buffered).shape()),
        }
    }
}
