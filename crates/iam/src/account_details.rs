//! Everything in an account that decides about permissions, for GetAccountAuthorizationDetails.

use crate::attachment;
use crate::aws_managed;
use crate::document::encoded;
use crate::error::Error;
use crate::instance_profile;
use crate::keys::{self, Usage};
use crate::page::Page;
use crate::record::{
    Entity, Group, InlinePolicy, InstanceProfile, Kind, ManagedPolicy, PolicyVersion, Role, User,
};
use crate::records::{Reader, Records};
use crate::shape::{self, Detail, Uses};
use crate::{Iam, tags};
use kv::Snapshot;
use wire::iam::{
    AttachedPolicy, EntityType, GetAccountAuthorizationDetailsOutput, GroupDetail,
    ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail,
};

/// One thing in the answer.
pub(crate) enum Entry {
    User(UserDetail),
    Group(GroupDetail),
    Role(RoleDetail),
    Policy(ManagedPolicyDetail),
}

impl Entry {
    /// Where it stands in the listing.
    pub(crate) fn key(&self) -> String {
        let (kind, arn) = match self {
            Entry::User(user) => ("1", &user.arn),
            Entry::Group(group) => ("2", &group.arn),
            Entry::Role(role) => ("3", &role.arn),
            Entry::Policy(policy) => ("4", &policy.arn),
        };
        format!("{kind} {}", arn.as_deref().unwrap_or_default())
    }

    pub(crate) fn add_to(self, output: &mut GetAccountAuthorizationDetailsOutput) {
        match self {
            Entry::User(user) => output.user_detail_list.get_or_insert_default().push(user),
            Entry::Group(group) => output.group_detail_list.get_or_insert_default().push(group),
            Entry::Role(role) => output.role_detail_list.get_or_insert_default().push(role),
            Entry::Policy(policy) => output.policies.get_or_insert_default().push(policy),
        }
    }
}

/// All that the filter wants; everything without one.
///
/// # Errors
/// The store's.
pub(crate) async fn all(
    iam: &Iam,
    records: &Records<Snapshot>,
    filter: Option<&[EntityType]>,
) -> Result<Vec<Entry>, Error> {
    let filter = filter.filter(|filter| !filter.is_empty());
    let wanted = |kind| filter.is_none_or(|filter| filter.contains(&kind));
    let account = records.account;
    let mut entries = Vec::new();
    if wanted(EntityType::User) {
        let users: Vec<User> = records.all(&keys::entities(Kind::User, account)).await?;
        for user in &users {
            entries.push(Entry::User(user_detail(records, user).await?));
        }
    }
    if wanted(EntityType::Group) {
        let groups: Vec<Group> = records.all(&keys::entities(Kind::Group, account)).await?;
        for group in &groups {
            entries.push(Entry::Group(group_detail(records, group).await?));
        }
    }
    if wanted(EntityType::Role) {
        let roles: Vec<Role> = records.all(&keys::entities(Kind::Role, account)).await?;
        for role in &roles {
            entries.push(Entry::Role(role_detail(iam, records, role).await?));
        }
    }
    if wanted(EntityType::LocalManagedPolicy) {
        let own: Vec<ManagedPolicy> = records.all(&keys::entities(Kind::Policy, account)).await?;
        for policy in &own {
            entries.push(Entry::Policy(own_policy(records, policy).await?));
        }
    }
    if wanted(EntityType::AWSManagedPolicy) {
        for policy in aws_managed::ALL {
            let uses = uses(records, &policy.arn()).await?;
            // Only those in use.
            if uses.attached + uses.as_boundary > 0 {
                entries.push(Entry::Policy(aws_policy(policy, uses)));
            }
        }
    }
    Ok(entries)
}

async fn user_detail<R: Reader>(records: &Records<R>, user: &User) -> Result<UserDetail, Error> {
    let mut groups = Vec::new();
    for id in records.names(&keys::memberships(&user.head.id)).await? {
        let group: Option<Group> = records.find_by_id(&id).await?;
        groups.extend(group.map(|group| group.head.name));
    }
    let shape = shape::user(user, records.account, Detail::Full);
    Ok(UserDetail {
        path: Some(shape.path),
        user_name: Some(shape.user_name),
        user_id: Some(shape.user_id),
        arn: Some(shape.arn),
        create_date: Some(shape.create_date),
        user_policy_list: some(inline(records, user).await?),
        group_list: Some(groups),
        attached_managed_policies: Some(attached::<User, R>(records, &user.head.name).await?),
        permissions_boundary: shape.permissions_boundary,
        tags: Some(tags::shapes(&user.tags)),
    })
}

