//! TagResource.

use crate::Dynamodb;
use crate::access::{Access, tag_pairs};
use crate::error::{Error, ParameterError, TableError};
use crate::table::Table;
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::dynamodb::{Tag, TagResourceInput};

const MAX_TAGS: usize = 50;

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
            check_count(&table.tags)
        };
        let found = service.change_table(&name, change).await?;
        found.ok_or(TableError::NoSuchResource(self.resource_arn))?;
        Ok(())
    }
}

/// The table whose tags a request is about.
///
/// # Errors
/// [`ParameterError`] for what is no table's ARN.
pub fn tagged_table(arn: &str) -> Result<TableName, Error> {
    if arn.is_empty() {
        return Err(ParameterError::NoTableArn.into());
    }
    if !arn.starts_with("arn:") {
        return Err(ParameterError::NotAnArn(arn.to_owned()).into());
    }
    let name = TableName::from_arn(arn).filter(|name| name.arn() == arn);
    Ok(name.ok_or_else(|| ParameterError::TableArn(arn.to_owned()))?)
}

/// Tags by their keys.
///
/// # Errors
/// [`ParameterError`] for repeated keys, other characters than tags may have, or too many.
pub fn tag_map(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, Error> {
    let mut map = BTreeMap::new();
    for tag in tags {
        if let Some(text) = [&tag.key, &tag.value]
            .into_iter()
            .find(|text| !is_tag_text(text))
        {
            return Err(ParameterError::TagCharacters(text.clone()).into());
        }
        if map.contains_key(&tag.key) {
            return Err(ParameterError::RepeatedTag(tag.key).into());
        }
        map.insert(tag.key, tag.value);
    }
    check_count(&map)?;
    Ok(map)
}

/// Whether a tag's key or value has only the characters that tags may have: letters, numbers and
/// white space of any language, and a few signs.
fn is_tag_text(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c))
}

fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Error> {
    if tags.len() > MAX_TAGS {
        return Err(ParameterError::TooManyTags.into());
    }
    Ok(())
}
