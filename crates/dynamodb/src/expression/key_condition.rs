//! Key conditions: an equality on every partition key attribute, and a range of the sort key.
//!
//! Two steps, because AWS reports the first before it looks the table up: what no key condition
//! may be, whatever the key ([`KeyCondition::new`]), and what does not fit the key
//! ([`KeyCondition::bind`]).

use super::{Comparator, Condition, Operand};
use crate::item::{Item, Value};
use crate::key::{KeySchema, SortCondition};
use std::sync::Arc;

/// Conditions on attributes, each on another one, in the order of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyCondition(Vec<(String, Clause)>);

/// A condition on one attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    Compare(Comparator, Arc<Value>),
    Between(Arc<Value>, Arc<Value>),
    BeginsWith(Arc<Value>),
    /// What the legacy parameter can say and no key can be searched by.
    NotIndexable,
}

/// A key condition that fits a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The partition key attributes and their values.
    pub partition: Item,
    /// Conditions on the first sort key attributes; all but the last are equalities.
    pub sort: Vec<SortCondition>,
}

/// Why a condition is no key condition, or none for this key.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum KeyConditionError {
    #[error("Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: {0}")]
    Operator(&'static str),
    #[error(
        "Invalid KeyConditionExpression: KeyConditionExpressions cannot contain nested operations"
    )]
    NestedOperation,
    #[error(
        "Invalid KeyConditionExpression: Invalid condition in KeyConditionExpression: {0} operator must have the key attribute as its first operand"
    )]
    FirstOperand(&'static str),
    #[error(
        "Invalid KeyConditionExpression: Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
    )]
    SeveralNames,
    #[error(
        "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes"
    )]
    NestedAttribute,
    #[error(
        "Invalid KeyConditionExpression: Invalid condition in KeyConditionExpression: No key attribute specified"
    )]
    NoName,
    #[error(
        "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"
    )]
    Repeated,
    #[error(
        "The number of query conditions ({given}) exceeds the number of key attributes defined in the schema ({defined})"
    )]
    TooMany { given: usize, defined: usize },
    #[error("Query condition missed key schema element: {0}")]
    Missed(String),
    #[error("Query key condition not supported")]
    Unsupported,
    #[error("Attempted conditional constraint is not an indexable operation")]
    NotIndexable,
    #[error("HASH key attributes [{}] must have equality conditions specified in the query", .0.join(", "))]
    PartitionEqualities(Vec<String>),
    #[error(
        "RANGE key attributes [{}] must have equality conditions specified in the query",
        .0.join(", ")
    )]
    SortEqualities(Vec<String>),
    #[error(
        "One or more parameter values were invalid: Condition parameter type does not match schema type"
    )]
    Type,
    #[error(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
    )]
    PartitionTooLong,
    #[error(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
    )]
    SortTooLong,
    #[error(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {kind} value. Key: {name}"
    )]
    Empty { name: String, kind: &'static str },
}

type Checked<T> = Result<T, KeyConditionError>;

impl KeyCondition {
    /// # Errors
    /// [`KeyConditionError`] with what AWS reports first.
    pub fn new(condition: Condition) -> Checked<KeyCondition> {
        let mut clauses = Vec::new();
        collect(condition, &mut clauses)?;
        Ok(KeyCondition(clauses))
    }

    /// The key condition of the legacy `KeyConditions`.
    pub fn of(clauses: Vec<(String, Clause)>) -> KeyCondition {
        KeyCondition(clauses)
    }

    /// Fits the condition to a key.
    ///
    /// # Errors
    /// [`KeyConditionError`] with what AWS reports first.
    pub fn bind(&self, schema: &KeySchema) -> Checked<Bound> {
        let defined = schema.attributes().count();
        if self.0.len() > defined {
            return Err(KeyConditionError::TooMany {
                given: self.0.len(),
                defined,
            });
        }
        let partition = self.bind_partition(schema)?;
        let sort = self.bind_sort(schema)?;
        let bound_count = partition.len() + sort.len();
        if bound_count < self.0.len() {
            return Err(self.missed_sort(schema));
        }
        self.check_values(schema)?;
        Ok(Bound { partition, sort })
    }

    fn clause(&self, name: &str) -> Option<&Clause> {
        self.0
            .iter()
            .find(|(attribute, _)| attribute == name)
            .map(|(_, clause)| clause)
    }

