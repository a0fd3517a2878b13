//! The definition of tables and indexes: from what a request says to what is kept, in the order
//! in which AWS judges it.

mod encryption;
mod index;
mod java;

pub use encryption::{encryption, updated_encryption};
pub use index::{
    MAX_GLOBAL, global_index, indexes, local_index, new_global_index, new_warm, updated_warm,
};

use crate::error::{Error, SchemaError};
use crate::item::Type;
use crate::key::{KeyAttribute, KeySchema};
use crate::table::{BillingMode, OnDemand, Throughput};
pub use java::java_order;
use java::java_text;
use std::collections::BTreeSet;
use wire::dynamodb::{
    AttributeDefinition, BillingMode as WireBillingMode, KeySchemaElement, KeyType,
    OnDemandThroughput, ProvisionedThroughput, ScalarAttributeType,
};

/// The most units that throughput may be provisioned for.
const MAX_UNITS: i64 = 1_000_000_000_000;

/// The attributes that a request defines.
#[derive(Debug, Clone, Default)]
pub struct Definitions(Vec<KeyAttribute>);

impl Definitions {
    /// The definitions of a new table.
    ///
    /// # Errors
    /// [`SchemaError::RepeatedDefinition`]
    pub fn distinct(definitions: Vec<AttributeDefinition>) -> Result<Definitions, SchemaError> {
        let definitions = Definitions::new(definitions);
        let mut seen = BTreeSet::new();
        let repeated = definitions
            .0
            .iter()
            .find(|attribute| !seen.insert(&attribute.name));
        match repeated {
            Some(attribute) => Err(SchemaError::RepeatedDefinition(attribute.name.clone())),
            None => Ok(definitions),
        }
    }

    pub fn new(definitions: Vec<AttributeDefinition>) -> Definitions {
        let attributes = definitions.into_iter().map(|definition| KeyAttribute {
            name: definition.attribute_name,
            kind: match definition.attribute_type {
                ScalarAttributeType::S => Type::S,
                ScalarAttributeType::N => Type::N,
                ScalarAttributeType::B => Type::B,
            },
        });
        Definitions(attributes.collect())
    }

    /// The attributes that a table has defined.
    pub fn of(attributes: &[KeyAttribute]) -> Definitions {
        Definitions(attributes.to_vec())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_vec(self) -> Vec<KeyAttribute> {
        self.0
    }

    fn names(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|attribute| attribute.name.clone())
            .collect()
    }

    fn get(&self, name: &str) -> Option<&KeyAttribute> {
        self.0.iter().find(|attribute| attribute.name == name)
    }

    /// # Errors
    /// [`SchemaError::UndefinedKeys`]
    fn check_defined(&self, elements: &[KeySchemaElement]) -> Result<(), SchemaError> {
        if elements
            .iter()
            .all(|element| self.get(&element.attribute_name).is_some())
        {
            return Ok(());
        }
        let keys: Vec<String> = elements
            .iter()
            .map(|element| element.attribute_name.clone())
            .collect();
        let (key_count, defined) = (keys.len(), self.names());
        let defined_count = defined.len();
        Err(SchemaError::UndefinedKeys {
            keys: java_order(keys, key_count),
            defined: java_order(defined, defined_count),
        })
    }

    /// The key of a table or a local index: one partition key and perhaps one sort key attribute.
    ///
    /// # Errors
    /// [`SchemaError`] with what AWS reports first.
    fn simple_key(&self, elements: &[KeySchemaElement]) -> Result<KeySchema, SchemaError> {
        self.check_defined(elements)?;
        match elements {
            [one, two] if one.attribute_name == two.attribute_name => Err(SchemaError::SameName),
            [first, ..] if first.key_type != KeyType::Hash => Err(SchemaError::FirstIsNotHash),
            [_, second, ..] if second.key_type != KeyType::Range => {
                Err(SchemaError::SecondIsNotRange)
            }
            _ => Ok(self.key(elements)),
        }
    }

