//! ListEntitiesForPolicy.

use crate::Iam;
use crate::error::Error;
use crate::keys::{self, Usage};
use crate::page::Page;
use crate::record::{Entity, Group, Head, Kind, Role, User};
use crate::records::{Reader, Records};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    EntityType, ListEntitiesForPolicyInput, ListEntitiesForPolicyOutput, PolicyGroup, PolicyRole,
    PolicyUsageType, PolicyUser,
};

impl Operate<Iam> for ListEntitiesForPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_policy(caller, "iam:ListEntitiesForPolicy", &self.policy_arn)
                .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListEntitiesForPolicyOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        records.get_policy(&self.policy_arn).await?;
        let usages: &[Usage] = match self.policy_usage_filter {
            None => &[Usage::Permissions, Usage::Boundary],
            Some(PolicyUsageType::PermissionsPolicy) => &[Usage::Permissions],
            Some(PolicyUsageType::PermissionsBoundary) => &[Usage::Boundary],
        };
        let mut found: Vec<(Kind, Head)> = Vec::new();
        for usage in usages {
            let under = keys::usages(records.account, &self.policy_arn, *usage);
            for id in records.names(&under).await? {
                found.extend(owner(&records, &id).await?);
            }
        }
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        found.retain(|(kind, head)| {
            wanted(self.entity_filter).contains(kind) && head.path.starts_with(prefix)
        });
        found.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        found.dedup_by(|(_, a), (_, b)| a.id == b.id);
        let listing = page.cut(found, |(kind, head): &(Kind, Head)| {
            format!("{} {}", kind.word(), keys::fold(&head.name))
        });
        let mut output = ListEntitiesForPolicyOutput {
            policy_groups: Some(Vec::new()),
            policy_users: Some(Vec::new()),
            policy_roles: Some(Vec::new()),
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
        };
        for (kind, head) in listing.items {
            add(&mut output, kind, head);
        }
        Ok(output)
    }
}

fn wanted(filter: Option<EntityType>) -> &'static [Kind] {
    match filter {
        None => &[Kind::User, Kind::Role, Kind::Group],
        Some(EntityType::User) => &[Kind::User],
        Some(EntityType::Role) => &[Kind::Role],
        Some(EntityType::Group) => &[Kind::Group],
        Some(EntityType::LocalManagedPolicy | EntityType::AWSManagedPolicy) => &[],
    }
}

/// The user, role or group with this id.
async fn owner<R: Reader>(records: &Records<R>, id: &str) -> Result<Option<(Kind, Head)>, Error> {
    if let Some(user) = records.find_by_id::<User>(id).await? {
        return Ok(Some((User::KIND, user.head)));
    }
    if let Some(role) = records.find_by_id::<Role>(id).await? {
        return Ok(Some((Role::KIND, role.head)));
    }
    let group = records.find_by_id::<Group>(id).await?;
    Ok(group.map(|group| (Group::KIND, group.head)))
}

fn add(output: &mut ListEntitiesForPolicyOutput, kind: Kind, head: Head) {
    let (name, id) = (Some(head.name), Some(head.id));
    match kind {
        Kind::User => output
            .policy_users
            .get_or_insert_default()
            .push(PolicyUser {
                user_name: name,
                user_id: id,
            }),
        Kind::Role => output
            .policy_roles
            .get_or_insert_default()
            .push(PolicyRole {
                role_name: name,
                role_id: id,
            }),
        Kind::Group => output
            .policy_groups
            .get_or_insert_default()
            .push(PolicyGroup {
                group_name: name,
                group_id: id,
            }),
        _ => {}
    }
}
