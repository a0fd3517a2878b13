//! SELECT: what it asks for, and the reads that answer it.

use super::ast::{Direction, Expr, Ordering, Projection, Select};
use super::condition::condition;
use super::error::StatementError;
use super::keys::{Keyed, Read};
use super::operand::{Parameters, path};
use crate::capacity::Consistency;
use crate::error::{Error, ParameterError};
use crate::expression::Condition;
use crate::item::{Item, Value};
use crate::key::KeySchema;
use crate::read::{self, Column, Wanted};
use crate::schema::java_order;
use crate::table::{Index, IndexState, Reach, Table};
use kv::{KeyRange, Order};
use std::sync::Arc;

/// A SELECT, understood as far as that goes without its table.
#[derive(Debug)]
pub struct Query {
    pub wanted: Wanted,
    pub condition: Option<Condition>,
    order: Vec<(String, Direction)>,
}

/// How a SELECT is answered.
#[derive(Debug)]
pub enum Plan {
    /// With the item of this key.
    Get(Item),
    /// With what there is in parts of the table or index.
    Ranges { ranges: Vec<Range>, order: Order },
}

/// A part of a table or index.
#[derive(Debug)]
pub struct Range {
    pub keys: KeyRange,
    /// The partition; nothing for all of them.
    pub partition: Option<Arc<Value>>,
}

impl Plan {
    /// Whether all of the table or index is read.
    pub fn is_full_scan(&self) -> bool {
        match self {
            Plan::Get(_) => false,
            Plan::Ranges { ranges, .. } => ranges.iter().any(|range| range.partition.is_none()),
        }
    }
}

impl Query {
    /// # Errors
    /// [`StatementError`] for clauses, columns and conditions that DynamoDB has no use for.
    pub fn lower(select: &Select, parameters: &Parameters) -> Result<Query, Error> {
        if select.is_distinct {
            return Err(StatementError::Quantifier("DISTINCT").into());
        }
        let wanted = wanted(&select.projection)?;
        let clauses = [
            ("GROUP BY", select.group_by.first()),
            ("HAVING", select.having.as_ref()),
            ("LIMIT", select.limit.as_ref()),
        ];
        for (clause, expr) in clauses {
            if let Some(expr) = expr {
                let at = expr.span();
                return Err(StatementError::Clause { clause, at }.into());
            }
        }
        let condition = match &select.condition {
            Some(expr) => Some(condition(expr, parameters)?),
            None => None,
        };
        if condition.is_none() && !select.order_by.is_empty() {
            return Err(StatementError::OrderWithoutCondition.into());
        }
        let order = select.order_by.iter().map(ordering);
        let order = order.collect::<Result<_, StatementError>>()?;
        Ok(Query {
            wanted,
            condition,
            order,
        })
    }

