//! UpdateKinesisStreamingDestination.

use super::enable_kinesis_streaming_destination::precision;
use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ParameterError};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    DestinationStatus, UpdateKinesisStreamingDestinationInput,
    UpdateKinesisStreamingDestinationOutput,
};

impl Operate<Dynamodb> for UpdateKinesisStreamingDestinationInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        let access = Access::to("dynamodb:UpdateKinesisStreamingDestination", &name);
        Ok(vec![access.require(service).await?])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<UpdateKinesisStreamingDestinationOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let configuration = self.update_kinesis_streaming_configuration;
        let wanted = configuration.as_ref();
        let wanted = wanted.and_then(|wanted| wanted.approximate_creation_date_time_precision);
        let wanted = wanted.map(precision);
        let stream_arn = &self.stream_arn;
        let found = service
            .change_table(&name, |table| match table.kinesis_destination(stream_arn) {
                Some(found) if found.is_enabled => {
                    found.precision = wanted.or(found.precision);
                    Ok(())
                }
                _ => Err(ParameterError::KinesisNotActive.into()),
            })
            .await?;
        found.ok_or_else(|| name.no_such_table())?;
        Ok(UpdateKinesisStreamingDestinationOutput {
            table_name: Some(name.name),
            stream_arn: Some(self.stream_arn),
            destination_status: Some(DestinationStatus::Updating),
            update_kinesis_streaming_configuration: configuration,
        })
    }
}