async fn group_detail<R: Reader>(
    records: &Records<R>,
    group: &Group,
) -> Result<GroupDetail, Error> {
    let shape = shape::group(group, records.account);
    Ok(GroupDetail {
        path: Some(shape.path),
        group_name: Some(shape.group_name),
        group_id: Some(shape.group_id),
        arn: Some(shape.arn),
        create_date: Some(shape.create_date),
        group_policy_list: Some(inline(records, group).await?),
        attached_managed_policies: Some(attached::<Group, R>(records, &group.head.name).await?),
    })
}

async fn role_detail<R: Reader>(
    iam: &Iam,
    records: &Records<R>,
    role: &Role,
) -> Result<RoleDetail, Error> {
    let mut profiles = Vec::new();
    for id in records.names(&keys::profiles_of(&role.head.id)).await? {
        if let Some(profile) = records.find_by_id::<InstanceProfile>(&id).await? {
            profiles.push(instance_profile::listed(records, &profile).await?);
        }
    }
    let last_used = iam.last_use(&role.head.id, &role.head.id).await?;
    let shape = shape::role(role, records.account, Detail::Full);
    Ok(RoleDetail {
        path: Some(shape.path),
        role_name: Some(shape.role_name),
        role_id: Some(shape.role_id),
        arn: Some(shape.arn),
        create_date: Some(shape.create_date),
        assume_role_policy_document: shape.assume_role_policy_document,
        instance_profile_list: Some(profiles),
        role_policy_list: Some(inline(records, role).await?),
        attached_managed_policies: Some(attached::<Role, R>(records, &role.head.name).await?),
        permissions_boundary: shape.permissions_boundary,
        tags: Some(tags::shapes(&role.tags)),
        role_last_used: Some(shape::last_used(last_used)),
    })
}

fn some<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

async fn inline<R: Reader, E: Entity>(
    records: &Records<R>,
    owner: &E,
) -> Result<Vec<PolicyDetail>, Error> {
    let under = keys::inline_policies(&owner.head().id);
    let policies: Vec<InlinePolicy> = records.all(&under).await?;
    let details = policies.into_iter().map(|policy| PolicyDetail {
        policy_document: Some(encoded(&policy.document)),
        policy_name: Some(policy.name),
    });
    Ok(details.collect())
}

async fn attached<E: Entity, R: Reader>(
    records: &Records<R>,
    owner: &str,
) -> Result<Vec<AttachedPolicy>, Error> {
    let page = Page::new(None, None)?;
    let listing = attachment::list::<E, R>(records, owner, None, &page).await?;
    Ok(listing.items)
}

async fn uses<R: Reader>(records: &Records<R>, arn: &str) -> Result<Uses, Error> {
    Ok(Uses {
        attached: attachment::count(records, arn, Usage::Permissions).await?,
        as_boundary: attachment::count(records, arn, Usage::Boundary).await?,
    })
}

async fn own_policy<R: Reader>(
    records: &Records<R>,
    policy: &ManagedPolicy,
) -> Result<ManagedPolicyDetail, Error> {
    let arn = policy.arn(records.account).to_string();
    let uses = uses(records, &arn).await?;
    let under = keys::versions(&policy.head.id);
    let mut versions: Vec<PolicyVersion> = records.all(&under).await?;
    versions.reverse();
    let versions = versions.iter().map(|version| {
        let mut shape = shape::version(version, policy.default_version);
        shape.document = Some(encoded(&version.document));
        shape
    });
    let shape = shape::policy(policy, records.account, uses, Detail::Full);
    Ok(detail(shape, versions.collect()))
}

fn aws_policy(policy: &aws_managed::AwsManaged, uses: Uses) -> ManagedPolicyDetail {
    let version = wire::iam::PolicyVersion {
        document: Some(encoded(policy.document)),
        version_id: Some(crate::policy_arn::version_id(policy.version)),
        is_default_version: Some(true),
        create_date: Some(policy.updated()),
    };
    detail(shape::aws_policy(policy, uses, Detail::Full), vec![version])
}

fn detail(
    shape: wire::iam::Policy,
    versions: Vec<wire::iam::PolicyVersion>,
) -> ManagedPolicyDetail {
    ManagedPolicyDetail {
        policy_name: shape.policy_name,
        policy_id: shape.policy_id,
        arn: shape.arn,
        path: shape.path,
        default_version_id: shape.default_version_id,
        attachment_count: shape.attachment_count,
        permissions_boundary_usage_count: shape.permissions_boundary_usage_count,
        is_attachable: shape.is_attachable,
        description: shape.description,
        create_date: shape.create_date,
        update_date: shape.update_date,
        policy_version_list: Some(versions),
    }
}
