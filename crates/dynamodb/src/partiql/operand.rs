//! Values and document paths from expressions.

use super::ast::{Expr, Literal, NumberLiteral, PathStep};
use super::error::StatementError;
use crate::error::Error;
use crate::expression::{ExpressionError, MAX_PATH_ELEMENTS};
use crate::item::{Item, MAX_DEPTH, Path, Set, SetError, Step, Value};
use crate::number::{Number, NumberError};
use crate::values::ValueError;
use std::fmt::Write as _;
use std::sync::Arc;

/// What the question marks of a statement stand for, in order.
pub type Parameters = [Arc<Value>];

/// Whether an expression is a value, whatever the item.
pub fn is_value(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Literal(..) | Expr::Parameter(..) | Expr::List(..) | Expr::Bag(..) | Expr::Struct(..)
    )
}

/// A literal's or a parameter's value.
///
/// # Errors
/// [`StatementError`] for what is no value, or none that DynamoDB can hold.
pub fn value(expr: &Expr, parameters: &Parameters) -> Result<Arc<Value>, Error> {
    match expr {
        Expr::Parameter(index, _) => Ok(parameters
            .get(*index)
            .cloned()
            .ok_or(StatementError::ParameterCount)?),
        literal => Ok(Arc::new(Under::root().value(literal, 1)?)),
    }
}

/// Where a part of a literal stands in it, as messages tell: `root.a[1]`.
struct Under(String);

impl Under {
    fn root() -> Under {
        Under("root".to_owned())
    }

    fn value(&mut self, expr: &Expr, depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(StatementError::Depth(self.0.clone()).into());
        }
        match expr {
            Expr::Literal(literal, _) => self.scalar(literal),
            Expr::List(elements, _) => {
                let elements = elements.iter().enumerate().map(|(index, element)| {
                    self.within(format_args!("[{index}]"), |under| {
                        under.value(element, depth + 1)
                    })
                });
                Ok(Value::L(elements.collect::<Result<_, _>>()?))
            }
            Expr::Struct(members, _) => self.map(members, depth).map(Value::M),
            Expr::Bag(elements, _) => self.set(elements),
            other => Err(self.unsupported(other).into()),
        }
    }

    fn within<T>(
        &mut self,
        part: std::fmt::Arguments<'_>,
        body: impl FnOnce(&mut Under) -> T,
    ) -> T {
        let length = self.0.len();
        // Writing to a string cannot fail.
        let _ = self.0.write_fmt(part);
        let result = body(self);
        self.0.truncate(length);
        result
    }

    fn unsupported(&self, expr: &Expr) -> StatementError {
        let kind = match expr {
            Expr::Call(call) => call.function.clone(),
            other => other.kind().to_owned(),
        };
        StatementError::DataType {
            kind,
            under: self.0.clone(),
            at: expr.span(),
        }
    }

    fn scalar(&self, literal: &Literal) -> Result<Value, Error> {
        Ok(match literal {
            Literal::Null => Value::Null,
            Literal::Missing => return Err(StatementError::ComparedMissing.into()),
            Literal::Bool(value) => Value::Bool(*value),
            Literal::String(text) => Value::S(text.clone()),
            Literal::Number(literal) => Value::N(self.number(literal)?),
            Literal::Ion(text) => {
                let (text, under) = (text.clone(), self.0.clone());
                return Err(StatementError::IonLiteral { text, under }.into());
            }
        })
    }

    fn number(&self, literal: &NumberLiteral) -> Result<Number, StatementError> {
        let text = literal.to_string();
        text.parse().map_err(|error: NumberError| {
            let under = self.0.clone();
            StatementError::Number { error, under }
        })
    }

    fn map(&mut self, members: &[(Expr, Expr)], depth: usize) -> Result<Item, Error> {
        let mut map = Item::new();
        for (key, value) in members {
            let name = self.member(key)?;
            let value = self.within(format_args!(".{name}"), |under| {
                under.value(value, depth + 1)
            })?;
            if map.insert(name.clone(), value).is_some() {
                let under = self.0.clone();
                return Err(StatementError::RepeatedTupleKey { key: name, under }.into());
            }
        }
        Ok(map)
    }

    /// The name of a struct's member.
    fn member(&self, key: &Expr) -> Result<String, Error> {
        match key {
            Expr::Literal(Literal::String(name), _) if name.is_empty() => {
                Err(ValueError::EmptyName.into())
            }
            Expr::Literal(Literal::String(name), _) => Ok(name.clone()),
            other => {
                let (kind, under) = (other.kind(), self.0.clone());
                Err(StatementError::TupleKey { kind, under }.into())
            }
        }
    }

    fn set(&self, elements: &[Expr]) -> Result<Value, Error> {
        let mut texts = Vec::new();
        let mut numbers = Vec::new();
        for element in elements {
            match element {
                Expr::Literal(Literal::String(text), _) => texts.push(text.clone()),
                Expr::Literal(Literal::Number(number), _) => numbers.push(number),
                _ => return Err(StatementError::BagType.into()),
            }
        }
        match (texts.is_empty(), numbers.is_empty()) {
            (true, true) => Err(StatementError::EmptyBag.into()),
            (false, false) => Err(StatementError::BagType.into()),
            (false, true) => Ok(Value::Ss(Set::new(texts).map_err(|(error, texts)| {
                let at = match error {
                    SetError::Duplicate { at } => at,
                    SetError::Empty => 0,
                };
                ValueError::RepeatedString(texts, at)
            })?)),
            (true, false) => self.numbers(&numbers).map(Value::Ns),
        }
    }

    fn numbers(&self, literals: &[&NumberLiteral]) -> Result<Set<Number>, Error> {
        let numbers = literals.iter().map(|literal| self.number(literal));
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        let repeated = || StatementError::RepeatedNumber {
            elements: literals.iter().map(ToString::to_string).collect(),
            under: self.0.clone(),
        };
        Ok(Set::new(numbers).map_err(|_| repeated())?)
    }
}

