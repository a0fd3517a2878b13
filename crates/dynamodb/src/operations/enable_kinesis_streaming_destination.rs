//! EnableKinesisStreamingDestination. The destination is remembered; there is no Kinesis here, so
//! nothing is sent to it.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ParameterError};
use crate::settings::{KinesisDestination, Precision};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    ApproximateCreationDateTimePrecision, DestinationStatus,
    EnableKinesisStreamingDestinationInput, KinesisStreamingDestinationOutput,
};

impl Operate<Dynamodb> for EnableKinesisStreamingDestinationInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        let access = Access::to("dynamodb:EnableKinesisStreamingDestination", &name);
        Ok(vec![access.require(service).await?])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<KinesisStreamingDestinationOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let configuration = self.enable_kinesis_streaming_configuration;
        let wanted = configuration.as_ref();
        let wanted = wanted.and_then(|wanted| wanted.approximate_creation_date_time_precision);
        let destination = &KinesisDestination {
            stream_arn: self.stream_arn,
            is_enabled: true,
            precision: wanted.map(precision),
        };
        let found = service
            .change_table(&name, |table| {
                match table.kinesis_destination(&destination.stream_arn) {
                    Some(found) if found.is_enabled => Err(ParameterError::KinesisEnabled.into()),
                    Some(found) => {
                        *found = destination.clone();
                        Ok(())
                    }
                    None => {
                        table.settings.kinesis.push(destination.clone());
                        Ok(())
                    }
                }
            })
            .await?;
        found.ok_or_else(|| name.no_such_table())?;
        Ok(KinesisStreamingDestinationOutput {
            table_name: Some(name.name),
            stream_arn: Some(destination.stream_arn.clone()),
            destination_status: Some(DestinationStatus::Enabling),
            enable_kinesis_streaming_configuration: configuration,
        })
    }
}

pub fn precision(given: ApproximateCreationDateTimePrecision) -> Precision {
    match given {
        ApproximateCreationDateTimePrecision::Millisecond => Precision::Millisecond,
        ApproximateCreationDateTimePrecision::Microsecond => Precision::Microsecond,
    }
}
