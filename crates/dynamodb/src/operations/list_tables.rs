//! ListTables.

use crate::Dynamodb;
use crate::error::Error;
use crate::tables::TableName;
use kv::key::KeyReader;
use kv::{Order, Space};
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{ListTablesInput, ListTablesOutput};

const MAX_TABLES: usize = 100;

impl Operate<Dynamodb> for ListTablesInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("dynamodb:ListTables", "*")])
    }

    async fn operate(self, service: &Dynamodb, permit: &Permit) -> Result<ListTablesOutput, Error> {
        let caller = permit.caller();
        let prefix = || TableName::prefix(caller.account, &caller.region);
        let mut range = prefix().range();
        if let Some(start) = &self.exclusive_start_table_name {
            range.pass(Some(&prefix().text(start).finish()), Order::Ascending);
        }
        let limit = self.limit.and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(MAX_TABLES).min(MAX_TABLES);
        let mut names = Vec::new();
        let mut last = None;
        let mut tables = service.store.snapshot().scan(range, Order::Ascending);
        while let Some((key, _)) = tables.next().await? {
            if names.len() == limit {
                last = names.last().cloned();
                break;
            }
            names.push(name_of(&key)?);
        }
        Ok(ListTablesOutput {
            table_names: Some(names),
            last_evaluated_table_name: last,
        })
    }
}

fn name_of(key: &[u8]) -> Result<String, Error> {
    let mut key = KeyReader::new(Space::Dynamodb, key)?;
    key.literal("table")?;
    key.account()?;
    key.text()?;
    Ok(key.text()?)
}