/// The values of an item literal, each of which may be a parameter too.
///
/// # Errors
/// See [`value`]; [`StatementError::ItemFormat`] for anything but a struct.
pub fn item(expr: &Expr, parameters: &Parameters) -> Result<Item, Error> {
    let Expr::Struct(members, _) = expr else {
        return Err(StatementError::ItemFormat.into());
    };
    let mut item = Item::new();
    let root = Under::root();
    for (key, expr) in members {
        let name = root.member(key)?;
        let value = Arc::unwrap_or_clone(value(expr, parameters)?);
        if item.insert(name.clone(), value).is_some() {
            let under = root.0;
            return Err(StatementError::RepeatedTupleKey { key: name, under }.into());
        }
    }
    Ok(item)
}

/// The document path that a name or a path expression is.
///
/// # Errors
/// [`StatementError`] for steps that lead nowhere.
pub fn path(expr: &Expr) -> Result<Path, Error> {
    let (root, steps) = match expr {
        Expr::Path(root, steps) => (&**root, steps.as_slice()),
        root => (root, &[][..]),
    };
    let Expr::Variable(root) = root else {
        return Err(match root {
            Expr::List(..) => StatementError::PathStart,
            _ => StatementError::ProjectedStatement,
        }
        .into());
    };
    let count = 1 + steps.len();
    if count > MAX_PATH_ELEMENTS {
        return Err(StatementError::from(ExpressionError::PathDepth(count)).into());
    }
    let steps = steps.iter().map(step);
    Ok(Path {
        root: component(&root.text)?,
        steps: steps.collect::<Result<_, _>>()?,
    })
}

fn component(text: &str) -> Result<String, StatementError> {
    match text {
        "" => Err(StatementError::EmptyComponent),
        text => Ok(text.to_owned()),
    }
}

fn step(step: &PathStep) -> Result<Step, StatementError> {
    match step {
        PathStep::Key(name) => component(&name.text).map(Step::Key),
        PathStep::Index(Expr::Literal(Literal::String(name), _)) => component(name).map(Step::Key),
        PathStep::Index(index @ Expr::Literal(Literal::Number(number), _)) => {
            let out_of_range = || StatementError::ListIndex {
                index: number.to_string(),
                at: index.span(),
            };
            let position: i32 = number.digits.parse().map_err(|_| out_of_range())?;
            if number.is_negative && position != 0 {
                return Err(out_of_range());
            }
            usize::try_from(position)
                .map(Step::Index)
                .map_err(|_| out_of_range())
        }
        PathStep::Index(_) => Err(StatementError::ProjectedStatement),
        PathStep::Wildcard => Err(StatementError::Wildcard),
        PathStep::Unpivot => Err(StatementError::Unpivot),
    }
}
