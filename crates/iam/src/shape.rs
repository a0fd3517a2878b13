//! Records as the wire's shapes.

use crate::aws_managed::AwsManaged;
use crate::calls::LastUse;
use crate::document::encoded;
use crate::error::Error;
use crate::policy_arn::version_id;
use crate::record::{self, Entity, KeyStatus};
use crate::tags;
use base::{AccountId, Timestamp};
use wire::iam::{
    AttachedPermissionsBoundary, Group, PermissionsBoundaryAttachmentType, Policy, PolicyVersion,
    Role, RoleLastUsed, StatusType, User,
};

/// How much of an entity an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What Create answers.
    Created,
    /// What Get answers.
    Full,
    /// What List answers: no tags, no boundary.
    Listed,
}

fn boundary(arn: Option<&str>, detail: Detail) -> Option<AttachedPermissionsBoundary> {
    let arn = arn.filter(|_| detail != Detail::Listed)?;
    Some(AttachedPermissionsBoundary {
        permissions_boundary_type: Some(PermissionsBoundaryAttachmentType::Policy),
        permissions_boundary_arn: Some(arn.to_owned()),
    })
}

/// Without tags, the list is left out.
fn tag_list(tags: &record::Tags, detail: Detail) -> Option<Vec<wire::iam::Tag>> {
    (tags.len() > 0 && detail != Detail::Listed).then(|| tags::shapes(tags))
}

pub(crate) fn user(user: &record::User, account: AccountId, detail: Detail) -> User {
    User {
        path: user.head.path.clone(),
        user_name: user.head.name.clone(),
        user_id: user.head.id.clone(),
        arn: user.arn(account).to_string(),
        create_date: user.head.created(),
        password_last_used: None,
        permissions_boundary: boundary(user.boundary(), detail),
        tags: tag_list(&user.tags, detail),
    }
}

/// On creation IAM answers neither the longest session nor the last use.
pub(crate) fn role(role: &record::Role, account: AccountId, detail: Detail) -> Role {
    Role {
        path: role.head.path.clone(),
        role_name: role.head.name.clone(),
        role_id: role.head.id.clone(),
        arn: role.arn(account).to_string(),
        create_date: role.head.created(),
        assume_role_policy_document: Some(encoded(&role.trust)),
        description: role.description.clone(),
        max_session_duration: (detail != Detail::Created).then_some(role.max_session_s),
        permissions_boundary: boundary(role.boundary(), detail),
        tags: tag_list(&role.tags, detail),
        role_last_used: (detail == Detail::Full).then(RoleLastUsed::default),
        source_role_template: None,
    }
}

/// When a role was used last; empty if never.
pub(crate) fn last_used(last: Option<LastUse>) -> RoleLastUsed {
    RoleLastUsed {
        last_used_date: last.as_ref().map(LastUse::time),
        region: last.map(|last| last.region),
    }
}

pub(crate) fn group(group: &record::Group, account: AccountId) -> Group {
    Group {
        path: group.head.path.clone(),
        group_name: group.head.name.clone(),
        group_id: group.head.id.clone(),
        arn: group.arn(account).to_string(),
        create_date: group.head.created(),
    }
}

/// How often a policy is used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Uses {
    pub attached: i32,
    pub as_boundary: i32,
}

/// Only Get answers the description, and tags even if there are none.
pub(crate) fn policy(
    policy: &record::ManagedPolicy,
    account: AccountId,
    uses: Uses,
    detail: Detail,
) -> Policy {
    Policy {
        policy_name: Some(policy.head.name.clone()),
        policy_id: Some(policy.head.id.clone()),
        arn: Some(policy.arn(account).to_string()),
        path: Some(policy.head.path.clone()),
        default_version_id: Some(version_id(policy.default_version)),
        attachment_count: Some(uses.attached),
        permissions_boundary_usage_count: Some(uses.as_boundary),
        is_attachable: Some(true),
        description: policy
            .description
            .clone()
            .filter(|_| detail == Detail::Full),
        create_date: Some(policy.head.created()),
        update_date: Some(Timestamp::from_secs(policy.updated_s)),
        tags: match detail {
            Detail::Full => Some(tags::shapes(&policy.tags)),
            Detail::Created | Detail::Listed => tag_list(&policy.tags, detail),
        },
    }
}

pub(crate) fn aws_policy(policy: &AwsManaged, uses: Uses, detail: Detail) -> Policy {
    Policy {
        policy_name: Some(policy.name.to_owned()),
        policy_id: Some(policy.id.to_owned()),
        arn: Some(policy.arn()),
        path: Some(policy.path.to_owned()),
        default_version_id: Some(version_id(policy.version)),
        attachment_count: Some(uses.attached),
        permissions_boundary_usage_count: Some(uses.as_boundary),
        is_attachable: Some(true),
        description: None,
        create_date: Some(policy.created()),
        update_date: Some(policy.updated()),
        tags: (detail == Detail::Full).then(Vec::new),
    }
}

/// A version without its document, which only Get answers.
/// The status as answers have it.
pub(crate) fn status(status: KeyStatus) -> StatusType {
    match status {
        KeyStatus::Active => StatusType::Active,
        KeyStatus::Inactive => StatusType::Inactive,
    }
}

/// # Errors
/// The status is none that a caller may give.
pub(crate) fn given_status(status: &StatusType) -> Result<KeyStatus, Error> {
    match status {
        StatusType::Active => Ok(KeyStatus::Active),
        StatusType::Inactive => Ok(KeyStatus::Inactive),
        StatusType::Expired => Err(Error::StatusNotForCallers),
    }
}

pub(crate) fn version(version: &record::PolicyVersion, default_version: u64) -> PolicyVersion {
    PolicyVersion {
        document: None,
        version_id: Some(version_id(version.number)),
        is_default_version: Some(version.number == default_version),
        create_date: Some(Timestamp::from_secs(version.created_s)),
    }
}
