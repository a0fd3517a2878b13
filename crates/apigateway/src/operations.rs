//! The operations of the control plane, one a file.

mod create_api_key;
mod create_authorizer;
pub(crate) mod create_base_path_mapping;
mod create_deployment;
mod create_documentation_part;
mod create_documentation_version;
pub(crate) mod create_domain_name;
pub(crate) mod create_model;
mod create_request_validator;
mod create_resource;
mod create_rest_api;
mod create_stage;
mod create_usage_plan;
mod create_usage_plan_key;
mod create_vpc_link;
mod delete_api_key;
mod delete_authorizer;
mod delete_base_path_mapping;
mod delete_client_certificate;
mod delete_deployment;
mod delete_documentation_part;
mod delete_documentation_version;
pub(crate) mod delete_domain_name;
mod delete_gateway_response;
mod delete_integration;
mod delete_integration_response;
mod delete_method;
mod delete_method_response;
mod delete_model;
mod delete_request_validator;
mod delete_resource;
mod delete_rest_api;
mod delete_stage;
mod delete_usage_plan;
mod delete_usage_plan_key;
mod delete_vpc_link;
mod flush_stage_authorizers_cache;
mod flush_stage_cache;
mod generate_client_certificate;
mod get_account;
mod get_api_key;
mod get_api_keys;
mod get_authorizer;
mod get_authorizers;
mod get_base_path_mapping;
mod get_base_path_mappings;
mod get_client_certificate;
mod get_client_certificates;
mod get_deployment;
mod get_deployments;
mod get_documentation_part;
mod get_documentation_parts;
mod get_documentation_version;
mod get_documentation_versions;
mod get_domain_name;
mod get_domain_names;
mod get_export;
mod get_gateway_response;
mod get_gateway_responses;
mod get_integration;
mod get_integration_response;
mod get_method;
mod get_method_response;
mod get_model;
mod get_model_template;
mod get_models;
mod get_request_validator;
mod get_request_validators;
mod get_resource;
mod get_resources;
mod get_rest_api;
mod get_rest_apis;
mod get_sdk_type;
mod get_sdk_types;
mod get_stage;
mod get_stages;
mod get_tags;
mod get_usage;
mod get_usage_plan;
mod get_usage_plan_key;
mod get_usage_plan_keys;
mod get_usage_plans;
mod get_vpc_link;
mod get_vpc_links;
mod import_api_keys;
mod import_documentation_parts;
mod import_rest_api;
mod put_gateway_response;
mod put_integration;
mod put_integration_response;
mod put_method;
mod put_method_response;
mod put_rest_api;
mod tag_resource;
mod test_invoke_authorizer;
mod test_invoke_method;
mod untag_resource;
mod update_account;
mod update_api_key;
mod update_authorizer;
mod update_base_path_mapping;
mod update_client_certificate;
mod update_deployment;
mod update_documentation_part;
mod update_documentation_version;
mod update_domain_name;
mod update_gateway_response;
mod update_integration;
mod update_integration_response;
mod update_method;
mod update_method_response;
mod update_model;
mod update_request_validator;
mod update_resource;
mod update_rest_api;
mod update_stage;
mod update_usage;
mod update_usage_plan;
mod update_vpc_link;

pub(crate) use create_authorizer::check as check_authorizer;
pub(crate) use put_integration::check as check_integration;
pub(crate) use put_integration_response::check as check_integration_response;

pub(crate) use create_rest_api::custom_id;

use crate::Gateway;
use crate::error::{Bad, Error};
use crate::keys::Scope;
use crate::openapi::Document;
use crate::record::{Endpoint, Model, Named, Resource, RestApi, Texts};
use base::Entropy;
use kv::Txn;
use service::{Caller, Handler, Permit, Requirement};
use wire::apigateway as shapes;

