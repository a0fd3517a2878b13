//! What a condition says of a key: which parts of a table or index have to be read.
//!
//! A condition is taken apart into branches, of which an item has to meet one: the alternatives
//! about key attributes, but not those about others. If every branch equates the partition key,
//! each is a read of its own. DynamoDB refuses branches that read the same item twice, unless a
//! sort key condition is negated: then it reads the partitions.

use super::error::StatementError;
use crate::error::Error;
use crate::expression::{Comparator, Condition, Operand};
use crate::item::{Item, Path, Value};
use crate::key::{KeyAttribute, KeyError, KeySchema, SortCondition, is_empty};
use std::sync::Arc;

/// How many reads a statement may come to.
const MAX_READS: usize = 50;
/// How many branches are looked at before giving up.
const MAX_BRANCHES: usize = 1024;

/// One alternative of a condition.
#[derive(Debug, Clone, Default)]
pub struct Branch<'c> {
    /// The values that the partition key is to equal, each once.
    partition: Vec<Arc<Value>>,
    sort: Vec<SortCondition>,
    is_sort_negated: bool,
    /// Everything but the conditions above.
    rest: Vec<&'c Condition>,
}

/// What is to be read of one partition.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub partition: Arc<Value>,
    /// All of which the sort key meets.
    pub sort: Vec<SortCondition>,
}

/// A condition seen from a key of one partition key attribute and at most one sort key attribute.
#[derive(Debug)]
pub struct Keyed<'c, 's> {
    partition: &'s KeyAttribute,
    sort: Option<&'s KeyAttribute>,
    branches: Vec<Branch<'c>>,
}

impl<'c, 's> Keyed<'c, 's> {
    /// Takes `condition` apart; nothing if the key has more attributes than that.
    ///
    /// # Errors
    /// [`StatementError::TooManyReads`]
    pub fn of(
        condition: Option<&'c Condition>,
        key: &'s KeySchema,
    ) -> Result<Option<Keyed<'c, 's>>, StatementError> {
        let ([partition], [] | [_]) = (key.partition.as_slice(), key.sort.as_slice()) else {
            return Ok(None);
        };
        let mut keyed = Keyed {
            partition,
            sort: key.sort.first(),
            branches: vec![Branch::default()],
        };
        if let Some(condition) = condition {
            keyed.branches = keyed.branches_of(condition)?;
        }
        Ok(Some(keyed))
    }

    pub fn branches(&self) -> &[Branch<'c>] {
        &self.branches
    }

    /// Whether every branch equates the partition key, so that partitions are read and not all.
    pub fn is_keyed(&self) -> bool {
        let mut branches = self.branches.iter();
        branches.all(|branch| !branch.partition.is_empty())
    }

    fn branches_of(&self, condition: &'c Condition) -> Result<Vec<Branch<'c>>, StatementError> {
        match condition {
            Condition::And(terms) => {
                // Those without alternatives are met by all branches.
                let mut common = Branch::default();
                let mut alternatives = Vec::new();
                for term in terms {
                    let branches = self.branches_of(term)?;
                    match branches.as_slice() {
                        [alone] => common.meet(alone),
                        _ => alternatives.push(branches),
                    }
                }
                let mut all = vec![common];
                for branches in alternatives {
                    all = crossed(&all, &branches)?;
                }
                Ok(all)
            }
            Condition::Or(terms) if self.mentions_key(condition) => {
                let mut all = Vec::new();
                for term in terms {
                    all.extend(self.branches_of(term)?);
                }
                Ok(all)
            }
            Condition::In {
                operand: Operand::Path(path),
                list,
            } if self.is_key(path) => match values(list) {
                Some(values) => Ok(values.into_iter().map(|v| self.equating(path, v)).collect()),
                None => Ok(vec![self.other(condition)]),
            },
            leaf => Ok(vec![self.leaf(leaf)]),
        }
    }

    fn is_key(&self, path: &Path) -> bool {
        self.is_partition(path) || self.is_sort(path)
    }

    fn is_partition(&self, path: &Path) -> bool {
        path.steps.is_empty() && path.root == self.partition.name
    }

    fn is_sort(&self, path: &Path) -> bool {
        path.steps.is_empty() && self.sort.is_some_and(|sort| path.root == sort.name)
    }

    fn mentions_key(&self, condition: &Condition) -> bool {
        let mut is_mentioned = false;
        condition.for_each_path(&mut |path| is_mentioned |= self.is_key(path));
        is_mentioned
    }

    /// The branch in which a key attribute equals a value.
    fn equating(&self, path: &Path, value: Arc<Value>) -> Branch<'c> {
        let mut branch = Branch::default();
        if self.is_partition(path) {
            branch.partition.push(value);
        } else {
            branch.sort.push(SortCondition::Equal(Value::clone(&value)));
        }
        branch
    }

