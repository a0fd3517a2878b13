//! ListGlobalTables: there are none here.

use crate::Dynamodb;
use crate::error::Error;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{ListGlobalTablesInput, ListGlobalTablesOutput};

impl Operate<Dynamodb> for ListGlobalTablesInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("dynamodb:ListGlobalTables", "*")])
    }

    async fn operate(self, _: &Dynamodb, _: &Permit) -> Result<ListGlobalTablesOutput, Error> {
        Ok(ListGlobalTablesOutput {
            global_tables: Some(Vec::new()),
            last_evaluated_global_table_name: None,
        })
    }
}
