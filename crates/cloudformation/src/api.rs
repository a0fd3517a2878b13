//! The operations that a deployment needs, as one bound.

use service::Call;
use wire::{apigateway, apigatewayv2, dynamodb, iam, lambda, logs};

macro_rules! operations {
    ($($input:path),* $(,)?) => {
        /// Whoever can carry out a deployment: calls each of these operations as some caller.
        pub trait Api: Send + Sync $(+ Call<$input>)* {}

        impl<T> Api for T where T: Send + Sync $(+ Call<$input>)* {}
    };
}

operations![
    dynamodb::CreateTableInput,
    dynamodb::DescribeTableInput,
    dynamodb::UpdateTableInput,
    dynamodb::DeleteTableInput,
    iam::CreateRoleInput,
    iam::UpdateRoleInput,
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
    lambda::CreateFunctionInput,
    lambda::GetFunctionConfigurationInput,
    lambda::UpdateFunctionCodeInput,
    lambda::UpdateFunctionConfigurationInput,
    lambda::DeleteFunctionInput,
    lambda::AddPermissionInput,
    lambda::RemovePermissionInput,
    apigateway::CreateRestApiInput,
    apigateway::UpdateRestApiInput,
    apigateway::DeleteRestApiInput,
    apigateway::GetResourcesInput,
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
    apigatewayv2::CreateApiInput,
    apigatewayv2::ImportApiInput,
    apigatewayv2::ReimportApiInput,
    apigatewayv2::UpdateApiInput,
    apigatewayv2::DeleteApiInput,
    apigatewayv2::DeleteCorsConfigurationInput,
    apigatewayv2::CreateStageInput,
    apigatewayv2::UpdateStageInput,
    apigatewayv2::DeleteStageInput,
    logs::CreateLogGroupInput,
    logs::PutRetentionPolicyInput,
    logs::DeleteRetentionPolicyInput,
    logs::DeleteLogGroupInput,
];
