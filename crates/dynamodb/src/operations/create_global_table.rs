//! CreateGlobalTable: there are none here, and it says so.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ErrorKind, TableError};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{CreateGlobalTableInput, CreateGlobalTableOutput};

impl Operate<Dynamodb> for CreateGlobalTableInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::read(caller, &self.global_table_name)?;
        let access = Access::to("dynamodb:CreateGlobalTable", &name);
        let global = super::global_table("dynamodb:CreateGlobalTable", &name);
        Ok(vec![global, access.require(service).await?])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<CreateGlobalTableOutput, Error> {
        let name = TableName::read(permit.caller(), &self.global_table_name)?;
        let snapshot = service.store.snapshot();
        match service.any_table_at(&snapshot, &name).await? {
            None => Err(TableError::NoTableToBackUp(name.name).into()),
            Some(_) => Err(ErrorKind::NotImplemented("CreateGlobalTable").into()),
        }
    }
}
