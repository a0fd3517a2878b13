//! DescribeEndpoints: AWS's own regional endpoint, by name. Clients that discover endpoints are
//! told one here; those that are given one use that.

use crate::Dynamodb;
use crate::error::Error;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{DescribeEndpointsInput, DescribeEndpointsOutput, Endpoint};

impl Operate<Dynamodb> for DescribeEndpointsInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("dynamodb:DescribeEndpoints", "*")])
    }

    async fn operate(
        self,
        _: &Dynamodb,
        permit: &Permit,
    ) -> Result<DescribeEndpointsOutput, Error> {
        let region = permit.caller().region.as_str();
        let address = format!("dynamodb.{region}.amazonaws.com");
        Ok(DescribeEndpointsOutput {
            endpoints: vec![Endpoint {
                address,
                cache_period_in_minutes: 1440,
            }],
        })
    }
}
