//! When services were last used by an identity, from what was really called.

use crate::Iam;
use crate::attachment::users_of;
use crate::error::Error;
use crate::identity::Loaded;
use crate::keys::{self, Usage};
use crate::record::{AccessJob, Entity, Group, Head, Kind, Role, User};
use crate::records::{Reader, Records};
use base::{Arn, Timestamp};
use std::collections::BTreeMap;
use wire::iam::{
    EntityDetails, EntityInfo, PolicyOwnerEntityType, ServiceLastAccessed,
    TrackedActionLastAccessed,
};

/// Services by the namespace of their actions; others are shown by the namespace.
const SERVICES: [(&str, &str); 6] = [
    ("apigateway", "Amazon API Gateway Management"),
    ("dynamodb", "Amazon DynamoDB"),
    ("execute-api", "Amazon API Gateway"),
    ("iam", "AWS Identity and Access Management"),
    ("lambda", "AWS Lambda"),
    ("logs", "Amazon CloudWatch Logs"),
];

/// A user or role whose calls count.
pub(crate) struct Identity {
    kind: Kind,
    head: Head,
    arn: Arn,
}

/// # Errors
/// There is no such job.
pub(crate) async fn job<R: Reader>(records: &Records<R>, id: &str) -> Result<AccessJob, Error> {
    let found = records.read(&keys::access_job(records.account, id)).await?;
    found.ok_or_else(|| Error::NoSuchJob(id.to_owned()))
}

/// Whose calls count for an ARN: the user or role itself, a group's members, whoever uses a
/// policy.
///
/// # Errors
/// `NoSuchEntity`.
pub(crate) async fn principals<R: Reader>(
    records: &Records<R>,
    arn: &str,
) -> Result<Vec<Identity>, Error> {
    let none = |kind| Error::NoSuchArn(kind, arn.to_owned());
    let parsed: Arn = arn.parse().map_err(|_| Error::UnreadableArn)?;
    match parsed.resource().split('/').next() {
        Some("user") => {
            let user: Option<User> = records.find_by_arn(arn).await?;
            Ok(vec![identity(records, &user.ok_or(none(Kind::User))?)])
        }
        Some("role") => {
            let role: Option<Role> = records.find_by_arn(arn).await?;
            Ok(vec![identity(records, &role.ok_or(none(Kind::Role))?)])
        }
        Some("group") => {
            let group: Option<Group> = records.find_by_arn(arn).await?;
            let group = group.ok_or(none(Kind::Group))?;
            let ids = records.names(&keys::members(&group.head.id)).await?;
            by_ids(records, ids).await
        }
        _ => {
            records.get_policy(arn).await?;
            let ids = users_of(records, arn, Usage::Permissions).await?;
            by_ids(records, ids).await
        }
    }
}

fn identity<R, E: Entity>(records: &Records<R>, entity: &E) -> Identity {
    Identity {
        kind: E::KIND,
        head: entity.head().clone(),
        arn: entity.arn(records.account),
    }
}

async fn by_ids<R: Reader>(records: &Records<R>, ids: Vec<String>) -> Result<Vec<Identity>, Error> {
    let mut found = Vec::new();
    for id in ids {
        if let Some(user) = records.find_by_id::<User>(&id).await? {
            found.push(identity(records, &user));
        } else if let Some(role) = records.find_by_id::<Role>(&id).await? {
            found.push(identity(records, &role));
        }
    }
    Ok(found)
}

/// What the policies of an ARN name: services that may be used.
async fn granted<R: Reader>(iam: &Iam, records: &Records<R>, arn: &str) -> Result<Loaded, Error> {
    let loader = iam.loader(records);
    if let Some(user) = records.find_by_arn::<User>(arn).await? {
        return loader.user(&user.head.id).await;
    }
    if let Some(role) = records.find_by_arn::<Role>(arn).await? {
        return loader.role(&role.head.id).await;
    }
    match records.find_by_arn::<Group>(arn).await? {
        Some(group) => loader.entity(&group).await,
        None => Ok(Loaded::default()),
    }
}

/// One service's uses, put together.
#[derive(Default)]
struct Uses {
    last_ms: i64,
    by: String,
    entities: i32,
    /// By action: when, by whom.
    actions: BTreeMap<String, (i64, String)>,
}

