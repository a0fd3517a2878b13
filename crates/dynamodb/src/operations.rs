//! The operations, each in its own file.

mod batch_execute_statement;
mod batch_get_item;
mod batch_write_item;
mod create_backup;
mod create_global_table;
mod create_table;
mod delete_backup;
mod delete_item;
mod delete_resource_policy;
mod delete_table;
mod describe_backup;
mod describe_continuous_backups;
mod describe_contributor_insights;
mod describe_endpoints;
mod describe_export;
mod describe_global_table;
mod describe_global_table_settings;
mod describe_import;
mod describe_kinesis_streaming_destination;
mod describe_limits;
mod describe_table;
mod describe_table_replica_auto_scaling;
mod describe_time_to_live;
mod disable_kinesis_streaming_destination;
mod enable_kinesis_streaming_destination;
mod execute_statement;
mod execute_transaction;
mod export_table_to_point_in_time;
mod get_item;
mod get_resource_policy;
mod import_table;
mod list_backups;
mod list_contributor_insights;
mod list_exports;
mod list_global_tables;
mod list_imports;
mod list_tables;
mod list_tags_of_resource;
mod put_item;
mod put_resource_policy;
mod query;
mod restore_table_from_backup;
mod restore_table_to_point_in_time;
mod scan;
pub(crate) mod streams;
mod tag_resource;
mod transact_get_items;
mod transact_write_items;
mod untag_resource;
mod update_continuous_backups;
mod update_contributor_insights;
mod update_global_table;
mod update_global_table_settings;
mod update_item;
mod update_kinesis_streaming_destination;
mod update_table;
mod update_table_replica_auto_scaling;
mod update_time_to_live;

use crate::Dynamodb;
use crate::access::Access;
use crate::error::Error;
use crate::resource_policy::Holder;
use crate::tables::TableName;
use service::{Handler, Requirement};
use streams::on_stream;
use wire::dynamodb::*;

pub fn handlers() -> Vec<Handler<Dynamodb>> {
    vec![
        Handler::of::<BatchExecuteStatementInput>(),
        Handler::of::<BatchGetItemInput>(),
        Handler::of::<BatchWriteItemInput>(),
        Handler::of::<CreateBackupInput>(),
        Handler::of::<CreateGlobalTableInput>(),
        Handler::of::<CreateTableInput>(),
        Handler::of::<DeleteBackupInput>(),
        Handler::of::<DeleteItemInput>(),
        Handler::of::<DeleteResourcePolicyInput>(),
        Handler::of::<DeleteTableInput>(),
        Handler::of::<DescribeBackupInput>(),
        Handler::of::<DescribeContinuousBackupsInput>(),
        Handler::of::<DescribeContributorInsightsInput>(),
        Handler::of::<DescribeEndpointsInput>(),
        Handler::of::<DescribeExportInput>(),
        Handler::of::<DescribeGlobalTableInput>(),
        Handler::of::<DescribeGlobalTableSettingsInput>(),
        Handler::of::<DescribeImportInput>(),
        Handler::of::<DescribeKinesisStreamingDestinationInput>(),
        Handler::of::<DescribeLimitsInput>(),
        Handler::of::<DescribeTableInput>(),
        Handler::of::<DescribeTableReplicaAutoScalingInput>(),
        Handler::of::<DescribeTimeToLiveInput>(),
        Handler::of::<DisableKinesisStreamingDestinationInput>(),
        Handler::of::<EnableKinesisStreamingDestinationInput>(),
        Handler::of::<ExportTableToPointInTimeInput>(),
        Handler::of::<ExecuteStatementInput>(),
        Handler::of::<ExecuteTransactionInput>(),
        Handler::of::<GetItemInput>(),
        Handler::of::<GetResourcePolicyInput>(),
        Handler::of::<ImportTableInput>(),
        Handler::of::<ListBackupsInput>(),
        Handler::of::<ListContributorInsightsInput>(),
        Handler::of::<ListExportsInput>(),
        Handler::of::<ListGlobalTablesInput>(),
        Handler::of::<ListImportsInput>(),
        Handler::of::<ListTablesInput>(),
        Handler::of::<ListTagsOfResourceInput>(),
        Handler::of::<PutItemInput>(),
        Handler::of::<PutResourcePolicyInput>(),
        Handler::of::<QueryInput>(),
        Handler::of::<RestoreTableFromBackupInput>(),
        Handler::of::<RestoreTableToPointInTimeInput>(),
        Handler::of::<ScanInput>(),
        Handler::of::<TagResourceInput>(),
        Handler::of::<TransactGetItemsInput>(),
        Handler::of::<TransactWriteItemsInput>(),
        Handler::of::<UntagResourceInput>(),
        Handler::of::<UpdateContinuousBackupsInput>(),
        Handler::of::<UpdateContributorInsightsInput>(),
        Handler::of::<UpdateGlobalTableInput>(),
        Handler::of::<UpdateGlobalTableSettingsInput>(),
        Handler::of::<UpdateItemInput>(),
        Handler::of::<UpdateKinesisStreamingDestinationInput>(),
        Handler::of::<UpdateTableInput>(),
        Handler::of::<UpdateTableReplicaAutoScalingInput>(),
        Handler::of::<UpdateTimeToLiveInput>(),
    ]
}

pub fn stream_handlers() -> Vec<Handler<Dynamodb>> {
    use wire::dynamodbstreams::*;
    vec![
        Handler::of::<DescribeStreamInput>(),
        Handler::of::<GetRecordsInput>(),
        Handler::of::<GetShardIteratorInput>(),
        Handler::of::<ListStreamsInput>(),
    ]
}

/// A requirement on what has a policy or may get one.
async fn on_holder(
    service: &Dynamodb,
    action: &'static str,
    holder: &Holder,
) -> Result<Requirement, Error> {
    match holder {
        Holder::Table(name) => Access::to(action, name).require(service).await,
        Holder::Stream(name) => on_stream(service, action, name).await,
    }
}

/// A requirement on a global table, which there need not be.
fn global_table(action: &'static str, name: &TableName) -> Requirement {
    let arn = format!(
        "arn:aws:dynamodb::{}:global-table/{}",
        name.account, name.name
    );
    Requirement::new(action, arn)
}
