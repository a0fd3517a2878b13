//! Which policies let an identity use a service.

use crate::error::Error;
use crate::keys;
use crate::record::{Attached, Entity, Group, InlinePolicy, Kind, Role, User};
use crate::records::{Reader, Records};
use policy::{Dialect, Policy};
use wire::iam::{PolicyGrantingServiceAccess, PolicyOwnerEntityType, PolicyType};

/// The policies of a user (with its groups), role or group that allow any action of a service.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) async fn policies<R: Reader>(
    records: &Records<R>,
    arn: &str,
    namespace: &str,
) -> Result<Vec<PolicyGrantingServiceAccess>, Error> {
    let mut found = Vec::new();
    if let Some(user) = records.find_by_arn::<User>(arn).await? {
        add(records, &user, namespace, &mut found).await?;
        for id in records.names(&keys::memberships(&user.head.id)).await? {
            if let Some(group) = records.find_by_id::<Group>(&id).await? {
                add(records, &group, namespace, &mut found).await?;
            }
        }
    } else if let Some(role) = records.find_by_arn::<Role>(arn).await? {
        add(records, &role, namespace, &mut found).await?;
    } else {
        let group: Option<Group> = records.find_by_arn(arn).await?;
        let none = || Error::NoSuchArn(Kind::Group, arn.to_owned());
        add(records, &group.ok_or_else(none)?, namespace, &mut found).await?;
    }
    Ok(found)
}

async fn add<R: Reader, E: Entity>(
    records: &Records<R>,
    owner: &E,
    namespace: &str,
    found: &mut Vec<PolicyGrantingServiceAccess>,
) -> Result<(), Error> {
    let id = &owner.head().id;
    let grants = |document: &str| {
        let policy = Policy::parse(document, Dialect::Identity);
        policy.is_ok_and(|policy| policy.names_service(namespace))
    };
    let attached: Vec<Attached> = records.all(&keys::attached_policies(id)).await?;
    for Attached { arn } in attached {
        let document = records.default_document(&arn).await?;
        if document.is_some_and(|document| grants(&document)) {
            found.push(PolicyGrantingServiceAccess {
                policy_name: arn.rsplit('/').next().unwrap_or_default().to_owned(),
                policy_type: PolicyType::Managed,
                policy_arn: Some(arn),
                entity_type: None,
                entity_name: None,
            });
        }
    }
    let inline: Vec<InlinePolicy> = records.all(&keys::inline_policies(id)).await?;
    for policy in inline.into_iter().filter(|policy| grants(&policy.document)) {
        found.push(PolicyGrantingServiceAccess {
            policy_name: policy.name,
            policy_type: PolicyType::Inline,
            policy_arn: None,
            entity_type: Some(match E::KIND {
                Kind::User => PolicyOwnerEntityType::User,
                Kind::Role => PolicyOwnerEntityType::Role,
                _ => PolicyOwnerEntityType::Group,
            }),
            entity_name: Some(owner.head().name.clone()),
        });
    }
    Ok(())
}
