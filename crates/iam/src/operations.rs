//! The operations of IAM, one file each.

mod add_user_to_group;
mod attach_group_policy;
mod attach_role_policy;
mod attach_user_policy;
mod create_access_key;
mod create_account_alias;
mod create_group;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_user;
mod delete_access_key;
mod delete_account_alias;
mod delete_group;
mod delete_group_policy;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_group_policy;
mod detach_role_policy;
mod detach_user_policy;
mod get_access_key_last_used;
mod get_account_summary;
mod get_group;
mod get_group_policy;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_role_policy;
mod get_user;
mod get_user_policy;
mod list_access_keys;
mod list_account_aliases;
mod list_attached_group_policies;
mod list_attached_role_policies;
mod list_attached_user_policies;
mod list_entities_for_policy;
mod list_group_policies;
mod list_groups;
mod list_groups_for_user;
mod list_instance_profiles_for_role;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod put_group_policy;
mod put_role_permissions_boundary;
mod put_role_policy;
mod put_user_permissions_boundary;
mod put_user_policy;
mod remove_user_from_group;
mod set_default_policy_version;
mod tag_policy;
mod tag_role;
mod tag_user;
mod untag_policy;
mod untag_role;
mod untag_user;
mod update_access_key;
mod update_assume_role_policy;
mod update_group;
mod update_role;
mod update_role_description;
mod update_user;

use crate::Iam;
use crate::attachment;
use crate::error::Error;
use crate::keys::Usage;
use crate::records::{Reader, Records};
use crate::shape::Uses;
use service::Handler;
use wire::iam::*;

pub(crate) fn handlers() -> Vec<Handler<Iam>> {
    vec![
        Handler::of::<AddUserToGroupInput>(),
        Handler::of::<AttachGroupPolicyInput>(),
        Handler::of::<AttachRolePolicyInput>(),
        Handler::of::<AttachUserPolicyInput>(),
        Handler::of::<CreateAccessKeyInput>(),
        Handler::of::<CreateAccountAliasInput>(),
        Handler::of::<CreateGroupInput>(),
        Handler::of::<CreatePolicyInput>(),
        Handler::of::<CreatePolicyVersionInput>(),
        Handler::of::<CreateRoleInput>(),
        Handler::of::<CreateUserInput>(),
        Handler::of::<DeleteAccessKeyInput>(),
        Handler::of::<DeleteAccountAliasInput>(),
        Handler::of::<DeleteGroupInput>(),
        Handler::of::<DeleteGroupPolicyInput>(),
        Handler::of::<DeletePolicyInput>(),
        Handler::of::<DeletePolicyVersionInput>(),
        Handler::of::<DeleteRoleInput>(),
        Handler::of::<DeleteRolePermissionsBoundaryInput>(),
        Handler::of::<DeleteRolePolicyInput>(),
        Handler::of::<DeleteUserInput>(),
        Handler::of::<DeleteUserPermissionsBoundaryInput>(),
        Handler::of::<DeleteUserPolicyInput>(),
        Handler::of::<DetachGroupPolicyInput>(),
        Handler::of::<DetachRolePolicyInput>(),
        Handler::of::<DetachUserPolicyInput>(),
        Handler::of::<GetAccessKeyLastUsedInput>(),
        Handler::of::<GetAccountSummaryInput>(),
        Handler::of::<GetGroupInput>(),
        Handler::of::<GetGroupPolicyInput>(),
        Handler::of::<GetPolicyInput>(),
        Handler::of::<GetPolicyVersionInput>(),
        Handler::of::<GetRoleInput>(),
        Handler::of::<GetRolePolicyInput>(),
        Handler::of::<GetUserInput>(),
        Handler::of::<GetUserPolicyInput>(),
        Handler::of::<ListAccessKeysInput>(),
        Handler::of::<ListAccountAliasesInput>(),
        Handler::of::<ListAttachedGroupPoliciesInput>(),
        Handler::of::<ListAttachedRolePoliciesInput>(),
        Handler::of::<ListAttachedUserPoliciesInput>(),
        Handler::of::<ListEntitiesForPolicyInput>(),
        Handler::of::<ListGroupPoliciesInput>(),
        Handler::of::<ListGroupsInput>(),
        Handler::of::<ListGroupsForUserInput>(),
        Handler::of::<ListInstanceProfilesForRoleInput>(),
        Handler::of::<ListPoliciesInput>(),
        Handler::of::<ListPolicyTagsInput>(),
        Handler::of::<ListPolicyVersionsInput>(),
        Handler::of::<ListRolePoliciesInput>(),
        Handler::of::<ListRoleTagsInput>(),
        Handler::of::<ListRolesInput>(),
        Handler::of::<ListUserPoliciesInput>(),
        Handler::of::<ListUserTagsInput>(),
        Handler::of::<ListUsersInput>(),
        Handler::of::<PutGroupPolicyInput>(),
        Handler::of::<PutRolePermissionsBoundaryInput>(),
        Handler::of::<PutRolePolicyInput>(),
        Handler::of::<PutUserPermissionsBoundaryInput>(),
        Handler::of::<PutUserPolicyInput>(),
        Handler::of::<RemoveUserFromGroupInput>(),
        Handler::of::<SetDefaultPolicyVersionInput>(),
        Handler::of::<TagPolicyInput>(),
        Handler::of::<TagRoleInput>(),
        Handler::of::<TagUserInput>(),
        Handler::of::<UntagPolicyInput>(),
        Handler::of::<UntagRoleInput>(),
        Handler::of::<UntagUserInput>(),
        Handler::of::<UpdateAccessKeyInput>(),
        Handler::of::<UpdateAssumeRolePolicyInput>(),
        Handler::of::<UpdateGroupInput>(),
        Handler::of::<UpdateRoleInput>(),
        Handler::of::<UpdateRoleDescriptionInput>(),
        Handler::of::<UpdateUserInput>(),
    ]
}

/// How often a policy is used in the account.
async fn uses<R: Reader>(records: &Records<R>, arn: &str) -> Result<Uses, Error> {
    Ok(Uses {
        attached: attachment::count(records, arn, Usage::Permissions).await?,
        as_boundary: attachment::count(records, arn, Usage::Boundary).await?,
    })
}
