//! Records as the wire shows them.

mod kept;

pub use kept::{
    KeyValue, api_key, base_path_mapping, client_certificate, days, documentation_part,
    documentation_version, domain_name, usage_plan, usage_plan_key, vpc_link,
};

use crate::gateway_response::{self, Customs};
use crate::json::push_string;
use crate::record::{
    AccessLog, AccountSettings, Authorizer, Canary, Deployment, GatewayResponse, HttpMethod,
    Integration, IntegrationResponse, Method, MethodResponse, MethodSettings, Model,
    RequestValidator, Resource, RestApi, Stage, Texts,
};
use base::Timestamp;
use std::collections::BTreeMap;
use wire::apigateway as wire_shape;
use wire::{Enumeration, NullableTexts};

/// Whether an answer shows `tags: {}` for an API without tags: Get and Update do, others do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyTags {
    Shown,
    Left,
}

pub fn rest_api(api: RestApi, empty_tags: EmptyTags) -> wire_shape::RestApi {
    let shown = !api.tags.is_empty() || empty_tags == EmptyTags::Shown;
    wire_shape::RestApi {
        created_date: Some(api.created()),
        id: Some(api.id),
        name: Some(api.name),
        description: api.description,
        version: api.version,
        binary_media_types: Some(api.binary_media_types).filter(|types| !types.is_empty()),
        minimum_compression_size: api.minimum_compression_size,
        api_key_source: Some(api.api_key_source.0),
        endpoint_configuration: Some(wire_shape::EndpointConfiguration {
            types: Some(vec![api.endpoint.kind.0]),
            ip_address_type: Some(api.endpoint.ip_address_type.0),
            vpc_endpoint_ids: Some(api.endpoint.vpc_endpoint_ids).filter(|ids| !ids.is_empty()),
        }),
        policy: api.policy.as_deref().map(escaped),
        tags: shown.then_some(api.tags),
        disable_execute_api_endpoint: Some(api.disable_execute_api_endpoint),
        root_resource_id: Some(api.root_resource_id),
        ..wire_shape::RestApi::default()
    }
}

/// Policies come back as the inside of a JSON string, escapes and all; Terraform undoes that.
fn escaped(policy: &str) -> String {
    let mut quoted = String::new();
    push_string(policy, &mut quoted);
    let inside = quoted
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inside.unwrap_or_default().to_owned()
}

/// A resource; `methods` are embedded as they are given.
pub fn resource(
    resource: &Resource,
    path: String,
    methods: BTreeMap<String, wire_shape::Method>,
) -> wire_shape::Resource {
    wire_shape::Resource {
        id: Some(resource.id.clone()),
        parent_id: resource.parent_id.clone(),
        path_part: resource
            .parent_id
            .is_some()
            .then(|| resource.path_part.clone()),
        path: Some(path),
        resource_methods: Some(methods).filter(|methods| !methods.is_empty()),
    }
}

pub fn method(verb: HttpMethod, method: Method) -> wire_shape::Method {
    let responses = method.responses.into_iter();
    let responses: BTreeMap<_, _> = responses
        .map(|(status, response)| (status.clone(), method_response(status, response)))
        .collect();
    wire_shape::Method {
        http_method: Some(verb.as_str().to_owned()),
        authorization_type: Some(method.authorization_type.as_str().to_owned()),
        authorizer_id: method.authorizer_id,
        api_key_required: Some(method.api_key_required),
        request_validator_id: method.request_validator_id,
        operation_name: method.operation_name,
        request_parameters: method.request_parameters,
        request_models: method.request_models,
        method_responses: Some(responses).filter(|responses| !responses.is_empty()),
        method_integration: method.integration.map(integration),
        authorization_scopes: method.authorization_scopes,
    }
}

pub fn method_response(status: String, response: MethodResponse) -> wire_shape::MethodResponse {
    wire_shape::MethodResponse {
        status_code: Some(status),
        response_parameters: response.parameters,
        response_models: response.models,
    }
}

