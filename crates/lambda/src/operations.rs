//! The operations, one file each.

mod add_layer_version_permission;
mod add_permission;
mod create_alias;
mod create_code_signing_config;
mod create_event_source_mapping;
mod create_function;
mod create_function_url_config;
mod delete_alias;
mod delete_code_signing_config;
mod delete_event_source_mapping;
mod delete_function;
mod delete_function_code_signing_config;
mod delete_function_concurrency;
mod delete_function_event_invoke_config;
mod delete_function_url_config;
mod delete_layer_version;
mod delete_provisioned_concurrency_config;
mod get_account_settings;
mod get_alias;
mod get_code_signing_config;
mod get_event_source_mapping;
mod get_function;
mod get_function_code_signing_config;
mod get_function_concurrency;
mod get_function_configuration;
mod get_function_event_invoke_config;
mod get_function_recursion_config;
mod get_function_url_config;
mod get_layer_version;
mod get_layer_version_by_arn;
mod get_layer_version_policy;
mod get_policy;
mod get_provisioned_concurrency_config;
mod get_runtime_management_config;
mod invoke;
mod invoke_async;
mod invoke_with_response_stream;
mod list_aliases;
mod list_code_signing_configs;
mod list_event_source_mappings;
mod list_function_event_invoke_configs;
mod list_function_url_configs;
mod list_functions;
mod list_functions_by_code_signing_config;
mod list_layer_versions;
mod list_layers;
mod list_provisioned_concurrency_configs;
mod list_tags;
mod list_versions_by_function;
mod publish_layer_version;
mod publish_version;
mod put_function_code_signing_config;
mod put_function_concurrency;
mod put_function_event_invoke_config;
mod put_function_recursion_config;
mod put_provisioned_concurrency_config;
mod put_runtime_management_config;
mod remove_layer_version_permission;
mod remove_permission;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_code_signing_config;
mod update_event_source_mapping;
mod update_function_code;
mod update_function_configuration;
mod update_function_event_invoke_config;
mod update_function_url_config;

use crate::lambda::Lambda;
use service::Handler;
use wire::lambda::{
    AddLayerVersionPermissionInput, AddPermissionInput, CreateAliasInput,
    CreateCodeSigningConfigInput, CreateEventSourceMappingInput, CreateFunctionInput,
    CreateFunctionUrlConfigInput, DeleteAliasInput, DeleteCodeSigningConfigInput,
    DeleteEventSourceMappingInput, DeleteFunctionCodeSigningConfigInput,
    DeleteFunctionConcurrencyInput, DeleteFunctionEventInvokeConfigInput, DeleteFunctionInput,
    DeleteFunctionUrlConfigInput, DeleteLayerVersionInput, DeleteProvisionedConcurrencyConfigInput,
    GetAccountSettingsInput, GetAliasInput, GetCodeSigningConfigInput, GetEventSourceMappingInput,
    GetFunctionCodeSigningConfigInput, GetFunctionConcurrencyInput, GetFunctionConfigurationInput,
    GetFunctionEventInvokeConfigInput, GetFunctionInput, GetFunctionRecursionConfigInput,
    GetFunctionUrlConfigInput, GetLayerVersionByArnInput, GetLayerVersionInput,
    GetLayerVersionPolicyInput, GetPolicyInput, GetProvisionedConcurrencyConfigInput,
    GetRuntimeManagementConfigInput, InvokeAsyncInput, InvokeInput, InvokeWithResponseStreamInput,
    ListAliasesInput, ListCodeSigningConfigsInput, ListEventSourceMappingsInput,
    ListFunctionEventInvokeConfigsInput, ListFunctionUrlConfigsInput,
    ListFunctionsByCodeSigningConfigInput, ListFunctionsInput, ListLayerVersionsInput,
    ListLayersInput, ListProvisionedConcurrencyConfigsInput, ListTagsInput,
    ListVersionsByFunctionInput, PublishLayerVersionInput, PublishVersionInput,
    PutFunctionCodeSigningConfigInput, PutFunctionConcurrencyInput,
    PutFunctionEventInvokeConfigInput, PutFunctionRecursionConfigInput,
    PutProvisionedConcurrencyConfigInput, PutRuntimeManagementConfigInput,
    RemoveLayerVersionPermissionInput, RemovePermissionInput, TagResourceInput, UntagResourceInput,
    UpdateAliasInput, UpdateCodeSigningConfigInput, UpdateEventSourceMappingInput,
    UpdateFunctionCodeInput, UpdateFunctionConfigurationInput,
    UpdateFunctionEventInvokeConfigInput, UpdateFunctionUrlConfigInput,
};

