//! ListTagsOfResource.

use super::tag_resource::tagged_table;
use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, TableError};
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{ListTagsOfResourceInput, ListTagsOfResourceOutput, Tag};

impl Operate<Dynamodb> for ListTagsOfResourceInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        _: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = tagged_table(&self.resource_arn)?;
        Ok(vec![
            Access::to("dynamodb:ListTagsOfResource", &name)
                .require(service)
                .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        _: &Permit,
    ) -> Result<ListTagsOfResourceOutput, Error> {
        let name = tagged_table(&self.resource_arn)?;
        let table = service
            .any_table_at(&service.store.snapshot(), &name)
            .await?;
        let table = table.ok_or(TableError::NoSuchResource(self.resource_arn))?;
        let tag = |(key, value): (&String, &String)| Tag {
            key: key.clone(),
            value: value.clone(),
        };
        let tags = table.tags.iter().map(tag).collect();
        Ok(ListTagsOfResourceOutput {
            tags: Some(tags),
            next_token: None,
        })
    }
}
