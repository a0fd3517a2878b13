//! CreateBackup.

use crate::Dynamodb;
use crate::access::Access;
use crate::backup::Backup;
use crate::copy::{Copy, Target};
use crate::error::{Error, TableError};
use crate::labelled::{Kind, Labelled};
use crate::table::Table;
use crate::tables::{TableName, next_id};
use crate::write::{Author, Writer};
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{CreateBackupInput, CreateBackupOutput};

impl Operate<Dynamodb> for CreateBackupInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:CreateBackup", &name)
                .require(service)
                .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<CreateBackupOutput, Error> {
        let table = TableName::of_table(permit.caller(), &self.table_name)?;
        let name = Labelled::new(Kind::Backup, &table, service.clock.now(), &service.entropy);
        let (name, title) = (&name, &self.backup_name);
        let backup = service
            .transact(Author::Caller, |writer| begin(service, writer, name, title))
            .await?;
        service.copies.notify_one();
        Ok(CreateBackupOutput {
            backup_details: Some(backup.details()),
        })
    }
}

async fn begin(
    service: &Dynamodb,
    writer: Writer,
    name: &Labelled,
    title: &str,
) -> Result<Backup, Error> {
    let txn = &writer.txn;
    let table = service.table_in(txn, &name.table).await?;
    let not_found = || TableError::NoTableToBackUp(name.table.name.clone());
    let mut table = Table::clone(&*table.ok_or_else(not_found)?);
    let now = service.clock.now();
    let backup = Backup::new(next_id(txn).await?, name, title.to_owned(), &table, now);
    let id = next_id(txn).await?;
    let source = service.read_past(&writer, &mut table, id).await?;
    Copy {
        reads: Some(table.arn.clone()),
        ..Copy::new(id, source, Target::Backup(name.arn()))
    }
    .note(txn);
    txn.put(name.key(), kv::record::encode(&backup));
    txn.put(name.table.key(), kv::record::encode(&table));
    Ok(backup)
}
