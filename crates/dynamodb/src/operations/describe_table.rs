//! DescribeTable.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::Error;
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{DescribeTableInput, DescribeTableOutput, TableStatus};

impl Operate<Dynamodb> for DescribeTableInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:DescribeTable", &name)
                .require(service)
                .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<DescribeTableOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let table = service
            .any_table_at(&service.store.snapshot(), &name)
            .await?;
        let table = table.ok_or_else(|| name.no_such_table())?;
        let counts = service
            .statistics
            .of(&service.store, &service.clock, &table)
            .await;
        Ok(DescribeTableOutput {
            table: Some(table.describe(TableStatus::Active, &counts)),
        })
    }
}