/// Every service that the policies allow or that was used.
///
/// # Errors
/// The store's.
pub(crate) async fn services<R: Reader>(
    iam: &Iam,
    records: &Records<R>,
    job: &AccessJob,
) -> Result<Vec<ServiceLastAccessed>, Error> {
    let mut uses: BTreeMap<String, Uses> = BTreeMap::new();
    let loaded = granted(iam, records, &job.arn).await?;
    for (namespace, _) in SERVICES {
        let mut policies = loaded.policies.iter();
        if policies.any(|named| named.policy.names_service(namespace)) {
            uses.entry(namespace.to_owned()).or_default();
        }
    }
    for identity in principals(records, &job.arn).await? {
        let mut seen: Vec<String> = Vec::new();
        for (action, resources) in iam.called(&identity.head.id).await?.actions {
            let Some((namespace, name)) = action.split_once(':') else {
                continue;
            };
            let last_ms = resources.values().map(|seen| seen.last_ms).max();
            let last_ms = last_ms.unwrap_or_default();
            let service = uses.entry(namespace.to_owned()).or_default();
            if !seen.iter().any(|known| known == namespace) {
                seen.push(namespace.to_owned());
                service.entities += 1;
            }
            if last_ms >= service.last_ms {
                service.last_ms = last_ms;
                service.by = identity.arn.to_string();
            }
            let by = identity.arn.to_string();
            let tracked = service.actions.entry(name.to_owned()).or_default();
            *tracked = std::mem::take(tracked).max((last_ms, by));
        }
    }
    let region = base::Region::default_region();
    let shape = |(namespace, uses)| shape(namespace, uses, job.action_level, region.as_str());
    Ok(uses.into_iter().map(shape).collect())
}

fn shape(namespace: String, uses: Uses, action_level: bool, region: &str) -> ServiceLastAccessed {
    let named = SERVICES.iter().find(|(known, _)| *known == namespace);
    let used = uses.entities > 0;
    let actions = uses
        .actions
        .into_iter()
        .map(|(name, (last_ms, by))| TrackedActionLastAccessed {
            action_name: Some(name),
            last_accessed_entity: Some(by),
            last_accessed_time: Some(seconds(last_ms)),
            last_accessed_region: Some(region.to_owned()),
        });
    ServiceLastAccessed {
        service_name: named.map_or_else(|| namespace.clone(), |(_, name)| (*name).to_owned()),
        last_authenticated: used.then(|| seconds(uses.last_ms)),
        service_namespace: namespace,
        last_authenticated_entity: used.then_some(uses.by),
        last_authenticated_region: used.then(|| region.to_owned()),
        total_authenticated_entities: Some(uses.entities),
        tracked_actions_last_accessed: action_level.then(|| actions.collect()),
    }
}

fn seconds(ms: i64) -> Timestamp {
    Timestamp::from_secs(Timestamp::from_millis(ms).as_secs())
}

/// Who used a service.
///
/// # Errors
/// The store's.
pub(crate) async fn entities<R: Reader>(
    iam: &Iam,
    records: &Records<R>,
    job: &AccessJob,
    namespace: &str,
) -> Result<Vec<EntityDetails>, Error> {
    let mut details = Vec::new();
    for identity in principals(records, &job.arn).await? {
        let called = iam.called(&identity.head.id).await?;
        let of_service = called.actions.iter().filter(|(action, _)| {
            action
                .split_once(':')
                .is_some_and(|(service, _)| service == namespace)
        });
        let times = of_service.flat_map(|(_, resources)| resources.values());
        let last_ms = times.map(|seen| seen.last_ms).max();
        details.push(EntityDetails {
            entity_info: EntityInfo {
                arn: identity.arn.to_string(),
                name: identity.head.name,
                r#type: match identity.kind {
                    Kind::Role => PolicyOwnerEntityType::Role,
                    _ => PolicyOwnerEntityType::User,
                },
                id: identity.head.id,
                path: Some(identity.head.path),
            },
            last_authenticated: last_ms.map(seconds),
        });
    }
    Ok(details)
}
