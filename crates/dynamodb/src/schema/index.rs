//! The definition of secondary indexes.

use super::{Definitions, check_length, on_demand, throughput};
use crate::error::SchemaError;
use crate::key::KeySchema;
use crate::table::{BillingMode, Index, IndexState, OnDemand, Projection, Reach, Throughput, Warm};
use std::collections::BTreeSet;
use wire::Enumeration as _;
use wire::dynamodb::{
    CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex, LocalSecondaryIndex,
    Projection as WireProjection, ProjectionType, WarmThroughput,
};

const MAX_LOCAL: usize = 5;
pub const MAX_GLOBAL: usize = 20;
/// How many attributes the indexes of a table may include by name, together.
const MAX_INCLUDED: usize = 100;

/// The indexes of a new table.
///
/// # Errors
/// [`SchemaError`] with what AWS reports first.
pub fn indexes(
    local: Option<Vec<LocalSecondaryIndex>>,
    global: Option<Vec<GlobalSecondaryIndex>>,
    definitions: &Definitions,
    table_key: &KeySchema,
    mode: BillingMode,
) -> Result<Vec<Index>, SchemaError> {
    let keys = local.iter().flatten().map(|index| &index.key_schema);
    let keys = keys.chain(global.iter().flatten().map(|index| &index.key_schema));
    definitions.check_used(table_key, keys)?;
    let mut indexes = Vec::new();
    if let Some(local) = local {
        check_local(&local, table_key)?;
        for index in local {
            add(&mut indexes, local_index(index, definitions, table_key)?)?;
        }
        if indexes.len() > MAX_LOCAL {
            return Err(SchemaError::TooManyLocal);
        }
    }
    if let Some(global) = global {
        if global.is_empty() {
            return Err(SchemaError::EmptyIndexes("GlobalSecondaryIndexes"));
        }
        let count = global.len();
        for index in global {
            add(&mut indexes, global_index(index, definitions, mode)?)?;
        }
        if count > MAX_GLOBAL {
            return Err(SchemaError::TooManyGlobal);
        }
    }
    check_included(&indexes)?;
    for (id, index) in (1..).zip(&mut indexes) {
        index.id = id;
    }
    Ok(indexes)
}

fn check_local(local: &[LocalSecondaryIndex], table_key: &KeySchema) -> Result<(), SchemaError> {
    if local.is_empty() {
        return Err(SchemaError::EmptyIndexes("LocalSecondaryIndexes"));
    }
    if table_key.sort.is_empty() {
        return Err(SchemaError::LocalWithoutRange);
    }
    Ok(())
}

fn add(indexes: &mut Vec<Index>, index: Index) -> Result<(), SchemaError> {
    if indexes.iter().any(|other| other.name == index.name) {
        return Err(SchemaError::RepeatedIndex(index.name));
    }
    indexes.push(index);
    Ok(())
}

fn check_included(indexes: &[Index]) -> Result<(), SchemaError> {
    let included = indexes.iter().map(|index| match &index.projection {
        Projection::Include(names) => names.len(),
        Projection::All | Projection::KeysOnly => 0,
    });
    if included.sum::<usize>() > MAX_INCLUDED {
        return Err(SchemaError::TooManyProjected);
    }
    Ok(())
}

/// A local index of a table.
///
/// # Errors
/// [`SchemaError`] with what AWS reports first.
pub fn local_index(
    index: LocalSecondaryIndex,
    definitions: &Definitions,
    table_key: &KeySchema,
) -> Result<Index, SchemaError> {
    check_length(&index.key_schema, 2)?;
    let key = definitions.simple_key(&index.key_schema)?;
    if key.sort.is_empty() {
        return Err(SchemaError::IndexWithoutRange(index.index_name));
    }
    if key.partition != table_key.partition {
        let name = |key: &KeySchema| key.attributes().next().map(|a| a.name.clone());
        return Err(SchemaError::IndexHash {
            index: index.index_name,
            hash: name(&key).unwrap_or_default(),
            table_hash: name(table_key).unwrap_or_default(),
        });
    }
    Ok(Index {
        id: 0,
        name: index.index_name,
        reach: Reach::Local,
        key,
        projection: projection(index.projection)?,
        state: IndexState::Active,
        throughput: Throughput::default(),
        on_demand: OnDemand::default(),
        warm: None,
    })
}

