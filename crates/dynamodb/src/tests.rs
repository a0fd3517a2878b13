//! The operations over the memory store, as JSON in and out through the gate.

mod access;
mod backups;
mod batches;
mod control_plane;
mod history;
mod indexes;
mod items;
mod limits;
mod observed;
mod partiql;
mod partiql_batches;
mod partiql_indexes;
mod partiql_pages;
mod partiql_reads;
mod policies;
mod reads;
mod recovery;
mod settings;
mod streams;
mod tables;
mod throttling;
mod transactions;
mod transfers;

use super::*;
use base::{AccountId, Region, RequestId, Timestamp};
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use service::{
    AnyService, Authorizer, BoxFuture, Caller, Denial, Principal, Registry, Requirement, Source,
    Verdict, authorise,
};
use wire::dynamodb::SERVICE;
use wire::dynamodbstreams;
use wire::{Fault, RequestParts, error_reply};

const NOW: Timestamp = Timestamp::from_millis(1_795_350_247_123);

/// Remembers what was required, and allows everything but one action.
#[derive(Default)]
struct Gate {
    denied: Option<&'static str>,
    required: Mutex<Vec<Requirement>>,
}

impl Authorizer for Gate {
    fn decide<'a>(
        &'a self,
        _: &'a Caller,
        requirement: &'a Requirement,
    ) -> BoxFuture<'a, Result<Verdict, Fault>> {
        self.required.lock().push(requirement.clone());
        let verdict = match self.denied {
            Some(action) if action == requirement.action => Verdict::Denied(Denial {
                message: "denied".to_owned(),
            }),
            _ => Verdict::Allowed,
        };
        Box::pin(async move { Ok(verdict) })
    }
}

/// The service with everything around it.
struct World {
    service: Arc<Dynamodb>,
    registry: Registry<Dynamodb>,
    /// The streams' own service.
    streams: Registry<Dynamodb>,
    clock: Clock,
    store: Store,
    gate: Gate,
}

/// An error as clients see it.
#[derive(Debug, Clone, PartialEq)]
struct Refusal {
    /// Without its namespace.
    code: String,
    message: String,
    body: Value,
}

impl World {
    fn new() -> World {
        World::over(Store::in_memory())
    }

    fn over(store: Store) -> World {
        World::with(store, Options::default())
    }

    fn with(store: Store, options: Options) -> World {
        let clock = Clock::manual(NOW);
        let service = Dynamodb::with(store.clone(), clock.clone(), Entropy::seeded(1), options);
        let service = Arc::new(service);
        let registry = Registry::new(&SERVICE, Arc::clone(&service), Dynamodb::handlers());
        let streams = Registry::new(
            &dynamodbstreams::SERVICE,
            Arc::clone(&service),
            Dynamodb::stream_handlers(),
        );
        World {
            service,
            registry,
            streams,
            clock,
            store,
            gate: Gate::default(),
        }
    }

    async fn ask(&self, operation: &str, input: Value) -> Result<Value, Refusal> {
        let request_id = RequestId::uuid(&Entropy::seeded(1));
        let caller = Caller {
            account: AccountId::DEFAULT,
            region: Region::default_region(),
            principal: Principal::Root,
            request_id: request_id.clone(),
            time: self.clock.now(),
            source: Source::default(),
        };
        let reply = match self.run(operation, input, caller).await {
            Ok(reply) => return Ok(body(&reply.body.bytes)),
            Err(fault) => error_reply(&SERVICE, &fault, &request_id),
        };
        let body = body(&reply.body.bytes);
        let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
        let code = text("__type")
            .rsplit('#')
            .next()
            .unwrap_or_default()
            .to_owned();
        let message = if body["message"].is_null() {
            text("Message")
        } else {
            text("message")
        };
        Err(Refusal {
            code,
            message,
            body,
        })
    }

    async fn run(
        &self,
        operation: &str,
        input: Value,
        caller: Caller,
    ) -> Result<wire::Reply, Fault> {
        let of_tables: &dyn AnyService = &self.registry;
        let registry = match SERVICE.operation(operation) {
            Some(_) => of_tables,
            None => &self.streams,
        };
        let info = registry.info();
        let operation = info.operation(operation).expect("an operation");
        let body = Bytes::from(input.to_string());
        let headers = Default::default();
        let parts = RequestParts {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            body: &body,
        };
        let node = parts.node(info, operation).expect("JSON");
        let prepared = registry
            .prepare(operation, node)
            .expect("a built operation");
        let call = prepared.map_err(|rejection| rejection.fault(info))?;
        let requirements = call.requirements(&caller).await?;
        let permit = authorise(&self.gate, caller, &requirements).await?;
        call.operate(permit).await
    }

