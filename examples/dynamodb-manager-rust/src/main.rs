//! One function over one kind of request: do an operation on a DynamoDB table.
//!
//! `{"operation": "create", "tableName": "...", "payload": {...}}`; `../README.md` has the
//! contract, which the Python function of `../dynamodb-manager` keeps too.

mod answer;
mod client;
mod error;
mod manager;
mod plain;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = &client::from_environment()?;
    let handler = |event: LambdaEvent<Value>| manager::handle(client, event.payload);
    lambda_runtime::run(service_fn(handler)).await
}
