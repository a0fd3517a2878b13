//! ListTagsOfResource.

use super::tag_resource::tagged_table;
use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ErrorKind};
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
        permit: &Permit,
    ) -> Result<ListTagsOfResourceOutput, Error> {
        let name = tagged_table(&self.resource_arn)?;
        let table = service
            .any_table_at(&service.store.snapshot(), &name)
            .await?;
        let Some(table) = table else {
            // What does not exist is what one may not look at.
            return Err(ErrorKind::AccessDenied {
                user: permit.caller().arn(),
                action: "dynamodb:ListTagsOfResource",
                resource: self.resource_arn,
            }
            .into());
        };
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