    #[track_caller]
    fn ok(&self, operation: &str, input: Value) -> impl Future<Output = Value> {
        let what = format!("{operation} {input}");
        let at = std::panic::Location::caller();
        async move {
            let answer = self.ask(operation, input).await;
            answer.unwrap_or_else(|refusal| panic!("{at}: {what}: {refusal:?}"))
        }
    }

    #[track_caller]
    fn refused(&self, operation: &str, input: Value) -> impl Future<Output = Refusal> {
        let what = format!("{operation} {input}");
        let at = std::panic::Location::caller();
        async move {
            let answer = self.ask(operation, input).await;
            answer.expect_err(&format!("{at}: {what}"))
        }
    }

    /// As [`World::ok`], for operations on streams.
    #[track_caller]
    fn stream(&self, operation: &str, input: Value) -> impl Future<Output = Value> {
        self.ok(operation, input)
    }

    /// A table with a partition key `p`, and with a sort key `s` if it is told to have one.
    async fn table(&self, name: &str, sort: Option<&str>) {
        let mut attributes = vec![json!({"AttributeName": "p", "AttributeType": "S"})];
        let mut key = vec![json!({"AttributeName": "p", "KeyType": "HASH"})];
        if let Some(kind) = sort {
            attributes.push(json!({"AttributeName": "s", "AttributeType": kind}));
            key.push(json!({"AttributeName": "s", "KeyType": "RANGE"}));
        }
        let input = json!({
            "TableName": name,
            "AttributeDefinitions": attributes,
            "KeySchema": key,
            "BillingMode": "PAY_PER_REQUEST",
        });
        self.ok("CreateTable", input).await;
    }

    /// A table with the key `p`, `s` and the indexes `local` on `l`, `all` on `g`, and `keys` on
    /// `g` and `l`.
    async fn indexed_table(&self, name: &str) {
        let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
        let attributes = ["p", "s", "l", "g"].map(attribute);
        let key = |partition: &str, sort: Option<&str>| {
            let mut key = vec![json!({"AttributeName": partition, "KeyType": "HASH"})];
            key.extend(sort.map(|sort| json!({"AttributeName": sort, "KeyType": "RANGE"})));
            key
        };
        let input = json!({
            "TableName": name,
            "AttributeDefinitions": attributes,
            "KeySchema": key("p", Some("s")),
            "BillingMode": "PAY_PER_REQUEST",
            "LocalSecondaryIndexes": [{
                "IndexName": "local",
                "KeySchema": key("p", Some("l")),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["extra"]},
            }],
            "GlobalSecondaryIndexes": [
                {"IndexName": "all", "KeySchema": key("g", None), "Projection": {"ProjectionType": "ALL"}},
                {"IndexName": "keys", "KeySchema": key("g", Some("l")), "Projection": {"ProjectionType": "KEYS_ONLY"}},
            ],
        });
        self.ok("CreateTable", input).await;
    }

    async fn put(&self, table: &str, item: Value) {
        self.ok("PutItem", json!({"TableName": table, "Item": item}))
            .await;
    }

    /// The item, or null.
    async fn get(&self, table: &str, key: Value) -> Value {
        let answer = self
            .ok("GetItem", json!({"TableName": table, "Key": key}))
            .await;
        answer["Item"].clone()
    }
}

fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(bytes).expect("JSON")
    }
}

/// A string value.
fn s(text: &str) -> Value {
    json!({"S": text})
}

/// A number value.
fn n(number: impl ToString) -> Value {
    json!({"N": number.to_string()})
}

/// The strings in the attribute `name` of each of the answer's items.
fn column(answer: &Value, name: &str) -> Vec<String> {
    let items = answer["Items"].as_array().expect("items");
    let text = |item: &Value| {
        let value = &item[name];
        value["S"]
            .as_str()
            .or(value["N"].as_str())
            .unwrap_or("-")
            .to_owned()
    };
    items.iter().map(text).collect()
}

fn with(mut input: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}
