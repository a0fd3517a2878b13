//! Inline policies of users, roles and groups.

use crate::document::{check_identity, size_chars};
use crate::error::{Error, Limit};
use crate::keys;
use crate::page::{Listing, Page};
use crate::record::{Entity, InlinePolicy, Kind};
use crate::records::{Reader, Records};
use kv::Txn;

/// How many characters all inline policies of an entity may have together.
fn max_chars(kind: Kind) -> usize {
    match kind {
        Kind::User => 2_048,
        Kind::Group => 5_120,
        _ => 10_240,
    }
}

pub(crate) async fn put<E: Entity>(
    records: &Records<Txn>,
    owner: &str,
    name: &str,
    document: &str,
) -> Result<(), Error> {
    let owner: E = records.get(owner).await?;
    check_identity(document)?;
    let id = &owner.head().id;
    let key = keys::inline_policy(id, name);
    let present: Vec<InlinePolicy> = records.all(&keys::inline_policies(id)).await?;
    let others = present
        .iter()
        .filter(|p| keys::fold(&p.name) != keys::fold(name));
    let chars: usize = others.map(|p| size_chars(&p.document)).sum();
    let max = max_chars(E::KIND);
    if chars + size_chars(document) > max {
        return Err(Error::LimitExceeded(Limit::InlinePolicySize {
            kind: E::KIND,
            name: owner.head().name.clone(),
            max,
        }));
    }
    let policy = InlinePolicy {
        name: name.to_owned(),
        document: document.to_owned(),
    };
    records.put(key, &policy);
    Ok(())
}

/// The owner and its policy of this name.
pub(crate) async fn get<E: Entity, R: Reader>(
    records: &Records<R>,
    owner: &str,
    name: &str,
) -> Result<(E, InlinePolicy), Error> {
    let owner: E = records.get(owner).await?;
    let found = records
        .read(&keys::inline_policy(&owner.head().id, name))
        .await?;
    match found {
        Some(policy) => Ok((owner, policy)),
        None => Err(Error::NoSuchInlinePolicy(E::KIND, name.to_owned())),
    }
}

pub(crate) async fn delete<E: Entity>(
    records: &Records<Txn>,
    owner: &str,
    name: &str,
) -> Result<(), Error> {
    let (owner, _) = get::<E, _>(records, owner, name).await?;
    records.remove(keys::inline_policy(&owner.head().id, name));
    Ok(())
}

pub(crate) async fn list<E: Entity, R: Reader>(
    records: &Records<R>,
    owner: &str,
    page: &Page,
) -> Result<Listing<String>, Error> {
    let owner: E = records.get(owner).await?;
    let under = keys::inline_policies(&owner.head().id);
    let policies: Vec<InlinePolicy> = records.all(&under).await?;
    let names = policies.into_iter().map(|p| p.name).collect();
    Ok(page.cut(names, |name: &String| keys::fold(name)))
}
