//! What operations on items have in common in their requests: expressions, the legacy parameters
//! beside them, and placeholders.

use crate::error::{Error, ErrorKind, ParameterError};
use crate::expression::{Condition, Kind, Placeholder, Placeholders};
use crate::item::{Item, MAX_ITEM_BYTES};
use crate::legacy;
use crate::values::{WireItem, typed_value};
use crate::write::Before;
use std::collections::BTreeMap;
use wire::dynamodb::{
    ConditionalOperator, ExpectedAttributeValue, ReturnValuesOnConditionCheckFailure,
};

/// Which expressions and which legacy parameters a request has, by their names.
#[derive(Debug, Default)]
pub struct Given {
    pub expressions: Vec<&'static str>,
    pub legacy: Vec<&'static str>,
    /// The parameters that could use values, where the refusal of unused ones names them.
    pub value_users: &'static [&'static str],
}

impl Given {
    /// The parameters of these that are there.
    pub fn of<const N: usize>(parameters: [(&'static str, bool); N]) -> Vec<&'static str> {
        parameters
            .into_iter()
            .filter(|(_, is_given)| *is_given)
            .map(|(name, _)| name)
            .collect()
    }

    /// Checks the parameters against each other, and whether there are placeholders without
    /// anything to use them.
    ///
    /// # Errors
    /// [`ParameterError`] with what AWS reports first.
    pub fn check(
        &self,
        names: Option<&BTreeMap<String, String>>,
        values: Option<&WireItem>,
    ) -> Result<(), ParameterError> {
        if !self.expressions.is_empty() && !self.legacy.is_empty() {
            let (legacy, expressions) = (self.legacy.clone(), self.expressions.clone());
            return Err(ParameterError::Mixed {
                legacy,
                expressions,
            });
        }
        if names.is_some() && self.expressions.is_empty() {
            return Err(ParameterError::NamesWithoutExpression);
        }
        let uses_values = self
            .expressions
            .iter()
            .any(|name| *name != "ProjectionExpression");
        if values.is_some() && !uses_values {
            return Err(ParameterError::ValuesWithoutExpression(self.value_users));
        }
        Ok(())
    }
}

/// Types the placeholders of a request.
///
/// # Errors
/// [`Error`] with what AWS reports first.
pub fn placeholders(
    names: Option<BTreeMap<String, String>>,
    values: Option<WireItem>,
) -> Result<Placeholders, Error> {
    if let Some(names) = &names {
        Placeholder::Name.check_keys(names.keys())?;
        if let Some((key, _)) = names.iter().find(|(_, name)| name.is_empty()) {
            return Err(ParameterError::EmptyNameBehind(key.clone()).into());
        }
    }
    if let Some(values) = &values {
        Placeholder::Value.check_keys(values.keys())?;
    }
    let values =
        values
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| match typed_value(value) {
                Ok(value) => Ok((key, value)),
                Err(error) => Err(ErrorKind::ExpressionValue { key, error }.into()),
            });
    let values = values.collect::<Result<Vec<_>, Error>>()?;
    Ok(Placeholders::new(names.unwrap_or_default(), values))
}

/// The parameters of a write that make it conditional.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    pub expression: Option<String>,
    pub expected: Option<BTreeMap<String, ExpectedAttributeValue>>,
    pub operator: Option<ConditionalOperator>,
    pub on_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// A condition that a write has to meet.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    condition: Option<Condition>,
    refusal: Refusal,
    shows_item: bool,
}

/// What it means that a condition is not met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Refusal {
    #[default]
    ConditionFailed,
    /// The item is there already.
    Duplicate,
}

impl Conditions {
    /// Reads the condition.
    ///
    /// # Errors
    /// [`Error`] with what AWS reports first.
    pub fn guard(self, placeholders: &mut Placeholders) -> Result<Guard, Error> {
        let expected = self.expected.unwrap_or_default();
        legacy::check_operator(self.operator, expected.len())?;
        let condition = match self.expression {
            Some(text) => Some(Condition::parse(Kind::Condition, &text, placeholders)?),
            None => legacy::expected(expected, self.operator)?,
        };
        let on_failure = self.on_failure;
        let shows_item = on_failure == Some(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(Guard::new(condition, shows_item))
    }
}

impl Guard {
    pub fn new(condition: Option<Condition>, shows_item: bool) -> Guard {
        Guard {
            condition,
            refusal: Refusal::ConditionFailed,
            shows_item,
        }
    }

    /// The guard of a new item, whose condition is that there is none yet.
    pub fn against_duplicate(absent: Condition) -> Guard {
        Guard {
            condition: Some(absent),
            refusal: Refusal::Duplicate,
            shows_item: false,
        }
    }

    pub fn condition(&self) -> Option<&Condition> {
        self.condition.as_ref()
    }

    /// # Errors
    /// [`ErrorKind::ConditionalCheckFailed`] or [`ErrorKind::DuplicateItem`]
    pub fn check(&self, before: &Before) -> Result<(), Error> {
        let Some(condition) = &self.condition else {
            return Ok(());
        };
        let nothing = Item::new();
        if condition.evaluate(before.item().unwrap_or(&nothing)) {
            return Ok(());
        }
        Err(match self.refusal {
            Refusal::ConditionFailed => {
                let item = before.item().filter(|_| self.shows_item).cloned();
                ErrorKind::ConditionalCheckFailed(item)
            }
            Refusal::Duplicate => ErrorKind::DuplicateItem,
        }
        .into())
    }
}

/// # Errors
/// [`ParameterError::ItemSize`]
pub fn check_size(item: &Item) -> Result<(), Error> {
    if item.size_bytes() > MAX_ITEM_BYTES {
        return Err(ParameterError::ItemSize.into());
    }
    Ok(())
}
