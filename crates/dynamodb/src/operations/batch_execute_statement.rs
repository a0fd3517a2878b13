//! BatchExecuteStatement: PartiQL statements, each for itself.
//!
//! All of them read or all of them write, and none twice the same item.

use super::update_item;
use crate::Dynamodb;
use crate::capacity::{Consistency, Consumed, Shown};
use crate::change::{Change, Look};
use crate::error::{Error, ErrorKind, ParameterError, Wording};
use crate::item::Item;
use crate::partiql::ast::{Mapping, Select, Statement};
use crate::partiql::{KeyCheck, Query, Reader, Request, StatementError, Target, return_value};
use crate::table::Table;
use crate::throttle::Limit;
use kv::Snapshot;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::Attributes;
use wire::dynamodb::{
    BatchExecuteStatementInput, BatchExecuteStatementOutput, BatchStatementError,
    BatchStatementErrorCodeEnum as Code, BatchStatementRequest, BatchStatementResponse,
    ReturnConsumedCapacity,
};

const OPERATION: &str = "BatchExecuteStatement";

impl Operate<Dynamodb> for BatchExecuteStatementInput {
    /// Statements that cannot be read do nothing, and require nothing.
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let snapshot = service.store.snapshot();
        let mut requirements = Vec::with_capacity(self.statements.len());
        for statement in &self.statements {
            let request = Request::read(statement.statement.clone(), statement.parameters.clone());
            let Ok(request) = request else { continue };
            let Ok(target) = request.target(caller) else {
                continue;
            };
            let table = service.table_at(&snapshot, &target.name).await?;
            let table = table.as_deref();
            let on_failure = statement.return_values_on_condition_check_failure;
            let within = Some(OPERATION);
            let requirement = request.requirement(service, &target, table, within, on_failure);
            requirements.push(requirement.await?);
        }
        Ok(requirements)
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<BatchExecuteStatementOutput, Error> {
        let answer = execute(service, permit.caller(), self).await;
        answer.map_err(|error| error.worded(Wording::Older))
    }
}

/// A statement that can be carried out.
struct Prepared {
    target: Target,
    table: Arc<Table>,
    action: Action,
}

enum Action {
    Get {
        query: Query,
        key: Item,
        consistency: Consistency,
    },
    Write {
        change: Change,
        returned: Option<Mapping>,
    },
}

/// What a statement has come to.
struct Done {
    item: Option<Attributes>,
    table: Arc<Table>,
    consumed: Consumed,
}

async fn execute(
    service: &Dynamodb,
    caller: &Caller,
    input: BatchExecuteStatementInput,
) -> Result<BatchExecuteStatementOutput, Error> {
    let statements = input.statements.into_iter().map(|statement| {
        let BatchStatementRequest {
            statement,
            parameters,
            consistent_read,
            ..
        } = statement;
        (Request::read(statement, parameters), consistent_read)
    });
    let statements: Vec<_> = statements.collect();
    check_mixed(
        statements
            .iter()
            .filter_map(|(request, _)| request.as_ref().ok()),
    )?;
    let snapshot = service.store.snapshot();
    let mut prepared = Vec::with_capacity(statements.len());
    for (request, consistent_read) in statements {
        let consistency = Consistency::of(consistent_read);
        prepared.push(match request {
            Ok(request) => prepare(service, caller, &snapshot, &request, consistency).await,
            Err(error) => Err(error),
        });
    }
    check_apart(
        prepared
            .iter()
            .filter_map(|prepared| prepared.as_ref().ok()),
    )?;
    let mut responses = Vec::with_capacity(prepared.len());
    let mut consumed: BTreeMap<String, (Arc<Table>, Consumed)> = BTreeMap::new();
    for prepared in prepared {
        let response = match prepared {
            Err(error) => BatchStatementResponse {
                error: Some(refusal(error)),
                ..BatchStatementResponse::default()
            },
            Ok(prepared) => respond(service, &snapshot, &prepared, &mut consumed).await,
        };
        responses.push(response);
    }
    Ok(BatchExecuteStatementOutput {
        responses: Some(responses),
        consumed_capacity: report(consumed, input.return_consumed_capacity),
    })
}

/// # Errors
/// [`StatementError::MixedBatch`]
fn check_mixed<'r>(requests: impl Iterator<Item = &'r Request>) -> Result<(), StatementError> {
    let kinds: BTreeSet<bool> = requests.map(Request::is_read).collect();
    match kinds.len() {
        2 => Err(StatementError::MixedBatch),
        _ => Ok(()),
    }
}

