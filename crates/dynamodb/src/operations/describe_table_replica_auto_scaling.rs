//! DescribeTableReplicaAutoScaling: no table has replicas here.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::Error;
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    DescribeTableReplicaAutoScalingInput, DescribeTableReplicaAutoScalingOutput,
    TableAutoScalingDescription, TableStatus,
};

impl Operate<Dynamodb> for DescribeTableReplicaAutoScalingInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        let access = Access::to("dynamodb:DescribeTableReplicaAutoScaling", &name);
        Ok(vec![access.require(service).await?])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<DescribeTableReplicaAutoScalingOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let table = service
            .any_table_at(&service.store.snapshot(), &name)
            .await?;
        let table = table.ok_or_else(|| name.no_such_table())?;
        Ok(DescribeTableReplicaAutoScalingOutput {
            table_auto_scaling_description: Some(TableAutoScalingDescription {
                table_name: Some(name.name),
                table_status: Some(match table.is_filling {
                    true => TableStatus::Creating,
                    false => TableStatus::Active,
                }),
                replicas: Some(Vec::new()),
            }),
        })
    }
}
