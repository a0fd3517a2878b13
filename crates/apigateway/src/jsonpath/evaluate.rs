//! Steps over a document.

use super::{Comparison, Condition, Error, Found, JsonPath, MAX_VISITS, Negation, Operand, Step};
use crate::json::{Json, Number};
use std::cmp::Ordering;

pub(super) fn evaluate<R>(
    path: &JsonPath,
    document: &Json,
    with: impl FnOnce(Found<'_>) -> R,
) -> Result<R, Error> {
    let mut walk = Walk {
        root: document,
        visits: 0,
    };
    let (steps, length) = split_length(&path.steps);
    let found = walk.places(steps, document)?;
    if length {
        let lengths: Vec<Json> = found.into_iter().filter_map(length_of).collect();
        return Ok(with(shape(path, lengths.iter().collect())));
    }
    Ok(with(shape(path, found)))
}

fn shape<'a>(path: &JsonPath, found: Vec<&'a Json>) -> Found<'a> {
    if path.is_definite() {
        found
            .first()
            .map_or(Found::Nothing, |value| Found::One(value))
    } else {
        Found::Many(found)
    }
}

/// `.length()` can only stand at the end; anywhere else it finds nothing.
fn split_length(steps: &[Step]) -> (&[Step], bool) {
    match steps.split_last() {
        Some((Step::Length, steps)) => (steps, true),
        _ => (steps, false),
    }
}

fn length_of(value: &Json) -> Option<Json> {
    let length = match value {
        Json::Array(items) => items.len(),
        Json::Object(members) => members.len(),
        Json::String(text) => text.encode_utf16().count(),
        Json::Null | Json::Bool(_) | Json::Number(_) => return None,
    };
    i64::try_from(length).ok().map(Json::from)
}

struct Walk<'a> {
    root: &'a Json,
    visits: usize,
}

impl<'a> Walk<'a> {
    fn visit(&mut self) -> Result<(), Error> {
        self.visits += 1;
        if self.visits > MAX_VISITS {
            Err(Error::TooMuchWork)
        } else {
            Ok(())
        }
    }

