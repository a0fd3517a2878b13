//! DescribeKinesisStreamingDestination.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::Error;
use crate::settings::{KinesisDestination, Precision};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    ApproximateCreationDateTimePrecision, DescribeKinesisStreamingDestinationInput,
    DescribeKinesisStreamingDestinationOutput, DestinationStatus, KinesisDataStreamDestination,
};

/// What a client that looks closely should know.
const NOTHING_IS_SENT: &str = "Remembered only: this server sends no records to Kinesis";

impl Operate<Dynamodb> for DescribeKinesisStreamingDestinationInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        let access = Access::to("dynamodb:DescribeKinesisStreamingDestination", &name);
        Ok(vec![access.require(service).await?])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<DescribeKinesisStreamingDestinationOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let table = service
            .any_table_at(&service.store.snapshot(), &name)
            .await?;
        let table = table.ok_or_else(|| name.no_such_table())?;
        let destinations = table.settings.kinesis.iter().map(describe);
        Ok(DescribeKinesisStreamingDestinationOutput {
            table_name: Some(name.name),
            kinesis_data_stream_destinations: Some(destinations.collect()),
        })
    }
}

fn describe(destination: &KinesisDestination) -> KinesisDataStreamDestination {
    let (status, description) = match destination.is_enabled {
        true => (DestinationStatus::Active, Some(NOTHING_IS_SENT.to_owned())),
        false => (DestinationStatus::Disabled, None),
    };
    KinesisDataStreamDestination {
        stream_arn: Some(destination.stream_arn.clone()),
        destination_status: Some(status),
        destination_status_description: description,
        approximate_creation_date_time_precision: destination.precision.map(|precision| {
            match precision {
                Precision::Millisecond => ApproximateCreationDateTimePrecision::Millisecond,
                Precision::Microsecond => ApproximateCreationDateTimePrecision::Microsecond,
            }
        }),
    }
}
