//! DescribeBackup, and how answers describe backups.

use crate::Dynamodb;
use crate::backup::{self, Backup, BackupKind, BackupState};
use crate::describe;
use crate::error::Error;
use crate::table::{BillingMode, Table, Throughput};
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    BackupDescription, BackupDetails, BackupStatus, BackupSummary, BackupType,
    BillingMode as WireBillingMode, DescribeBackupInput, DescribeBackupOutput,
    GlobalSecondaryIndexInfo, LocalSecondaryIndexInfo, ProvisionedThroughput, SourceTableDetails,
    SourceTableFeatureDetails, TimeToLiveDescription, TimeToLiveStatus,
};

impl Operate<Dynamodb> for DescribeBackupInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        let arn = backup::named(&self.backup_arn)?.arn();
        Ok(vec![Requirement::new("dynamodb:DescribeBackup", arn)])
    }

    async fn operate(self, service: &Dynamodb, _: &Permit) -> Result<DescribeBackupOutput, Error> {
        let name = backup::named(&self.backup_arn)?;
        let record = service.store.snapshot().get(&name.key()).await?;
        let backup: Backup = kv::record::decode(&record.ok_or_else(|| backup::not_found(&name))?)?;
        Ok(DescribeBackupOutput {
            backup_description: Some(backup.describe()),
        })
    }
}

impl Backup {
    pub(super) fn details(&self) -> BackupDetails {
        BackupDetails {
            backup_arn: self.arn.clone(),
            backup_name: self.name.clone(),
            backup_size_bytes: Some(self.bytes),
            backup_status: self.status(),
            backup_type: self.kind(),
            backup_creation_date_time: Timestamp::from_millis(self.created_at_ms),
            backup_expiry_date_time: self.expires_at_ms.map(Timestamp::from_millis),
        }
    }

    pub(super) fn summary(&self) -> BackupSummary {
        BackupSummary {
            table_name: Some(self.table.name.clone()),
            table_id: Some(self.table.uuid.clone()),
            table_arn: Some(self.table.arn.clone()),
            backup_arn: Some(self.arn.clone()),
            backup_name: Some(self.name.clone()),
            backup_creation_date_time: Some(Timestamp::from_millis(self.created_at_ms)),
            backup_expiry_date_time: self.expires_at_ms.map(Timestamp::from_millis),
            backup_status: Some(self.status()),
            backup_type: Some(self.kind()),
            backup_size_bytes: Some(self.bytes),
        }
    }

    pub(super) fn describe(&self) -> BackupDescription {
        let table = &self.table;
        BackupDescription {
            backup_details: Some(self.details()),
            source_table_details: Some(SourceTableDetails {
                table_name: table.name.clone(),
                table_id: table.uuid.clone(),
                table_arn: Some(table.arn.clone()),
                table_size_bytes: Some(self.bytes),
                key_schema: describe::key_schema(&table.key),
                table_creation_date_time: table.created_at(),
                provisioned_throughput: units(table.throughput),
                on_demand_throughput: describe::on_demand(table.on_demand),
                item_count: Some(self.items),
                billing_mode: Some(match table.billing.mode {
                    BillingMode::PayPerRequest => WireBillingMode::PayPerRequest,
                    BillingMode::Provisioned => WireBillingMode::Provisioned,
                }),
            }),
            source_table_feature_details: Some(features(table)),
        }
    }

    fn status(&self) -> BackupStatus {
        match self.state {
            BackupState::Creating => BackupStatus::Creating,
            BackupState::Available => BackupStatus::Available,
        }
    }

    fn kind(&self) -> BackupType {
        match self.kind {
            BackupKind::User => BackupType::User,
            BackupKind::System => BackupType::System,
        }
    }
}

fn units(throughput: Throughput) -> ProvisionedThroughput {
    ProvisionedThroughput {
        read_capacity_units: throughput.read,
        write_capacity_units: throughput.write,
    }
}

/// What the table had, as far as it had it.
fn features(table: &Table) -> SourceTableFeatureDetails {
    let local = table.local_indexes().map(|index| LocalSecondaryIndexInfo {
        index_name: Some(index.name.clone()),
        key_schema: Some(describe::key_schema(&index.key)),
        projection: Some(describe::projection(&index.projection)),
    });
    let global = table
        .global_indexes()
        .map(|index| GlobalSecondaryIndexInfo {
            index_name: Some(index.name.clone()),
            key_schema: Some(describe::key_schema(&index.key)),
            projection: Some(describe::projection(&index.projection)),
            provisioned_throughput: Some(units(index.throughput)),
            on_demand_throughput: describe::on_demand(index.on_demand),
        });
    SourceTableFeatureDetails {
        local_secondary_indexes: describe::some(local.collect()),
        global_secondary_indexes: describe::some(global.collect()),
        stream_description: describe::stream(table),
        time_to_live_description: table
            .time_to_live
            .as_ref()
            .map(|ttl| TimeToLiveDescription {
                time_to_live_status: Some(TimeToLiveStatus::Enabled),
                attribute_name: Some(ttl.attribute.clone()),
            }),
        sse_description: describe::encryption(table),
        ..SourceTableFeatureDetails::default()
    }
}
