//! UpdateItem.

use crate::Dynamodb;
use crate::access::Access;
use crate::capacity::Shown;
use crate::change::{Change, Effect, Look, Outcome, metrics};
use crate::error::{Error, ErrorKind, ParameterError, Wording};
use crate::expression::{ExpressionError, Kind, Projection, Update, UpdateError};
use crate::item::Item;
use crate::item::answered;
use crate::legacy;
use crate::request::{Conditions, Given, placeholders};
use crate::tables::TableName;
use crate::values::typed_item;
use service::{Caller, Operate, Permit, Requirement};
use std::borrow::Cow;
use wire::Attributes;
use wire::dynamodb::{ReturnValue, UpdateItemInput, UpdateItemOutput};

impl Operate<Dynamodb> for UpdateItemInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::read(caller, &self.table_name)?;
        let expressions = [
            self.update_expression.as_ref(),
            self.condition_expression.as_ref(),
        ];
        let access = Access::to("dynamodb:UpdateItem", &name)
            .attributes(self.key.keys())
            .attributes(
                self.attribute_updates
                    .iter()
                    .flat_map(|updates| updates.keys()),
            )
            .attributes(self.expected.iter().flat_map(|expected| expected.keys()))
            .expressions(expressions, self.expression_attribute_names.as_ref())
            .returns(
                self.return_values,
                self.return_values_on_condition_check_failure,
            )
            .return_capacity(self.return_consumed_capacity)
            .keys(service, [&self.key])
            .await?;
        Ok(vec![access.require(service).await?])
    }

    async fn operate(self, service: &Dynamodb, permit: &Permit) -> Result<UpdateItemOutput, Error> {
        let answer = update(service, permit.caller(), self).await;
        answer.map_err(|error| error.worded(Wording::Enveloped))
    }
}

async fn update(
    service: &Dynamodb,
    caller: &Caller,
    input: UpdateItemInput,
) -> Result<UpdateItemOutput, Error> {
    let name = TableName::read(caller, &input.table_name)?;
    let (wanted, sized) = (
        input.return_consumed_capacity,
        input.return_item_collection_metrics,
    );
    let returned = input.return_values.unwrap_or(ReturnValue::None);
    let is_legacy = input.attribute_updates.is_some();
    let change = read(input)?;
    let changed = service.change(&name, &change, Look::Always).await;
    let (table, outcome) = match changed {
        Err(error) if is_legacy => return Err(as_legacy(error)),
        changed => changed?,
    };
    Ok(UpdateItemOutput {
        attributes: attributes(returned, &change, &outcome),
        consumed_capacity: outcome.consumed.report(&table, wanted, Shown::Plain),
        item_collection_metrics: metrics(&table, sized, change.key()),
    })
}

fn read(input: UpdateItemInput) -> Result<Change, Error> {
    let given = Given {
        expressions: Given::of([
            ("UpdateExpression", input.update_expression.is_some()),
            ("ConditionExpression", input.condition_expression.is_some()),
        ]),
        legacy: Given::of([
            ("AttributeUpdates", input.attribute_updates.is_some()),
            ("Expected", input.expected.is_some()),
            ("ConditionalOperator", input.conditional_operator.is_some()),
        ]),
        value_users: &[],
    };
    given.check(
        input.expression_attribute_names.as_ref(),
        input.expression_attribute_values.as_ref(),
    )?;
    let key = typed_item(input.key)?;
    let legacy_update = legacy::updates(input.attribute_updates.unwrap_or_default())?;
    let mut placeholders = placeholders(
        input.expression_attribute_names,
        input.expression_attribute_values,
    )?;
    if input.condition_expression.as_deref() == Some("") {
        return Err(ExpressionError::Empty.in_a(Kind::Condition).into());
    }
    let update = match input.update_expression {
        Some(text) => Update::parse(&text, &mut placeholders)?,
        None => legacy_update,
    };
    let conditions = Conditions {
        expression: input.condition_expression,
        expected: input.expected,
        operator: input.conditional_operator,
        on_failure: input.return_values_on_condition_check_failure,
    };
    let guard = conditions.guard(&mut placeholders)?;
    placeholders.check_used()?;
    Ok(Change {
        guard,
        effect: Effect::Update { key, update },
    })
}

/// What the legacy parameter says of a value that does not go with the item's.
fn as_legacy(error: Error) -> Error {
    match error.kind {
        ErrorKind::Update(UpdateError::OperandType) => ParameterError::LegacyUpdateType.into(),
        _ => error,
    }
}

/// What ReturnValues asks for; nothing rather than an empty item.
pub(super) fn attributes(
    wanted: ReturnValue,
    change: &Change,
    outcome: &Outcome<'_>,
) -> Option<Attributes> {
    let (before, after) = (outcome.before.item(), outcome.after.as_deref());
    let item = match wanted {
        ReturnValue::None => None,
        ReturnValue::AllOld => before.map(Cow::Borrowed),
        ReturnValue::AllNew => after.map(Cow::Borrowed),
        ReturnValue::UpdatedOld => updated(change, before).map(Cow::Owned),
        ReturnValue::UpdatedNew => updated(change, after).map(Cow::Owned),
    };
    let item = item.filter(|item| !item.is_empty());
    item.map(|item| answered(&item))
}

/// What of `item` the update wrote to.
fn updated(change: &Change, item: Option<&Item>) -> Option<Item> {
    let Effect::Update { update, .. } = &change.effect else {
        return None;
    };
    Some(Projection::of(update.paths().cloned()).apply(item?.clone()))
}
