//! Query.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ParameterError};
use crate::expression::key_condition::Bound;
use crate::expression::{Condition, KeyCondition, Kind};
use crate::item::answered;
use crate::key::{KeySchema, SortCondition};
use crate::legacy;
use crate::read::{
    Parameters, Reading, Request, check_more_than_one, check_start_of_query, partition,
    start_position,
};
use crate::request::{Given, placeholders};
use crate::table::{Index, Table};
use crate::tables::TableName;
use kv::{KeyRange, Order};
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{QueryInput, QueryOutput};

impl Operate<Dynamodb> for QueryInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::read(caller, &self.table_name)?;
        let expressions = [
            self.projection_expression.as_ref(),
            self.filter_expression.as_ref(),
            self.key_condition_expression.as_ref(),
        ];
        let access = Access::to("dynamodb:Query", &name)
            .index(self.index_name.as_deref())
            .attributes(self.attributes_to_get.iter().flatten())
            .attributes(
                self.key_conditions
                    .iter()
                    .flat_map(|conditions| conditions.keys()),
            )
            .attributes(self.query_filter.iter().flat_map(|filter| filter.keys()))
            .expressions(expressions, self.expression_attribute_names.as_ref())
            .reads(
                self.select,
                self.projection_expression.as_ref(),
                self.attributes_to_get.as_ref(),
            )
            .return_capacity(self.return_consumed_capacity)
            .query(service, self)
            .await?;
        Ok(vec![access.require(service).await?])
    }

    async fn operate(self, service: &Dynamodb, permit: &Permit) -> Result<QueryOutput, Error> {
        let name = TableName::read(permit.caller(), &self.table_name)?;
        let is_forward = self.scan_index_forward.unwrap_or(true);
        let query = Query::read(self)?;
        let snapshot = service.store.snapshot();
        let table = service
            .table_at(&snapshot, &name)
            .await?
            .ok_or_else(|| name.not_found())?;
        let request = &query.request;
        let index = request.index(&table)?;
        let bound = query.check(&table, index)?;
        let order = if is_forward {
            Order::Ascending
        } else {
            Order::Descending
        };
        let range = query.range(&table, index, &bound, order);
        service.admit_read(&table, index, None)?;
        let page = request.page(&snapshot, &table, index, range, order).await?;
        service.charge_read(&table, &page.consumed, None);
        Ok(QueryOutput {
            count: Some(page.count),
            scanned_count: Some(page.scanned_count),
            consumed_capacity: request.report(&table, &page),
            items: (!request.is_count()).then_some(page.items),
            last_evaluated_key: page.last_key.as_ref().map(answered),
        })
    }
}

/// A query before its table is known.
struct Query {
    condition: KeyCondition,
    request: Request,
    is_legacy_filter: bool,
}

impl Query {
    fn read(mut input: QueryInput) -> Result<Query, Error> {
        let names = input.expression_attribute_names.take();
        let values = input.expression_attribute_values.take();
        given(&input).check(names.as_ref(), values.as_ref())?;
        let expression = input.key_condition_expression.take();
        let conditions = input.key_conditions.take();
        let is_legacy_filter = input.query_filter.is_some();
        let parameters = Parameters {
            operation: Reading::Query,
            index_name: input.index_name,
            select: input.select,
            attributes_to_get: input.attributes_to_get,
            limit: input.limit,
            consistent_read: input.consistent_read,
            filter: input.query_filter,
            operator: input.conditional_operator,
            start_key: input.exclusive_start_key,
            return_consumed_capacity: input.return_consumed_capacity,
            projection_expression: input.projection_expression,
            filter_expression: input.filter_expression,
        };
        let checked = parameters.check()?;
        if expression.is_none() && conditions.is_none() {
            return Err(ParameterError::NoKeyCondition.into());
        }
        let mut placeholders = placeholders(names, values)?;
        let request = checked.read(&mut placeholders)?;
        let condition = match expression {
            Some(text) => {
                let condition = Condition::parse(Kind::KeyCondition, &text, &mut placeholders)?;
                KeyCondition::new(condition)?
            }
            None => legacy::key_conditions(conditions.unwrap_or_default())?,
        };
        placeholders.check_used()?;
        Ok(Query {
            condition,
            request,
            is_legacy_filter,
        })
    }

    fn check(&self, table: &Table, index: Option<&Index>) -> Result<Bound, Error> {
        let schema = schema(table, index);
        self.request.check_start_key(table, index)?;
        let bound = self.condition.bind(schema)?;
        if let Some(key) = &self.request.start_key {
            if index.is_none() {
                check_more_than_one(schema, key)?;
            }
            check_start_of_query(schema, &bound, key)?;
        }
        self.request.wanted.check(table)?;
        self.check_filter_keys(schema)?;
        self.request.check_select(index)?;
        self.request.check_projected(table, index)?;
        if let Some(filter) = &self.request.filter {
            table.check_condition_paths(filter)?;
        }
        self.check_filter_projected(table, index)?;
        Ok(bound)
    }

    fn check_filter_keys(&self, schema: &KeySchema) -> Result<(), Error> {
        match self
            .request
            .filtered()
            .into_iter()
            .find(|name| schema.contains(name))
        {
            Some(name) => {
                let is_legacy = self.is_legacy_filter;
                Err(ParameterError::FilterKey {
                    name: name.to_owned(),
                    is_legacy,
                }
                .into())
            }
            None => Ok(()),
        }
    }

    fn check_filter_projected(&self, table: &Table, index: Option<&Index>) -> Result<(), Error> {
        let Some(index) = index else { return Ok(()) };
        let filtered = self.request.filtered().into_iter();
        let missing = filtered.filter(|name| !table.is_projected(index, name));
        let names: Vec<String> = missing.map(str::to_owned).collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(ParameterError::FilterNotProjected {
            index: index.name.clone(),
            names,
        }
        .into())
    }

    /// What the query covers, from its starting key on.
    fn range(&self, table: &Table, index: Option<&Index>, bound: &Bound, order: Order) -> KeyRange {
        let Some(mut position) = partition(table, index, &bound.partition) else {
            return KeyRange::new(vec![], vec![]);
        };
        let mut range = position.range();
        for condition in &bound.sort {
            range = position.matching(condition);
            if let SortCondition::Equal(value) = condition {
                position = position.sort(value);
            }
        }
        let start = self.request.start_key.as_ref();
        if let Some(start) = start.and_then(|key| start_position(table, index, key))
            && range.contains(&start)
        {
            range.pass(Some(&start), order);
        }
        range
    }
}

fn schema<'t>(table: &'t Table, index: Option<&'t Index>) -> &'t KeySchema {
    index.map_or(&table.key, |index| &index.key)
}

fn given(input: &QueryInput) -> Given {
    Given {
        expressions: Given::of([
            (
                "ProjectionExpression",
                input.projection_expression.is_some(),
            ),
            ("FilterExpression", input.filter_expression.is_some()),
            (
                "KeyConditionExpression",
                input.key_condition_expression.is_some(),
            ),
        ]),
        legacy: Given::of([
            ("AttributesToGet", input.attributes_to_get.is_some()),
            ("QueryFilter", input.query_filter.is_some()),
            ("ConditionalOperator", input.conditional_operator.is_some()),
            // These go with expressions, as long as none is for the same.
            (
                "KeyConditions",
                input.key_conditions.is_some() && input.key_condition_expression.is_some(),
            ),
        ]),
        value_users: &["FilterExpression", "KeyConditionExpression"],
    }
}
