//! Authorizers: issuers of tokens, and functions that look at a request.

use super::deployments;
use super::error::Refusal;
use super::execute::IdentitySource;
use super::integrations::function_arn;
use super::parts::{self, Part, part_operations, set, set_some, set_text};
use super::record::{Api, Authorizer, Jwt, Route};
use super::{filled, require, shapes};
use crate::described::said;
use crate::error::Error;
use crate::keys::Scope;
use crate::record::Named;
use crate::{Gateway, operations};
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigatewayv2::{AuthorizerType, JWTConfiguration, ProtocolType};

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateAuthorizerInput>(),
        Handler::of::<shapes::DeleteAuthorizerInput>(),
        Handler::of::<shapes::GetAuthorizerInput>(),
        Handler::of::<shapes::GetAuthorizersInput>(),
        Handler::of::<shapes::UpdateAuthorizerInput>(),
    ]
}

part_operations!(Authorizer at "authorizers" by authorizer_id:
    GetAuthorizerInput, GetAuthorizersInput -> GetAuthorizersOutput, DeleteAuthorizerInput);

impl Part for Authorizer {
    type Shape = shapes::Authorizer;

    fn shape(self) -> shapes::Authorizer {
        shapes::Authorizer {
            authorizer_credentials_arn: self.credentials,
            authorizer_id: Some(self.id),
            authorizer_payload_format_version: self.payload_format,
            authorizer_result_ttl_in_seconds: self.ttl_s,
            authorizer_type: Some(self.kind.0),
            authorizer_uri: self.uri,
            enable_simple_responses: self.simple_responses,
            identity_source: filled(self.identity_sources),
            identity_validation_expression: self.identity_validation,
            jwt_configuration: self.jwt.map(|jwt| JWTConfiguration {
                audience: filled(jwt.audience),
                issuer: jwt.issuer,
            }),
            name: self.name,
        }
    }

    async fn may_go(&self, scope: &Scope, txn: &Txn) -> Result<(), Error> {
        let routes: Vec<Route> = scope.shelf().all(txn).await?;
        let asks = |route: &Route| route.authorizer_id.as_ref() == Some(&self.id);
        match routes.into_iter().find(asks) {
            None => Ok(()),
            Some(route) => Err(Refusal::AuthorizerInUse {
                name: self.name.clone(),
                route: route.key,
            }
            .into()),
        }
    }
}

pub(super) fn jwt(configuration: JWTConfiguration) -> Jwt {
    Jwt {
        issuer: configuration.issuer,
        audience: configuration.audience.unwrap_or_default(),
    }
}

/// Checks an authorizer against its API and the others there.
pub(super) async fn check(
    scope: &Scope,
    txn: &Txn,
    api: &Api,
    authorizer: &Authorizer,
) -> Result<(), Error> {
    for source in &authorizer.identity_sources {
        let invalid = || Refusal::IdentitySource(source.clone());
        // WebSocket APIs name parts of the request as REST APIs do.
        if api.protocol.0 == ProtocolType::Http {
            IdentitySource::parse(source).ok_or_else(invalid)?;
        }
    }
    match authorizer.kind.0 {
        AuthorizerType::Jwt => {
            let jwt = authorizer.jwt.as_ref();
            let issuer = jwt
                .and_then(|jwt| jwt.issuer.as_deref())
                .unwrap_or_default();
            if !issuer.starts_with("https://") && !issuer.starts_with("http://") {
                return Err(Refusal::Invalid {
                    name: "issuer",
                    value: issuer.to_owned(),
                }
                .into());
            }
        }
        AuthorizerType::Request => {
            let format = authorizer.payload_format.as_deref();
            if api.protocol.0 == ProtocolType::Http && format.is_none() {
                return Err(Refusal::Required {
                    name: "AuthorizerPayloadFormatVersion",
                    what: "REQUEST authorizer",
                }
                .into());
            }
            let known = |format: &&str| ["1.0", "2.0"].contains(format);
            if let Some(format) = format.filter(|format| !known(format)) {
                return Err(Refusal::PayloadFormat(format.to_owned()).into());
            }
            let uri = authorizer.uri.as_deref().unwrap_or_default();
            function_arn(uri).ok_or_else(|| Refusal::AuthorizerUri(uri.to_owned()))?;
        }
    }
    let others: Vec<Authorizer> = scope.shelf().all(txn).await?;
    let same = |other: &Authorizer| other.name == authorizer.name && other.id != authorizer.id;
    match others.iter().any(same) {
        true => Err(Refusal::AuthorizerName(authorizer.name.clone()).into()),
        false => Ok(()),
    }
}