/// The handlers of everything that is built.
pub fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateApiKeyInput>(),
        Handler::of::<shapes::CreateAuthorizerInput>(),
        Handler::of::<shapes::CreateBasePathMappingInput>(),
        Handler::of::<shapes::CreateDeploymentInput>(),
        Handler::of::<shapes::CreateDocumentationPartInput>(),
        Handler::of::<shapes::CreateDocumentationVersionInput>(),
        Handler::of::<shapes::CreateDomainNameInput>(),
        Handler::of::<shapes::CreateModelInput>(),
        Handler::of::<shapes::CreateRequestValidatorInput>(),
        Handler::of::<shapes::CreateResourceInput>(),
        Handler::of::<shapes::CreateRestApiInput>(),
        Handler::of::<shapes::CreateStageInput>(),
        Handler::of::<shapes::CreateUsagePlanInput>(),
        Handler::of::<shapes::CreateUsagePlanKeyInput>(),
        Handler::of::<shapes::CreateVpcLinkInput>(),
        Handler::of::<shapes::DeleteApiKeyInput>(),
        Handler::of::<shapes::DeleteAuthorizerInput>(),
        Handler::of::<shapes::DeleteBasePathMappingInput>(),
        Handler::of::<shapes::DeleteClientCertificateInput>(),
        Handler::of::<shapes::DeleteDeploymentInput>(),
        Handler::of::<shapes::DeleteDocumentationPartInput>(),
        Handler::of::<shapes::DeleteDocumentationVersionInput>(),
        Handler::of::<shapes::DeleteDomainNameInput>(),
        Handler::of::<shapes::DeleteGatewayResponseInput>(),
        Handler::of::<shapes::DeleteIntegrationInput>(),
        Handler::of::<shapes::DeleteIntegrationResponseInput>(),
        Handler::of::<shapes::DeleteMethodInput>(),
        Handler::of::<shapes::DeleteMethodResponseInput>(),
        Handler::of::<shapes::DeleteModelInput>(),
        Handler::of::<shapes::DeleteRequestValidatorInput>(),
        Handler::of::<shapes::DeleteResourceInput>(),
        Handler::of::<shapes::DeleteRestApiInput>(),
        Handler::of::<shapes::DeleteStageInput>(),
        Handler::of::<shapes::DeleteUsagePlanInput>(),
        Handler::of::<shapes::DeleteUsagePlanKeyInput>(),
        Handler::of::<shapes::DeleteVpcLinkInput>(),
        Handler::of::<shapes::FlushStageAuthorizersCacheInput>(),
        Handler::of::<shapes::FlushStageCacheInput>(),
        Handler::of::<shapes::GenerateClientCertificateInput>(),
        Handler::of::<shapes::GetAccountInput>(),
        Handler::of::<shapes::GetApiKeyInput>(),
        Handler::of::<shapes::GetApiKeysInput>(),
        Handler::of::<shapes::GetAuthorizerInput>(),
        Handler::of::<shapes::GetAuthorizersInput>(),
        Handler::of::<shapes::GetBasePathMappingInput>(),
        Handler::of::<shapes::GetBasePathMappingsInput>(),
        Handler::of::<shapes::GetClientCertificateInput>(),
        Handler::of::<shapes::GetClientCertificatesInput>(),
        Handler::of::<shapes::GetDeploymentInput>(),
        Handler::of::<shapes::GetDeploymentsInput>(),
        Handler::of::<shapes::GetDocumentationPartInput>(),
        Handler::of::<shapes::GetDocumentationPartsInput>(),
        Handler::of::<shapes::GetDocumentationVersionInput>(),
        Handler::of::<shapes::GetDocumentationVersionsInput>(),
        Handler::of::<shapes::GetDomainNameInput>(),
        Handler::of::<shapes::GetDomainNamesInput>(),
        Handler::of::<shapes::GetExportInput>(),
        Handler::of::<shapes::GetGatewayResponseInput>(),
        Handler::of::<shapes::GetGatewayResponsesInput>(),
        Handler::of::<shapes::GetIntegrationInput>(),
        Handler::of::<shapes::GetIntegrationResponseInput>(),
        Handler::of::<shapes::GetMethodInput>(),
        Handler::of::<shapes::GetMethodResponseInput>(),
        Handler::of::<shapes::GetModelInput>(),
        Handler::of::<shapes::GetModelTemplateInput>(),
        Handler::of::<shapes::GetModelsInput>(),
        Handler::of::<shapes::GetRequestValidatorInput>(),
        Handler::of::<shapes::GetRequestValidatorsInput>(),
        Handler::of::<shapes::GetResourceInput>(),
        Handler::of::<shapes::GetResourcesInput>(),
        Handler::of::<shapes::GetRestApiInput>(),
        Handler::of::<shapes::GetRestApisInput>(),
        Handler::of::<shapes::GetSdkTypeInput>(),
        Handler::of::<shapes::GetSdkTypesInput>(),
        Handler::of::<shapes::GetStageInput>(),
        Handler::of::<shapes::GetStagesInput>(),
        Handler::of::<shapes::GetTagsInput>(),
        Handler::of::<shapes::GetUsageInput>(),
        Handler::of::<shapes::GetUsagePlanInput>(),
        Handler::of::<shapes::GetUsagePlanKeyInput>(),
        Handler::of::<shapes::GetUsagePlanKeysInput>(),
        Handler::of::<shapes::GetUsagePlansInput>(),
        Handler::of::<shapes::GetVpcLinkInput>(),
        Handler::of::<shapes::GetVpcLinksInput>(),
        Handler::of::<shapes::ImportApiKeysInput>(),
        Handler::of::<shapes::ImportDocumentationPartsInput>(),
        Handler::of::<shapes::ImportRestApiInput>(),
        Handler::of::<shapes::PutGatewayResponseInput>(),
        Handler::of::<shapes::PutIntegrationInput>(),
        Handler::of::<shapes::PutIntegrationResponseInput>(),
        Handler::of::<shapes::PutMethodInput>(),
        Handler::of::<shapes::PutMethodResponseInput>(),
        Handler::of::<shapes::PutRestApiInput>(),
        Handler::of::<shapes::TagResourceInput>(),
        Handler::of::<shapes::TestInvokeAuthorizerInput>(),
        Handler::of::<shapes::TestInvokeMethodInput>(),
        Handler::of::<shapes::UntagResourceInput>(),
        Handler::of::<shapes::UpdateAccountInput>(),
        Handler::of::<shapes::UpdateApiKeyInput>(),
        Handler::of::<shapes::UpdateAuthorizerInput>(),
        Handler::of::<shapes::UpdateBasePathMappingInput>(),
        Handler::of::<shapes::UpdateClientCertificateInput>(),
        Handler::of::<shapes::UpdateDeploymentInput>(),
        Handler::of::<shapes::UpdateDocumentationPartInput>(),
        Handler::of::<shapes::UpdateDocumentationVersionInput>(),
        Handler::of::<shapes::UpdateDomainNameInput>(),
        Handler::of::<shapes::UpdateGatewayResponseInput>(),
        Handler::of::<shapes::UpdateIntegrationInput>(),
        Handler::of::<shapes::UpdateIntegrationResponseInput>(),
        Handler::of::<shapes::UpdateMethodInput>(),
        Handler::of::<shapes::UpdateMethodResponseInput>(),
        Handler::of::<shapes::UpdateModelInput>(),
        Handler::of::<shapes::UpdateRequestValidatorInput>(),
        Handler::of::<shapes::UpdateResourceInput>(),
        Handler::of::<shapes::UpdateRestApiInput>(),
        Handler::of::<shapes::UpdateStageInput>(),
        Handler::of::<shapes::UpdateUsageInput>(),
        Handler::of::<shapes::UpdateUsagePlanInput>(),
        Handler::of::<shapes::UpdateVpcLinkInput>(),
    ]
}

