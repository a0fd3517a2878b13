//! DescribeLimits: the quotas that new accounts have.

use crate::Dynamodb;
use crate::error::Error;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{DescribeLimitsInput, DescribeLimitsOutput};

impl Operate<Dynamodb> for DescribeLimitsInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("dynamodb:DescribeLimits", "*")])
    }

    async fn operate(self, _: &Dynamodb, _: &Permit) -> Result<DescribeLimitsOutput, Error> {
        Ok(DescribeLimitsOutput {
            account_max_read_capacity_units: Some(80_000),
            account_max_write_capacity_units: Some(80_000),
            table_max_read_capacity_units: Some(40_000),
            table_max_write_capacity_units: Some(40_000),
        })
    }
}
