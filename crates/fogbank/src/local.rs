//! Calls of operations in the same process, through the same gate as everybody's.

use crate::stack::Stack;
use base::{AccountId, Clock, Entropy, Region, RequestId};
use service::{Call, Caller, Principal, Source, perform};
use std::sync::Arc;
use wire::{Fault, apigateway, apigatewayv2, dynamodb, iam, lambda, logs};

/// The root user of the default account, calling from within.
pub struct Local {
    stack: Arc<Stack>,
    region: Region,
}

impl Local {
    pub fn new(stack: Arc<Stack>, region: Region) -> Local {
        Local { stack, region }
    }

    fn caller(&self) -> Caller {
        root(&self.stack.clock, &self.stack.entropy, self.region.clone())
    }
}

/// The root user of the default account: nobody can sign as it.
pub fn root(clock: &Clock, entropy: &Entropy, region: Region) -> Caller {
    Caller {
        account: AccountId::DEFAULT,
        region,
        principal: Principal::Root,
        request_id: RequestId::uuid(entropy),
        time: clock.now(),
        source: Source::default(),
    }
}

macro_rules! calls {
    ($($service:ident: [$($input:path),* $(,)?])*) => { $($(
        impl Call<$input> for Local {
            async fn call(
                &self,
                input: $input,
            ) -> Result<<$input as wire::Input>::Output, Fault> {
                let stack = &self.stack;
                perform(&*stack.$service, &*stack.authorizer, self.caller(), input).await
            }
        }
    )*)* };
}

calls! {
    dynamodb: [
        dynamodb::CreateTableInput,
        dynamodb::DescribeTableInput,
        dynamodb::UpdateTableInput,
        dynamodb::DeleteTableInput,
        dynamodb::UpdateTimeToLiveInput,
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
        logs::FilterLogEventsInput,
    ]
}
