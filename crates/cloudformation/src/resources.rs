//! Each resource type's own file: its schema, and how its resources are made, changed and removed
//! through the services' operations.
//!
//! A step calls operations as the deployment's caller, in the same process and through the same
//! gate as any client. It knows no template and no stack, only properties that are checked.

mod identity_policies;
mod patch;
mod request;

pub(crate) mod access_key;
pub(crate) mod alias;
pub(crate) mod api_account;
pub(crate) mod api_authorizer;
pub(crate) mod api_deployment;
pub(crate) mod api_domain;
pub(crate) mod api_key;
pub(crate) mod api_model;
pub(crate) mod api_resource;
pub(crate) mod base_path_mapping;
pub(crate) mod client_certificate;
pub(crate) mod definition;
pub(crate) mod event_source_mapping;
pub(crate) mod function;
pub(crate) mod function_url;
pub(crate) mod gateway_response;
pub(crate) mod group;
pub(crate) mod http_api;
pub(crate) mod http_authorizer;
pub(crate) mod http_deployment;
pub(crate) mod http_domain;
pub(crate) mod http_integration;
pub(crate) mod http_link;
pub(crate) mod http_mapping;
pub(crate) mod http_route;
pub(crate) mod http_stage;
pub(crate) mod inline_policy;
pub(crate) mod integration_response;
pub(crate) mod invoke_config;
pub(crate) mod layer_permission;
pub(crate) mod layer_version;
pub(crate) mod log_group;
pub(crate) mod log_policy;
pub(crate) mod managed_policy;
pub(crate) mod message_model;
pub(crate) mod method;
pub(crate) mod permission;
pub(crate) mod request_validator;
pub(crate) mod rest_api;
pub(crate) mod role;
pub(crate) mod route_response;
pub(crate) mod stage;
pub(crate) mod subscription_filter;
pub(crate) mod table;
pub(crate) mod usage_plan;
pub(crate) mod usage_plan_key;
pub(crate) mod user;
pub(crate) mod version;
pub(crate) mod vpc_link;

use crate::api::Api;
use crate::catalog::Kind;
use crate::document::{Map, Node};
use crate::error::TemplateError;
use crate::scope::{Made, Place};
use bytes::Bytes;
use service::Call;
use std::time::Duration;
use wire::{Fault, Input};

/// How long a step waits between two looks at a resource that is being made.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How often it looks before it gives up: ten minutes in all.
const MAX_POLLS: u32 = 12_000;

/// Why a step did not happen.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A service refused.
    Refused {
        operation: &'static str,
        fault: Fault,
    },
    /// What the schema let through cannot be read.
    Template(TemplateError),
    /// The stack's own state could not be kept.
    Store(kv::Error),
    /// A resource that was made does not come to life.
    Unsettled(String),
}

impl From<kv::Error> for Failure {
    fn from(error: kv::Error) -> Failure {
        Failure::Store(error)
    }
}

/// What a resource shall be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The name that a new resource gets: the template's, or one made up.
    pub name: String,
    /// Checked against the type's schema.
    pub properties: Map,
    /// A function's package.
    pub package: Option<Bytes>,
}

/// A resource that exists.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    pub made: Made,
    pub properties: Map,
}

/// What a step may do besides: it tells as soon as a resource exists, so that a later failure, or
/// the end of the process, does not lose it.
pub(crate) trait Birth: Send + Sync {
    fn exists(&self, made: &Made) -> impl Future<Output = Result<(), Failure>> + Send;
}

pub(crate) struct Step<'s, A> {
    pub api: &'s A,
    pub place: &'s Place,
}

impl<A> Step<'_, A> {
    /// Calls an operation.
    async fn call<I: Input>(&self, input: I) -> Result<I::Output, Failure>
    where
        A: Call<I>,
    {
        let operation = I::OPERATION.name;
        let answer = self.api.call(input).await;
        answer.map_err(|fault| Failure::Refused { operation, fault })
    }

    /// Calls an operation that may find its work done: what it would remove is not there.
    async fn remove<I: Input>(&self, input: I) -> Result<(), Failure>
    where
        A: Call<I>,
    {
        match self.call(input).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused { fault, .. }) if is_absent(&fault) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}

