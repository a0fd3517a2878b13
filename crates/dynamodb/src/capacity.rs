//! What reads and writes cost, in DynamoDB's units, and how answers report it.

use crate::table::{Index, Reach, Table};
use std::collections::BTreeMap;
use wire::dynamodb::{Capacity, ConsumedCapacity, ReturnConsumedCapacity};

const READ_UNIT_BYTES: usize = 4096;
const WRITE_UNIT_BYTES: usize = 1024;

/// Whether a read sees everything acknowledged before it. Ours all do; it doubles the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    Eventual,
    Strong,
}

impl Consistency {
    pub fn of(consistent_read: Option<bool>) -> Consistency {
        if consistent_read == Some(true) {
            Consistency::Strong
        } else {
            Consistency::Eventual
        }
    }

    /// The price of one strongly consistent unit.
    const fn factor(self) -> f64 {
        match self {
            Consistency::Eventual => 0.5,
            Consistency::Strong => 1.0,
        }
    }
}

/// The units of reading so many bytes, at least one.
pub fn read_units(size_bytes: usize, consistency: Consistency) -> f64 {
    units(size_bytes, READ_UNIT_BYTES) * consistency.factor()
}

/// The units of writing an item of so many bytes, at least one.
pub fn write_units(size_bytes: usize) -> f64 {
    units(size_bytes, WRITE_UNIT_BYTES)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "far below the integers that doubles miss"
)]
fn units(size_bytes: usize, unit_bytes: usize) -> f64 {
    size_bytes.div_ceil(unit_bytes).max(1) as f64
}

/// The units that an operation consumed of a table and its indexes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Consumed {
    pub table: f64,
    pub local: BTreeMap<String, f64>,
    pub global: BTreeMap<String, f64>,
}

impl Consumed {
    pub fn of_table(units: f64) -> Consumed {
        Consumed {
            table: units,
            ..Consumed::default()
        }
    }

    pub fn add_index(&mut self, index: &Index, units: f64) {
        let indexes = match index.reach {
            Reach::Local => &mut self.local,
            Reach::Global => &mut self.global,
        };
        *indexes.entry(index.name.clone()).or_default() += units;
    }

    pub fn add(&mut self, other: Consumed) {
        self.table += other.table;
        for (name, units) in other.local {
            *self.local.entry(name).or_default() += units;
        }
        for (name, units) in other.global {
            *self.global.entry(name).or_default() += units;
        }
    }

    pub fn total(&self) -> f64 {
        self.table + self.local.values().sum::<f64>() + self.global.values().sum::<f64>()
    }

    /// As an answer reports it; nothing unless asked for.
    pub fn report(
        &self,
        table: &Table,
        wanted: Option<ReturnConsumedCapacity>,
        shown: Shown,
    ) -> Option<ConsumedCapacity> {
        trace::note("capacity", || format!("{} {}", self.total(), table.name));
        let is_detailed = match wanted {
            None | Some(ReturnConsumedCapacity::None) => return None,
            Some(ReturnConsumedCapacity::Total) => false,
            Some(ReturnConsumedCapacity::Indexes) => true,
        };
        let indexes = |units: &BTreeMap<String, f64>| {
            let detailed = is_detailed && !units.is_empty();
            detailed.then(|| {
                units
                    .iter()
                    .map(|(name, units)| (name.clone(), shown.capacity(*units)))
                    .collect()
            })
        };
        let total = shown.capacity(self.total());
        Some(ConsumedCapacity {
            table_name: Some(table.name.clone()),
            capacity_units: total.capacity_units,
            read_capacity_units: total.read_capacity_units,
            write_capacity_units: total.write_capacity_units,
            table: is_detailed.then(|| shown.capacity(self.table)),
            local_secondary_indexes: indexes(&self.local),
            global_secondary_indexes: indexes(&self.global),
            ..ConsumedCapacity::default()
        })
    }
}

/// Which members an answer reports units in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// `CapacityUnits` alone.
    Plain,
    /// Transactions that read.
    Read,
    /// Transactions that write.
    Write,
}

impl Shown {
    fn capacity(self, units: f64) -> Capacity {
        Capacity {
            capacity_units: Some(units),
            read_capacity_units: (self == Shown::Read).then_some(units),
            write_capacity_units: (self == Shown::Write).then_some(units),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::table;

    #[test]
    fn units_round_up() {
        for (size, eventual, strong, write) in [
            (0, 0.5, 1.0, 1.0),
            (1024, 0.5, 1.0, 1.0),
            (1025, 0.5, 1.0, 2.0),
            (4096, 0.5, 1.0, 4.0),
            (4097, 1.0, 2.0, 5.0),
        ] {
            assert_eq!(read_units(size, Consistency::Eventual), eventual, "{size}");
            assert_eq!(read_units(size, Consistency::Strong), strong, "{size}");
            assert_eq!(write_units(size), write, "{size}");
        }
    }

    #[test]
    fn reports() {
        let table = table();
        let mut consumed = Consumed::of_table(2.0);
        consumed.add_index(table.index("all").unwrap(), 1.0);
        consumed.add_index(table.index("local").unwrap(), 0.5);
        let report = |wanted| consumed.report(&table, Some(wanted), Shown::Plain);
        assert_eq!(report(ReturnConsumedCapacity::None), None);
        let total = report(ReturnConsumedCapacity::Total).unwrap();
        assert_eq!((total.capacity_units, total.table), (Some(3.5), None));
        let indexes = report(ReturnConsumedCapacity::Indexes).unwrap();
        assert_eq!(indexes.table.unwrap().capacity_units, Some(2.0));
        assert_eq!(
            indexes.global_secondary_indexes.unwrap()["all"].capacity_units,
            Some(1.0)
        );
        assert_eq!(
            indexes.local_secondary_indexes.unwrap()["local"].capacity_units,
            Some(0.5)
        );
    }
}
