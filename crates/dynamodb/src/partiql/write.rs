//! INSERT, UPDATE, DELETE and EXISTS as changes of one item.

use super::ast::{Delete, Insert, Inserted, Mapping, Returned, Select, Update};
use super::condition::condition;
use super::error::StatementError;
use super::keys::Equated;
use super::operand::{Parameters, item};
use super::select::Query;
use super::update::update;
use crate::change::{Change, Effect};
use crate::error::Error;
use crate::expression::Condition;
use crate::item::{Item, Path};
use crate::key::KeySchema;
use crate::request::{Guard, check_size};
use crate::table::Table;

/// Who judges whether a statement names the key of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyCheck {
    /// The statement is refused, in words of its own.
    Statement,
    /// Whoever locates the item: a transaction tells it as the reason of its cancellation.
    Location,
}

/// A change, and what of the item is answered.
#[derive(Debug)]
pub struct Written {
    pub change: Change,
    pub returned: Option<Mapping>,
}

/// Lowers the statements that write to a table.
#[derive(Debug, Clone, Copy)]
pub struct Writing<'a> {
    pub table: &'a Table,
    pub parameters: &'a Parameters,
    pub keys: KeyCheck,
    /// Whether a failed condition is answered with the item.
    pub shows_item: bool,
}

impl Writing<'_> {
    /// # Errors
    /// [`StatementError`] for what is no single item of the table.
    pub fn insert(&self, insert: &Insert) -> Result<Written, Error> {
        let Inserted::Item {
            item: literal,
            position,
        } = &insert.what
        else {
            return Err(StatementError::SeveralItems.into());
        };
        if position.is_some() {
            return Err(StatementError::InsertAt.into());
        }
        if !insert.returning.is_empty() {
            return Err(StatementError::ReturningInserted.into());
        }
        let item = item(literal, self.parameters)?;
        if self.keys == KeyCheck::Statement {
            check_key(&self.table.key, &item, StatementError::KeyAbsent)?;
        }
        check_size(&item)?;
        Ok(Written {
            change: Change {
                guard: Guard::against_duplicate(self.absent()),
                effect: Effect::Put(item),
            },
            returned: None,
        })
    }

    /// # Errors
    /// [`StatementError`] for what cannot be assigned, or does not name one item.
    pub fn update(&self, statement: &Update) -> Result<Written, Error> {
        let returned = returned(&statement.returning)?;
        let update = update(&statement.modifications, self.parameters)?;
        let (key, rest) = self.key(statement.condition.as_ref())?;
        // Only an item that is there can be updated.
        let mut terms = vec![Condition::Not(Box::new(self.absent()))];
        terms.extend(rest);
        let condition = Condition::And(terms);
        Ok(Written {
            change: Change {
                guard: Guard::new(Some(condition), self.shows_item),
                effect: Effect::Update { key, update },
            },
            returned,
        })
    }

    /// # Errors
    /// [`StatementError`] for what does not name one item.
    pub fn delete(&self, statement: &Delete) -> Result<Written, Error> {
        let returned = returned(&statement.returning)?;
        if let Some(mapping) = returned.filter(|mapping| *mapping != Mapping::AllOld) {
            return Err(StatementError::ReturningDeleted(mapping.text()).into());
        }
        let (key, rest) = self.key(statement.condition.as_ref())?;
        // Nothing is a fine item to delete.
        let is_conditional = !rest.is_empty();
        let condition = Condition::Or(vec![self.absent(), Condition::And(rest)]);
        let condition = is_conditional.then_some(condition);
        Ok(Written {
            change: Change {
                guard: Guard::new(condition, self.shows_item),
                effect: Effect::Delete { key },
            },
            returned,
        })
    }

    /// # Errors
    /// [`StatementError::ExistsCondition`] for anything but a key and a condition.
    pub fn exists(&self, select: &Select) -> Result<Written, Error> {
        let query = Query::lower(select, self.parameters)?;
        let Equated { key, rest, .. } = Equated::of(query.condition, &self.table.key);
        let is_complete = key.len() == self.table.key.attributes().count();
        if !is_complete || rest.is_empty() {
            return Err(StatementError::ExistsCondition.into());
        }
        Ok(Written {
            change: Change {
                guard: Guard::new(Some(Condition::And(rest)), self.shows_item),
                effect: Effect::Check { key },
            },
            returned: None,
        })
    }

    /// The condition that there is no item.
    fn absent(&self) -> Condition {
        let first = self.table.key.partition.first();
        let name = first.map_or("", |attribute| attribute.name.as_str());
        Condition::NotExists(Path::attribute(name))
    }

    /// The key that a WHERE clause names, and its other conditions.
    fn key(&self, clause: Option<&super::ast::Expr>) -> Result<(Item, Vec<Condition>), Error> {
        let condition = match clause {
            Some(expr) => Some(condition(expr, self.parameters)?),
            None => None,
        };
        if let Some(condition) = &condition {
            check_key_paths(&self.table.key, condition)?;
        }
        let Equated {
            mut key,
            conflict,
            rest,
        } = Equated::of(condition, &self.table.key);
        match (self.keys, conflict) {
            (KeyCheck::Statement, conflict) => {
                check_key(&self.table.key, &key, |_| StatementError::IncompleteKey)?;
                if let Some(name) = conflict {
                    return Err(StatementError::SeveralKeys(name).into());
                }
            }
            // What is to equal two values has none.
            (KeyCheck::Location, Some(name)) => drop(key.remove(&name)),
            (KeyCheck::Location, None) => {}
        }
        Ok((key, rest))
    }
}

/// # Errors
/// [`StatementError::KeyPath`]
fn check_key_paths(schema: &KeySchema, condition: &Condition) -> Result<(), StatementError> {
    let mut dissected = None;
    condition.for_each_path(&mut |path| {
        if dissected.is_none() && !path.steps.is_empty() && schema.contains(&path.root) {
            dissected = Some(path.root.clone());
        }
    });
    match dissected {
        Some(name) => Err(StatementError::KeyPath(name)),
        None => Ok(()),
    }
}

/// # Errors
/// What `absent` makes of a key attribute that is missing, or [`StatementError::KeyType`].
fn check_key(
    schema: &KeySchema,
    item: &Item,
    absent: impl Fn(String) -> StatementError,
) -> Result<(), StatementError> {
    for attribute in schema.attributes() {
        let name = || attribute.name.clone();
        let value = item.get(&attribute.name).ok_or_else(|| absent(name()))?;
        if value.type_of() != attribute.kind {
            return Err(StatementError::KeyType(name()));
        }
    }
    Ok(())
}

fn returned(returning: &[Returned]) -> Result<Option<Mapping>, StatementError> {
    match returning {
        [] => Ok(None),
        [
            Returned {
                mapping,
                column: None,
            },
        ] => Ok(Some(*mapping)),
        [_] => Err(StatementError::ReturningNoStar),
        _ => Err(StatementError::SeveralReturned),
    }
}
