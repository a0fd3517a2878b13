//! The operations that a deployment needs, as one bound.

use service::Call;
use wire::{apigateway, apigatewayv2, dynamodb, iam, lambda, logs};

/// Gives the inputs of the operations that a deployment needs to another macro, by service:
/// `dynamodb: [dynamodb::CreateTableInput, ...] iam: [...]`. Their modules are to be in scope.
#[macro_export]
macro_rules! each_operation {
    ($macro:ident) => {
        $macro! {
            dynamodb: [
                dynamodb::CreateTableInput,
                dynamodb::DescribeTableInput,
                dynamodb::UpdateTableInput,
                dynamodb::DeleteTableInput,
                dynamodb::UpdateTimeToLiveInput,
                dynamodb::DeleteResourcePolicyInput,
                dynamodb::PutResourcePolicyInput,
                dynamodb::UpdateContinuousBackupsInput,
                dynamodb::TagResourceInput,
                dynamodb::UntagResourceInput,
            ]
            iam: [
                iam::CreateRoleInput,
                iam::UpdateRoleInput,
                iam::TagRoleInput,
                iam::UntagRoleInput,
                iam::UpdateAssumeRolePolicyInput,
                iam::DeleteRoleInput,
                iam::PutRolePolicyInput,
                iam::DeleteRolePolicyInput,
                iam::AttachRolePolicyInput,
                iam::DetachRolePolicyInput,
                iam::CreatePolicyInput,
                iam::CreatePolicyVersionInput,
                iam::ListPolicyVersionsInput,
                iam::DeletePolicyVersionInput,
                iam::DeletePolicyInput,
            ]
            lambda: [
                lambda::CreateFunctionInput,
                lambda::GetFunctionConfigurationInput,
                lambda::UpdateFunctionCodeInput,
                lambda::UpdateFunctionConfigurationInput,
                lambda::DeleteFunctionInput,
                lambda::PutFunctionConcurrencyInput,
                lambda::DeleteFunctionConcurrencyInput,
                lambda::TagResourceInput,
                lambda::UntagResourceInput,
                lambda::PublishLayerVersionInput,
                lambda::DeleteLayerVersionInput,
                lambda::PublishVersionInput,
                lambda::PutProvisionedConcurrencyConfigInput,
                lambda::DeleteProvisionedConcurrencyConfigInput,
                lambda::CreateAliasInput,
                lambda::UpdateAliasInput,
                lambda::DeleteAliasInput,
                lambda::CreateFunctionUrlConfigInput,
                lambda::UpdateFunctionUrlConfigInput,
                lambda::DeleteFunctionUrlConfigInput,
                lambda::PutFunctionEventInvokeConfigInput,
                lambda::DeleteFunctionEventInvokeConfigInput,
                lambda::CreateEventSourceMappingInput,
                lambda::GetEventSourceMappingInput,
                lambda::UpdateEventSourceMappingInput,
                lambda::DeleteEventSourceMappingInput,
                lambda::AddPermissionInput,
                lambda::RemovePermissionInput,
                lambda::AddLayerVersionPermissionInput,
                lambda::RemoveLayerVersionPermissionInput,
            ]
            apigateway: [
                apigateway::CreateRestApiInput,
                apigateway::UpdateRestApiInput,
                apigateway::DeleteRestApiInput,
                apigateway::CreateAuthorizerInput,
                apigateway::UpdateAuthorizerInput,
                apigateway::DeleteAuthorizerInput,
                apigateway::CreateModelInput,
                apigateway::UpdateModelInput,
                apigateway::DeleteModelInput,
                apigateway::CreateRequestValidatorInput,
                apigateway::UpdateRequestValidatorInput,
                apigateway::DeleteRequestValidatorInput,
                apigateway::CreateApiKeyInput,
                apigateway::UpdateApiKeyInput,
                apigateway::DeleteApiKeyInput,
                apigateway::CreateUsagePlanInput,
                apigateway::UpdateUsagePlanInput,
                apigateway::DeleteUsagePlanInput,
                apigateway::CreateDomainNameInput,
                apigateway::UpdateDomainNameInput,
                apigateway::DeleteDomainNameInput,
                apigateway::CreateBasePathMappingInput,
                apigateway::UpdateBasePathMappingInput,
                apigateway::DeleteBasePathMappingInput,
                apigateway::PutRestApiInput,
                apigateway::PutGatewayResponseInput,
                apigateway::DeleteGatewayResponseInput,
                apigateway::CreateUsagePlanKeyInput,
                apigateway::DeleteUsagePlanKeyInput,
                apigateway::UpdateAccountInput,
                apigateway::CreateResourceInput,
                apigateway::DeleteResourceInput,
                apigateway::PutMethodInput,
                apigateway::DeleteMethodInput,
                apigateway::PutMethodResponseInput,
                apigateway::PutIntegrationInput,
                apigateway::PutIntegrationResponseInput,
                apigateway::CreateDeploymentInput,
                apigateway::DeleteDeploymentInput,
                apigateway::CreateStageInput,
                apigateway::UpdateStageInput,
                apigateway::DeleteStageInput,
            ]
            apigateway: [
                apigatewayv2::CreateApiInput,
                apigatewayv2::ImportApiInput,
                apigatewayv2::ReimportApiInput,
                apigatewayv2::UpdateApiInput,
                apigatewayv2::DeleteApiInput,
                apigatewayv2::DeleteCorsConfigurationInput,
                apigatewayv2::CreateStageInput,
                apigatewayv2::UpdateStageInput,
                apigatewayv2::DeleteStageInput,
                apigatewayv2::CreateAuthorizerInput,
                apigatewayv2::UpdateAuthorizerInput,
                apigatewayv2::DeleteAuthorizerInput,
                apigatewayv2::CreateDeploymentInput,
                apigatewayv2::UpdateDeploymentInput,
                apigatewayv2::DeleteDeploymentInput,
                apigatewayv2::CreateDomainNameInput,
                apigatewayv2::UpdateDomainNameInput,
                apigatewayv2::DeleteDomainNameInput,
                apigatewayv2::CreateIntegrationInput,
                apigatewayv2::UpdateIntegrationInput,
                apigatewayv2::DeleteIntegrationInput,
                apigatewayv2::CreateVpcLinkInput,
                apigatewayv2::UpdateVpcLinkInput,
                apigatewayv2::DeleteVpcLinkInput,
                apigatewayv2::CreateApiMappingInput,
                apigatewayv2::UpdateApiMappingInput,
                apigatewayv2::DeleteApiMappingInput,
                apigatewayv2::CreateRouteInput,
                apigatewayv2::UpdateRouteInput,
                apigatewayv2::DeleteRouteInput,
                apigatewayv2::CreateRouteResponseInput,
                apigatewayv2::UpdateRouteResponseInput,
                apigatewayv2::DeleteRouteResponseInput,
                apigatewayv2::CreateIntegrationResponseInput,
                apigatewayv2::UpdateIntegrationResponseInput,
                apigatewayv2::DeleteIntegrationResponseInput,
                apigatewayv2::CreateModelInput,
                apigatewayv2::UpdateModelInput,
                apigatewayv2::DeleteModelInput,
            ]
            logs: [
                logs::CreateLogGroupInput,
                logs::PutRetentionPolicyInput,
                logs::DeleteRetentionPolicyInput,
                logs::DeleteLogGroupInput,
            ]
        }
    };
}

macro_rules! bound {
    ($($service:ident: [$($input:path),* $(,)?])*) => {
        /// Whoever can carry out a deployment: calls each of these operations as some caller.
        pub trait Api: Send + Sync $($(+ Call<$input>)*)* {}

        impl<T> Api for T where T: Send + Sync $($(+ Call<$input>)*)* {}
    };
}

each_operation!(bound);
