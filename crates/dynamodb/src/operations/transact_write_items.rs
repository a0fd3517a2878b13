//! TransactWriteItems.

use super::transact_get_items::TRANSACTION_FACTOR;
use crate::Dynamodb;
use crate::access::Access;
use crate::capacity::{Consistency, Consumed, Shown, read_units};
use crate::change::{Change, Effect, Look, Outcome, metrics};
use crate::error::{Error, ErrorKind, ParameterError, Reason, Wording};
use crate::expression::Update;
use crate::item::Item;
use crate::key::KeyError;
use crate::request::{Conditions, Given, check_size, placeholders};
use crate::table::Table;
use crate::tables::TableName;
use crate::token::{Action as TokenAction, Fingerprint, Token};
use crate::values::{WireItem, typed_item};
use crate::write::{Author, Writer};
use bytes::Bytes;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::dynamodb::{
    ItemCollectionMetrics, ReturnConsumedCapacity, ReturnItemCollectionMetrics,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, TransactWriteItemsInput,
    TransactWriteItemsOutput,
};

pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;

impl Operate<Dynamodb> for TransactWriteItemsInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let mut requirements = Vec::with_capacity(self.transact_items.len());
        for (position, item) in (1..).zip(&self.transact_items) {
            requirements.push(
                Required::by(item)?
                    .require(service, caller, position)
                    .await?,
            );
        }
        Ok(requirements)
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<TransactWriteItemsOutput, Error> {
        let answer = write(service, permit.caller(), self).await;
        answer.map_err(|error| error.worded(Wording::Older))
    }
}

/// The four kinds of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Check,
    Put,
    Delete,
    Update,
}

impl Kind {
    /// The member of the request that has it.
    const fn member(self) -> &'static str {
        match self {
            Kind::Check => "conditionCheck",
            Kind::Put => "put",
            Kind::Delete => "delete",
            Kind::Update => "update",
        }
    }

    fn table_name(self, caller: &Caller, text: &str, position: usize) -> Result<TableName, Error> {
        let path = format!(
            "transactItems.{position}.member.{}.tableName",
            self.member()
        );
        TableName::in_transaction(caller, text, &path)
    }

    const fn action(self) -> &'static str {
        match self {
            Kind::Check => "dynamodb:ConditionCheckItem",
            Kind::Put => "dynamodb:PutItem",
            Kind::Delete => "dynamodb:DeleteItem",
            Kind::Update => "dynamodb:UpdateItem",
        }
    }
}

/// What of an action tells what it requires.
struct Required<'a> {
    kind: Kind,
    table_name: &'a str,
    item: &'a WireItem,
    expressions: [Option<&'a String>; 2],
    names: Option<&'a BTreeMap<String, String>>,
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

macro_rules! required {
    ($kind:ident, $of:ident, $item:ident, $condition:expr, $update:expr) => {
        Required {
            kind: Kind::$kind,
            table_name: &$of.table_name,
            item: &$of.$item,
            expressions: [$condition, $update],
            names: $of.expression_attribute_names.as_ref(),
            on_failure: $of.return_values_on_condition_check_failure,
        }
    };
}

impl Required<'_> {
    fn by(item: &TransactWriteItem) -> Result<Required<'_>, ParameterError> {
        let TransactWriteItem {
            condition_check,
            put,
            delete,
            update,
        } = item;
        let check = condition_check.as_ref();
        let check = check.map(|c| required!(Check, c, key, Some(&c.condition_expression), None));
        let put = put.as_ref();
        let put = put.map(|p| required!(Put, p, item, p.condition_expression.as_ref(), None));
        let delete = delete.as_ref();
        let delete =
            delete.map(|d| required!(Delete, d, key, d.condition_expression.as_ref(), None));
        let update = update.as_ref().map(|u| {
            let condition = u.condition_expression.as_ref();
            required!(Update, u, key, condition, Some(&u.update_expression))
        });
        only([check, put, delete, update])
    }

    async fn require(
        self,
        service: &Dynamodb,
        caller: &Caller,
        position: usize,
    ) -> Result<Requirement, Error> {
        let name = self.kind.table_name(caller, self.table_name, position)?;
        let access = Access::to(self.kind.action(), &name)
            .attributes(self.item.keys())
            .expressions(self.expressions, self.names)
            .returns(None, self.on_failure)
            .within("TransactWriteItems")
            .keys(service, [self.item])
            .await?;
        access.require(service).await
    }
}

