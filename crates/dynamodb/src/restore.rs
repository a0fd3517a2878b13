//! New tables with the items of a backup or of another moment.

use crate::Dynamodb;
use crate::copy::{Copy, Target};
use crate::error::{BackupError, Error};
use crate::history::Source;
use crate::schema::{self, Definitions};
use crate::settings::Settings;
use crate::table::{
    Billing, BillingMode, Index, IndexState, OnDemand, Reach, Restore, Table, Throughput,
};
use crate::tables::{TableName, next_id};
use base::Timestamp;
use kv::Txn;
use service::Requirement;
use wire::dynamodb::{
    BillingMode as WireBillingMode, GlobalSecondaryIndex, LocalSecondaryIndex, OnDemandThroughput,
    ProvisionedThroughput, SSESpecification,
};

/// What a restored table is to have otherwise than its source.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub billing: Option<WireBillingMode>,
    pub throughput: Option<ProvisionedThroughput>,
    pub on_demand: Option<OnDemandThroughput>,
    pub global: Option<Vec<GlobalSecondaryIndex>>,
    pub local: Option<Vec<LocalSecondaryIndex>>,
    pub encryption: Option<SSESpecification>,
}

/// What someone must be allowed to do with the table that is restored, as AWS lists it for both
/// ways to restore.
const TARGET_ACTIONS: [&str; 7] = [
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
];

/// The requirements of a restore: `action` on the source and the target, and all that writes or
/// reads the target's items.
pub fn requirements(
    source: Requirement,
    action: &'static str,
    target: &TableName,
) -> Vec<Requirement> {
    let on_target = |action: &'static str| Requirement::new(action, target.arn());
    let mut requirements = vec![source, on_target(action)];
    requirements.extend(TARGET_ACTIONS.map(on_target));
    requirements
}

impl Overrides {
    /// The new table, but for its id; nobody may use it before its items are there.
    ///
    /// # Errors
    /// [`Error`] for what the source's definition does not allow.
    pub fn apply(
        self,
        service: &Dynamodb,
        source: &Table,
        name: &TableName,
        restore: Restore,
    ) -> Result<Table, Error> {
        let now = service.clock.now();
        let mut table = Table {
            id: 0,
            uuid: service.entropy.uuid(),
            name: name.name.clone(),
            arn: name.arn(),
            created_at_ms: now.as_millis(),
            class: None,
            deletion_protection: false,
            stream: None,
            time_to_live: None,
            tags: Default::default(),
            policy: None,
            settings: Settings::default(),
            history: None,
            restore: Some(restore),
            is_filling: true,
            ..source.clone()
        };
        for index in &mut table.indexes {
            index.state = IndexState::Active;
        }
        self.apply_billing(&mut table, now)?;
        if let Some(local) = &self.local {
            keep_local(&mut table, local)?;
        }
        if let Some(global) = &self.global {
            self.keep_global(&mut table, global)?;
        }
        table.define(Vec::new());
        if let Some(encryption) = self.encryption {
            table.encryption = schema::encryption(&encryption, &service.entropy, name)?;
        }
        Ok(table)
    }

    fn throughput_on_demand(&self, index: Option<&str>) -> BackupError {
        BackupError::ThroughputOnDemand {
            is_overridden: self.billing.is_some(),
            of: index.map_or_else(String::new, |name| format!(" for index {name}")),
        }
    }

