//! The legacy parameters, brought to the same typed trees as expressions.

use crate::error::{Error, LegacyError, ParameterError};
use crate::expression::key_condition::Clause;
use crate::expression::update::{Action, Expression, Operand as UpdateOperand};
use crate::expression::{Comparator, Condition, KeyCondition, Operand, Projection, Update};
use crate::item::{Path, Type, Value};
use crate::values::{ValueError, typed_value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::dynamodb::{
    AttributeAction, AttributeValueUpdate, ComparisonOperator, Condition as WireCondition,
    ConditionalOperator, ExpectedAttributeValue,
};
use wire::{AttributeValue, Enumeration as _};

type Legacy<T> = Result<T, Error>;

/// # Errors
/// [`ParameterError`] for a ConditionalOperator with nothing to join.
pub fn check_operator(operator: Option<ConditionalOperator>, conditions: usize) -> Legacy<()> {
    match (operator, conditions) {
        (Some(_), 0) => Err(ParameterError::OperatorWithoutConditions.into()),
        (Some(_), 1) => Err(ParameterError::OperatorWithOneCondition.into()),
        _ => Ok(()),
    }
}

fn joined(terms: Vec<Condition>, operator: Option<ConditionalOperator>) -> Option<Condition> {
    match operator {
        _ if terms.is_empty() => None,
        Some(ConditionalOperator::Or) => Some(Condition::Or(terms)),
        _ => Some(Condition::And(terms)),
    }
}

/// The condition of `Expected`.
///
/// # Errors
/// [`LegacyError`] for a combination of members that means nothing.
pub fn expected(
    expected: BTreeMap<String, ExpectedAttributeValue>,
    operator: Option<ConditionalOperator>,
) -> Legacy<Option<Condition>> {
    let terms = expected
        .into_iter()
        .map(|(name, expected)| expectation(name, expected));
    Ok(joined(terms.collect::<Legacy<_>>()?, operator))
}

fn expectation(name: String, expected: ExpectedAttributeValue) -> Legacy<Condition> {
    let ExpectedAttributeValue {
        value,
        exists,
        comparison_operator,
        attribute_value_list: list,
    } = expected;
    if list.is_some() && value.is_some() {
        return Err(LegacyError::ValueAndList(name).into());
    }
    let Some(operator) = comparison_operator else {
        if list.is_some() {
            return Err(LegacyError::ListWithoutOperator(name).into());
        }
        return existence(name, value, exists);
    };
    if exists.is_some() {
        return Err(LegacyError::ExistsAndOperator(name).into());
    }
    let takes_none = matches!(
        operator,
        ComparisonOperator::Null | ComparisonOperator::NotNull
    );
    if !takes_none && list.is_none() && value.is_none() {
        return Err(LegacyError::NoOperand {
            operator: operator.as_str(),
            name,
        }
        .into());
    }
    let arguments = list.unwrap_or_else(|| value.into_iter().collect());
    comparison(name, operator, typed(arguments)?)
}

fn existence(
    name: String,
    value: Option<AttributeValue>,
    exists: Option<bool>,
) -> Legacy<Condition> {
    match (exists, value) {
        (Some(false), Some(_)) => Err(LegacyError::ValueWithoutExists(name).into()),
        (Some(false), None) => Ok(Condition::NotExists(Path::attribute(name))),
        (_, Some(value)) => Ok(Condition::Compare {
            comparator: Comparator::Equal,
            left: Operand::Path(Path::attribute(name)),
            right: Operand::Value(Arc::new(typed_value(value)?)),
        }),
        (exists, None) => {
            let exists = if exists.is_some() { "true" } else { "null" };
            Err(LegacyError::NoValue { exists, name }.into())
        }
    }
}

fn typed(values: Vec<AttributeValue>) -> Result<Vec<Value>, ValueError> {
    values.into_iter().map(typed_value).collect()
}

/// The condition of `QueryFilter` or `ScanFilter`.
///
/// # Errors
/// [`LegacyError`] for arguments that do not fit their operator.
pub fn filter(
    filter: BTreeMap<String, WireCondition>,
    operator: Option<ConditionalOperator>,
) -> Legacy<Option<Condition>> {
    let terms = filter.into_iter().map(|(name, condition)| {
        let arguments = typed(condition.attribute_value_list.unwrap_or_default())?;
        comparison(name, condition.comparison_operator, arguments)
    });
    Ok(joined(terms.collect::<Legacy<_>>()?, operator))
}

/// The key condition of `KeyConditions`.
///
/// # Errors
/// As [`filter`].
pub fn key_conditions(conditions: BTreeMap<String, WireCondition>) -> Legacy<KeyCondition> {
    let clauses = conditions.into_iter().map(|(name, condition)| {
        let arguments = typed(condition.attribute_value_list.unwrap_or_default())?;
        let condition = comparison(name.clone(), condition.comparison_operator, arguments)?;
        Ok((name, clause(condition)))
    });
    Ok(KeyCondition::of(clauses.collect::<Legacy<_>>()?))
}

fn clause(condition: Condition) -> Clause {
    match condition {
        Condition::Compare {
            comparator,
            right: Operand::Value(value),
            ..
        } if comparator != Comparator::NotEqual => Clause::Compare(comparator, value),
        Condition::Between {
            low: Operand::Value(low),
            high: Operand::Value(high),
            ..
        } => Clause::Between(low, high),
        Condition::BeginsWith {
            prefix: Operand::Value(prefix),
            ..
        } => Clause::BeginsWith(prefix),
        _ => Clause::NotIndexable,
    }
}

fn comparison(
    name: String,
    operator: ComparisonOperator,
    arguments: Vec<Value>,
) -> Legacy<Condition> {
    use ComparisonOperator as Op;
    check_arguments(operator, &arguments)?;
    let path = Path::attribute(name);
    let operand = Operand::Path(path.clone());
    let mut arguments = arguments
        .into_iter()
        .map(|value| Operand::Value(Arc::new(value)));
    let comparator = match operator {
        Op::Null => return Ok(Condition::NotExists(path)),
        Op::NotNull => return Ok(Condition::Exists(path)),
        Op::In => {
            return Ok(Condition::In {
                operand,
                list: arguments.collect(),
            });
        }
        Op::Eq => Some(Comparator::Equal),
        Op::Ne => Some(Comparator::NotEqual),
        Op::Le => Some(Comparator::LessOrEqual),
        Op::Lt => Some(Comparator::Less),
        Op::Ge => Some(Comparator::GreaterOrEqual),
        Op::Gt => Some(Comparator::Greater),
        Op::Contains | Op::NotContains | Op::BeginsWith | Op::Between => None,
    };
    let miscounted = || Error::from(LegacyError::ArgumentCount(operator.as_str()));
    let first = arguments.next().ok_or_else(miscounted)?;
    if let Some(comparator) = comparator {
        return Ok(Condition::Compare {
            comparator,
            left: operand,
            right: first,
        });
    }
    Ok(match operator {
        Op::BeginsWith => Condition::BeginsWith {
            operand,
            prefix: first,
        },
        Op::Between => {
            let high = arguments.next().ok_or_else(miscounted)?;
            Condition::Between {
                operand,
                low: first,
                high,
            }
        }
        // Unlike NE, it does not hold for an attribute that is not there.
        Op::NotContains => Condition::And(vec![
            Condition::Exists(path),
            Condition::Not(Box::new(Condition::Contains {
                operand,
                element: first,
            })),
        ]),
        _ => Condition::Contains {
            operand,
            element: first,
        },
    })
}

fn check_arguments(operator: ComparisonOperator, arguments: &[Value]) -> Legacy<()> {
    use ComparisonOperator as Op;
    let is_count_right = match operator {
        Op::Null | Op::NotNull => arguments.is_empty(),
        Op::Between => arguments.len() == 2,
        Op::In => !arguments.is_empty(),
        _ => arguments.len() == 1,
    };
    let shown = operator.as_str();
    if !is_count_right {
        return Err(LegacyError::ArgumentCount(shown).into());
    }
    let takes = |kind: Type| match operator {
        Op::Eq | Op::Ne | Op::Null | Op::NotNull => true,
        Op::BeginsWith => matches!(kind, Type::S | Type::B),
        _ => kind.is_ordered(),
    };
    let mut types = arguments.iter().map(Value::type_of);
    if operator == Op::In
        && let Some(given) = types.clone().find(|kind| !takes(*kind))
    {
        return Err(LegacyError::ArgumentType {
            operator: shown,
            given,
        }
        .into());
    }
    let first = types.clone().next();
    if types.clone().any(|kind| Some(kind) != first) {
        return Err(LegacyError::ArgumentTypes.into());
    }
    if let Some(given) = types.find(|kind| !takes(*kind)) {
        return Err(LegacyError::ArgumentType {
            operator: shown,
            given,
        }
        .into());
    }
    if let (Op::Between, [low, high]) = (operator, arguments)
        && low.compare(high) == Some(Ordering::Greater)
    {
        return Err(ParameterError::LegacyBounds.into());
    }
    Ok(())
}

/// The update of `AttributeUpdates`.
///
/// # Errors
/// [`LegacyError`] for an action that does not go with its value.
pub fn updates(updates: BTreeMap<String, AttributeValueUpdate>) -> Legacy<Update> {
    let actions = updates.into_iter().map(|(name, update)| {
        if name.is_empty() {
            return Err(ParameterError::EmptyAttributeName.into());
        }
        Ok((Path::attribute(name), action(update)?))
    });
    Ok(Update::of(actions.collect::<Legacy<_>>()?))
}

fn action(update: AttributeValueUpdate) -> Legacy<Action> {
    let action = update.action.unwrap_or(AttributeAction::Put);
    let Some(value) = update.value else {
        return match action {
            AttributeAction::Delete => Ok(Action::Remove),
            _ => Err(LegacyError::UpdateWithoutValue.into()),
        };
    };
    let value = Arc::new(typed_value(value)?);
    let given = value.type_of();
    let is_set = matches!(given, Type::Ss | Type::Ns | Type::Bs);
    match action {
        AttributeAction::Put => Ok(Action::Set(Expression::Operand(UpdateOperand::Value(
            value,
        )))),
        AttributeAction::Delete if is_set => Ok(Action::Delete(value)),
        AttributeAction::Add if is_set || matches!(given, Type::N | Type::L) => {
            Ok(Action::Add(value))
        }
        other => Err(LegacyError::UpdateType {
            action: other.as_str(),
            given,
        }
        .into()),
    }
}

/// The projection of `AttributesToGet`.
///
/// # Errors
/// [`ParameterError`] for a repeated or empty name.
pub fn projection(names: Vec<String>) -> Legacy<Projection> {
    let mut seen = BTreeSet::new();
    for name in &names {
        if name.is_empty() {
            return Err(ParameterError::EmptyAttributeName.into());
        }
        if !seen.insert(name) {
            return Err(ParameterError::RepeatedAttribute(name.clone()).into());
        }
    }
    Ok(Projection::of(names.into_iter().map(Path::attribute)))
}

#[cfg(test)]
mod tests;