/// Whether a service says that what was asked for does not exist.
fn is_absent(fault: &Fault) -> bool {
    fault.is(&wire::dynamodb::errors::RESOURCE_NOT_FOUND)
        || fault.is(&wire::iam::errors::NO_SUCH_ENTITY)
        || fault.is(&wire::lambda::errors::RESOURCE_NOT_FOUND)
        || fault.is(&wire::apigateway::errors::NOT_FOUND)
        || fault.is(&wire::apigatewayv2::errors::NOT_FOUND)
        || fault.is(&wire::logs::errors::RESOURCE_NOT_FOUND)
}

/// Checks what a schema cannot say.
pub(crate) fn inspect(kind: Kind, properties: &Map) -> Result<(), TemplateError> {
    match kind {
        Kind::RestApi => rest_api::inspect(properties),
        _ => Ok(()),
    }
}

/// Makes a resource.
pub(crate) async fn create<A: Api>(
    kind: Kind,
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    match kind {
        Kind::Table => table::create(step, wanted, birth).await,
        Kind::Role => role::create(step, wanted, birth).await,
        Kind::InlinePolicy => inline_policy::create(step, wanted, birth).await,
        Kind::ManagedPolicy => managed_policy::create(step, wanted, birth).await,
        Kind::Function => function::create(step, wanted, birth).await,
        Kind::LayerVersion => layer_version::create(step, wanted, birth).await,
        Kind::Version => version::create(step, wanted, birth).await,
        Kind::Alias => alias::create(step, wanted, birth).await,
        Kind::FunctionUrl => function_url::create(step, wanted, birth).await,
        Kind::InvokeConfig => invoke_config::create(step, wanted).await,
        Kind::EventSourceMapping => event_source_mapping::create(step, wanted, birth).await,
        Kind::Permission => permission::create(step, wanted).await,
        Kind::LayerPermission => layer_permission::create(step, wanted).await,
        Kind::RestApi => rest_api::create(step, wanted, birth).await,
        Kind::ApiResource => api_resource::create(step, wanted).await,
        Kind::Method => method::create(step, wanted, birth).await,
        Kind::ApiDeployment => api_deployment::create(step, wanted, birth).await,
        Kind::Stage => stage::create(step, wanted, birth).await,
        Kind::LogGroup => log_group::create(step, wanted, birth).await,
        Kind::HttpApi => http_api::create(step, wanted, birth).await,
        Kind::HttpStage => http_stage::create(step, wanted).await,
        Kind::HttpAuthorizer => http_authorizer::create(step, wanted).await,
        Kind::HttpDeployment => http_deployment::create(step, wanted).await,
        Kind::HttpDomain => http_domain::create(step, wanted).await,
        Kind::HttpIntegration => http_integration::create(step, wanted).await,
        Kind::HttpLink => http_link::create(step, wanted).await,
        Kind::HttpMapping => http_mapping::create(step, wanted).await,
        Kind::HttpRoute => http_route::create(step, wanted).await,
        Kind::IntegrationResponse => integration_response::create(step, wanted).await,
        Kind::MessageModel => message_model::create(step, wanted).await,
        Kind::RouteResponse => route_response::create(step, wanted).await,
        Kind::ApiAccount => api_account::create(step, wanted).await,
        Kind::ApiAuthorizer => api_authorizer::create(step, wanted).await,
        Kind::ApiDomain => api_domain::create(step, wanted).await,
        Kind::ApiKey => api_key::create(step, wanted).await,
        Kind::ApiModel => api_model::create(step, wanted).await,
        Kind::BasePathMapping => base_path_mapping::create(step, wanted).await,
        Kind::GatewayResponse => gateway_response::create(step, wanted).await,
        Kind::RequestValidator => request_validator::create(step, wanted).await,
        Kind::UsagePlan => usage_plan::create(step, wanted, birth).await,
        Kind::UsagePlanKey => usage_plan_key::create(step, wanted).await,
        Kind::SubscriptionFilter => subscription_filter::create(step, wanted).await,
        Kind::LogPolicy => log_policy::create(step, wanted).await,
        Kind::ClientCertificate => client_certificate::create(step, wanted).await,
        Kind::VpcLink => vpc_link::create(step, wanted).await,
        Kind::AccessKey => access_key::create(step, wanted, birth).await,
        Kind::User => user::create(step, wanted, birth).await,
        Kind::Group => group::create(step, wanted, birth).await,
    }
}

