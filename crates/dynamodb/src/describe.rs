//! Tables as answers describe them.

use crate::item::Type;
use crate::key::{KeyAttribute, KeySchema};
use crate::statistics::{Count, Counts};
use crate::table::{
    Billing, BillingMode, Index, IndexState, OnDemand, Projection, Restore, StreamView, Table,
    Throughput,
};
use base::Timestamp;
use wire::dynamodb::{
    AttributeDefinition, BillingMode as WireBillingMode, BillingModeSummary,
    GlobalSecondaryIndexDescription, GlobalSecondaryIndexWarmThroughputDescription, IndexStatus,
    KeySchemaElement, KeyType, LocalSecondaryIndexDescription, OnDemandThroughput,
    Projection as WireProjection, ProjectionType, ProvisionedThroughputDescription, RestoreSummary,
    SSEDescription, SSEStatus, SSEType, ScalarAttributeType, StreamSpecification, StreamViewType,
    TableClass, TableClassSummary, TableDescription, TableStatus, TableWarmThroughputDescription,
};

impl Table {
    /// The table as it stands, being in `status`.
    pub fn describe(&self, status: TableStatus, counts: &Counts) -> TableDescription {
        let status = match status {
            TableStatus::Active if self.is_filling => TableStatus::Creating,
            status => status,
        };
        let is_new = status == TableStatus::Creating;
        let global = self
            .global_indexes()
            .map(|index| self.describe_global(index, is_new, counts));
        let local = self
            .local_indexes()
            .map(|index| self.describe_local(index, counts));
        let table_status = match status {
            TableStatus::Active if self.is_backfilling() => TableStatus::Updating,
            status => status,
        };
        TableDescription {
            attribute_definitions: Some(self.definitions()),
            table_name: Some(self.name.clone()),
            key_schema: Some(key_schema(&self.key)),
            table_status: Some(table_status),
            creation_date_time: Some(self.created_at()),
            provisioned_throughput: Some(throughput(self.throughput)),
            table_size_bytes: Some(counts.table.bytes),
            item_count: Some(counts.table.items),
            table_arn: Some(self.arn.clone()),
            table_id: Some(self.uuid.clone()),
            billing_mode_summary: billing(self.billing, is_new),
            local_secondary_indexes: some(local.collect()),
            global_secondary_indexes: some(global.collect()),
            stream_specification: stream(self),
            latest_stream_label: self.stream.as_ref().map(|stream| stream.label.clone()),
            latest_stream_arn: self.stream_arn(),
            sse_description: encryption(self),
            table_class_summary: self.class.map(|class| TableClassSummary {
                table_class: Some(match class.infrequent_access {
                    true => TableClass::StandardInfrequentAccess,
                    false => TableClass::Standard,
                }),
                last_update_date_time: class.changed_at_ms.map(Timestamp::from_millis),
            }),
            deletion_protection_enabled: Some(self.deletion_protection),
            restore_summary: self
                .restore
                .as_ref()
                .map(|restore| restore.summary(self.is_filling)),
            on_demand_throughput: on_demand(self.on_demand),
            warm_throughput: (!is_new).then(|| {
                let warm = self.warmth();
                TableWarmThroughputDescription {
                    read_units_per_second: Some(warm.read),
                    write_units_per_second: Some(warm.write),
                    status: Some(TableStatus::Active),
                }
            }),
            ..TableDescription::default()
        }
    }

    /// The attributes of keys, sorted, as DynamoDB shows them.
    fn definitions(&self) -> Vec<AttributeDefinition> {
        let mut definitions: Vec<_> = self.attributes.iter().map(definition).collect();
        definitions.sort_by(|a, b| a.attribute_name.cmp(&b.attribute_name));
        definitions
    }

    /// The stream's ARN, if there is or was one.
    pub fn stream_arn(&self) -> Option<String> {
        self.stream
            .as_ref()
            .map(|stream| format!("{}/stream/{}", self.arn, stream.label))
    }

    /// Whether some index has not caught up yet.
    pub fn is_backfilling(&self) -> bool {
        self.indexes
            .iter()
            .any(|index| index.state == IndexState::Backfilling)
    }

    fn describe_local(&self, index: &Index, counts: &Counts) -> LocalSecondaryIndexDescription {
        let count = counts.of(index);
        LocalSecondaryIndexDescription {
            index_name: Some(index.name.clone()),
            key_schema: Some(key_schema(&index.key)),
            projection: Some(projection(&index.projection)),
            index_size_bytes: Some(count.bytes),
            item_count: Some(count.items),
            index_arn: Some(self.index_arn(&index.name)),
        }
    }

