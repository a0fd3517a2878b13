//! ExecuteTransaction: PartiQL statements that all happen, or none; or reads at one moment.
//!
//! It is a TransactWriteItems or a TransactGetItems whose actions are written as statements.

use super::{transact_get_items, transact_write_items};
use crate::Dynamodb;
use crate::error::{Error, ErrorKind, Reason, Wording};
use crate::partiql::ast::{Select, Statement};
use crate::partiql::{KeyCheck, Query, Request, StatementError, Target};
use crate::table::Table;
use service::{Caller, Operate, Permit, Requirement};
use std::sync::Arc;
use wire::dynamodb::{
    ExecuteTransactionInput, ExecuteTransactionOutput, ParameterizedStatement,
    ReturnValuesOnConditionCheckFailure,
};

const OPERATION: &str = "ExecuteTransaction";

impl Operate<Dynamodb> for ExecuteTransactionInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let members = members(service, caller, &self.transact_statements).await;
        let members = members.map_err(|error| error.worded(Wording::Older))?;
        let mut requirements = Vec::with_capacity(members.len());
        for member in &members {
            let (target, table) = (&member.target, member.table.as_deref());
            let (within, on_failure) = (Some(OPERATION), member.on_failure);
            let request = &member.request;
            let requirement = request.requirement(service, target, table, within, on_failure);
            requirements.push(requirement.await?);
        }
        Ok(requirements)
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<ExecuteTransactionOutput, Error> {
        let answer = execute(service, permit.caller(), self).await;
        answer.map_err(|error| error.worded(Wording::Older))
    }
}

/// A statement of the transaction, and its table if there is one.
struct Member {
    request: Request,
    target: Target,
    table: Option<Arc<Table>>,
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

async fn members(
    service: &Dynamodb,
    caller: &Caller,
    statements: &[ParameterizedStatement],
) -> Result<Vec<Member>, Error> {
    let mut requests = Vec::with_capacity(statements.len());
    for (position, statement) in statements.iter().enumerate() {
        let request = Request::read(statement.statement.clone(), statement.parameters.clone());
        requests.push(request.map_err(|error| match error.kind {
            // The parameters are judged for all statements at once.
            ErrorKind::Value(_) => error,
            _ => in_statement(position, error),
        })?);
    }
    let reads = requests.iter().filter(|request| request.is_read()).count();
    if reads > 0 && reads < requests.len() {
        return Err(StatementError::MixedTransaction.into());
    }
    let snapshot = service.store.snapshot();
    let mut members = Vec::with_capacity(requests.len());
    for (position, (request, statement)) in requests.into_iter().zip(statements).enumerate() {
        let target = request.target(caller);
        let target = target.map_err(|error| in_statement(position, error))?;
        let table = service.table_at(&snapshot, &target.name).await?;
        members.push(Member {
            request,
            target,
            table,
            on_failure: statement.return_values_on_condition_check_failure,
        });
    }
    Ok(members)
}

/// Says which statement it is about.
fn in_statement(position: usize, error: Error) -> Error {
    match error.kind {
        ErrorKind::Store(_) => error,
        _ => {
            let error = Box::new(error.worded(Wording::Older));
            ErrorKind::InTransaction(position, error).into()
        }
    }
}

/// What a statement does, as far as it has a table to do it to.
enum Action {
    Get(transact_get_items::Action),
    Write(Box<transact_write_items::Action>),
}

async fn execute(
    service: &Dynamodb,
    caller: &Caller,
    input: ExecuteTransactionInput,
) -> Result<ExecuteTransactionOutput, Error> {
    let members = members(service, caller, &input.transact_statements).await?;
    let (mut gets, mut writes, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    for (position, member) in members.iter().enumerate() {
        let Some(table) = &member.table else {
            reasons.push(Reason::ResourceNotFound);
            continue;
        };
        reasons.push(Reason::None);
        let action = member.action(table);
        match action.map_err(|error| in_statement(position, error))? {
            Action::Get(action) => gets.push(action),
            Action::Write(action) => writes.push(*action),
        }
    }
    if reasons.contains(&Reason::ResourceNotFound) {
        return Err(ErrorKind::Canceled(reasons).into());
    }
    let wanted = input.return_consumed_capacity;
    if writes.is_empty() {
        let answer = transact_get_items::read(service, &gets, wanted).await?;
        return Ok(ExecuteTransactionOutput {
            responses: Some(answer.responses),
            consumed_capacity: answer.consumed_capacity,
        });
    }
    let token = input.client_request_token;
    let done = transact_write_items::carry_out(service, caller, &writes, token).await?;
    Ok(ExecuteTransactionOutput {
        responses: Some(Vec::new()),
        consumed_capacity: done.capacity(service, caller, wanted).await?,
    })
}

impl Member {
    fn action(&self, table: &Table) -> Result<Action, Error> {
        if let Statement::Select(select) = &self.request.statement {
            return self.get(select, table).map(Action::Get);
        }
        let returning = match &self.request.statement {
            Statement::Update(update) => update.returning.as_slice(),
            Statement::Delete(delete) => delete.returning.as_slice(),
            _ => &[],
        };
        if !returning.is_empty() {
            return Err(StatementError::ReturningInTransaction.into());
        }
        let written = self
            .request
            .written(table, KeyCheck::Location, self.on_failure)?;
        let written = written.ok_or(StatementError::MixedTransaction)?;
        Ok(Action::Write(Box::new(transact_write_items::Action {
            name: self.target.name.clone(),
            given_name: self.target.given_name.clone(),
            change: written.change,
            fingerprint: self.request.fingerprint(&self.target),
        })))
    }

    fn get(&self, select: &Select, table: &Table) -> Result<transact_get_items::Action, Error> {
        self.target.check_index_key(table)?;
        if self.target.index.is_some() {
            return Err(StatementError::IndexReadInTransaction.into());
        }
        let query = Query::lower(select, self.request.parameters())?;
        let key = query.only_key(table, OPERATION)?;
        Ok(transact_get_items::Action {
            name: self.target.name.clone(),
            key,
            wanted: query.wanted,
        })
    }
}
