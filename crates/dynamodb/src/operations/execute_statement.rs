//! ExecuteStatement: one PartiQL statement.

use super::update_item;
use crate::Dynamodb;
use crate::capacity::{Consistency, Shown};
use crate::change::Look;
use crate::error::{Error, Wording};
use crate::partiql::ast::{Select, Statement};
use crate::partiql::{
    KeyCheck, NextToken, Query, Reader, Request, StatementError, Target, return_value,
};
use crate::table::Table;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{ExecuteStatementInput, ExecuteStatementOutput};

impl Operate<Dynamodb> for ExecuteStatementInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let read = async {
            let request = Request::read(self.statement.clone(), self.parameters.clone())?;
            let target = request.target(caller)?;
            let snapshot = service.store.snapshot();
            let table = service.table_at(&snapshot, &target.name).await?;
            let on_failure = self.return_values_on_condition_check_failure;
            let table = table.as_deref();
            let requirement = request.requirement(service, &target, table, None, on_failure);
            Ok(vec![requirement.await?])
        };
        read.await
            .map_err(|error: Error| error.worded(Wording::Older))
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<ExecuteStatementOutput, Error> {
        let answer = execute(service, permit.caller(), self).await;
        answer.map_err(|error| error.worded(Wording::Older))
    }
}

async fn execute(
    service: &Dynamodb,
    caller: &Caller,
    mut input: ExecuteStatementInput,
) -> Result<ExecuteStatementOutput, Error> {
    let statement = std::mem::take(&mut input.statement);
    let request = Request::read(statement, input.parameters.take())?;
    let target = request.target(caller)?;
    match &request.statement {
        Statement::Select(statement) => select(service, &request, statement, &target, &input).await,
        Statement::Exists(_) => Err(StatementError::Exists.into()),
        _ => write(service, &request, &target, &input).await,
    }
}

async fn select(
    service: &Dynamodb,
    request: &Request,
    statement: &Select,
    target: &Target,
    input: &ExecuteStatementInput,
) -> Result<ExecuteStatementOutput, Error> {
    let snapshot = service.store.snapshot();
    let table = service.table_at(&snapshot, &target.name).await?;
    if let Some(table) = &table {
        target.check_index_key(table)?;
    }
    let query = Query::lower(statement, request.parameters())?;
    let table = table.ok_or_else(|| target.name.not_found())?;
    let consistency = Consistency::of(input.consistent_read);
    let index = Query::index(&table, target.index.as_deref(), consistency)?;
    let plan = query.plan(&table, index)?;
    let fingerprint = request.fingerprint(target).bytes();
    let start = input.next_token.as_deref();
    let start = start.map(|text| NextToken::read(text, fingerprint));
    let reader = Reader {
        snapshot: &snapshot,
        table: &table,
        index,
        consistency,
        limit: input.limit.and_then(|limit| usize::try_from(limit).ok()),
    };
    let found = reader.read(&query, &plan, start.transpose()?).await?;
    let wanted = input.return_consumed_capacity;
    Ok(ExecuteStatementOutput {
        items: Some(found.items),
        next_token: found
            .next
            .map(|place| NextToken { fingerprint, place }.text()),
        consumed_capacity: found.consumed.report(&table, wanted, Shown::Plain),
        last_evaluated_key: None,
    })
}

async fn write(
    service: &Dynamodb,
    request: &Request,
    target: &Target,
    input: &ExecuteStatementInput,
) -> Result<ExecuteStatementOutput, Error> {
    let snapshot = service.store.snapshot();
    let table = service.table_at(&snapshot, &target.name).await?;
    let table = table.ok_or_else(|| target.name.not_found())?;
    let on_failure = input.return_values_on_condition_check_failure;
    let Some(written) = request.written(&table, KeyCheck::Statement, on_failure)? else {
        return Ok(ExecuteStatementOutput::default());
    };
    let change = &written.change;
    let (table, outcome) = service.change(&target.name, change, Look::Always).await?;
    let returned = written.returned.map(return_value);
    let item = returned.and_then(|returned| update_item::attributes(returned, change, &outcome));
    let wanted = input.return_consumed_capacity;
    Ok(ExecuteStatementOutput {
        items: Some(item.into_iter().collect()),
        consumed_capacity: outcome.consumed.report(&table, wanted, Shown::Plain),
        ..ExecuteStatementOutput::default()
    })
}

impl Target {
    /// Refuses to read an index whose key has more attributes than PartiQL knows how to name.
    ///
    /// # Errors
    /// [`StatementError::CompositeIndexKey`]
    pub(super) fn check_index_key(&self, table: &Table) -> Result<(), StatementError> {
        let index = self.index.as_deref().and_then(|name| table.index(name));
        match index {
            Some(index) if index.key.partition.len() > 1 || index.key.sort.len() > 1 => {
                Err(StatementError::CompositeIndexKey)
            }
            _ => Ok(()),
        }
    }
}