    fn leaf(&self, leaf: &'c Condition) -> Branch<'c> {
        let Some((path, sort)) = clause(leaf).filter(|(path, _)| self.is_key(path)) else {
            return self.other(leaf);
        };
        match sort {
            SortCondition::Equal(value) => self.equating(path, Arc::new(value)),
            sort if self.is_sort(path) => Branch {
                sort: vec![sort],
                ..Branch::default()
            },
            _ => self.other(leaf),
        }
    }

    fn other(&self, condition: &'c Condition) -> Branch<'c> {
        let is_negation = matches!(
            condition,
            Condition::Not(_)
                | Condition::Compare {
                    comparator: Comparator::NotEqual,
                    ..
                }
        );
        let mut names_sort = false;
        condition.for_each_path(&mut |path| names_sort |= self.is_sort(path));
        Branch {
            is_sort_negated: is_negation && names_sort,
            rest: vec![condition],
            ..Branch::default()
        }
    }

    /// Checks the values that key attributes are compared with.
    ///
    /// # Errors
    /// [`StatementError::KeyType`], or [`KeyError::Empty`].
    pub fn check_types(&self) -> Result<(), Error> {
        for branch in &self.branches {
            for value in &branch.partition {
                check_value(self.partition, value)?;
            }
            for sort in &branch.sort {
                for value in sort.values() {
                    if let Some(attribute) = self.sort {
                        check_value(attribute, value)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The reads that the branches come to, none of which overlap.
    ///
    /// # Errors
    /// [`StatementError::Overlap`] or [`StatementError::TooManyReads`]
    pub fn reads(
        &self,
        overlap: impl Fn(&Read, &Read) -> bool,
    ) -> Result<Vec<Read>, StatementError> {
        let is_single = self.branches.len() == 1;
        let is_negated = self.branches.iter().any(|branch| branch.is_sort_negated);
        let mut reads: Vec<Read> = Vec::new();
        for branch in &self.branches {
            let Some(partition) = branch.partition.first() else {
                continue;
            };
            let mut read = Read {
                partition: Arc::clone(partition),
                sort: branch.sort.clone(),
            };
            if is_negated && !is_single {
                read.sort.clear();
                if reads.contains(&read) {
                    continue;
                }
            } else if reads.iter().any(|other| overlap(other, &read)) {
                return Err(StatementError::Overlap);
            }
            reads.push(read);
        }
        if reads.len() > MAX_READS {
            return Err(StatementError::TooManyReads);
        }
        Ok(reads)
    }

    /// The key of the one item that the condition names, if it says nothing else.
    pub fn item_key(&self) -> Option<Item> {
        let [branch] = self.branches.as_slice() else {
            return None;
        };
        let [partition] = branch.partition.as_slice() else {
            return None;
        };
        if !branch.rest.is_empty() {
            return None;
        }
        let mut key = Item::new();
        key.insert(self.partition.name.clone(), Value::clone(partition));
        let equals = branch.sort.iter().map(|condition| match condition {
            SortCondition::Equal(value) => Some(value),
            _ => None,
        });
        let equals = equals.collect::<Option<Vec<_>>>()?;
        match (self.sort, equals.as_slice()) {
            (None, []) => {}
            (Some(sort), [value, others @ ..]) if others.iter().all(|other| other == value) => {
                key.insert(sort.name.clone(), Value::clone(value));
            }
            _ => return None,
        }
        Some(key)
    }
}

impl<'c> Branch<'c> {
    /// Adds what another branch demands.
    fn meet(&mut self, other: &Branch<'c>) {
        for value in &other.partition {
            if !self.partition.contains(value) {
                self.partition.push(Arc::clone(value));
            }
        }
        self.sort.extend(other.sort.iter().cloned());
        self.is_sort_negated |= other.is_sort_negated;
        self.rest.extend(&other.rest);
    }

    /// The attributes that the branch looks at beside the key, each once, in the order of the text.
    pub fn others(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for condition in &self.rest {
            condition.for_each_path(&mut |path| {
                if !names.contains(&path.root.as_str()) {
                    names.push(path.root.as_str());
                }
            });
        }
        names
    }
}

/// The branches in which both conditions are met.
fn crossed<'c>(
    left: &[Branch<'c>],
    right: &[Branch<'c>],
) -> Result<Vec<Branch<'c>>, StatementError> {
    if left.len().saturating_mul(right.len()) > MAX_BRANCHES {
        return Err(StatementError::TooManyReads);
    }
    let pairs = left
        .iter()
        .flat_map(|one| right.iter().map(move |two| (one, two)));
    let both = pairs.map(|(one, two)| {
        let mut both = one.clone();
        both.meet(two);
        both
    });
    Ok(both.collect())
}

fn values(operands: &[Operand]) -> Option<Vec<Arc<Value>>> {
    let values = operands.iter().map(|operand| match operand {
        Operand::Value(value) => Some(Arc::clone(value)),
        _ => None,
    });
    values.collect()
}

/// A comparison of one attribute with values, as a condition on a sort key has to be.
fn clause(condition: &Condition) -> Option<(&Path, SortCondition)> {
    match condition {
        Condition::Compare {
            comparator,
            left,
            right,
        } => {
            let (path, comparator, value) = match (left, right) {
                (Operand::Path(path), Operand::Value(value)) => (path, *comparator, value),
                (Operand::Value(value), Operand::Path(path)) => {
                    (path, comparator.mirrored(), value)
                }
                _ => return None,
            };
            let value = Value::clone(value);
            let clause = match comparator {
                Comparator::Equal => SortCondition::Equal(value),
                Comparator::NotEqual => return None,
                Comparator::Less => SortCondition::Less(value),
                Comparator::LessOrEqual => SortCondition::LessOrEqual(value),
                Comparator::Greater => SortCondition::Greater(value),
                Comparator::GreaterOrEqual => SortCondition::GreaterOrEqual(value),
            };
            Some((path, clause))
        }
        Condition::Between {
            operand: Operand::Path(path),
            low: Operand::Value(low),
            high: Operand::Value(high),
        } => {
            let (low, high) = (Value::clone(low), Value::clone(high));
            Some((path, SortCondition::Between(low, high)))
        }
        Condition::BeginsWith {
            operand: Operand::Path(path),
            prefix: Operand::Value(prefix),
        } => Some((path, SortCondition::BeginsWith(Value::clone(prefix)))),
        _ => None,
    }
}

fn check_value(attribute: &KeyAttribute, value: &Value) -> Result<(), Error> {
    let name = attribute.name.clone();
    if value.type_of() != attribute.kind {
        return Err(StatementError::KeyType(name).into());
    }
    if is_empty(value) {
        let kind = attribute.kind;
        return Err(KeyError::Empty { name, kind }.into());
    }
    Ok(())
}

/// The key attributes that a condition equates, and the rest of it: what a write or an EXISTS
/// makes of its WHERE clause.
#[derive(Debug, Default)]
pub struct Equated {
    /// The first value of each.
    pub key: Item,
    /// A key attribute that is to equal two values.
    pub conflict: Option<String>,
    pub rest: Vec<Condition>,
}

impl Equated {
    pub fn of(condition: Option<Condition>, key: &KeySchema) -> Equated {
        let mut equated = Equated::default();
        if let Some(condition) = condition {
            equated.take(condition, key);
        }
        equated
    }

    fn take(&mut self, condition: Condition, schema: &KeySchema) {
        if let Condition::And(terms) = condition {
            terms.into_iter().for_each(|term| self.take(term, schema));
            return;
        }
        let equality = match clause(&condition) {
            Some((path, SortCondition::Equal(value)))
                if path.steps.is_empty() && schema.contains(&path.root) =>
            {
                (path.root.clone(), value)
            }
            _ => {
                self.rest.push(condition);
                return;
            }
        };
        let (name, value) = equality;
        match self.key.get(&name) {
            None => {
                self.key.insert(name, value);
            }
            Some(first) if *first == value => {}
            Some(_) => {
                self.conflict.get_or_insert(name);
                self.rest.push(condition);
            }
        }
    }
}
