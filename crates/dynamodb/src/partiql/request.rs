//! A statement as a request brings it: with its parameters, its table, and what it requires.

use super::ast::{Expr, Mapping, Name, PathStep, Source, Statement};
use super::error::StatementError;
use super::operand::Parameters;
use super::parser::parse_counting;
use super::select::{Plan, Query};
use super::write::{KeyCheck, Writing, Written};
use crate::Dynamodb;
use crate::access::{Access, Scope};
use crate::change::Effect;
use crate::error::Error;
use crate::item::Value;
use crate::number::NumberError;
use crate::read::Wanted;
use crate::table::Table;
use crate::tables::TableName;
use crate::token::Fingerprint;
use crate::values::{ValueError, typed_value};
use service::{Caller, Requirement};
use std::sync::Arc;
use wire::AttributeValue;
use wire::dynamodb::{ReturnValue, ReturnValuesOnConditionCheckFailure, Select as WireSelect};

/// A statement and its parameters, read and typed.
#[derive(Debug)]
pub struct Request {
    text: String,
    pub statement: Statement,
    parameters: Vec<Arc<Value>>,
}

/// The table that a statement is about, and the index if it reads one.
#[derive(Debug, Clone)]
pub struct Target {
    pub name: TableName,
    /// The table as the statement names it.
    pub given_name: String,
    pub index: Option<String>,
}

impl Request {
    /// # Errors
    /// [`Error`] with what AWS reports first: the parameters come before the statement.
    pub fn read(text: String, parameters: Option<Vec<AttributeValue>>) -> Result<Request, Error> {
        let parameters = parameters.unwrap_or_default().into_iter();
        let parameters = parameters.map(|value| {
            check_numbers(&value)?;
            Ok(Arc::new(typed_value(value)?))
        });
        let parameters = parameters.collect::<Result<Vec<_>, ValueError>>()?;
        let (statement, wanted) = parse_counting(&text)?;
        if parameters.len() > wanted {
            return Err(StatementError::ParameterCount.into());
        }
        Ok(Request {
            text,
            statement,
            parameters,
        })
    }

    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Whether it only reads.
    pub fn is_read(&self) -> bool {
        matches!(self.statement, Statement::Select(_))
    }

    /// What tells the statement from others, on this table.
    pub fn fingerprint(&self, target: &Target) -> Fingerprint {
        Fingerprint::default()
            .text(&target.name.arn())
            .text(&self.text)
            .listed(self.parameters.iter().map(|value| &**value))
    }

    /// # Errors
    /// [`StatementError`] for what names no table, or an index that is written to.
    pub fn target(&self, caller: &Caller) -> Result<Target, Error> {
        match &self.statement {
            Statement::Select(select) | Statement::Exists(select) if select.sources.len() > 1 => {
                Err(StatementError::SeveralSources.into())
            }
            Statement::Select(select) => source(caller, select.sources.first()),
            Statement::Exists(select) => {
                let target = source(caller, select.sources.first())?;
                target.without_index(StatementError::ExistsOnIndex)
            }
            Statement::Insert(insert) => {
                let target = named(caller, &insert.into)?;
                target.without_index(StatementError::InsertIntoIndex(insert.into.span()))
            }
            Statement::Update(update) => {
                let target = source(caller, Some(&update.table))?;
                target.without_index(StatementError::WriteToIndex)
            }
            Statement::Delete(delete) => {
                let target = source(caller, Some(&delete.table))?;
                target.without_index(StatementError::WriteToIndex)
            }
        }
    }

    /// The change that the statement makes; nothing for one that only reads.
    ///
    /// # Errors
    /// [`StatementError`] with what is wrong with the statement.
    pub fn written(
        &self,
        table: &Table,
        keys: KeyCheck,
        on_failure: Option<ReturnValuesOnConditionCheckFailure>,
    ) -> Result<Option<Written>, Error> {
        let writing = Writing {
            table,
            parameters: &self.parameters,
            keys,
            shows_item: on_failure == Some(ReturnValuesOnConditionCheckFailure::AllOld),
        };
        match &self.statement {
            Statement::Select(_) => Ok(None),
            Statement::Insert(insert) => writing.insert(insert).map(Some),
            Statement::Update(update) => writing.update(update).map(Some),
            Statement::Delete(delete) => writing.delete(delete).map(Some),
            Statement::Exists(select) => writing.exists(select).map(Some),
        }
    }

    const fn action(&self) -> &'static str {
        match self.statement {
            Statement::Select(_) | Statement::Exists(_) => "dynamodb:PartiQLSelect",
            Statement::Insert(_) => "dynamodb:PartiQLInsert",
            Statement::Update(_) => "dynamodb:PartiQLUpdate",
            Statement::Delete(_) => "dynamodb:PartiQLDelete",
        }
    }

    /// What the statement requires, as far as it can be understood: one that cannot is refused
    /// later. `within` is the operation that brings several of them.
    ///
    /// # Errors
    /// The store's.
    pub async fn requirement(
        &self,
        service: &Dynamodb,
        target: &Target,
        table: Option<&Table>,
        within: Option<&'static str>,
        on_failure: OnFailure,
    ) -> Result<Requirement, Error> {
        let access = self.access(target, table, within, on_failure);
        access.require(service).await
    }

    fn access<'a>(
        &self,
        target: &'a Target,
        table: Option<&Table>,
        within: Option<&'static str>,
        on_failure: OnFailure,
    ) -> Access<'a> {
        let mut access = Access::to(self.action(), &target.name).index(target.index.as_deref());
        if let Some(operation) = within {
            access = access.within(operation);
        }
        let Some(table) = table else {
            return access;
        };
        match &self.statement {
            Statement::Select(select) => match Query::lower(select, &self.parameters) {
                Ok(query) => selecting(access, &query, target, table),
                Err(_) => access,
            },
            _ => match self.written(table, KeyCheck::Location, None) {
                Ok(Some(written)) => writing(access, &written, table, on_failure),
                _ => access,
            },
        }
    }
}

