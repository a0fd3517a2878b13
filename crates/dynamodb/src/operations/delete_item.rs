//! DeleteItem.

use super::put_item::shows_capacity;
use crate::Dynamodb;
use crate::access::Access;
use crate::capacity::Shown;
use crate::change::{Change, Effect, Look, metrics};
use crate::error::{Error, ParameterError, Wording};
use crate::item::answered;
use crate::request::{Conditions, Given, placeholders};
use crate::tables::TableName;
use crate::values::typed_item;
use crate::write::Before;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{DeleteItemInput, DeleteItemOutput, ReturnValue};

impl Operate<Dynamodb> for DeleteItemInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::read(caller, &self.table_name)?;
        let names = self.expression_attribute_names.as_ref();
        let access = Access::to("dynamodb:DeleteItem", &name)
            .attributes(self.key.keys())
            .attributes(self.expected.iter().flat_map(|expected| expected.keys()))
            .expressions([self.condition_expression.as_ref()], names)
            .returns(
                self.return_values,
                self.return_values_on_condition_check_failure,
            )
            .return_capacity(self.return_consumed_capacity)
            .keys(service, [&self.key])
            .await?;
        Ok(vec![access.require(service).await?])
    }

    async fn operate(self, service: &Dynamodb, permit: &Permit) -> Result<DeleteItemOutput, Error> {
        let answer = delete(service, permit.caller(), self).await;
        answer.map_err(|error| error.worded(Wording::Enveloped))
    }
}

async fn delete(
    service: &Dynamodb,
    caller: &Caller,
    input: DeleteItemInput,
) -> Result<DeleteItemOutput, Error> {
    let name = TableName::read(caller, &input.table_name)?;
    let (wanted, sized) = (
        input.return_consumed_capacity,
        input.return_item_collection_metrics,
    );
    let shows_old = input.return_values == Some(ReturnValue::AllOld);
    let change = read(input)?;
    let look = Look::always_if(shows_old || shows_capacity(wanted));
    let (table, outcome) = service.change(&name, &change, look).await?;
    let attributes = match outcome.before {
        Before::Item(item) if shows_old => Some(answered(&item)),
        _ => None,
    };
    Ok(DeleteItemOutput {
        attributes,
        consumed_capacity: outcome.consumed.report(&table, wanted, Shown::Plain),
        item_collection_metrics: metrics(&table, sized, change.key()),
    })
}

fn read(input: DeleteItemInput) -> Result<Change, Error> {
    let given = Given {
        expressions: Given::of([("ConditionExpression", input.condition_expression.is_some())]),
        legacy: Given::of([
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
    let mut placeholders = placeholders(
        input.expression_attribute_names,
        input.expression_attribute_values,
    )?;
    let conditions = Conditions {
        expression: input.condition_expression,
        expected: input.expected,
        operator: input.conditional_operator,
        on_failure: input.return_values_on_condition_check_failure,
    };
    let guard = conditions.guard(&mut placeholders)?;
    if !matches!(
        input.return_values,
        None | Some(ReturnValue::None | ReturnValue::AllOld)
    ) {
        return Err(ParameterError::ReturnValues.into());
    }
    placeholders.check_used()?;
    Ok(Change {
        guard,
        effect: Effect::Delete { key },
    })
}
