//! UpdateTableReplicaAutoScaling: no table has replicas here, and it says so.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ErrorKind};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{UpdateTableReplicaAutoScalingInput, UpdateTableReplicaAutoScalingOutput};

impl Operate<Dynamodb> for UpdateTableReplicaAutoScalingInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        let access = Access::to("dynamodb:UpdateTableReplicaAutoScaling", &name);
        Ok(vec![access.require(service).await?])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<UpdateTableReplicaAutoScalingOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let snapshot = service.store.snapshot();
        match service.any_table_at(&snapshot, &name).await? {
            None => Err(name.no_such_table()),
            Some(_) => Err(ErrorKind::NotImplemented("UpdateTableReplicaAutoScaling").into()),
        }
    }
}