/// All operations that are built.
pub fn handlers() -> Vec<Handler<Lambda>> {
    vec![
        Handler::of::<AddLayerVersionPermissionInput>(),
        Handler::of::<AddPermissionInput>(),
        Handler::of::<CreateAliasInput>(),
        Handler::of::<CreateCodeSigningConfigInput>(),
        Handler::of::<CreateEventSourceMappingInput>(),
        Handler::of::<CreateFunctionInput>(),
        Handler::of::<CreateFunctionUrlConfigInput>(),
        Handler::of::<DeleteAliasInput>(),
        Handler::of::<DeleteCodeSigningConfigInput>(),
        Handler::of::<DeleteEventSourceMappingInput>(),
        Handler::of::<DeleteFunctionInput>(),
        Handler::of::<DeleteFunctionCodeSigningConfigInput>(),
        Handler::of::<DeleteFunctionConcurrencyInput>(),
        Handler::of::<DeleteFunctionEventInvokeConfigInput>(),
        Handler::of::<DeleteFunctionUrlConfigInput>(),
        Handler::of::<DeleteLayerVersionInput>(),
        Handler::of::<DeleteProvisionedConcurrencyConfigInput>(),
        Handler::of::<GetAccountSettingsInput>(),
        Handler::of::<GetAliasInput>(),
        Handler::of::<GetCodeSigningConfigInput>(),
        Handler::of::<GetEventSourceMappingInput>(),
        Handler::of::<GetFunctionInput>(),
        Handler::of::<GetFunctionCodeSigningConfigInput>(),
        Handler::of::<GetFunctionConcurrencyInput>(),
        Handler::of::<GetFunctionConfigurationInput>(),
        Handler::of::<GetFunctionEventInvokeConfigInput>(),
        Handler::of::<GetFunctionRecursionConfigInput>(),
        Handler::of::<GetFunctionUrlConfigInput>(),
        Handler::of::<GetLayerVersionInput>(),
        Handler::of::<GetLayerVersionByArnInput>(),
        Handler::of::<GetLayerVersionPolicyInput>(),
        Handler::of::<GetPolicyInput>(),
        Handler::of::<GetProvisionedConcurrencyConfigInput>(),
        Handler::of::<GetRuntimeManagementConfigInput>(),
        Handler::of::<InvokeInput>(),
        Handler::of::<InvokeAsyncInput>(),
        Handler::of::<InvokeWithResponseStreamInput>(),
        Handler::of::<ListAliasesInput>(),
        Handler::of::<ListCodeSigningConfigsInput>(),
        Handler::of::<ListEventSourceMappingsInput>(),
        Handler::of::<ListFunctionEventInvokeConfigsInput>(),
        Handler::of::<ListFunctionUrlConfigsInput>(),
        Handler::of::<ListFunctionsInput>(),
        Handler::of::<ListFunctionsByCodeSigningConfigInput>(),
        Handler::of::<ListLayerVersionsInput>(),
        Handler::of::<ListLayersInput>(),
        Handler::of::<ListProvisionedConcurrencyConfigsInput>(),
        Handler::of::<ListTagsInput>(),
        Handler::of::<ListVersionsByFunctionInput>(),
        Handler::of::<PublishLayerVersionInput>(),
        Handler::of::<PublishVersionInput>(),
        Handler::of::<PutFunctionCodeSigningConfigInput>(),
        Handler::of::<PutFunctionConcurrencyInput>(),
        Handler::of::<PutFunctionEventInvokeConfigInput>(),
        Handler::of::<PutFunctionRecursionConfigInput>(),
        Handler::of::<PutProvisionedConcurrencyConfigInput>(),
        Handler::of::<PutRuntimeManagementConfigInput>(),
        Handler::of::<RemoveLayerVersionPermissionInput>(),
        Handler::of::<RemovePermissionInput>(),
        Handler::of::<TagResourceInput>(),
        Handler::of::<UntagResourceInput>(),
        Handler::of::<UpdateAliasInput>(),
        Handler::of::<UpdateCodeSigningConfigInput>(),
        Handler::of::<UpdateEventSourceMappingInput>(),
        Handler::of::<UpdateFunctionCodeInput>(),
        Handler::of::<UpdateFunctionConfigurationInput>(),
        Handler::of::<UpdateFunctionEventInvokeConfigInput>(),
        Handler::of::<UpdateFunctionUrlConfigInput>(),
    ]
}
