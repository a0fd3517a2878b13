//! UntagResource.

use super::tag_resource::tagged_table;
use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ParameterError, TableError};
use crate::table::Table;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::UntagResourceInput;

impl Operate<Dynamodb> for UntagResourceInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        _: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = tagged_table(&self.resource_arn)?;
        let untag = Access::to("dynamodb:UntagResource", &name)
            .require(service)
            .await?;
        Ok(vec![untag.with("aws:TagKeys", &self.tag_keys)])
    }

    async fn operate(self, service: &Dynamodb, _: &Permit) -> Result<(), Error> {
        let name = tagged_table(&self.resource_arn)?;
        if self.tag_keys.is_empty() {
            return Err(ParameterError::NoTagKeys.into());
        }
        let keys = &self.tag_keys;
        let change = |table: &mut Table| {
            table.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        };
        let found = service.change_table(&name, change).await?;
        found.ok_or(TableError::NotFound)?;
        Ok(())
    }
}
