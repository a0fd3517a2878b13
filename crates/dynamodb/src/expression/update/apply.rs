//! What updates do to an item.
//!
//! Everything is read from the item as it was. Writes then happen in the order of their paths, so
//! that elements appended to a list keep the order of their indexes, and removals last, from the
//! back, so that no removal moves an element that another one names.

use super::{Action, Expression, Operand, Update, UpdateError};
use crate::item::{Item, Path, Step, Value};
use crate::number::Number;
use std::sync::Arc;

/// What becomes of a path.
enum Effect {
    Write(Value),
    Remove,
}

impl Update {
    /// Applies the update to an item, which must hold its key attributes already.
    ///
    /// # Errors
    /// [`UpdateError`]; the item is unchanged then.
    pub fn apply(&self, item: &mut Item) -> Result<(), UpdateError> {
        let effects = self.effects(item)?;
        self.paths().try_for_each(|path| check_parent(path, item))?;
        let mut writes: Vec<(&Path, Value)> = Vec::new();
        let mut removals: Vec<&Path> = Vec::new();
        for (path, effect) in effects {
            match effect {
                Effect::Write(value) => writes.push((path, value)),
                Effect::Remove if path.resolve(item).is_some() => removals.push(path),
                Effect::Remove => {}
            }
        }
        writes.sort_by_key(|(path, _)| *path);
        removals.sort();
        writes
            .into_iter()
            .for_each(|(path, value)| write(item, path, value));
        removals
            .into_iter()
            .rev()
            .for_each(|path| remove(item, path));
        Ok(())
    }

    fn effects(&self, item: &Item) -> Result<Vec<(&Path, Effect)>, UpdateError> {
        let mut effects = Vec::with_capacity(self.actions.len());
        for (path, action) in &self.actions {
            if let Action::Set(expression) = action {
                effects.push((path, Effect::Write(expression.value(item)?)));
            }
        }
        for (path, action) in &self.actions {
            let effect = match action {
                Action::Set(_) => None,
                Action::Remove => Some(Effect::Remove),
                Action::Add(value) => Some(Effect::Write(added(path.resolve(item), value)?)),
                Action::Delete(value) => deleted(path.resolve(item), value)?,
            };
            effects.extend(effect.map(|effect| (path, effect)));
        }
        Ok(effects)
    }
}

impl Expression {
    fn value(&self, item: &Item) -> Result<Value, UpdateError> {
        match self {
            Expression::Operand(operand) => operand.value(item),
            Expression::Sum(left, right) => {
                let (left, right) = (left.number(item)?, right.number(item)?);
                Ok(Value::N(left.checked_add(right)?))
            }
            Expression::Difference(left, right) => {
                let (left, right) = (left.number(item)?, right.number(item)?);
                Ok(Value::N(left.checked_sub(right)?))
            }
        }
    }
}

impl Operand {
    fn value(&self, item: &Item) -> Result<Value, UpdateError> {
        match self {
            Operand::Path(path) => path
                .resolve(item)
                .cloned()
                .ok_or(UpdateError::MissingOperand),
            Operand::Value(value) => Ok(Value::clone(value)),
            Operand::IfNotExists(path, otherwise) => match path.resolve(item) {
                Some(value) => Ok(value.clone()),
                None => otherwise.value(item),
            },
            Operand::ListAppend(left, right) => match (left.value(item)?, right.value(item)?) {
                (Value::L(mut list), Value::L(tail)) => {
                    list.extend(tail);
                    Ok(Value::L(list))
                }
                _ => Err(UpdateError::OperandType),
            },
        }
    }

    fn number(&self, item: &Item) -> Result<Number, UpdateError> {
        match self.value(item)? {
            Value::N(number) => Ok(number),
            _ => Err(UpdateError::OperandType),
        }
    }
}

/// What ADD makes of a value.
fn added(existing: Option<&Value>, value: &Arc<Value>) -> Result<Value, UpdateError> {
    let Some(existing) = existing else {
        return Ok(Value::clone(value));
    };
    match (existing.clone(), Value::clone(value)) {
        (Value::N(number), Value::N(by)) => Ok(Value::N(number.checked_add(by)?)),
        (Value::Ss(mut set), Value::Ss(more)) => {
            set.union(more);
            Ok(Value::Ss(set))
        }
        (Value::Ns(mut set), Value::Ns(more)) => {
            set.union(more);
            Ok(Value::Ns(set))
        }
        (Value::Bs(mut set), Value::Bs(more)) => {
            set.union(more);
            Ok(Value::Bs(set))
        }
        // Only the legacy parameters add lists.
        (Value::L(mut list), Value::L(tail)) => {
            list.extend(tail);
            Ok(Value::L(list))
        }
        _ => Err(UpdateError::OperandType),
    }
}

/// What DELETE makes of a value: nothing where there is none.
fn deleted(existing: Option<&Value>, value: &Arc<Value>) -> Result<Option<Effect>, UpdateError> {
    let Some(existing) = existing else {
        return Ok(None);
    };
    let rest = match (existing.clone(), &**value) {
        (Value::Ss(set), Value::Ss(less)) => set.difference(less).map(Value::Ss),
        (Value::Ns(set), Value::Ns(less)) => set.difference(less).map(Value::Ns),
        (Value::Bs(set), Value::Bs(less)) => set.difference(less).map(Value::Bs),
        _ => return Err(UpdateError::OperandType),
    };
    Ok(Some(rest.map_or(Effect::Remove, Effect::Write)))
}

/// # Errors
/// [`UpdateError::Path`] unless the value that the last step leads into is there and of its type.
fn check_parent(path: &Path, item: &Item) -> Result<(), UpdateError> {
    let Some((last, steps)) = path.steps.split_last() else {
        return Ok(());
    };
    let parent = item.get(&path.root).and_then(|root| root.at(steps));
    match (last, parent) {
        (Step::Key(_), Some(Value::M(_))) | (Step::Index(_), Some(Value::L(_))) => Ok(()),
        _ => Err(UpdateError::Path),
    }
}

fn write(item: &mut Item, path: &Path, value: Value) {
    let Some((last, steps)) = path.steps.split_last() else {
        item.insert(path.root.clone(), value);
        return;
    };
    match (
        last,
        item.get_mut(&path.root).and_then(|root| root.at_mut(steps)),
    ) {
        (Step::Key(name), Some(Value::M(map))) => {
            map.insert(name.clone(), value);
        }
        (Step::Index(index), Some(Value::L(list))) => match list.get_mut(*index) {
            Some(element) => *element = value,
            None => list.push(value),
        },
        _ => {}
    }
}

fn remove(item: &mut Item, path: &Path) {
    let Some((last, steps)) = path.steps.split_last() else {
        item.remove(&path.root);
        return;
    };
    match (
        last,
        item.get_mut(&path.root).and_then(|root| root.at_mut(steps)),
    ) {
        (Step::Key(name), Some(Value::M(map))) => {
            map.remove(name);
        }
        (Step::Index(index), Some(Value::L(list))) if *index < list.len() => {
            list.remove(*index);
        }
        _ => {}
    }
}