/// The one requirement of nearly every operation: its verb on its path.
pub(crate) fn require(caller: &Caller, verb: &str, path: &[&str]) -> Vec<Requirement> {
    let resource = arn(caller, path);
    vec![Requirement::new(format!("apigateway:{verb}"), resource)]
}

/// As [`require`], for a request that brings tags.
pub(crate) fn require_tagged(
    caller: &Caller,
    verb: &str,
    path: &[&str],
    tags: Option<&Texts>,
) -> Vec<Requirement> {
    let tags = tags.into_iter().flatten();
    let tags = tags.map(|(key, value)| (key.as_str(), value.as_str()));
    let requirements = require(caller, verb, path).into_iter();
    requirements
        .map(|requirement| requirement.request_tags(tags.clone()))
        .collect()
}

/// `arn:aws:apigateway:REGION::/a/b`: ARNs of API Gateway have no account.
fn arn(caller: &Caller, path: &[&str]) -> String {
    format!(
        "arn:{}:apigateway:{}::/{}",
        base::PARTITION,
        caller.region,
        path.join("/")
    )
}

/// That the caller may hand this role to API Gateway, if a role is given. Stage variables in it are
/// filled in later, by whatever whoever makes the stage has set: what stands in their place must be
/// allowed for any value, as it is where a wildcard stands for them.
pub(crate) fn require_pass_role(credentials: Option<&str>) -> Option<Requirement> {
    let is_role = |text: &&str| text.starts_with("arn:") || text.contains("${");
    // The caller's own credentials are nobody else's to hand on.
    let of_caller = |text: &&str| text.contains(":user/");
    let role = credentials.filter(|text| is_role(text) && !of_caller(text))?;
    let requirement = Requirement::new("iam:PassRole", role);
    Some(requirement.with("iam:PassedToService", ["apigateway.amazonaws.com"]))
}