/// What a route's REQUEST authorizer needs of IAM besides.
fn requirements(
    caller: &Caller,
    verb: &str,
    path: &[&str],
    role: Option<&str>,
    (kind, uri): (Option<AuthorizerType>, Option<&String>),
) -> Vec<Requirement> {
    let mut requirements = said(
        require(caller, verb, path),
        [
            ("AuthorizerType", kind.map(|kind| kind.as_str().to_owned())),
            ("AuthorizerUri", uri.cloned()),
        ],
    );
    requirements.extend(operations::require_pass_role(role));
    requirements
}

impl Operate<Gateway> for shapes::CreateAuthorizerInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "authorizers"];
        let role = self.authorizer_credentials_arn.as_deref();
        let says = (Some(self.authorizer_type), self.authorizer_uri.as_ref());
        Ok(requirements(caller, "POST", &path, role, says))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::Authorizer, Error> {
        let scope = &parts::scope(permit, &self.api_id);
        let authorizer = &Authorizer {
            id: operations::new_id(gateway),
            name: self.name,
            kind: Named(self.authorizer_type),
            credentials: self.authorizer_credentials_arn,
            payload_format: self.authorizer_payload_format_version,
            ttl_s: self.authorizer_result_ttl_in_seconds,
            uri: self.authorizer_uri,
            simple_responses: self.enable_simple_responses,
            identity_sources: self.identity_source,
            identity_validation: self.identity_validation_expression,
            jwt: self.jwt_configuration.map(jwt),
        };
        gateway
            .store
            .transact(|txn| async move {
                let api = parts::api(scope, &txn).await?;
                check(scope, &txn, &api, authorizer).await?;
                scope.shelf().save(&txn, authorizer);
                deployments::automatic(gateway, scope, &txn).await
            })
            .await?;
        Ok(authorizer.clone().shape())
    }
}

impl Operate<Gateway> for shapes::UpdateAuthorizerInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "authorizers", &self.authorizer_id];
        let role = self.authorizer_credentials_arn.as_deref();
        let says = (self.authorizer_type, self.authorizer_uri.as_ref());
        Ok(requirements(caller, "PATCH", &path, role, says))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::Authorizer, Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let authorizer = gateway.store.transact(|txn| async move {
            let api = parts::api(scope, &txn).await?;
            let id = &input.authorizer_id;
            let mut authorizer: Authorizer = scope.shelf().load(&txn, id).await?;
            update(&mut authorizer, input.clone());
            check(scope, &txn, &api, &authorizer).await?;
            scope.shelf().save(&txn, &authorizer);
            deployments::automatic(gateway, scope, &txn).await?;
            Ok::<_, Error>(authorizer)
        });
        Ok(authorizer.await?.shape())
    }
}

fn update(authorizer: &mut Authorizer, input: shapes::UpdateAuthorizerInput) {
    set(&mut authorizer.name, input.name);
    set(&mut authorizer.kind, input.authorizer_type.map(Named));
    set(&mut authorizer.identity_sources, input.identity_source);
    set_text(
        &mut authorizer.credentials,
        input.authorizer_credentials_arn,
    );
    let format = input.authorizer_payload_format_version;
    set_text(&mut authorizer.payload_format, format);
    set_some(
        &mut authorizer.ttl_s,
        input.authorizer_result_ttl_in_seconds,
    );
    set_text(&mut authorizer.uri, input.authorizer_uri);
    set_some(
        &mut authorizer.simple_responses,
        input.enable_simple_responses,
    );
    let validation = input.identity_validation_expression;
    set_text(&mut authorizer.identity_validation, validation);
    set_some(&mut authorizer.jwt, input.jwt_configuration.map(jwt));
}
