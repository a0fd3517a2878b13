//! DisableKinesisStreamingDestination.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ParameterError};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    DestinationStatus, DisableKinesisStreamingDestinationInput, KinesisStreamingDestinationOutput,
};

impl Operate<Dynamodb> for DisableKinesisStreamingDestinationInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        let access = Access::to("dynamodb:DisableKinesisStreamingDestination", &name);
        Ok(vec![access.require(service).await?])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<KinesisStreamingDestinationOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let stream_arn = &self.stream_arn;
        let found = service
            .change_table(&name, |table| match table.kinesis_destination(stream_arn) {
                Some(found) if found.is_enabled => {
                    found.is_enabled = false;
                    Ok(())
                }
                _ => Err(ParameterError::KinesisDisabled.into()),
            })
            .await?;
        found.ok_or_else(|| name.no_such_table())?;
        Ok(KinesisStreamingDestinationOutput {
            table_name: Some(name.name),
            stream_arn: Some(self.stream_arn),
            destination_status: Some(DestinationStatus::Disabling),
            enable_kinesis_streaming_configuration: self.enable_kinesis_streaming_configuration,
        })
    }
}
