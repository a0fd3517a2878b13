//! DescribeTableReplicaAutoScaling: there are no global tables here.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, TableError};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{DescribeTableReplicaAutoScalingInput, DescribeTableReplicaAutoScalingOutput};

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
        _: &Dynamodb,
        permit: &Permit,
    ) -> Result<DescribeTableReplicaAutoScalingOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        Err(TableError::NotGlobal(name.name).into())
    }
}