    fn describe_global(
        &self,
        index: &Index,
        is_new: bool,
        counts: &Counts,
    ) -> GlobalSecondaryIndexDescription {
        let is_backfilling = index.state == IndexState::Backfilling;
        let status = if is_new || is_backfilling {
            IndexStatus::Creating
        } else {
            IndexStatus::Active
        };
        let count: Count = counts.of(index);
        GlobalSecondaryIndexDescription {
            index_name: Some(index.name.clone()),
            key_schema: Some(key_schema(&index.key)),
            projection: Some(projection(&index.projection)),
            index_status: Some(status),
            backfilling: is_backfilling.then_some(true),
            provisioned_throughput: Some(throughput(index.throughput)),
            index_size_bytes: Some(count.bytes),
            item_count: Some(count.items),
            index_arn: Some(self.index_arn(&index.name)),
            on_demand_throughput: on_demand(index.on_demand),
            warm_throughput: (!is_new).then(|| {
                let warm = self.warmth_of(index);
                GlobalSecondaryIndexWarmThroughputDescription {
                    read_units_per_second: Some(warm.read),
                    write_units_per_second: Some(warm.write),
                    status: Some(status),
                }
            }),
        }
    }
}

impl Restore {
    fn summary(&self, is_in_progress: bool) -> RestoreSummary {
        RestoreSummary {
            source_backup_arn: self.backup_arn.clone(),
            source_table_arn: Some(self.table_arn.clone()),
            restore_date_time: Timestamp::from_millis(self.at_ms),
            restore_in_progress: is_in_progress,
        }
    }
}

/// The stream, while it is on.
pub fn stream(table: &Table) -> Option<StreamSpecification> {
    let stream = table.stream.as_ref().filter(|stream| stream.enabled)?;
    Some(StreamSpecification {
        stream_enabled: true,
        stream_view_type: Some(view(stream.view)),
    })
}

pub fn encryption(table: &Table) -> Option<SSEDescription> {
    let encryption = table.encryption.as_ref()?;
    Some(SSEDescription {
        status: Some(SSEStatus::Enabled),
        sse_type: Some(SSEType::Kms),
        kms_master_key_arn: Some(encryption.key_arn.clone()),
        ..SSEDescription::default()
    })
}

/// Nothing for an empty list.
pub fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

pub fn definition(attribute: &KeyAttribute) -> AttributeDefinition {
    AttributeDefinition {
        attribute_name: attribute.name.clone(),
        attribute_type: match attribute.kind {
            Type::N => ScalarAttributeType::N,
            Type::B => ScalarAttributeType::B,
            _ => ScalarAttributeType::S,
        },
    }
}

pub fn key_schema(key: &KeySchema) -> Vec<KeySchemaElement> {
    let of = |attributes: &[KeyAttribute], key_type: KeyType| -> Vec<KeySchemaElement> {
        let element = |attribute: &KeyAttribute| KeySchemaElement {
            attribute_name: attribute.name.clone(),
            key_type,
        };
        attributes.iter().map(element).collect()
    };
    let mut elements = of(&key.partition, KeyType::Hash);
    elements.extend(of(&key.sort, KeyType::Range));
    elements
}

pub fn projection(projection: &Projection) -> WireProjection {
    let (kind, names) = match projection {
        Projection::All => (ProjectionType::All, None),
        Projection::KeysOnly => (ProjectionType::KeysOnly, None),
        Projection::Include(names) => {
            let mut names = names.clone();
            names.sort();
            (ProjectionType::Include, Some(names))
        }
    };
    WireProjection {
        projection_type: Some(kind),
        non_key_attributes: names,
    }
}

fn throughput(throughput: Throughput) -> ProvisionedThroughputDescription {
    ProvisionedThroughputDescription {
        last_increase_date_time: throughput.increased_at_ms.map(Timestamp::from_millis),
        last_decrease_date_time: throughput.decreased_at_ms.map(Timestamp::from_millis),
        number_of_decreases_today: Some(throughput.decreases),
        read_capacity_units: Some(throughput.read),
        write_capacity_units: Some(throughput.write),
    }
}

/// Nothing for tables that have always been provisioned.
fn billing(billing: Billing, is_new: bool) -> Option<BillingModeSummary> {
    let mode = match billing.mode {
        BillingMode::PayPerRequest => WireBillingMode::PayPerRequest,
        BillingMode::Provisioned => WireBillingMode::Provisioned,
    };
    if billing.mode == BillingMode::Provisioned && billing.on_demand_since_ms.is_none() {
        return None;
    }
    let since = billing.on_demand_since_ms.filter(|_| !is_new);
    Some(BillingModeSummary {
        billing_mode: Some(mode),
        last_update_to_pay_per_request_date_time: since.map(Timestamp::from_millis),
    })
}

/// The ceilings, where there are some.
pub fn on_demand(ceilings: OnDemand) -> Option<OnDemandThroughput> {
    (ceilings != OnDemand::default()).then_some(OnDemandThroughput {
        max_read_request_units: ceilings.max_read,
        max_write_request_units: ceilings.max_write,
    })
}

fn view(view: StreamView) -> StreamViewType {
    match view {
        StreamView::KeysOnly => StreamViewType::KeysOnly,
        StreamView::NewImage => StreamViewType::NewImage,
        StreamView::OldImage => StreamViewType::OldImage,
        StreamView::NewAndOldImages => StreamViewType::NewAndOldImages,
    }
}