/// Changes a resource in place; answers what `Ref` and `Fn::GetAtt` give from then on.
pub(crate) async fn update<A: Api>(
    kind: Kind,
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<Made, Failure> {
    match kind {
        Kind::Table => table::update(step, old, wanted).await,
        Kind::Function => function::update(step, old, wanted).await,
        _ => {
            update_as_it_is(kind, step, old, wanted).await?;
            Ok(old.made.clone())
        }
    }
}

/// Changes a resource in place that stays what it is to others.
async fn update_as_it_is<A: Api>(
    kind: Kind,
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    match kind {
        Kind::Role => role::update(step, old, wanted).await,
        Kind::InlinePolicy => inline_policy::update(step, old, wanted).await,
        Kind::ManagedPolicy => managed_policy::update(step, old, wanted).await,
        Kind::Alias => alias::update(step, old, wanted).await,
        Kind::FunctionUrl => function_url::update(step, wanted).await,
        Kind::InvokeConfig => invoke_config::put(step, wanted).await,
        Kind::EventSourceMapping => event_source_mapping::update(step, old, wanted).await,
        Kind::RestApi => rest_api::update(step, old, wanted).await,
        Kind::Method => method::update(step, old, wanted).await,
        Kind::Stage => stage::update(step, old, wanted).await,
        Kind::LogGroup => log_group::update(step, old, wanted).await,
        Kind::HttpApi => http_api::update(step, old, wanted).await,
        Kind::HttpStage => http_stage::update(step, old, wanted).await,
        Kind::HttpAuthorizer => http_authorizer::update(step, old, wanted).await,
        Kind::HttpDeployment => http_deployment::update(step, old, wanted).await,
        Kind::HttpDomain => http_domain::update(step, old, wanted).await,
        Kind::HttpIntegration => http_integration::update(step, old, wanted).await,
        Kind::HttpLink => http_link::update(step, old, wanted).await,
        Kind::HttpMapping => http_mapping::update(step, old, wanted).await,
        Kind::HttpRoute => http_route::update(step, old, wanted).await,
        Kind::IntegrationResponse => integration_response::update(step, old, wanted).await,
        Kind::MessageModel => message_model::update(step, old, wanted).await,
        Kind::RouteResponse => route_response::update(step, old, wanted).await,
        Kind::ApiAccount => api_account::set(step, wanted).await,
        Kind::ApiAuthorizer => api_authorizer::update(step, old, wanted).await,
        Kind::ApiDomain => api_domain::update(step, old, wanted).await,
        Kind::ApiKey => api_key::update(step, old, wanted).await,
        Kind::ApiModel => api_model::update(step, old, wanted).await,
        Kind::BasePathMapping => base_path_mapping::update(step, old, wanted).await,
        Kind::GatewayResponse => gateway_response::update(step, old, wanted).await,
        Kind::RequestValidator => request_validator::update(step, old, wanted).await,
        Kind::UsagePlan => usage_plan::update(step, old, wanted).await,
        Kind::SubscriptionFilter => subscription_filter::update(step, old, wanted).await,
        Kind::AccessKey => access_key::update(step, old, wanted).await,
        Kind::User => user::update(step, old, wanted).await,
        Kind::Group => group::update(step, old, wanted).await,
        Kind::LogPolicy => log_policy::put(step, wanted).await,
        // All their properties replace, or they have been seen to.
        Kind::Table
        | Kind::Function
        | Kind::LayerVersion
        | Kind::Version
        | Kind::Permission
        | Kind::LayerPermission
        | Kind::ApiResource
        | Kind::ApiDeployment
        | Kind::ClientCertificate
        | Kind::VpcLink
        | Kind::UsagePlanKey => Ok(()),
    }
}

/// Removes a resource; one that is gone already is no error.
pub(crate) async fn delete<A: Api>(
    kind: Kind,
    step: &Step<'_, A>,
    old: &Existing,
) -> Result<(), Failure> {
    match kind {
        Kind::Table => table::delete(step, old).await,
        Kind::Role => role::delete(step, old).await,
        Kind::InlinePolicy => inline_policy::delete(step, old).await,
        Kind::ManagedPolicy => managed_policy::delete(step, old).await,
        Kind::Function => function::delete(step, old).await,
        Kind::LayerVersion => layer_version::delete(step, old).await,
        Kind::Version => version::delete(step, old).await,
        Kind::Alias => alias::delete(step, old).await,
        Kind::FunctionUrl => function_url::delete(step, old).await,
        Kind::InvokeConfig => invoke_config::delete(step, old).await,
        Kind::EventSourceMapping => event_source_mapping::delete(step, old).await,
        Kind::Permission => permission::delete(step, old).await,
        Kind::LayerPermission => layer_permission::delete(step, old).await,
        Kind::RestApi => rest_api::delete(step, old).await,
        Kind::ApiResource => api_resource::delete(step, old).await,
        Kind::Method => method::delete(step, old).await,
        Kind::ApiDeployment => api_deployment::delete(step, old).await,
        Kind::Stage => stage::delete(step, old).await,
        Kind::LogGroup => log_group::delete(step, old).await,
        Kind::HttpApi => http_api::delete(step, old).await,
        Kind::HttpStage => http_stage::delete(step, old).await,
        Kind::HttpAuthorizer => http_authorizer::delete(step, old).await,
        Kind::HttpDeployment => http_deployment::delete(step, old).await,
        Kind::HttpDomain => http_domain::delete(step, old).await,
        Kind::HttpIntegration => http_integration::delete(step, old).await,
        Kind::HttpLink => http_link::delete(step, old).await,
        Kind::HttpMapping => http_mapping::delete(step, old).await,
        Kind::HttpRoute => http_route::delete(step, old).await,
        Kind::IntegrationResponse => integration_response::delete(step, old).await,
        Kind::MessageModel => message_model::delete(step, old).await,
        Kind::RouteResponse => route_response::delete(step, old).await,
        Kind::ApiAuthorizer => api_authorizer::delete(step, old).await,
        Kind::ApiDomain => api_domain::delete(step, old).await,
        Kind::ApiKey => api_key::delete(step, old).await,
        Kind::ApiModel => api_model::delete(step, old).await,
        Kind::BasePathMapping => base_path_mapping::delete(step, old).await,
        Kind::GatewayResponse => gateway_response::delete(step, old).await,
        Kind::RequestValidator => request_validator::delete(step, old).await,
        Kind::UsagePlan => usage_plan::delete(step, old).await,
        Kind::UsagePlanKey => usage_plan_key::delete(step, old).await,
        Kind::SubscriptionFilter => subscription_filter::delete(step, old).await,
        Kind::LogPolicy => log_policy::delete(step, old).await,
        Kind::ClientCertificate => client_certificate::delete(step, old).await,
        Kind::VpcLink => vpc_link::delete(step, old).await,
        Kind::AccessKey => access_key::delete(step, old).await,
        Kind::User => user::delete(step, old).await,
        Kind::Group => group::delete(step, old).await,
        // The account stays as it is, as on AWS.
        Kind::ApiAccount => Ok(()),
    }
}

impl Made {
    /// A resource of which only `Ref` tells something.
    fn named(reference: impl Into<String>) -> Made {
        Made {
            reference: reference.into(),
            ..Made::default()
        }
    }

    fn with(mut self, attribute: &str, value: impl Into<String>) -> Made {
        self.attributes.insert(attribute.to_owned(), value.into());
        self
    }
}

/// A text property; empty where there is none.
pub(crate) fn text_of(properties: &Map, name: &str) -> String {
    let text = properties.get(name).and_then(Node::as_text);
    text.unwrap_or_default().to_owned()
}

/// A list of texts; empty where there is none.
fn texts_of(properties: &Map, name: &str) -> Vec<String> {
    let items = properties.get(name).and_then(Node::as_list);
    let items = items.unwrap_or_default().iter();
    let texts = items.filter_map(Node::as_text);
    texts.map(str::to_owned).collect()
}

/// The keys of tags that were there and shall not be.
fn untagged(old: &Map, new: &Map) -> Vec<String> {
    let keys = |properties: &Map| -> Vec<String> {
        let tags = properties.get("Tags").and_then(Node::as_list);
        let tags = tags.unwrap_or_default().iter().filter_map(Node::as_map);
        tags.map(|tag| text_of(tag, "Key")).collect()
    };
    let kept = keys(new);
    let mut gone = keys(old);
    gone.retain(|key| !kept.contains(key));
    gone
}

/// A policy document or other JSON as the text that operations take.
fn json_of(properties: &Map, name: &str) -> String {
    match properties.get(name) {
        // It may have been written as text already.
        Some(node) => node
            .as_text()
            .map_or_else(|| node.to_string(), str::to_owned),
        None => String::new(),
    }
}