/// The one that is there.
fn only<T, const N: usize>(actions: [Option<T>; N]) -> Result<T, ParameterError> {
    let mut given = actions.into_iter().flatten();
    match (given.next(), given.next()) {
        (None, _) => Err(ParameterError::NoAction),
        (Some(action), None) => Ok(action),
        (Some(_), Some(_)) => Err(ParameterError::SeveralActions),
    }
}

/// An action as it comes, whatever its kind.
struct Request {
    kind: Kind,
    table_name: String,
    /// The item to put, or the key.
    item: WireItem,
    update_expression: Option<String>,
    condition_expression: Option<String>,
    names: Option<BTreeMap<String, String>>,
    values: Option<WireItem>,
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

macro_rules! request {
    ($kind:ident, $of:ident, $item:ident, $condition:expr, $update:expr) => {
        Request {
            kind: Kind::$kind,
            table_name: $of.table_name,
            item: $of.$item,
            update_expression: $update,
            condition_expression: $condition,
            names: $of.expression_attribute_names,
            values: $of.expression_attribute_values,
            on_failure: $of.return_values_on_condition_check_failure,
        }
    };
}

impl Request {
    fn of(item: TransactWriteItem) -> Result<Request, ParameterError> {
        let TransactWriteItem {
            condition_check,
            put,
            delete,
            update,
        } = item;
        let check =
            condition_check.map(|c| request!(Check, c, key, Some(c.condition_expression), None));
        let put = put.map(|p| request!(Put, p, item, p.condition_expression, None));
        let delete = delete.map(|d| request!(Delete, d, key, d.condition_expression, None));
        let update = update.map(|u| {
            request!(
                Update,
                u,
                key,
                u.condition_expression,
                Some(u.update_expression)
            )
        });
        only([check, put, delete, update])
    }

