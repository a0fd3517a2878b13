//! DescribeTimeToLive.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::Error;
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    DescribeTimeToLiveInput, DescribeTimeToLiveOutput, TimeToLiveDescription, TimeToLiveStatus,
};

impl Operate<Dynamodb> for DescribeTimeToLiveInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:DescribeTimeToLive", &name)
                .require(service)
                .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<DescribeTimeToLiveOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let table = service
            .any_table_at(&service.store.snapshot(), &name)
            .await?;
        let table = table.ok_or_else(|| name.no_such_table())?;
        let status = match table.time_to_live {
            Some(_) => TimeToLiveStatus::Enabled,
            None => TimeToLiveStatus::Disabled,
        };
        Ok(DescribeTimeToLiveOutput {
            time_to_live_description: Some(TimeToLiveDescription {
                time_to_live_status: Some(status),
                attribute_name: table.time_to_live.as_ref().map(|ttl| ttl.attribute.clone()),
            }),
        })
    }
}