/// # Errors
/// [`ParameterError::RepeatedKeys`]
fn check_apart<'p>(prepared: impl Iterator<Item = &'p Prepared>) -> Result<(), ParameterError> {
    let mut seen = BTreeSet::new();
    for Prepared { table, action, .. } in prepared {
        let key = match action {
            Action::Get { key, .. } => key,
            Action::Write { change, .. } => change.key(),
        };
        if let Some(key) = table.item_key(key)
            && !seen.insert(key)
        {
            return Err(ParameterError::RepeatedKeys);
        }
    }
    Ok(())
}

async fn prepare(
    service: &Dynamodb,
    caller: &Caller,
    snapshot: &Snapshot,
    request: &Request,
    consistency: Consistency,
) -> Result<Prepared, Error> {
    let target = request.target(caller)?;
    let table = service.table_at(snapshot, &target.name).await?;
    let table = table.ok_or_else(|| target.name.not_found())?;
    let action = match &request.statement {
        Statement::Select(select) => get(request, select, &target, &table, consistency)?,
        Statement::Exists(_) => return Err(StatementError::Exists.into()),
        _ => {
            let written = request.written(&table, KeyCheck::Statement, None)?;
            let written = written.ok_or(StatementError::MixedBatch)?;
            Action::Write {
                change: written.change,
                returned: written.returned,
            }
        }
    };
    Ok(Prepared {
        target,
        table,
        action,
    })
}

fn get(
    request: &Request,
    select: &Select,
    target: &Target,
    table: &Table,
    consistency: Consistency,
) -> Result<Action, Error> {
    target.check_index_key(table)?;
    let query = Query::lower(select, request.parameters())?;
    if target.index.is_some() {
        return Err(StatementError::SelectWithoutKey(OPERATION).into());
    }
    let key = query.only_key(table, OPERATION)?;
    table.key.check_key(&key)?;
    Ok(Action::Get {
        query,
        key,
        consistency,
    })
}

async fn respond(
    service: &Dynamodb,
    snapshot: &Snapshot,
    prepared: &Prepared,
    consumed: &mut BTreeMap<String, (Arc<Table>, Consumed)>,
) -> BatchStatementResponse {
    let table_name = Some(prepared.target.given_name.clone());
    match carry_out(service, snapshot, prepared).await {
        Ok(done) => {
            let arn = done.table.arn.clone();
            let sum = consumed.entry(arn);
            let (_, sum) = sum.or_insert_with(|| (done.table, Consumed::default()));
            sum.add(done.consumed);
            BatchStatementResponse {
                error: None,
                table_name,
                item: done.item,
            }
        }
        Err(error) => BatchStatementResponse {
            error: Some(refusal(error)),
            table_name,
            item: None,
        },
    }
}

async fn carry_out(
    service: &Dynamodb,
    snapshot: &Snapshot,
    prepared: &Prepared,
) -> Result<Done, Error> {
    match &prepared.action {
        Action::Get {
            query,
            key,
            consistency,
        } => {
            let reader = Reader {
                snapshot,
                table: &prepared.table,
                index: None,
                consistency: *consistency,
                limit: None,
            };
            let (item, consumed) = reader.get(query, key).await?;
            Ok(Done {
                item,
                table: Arc::clone(&prepared.table),
                consumed,
            })
        }
        Action::Write { change, returned } => {
            let name = &prepared.target.name;
            let (table, outcome) = service.change(name, change, Look::Always).await?;
            let returned = returned.map(return_value);
            let item =
                returned.and_then(|returned| update_item::attributes(returned, change, &outcome));
            Ok(Done {
                item,
                table,
                consumed: outcome.consumed,
            })
        }
    }
}

/// A refusal of one statement.
fn refusal(error: Error) -> BatchStatementError {
    let error = error.worded(Wording::Older);
    let code = match &error.kind {
        ErrorKind::ConditionalCheckFailed(_) => Code::ConditionalCheckFailed,
        ErrorKind::DuplicateItem => Code::DuplicateItem,
        ErrorKind::Table(_) => Code::ResourceNotFound,
        ErrorKind::Store(kv::Error::Conflict) => Code::TransactionConflict,
        ErrorKind::Store(_) => Code::InternalServerError,
        ErrorKind::Throttled(throttled) => match throttled.limit {
            Limit::OnDemand => Code::ThrottlingError,
            Limit::Provisioned | Limit::Partition => Code::ProvisionedThroughputExceeded,
        },
        _ => Code::ValidationError,
    };
    BatchStatementError {
        code: Some(code),
        message: Some(error.message()),
        item: None,
    }
}

fn report(
    consumed: BTreeMap<String, (Arc<Table>, Consumed)>,
    wanted: Option<ReturnConsumedCapacity>,
) -> Option<Vec<wire::dynamodb::ConsumedCapacity>> {
    let reports = consumed.values();
    let reports: Vec<_> = reports
        .filter_map(|(table, consumed)| consumed.report(table, wanted, Shown::Plain))
        .collect();
    (!reports.is_empty()).then_some(reports)
}
