//! ListCodeSigningConfigs.

use crate::catalog;
use crate::code_signing::{self, CodeSigningRecord};
use crate::error::Error;
use crate::lambda::Lambda;
use crate::page::page;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{ListCodeSigningConfigsInput, ListCodeSigningConfigsOutput};

impl Operate<Lambda> for ListCodeSigningConfigsInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("lambda:ListCodeSigningConfigs", "*")])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<ListCodeSigningConfigsOutput, Error> {
        let range = code_signing::all(&Scope::of(permit.caller()));
        let records: Vec<CodeSigningRecord> = catalog::list(&lambda.0.store, range).await?;
        let name = |record: &CodeSigningRecord| record.arn.clone();
        let (records, next_marker) = page(records, name, self.marker.as_deref(), self.max_items);
        Ok(ListCodeSigningConfigsOutput {
            next_marker,
            code_signing_configs: Some(records.iter().map(code_signing::answer).collect()),
        })
    }
}
