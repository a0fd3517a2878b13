//! UntagResource.

use super::tag_resource::{check_count, check_key, tagged_table};
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
        self.tag_keys.iter().try_for_each(|key| check_key(key))?;
        check_count(self.tag_keys.len())?;
        let keys = &self.tag_keys;
        let change = |table: &mut Table| {
            table.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        };
        let found = service.change_table(&name, change).await?;
        found.ok_or(TableError::NoSuchResource(self.resource_arn))?;
        Ok(())
    }
}
