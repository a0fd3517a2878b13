//! ListExports.

use crate::Dynamodb;
use crate::error::Error;
use crate::export::{self, Export};
use crate::labelled::Kind;
use crate::tables::TableName;
use kv::Order;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{ListExportsInput, ListExportsOutput};

const MAX_EXPORTS: usize = 25;

impl Operate<Dynamodb> for ListExportsInput {
    async fn requirements(&self, _: &Dynamodb, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let action = "dynamodb:ListExports";
        Ok(vec![match &self.table_arn {
            Some(table) => Requirement::new(action, TableName::of_table(caller, table)?.arn()),
            None => Requirement::new(action, "*"),
        }])
    }

    /// The next page begins behind the export that the token names.
    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<ListExportsOutput, Error> {
        let caller = permit.caller();
        let mut range = match &self.table_arn {
            Some(table) => Kind::Export.of_table(&TableName::of_table(caller, table)?),
            None => Kind::Export.of_account(caller.account, &caller.region),
        }
        .range();
        if let Some(token) = &self.next_token {
            range.pass(Some(&export::named(token)?.key()), Order::Ascending);
        }
        let limit = self.max_results.and_then(|max| usize::try_from(max).ok());
        let limit = limit.unwrap_or(MAX_EXPORTS).clamp(1, MAX_EXPORTS);
        let mut found: Vec<Export> = Vec::new();
        let mut next_token = None;
        let mut exports = service.store.snapshot().scan(range, Order::Ascending);
        while let Some((_, record)) = exports.next().await? {
            if found.len() == limit {
                next_token = found.last().map(|export| export.arn.clone());
                break;
            }
            found.push(kv::record::decode(&record)?);
        }
        Ok(ListExportsOutput {
            export_summaries: Some(found.iter().map(Export::summary).collect()),
            next_token,
        })
    }
}