/// That the caller may hand over each role that a document names. One that is no OpenAPI names
/// none, and will be refused.
pub(crate) fn require_pass_roles(body: &[u8], caller: &Caller) -> Vec<Requirement> {
    let Ok(document) = Document::import(body, caller) else {
        return Vec::new();
    };
    let roles = document.roles();
    let required = roles.into_iter().map(|role| require_pass_role(Some(role)));
    required.flatten().collect()
}

/// An API of the caller.
fn scope(permit: &Permit, api_id: &str) -> Scope {
    let caller = permit.caller();
    Scope {
        account: caller.account,
        region: caller.region.clone(),
        api_id: api_id.to_owned(),
    }
}

/// Six letters and digits: what resources, models, deployments and the like are known by.
pub(crate) fn new_id(gateway: &Gateway) -> String {
    id_from(&gateway.entropy)
}

pub(crate) fn id_from(entropy: &Entropy) -> String {
    entropy.lower_alnum(6)
}

/// An API with AWS's defaults.
fn new_api(gateway: &Gateway, name: String) -> RestApi {
    RestApi {
        id: gateway.entropy.lower_alnum(10),
        name,
        description: None,
        version: None,
        created_ms: gateway.now_ms(),
        root_resource_id: gateway.entropy.lower_alnum(10),
        binary_media_types: Vec::new(),
        minimum_compression_size: None,
        api_key_source: Named(shapes::ApiKeySourceType::Header),
        endpoint: Endpoint {
            kind: Named(shapes::EndpointType::Edge),
            ip_address_type: Named(shapes::IpAddressType::Ipv4),
            vpc_endpoint_ids: Vec::new(),
        },
        policy: None,
        disable_execute_api_endpoint: false,
        tags: Texts::new(),
    }
}

/// The root resource and the models that every API starts with.
fn save_defaults(txn: &Txn, scope: &Scope, api: &RestApi) {
    let root = Resource {
        id: api.root_resource_id.clone(),
        parent_id: None,
        path_part: String::new(),
    };
    scope.save_resource(txn, &root);
    for model in default_models() {
        scope.save_model(txn, &model);
    }
}

fn default_models() -> [Model; 2] {
    let model = |id: &str, name: &str, kind: &str, schema: &str| Model {
        id: id.to_owned(),
        name: name.to_owned(),
        description: Some(format!("This is a default {kind} schema model")),
        schema: schema.to_owned(),
        content_type: "application/json".to_owned(),
    };
    let empty = r#"{
  "$schema": "http://json-schema.org/draft-04/schema#",
  "title" : "Empty Schema",
  "type" : "object"
}"#;
    let error = r#"{
  "$schema" : "http://json-schema.org/draft-04/schema#",
  "title" : "Error Schema",
  "type" : "object",
  "properties" : {
    "message" : { "type" : "string" }
  }
}"#;
    [
        model("empty0", "Empty", "empty", empty),
        model("error0", "Error", "error", error),
    ]
}

/// A resource policy must be a policy; an empty one is none.
fn check_policy(policy: Option<String>) -> Result<Option<String>, Error> {
    let Some(text) = policy.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    match policy::Policy::parse(&text, policy::Dialect::Resource) {
        Ok(_) => Ok(Some(text)),
        Err(_) => Err(Bad::Policy.into()),
    }
}

/// Whether a list of embedded things names this one.
fn embeds(embed: Option<&[String]>, name: &str) -> bool {
    embed.unwrap_or_default().iter().any(|part| part == name)
}

#[cfg(test)]
mod tests;