    fn bind_partition(&self, schema: &KeySchema) -> Checked<Item> {
        let equality = |name: &str| match self.clause(name) {
            Some(Clause::Compare(Comparator::Equal, value)) => Some(Value::clone(value)),
            _ => None,
        };
        let missing: Vec<&String> = schema
            .partition
            .iter()
            .map(|attribute| &attribute.name)
            .filter(|name| equality(name).is_none())
            .collect();
        if let [name] = missing.as_slice()
            && schema.partition.len() == 1
            && schema.sort.len() <= 1
        {
            return Err(self.no_equality(schema, name));
        }
        if !missing.is_empty() {
            let missing = missing.into_iter().cloned().collect();
            return Err(KeyConditionError::PartitionEqualities(missing));
        }
        let entries = schema.partition.iter();
        Ok(entries
            .filter_map(|a| Some((a.name.clone(), equality(&a.name)?)))
            .collect())
    }

    /// Why the clause on the only partition key attribute is no equality.
    fn no_equality(&self, schema: &KeySchema, name: &str) -> KeyConditionError {
        match self.clause(name) {
            None => KeyConditionError::Missed(name.to_owned()),
            Some(Clause::NotIndexable) => KeyConditionError::NotIndexable,
            Some(_) => match self.check_values(schema) {
                Err(KeyConditionError::Type) => KeyConditionError::Type,
                _ => KeyConditionError::Unsupported,
            },
        }
    }

    fn bind_sort(&self, schema: &KeySchema) -> Checked<Vec<SortCondition>> {
        let mut bound = Vec::new();
        let mut open: Vec<String> = Vec::new();
        for attribute in &schema.sort {
            let Some(clause) = self.clause(&attribute.name) else {
                open.push(attribute.name.clone());
                continue;
            };
            if !open.is_empty() {
                return Err(KeyConditionError::SortEqualities(open));
            }
            let condition = clause.to_sort_condition()?;
            if !matches!(condition, SortCondition::Equal(_)) {
                open.push(attribute.name.clone());
            }
            bound.push(condition);
        }
        Ok(bound)
    }

    /// With the partition key complete, a clause on anything else leaves a sort key without one.
    fn missed_sort(&self, schema: &KeySchema) -> KeyConditionError {
        let unmatched = schema
            .sort
            .iter()
            .find(|attribute| self.clause(&attribute.name).is_none());
        match unmatched {
            Some(attribute) => KeyConditionError::Missed(attribute.name.clone()),
            None => KeyConditionError::Unsupported,
        }
    }

    fn check_values(&self, schema: &KeySchema) -> Checked<()> {
        for (name, clause) in &self.0 {
            let attribute = schema
                .attributes()
                .find(|attribute| attribute.name == *name);
            let is_partition = schema
                .partition
                .iter()
                .any(|attribute| attribute.name == *name);
            for value in clause.values() {
                if attribute.is_some_and(|attribute| attribute.kind != value.type_of()) {
                    return Err(KeyConditionError::Type);
                }
                check_key_value(name, value, is_partition)?;
            }
        }
        Ok(())
    }
}

fn check_key_value(name: &str, value: &Value, is_partition: bool) -> Checked<()> {
    if crate::key::is_empty(value) {
        let kind = crate::key::emptiness(value.type_of());
        return Err(KeyConditionError::Empty {
            name: name.to_owned(),
            kind,
        });
    }
    let length = match value {
        Value::S(text) => text.len(),
        Value::B(bytes) => bytes.len(),
        _ => 0,
    };
    match is_partition {
        true if length > crate::key::MAX_PARTITION_KEY_BYTES => {
            Err(KeyConditionError::PartitionTooLong)
        }
        false if length > crate::key::MAX_SORT_KEY_BYTES => Err(KeyConditionError::SortTooLong),
        _ => Ok(()),
    }
}

impl Clause {
    fn values(&self) -> Vec<&Value> {
        match self {
            Clause::Compare(_, value) | Clause::BeginsWith(value) => vec![value],
            Clause::Between(low, high) => vec![low, high],
            Clause::NotIndexable => vec![],
        }
    }

    fn to_sort_condition(&self) -> Checked<SortCondition> {
        let value = |value: &Arc<Value>| Value::clone(value);
        Ok(match self {
            Clause::Compare(Comparator::Equal, v) => SortCondition::Equal(value(v)),
            Clause::Compare(Comparator::Less, v) => SortCondition::Less(value(v)),
            Clause::Compare(Comparator::LessOrEqual, v) => SortCondition::LessOrEqual(value(v)),
            Clause::Compare(Comparator::Greater, v) => SortCondition::Greater(value(v)),
            Clause::Compare(Comparator::GreaterOrEqual, v) => {
                SortCondition::GreaterOrEqual(value(v))
            }
            Clause::Compare(Comparator::NotEqual, _) => return Err(KeyConditionError::Unsupported),
            Clause::Between(low, high) => SortCondition::Between(value(low), value(high)),
            Clause::BeginsWith(prefix) => SortCondition::BeginsWith(value(prefix)),
            Clause::NotIndexable => return Err(KeyConditionError::NotIndexable),
        })
    }
}