    fn places(&mut self, steps: &[Step], start: &'a Json) -> Result<Vec<&'a Json>, Error> {
        let mut places = vec![start];
        for step in steps {
            let mut next = Vec::new();
            for place in places {
                self.step(step, place, &mut next)?;
            }
            places = next;
        }
        Ok(places)
    }

    fn step(
        &mut self,
        step: &Step,
        place: &'a Json,
        next: &mut Vec<&'a Json>,
    ) -> Result<(), Error> {
        self.visit()?;
        match (step, place) {
            (Step::Names(names), Json::Object(members)) => {
                next.extend(names.iter().filter_map(|name| members.get(name)));
            }
            (Step::Indexes(indexes), Json::Array(items)) => {
                next.extend(indexes.iter().filter_map(|index| item(items, *index)));
            }
            (Step::Slice { from, to, by }, Json::Array(items)) => {
                next.extend(slice(items, *from, *to, *by));
            }
            (Step::Every, Json::Array(items)) => next.extend(items),
            (Step::Every, Json::Object(members)) => next.extend(members.values()),
            (Step::Descent, _) => self.descend(place, next)?,
            (Step::Filter(condition), Json::Array(items)) => {
                for item in items {
                    self.filter(condition, item, next)?;
                }
            }
            (Step::Filter(condition), Json::Object(_)) => self.filter(condition, place, next)?,
            _ => {}
        }
        Ok(())
    }

    /// The place and everything below it, parents first.
    fn descend(&mut self, place: &'a Json, next: &mut Vec<&'a Json>) -> Result<(), Error> {
        self.visit()?;
        next.push(place);
        match place {
            Json::Array(items) => {
                for item in items {
                    self.descend(item, next)?;
                }
            }
            Json::Object(members) => {
                for member in members.values() {
                    self.descend(member, next)?;
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
        Ok(())
    }

    fn filter(
        &mut self,
        condition: &Condition,
        item: &'a Json,
        next: &mut Vec<&'a Json>,
    ) -> Result<(), Error> {
        if self.holds(condition, item)? {
            next.push(item);
        }
        Ok(())
    }

    fn holds(&mut self, condition: &Condition, item: &'a Json) -> Result<bool, Error> {
        self.visit()?;
        Ok(match condition {
            Condition::Any(conditions) => {
                for condition in conditions {
                    if self.holds(condition, item)? {
                        return Ok(true);
                    }
                }
                false
            }
            Condition::All(conditions) => {
                for condition in conditions {
                    if !self.holds(condition, item)? {
                        return Ok(false);
                    }
                }
                true
            }
            Condition::Not(condition) => !self.holds(condition, item)?,
            Condition::Exists(operand) => !self.values(operand, item)?.is_empty(),
            Condition::Compare(left, comparison, right) => {
                let left = self.values(left, item)?;
                let right = self.values(right, item)?;
                compare(&left, *comparison, &right)
            }
            Condition::In {
                needle,
                among,
                negated,
            } => {
                let found = self.values(needle, item)?;
                let within = found
                    .iter()
                    .any(|value| among.iter().any(|a| same(a, value)));
                within == (*negated == Negation::Plain)
            }
            Condition::Matches(operand, pattern) => {
                let found = self.values(operand, item)?;
                found
                    .iter()
                    .filter_map(|value| value.text())
                    .any(|text| pattern.0.is_match(text))
            }
        })
    }

    fn values(&mut self, operand: &Operand, item: &'a Json) -> Result<Vec<Value<'a>>, Error> {
        let (path, start) = match operand {
            Operand::Literal(literal) => return Ok(vec![Value::Owned(literal.clone())]),
            Operand::Item(path) => (path, item),
            Operand::Root(path) => (path, self.root),
        };
        let (steps, length) = split_length(&path.steps);
        let found = self.places(steps, start)?;
        Ok(if length {
            found
                .into_iter()
                .filter_map(length_of)
                .map(Value::Owned)
                .collect()
        } else {
            found.into_iter().map(Value::Found).collect()
        })
    }
}

/// One side of a test.
enum Value<'a> {
    Found(&'a Json),
    Owned(Json),
}

impl Value<'_> {
    fn json(&self) -> &Json {
        match self {
            Value::Found(json) => json,
            Value::Owned(json) => json,
        }
    }

    fn text(&self) -> Option<&str> {
        self.json().as_str()
    }
}

fn same(literal: &Json, value: &Value<'_>) -> bool {
    equal(literal, value.json())
}

/// Definite operands have one value; a missing one equals nothing, not even another missing one.
fn compare(left: &[Value<'_>], comparison: Comparison, right: &[Value<'_>]) -> bool {
    let (Some(left), Some(right)) = (left.first(), right.first()) else {
        return comparison == Comparison::NotEqual;
    };
    let (left, right) = (left.json(), right.json());
    let ordered = |wanted: fn(Ordering) -> bool| order(left, right).is_some_and(wanted);
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => !equal(left, right),
        Comparison::Less => ordered(Ordering::is_lt),
        Comparison::LessOrEqual => ordered(Ordering::is_le),
        Comparison::Greater => ordered(Ordering::is_gt),
        Comparison::GreaterOrEqual => ordered(Ordering::is_ge),
    }
}

fn equal(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => as_double(left) == as_double(right),
        _ => left == right,
    }
}

fn order(left: &Json, right: &Json) -> Option<Ordering> {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => as_double(left).partial_cmp(&as_double(right)),
        (Json::String(left), Json::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "comparisons of numbers are made as doubles"
)]
fn as_double(number: &Number) -> f64 {
    match number {
        Number::Integer(n) => *n as f64,
        Number::Big(digits) => digits.parse().unwrap_or(f64::NAN),
        Number::Double(n) => *n,
    }
}

fn item(items: &[Json], index: i64) -> Option<&Json> {
    let at = usize::try_from(index.unsigned_abs()).ok()?;
    if index >= 0 {
        items.get(at)
    } else {
        items.get(items.len().checked_sub(at)?)
    }
}

/// Python's slices with a positive step.
fn slice(items: &[Json], from: Option<i64>, to: Option<i64>, by: Option<i64>) -> Vec<&Json> {
    let place = |index: i64| {
        let distance = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
        if index >= 0 {
            distance.min(items.len())
        } else {
            items.len().saturating_sub(distance)
        }
    };
    let from = from.map_or(0, place);
    let to = to.map_or(items.len(), place);
    let by = by
        .and_then(|by| usize::try_from(by).ok())
        .filter(|by| *by > 0)
        .unwrap_or(1);
    items
        .get(from..to)
        .unwrap_or_default()
        .iter()
        .step_by(by)
        .collect()
}
