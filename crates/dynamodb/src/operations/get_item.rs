//! GetItem.

use crate::Dynamodb;
use crate::access::Access;
use crate::capacity::{Consistency, Consumed, Shown, read_units};
use crate::error::Error;
use crate::key::KeyError;
use crate::legacy;
use crate::read::Wanted;
use crate::request::{Given, placeholders};
use crate::tables::TableName;
use crate::values::typed_item;
use crate::write::size_bytes;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{GetItemInput, GetItemOutput};

impl Operate<Dynamodb> for GetItemInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::read(caller, &self.table_name)?;
        let names = self.expression_attribute_names.as_ref();
        let access = Access::to("dynamodb:GetItem", &name)
            .attributes(self.key.keys())
            .attributes(self.attributes_to_get.iter().flatten())
            .expressions([self.projection_expression.as_ref()], names)
            .reads(
                None,
                self.projection_expression.as_ref(),
                self.attributes_to_get.as_ref(),
            )
            .return_capacity(self.return_consumed_capacity)
            .keys(service, [&self.key])
            .await?;
        Ok(vec![access.require(service).await?])
    }

    async fn operate(self, service: &Dynamodb, permit: &Permit) -> Result<GetItemOutput, Error> {
        let name = TableName::read(permit.caller(), &self.table_name)?;
        let given = Given {
            expressions: Given::of([(
                "ProjectionExpression",
                self.projection_expression.is_some(),
            )]),
            legacy: Given::of([("AttributesToGet", self.attributes_to_get.is_some())]),
            value_users: &[],
        };
        given.check(self.expression_attribute_names.as_ref(), None)?;
        let key = typed_item(self.key)?;
        let listed = self.attributes_to_get.map(legacy::projection).transpose()?;
        let mut placeholders = placeholders(self.expression_attribute_names, None)?;
        let wanted = Wanted::read(self.projection_expression, listed, &mut placeholders)?;
        placeholders.check_used()?;

        let snapshot = service.store.snapshot();
        let table = service
            .table_at(&snapshot, &name)
            .await?
            .ok_or_else(|| name.not_found())?;
        table.key.check_key(&key)?;
        wanted.check(&table)?;
        let at = table.item_key(&key).ok_or(KeyError::Schema)?;
        service.admit_read(&table, None, Some(&at))?;
        let record = snapshot.get(&at).await?;
        let read_bytes = record.as_ref().map_or(Ok(0), size_bytes)?;
        let item = record.map(|record| wanted.answer(&record)).transpose()?;
        let consistency = Consistency::of(self.consistent_read);
        let consumed = Consumed::of_table(read_units(read_bytes, consistency));
        service.charge_read(&table, &consumed, Some(&at));
        let consumed_capacity =
            consumed.report(&table, self.return_consumed_capacity, Shown::Plain);
        Ok(GetItemOutput {
            item,
            consumed_capacity,
        })
    }
}
