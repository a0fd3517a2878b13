//! DescribeImport, and how answers describe imports.

use crate::Dynamodb;
use crate::describe;
use crate::error::{Error, ExportError};
use crate::export::State;
use crate::import::{self, Compression, Import, InputFormat};
use crate::table::{BillingMode, Index, Table, Throughput};
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    BillingMode as WireBillingMode, CsvOptions, DescribeImportInput, DescribeImportOutput,
    GlobalSecondaryIndex, ImportStatus, ImportSummary, ImportTableDescription,
    InputCompressionType, InputFormat as WireFormat, InputFormatOptions, ProvisionedThroughput,
    S3BucketSource, TableCreationParameters,
};

impl Operate<Dynamodb> for DescribeImportInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        let arn = import::named(&self.import_arn)?.arn();
        Ok(vec![Requirement::new("dynamodb:DescribeImport", arn)])
    }

    async fn operate(self, service: &Dynamodb, _: &Permit) -> Result<DescribeImportOutput, Error> {
        let name = import::named(&self.import_arn)?;
        let record = service.store.snapshot().get(&name.key()).await?;
        let record = record.ok_or(ExportError::ImportNotFound(self.import_arn))?;
        let import: Import = kv::record::decode(&record)?;
        Ok(DescribeImportOutput {
            import_table_description: import.describe(),
        })
    }
}

impl Import {
    pub(super) fn describe(&self) -> ImportTableDescription {
        let (failure_code, failure_message) = match &self.state {
            State::Failed { code, message } => (Some(code.clone()), Some(message.clone())),
            State::InProgress | State::Completed => (None, None),
        };
        ImportTableDescription {
            import_arn: Some(self.arn.clone()),
            import_status: Some(self.status()),
            table_arn: Some(self.table.arn.clone()),
            table_id: Some(self.table.uuid.clone()),
            client_token: self.wanted.client_token.clone(),
            s3_bucket_source: Some(self.source()),
            error_count: Some(self.counts.errors),
            cloud_watch_log_group_arn: None,
            input_format: Some(self.format()),
            input_format_options: self.format_options(),
            input_compression_type: Some(match self.wanted.compression {
                Compression::Gzip => InputCompressionType::Gzip,
                Compression::Zstd => InputCompressionType::Zstd,
                Compression::None => InputCompressionType::None,
            }),
            table_creation_parameters: Some(parameters(&self.table)),
            start_time: Some(Timestamp::from_millis(self.started_ms)),
            end_time: self.ended_ms.map(Timestamp::from_millis),
            processed_size_bytes: Some(self.counts.bytes),
            processed_item_count: Some(self.counts.processed),
            imported_item_count: Some(self.counts.imported),
            failure_code,
            failure_message,
        }
    }

    pub(super) fn summary(&self) -> ImportSummary {
        ImportSummary {
            import_arn: Some(self.arn.clone()),
            import_status: Some(self.status()),
            table_arn: Some(self.table.arn.clone()),
            s3_bucket_source: Some(self.source()),
            cloud_watch_log_group_arn: None,
            input_format: Some(self.format()),
            start_time: Some(Timestamp::from_millis(self.started_ms)),
            end_time: self.ended_ms.map(Timestamp::from_millis),
        }
    }

    fn status(&self) -> ImportStatus {
        match self.state {
            State::InProgress => ImportStatus::InProgress,
            State::Completed => ImportStatus::Completed,
            State::Failed { .. } => ImportStatus::Failed,
        }
    }

    fn source(&self) -> S3BucketSource {
        S3BucketSource {
            s3_bucket_owner: self.wanted.bucket_owner.clone(),
            s3_bucket: self.wanted.bucket.clone(),
            s3_key_prefix: self.wanted.prefix.clone(),
        }
    }

    fn format(&self) -> WireFormat {
        match self.wanted.format {
            InputFormat::DynamodbJson => WireFormat::DynamodbJson,
            InputFormat::Ion => WireFormat::Ion,
            InputFormat::Csv { .. } => WireFormat::Csv,
        }
    }

    fn format_options(&self) -> Option<InputFormatOptions> {
        let InputFormat::Csv { delimiter, header } = &self.wanted.format else {
            return None;
        };
        if delimiter.is_none() && header.is_none() {
            return None;
        }
        Some(InputFormatOptions {
            csv: Some(CsvOptions {
                delimiter: delimiter.map(String::from),
                header_list: header.clone(),
            }),
        })
    }
}

/// What the table was asked for with.
fn parameters(table: &Table) -> TableCreationParameters {
    let units = |throughput: Throughput| {
        let is_provisioned = table.billing.mode == BillingMode::Provisioned;
        is_provisioned.then_some(ProvisionedThroughput {
            read_capacity_units: throughput.read,
            write_capacity_units: throughput.write,
        })
    };
    let global = table
        .global_indexes()
        .map(|index: &Index| GlobalSecondaryIndex {
            index_name: index.name.clone(),
            key_schema: describe::key_schema(&index.key),
            projection: describe::projection(&index.projection),
            provisioned_throughput: units(index.throughput),
            on_demand_throughput: describe::on_demand(index.on_demand),
            warm_throughput: None,
        });
    TableCreationParameters {
        table_name: table.name.clone(),
        attribute_definitions: table.attributes.iter().map(describe::definition).collect(),
        key_schema: describe::key_schema(&table.key),
        billing_mode: Some(match table.billing.mode {
            BillingMode::Provisioned => WireBillingMode::Provisioned,
            BillingMode::PayPerRequest => WireBillingMode::PayPerRequest,
        }),
        provisioned_throughput: units(table.throughput),
        on_demand_throughput: describe::on_demand(table.on_demand),
        global_secondary_indexes: describe::some(global.collect()),
        ..TableCreationParameters::default()
    }
}