    /// The key of a global index: up to four attributes of each kind.
    ///
    /// # Errors
    /// As above.
    fn composite_key(&self, elements: &[KeySchemaElement]) -> Result<KeySchema, SchemaError> {
        self.check_defined(elements)?;
        let names: Vec<&String> = elements
            .iter()
            .map(|element| &element.attribute_name)
            .collect();
        if names
            .iter()
            .enumerate()
            .any(|(at, name)| names.iter().take(at).any(|n| n == name))
        {
            let is_pair = names.len() == 2;
            return Err(if is_pair {
                SchemaError::SameName
            } else {
                SchemaError::RepeatedName
            });
        }
        if elements
            .first()
            .is_none_or(|first| first.key_type != KeyType::Hash)
        {
            return Err(SchemaError::FirstIsNotHash);
        }
        if !elements.is_sorted_by_key(|element| element.key_type == KeyType::Range) {
            return Err(SchemaError::HashAfterRange);
        }
        let key = self.key(elements);
        if key.partition.len() > 4 {
            return Err(SchemaError::TooManyKeyAttributes("HASH"));
        }
        if key.sort.len() > 4 {
            return Err(SchemaError::TooManyKeyAttributes("RANGE"));
        }
        Ok(key)
    }

    fn key(&self, elements: &[KeySchemaElement]) -> KeySchema {
        let of = |kind: KeyType| {
            let elements = elements
                .iter()
                .filter(move |element| element.key_type == kind);
            elements
                .filter_map(|element| self.get(&element.attribute_name).cloned())
                .collect()
        };
        KeySchema {
            partition: of(KeyType::Hash),
            sort: of(KeyType::Range),
        }
    }

    /// Refuses definitions that no key uses, once there are indexes: AWS looks at this before
    /// anything else about them.
    ///
    /// # Errors
    /// [`SchemaError::UndefinedKeys`] or [`SchemaError::UnusedDefinitions`].
    fn check_used<'a>(
        &self,
        table_key: &KeySchema,
        index_keys: impl Iterator<Item = &'a Vec<KeySchemaElement>>,
    ) -> Result<(), SchemaError> {
        let mut used: Vec<String> = table_key.attributes().map(|a| a.name.clone()).collect();
        for elements in index_keys {
            self.check_defined(elements)?;
            for element in elements {
                if !used.contains(&element.attribute_name) {
                    used.push(element.attribute_name.clone());
                }
            }
        }
        if self
            .0
            .iter()
            .all(|attribute| used.contains(&attribute.name))
        {
            return Ok(());
        }
        let defined = self.names();
        let defined_count = defined.len();
        Err(SchemaError::UnusedDefinitions {
            defined: java_order(defined, defined_count),
            used: java_order(used, 16),
        })
    }
}

/// The key of a table.
///
/// # Errors
/// [`SchemaError`] with what AWS reports first.
pub fn table_key(
    elements: &[KeySchemaElement],
    definitions: &Definitions,
) -> Result<KeySchema, SchemaError> {
    check_length(elements, 2)?;
    if elements.len() > definitions.len() {
        return Err(SchemaError::Undefined);
    }
    definitions.simple_key(elements)
}

/// Refuses the key of a new index with a type other than what its table knows for an attribute.
///
/// # Errors
/// [`SchemaError::Redefined`]
pub fn check_redefined(known: &[KeyAttribute], key: &KeySchema) -> Result<(), SchemaError> {
    let known_type = |attribute: &KeyAttribute| {
        let known = known.iter().find(|known| known.name == attribute.name);
        known.map_or(attribute.kind, |known| known.kind)
    };
    if key
        .attributes()
        .all(|attribute| known_type(attribute) == attribute.kind)
    {
        return Ok(());
    }
    let shown = |kind_of: &dyn Fn(&KeyAttribute) -> Type| {
        let element = |attribute: &KeyAttribute, role: &str| {
            let kind = kind_of(attribute);
            format!("SchemaElement: key{{{}:{kind}:{role}}}", attribute.name)
        };
        let partition = key
            .partition
            .iter()
            .map(|attribute| element(attribute, "HASH"));
        let sort = key.sort.iter().map(|attribute| element(attribute, "RANGE"));
        partition.chain(sort).collect::<Vec<_>>().join(", ")
    };
    Err(SchemaError::Redefined {
        existing: shown(&known_type),
        new: shown(&|attribute| attribute.kind),
    })
}

fn check_length(elements: &[KeySchemaElement], max: usize) -> Result<(), SchemaError> {
    if elements.len() > max {
        return Err(SchemaError::KeySchemaLength {
            shown: java_text(elements),
            max,
        });
    }
    Ok(())
}

