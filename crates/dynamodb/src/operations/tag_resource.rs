//! TagResource.

use crate::Dynamodb;
use crate::access::{Access, tag_pairs};
use crate::error::{Error, ParameterError, TableError};
use crate::table::Table;
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use wire::dynamodb::{Tag, TagResourceInput};

const MAX_TAGS: usize = 50;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;
/// What no key of a user's tag starts with, in whatever case.
const RESERVED: &str = "aws:";

impl Operate<Dynamodb> for TagResourceInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        _: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = tagged_table(&self.resource_arn)?;
        let tag = Access::to("dynamodb:TagResource", &name)
            .require(service)
            .await?;
        Ok(vec![tag.request_tags(tag_pairs(Some(&self.tags)))])
    }

    async fn operate(self, service: &Dynamodb, _: &Permit) -> Result<(), Error> {
        let name = tagged_table(&self.resource_arn)?;
        if self.tags.is_empty() {
            return Err(ParameterError::NoTags.into());
        }
        let tags = &tag_map(self.tags)?;
        let change = |table: &mut Table| {
            table.tags.extend(tags.clone());
            Ok(check_count(table.tags.len())?)
        };
        let found = service.change_table(&name, change).await?;
        found.ok_or(TableError::NoSuchResource(self.resource_arn))?;
        Ok(())
    }
}

/// The table whose tags a request is about.
///
/// # Errors
/// As [`TableName::of_resource`].
pub fn tagged_table(arn: &str) -> Result<TableName, Error> {
    if arn.is_empty() {
        return Err(ParameterError::NoTableArn.into());
    }
    TableName::of_resource(arn)
}

/// Tags by their keys.
///
/// # Errors
/// [`ParameterError`] for what is no tag, repeated keys or too many.
pub fn tag_map(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, Error> {
    let mut map = BTreeMap::new();
    for tag in tags {
        check_key(&tag.key)?;
        if !is_tag_text(&tag.value, 0..=MAX_VALUE) {
            return Err(ParameterError::TagValue(tag.value).into());
        }
        if map.contains_key(&tag.key) {
            return Err(ParameterError::RepeatedTag(tag.key).into());
        }
        map.insert(tag.key, tag.value);
    }
    check_count(map.len())?;
    Ok(map)
}

/// # Errors
/// [`ParameterError`] for what can be no key of a tag.
pub fn check_key(key: &str) -> Result<(), ParameterError> {
    if !is_tag_text(key, 1..=MAX_KEY) {
        return Err(ParameterError::TagKey(key.to_owned()));
    }
    let prefix = key.get(..RESERVED.len());
    if prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(RESERVED)) {
        return Err(ParameterError::ReservedTag(key.to_owned()));
    }
    Ok(())
}

/// Whether a tag's key or value has as many characters as it may, and only those that tags may
/// have: letters, numbers and white space of any language, and a few signs.
fn is_tag_text(text: &str, length: RangeInclusive<usize>) -> bool {
    length.contains(&text.encode_utf16().count())
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c))
}

/// # Errors
/// [`ParameterError::TooManyTags`]
pub fn check_count(tags: usize) -> Result<(), ParameterError> {
    if tags > MAX_TAGS {
        return Err(ParameterError::TooManyTags);
    }
    Ok(())
}