/// A global index of a new table.
///
/// # Errors
/// [`SchemaError`] with what AWS reports first.
pub fn global_index(
    index: GlobalSecondaryIndex,
    definitions: &Definitions,
    mode: BillingMode,
) -> Result<Index, SchemaError> {
    check_length(&index.key_schema, 8)?;
    let key = definitions.composite_key(&index.key_schema)?;
    let projection = projection(index.projection)?;
    match (mode, &index.provisioned_throughput) {
        (BillingMode::PayPerRequest, Some(_)) => {
            return Err(SchemaError::IndexThroughputOnDemand(index.index_name));
        }
        (BillingMode::Provisioned, None) => {
            return Err(SchemaError::NoIndexThroughput(index.index_name));
        }
        _ => {}
    }
    let throughput = throughput(index.provisioned_throughput.as_ref())?;
    let name = Some(index.index_name.as_str());
    let on_demand = on_demand(index.on_demand_throughput.as_ref(), mode, name)?;
    let warm = new_warm(index.warm_throughput.as_ref(), mode, throughput, name)?;
    Ok(Index {
        id: 0,
        name: index.index_name,
        reach: Reach::Global,
        key,
        projection,
        state: IndexState::Active,
        throughput,
        on_demand,
        warm,
    })
}

/// A global index that a table gets later; it has to catch up first.
///
/// # Errors
/// As above.
pub fn new_global_index(
    action: CreateGlobalSecondaryIndexAction,
    definitions: &Definitions,
    mode: BillingMode,
) -> Result<Index, SchemaError> {
    match (mode, &action.provisioned_throughput) {
        (BillingMode::PayPerRequest, Some(_)) => {
            return Err(SchemaError::NewIndexThroughputOnDemand(action.index_name));
        }
        (BillingMode::Provisioned, None) => {
            return Err(SchemaError::NoNewIndexThroughput(action.index_name));
        }
        _ => {}
    }
    let index = GlobalSecondaryIndex {
        index_name: action.index_name,
        key_schema: action.key_schema,
        projection: action.projection,
        provisioned_throughput: action.provisioned_throughput,
        on_demand_throughput: action.on_demand_throughput,
        warm_throughput: action.warm_throughput,
    };
    let index = global_index(index, definitions, mode)?;
    Ok(Index {
        state: IndexState::Backfilling,
        ..index
    })
}

/// What a new table or index is to be prepared for.
///
/// # Errors
/// [`SchemaError::Warm`] for less than it is prepared for anyway.
pub fn new_warm(
    given: Option<&WarmThroughput>,
    mode: BillingMode,
    provisioned: Throughput,
    index: Option<&str>,
) -> Result<Option<Warm>, SchemaError> {
    let Some(given) = given else { return Ok(None) };
    let initial = Warm::initial(mode, provisioned);
    match less(given, initial) {
        Some(kind) => Err(SchemaError::Warm {
            kind,
            of: warmed(index),
            mode,
        }),
        None => Ok(Some(merged(given, initial))),
    }
}

/// What a table or index is to be prepared for from now on, being prepared for `current`.
///
/// # Errors
/// [`SchemaError::LessWarm`]
pub fn updated_warm(
    given: &WarmThroughput,
    current: Warm,
    index: Option<&str>,
) -> Result<Warm, SchemaError> {
    match less(given, current) {
        Some(kind) => Err(SchemaError::LessWarm {
            kind,
            of: warmed(index),
        }),
        None => Ok(merged(given, current)),
    }
}

/// Which kind of units is asked for less of than there is: `Read` or `Write`.
fn less(given: &WarmThroughput, current: Warm) -> Option<&'static str> {
    let is_less = |asked: Option<i64>, current: i64| asked.is_some_and(|asked| asked < current);
    if is_less(given.read_units_per_second, current.read) {
        return Some("Read");
    }
    is_less(given.write_units_per_second, current.write).then_some("Write")
}

fn merged(given: &WarmThroughput, current: Warm) -> Warm {
    Warm {
        read: given.read_units_per_second.unwrap_or(current.read),
        write: given.write_units_per_second.unwrap_or(current.write),
    }
}

fn warmed(index: Option<&str>) -> String {
    index.map_or_else(|| "table".to_owned(), |name| format!("index {name}"))
}

fn projection(given: WireProjection) -> Result<Projection, SchemaError> {
    let Some(kind) = given.projection_type else {
        return Err(SchemaError::NoProjectionType);
    };
    match (kind, given.non_key_attributes) {
        (ProjectionType::All, None) => Ok(Projection::All),
        (ProjectionType::KeysOnly, None) => Ok(Projection::KeysOnly),
        (ProjectionType::Include, Some(names)) => {
            let mut seen = BTreeSet::new();
            match names.iter().find(|name| !seen.insert(*name)) {
                Some(name) => Err(SchemaError::RepeatedProjected(name.clone())),
                None => Ok(Projection::Include(names)),
            }
        }
        (ProjectionType::Include, None) => Err(SchemaError::NoNonKeyAttributes),
        (kind, Some(_)) => Err(SchemaError::NonKeyAttributes(kind.as_str())),
    }
}