/// What a write shows whose condition fails.
type OnFailure = Option<ReturnValuesOnConditionCheckFailure>;

fn selecting<'a>(access: Access<'a>, query: &Query, target: &Target, table: &Table) -> Access<'a> {
    let select = match (&query.wanted, &target.index) {
        (Wanted::All, None) => WireSelect::AllAttributes,
        (Wanted::All, Some(_)) => WireSelect::AllProjectedAttributes,
        _ => WireSelect::SpecificAttributes,
    };
    let access = access.attributes(&query.attributes()).select(select);
    let index = target.index.as_deref().and_then(|name| table.index(name));
    let Ok(plan) = query.plan(table, index) else {
        return access;
    };
    let scope = match plan.is_full_scan() {
        true => Scope::Everything,
        false => Scope::Keys,
    };
    let access = access.scans(scope);
    match &plan {
        Plan::Get(key) => {
            let partition = table.key.partition.iter();
            access.leading(partition.filter_map(|attribute| key.get(&attribute.name)))
        }
        Plan::Ranges { ranges, .. } => {
            access.leading(ranges.iter().filter_map(|range| range.partition.as_deref()))
        }
    }
}

fn writing<'a>(
    access: Access<'a>,
    written: &Written,
    table: &Table,
    on_failure: OnFailure,
) -> Access<'a> {
    let change = &written.change;
    let mut names: Vec<String> = change
        .key()
        .iter()
        .map(|(name, _)| name.to_owned())
        .collect();
    if let Effect::Update { update, .. } = &change.effect {
        update.for_each_path(&mut |path| names.push(path.root.clone()));
    }
    if let Some(condition) = change.guard.condition() {
        condition.for_each_path(&mut |path| names.push(path.root.clone()));
    }
    let partition = table.key.partition.iter();
    let leading = partition.filter_map(|attribute| change.key().get(&attribute.name));
    access
        .attributes(&names)
        .leading(leading)
        .returns(written.returned.map(return_value), on_failure)
}

/// What a RETURNING clause asks for, by the name of the items' own operations.
pub const fn return_value(mapping: Mapping) -> ReturnValue {
    match mapping {
        Mapping::AllOld => ReturnValue::AllOld,
        Mapping::AllNew => ReturnValue::AllNew,
        Mapping::ModifiedOld => ReturnValue::UpdatedOld,
        Mapping::ModifiedNew => ReturnValue::UpdatedNew,
    }
}

impl Target {
    fn without_index(self, refusal: StatementError) -> Result<Target, Error> {
        match self.index {
            None => Ok(self),
            Some(_) => Err(refusal.into()),
        }
    }
}

fn source(caller: &Caller, source: Option<&Source>) -> Result<Target, Error> {
    let source = source.ok_or(StatementError::Source)?;
    if source.alias.is_some() {
        return Err(StatementError::Alias.into());
    }
    named(caller, &source.what)
}

fn named(caller: &Caller, expr: &Expr) -> Result<Target, Error> {
    let (table, index) = match expr {
        Expr::Variable(table) => (table, None),
        Expr::Path(root, steps) => match (&**root, steps.as_slice()) {
            (Expr::Variable(table), [PathStep::Key(index)]) => (table, Some(index)),
            (_, steps) if steps.iter().any(|step| !matches!(step, PathStep::Key(_))) => {
                return Err(StatementError::SourceIndex.into());
            }
            (Expr::Variable(_), _) => return Err(StatementError::SourceLength.into()),
            _ => return Err(StatementError::Source.into()),
        },
        _ => return Err(StatementError::Source.into()),
    };
    let is_empty = |name: &&Name| name.text.is_empty();
    if is_empty(&table) || index.as_ref().is_some_and(is_empty) {
        return Err(StatementError::EmptyComponent.into());
    }
    if TableName::from_arn(&table.text).is_some() {
        return Err(StatementError::TableName.into());
    }
    let name = TableName::read(caller, &table.text).map_err(|_| StatementError::TableName)?;
    Ok(Target {
        name,
        given_name: table.text.clone(),
        index: index.map(|index| index.text.clone()),
    })
}

/// Refuses numbers whose exponents do not fit in 32 bits, which other operations only find out of
/// range.
fn check_numbers(value: &AttributeValue) -> Result<(), ValueError> {
    match value {
        AttributeValue::N(text) => check_exponent(text),
        AttributeValue::Ns(texts) => texts.iter().try_for_each(|text| check_exponent(text)),
        AttributeValue::L(list) => list.iter().try_for_each(check_numbers),
        AttributeValue::M(map) => map.values().try_for_each(check_numbers),
        _ => Ok(()),
    }
}

fn check_exponent(text: &str) -> Result<(), ValueError> {
    let Some((_, exponent)) = text.split_once(['e', 'E']) else {
        return Ok(());
    };
    match exponent.parse::<i32>() {
        Ok(i32::MAX) => Err(ValueError::Number(NumberError::Underflow)),
        Ok(_) => Ok(()),
        Err(_) => Err(ValueError::Number(NumberError::NotNumeric(text.to_owned()))),
    }
}
