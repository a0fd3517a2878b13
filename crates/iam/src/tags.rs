//! Tags in requests: checked, merged into what is stored, and as condition keys.

use crate::error::{Error, Limit};
use crate::record::{Tagged, Tags};
use crate::records::Records;
use kv::Txn;
use service::Requirement;
use wire::iam::Tag;

const MAX_TAGS: usize = 50;
/// What keys of AWS's own tags begin with, in any case.
const RESERVED: &str = "aws:";

/// Adds tags.
///
/// # Errors
/// A key stands twice or is AWS's, or there are too many in the end.
pub(crate) fn merge(tags: &mut Tags, added: &[Tag]) -> Result<(), Error> {
    let mut keys: Vec<String> = added.iter().map(|tag| tag.key.to_lowercase()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < added.len() {
        return Err(Error::DuplicateTagKeys);
    }
    if keys.iter().any(|key| is_reserved(key)) {
        return Err(Error::ReservedTagKey);
    }
    for tag in added {
        tags.set(&tag.key, &tag.value);
    }
    match tags.len() {
        0..=MAX_TAGS => Ok(()),
        _ => Err(Error::LimitExceeded(Limit::Tags)),
    }
}

/// Whether a key is one of AWS's own.
pub(crate) fn is_reserved(key: &str) -> bool {
    key.to_lowercase().starts_with(RESERVED)
}

/// # Errors
/// As [`merge`].
pub(crate) fn collect(added: Option<&Vec<Tag>>) -> Result<Tags, Error> {
    let mut tags = Tags::default();
    merge(&mut tags, added.map(Vec::as_slice).unwrap_or_default())?;
    Ok(tags)
}

pub(crate) async fn tag<E: Tagged>(
    records: &Records<Txn>,
    name: &str,
    added: &[Tag],
) -> Result<(), Error> {
    let mut entity: E = records.get(name).await?;
    merge(entity.tags_mut(), added)?;
    records.put_entity(&entity);
    Ok(())
}

pub(crate) async fn untag<E: Tagged>(
    records: &Records<Txn>,
    name: &str,
    removed: &[String],
) -> Result<(), Error> {
    let mut entity: E = records.get(name).await?;
    for key in removed {
        entity.tags_mut().remove(key);
    }
    records.put_entity(&entity);
    Ok(())
}

pub(crate) fn shapes(tags: &Tags) -> Vec<Tag> {
    let shape = |(key, value): (&str, &str)| Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    tags.iter().map(shape).collect()
}

/// Adds the condition keys of tags that a request brings.
pub(crate) fn requested<'a>(
    requirement: Requirement,
    tags: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> Requirement {
    let keys = tags.clone().map(|(key, _)| key.to_owned());
    tags.fold(
        requirement.with("aws:TagKeys", keys),
        |requirement, (key, value)| requirement.with(format!("aws:RequestTag/{key}"), [value]),
    )
}

/// Tags as pairs.
pub(crate) fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> + Clone {
    tags.iter()
        .map(|tag| (tag.key.as_str(), tag.value.as_str()))
}