    fn apply_billing(&self, table: &mut Table, now: Timestamp) -> Result<(), Error> {
        let mode = match self.billing {
            Some(WireBillingMode::PayPerRequest) => BillingMode::PayPerRequest,
            Some(WireBillingMode::Provisioned) => BillingMode::Provisioned,
            None => table.billing.mode,
        };
        let given = self.throughput.as_ref();
        if mode == BillingMode::PayPerRequest && given.is_some() {
            return Err(self.throughput_on_demand(None).into());
        }
        if mode == BillingMode::Provisioned && given.is_none() && table.billing.mode != mode {
            return Err(BackupError::NoThroughput.into());
        }
        if mode != table.billing.mode {
            table.throughput = Throughput::default();
            table.on_demand = OnDemand::default();
            for index in &mut table.indexes {
                index.throughput = Throughput::default();
                index.on_demand = OnDemand::default();
            }
        }
        table.billing = Billing {
            mode,
            on_demand_since_ms: (mode == BillingMode::PayPerRequest).then_some(now.as_millis()),
        };
        if given.is_some() {
            table.throughput = schema::throughput(given)?;
            for index in table
                .indexes
                .iter_mut()
                .filter(|i| i.reach == Reach::Global)
            {
                if index.throughput == Throughput::default() {
                    index.throughput = table.throughput;
                }
            }
        }
        if self.on_demand.is_some() {
            table.on_demand = schema::on_demand(self.on_demand.as_ref(), mode, None)?;
        }
        Ok(())
    }

    fn keep_global(&self, table: &mut Table, wanted: &[GlobalSecondaryIndex]) -> Result<(), Error> {
        let mut kept = Vec::with_capacity(wanted.len());
        let mode = table.billing.mode;
        for index in wanted {
            if index.warm_throughput.is_some() {
                return Err(BackupError::WarmIndex.into());
            }
            match (mode, &index.provisioned_throughput) {
                (BillingMode::PayPerRequest, Some(_)) => {
                    return Err(self.throughput_on_demand(Some(&index.index_name)).into());
                }
                (BillingMode::Provisioned, None) => {
                    return Err(BackupError::NoIndexThroughput(index.index_name.clone()).into());
                }
                _ => {}
            }
            let definitions = Definitions::of(&table.attributes);
            let defined = schema::global_index(index.clone(), &definitions, mode)?;
            kept.push(Index {
                throughput: defined.throughput,
                on_demand: defined.on_demand,
                ..matching(table, &defined, &kept)?
            });
        }
        table.indexes.retain(|index| index.reach != Reach::Global);
        table.indexes.append(&mut kept);
        Ok(())
    }
}

fn keep_local(table: &mut Table, wanted: &[LocalSecondaryIndex]) -> Result<(), Error> {
    let mut kept = Vec::with_capacity(wanted.len());
    for index in wanted {
        let definitions = Definitions::of(&table.attributes);
        let defined = schema::local_index(index.clone(), &definitions, &table.key)?;
        kept.push(matching(table, &defined, &kept)?);
    }
    table.indexes.retain(|index| index.reach != Reach::Local);
    kept.append(&mut table.indexes);
    table.indexes = kept;
    Ok(())
}

/// The index of the source that an override defines alike, with the name that the override gives
/// it; none of those that are `kept` already.
fn matching(table: &Table, wanted: &Index, kept: &[Index]) -> Result<Index, BackupError> {
    let mut alike = table.indexes.iter().filter(|index| {
        index.reach == wanted.reach
            && index.key == wanted.key
            && index.projection == wanted.projection
            && kept.iter().all(|kept| kept.id != index.id)
    });
    let named = alike.clone().find(|index| index.name == wanted.name);
    match named.or_else(|| alike.next()) {
        Some(index) => Ok(Index {
            name: wanted.name.clone(),
            ..index.clone()
        }),
        None => Err(BackupError::Index(wanted.name.clone())),
    }
}

/// Makes the table, whose items a copy will bring, in the caller's transaction.
///
/// # Errors
/// [`BackupError`] if there is such a table.
pub async fn begin(
    service: &Dynamodb,
    txn: &Txn,
    name: &TableName,
    table: &Table,
    source: Source,
) -> Result<(Table, Copy), Error> {
    match service.any_table_in(txn, name).await? {
        Some(table) if table.is_filling => {
            return Err(BackupError::TargetBusy(name.name.clone()).into());
        }
        Some(_) => return Err(BackupError::TargetExists(name.name.clone()).into()),
        None => name.check_room(&service.store.snapshot()).await?,
    }
    let table = Table {
        id: next_id(txn).await?,
        ..table.clone()
    };
    let copy = Copy::new(next_id(txn).await?, source, Target::Table(name.arn()));
    txn.put(name.key(), kv::record::encode(&table));
    Ok((table, copy))
}
