//! Managed policies attached to users, roles and groups, and permissions boundaries.

use crate::error::{Error, Limit};
use crate::keys::{self, Usage};
use crate::page::{Listing, Page};
use crate::policy_arn::Managed;
use crate::record::{Attached, Entity, Identity};
use crate::records::{Reader, Records};
use base::Arn;
use kv::Txn;
use wire::iam::AttachedPolicy;

/// AWS's default quota for each kind of entity.
const MAX_ATTACHED: usize = 10;

pub(crate) async fn attach<E: Entity>(
    records: &Records<Txn>,
    owner: &str,
    arn: &str,
) -> Result<(), Error> {
    let found = records.find_policy(arn).await?;
    let owner: E = records.get(owner).await?;
    if found.is_none() {
        return Err(Error::NotAttachable(arn.to_owned()));
    }
    let id = &owner.head().id;
    let key = keys::attached_policy(id, arn);
    if records.exists(&key).await? {
        return Ok(());
    }
    if records.names(&keys::attached_policies(id)).await?.len() >= MAX_ATTACHED {
        return Err(Error::LimitExceeded(Limit::AttachedPolicies(E::KIND)));
    }
    let attached = Attached {
        arn: arn.to_owned(),
    };
    records.put(key, &attached);
    records.mark(keys::usage(records.account, arn, Usage::Permissions, id));
    Ok(())
}

pub(crate) async fn detach<E: Entity>(
    records: &Records<Txn>,
    owner: &str,
    arn: &str,
) -> Result<(), Error> {
    // An unreadable ARN is refused as such, before anything else.
    records.find_policy(arn).await?;
    let owner: E = records.get(owner).await?;
    let id = &owner.head().id;
    let key = keys::attached_policy(id, arn);
    if !records.exists(&key).await? {
        return Err(Error::NoSuchPolicy(arn.to_owned()));
    }
    records.remove(key);
    records.remove(keys::usage(records.account, arn, Usage::Permissions, id));
    Ok(())
}

/// The attached policies whose paths start so, in the order of their names.
pub(crate) async fn list<E: Entity, R: Reader>(
    records: &Records<R>,
    owner: &str,
    path_prefix: Option<&str>,
    page: &Page,
) -> Result<Listing<AttachedPolicy>, Error> {
    let owner: E = records.get(owner).await?;
    let under = keys::attached_policies(&owner.head().id);
    let attached: Vec<Attached> = records.all(&under).await?;
    let shapes = attached.into_iter().filter_map(|attached| {
        let arn: Arn = attached.arn.parse().ok()?;
        let (path, name) = split_resource(arn.resource())?;
        let wanted = path_prefix.is_none_or(|prefix| path.starts_with(prefix));
        wanted.then(|| AttachedPolicy {
            policy_name: Some(name.to_owned()),
            policy_arn: Some(attached.arn.clone()),
        })
    });
    Ok(page.cut(shapes.collect(), |shape: &AttachedPolicy| {
        keys::fold(shape.policy_name.as_deref().unwrap_or_default())
    }))
}

/// Splits `policy/a/b/name` into `/a/b/` and `name`.
fn split_resource(resource: &str) -> Option<(&str, &str)> {
    let with_path = resource.strip_prefix("policy")?;
    let name_at = with_path.rfind('/')? + 1;
    Some(with_path.split_at(name_at))
}

/// Makes a policy the boundary of an entity that is about to be written, or none.
///
/// # Errors
/// There is no such policy.
pub(crate) async fn set_boundary<E: Identity>(
    records: &Records<Txn>,
    entity: &mut E,
    arn: Option<&str>,
) -> Result<(), Error> {
    let id = entity.head().id.clone();
    if let Some(old) = entity.boundary_mut().take() {
        records.remove(keys::usage(records.account, &old, Usage::Boundary, &id));
    }
    let Some(arn) = arn else { return Ok(()) };
    match records.find_policy(arn).await? {
        Some(Managed::Aws(_) | Managed::Own(_)) => {}
        None => return Err(Error::NoSuchBoundary(arn.to_owned())),
    }
    records.mark(keys::usage(records.account, arn, Usage::Boundary, &id));
    *entity.boundary_mut() = Some(arn.to_owned());
    Ok(())
}

/// The unique ids of the entities of the account that use the policy so.
pub(crate) async fn users_of<R: Reader>(
    records: &Records<R>,
    arn: &str,
    usage: Usage,
) -> Result<Vec<String>, Error> {
    records
        .names(&keys::usages(records.account, arn, usage))
        .await
}

/// How many entities of the account use the policy so.
pub(crate) async fn count<R: Reader>(
    records: &Records<R>,
    arn: &str,
    usage: Usage,
) -> Result<i32, Error> {
    let users = records
        .names(&keys::usages(records.account, arn, usage))
        .await?;
    Ok(i32::try_from(users.len()).unwrap_or(i32::MAX))
}
