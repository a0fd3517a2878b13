//! DescribeGlobalTableSettings: there are no global tables here, so the one that is named is not found.

use crate::Dynamodb;
use crate::error::{Error, TableError};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{DescribeGlobalTableSettingsInput, DescribeGlobalTableSettingsOutput};

impl Operate<Dynamodb> for DescribeGlobalTableSettingsInput {
    async fn requirements(&self, _: &Dynamodb, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let name = TableName::read(caller, &self.global_table_name)?;
        Ok(vec![super::global_table(
            "dynamodb:DescribeGlobalTableSettings",
            &name,
        )])
    }

    async fn operate(
        self,
        _: &Dynamodb,
        _: &Permit,
    ) -> Result<DescribeGlobalTableSettingsOutput, Error> {
        Err(TableError::NoGlobalTable(self.global_table_name).into())
    }
}
