//! UpdateTimeToLive.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ParameterError};
use crate::table::Table;
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{UpdateTimeToLiveInput, UpdateTimeToLiveOutput};

impl Operate<Dynamodb> for UpdateTimeToLiveInput {
    async fn requirements(&self, _: &Dynamodb, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:UpdateTimeToLive", &name).require(),
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<UpdateTimeToLiveOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let wanted = &self.time_to_live_specification;
        let change = |table: &mut Table| {
            table.time_to_live = match (&table.time_to_live, wanted.enabled) {
                (None, true) => Some(wanted.attribute_name.clone()),
                (Some(_), true) => return Err(ParameterError::TtlEnabled.into()),
                (None, false) => return Err(ParameterError::TtlDisabled.into()),
                (Some(current), false) if *current != wanted.attribute_name => {
                    return Err(ParameterError::TtlAttribute(current.clone()).into());
                }
                (Some(_), false) => None,
            };
            Ok(())
        };
        service
            .change_table(&name, change)
            .await?
            .ok_or_else(|| name.no_such_table())?;
        service.work.notify_one();
        Ok(UpdateTimeToLiveOutput {
            time_to_live_specification: Some(self.time_to_live_specification),
        })
    }
}