    fn read(self, caller: &Caller, position: usize) -> Result<Action, Error> {
        let name = self.kind.table_name(caller, &self.table_name, position)?;
        let fingerprint = Fingerprint::default()
            .text(self.kind.action())
            .text(&name.arn())
            .text(self.update_expression.as_deref().unwrap_or_default())
            .text(self.condition_expression.as_deref().unwrap_or_default())
            .names(self.names.as_ref());
        let item = typed_item(self.item)?;
        let expressions = Given::of([
            ("UpdateExpression", self.update_expression.is_some()),
            ("ConditionExpression", self.condition_expression.is_some()),
        ]);
        // Placeholders beside no expression at all are passed over here.
        let has_expressions = !expressions.is_empty();
        let given = Given {
            expressions,
            ..Given::default()
        };
        let (names, values) = (
            self.names.filter(|_| has_expressions),
            self.values.filter(|_| has_expressions),
        );
        given.check(names.as_ref(), values.as_ref())?;
        let mut placeholders = placeholders(names, values)?;
        let fingerprint = fingerprint.item(&item).values(&placeholders);
        let conditions = Conditions {
            expression: self.condition_expression,
            on_failure: self.on_failure,
            ..Conditions::default()
        };
        let update = self.update_expression;
        let update = update
            .map(|text| Update::parse(&text, &mut placeholders))
            .transpose()?;
        let guard = conditions.guard(&mut placeholders)?;
        if self.kind == Kind::Put {
            check_size(&item)?;
        }
        placeholders.check_used()?;
        let effect = match (self.kind, update) {
            (Kind::Put, _) => Effect::Put(item),
            (Kind::Delete, _) => Effect::Delete { key: item },
            (Kind::Check, _) => Effect::Check { key: item },
            (Kind::Update, update) => Effect::Update {
                key: item,
                update: update.unwrap_or_default(),
            },
        };
        Ok(Action {
            name,
            given_name: self.table_name,
            change: Change { guard, effect },
            fingerprint,
        })
    }
}

/// An action, understood.
pub(super) struct Action {
    pub name: TableName,
    /// The table as the request names it.
    pub given_name: String,
    pub change: Change,
    /// What tells the action from others, but for its change.
    pub fingerprint: Fingerprint,
}

/// What a transaction has done to a table, in order.
pub(super) struct Written {
    table: Arc<Table>,
    consumed: Consumed,
    /// What the action was charged for, in bytes.
    charged_bytes: usize,
}

async fn write(
    service: &Dynamodb,
    caller: &Caller,
    input: TransactWriteItemsInput,
) -> Result<TransactWriteItemsOutput, Error> {
    let requests = input.transact_items.into_iter().map(Request::of);
    let requests = requests.collect::<Result<Vec<_>, _>>()?;
    let requests = (1..).zip(requests);
    let actions = requests.map(|(position, request)| request.read(caller, position));
    let actions = &actions.collect::<Result<Vec<_>, Error>>()?;
    let done = carry_out(service, caller, actions, input.client_request_token).await?;
    let wanted = input.return_consumed_capacity;
    let consumed_capacity = done.capacity(service, caller, wanted).await?;
    let sized = input.return_item_collection_metrics;
    Ok(TransactWriteItemsOutput {
        consumed_capacity,
        item_collection_metrics: match &done {
            Done::Now(written) => all_metrics(actions, written, sized),
            Done::Before(_) => None,
        },
    })
}

/// Does all of the actions, or none; once only for a token.
///
/// # Errors
/// [`ErrorKind::Canceled`], or what refuses the request as a whole.
pub(super) async fn carry_out(
    service: &Dynamodb,
    caller: &Caller,
    actions: &[Action],
    token: Option<String>,
) -> Result<Done, Error> {
    let token = token.map(|text| Token {
        account: caller.account,
        region: caller.region.clone(),
        text,
        fingerprint: actions.iter().map(|action| &action.fingerprint).collect(),
        now: service.clock.now(),
    });
    let token = &token;
    let done = service
        .transact(Author::Caller, |writer| async move {
            transact(service, &writer, actions, token.as_ref()).await
        })
        .await;
    done.map_err(|error| as_conflict(error, actions.len()))
}

/// When a transaction was done.
pub(super) enum Done {
    Now(Vec<Written>),
    /// By an earlier request with the same token, whose actions were charged so.
    Before(Vec<TokenAction>),
}

impl Done {
    /// What the transaction costs, if that is to be reported.
    pub async fn capacity(
        &self,
        service: &Dynamodb,
        caller: &Caller,
        wanted: Option<ReturnConsumedCapacity>,
    ) -> Result<Option<Vec<wire::dynamodb::ConsumedCapacity>>, Error> {
        match self {
            Done::Now(written) => Ok(capacity(written, wanted)),
            Done::Before(charged) => replayed_capacity(service, caller, charged, wanted).await,
        }
    }
}

async fn transact(
    service: &Dynamodb,
    writer: &Writer,
    actions: &[Action],
    token: Option<&Token>,
) -> Result<Done, Error> {
    if let Some(token) = token
        && let Some(charged) = token.replayed(&writer.txn).await?
    {
        return Ok(Done::Before(charged));
    }
    let mut tables = Vec::with_capacity(actions.len());
    for action in actions {
        let table = service.table_in(&writer.txn, &action.name).await?;
        tables.push(table.ok_or_else(|| action.name.not_found())?);
    }
    check_apart(actions.iter().zip(&tables))?;
    check_total(actions)?;
    let written = make(writer, actions, tables).await?;
    if let Some(token) = token {
        let charged = written
            .iter()
            .zip(actions)
            .map(|(written, action)| TokenAction {
                table: action.given_name.clone(),
                charged_bytes: written.charged_bytes,
            });
        token.note(&writer.txn, charged.collect());
    }
    Ok(Done::Now(written))
}

/// # Errors
/// [`ParameterError::RepeatedItem`]
fn check_apart<'a>(
    actions: impl Iterator<Item = (&'a Action, &'a Arc<Table>)>,
) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for (action, table) in actions {
        if let Some(key) = table.item_key(action.change.key())
            && !seen.insert(key)
        {
            return Err(ParameterError::RepeatedItem.into());
        }
    }
    Ok(())
}

/// # Errors
/// [`ParameterError::TransactionSize`]
fn check_total(actions: &[Action]) -> Result<(), Error> {
    let sizes = actions
        .iter()
        .map(|action| action.change.key().size_bytes());
    let bytes: usize = sizes.sum();
    if bytes > MAX_BYTES {
        return Err(ParameterError::TransactionSize(bytes).into());
    }
    Ok(())
}

/// Makes all changes, or tells of each why not.
async fn make(
    writer: &Writer,
    actions: &[Action],
    tables: Vec<Arc<Table>>,
) -> Result<Vec<Written>, Error> {
    let (mut written, mut reasons) = (Vec::new(), Vec::new());
    let keys = locate(actions, &tables)?;
    for ((action, table), key) in actions.iter().zip(tables).zip(keys) {
        match action.change.make(writer, &table, key, Look::Always).await {
            Ok(outcome) => {
                reasons.push(Reason::None);
                written.push(charge(outcome, table));
            }
            Err(error) => reasons.push(Reason::of(error.worded(Wording::Older))?),
        }
    }
    if written.len() < actions.len() {
        return Err(ErrorKind::Canceled(reasons).into());
    }
    Ok(written)
}