    /// Finds the index that is named, which must be one that can be read so.
    ///
    /// # Errors
    /// [`StatementError`] or [`ParameterError::BackfillingIndex`]
    pub fn index<'t>(
        table: &'t Table,
        name: Option<&str>,
        consistency: Consistency,
    ) -> Result<Option<&'t Index>, Error> {
        let Some(name) = name else {
            return Ok(None);
        };
        let index = table.index(name).ok_or(StatementError::UnknownIndex)?;
        if index.reach == Reach::Global && consistency == Consistency::Strong {
            return Err(StatementError::ConsistentIndexRead.into());
        }
        if index.state == IndexState::Backfilling {
            return Err(ParameterError::BackfillingIndex(name.to_owned()).into());
        }
        Ok(Some(index))
    }

    /// # Errors
    /// [`StatementError`] for what the table or the index does not have or cannot do.
    pub fn plan(&self, table: &Table, index: Option<&Index>) -> Result<Plan, Error> {
        let schema = schema(table, index);
        self.check_key_paths(schema)?;
        let keyed = Keyed::of(self.condition.as_ref(), schema)?;
        let keyed = keyed.ok_or(StatementError::CompositeIndexKey)?;
        self.check_columns(table, index)?;
        if !keyed.is_keyed() {
            if !self.order.is_empty() {
                self.check_order(schema)?;
                return Err(StatementError::OrderWithoutKey.into());
            }
            let range = Range {
                keys: read::everything(table, index),
                partition: None,
            };
            return Ok(Plan::Ranges {
                ranges: vec![range],
                order: Order::Ascending,
            });
        }
        keyed.check_types()?;
        check_filter(table, index, &keyed)?;
        let overlaps = |one: &Read, other: &Read| overlap(table, index, one, other);
        let reads = keyed.reads(overlaps)?;
        self.check_order(schema)?;
        match (index, keyed.item_key()) {
            (None, Some(key)) if self.order.is_empty() => {
                table.key.check_key(&key)?;
                Ok(Plan::Get(key))
            }
            _ => self.ranges(table, index, reads),
        }
    }

    /// The key of the one item that a batch or a transaction, `within`, may read.
    ///
    /// # Errors
    /// [`StatementError::SelectWithoutKey`] if the condition is not that alone.
    pub fn only_key(&self, table: &Table, within: &'static str) -> Result<Item, Error> {
        let keyed = Keyed::of(self.condition.as_ref(), &table.key)?;
        let without_key = || StatementError::SelectWithoutKey(within);
        let keyed = keyed.ok_or_else(without_key)?;
        if keyed.is_keyed() {
            keyed.reads(|one, other| overlap(table, None, one, other))?;
        }
        let key = keyed.item_key().filter(|_| self.order.is_empty());
        Ok(key.ok_or_else(without_key)?)
    }

    /// The names of the attributes that the statement looks at.
    pub fn attributes(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        if let Some(condition) = &self.condition {
            condition.for_each_path(&mut |path| names.push(path.root.clone()));
        }
        let wanted = self.wanted.attributes().unwrap_or_default();
        names.extend(wanted.into_iter().map(str::to_owned));
        names
    }

    /// Whether the index does not have all that is wanted, so that the table has to be read too.
    pub fn fetches(&self, table: &Table, index: Option<&Index>) -> bool {
        index.is_some_and(|index| {
            index.reach == Reach::Local && !self.unprojected(table, index).is_empty()
        })
    }

    fn unprojected(&self, table: &Table, index: &Index) -> Vec<String> {
        let wanted = self.wanted.attributes().unwrap_or_default().into_iter();
        wanted
            .filter(|name| !table.is_projected(index, name))
            .map(str::to_owned)
            .collect()
    }

    /// # Errors
    /// [`StatementError::KeyPath`]
    fn check_key_paths(&self, schema: &KeySchema) -> Result<(), StatementError> {
        let mut dissected = None;
        let mut look = |path: &crate::item::Path| {
            if dissected.is_none() && !path.steps.is_empty() && schema.contains(&path.root) {
                dissected = Some(path.root.clone());
            }
        };
        if let Some(condition) = &self.condition {
            condition.for_each_path(&mut look);
        }
        if let Wanted::Columns(columns) = &self.wanted {
            columns.iter().for_each(|column| look(column.path()));
        }
        match dissected {
            Some(name) => Err(StatementError::KeyPath(name)),
            None => Ok(()),
        }
    }

    /// # Errors
    /// [`ParameterError::NotProjected`] if a global index lacks something that is wanted.
    fn check_columns(&self, table: &Table, index: Option<&Index>) -> Result<(), Error> {
        let Some(index) = index.filter(|index| index.reach == Reach::Global) else {
            return Ok(());
        };
        let names = self.unprojected(table, index);
        if names.is_empty() {
            return Ok(());
        }
        let index = index.name.clone();
        Err(ParameterError::NotProjected { index, names }.into())
    }

    /// # Errors
    /// [`StatementError::OrderAttribute`]
    fn check_order(&self, schema: &KeySchema) -> Result<(), StatementError> {
        let mut order = self.order.iter();
        match order.find(|(name, _)| !schema.contains(name)) {
            Some((name, _)) => Err(StatementError::OrderAttribute(name.clone())),
            None => Ok(()),
        }
    }

    fn direction(&self, of: &[crate::key::KeyAttribute]) -> Option<Direction> {
        let is_wanted = |name: &String| of.iter().any(|attribute| attribute.name == *name);
        let mut order = self.order.iter();
        order
            .find(|(name, _)| is_wanted(name))
            .map(|(_, direction)| *direction)
    }

    /// Puts the reads into the order that is asked for.
    fn ranges(
        &self,
        table: &Table,
        index: Option<&Index>,
        mut reads: Vec<Read>,
    ) -> Result<Plan, Error> {
        let schema = schema(table, index);
        let is_first = |read: &Read| {
            let first = reads.first();
            first.is_none_or(|first| first.partition == read.partition)
        };
        let of_partitions = self.direction(&schema.partition);
        if !self.order.is_empty() && of_partitions.is_none() && !reads.iter().all(is_first) {
            return Err(StatementError::OrderWithoutPartition.into());
        }
        // Ordered by the partition key alone, DynamoDB answers the other way round.
        let order = match (self.order.is_empty(), self.direction(&schema.sort)) {
            (true, _) | (false, Some(Direction::Ascending)) => Order::Ascending,
            (false, Some(Direction::Descending) | None) => Order::Descending,
        };
        if !self.order.is_empty() {
            let start = |read: &Read| keys(table, index, read).start;
            let compared = |one: &Read, other: &Read| {
                let by_partition = one.partition.compare(&other.partition);
                let by_partition = by_partition.unwrap_or(std::cmp::Ordering::Equal);
                let by_partition = match of_partitions {
                    Some(Direction::Descending) => by_partition.reverse(),
                    _ => by_partition,
                };
                let by_sort = start(one).cmp(&start(other));
                by_partition.then(match order {
                    Order::Ascending => by_sort,
                    Order::Descending => by_sort.reverse(),
                })
            };
            reads.sort_by(compared);
        }
        let ranges = reads.into_iter().map(|read| Range {
            keys: keys(table, index, &read),
            partition: Some(read.partition),
        });
        Ok(Plan::Ranges {
            ranges: ranges.collect(),
            order,
        })
    }
}