/// Takes a condition apart into clauses, one after the other.
fn collect(condition: Condition, clauses: &mut Vec<(String, Clause)>) -> Checked<()> {
    let (name, clause) = match condition {
        Condition::And(terms) => {
            return terms
                .into_iter()
                .try_for_each(|term| collect(term, clauses));
        }
        Condition::Or(_) => return Err(KeyConditionError::Operator("OR")),
        Condition::Not(_) => return Err(KeyConditionError::Operator("NOT")),
        Condition::In { .. } => return Err(KeyConditionError::Operator("IN")),
        Condition::Exists(_) => return Err(KeyConditionError::Operator("attribute_exists")),
        Condition::NotExists(_) => return Err(KeyConditionError::Operator("attribute_not_exists")),
        Condition::IsOfType { .. } => return Err(KeyConditionError::Operator("attribute_type")),
        Condition::Contains { .. } => return Err(KeyConditionError::Operator("contains")),
        Condition::Compare {
            comparator: Comparator::NotEqual,
            ..
        } => {
            return Err(KeyConditionError::Operator("<>"));
        }
        Condition::Compare {
            comparator,
            left,
            right,
        } => comparison(comparator, left, right)?,
        Condition::Between { operand, low, high } => {
            let name = first_operand("BETWEEN", operand, [&low, &high])?;
            (name, Clause::Between(value(low)?, value(high)?))
        }
        Condition::BeginsWith { operand, prefix } => {
            let name = first_operand("begins_with", operand, [&prefix])?;
            (name, Clause::BeginsWith(value(prefix)?))
        }
    };
    if clauses.iter().any(|(attribute, _)| *attribute == name) {
        return Err(KeyConditionError::Repeated);
    }
    clauses.push((name, clause));
    Ok(())
}

fn comparison(comparator: Comparator, left: Operand, right: Operand) -> Checked<(String, Clause)> {
    check_names([&left, &right])?;
    match (left, right) {
        (Operand::Path(path), Operand::Value(value)) => {
            Ok((path.root, Clause::Compare(comparator, value)))
        }
        (Operand::Value(value), Operand::Path(path)) => {
            Ok((path.root, Clause::Compare(comparator.mirrored(), value)))
        }
        _ => Err(KeyConditionError::NoName),
    }
}

fn first_operand<const N: usize>(
    operator: &'static str,
    first: Operand,
    rest: [&Operand; N],
) -> Checked<String> {
    match first {
        Operand::Path(path) => {
            if !path.steps.is_empty() {
                return Err(KeyConditionError::NestedAttribute);
            }
            for operand in rest {
                match operand {
                    Operand::Path(_) => return Err(KeyConditionError::SeveralNames),
                    Operand::Size(_) | Operand::Condition(_) => {
                        return Err(KeyConditionError::NestedOperation);
                    }
                    Operand::Value(_) => {}
                }
            }
            Ok(path.root)
        }
        _ => Err(KeyConditionError::FirstOperand(operator)),
    }
}

/// In the order of the operands: nested operations, more than one name, nested attributes.
fn check_names(operands: [&Operand; 2]) -> Checked<()> {
    let mut has_name = false;
    for operand in operands {
        match operand {
            Operand::Size(_) | Operand::Condition(_) => {
                return Err(KeyConditionError::NestedOperation);
            }
            Operand::Path(_) if has_name => return Err(KeyConditionError::SeveralNames),
            Operand::Path(path) if !path.steps.is_empty() => {
                return Err(KeyConditionError::NestedAttribute);
            }
            Operand::Path(_) => has_name = true,
            Operand::Value(_) => {}
        }
    }
    Ok(())
}

fn value(operand: Operand) -> Checked<Arc<Value>> {
    match operand {
        Operand::Value(value) => Ok(value),
        Operand::Path(_) => Err(KeyConditionError::SeveralNames),
        Operand::Size(_) | Operand::Condition(_) => Err(KeyConditionError::NestedOperation),
    }
}

#[cfg(test)]
mod tests;
