//! DeleteTable.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, SchemaError, TableError};
use crate::statistics::Counts;
use crate::stream::Stream;
use crate::sweep::Dropped;
use crate::table::Table;
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{DeleteTableInput, DeleteTableOutput, TableDescription, TableStatus};

impl Operate<Dynamodb> for DeleteTableInput {
    async fn requirements(&self, _: &Dynamodb, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![Access::to("dynamodb:DeleteTable", &name).require()])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<DeleteTableOutput, Error> {
        let name = &TableName::of_table(permit.caller(), &self.table_name)?;
        let table = service
            .store
            .transact(|txn| async move {
                let table = service.table_in(&txn, name).await?;
                let table = table.ok_or_else(|| name.no_such_table())?;
                if table.deletion_protection {
                    return Err(SchemaError::DeletionProtected.into());
                }
                if table.is_backfilling() {
                    return Err(Error::from(TableError::IndexesBusy));
                }
                let mut ended = Table::clone(&table);
                Stream::close(&txn, name, &mut ended, service.clock.now()).await?;
                txn.delete(name.key());
                Dropped {
                    table: table.id,
                    index: None,
                }
                .note(&txn);
                Ok(table)
            })
            .await?;
        service.statistics.forget(&table);
        service.work.notify_one();
        let description = TableDescription {
            attribute_definitions: None,
            key_schema: None,
            creation_date_time: None,
            warm_throughput: None,
            ..table.describe(TableStatus::Deleting, &Counts::default())
        };
        Ok(DeleteTableOutput {
            table_description: Some(description),
        })
    }
}