/// Where the items are. An empty key value is refused for the whole request, everything else for
/// the first such action; the others are not looked at then.
fn locate(actions: &[Action], tables: &[Arc<Table>]) -> Result<Vec<Bytes>, Error> {
    let mut keys = Vec::with_capacity(actions.len());
    for (action, table) in actions.iter().zip(tables) {
        match action.change.locate(table) {
            Ok(key) => keys.push(key),
            Err(error) if matches!(error.kind, ErrorKind::Key(KeyError::Empty { .. })) => {
                return Err(error);
            }
            Err(error) => {
                let mut reasons = vec![Reason::None; actions.len()];
                if let Some(reason) = reasons.get_mut(keys.len()) {
                    *reason = Reason::of(error.worded(Wording::Older))?;
                }
                return Err(ErrorKind::Canceled(reasons).into());
            }
        }
    }
    Ok(keys)
}

fn charge(outcome: Outcome<'_>, table: Arc<Table>) -> Written {
    let size = |item: Option<&Item>| item.map_or(0, Item::size_bytes);
    let charged_bytes = size(outcome.before.item()).max(size(outcome.after.as_deref()));
    let Consumed {
        table: units,
        local,
        global,
    } = outcome.consumed;
    let consumed = Consumed {
        table: units * TRANSACTION_FACTOR,
        local,
        global,
    };
    Written {
        table,
        consumed,
        charged_bytes,
    }
}

/// A transaction that lost against others every time.
fn as_conflict(error: Error, actions: usize) -> Error {
    match error.kind {
        ErrorKind::Store(kv::Error::Conflict) => {
            ErrorKind::Canceled(vec![Reason::TransactionConflict; actions]).into()
        }
        _ => error,
    }
}

fn capacity(
    written: &[Written],
    wanted: Option<ReturnConsumedCapacity>,
) -> Option<Vec<wire::dynamodb::ConsumedCapacity>> {
    let mut sums: BTreeMap<&str, (&Table, Consumed)> = BTreeMap::new();
    for Written {
        table, consumed, ..
    } in written
    {
        let (_, sum) = sums
            .entry(&table.arn)
            .or_insert_with(|| (table, Consumed::default()));
        sum.add(consumed.clone());
    }
    let reports = sums.values();
    let reports: Vec<_> = reports
        .filter_map(|(table, sum)| sum.report(table, wanted, Shown::Write))
        .collect();
    (!reports.is_empty()).then_some(reports)
}

/// What a repeated request costs: reading what the first one wrote.
async fn replayed_capacity(
    service: &Dynamodb,
    caller: &Caller,
    charged: &[TokenAction],
    wanted: Option<ReturnConsumedCapacity>,
) -> Result<Option<Vec<wire::dynamodb::ConsumedCapacity>>, Error> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for TokenAction {
        table,
        charged_bytes,
    } in charged
    {
        let units = read_units(*charged_bytes, Consistency::Strong) * TRANSACTION_FACTOR;
        *sums.entry(table).or_default() += units;
    }
    let snapshot = service.store.snapshot();
    let mut reports = Vec::new();
    for (given_name, units) in sums {
        let name = TableName::read(caller, given_name)?;
        if let Some(table) = service.table_at(&snapshot, &name).await? {
            reports.extend(Consumed::of_table(units).report(&table, wanted, Shown::Read));
        }
    }
    Ok((!reports.is_empty()).then_some(reports))
}

/// What the answer tells of the item collections, each of them once.
fn all_metrics(
    actions: &[Action],
    written: &[Written],
    wanted: Option<ReturnItemCollectionMetrics>,
) -> Option<BTreeMap<String, Vec<ItemCollectionMetrics>>> {
    let mut all: BTreeMap<String, Vec<ItemCollectionMetrics>> = BTreeMap::new();
    for (action, Written { table, .. }) in actions.iter().zip(written) {
        if matches!(action.change.effect, Effect::Check { .. }) {
            continue;
        }
        let Some(metrics) = metrics(table, wanted, action.change.key()) else {
            continue;
        };
        let of_table = all.entry(action.given_name.clone()).or_default();
        if !of_table.contains(&metrics) {
            of_table.push(metrics);
        }
    }
    (!all.is_empty()).then_some(all)
}