pub fn integration(integration: Integration) -> wire_shape::Integration {
    let responses = integration.responses.into_iter();
    let responses: BTreeMap<_, _> = responses
        .map(|(status, response)| (status.clone(), integration_response(status, response)))
        .collect();
    wire_shape::Integration {
        r#type: Some(integration.kind.0),
        http_method: integration.http_method,
        uri: integration.uri,
        connection_type: integration.connection_type.map(|named| named.0),
        connection_id: integration.connection_id,
        credentials: integration.credentials,
        request_parameters: integration.request_parameters,
        request_templates: integration.request_templates,
        passthrough_behavior: Some(integration.passthrough.as_str().to_owned()),
        content_handling: integration.content_handling.map(|named| named.0),
        timeout_in_millis: Some(integration.timeout_ms),
        cache_namespace: Some(integration.cache_namespace),
        cache_key_parameters: Some(integration.cache_key_parameters),
        integration_responses: Some(responses).filter(|responses| !responses.is_empty()),
        tls_config: integration
            .insecure_skip_verification
            .map(|skip| wire_shape::TlsConfig {
                insecure_skip_verification: Some(skip),
            }),
        response_transfer_mode: integration.response_transfer_mode.map(|named| named.0),
        ..wire_shape::Integration::default()
    }
}

pub fn integration_response(
    status: String,
    response: IntegrationResponse,
) -> wire_shape::IntegrationResponse {
    wire_shape::IntegrationResponse {
        status_code: Some(status),
        selection_pattern: response.selection_pattern,
        response_parameters: response.parameters,
        response_templates: response.templates.map(NullableTexts),
        content_handling: response.content_handling.map(|named| named.0),
    }
}

pub fn model(model: Model) -> wire_shape::Model {
    wire_shape::Model {
        id: Some(model.id),
        name: Some(model.name),
        description: model.description,
        schema: Some(model.schema),
        content_type: Some(model.content_type),
    }
}

pub fn request_validator(validator: RequestValidator) -> wire_shape::RequestValidator {
    wire_shape::RequestValidator {
        id: Some(validator.id),
        name: validator.name,
        validate_request_body: Some(validator.validate_body),
        validate_request_parameters: Some(validator.validate_parameters),
    }
}

/// The response of a type: the API's own, else what it inherits, else the default.
pub fn gateway_response(
    kind: wire_shape::GatewayResponseType,
    set: &BTreeMap<String, GatewayResponse>,
) -> wire_shape::GatewayResponse {
    let own = set.get(kind.as_str());
    let inherited = || gateway_response::fallback(kind).and_then(|kind| set.get(kind.as_str()));
    let shown = own.or_else(inherited).cloned().unwrap_or_default();
    let status = shown
        .status
        .or_else(|| gateway_response::default_status(kind));
    let default_templates = || {
        let json = "application/json".to_owned();
        Texts::from([(json, gateway_response::DEFAULT_TEMPLATE.to_owned())])
    };
    let templates = if shown.templates.is_empty() {
        default_templates()
    } else {
        shown.templates
    };
    wire_shape::GatewayResponse {
        response_type: Some(kind),
        status_code: status.map(|status| status.to_string()),
        response_parameters: Some(shown.parameters),
        response_templates: Some(templates),
        default_response: Some(own.is_none()),
    }
}

/// The responses an API has set, for rendering.
pub fn customs(set: &BTreeMap<String, GatewayResponse>) -> Customs {
    let known = |(name, response): (&String, &GatewayResponse)| {
        let kind = wire_shape::GatewayResponseType::from_name(name)?;
        let custom = gateway_response::Custom {
            status: response.status,
            parameters: response.parameters.clone(),
            templates: response.templates.clone(),
        };
        Some((kind.as_str(), custom))
    };
    set.iter().filter_map(known).collect()
}

pub fn deployment(deployment: Deployment) -> wire_shape::Deployment {
    wire_shape::Deployment {
        id: Some(deployment.id),
        description: deployment.description,
        created_date: Some(Timestamp::from_millis(deployment.created_ms)),
        api_summary: None,
    }
}

