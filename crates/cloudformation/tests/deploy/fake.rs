//! Services that do nothing but remember what they were asked, and answer with plausible ids.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use wire::{Fault, Input};
use wire::{apigateway, apigatewayv2, dynamodb, iam, lambda, logs};

/// The id of every event source mapping.
pub const MAPPING: &str = "11111111-2222-3333-4444-55555555555a";
/// The stream of every table that has one.
pub const STREAM: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/items/stream/1";

#[derive(Default)]
pub struct Services {
    calls: Mutex<Vec<String>>,
    ids: AtomicUsize,
    /// The operation that is refused, if any.
    refused: Mutex<Option<&'static str>>,
}

impl Services {
    /// What was called since the last look.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    pub fn refuse(&self, operation: Option<&'static str>) {
        *self.refused.lock().unwrap() = operation;
    }

    /// Notes a call; `about` says what it is about.
    fn note<I: Input>(&self, about: String) -> Result<(), Fault> {
        let name = I::OPERATION.name;
        self.calls
            .lock()
            .unwrap()
            .push(format!("{name} {about}").trim_end().to_owned());
        if *self.refused.lock().unwrap() == Some(name) {
            return Err(Fault::new(400, "Refused", "not now"));
        }
        Ok(())
    }

    fn id(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.ids.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

/// Where code comes from that is not sent.
fn from(bucket: &Option<String>, key: &Option<String>) -> String {
    match (bucket, key) {
        (Some(bucket), Some(key)) => format!(" from {bucket}/{key}"),
        _ => String::new(),
    }
}

/// One operation: what to note of its input, and what to answer.
macro_rules! answers {
    ($($input:ty, |$it:ident| $about:expr => |$services:ident| $output:expr;)*) => {
        $(impl service::Call<$input> for Services {
            async fn call(&self, $it: $input) -> Result<<$input as Input>::Output, Fault> {
                self.note::<$input>($about)?;
                let $services = self;
                let _ = $services;
                Ok($output)
            }
        })*
    };
}

answers! {
    dynamodb::CreateTableInput, |it| it.table_name.clone() => |_s| dynamodb::CreateTableOutput {
        table_description: Some(dynamodb::TableDescription {
            table_arn: Some(format!("arn:aws:dynamodb:us-east-1:000000000000:table/{}", it.table_name)),
            latest_stream_arn: it.stream_specification.map(|_| STREAM.to_owned()),
            ..Default::default()
        }),
    };
    dynamodb::DescribeTableInput, |it| it.table_name => |_s| Default::default();
    dynamodb::UpdateTableInput, |it| format!("{} {:?}", it.table_name, it.billing_mode)
        => |_s| Default::default();
    dynamodb::UpdateTimeToLiveInput,
        |it| format!("{} {}", it.time_to_live_specification.attribute_name, it.time_to_live_specification.enabled)
        => |_s| Default::default();
    dynamodb::UpdateContinuousBackupsInput,
        |it| it.point_in_time_recovery_specification.point_in_time_recovery_enabled.to_string()
        => |_s| Default::default();
    dynamodb::TagResourceInput,
        |it| it.tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect()
        => |_s| ();
    dynamodb::PutResourcePolicyInput, |it| it.policy => |_s| Default::default();
    dynamodb::DeleteResourcePolicyInput, |it| it.resource_arn => |_s| Default::default();
    dynamodb::UntagResourceInput, |it| format!("{:?}", it.tag_keys) => |_s| ();
    dynamodb::DeleteTableInput, |it| it.table_name => |_s| Default::default();
    iam::CreateRoleInput, |it| format!("{} {}", it.role_name, it.assume_role_policy_document)
        => |_s| iam::CreateRoleOutput {
            role: iam::Role {
                arn: format!("arn:aws:iam::000000000000:role/{}", it.role_name),
                role_name: it.role_name,
                role_id: "AROA".to_owned(),
                ..Default::default()
            },
        };
    iam::UpdateRoleInput, |it| it.role_name => |_s| Default::default();
    iam::TagRoleInput, |it| it.role_name => |_s| Default::default();
    iam::UntagRoleInput, |it| it.role_name => |_s| Default::default();
    iam::UpdateAssumeRolePolicyInput, |it| it.role_name => |_s| ();
    iam::DeleteRoleInput, |it| it.role_name => |_s| ();
    iam::PutRolePolicyInput, |it| format!("{} {} {}", it.role_name, it.policy_name, it.policy_document)
        => |_s| ();
    iam::DeleteRolePolicyInput, |it| format!("{} {}", it.role_name, it.policy_name) => |_s| ();
    iam::AttachRolePolicyInput, |it| format!("{} {}", it.role_name, it.policy_arn) => |_s| ();
    iam::DetachRolePolicyInput, |it| format!("{} {}", it.role_name, it.policy_arn) => |_s| ();
    iam::CreatePolicyInput, |it| it.policy_name.clone() => |_s| iam::CreatePolicyOutput {
        policy: Some(iam::Policy {
            arn: Some(format!("arn:aws:iam::000000000000:policy/{}", it.policy_name)),
            ..Default::default()
        }),
    };
    iam::CreatePolicyVersionInput, |it| it.policy_arn => |_s| Default::default();
    iam::ListPolicyVersionsInput, |it| it.policy_arn => |_s| iam::ListPolicyVersionsOutput {
        versions: Some(vec![
            iam::PolicyVersion {
                version_id: Some("v2".to_owned()),
                is_default_version: Some(true),
                ..Default::default()
            },
            iam::PolicyVersion { version_id: Some("v1".to_owned()), ..Default::default() },
        ]),
        ..Default::default()
    };
    iam::DeletePolicyVersionInput, |it| format!("{} {}", it.policy_arn, it.version_id) => |_s| ();
    iam::DeletePolicyInput, |it| it.policy_arn => |_s| ();
    lambda::CreateFunctionInput, |it| format!("{} {}{}", it.function_name, it.role, from(&it.code.s3_bucket, &it.code.s3_key))
        => |_s| lambda::FunctionConfiguration {
            function_arn: Some(format!("arn:aws:lambda:us-east-1:000000000000:function:{}", it.function_name)),
            ..Default::default()
        };
    lambda::GetFunctionConfigurationInput, |it| it.function_name => |_s| Default::default();
    lambda::UpdateFunctionCodeInput, |it| format!("{}{}", it.function_name, from(&it.s3_bucket, &it.s3_key)) => |_s| Default::default();
    lambda::UpdateFunctionConfigurationInput, |it| format!("{} {:?}", it.function_name, it.timeout)
        => |_s| Default::default();
    lambda::DeleteFunctionInput, |it| it.function_name => |_s| Default::default();
    lambda::PutFunctionConcurrencyInput,
        |it| format!("{} {}", it.function_name, it.reserved_concurrent_executions)
        => |_s| Default::default();
    lambda::DeleteFunctionConcurrencyInput, |it| it.function_name => |_s| ();
    lambda::TagResourceInput, |it| format!("{:?}", it.tags) => |_s| ();
    lambda::UntagResourceInput, |it| format!("{:?}", it.tag_keys) => |_s| ();
    lambda::PublishLayerVersionInput,
        |it| format!("{} {}{}", it.layer_name, it.content.zip_file.is_some(), from(&it.content.s3_bucket, &it.content.s3_key))
        => |s| {
            let arn = format!("arn:aws:lambda:us-east-1:000000000000:layer:{}", s.id("layer"));
            lambda::PublishLayerVersionOutput {
                layer_version_arn: Some(format!("{arn}:1")),
                layer_arn: Some(arn),
                version: Some(1),
                ..Default::default()
            }
        };
    lambda::DeleteLayerVersionInput, |it| format!("{} {}", it.layer_name, it.version_number)
        => |_s| ();
    lambda::PublishVersionInput, |it| it.function_name.clone() => |_s| lambda::FunctionConfiguration {
        function_arn: Some(format!("arn:aws:lambda:us-east-1:000000000000:function:{}:1", it.function_name)),
        version: Some("1".to_owned()),
        ..Default::default()
    };
    lambda::PutProvisionedConcurrencyConfigInput,
        |it| format!("{} {} {}", it.function_name, it.qualifier, it.provisioned_concurrent_executions)
        => |_s| Default::default();
    lambda::DeleteProvisionedConcurrencyConfigInput,
        |it| format!("{} {}", it.function_name, it.qualifier) => |_s| ();
    lambda::CreateAliasInput,
        |it| format!("{} {} {} {:?}", it.function_name, it.name, it.function_version, it.routing_config)
        => |_s| lambda::AliasConfiguration {
            alias_arn: Some(format!("arn:aws:lambda:us-east-1:000000000000:function:{}:{}", it.function_name, it.name)),
            ..Default::default()
        };
    lambda::UpdateAliasInput, |it| format!("{} {} {:?}", it.function_name, it.name, it.function_version)
        => |_s| Default::default();
    lambda::DeleteAliasInput, |it| format!("{} {}", it.function_name, it.name) => |_s| ();
    lambda::CreateFunctionUrlConfigInput, |it| format!("{} {}", it.function_name, wire::Enumeration::as_str(&it.auth_type))
        => |_s| lambda::CreateFunctionUrlConfigOutput {
            function_url: "http://url/".to_owned(),
            ..Default::default()
        };
    lambda::UpdateFunctionUrlConfigInput, |it| format!("{} {:?}", it.function_name, it.invoke_mode)
        => |_s| Default::default();
    lambda::DeleteFunctionUrlConfigInput, |it| it.function_name => |_s| ();
    lambda::PutFunctionEventInvokeConfigInput,
        |it| format!("{} {:?} {:?}", it.function_name, it.qualifier, it.maximum_retry_attempts)
        => |_s| Default::default();
    lambda::DeleteFunctionEventInvokeConfigInput, |it| it.function_name => |_s| ();
    lambda::CreateEventSourceMappingInput,
        |it| format!("{} {}", it.function_name, it.event_source_arn.unwrap_or_default())
        => |_s| lambda::EventSourceMappingConfiguration {
            uuid: Some(MAPPING.to_owned()),
            ..Default::default()
        };
    lambda::GetEventSourceMappingInput, |it| it.uuid => |_s| Default::default();
    lambda::UpdateEventSourceMappingInput, |it| format!("{} {:?}", it.uuid, it.batch_size)
        => |_s| Default::default();
    lambda::DeleteEventSourceMappingInput, |it| it.uuid => |_s| Default::default();
    lambda::AddPermissionInput,
        |it| format!("{} {} {}", it.function_name, it.principal, it.source_arn.unwrap_or_default())
        => |_s| Default::default();
    lambda::RemovePermissionInput, |it| it.function_name => |_s| ();
    lambda::AddLayerVersionPermissionInput,
        |it| format!("{} {} {}", it.layer_name, it.version_number, it.principal)
        => |_s| Default::default();
    lambda::RemoveLayerVersionPermissionInput,
        |it| format!("{} {} {}", it.layer_name, it.version_number, it.statement_id) => |_s| ();
    apigateway::CreateRestApiInput, |it| it.name.clone() => |s| apigateway::RestApi {
        id: Some(s.id("api")),
        root_resource_id: Some("root".to_owned()),
        ..Default::default()
    };
    apigateway::UpdateRestApiInput,
        |it| format!("{} {}", it.rest_api_id, patch(it.patch_operations)) => |_s| Default::default();
    apigateway::DeleteRestApiInput, |it| it.rest_api_id => |_s| ();
    apigateway::PutRestApiInput,
        |it| format!("{} {:?} {}", it.rest_api_id, it.mode, String::from_utf8_lossy(&it.body))
        => |_s| Default::default();
    apigateway::CreateResourceInput, |it| format!("{} {}", it.parent_id, it.path_part)
        => |s| apigateway::Resource { id: Some(s.id("resource")), ..Default::default() };
    apigateway::DeleteResourceInput, |it| it.resource_id => |_s| ();
    apigateway::PutMethodInput,
        |it| format!("{} {} {}", it.resource_id, it.http_method, it.authorization_type)
        => |_s| Default::default();
    apigateway::DeleteMethodInput, |it| format!("{} {}", it.resource_id, it.http_method) => |_s| ();
    apigateway::PutMethodResponseInput, |it| it.status_code => |_s| Default::default();
    apigateway::PutIntegrationInput,
        |it| format!("{:?} {:?} {}", it.r#type, it.integration_http_method, it.uri.unwrap_or_default())
        => |_s| Default::default();
    apigateway::PutIntegrationResponseInput,
        |it| format!("{} {:?}", it.status_code, it.selection_pattern) => |_s| Default::default();
    apigateway::CreateDeploymentInput, |it| it.rest_api_id => |s| apigateway::Deployment {
        id: Some(s.id("deployment")),
        ..Default::default()
    };
    apigateway::DeleteDeploymentInput, |it| it.deployment_id => |_s| ();
    apigateway::CreateStageInput, |it| format!("{} {}", it.stage_name, it.deployment_id)
        => |_s| Default::default();
    apigateway::UpdateStageInput, |it| format!("{} {}", it.stage_name, patch(it.patch_operations))
        => |_s| Default::default();
    apigateway::CreateAuthorizerInput, |it| format!("{} {:?} {:?}", it.name, it.r#type, it.provider_ar_ns)
        => |s| apigateway::Authorizer { id: Some(s.id("authorizer")), ..Default::default() };
    apigateway::UpdateAuthorizerInput,
        |it| format!("{} {}", it.authorizer_id, patch(it.patch_operations)) => |_s| Default::default();
    apigateway::DeleteAuthorizerInput, |it| it.authorizer_id => |_s| ();
    apigateway::CreateModelInput,
        |it| format!("{} {} {}", it.name, it.content_type, it.schema.unwrap_or_default())
        => |_s| apigateway::Model { name: Some(it.name), ..Default::default() };
    apigateway::UpdateModelInput,
        |it| format!("{} {}", it.model_name, patch(it.patch_operations)) => |_s| Default::default();
    apigateway::DeleteModelInput, |it| it.model_name => |_s| ();
    apigateway::CreateRequestValidatorInput,
        |it| format!("{:?} {:?}", it.validate_request_body, it.validate_request_parameters)
        => |s| apigateway::RequestValidator { id: Some(s.id("validator")), ..Default::default() };
    apigateway::UpdateRequestValidatorInput,
        |it| format!("{} {}", it.request_validator_id, patch(it.patch_operations))
        => |_s| Default::default();
    apigateway::DeleteRequestValidatorInput, |it| it.request_validator_id => |_s| ();
    apigateway::PutGatewayResponseInput,
        |it| format!("{:?} {:?} {:?}", it.response_type, it.status_code, it.response_parameters)
        => |_s| Default::default();
    apigateway::DeleteGatewayResponseInput, |it| format!("{:?}", it.response_type) => |_s| ();
    apigateway::CreateApiKeyInput, |it| format!("{:?} {:?}", it.name, it.value)
        => |s| apigateway::ApiKey { id: Some(s.id("key")), ..Default::default() };
    apigateway::UpdateApiKeyInput,
        |it| format!("{} {}", it.api_key, patch(it.patch_operations)) => |_s| Default::default();
    apigateway::DeleteApiKeyInput, |it| it.api_key => |_s| ();
    apigateway::CreateUsagePlanInput, |it| format!("{} {:?} {:?}", it.name, it.throttle, it.quota)
        => |s| apigateway::UsagePlan { id: Some(s.id("plan")), ..Default::default() };
    apigateway::UpdateUsagePlanInput,
        |it| format!("{} {}", it.usage_plan_id, patch(it.patch_operations)) => |_s| Default::default();
    apigateway::DeleteUsagePlanInput, |it| it.usage_plan_id => |_s| ();
    apigateway::CreateUsagePlanKeyInput, |it| format!("{} {}", it.usage_plan_id, it.key_id)
        => |_s| Default::default();
    apigateway::DeleteUsagePlanKeyInput, |it| format!("{} {}", it.usage_plan_id, it.key_id) => |_s| ();
    apigateway::UpdateAccountInput, |it| patch(it.patch_operations) => |_s| Default::default();
    apigateway::CreateDomainNameInput, |it| format!("{} {:?}", it.domain_name, it.regional_certificate_arn)
        => |_s| apigateway::DomainName {
            domain_name: Some(it.domain_name),
            regional_domain_name: Some("regional".to_owned()),
            ..Default::default()
        };
    apigateway::UpdateDomainNameInput,
        |it| format!("{} {}", it.domain_name, patch(it.patch_operations)) => |_s| Default::default();
    apigateway::DeleteDomainNameInput, |it| it.domain_name => |_s| ();
    apigateway::CreateBasePathMappingInput,
        |it| format!("{} {:?} {} {:?}", it.domain_name, it.base_path, it.rest_api_id, it.stage)
        => |_s| apigateway::BasePathMapping { base_path: it.base_path, ..Default::default() };
    apigateway::UpdateBasePathMappingInput,
        |it| format!("{} {} {}", it.domain_name, it.base_path, patch(it.patch_operations))
        => |_s| Default::default();
    apigateway::DeleteBasePathMappingInput,
        |it| format!("{} {}", it.domain_name, it.base_path) => |_s| ();
    apigatewayv2::CreateApiInput, |it| it.name.clone() => |s| apigatewayv2::Api {
        api_id: Some(s.id("http")), ..Default::default()
    };
    apigatewayv2::ImportApiInput, |it| it.body.clone() => |s| apigatewayv2::Api {
        api_id: Some(s.id("http")), ..Default::default()
    };
    apigatewayv2::ReimportApiInput, |it| it.api_id => |_s| Default::default();
    apigatewayv2::UpdateApiInput, |it| it.api_id => |_s| Default::default();
    apigatewayv2::DeleteApiInput, |it| it.api_id => |_s| ();
    apigatewayv2::DeleteCorsConfigurationInput, |it| it.api_id => |_s| ();
    apigatewayv2::CreateStageInput, |it| it.stage_name => |_s| Default::default();
    apigatewayv2::UpdateStageInput, |it| it.stage_name => |_s| Default::default();
    apigatewayv2::DeleteStageInput, |it| it.stage_name => |_s| ();
    apigatewayv2::CreateRouteInput, |it| format!("{} {:?}", it.route_key, it.target)
        => |s| apigatewayv2::Route { route_id: Some(s.id("route")), ..Default::default() };
    apigatewayv2::UpdateRouteInput, |it| it.route_id => |_s| Default::default();
    apigatewayv2::DeleteRouteInput, |it| it.route_id => |_s| ();
    apigatewayv2::CreateRouteResponseInput, |it| it.route_response_key => |_s| Default::default();
    apigatewayv2::UpdateRouteResponseInput, |it| it.route_response_id => |_s| Default::default();
    apigatewayv2::DeleteRouteResponseInput, |it| it.route_response_id => |_s| ();
    apigatewayv2::CreateIntegrationResponseInput, |it| it.integration_response_key => |_s| Default::default();
    apigatewayv2::UpdateIntegrationResponseInput, |it| it.integration_response_id => |_s| Default::default();
    apigatewayv2::DeleteIntegrationResponseInput, |it| it.integration_response_id => |_s| ();
    apigatewayv2::CreateModelInput, |it| it.name => |_s| Default::default();
    apigatewayv2::UpdateModelInput, |it| it.model_id => |_s| Default::default();
    apigatewayv2::DeleteModelInput, |it| it.model_id => |_s| ();
    apigatewayv2::CreateIntegrationInput, |it| format!("{:?} {:?}", it.integration_uri, it.tls_config)
        => |s| apigatewayv2::Integration {
            integration_id: Some(s.id("integration")), ..Default::default()
        };
    apigatewayv2::UpdateIntegrationInput, |it| it.integration_id => |_s| Default::default();
    apigatewayv2::DeleteIntegrationInput, |it| it.integration_id => |_s| ();
    apigatewayv2::CreateAuthorizerInput, |it| format!("{} {:?}", it.name, it.jwt_configuration)
        => |s| apigatewayv2::Authorizer {
            authorizer_id: Some(s.id("authorizer")), ..Default::default()
        };
    apigatewayv2::UpdateAuthorizerInput, |it| it.authorizer_id => |_s| Default::default();
    apigatewayv2::DeleteAuthorizerInput, |it| it.authorizer_id => |_s| ();
    apigatewayv2::CreateDeploymentInput, |it| it.api_id => |_s| Default::default();
    apigatewayv2::UpdateDeploymentInput, |it| it.deployment_id => |_s| Default::default();
    apigatewayv2::DeleteDeploymentInput, |it| it.deployment_id => |_s| ();
    apigatewayv2::CreateDomainNameInput, |it| format!("{} {:?}", it.domain_name, it.domain_name_configurations)
        => |_s| Default::default();
    apigatewayv2::UpdateDomainNameInput, |it| it.domain_name => |_s| Default::default();
    apigatewayv2::DeleteDomainNameInput, |it| it.domain_name => |_s| ();
    apigatewayv2::CreateApiMappingInput, |it| format!("{} {}", it.domain_name, it.api_id)
        => |_s| Default::default();
    apigatewayv2::UpdateApiMappingInput, |it| it.api_mapping_id => |_s| Default::default();
    apigatewayv2::DeleteApiMappingInput, |it| it.api_mapping_id => |_s| ();
    apigatewayv2::CreateVpcLinkInput, |it| it.name => |_s| Default::default();
    apigatewayv2::UpdateVpcLinkInput, |it| it.vpc_link_id => |_s| Default::default();
    apigatewayv2::DeleteVpcLinkInput, |it| it.vpc_link_id => |_s| Default::default();
    apigateway::DeleteStageInput, |it| it.stage_name => |_s| ();
    logs::CreateLogGroupInput, |it| it.log_group_name => |_s| ();
    logs::PutRetentionPolicyInput, |it| format!("{} {}", it.log_group_name, it.retention_in_days)
        => |_s| ();
    logs::DeleteRetentionPolicyInput, |it| it.log_group_name => |_s| ();
    logs::DeleteLogGroupInput, |it| it.log_group_name => |_s| ();
    logs::PutSubscriptionFilterInput, |it| format!("{} {}", it.log_group_name, it.filter_name)
        => |_s| ();
    logs::DeleteSubscriptionFilterInput, |it| format!("{} {}", it.log_group_name, it.filter_name)
        => |_s| ();
    logs::PutResourcePolicyInput, |it| format!("{:?}", it.policy_name) => |_s| logs::PutResourcePolicyOutput::default();
    logs::DeleteResourcePolicyInput, |it| format!("{:?}", it.policy_name) => |_s| ();
    apigateway::GenerateClientCertificateInput, |it| format!("{:?}", it.description)
        => |_s| apigateway::ClientCertificate::default();
    apigateway::DeleteClientCertificateInput, |it| it.client_certificate_id => |_s| ();
    apigateway::CreateVpcLinkInput, |it| it.name => |_s| apigateway::VpcLink::default();
    apigateway::DeleteVpcLinkInput, |it| it.vpc_link_id => |_s| ();
    iam::CreateUserInput, |it| it.user_name => |_s| iam::CreateUserOutput::default();
    iam::DeleteUserInput, |it| it.user_name => |_s| ();
    iam::TagUserInput, |it| it.user_name => |_s| ();
    iam::UntagUserInput, |it| it.user_name => |_s| ();
    iam::CreateGroupInput, |it| it.group_name => |_s| iam::CreateGroupOutput::default();
    iam::DeleteGroupInput, |it| it.group_name => |_s| ();
    iam::AddUserToGroupInput, |it| format!("{} {}", it.group_name, it.user_name) => |_s| ();
    iam::RemoveUserFromGroupInput, |it| format!("{} {}", it.group_name, it.user_name) => |_s| ();
    iam::CreateLoginProfileInput, |it| format!("{:?}", it.user_name)
        => |_s| iam::CreateLoginProfileOutput::default();
    iam::DeleteLoginProfileInput, |it| format!("{:?}", it.user_name) => |_s| ();
    iam::CreateAccessKeyInput, |it| format!("{:?}", it.user_name)
        => |_s| iam::CreateAccessKeyOutput::default();
    iam::UpdateAccessKeyInput, |it| it.access_key_id => |_s| ();
    iam::DeleteAccessKeyInput, |it| it.access_key_id => |_s| ();
    iam::PutUserPolicyInput, |it| format!("{} {}", it.user_name, it.policy_name) => |_s| ();
    iam::DeleteUserPolicyInput, |it| format!("{} {}", it.user_name, it.policy_name) => |_s| ();
    iam::AttachUserPolicyInput, |it| format!("{} {}", it.user_name, it.policy_arn) => |_s| ();
    iam::DetachUserPolicyInput, |it| format!("{} {}", it.user_name, it.policy_arn) => |_s| ();
    iam::PutGroupPolicyInput, |it| format!("{} {}", it.group_name, it.policy_name) => |_s| ();
    iam::DeleteGroupPolicyInput, |it| format!("{} {}", it.group_name, it.policy_name) => |_s| ();
    iam::AttachGroupPolicyInput, |it| format!("{} {}", it.group_name, it.policy_arn) => |_s| ();
    iam::DetachGroupPolicyInput, |it| format!("{} {}", it.group_name, it.policy_arn) => |_s| ();
}

fn patch(operations: Option<Vec<apigateway::PatchOperation>>) -> String {
    let operations = operations.unwrap_or_default().into_iter();
    let operations = operations.map(|patch| {
        let sign = match patch.op {
            Some(apigateway::Op::Replace) => "",
            Some(apigateway::Op::Add) => "+",
            _ => "-",
        };
        let value = patch.value.map(|value| format!("={value}"));
        format!(
            "{sign}{}{}",
            patch.path.unwrap_or_default(),
            value.unwrap_or_default()
        )
    });
    operations.collect::<Vec<_>>().join(",")
}
