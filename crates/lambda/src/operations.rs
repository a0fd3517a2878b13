//! The operations, one file each.

mod add_permission;
mod create_alias;
mod create_function;
mod delete_alias;
mod delete_function;
mod delete_function_concurrency;
mod get_account_settings;
mod get_alias;
mod get_function;
mod get_function_concurrency;
mod get_function_configuration;
mod get_policy;
mod invoke;
mod list_aliases;
mod list_functions;
mod list_tags;
mod list_versions_by_function;
mod publish_version;
mod put_function_concurrency;
mod remove_permission;
mod tag_resource;
mod untag_resource;
mod update_alias;
mod update_function_code;
mod update_function_configuration;

use crate::lambda::Lambda;
use service::Handler;
use wire::lambda::{
    AddPermissionInput, CreateAliasInput, CreateFunctionInput, DeleteAliasInput,
    DeleteFunctionConcurrencyInput, DeleteFunctionInput, GetAccountSettingsInput, GetAliasInput,
    GetFunctionConcurrencyInput, GetFunctionConfigurationInput, GetFunctionInput, GetPolicyInput,
    InvokeInput, ListAliasesInput, ListFunctionsInput, ListTagsInput, ListVersionsByFunctionInput,
    PublishVersionInput, PutFunctionConcurrencyInput, RemovePermissionInput, TagResourceInput,
    UntagResourceInput, UpdateAliasInput, UpdateFunctionCodeInput,
    UpdateFunctionConfigurationInput,
};

/// All operations that are built.
pub fn handlers() -> Vec<Handler<Lambda>> {
    vec![
        Handler::of::<AddPermissionInput>(),
        Handler::of::<CreateAliasInput>(),
        Handler::of::<CreateFunctionInput>(),
        Handler::of::<DeleteAliasInput>(),
        Handler::of::<DeleteFunctionConcurrencyInput>(),
        Handler::of::<DeleteFunctionInput>(),
        Handler::of::<GetAccountSettingsInput>(),
        Handler::of::<GetAliasInput>(),
        Handler::of::<GetFunctionConcurrencyInput>(),
        Handler::of::<GetFunctionConfigurationInput>(),
        Handler::of::<GetFunctionInput>(),
        Handler::of::<GetPolicyInput>(),
        Handler::of::<InvokeInput>(),
        Handler::of::<ListAliasesInput>(),
        Handler::of::<ListFunctionsInput>(),
        Handler::of::<ListTagsInput>(),
        Handler::of::<ListVersionsByFunctionInput>(),
        Handler::of::<PublishVersionInput>(),
        Handler::of::<PutFunctionConcurrencyInput>(),
        Handler::of::<RemovePermissionInput>(),
        Handler::of::<TagResourceInput>(),
        Handler::of::<UntagResourceInput>(),
        Handler::of::<UpdateAliasInput>(),
        Handler::of::<UpdateFunctionCodeInput>(),
        Handler::of::<UpdateFunctionConfigurationInput>(),
    ]
}