pub fn stage(stage: Stage) -> wire_shape::Stage {
    let settings = stage.method_settings.into_iter();
    wire_shape::Stage {
        deployment_id: Some(stage.deployment_id),
        stage_name: Some(stage.name),
        description: stage.description,
        cache_cluster_enabled: Some(stage.cache_cluster_enabled),
        cache_cluster_size: stage.cache_cluster_size.map(|size| size.0),
        cache_cluster_status: Some(match stage.cache_cluster_enabled {
            true => wire_shape::CacheClusterStatus::Available,
            false => wire_shape::CacheClusterStatus::NotAvailable,
        }),
        canary_settings: stage.canary.map(canary),
        method_settings: Some(
            settings
                .map(|(key, set)| (key, method_setting(set)))
                .collect(),
        ),
        variables: Some(stage.variables).filter(|variables| !variables.is_empty()),
        documentation_version: stage.documentation_version,
        access_log_settings: access_log(stage.access_log),
        client_certificate_id: stage.client_certificate,
        tracing_enabled: Some(stage.tracing_enabled),
        tags: Some(stage.tags).filter(|tags| !tags.is_empty()),
        created_date: Some(Timestamp::from_millis(stage.created_ms)),
        last_updated_date: Some(Timestamp::from_millis(stage.updated_ms)),
        ..wire_shape::Stage::default()
    }
}

fn canary(canary: Canary) -> wire_shape::CanarySettings {
    wire_shape::CanarySettings {
        percent_traffic: Some(canary.percent),
        deployment_id: Some(canary.deployment_id),
        stage_variable_overrides: Some(canary.variables).filter(|set| !set.is_empty()),
        use_stage_cache: Some(canary.use_stage_cache),
    }
}

fn access_log(log: AccessLog) -> Option<wire_shape::AccessLogSettings> {
    let set = log.destination_arn.is_some() || log.format.is_some();
    set.then_some(wire_shape::AccessLogSettings {
        format: log.format,
        destination_arn: log.destination_arn,
    })
}

fn method_setting(set: MethodSettings) -> wire_shape::MethodSetting {
    wire_shape::MethodSetting {
        metrics_enabled: Some(set.metrics_enabled),
        logging_level: set.logging_level,
        data_trace_enabled: Some(set.data_trace_enabled),
        throttling_burst_limit: Some(set.throttling_burst_limit),
        throttling_rate_limit: Some(set.throttling_rate_limit),
        caching_enabled: Some(set.caching_enabled),
        cache_ttl_in_seconds: Some(set.cache_ttl_s),
        cache_data_encrypted: Some(set.cache_data_encrypted),
        require_authorization_for_cache_control: Some(set.require_authorization_for_cache_control),
        unauthorized_cache_control_header_strategy: Some(set.unauthorized_cache_control.0),
    }
}

pub fn account(settings: AccountSettings) -> wire_shape::Account {
    wire_shape::Account {
        cloudwatch_role_arn: settings.cloudwatch_role_arn,
        throttle_settings: Some(wire_shape::ThrottleSettings {
            burst_limit: Some(5000),
            rate_limit: Some(10_000.0),
        }),
        features: Some(vec!["UsagePlans".to_owned()]),
        api_key_version: Some("4".to_owned()),
    }
}

pub fn authorizer(authorizer: Authorizer) -> wire_shape::Authorizer {
    // Shown for every authorizer, whether anybody has said it or not.
    let auth_type = authorizer.auth_type.unwrap_or_else(|| {
        let default = match authorizer.kind.0 {
            wire_shape::AuthorizerType::CognitoUserPools => "cognito_user_pools",
            wire_shape::AuthorizerType::Token
            | wire_shape::AuthorizerType::Request
            | wire_shape::AuthorizerType::Jwt => "custom",
        };
        default.to_owned()
    });
    wire_shape::Authorizer {
        id: Some(authorizer.id),
        name: Some(authorizer.name),
        r#type: Some(authorizer.kind.0),
        provider_ar_ns: Some(authorizer.provider_arns).filter(|arns| !arns.is_empty()),
        auth_type: Some(auth_type),
        authorizer_uri: authorizer.uri,
        authorizer_credentials: authorizer.credentials,
        identity_source: authorizer.identity_source,
        identity_validation_expression: authorizer.identity_validation,
        authorizer_result_ttl_in_seconds: authorizer.ttl_s,
        jwt_configuration: None,
    }
}