fn wanted(projection: &Projection) -> Result<Wanted, Error> {
    let columns = match projection {
        Projection::Star => return Ok(Wanted::All),
        Projection::Value(_) => return Err(StatementError::SelectValue.into()),
        Projection::Columns(columns) => columns,
    };
    let mut wanted: Vec<Column> = Vec::new();
    for column in columns {
        if column.alias.is_some() {
            return Err(StatementError::Alias.into());
        }
        let path = match &column.what {
            Expr::Path(_, steps) if steps.last() == Some(&super::ast::PathStep::Unpivot) => {
                return Err(StatementError::ProjectAll.into());
            }
            expr @ (Expr::Variable(_) | Expr::Path(..)) => path(expr)?,
            Expr::Statement(_) => return Err(StatementError::ProjectedStatement.into()),
            other => return Err(StatementError::ProjectedComponent(other.span()).into()),
        };
        let column = Column::of_path(path);
        if wanted.iter().any(|other| other.name() == column.name()) {
            return Err(StatementError::RepeatedColumn(column.name().to_owned()).into());
        }
        wanted.push(column);
    }
    Ok(Wanted::Columns(wanted))
}

fn ordering(ordering: &Ordering) -> Result<(String, Direction), StatementError> {
    let direction = ordering.direction.unwrap_or(Direction::Ascending);
    match &ordering.by {
        Expr::Variable(name) => Ok((name.text.clone(), direction)),
        other => Err(StatementError::OrderExpression(other.kind())),
    }
}

fn schema<'t>(table: &'t Table, index: Option<&'t Index>) -> &'t KeySchema {
    index.map_or(&table.key, |index| &index.key)
}

/// Refuses to filter by what an index does not have, if every branch does.
///
/// # Errors
/// [`ParameterError::FilterNotProjected`]
fn check_filter(table: &Table, index: Option<&Index>, keyed: &Keyed<'_, '_>) -> Result<(), Error> {
    let Some(index) = index else { return Ok(()) };
    let mut refused = Vec::new();
    for branch in keyed.branches() {
        let others = branch.others().into_iter();
        let missing = others.filter(|name| !table.is_projected(index, name));
        refused = missing.map(str::to_owned).collect::<Vec<_>>();
        if refused.is_empty() {
            return Ok(());
        }
    }
    let (index, names) = (index.name.clone(), java_order(refused, 16));
    Err(ParameterError::FilterNotProjected { index, names }.into())
}

/// Where the items of a read are.
fn keys(table: &Table, index: Option<&Index>, read: &Read) -> KeyRange {
    let schema = schema(table, index);
    let key = schema.partition.iter();
    let key = key.map(|attribute| (attribute.name.clone(), Value::clone(&read.partition)));
    let Some(partition) = read::partition(table, index, &key.collect()) else {
        return KeyRange::new(vec![], vec![]);
    };
    read.sort
        .iter()
        .fold(partition.range(), |range, condition| {
            let other = partition.matching(condition);
            KeyRange::new(range.start.max(other.start), range.end.min(other.end))
        })
}

fn overlap(table: &Table, index: Option<&Index>, one: &Read, other: &Read) -> bool {
    let (one, other) = (keys(table, index, one), keys(table, index, other));
    let start = one.start.max(other.start);
    start < one.end.min(other.end)
}
