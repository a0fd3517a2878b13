//! DeleteTable.

use crate::Dynamodb;
use crate::access::Access;
use crate::backup::Backup;
use crate::copy::{Copy, Target};
use crate::error::{Error, SchemaError, TableError};
use crate::history::Source;
use crate::labelled::{Kind, Labelled};
use crate::statistics::Counts;
use crate::stream::Stream;
use crate::sweep::Dropped;
use crate::table::Table;
use crate::tables::{TableName, next_id};
use crate::write::{Author, Writer};
use service::{Caller, Operate, Permit, Requirement};
use std::sync::Arc;
use wire::dynamodb::{DeleteTableInput, DeleteTableOutput, TableDescription, TableStatus};

impl Operate<Dynamodb> for DeleteTableInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:DeleteTable", &name)
                .require(service)
                .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<DeleteTableOutput, Error> {
        let name = &TableName::of_table(permit.caller(), &self.table_name)?;
        let table = service
            .transact(Author::Caller, |writer| delete(service, writer, name))
            .await?;
        service.statistics.forget(&table);
        service.copies.notify_one();
        service.work.notify_one();
        let description = TableDescription {
            attribute_definitions: None,
            key_schema: None,
            creation_date_time: None,
            local_secondary_indexes: None,
            global_secondary_indexes: None,
            warm_throughput: None,
            ..table.describe(TableStatus::Deleting, &Counts::default())
        };
        Ok(DeleteTableOutput {
            table_description: Some(description),
        })
    }
}

async fn delete(service: &Dynamodb, writer: Writer, name: &TableName) -> Result<Arc<Table>, Error> {
    let txn = &writer.txn;
    let table = service.own_table(txn, name).await?;
    if table.deletion_protection {
        return Err(SchemaError::DeletionProtected.into());
    }
    if table.is_backfilling() {
        return Err(TableError::IndexesBusy.into());
    }
    let mut ended = Table::clone(&table);
    Stream::close(txn, name, &mut ended, service.clock.now()).await?;
    let history = table.history.as_ref();
    if history.is_some_and(|history| history.recovery.is_some()) {
        back_up(service, &writer, name, &table).await?;
    }
    txn.delete(name.key());
    let ids = [Some(table.id), history.map(|history| history.id)];
    for table in ids.into_iter().flatten() {
        Dropped { table, index: None }.note(txn);
    }
    Ok(table)
}

/// What could be recovered stays as a backup. The items are removed when they are copied.
async fn back_up(
    service: &Dynamodb,
    writer: &Writer,
    name: &TableName,
    table: &Table,
) -> Result<(), Error> {
    let txn = &writer.txn;
    let now = service.clock.now();
    let name = Labelled::new(Kind::Backup, name, now, &service.entropy);
    let backup = Backup::of_deleted(next_id(txn).await?, &name, table, now);
    let source = Source {
        items: table.id,
        history: None,
        moment: 0,
    };
    Copy::new(next_id(txn).await?, source, Target::Backup(name.arn())).note(txn);
    txn.put(name.key(), kv::record::encode(&backup));
    Ok(())
}
