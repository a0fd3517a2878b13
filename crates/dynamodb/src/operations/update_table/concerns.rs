//! What one UpdateTable may change at once: hardly more than one thing.
//!
//! The rules and their order are the service's answers to every pair of members, as AWS's
//! controller for Kubernetes records them (finding DDB-TABLE-433 and those around it).

use crate::error::SchemaError;
use wire::dynamodb::{BillingMode, TableStatus, UpdateTableInput};

/// What a request changes.
#[derive(Debug, Clone, Copy)]
pub struct Concerns {
    throughput: bool,
    billing: Option<BillingMode>,
    stream: bool,
    encryption: bool,
    class: bool,
    protection: bool,
    warm: bool,
    on_demand: bool,
    indexes: bool,
    creates_index: bool,
    drops_index: bool,
}

impl Concerns {
    /// Empty structures and lists change nothing.
    pub fn of(input: &UpdateTableInput) -> Concerns {
        let updates = input.global_secondary_index_updates.iter().flatten();
        let warm = input.warm_throughput.as_ref();
        let on_demand = input.on_demand_throughput.as_ref();
        Concerns {
            throughput: input.provisioned_throughput.is_some(),
            billing: input.billing_mode,
            stream: input.stream_specification.is_some(),
            encryption: input.sse_specification.is_some(),
            class: input.table_class.is_some(),
            protection: input.deletion_protection_enabled.is_some(),
            warm: warm.is_some_and(|warm| {
                warm.read_units_per_second.is_some() || warm.write_units_per_second.is_some()
            }),
            on_demand: on_demand.is_some_and(|ceilings| {
                ceilings.max_read_request_units.is_some()
                    || ceilings.max_write_request_units.is_some()
            }),
            indexes: updates.clone().next().is_some(),
            creates_index: updates.clone().any(|update| update.create.is_some()),
            drops_index: updates.clone().any(|update| update.delete.is_some()),
        }
    }

    /// # Errors
    /// [`SchemaError`] for what changes nothing, or more than goes together.
    pub fn check(self) -> Result<(), SchemaError> {
        let is_iops = self.throughput || self.billing == Some(BillingMode::Provisioned);
        let is_index = self.creates_index || self.drops_index;
        let beside_billing = self.count() - usize::from(self.billing.is_some());
        let only = SchemaError::NotTheOnlyOperation;
        match self {
            _ if self.is_empty() => Err(SchemaError::NothingToUpdate),
            _ if self.count() == 1 => Ok(()),
            Concerns {
                encryption: true, ..
            } => Err(only("Server-Side Encryption modification")),
            Concerns { class: true, .. } => Err(only("TableClass modification")),
            Concerns {
                protection: true, ..
            } => Err(only("DeletionProtection modification")),
            Concerns {
                warm: true,
                creates_index: true,
                ..
            } => Err(SchemaError::IndexWithWarm),
            Concerns { warm: true, .. } => Err(only("WarmThroughput")),
            _ if self.on_demand && beside_billing > 1 => Err(SchemaError::OnDemandCombined),
            _ if self.stream && is_iops => Err(SchemaError::StreamWithThroughput),
            _ if is_index && is_iops => Err(SchemaError::IndexWithThroughput),
            _ if is_index && self.stream => Err(SchemaError::IndexWithStream),
            _ => Ok(()),
        }
    }

    /// Whether it changes nothing.
    pub fn is_empty(self) -> bool {
        self.count() == 0
    }

    /// Whether it asks for throughput in advance.
    pub fn warms(self) -> bool {
        self.warm
    }

    fn count(self) -> usize {
        let given = [
            self.throughput,
            self.billing.is_some(),
            self.stream,
            self.encryption,
            self.class,
            self.protection,
            self.warm,
            self.on_demand,
            self.indexes,
        ];
        given.into_iter().filter(|is_given| *is_given).count()
    }

    /// What the table is in the answer: some changes are made at once, or do not count as ones of
    /// the table.
    pub fn status(self) -> TableStatus {
        let is_slow = self.throughput
            || self.billing.is_some()
            || self.stream
            || self.class
            || self.creates_index
            || self.drops_index;
        if is_slow {
            TableStatus::Updating
        } else {
            TableStatus::Active
        }
    }
}

#[cfg(test)]
mod tests;