/// The billing mode that a new table gets, which must go with its throughput.
///
/// # Errors
/// [`SchemaError`] with what AWS reports first.
pub fn billing(
    mode: Option<WireBillingMode>,
    throughput: Option<&ProvisionedThroughput>,
) -> Result<BillingMode, SchemaError> {
    match (mode, throughput) {
        (Some(WireBillingMode::PayPerRequest), Some(_)) => Err(SchemaError::ThroughputOnDemand),
        (Some(WireBillingMode::PayPerRequest), None) => Ok(BillingMode::PayPerRequest),
        (_, None) => Err(SchemaError::NoThroughput),
        (_, Some(_)) => Ok(BillingMode::Provisioned),
    }
}

/// # Errors
/// [`SchemaError::ThroughputRange`]
pub fn throughput(given: Option<&ProvisionedThroughput>) -> Result<Throughput, SchemaError> {
    let Some(given) = given else {
        return Ok(Throughput::default());
    };
    let members = [
        ("ReadCapacityUnits", given.read_capacity_units),
        ("WriteCapacityUnits", given.write_capacity_units),
    ];
    if let Some((member, value)) = members.into_iter().find(|(_, value)| *value > MAX_UNITS) {
        return Err(SchemaError::ThroughputRange { member, value });
    }
    Ok(Throughput {
        read: given.read_capacity_units,
        write: given.write_capacity_units,
        ..Throughput::default()
    })
}

/// The ceilings of a new table or index.
///
/// # Errors
/// [`SchemaError`] for ceilings of provisioned tables, or below one.
pub fn on_demand(
    given: Option<&OnDemandThroughput>,
    mode: BillingMode,
    index: Option<&str>,
) -> Result<OnDemand, SchemaError> {
    let Some(given) = given else {
        return Ok(OnDemand::default());
    };
    check_on_demand(given, mode, index, Ceilings::New)?;
    Ok(OnDemand {
        max_read: given.max_read_request_units,
        max_write: given.max_write_request_units,
    })
}

/// Puts changed ceilings over `current`; -1 takes one away.
///
/// # Errors
/// As above.
pub fn updated_on_demand(
    current: OnDemand,
    given: &OnDemandThroughput,
    mode: BillingMode,
    index: Option<&str>,
) -> Result<OnDemand, SchemaError> {
    check_on_demand(given, mode, index, Ceilings::Updated)?;
    let merged = |current: Option<i64>, given: Option<i64>| match given {
        Some(-1) => None,
        given => given.or(current),
    };
    Ok(OnDemand {
        max_read: merged(current.max_read, given.max_read_request_units),
        max_write: merged(current.max_write, given.max_write_request_units),
    })
}

/// Whether ceilings come with a table or index or later; only later -1 takes one away.
#[derive(Clone, Copy, PartialEq)]
enum Ceilings {
    New,
    Updated,
}

fn check_on_demand(
    given: &OnDemandThroughput,
    mode: BillingMode,
    index: Option<&str>,
    ceilings: Ceilings,
) -> Result<(), SchemaError> {
    let is_update = ceilings == Ceilings::Updated;
    let members = [
        ("MaxReadRequestUnits", given.max_read_request_units),
        ("MaxWriteRequestUnits", given.max_write_request_units),
    ];
    let mut given = members
        .into_iter()
        .filter_map(|(member, value)| Some((member, value?)));
    if mode == BillingMode::Provisioned
        && let Some((member, _)) = given.clone().next()
    {
        let of = match (index, ceilings) {
            (None, _) => String::new(),
            (Some(name), Ceilings::New) => format!("for index: {name} "),
            (Some(name), Ceilings::Updated) => format!("for index : {name} "),
        };
        return Err(SchemaError::OnDemandProvisioned {
            member,
            of,
            is_update,
        });
    }
    match given.find(|(_, value)| *value < 1 && !(is_update && *value == -1)) {
        Some((member, _)) => Err(SchemaError::OnDemandRange {
            member,
            of: index.map_or_else(|| "table".to_owned(), |name| format!("index : {name}")),
        }),
        None => Ok(()),
    }
}

/// # Errors
/// [`SchemaError::Null`] for a list that is not there.
pub fn required<T>(list: Option<Vec<T>>, member: &'static str) -> Result<Vec<T>, Error> {
    Ok(list.ok_or(SchemaError::Null(member))?)
}

#[cfg(test)]
mod tests;
