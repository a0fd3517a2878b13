//! What stands behind the front here: one real service over a store in memory, and stand-ins: a
//! few access keys, a gate that denies deletions, a few operations, and a data plane that answers
//! with what it was asked.

use base::{AccountId, Arn, Clock, Secret, Timestamp};
use bytes::Bytes;
use front::{Content, DataPlane, InvokeRequest, InvokeTarget, Services};
use http::{Response, StatusCode};
use kv::Store;
use logs::Logs;
use service::{
    AccessKey, AccessKeys, AnyService, Authorizer, BoxFuture, Caller, Denial, Handler, KeySession,
    Operate, Permit, Principal, Registry, Requirement, RoleSession, Service, Verdict,
};
use std::sync::Arc;
use tokio::sync::Semaphore;
use wire::dynamodb::{
    DeleteTableInput, DescribeTableInput, DescribeTableOutput, ListTablesInput, ListTablesOutput,
    errors,
};
use wire::iam::{GetUserInput, GetUserOutput};
use wire::lambda::{InvokeInput, InvokeOutput, ListFunctionsInput, ListFunctionsOutput};
use wire::{Fault, Input};

/// What all tests take for now.
pub const NOW: &str = "20261122T122407Z";
pub const ACCESS_KEY: &str = "AKIDEXAMPLE";
/// Everybody knows its secret.
pub const PUBLIC_KEY: &str = "test";
pub const SESSION_KEY: &str = "ASIAEXAMPLE";
pub const EXPIRED_KEY: &str = "ASIAEXPIRED";
/// Belongs to a session of a role, as functions have them.
pub const ROLE_KEY: &str = "ASIAROLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub const TOKEN: &str = "a-token";

/// A table that DescribeTable waits for until it is let go.
pub const SLOW_TABLE: &str = "slow";
/// A table that makes DescribeTable panic.
pub const BROKEN_TABLE: &str = "broken";

pub fn now() -> Timestamp {
    Timestamp::parse_compact(NOW).unwrap()
}

/// Where slow operations say that they have started, and wait.
#[derive(Clone)]
pub struct Slow {
    pub started: Arc<Semaphore>,
    pub let_go: Arc<Semaphore>,
}

/// All of it, ready for a front.
pub fn services(slow: Slow) -> Services {
    let fake = Arc::new(Fake { slow });
    let dynamodb = Registry::new(
        &wire::dynamodb::SERVICE,
        fake.clone(),
        [
            Handler::of::<ListTablesInput>(),
            Handler::of::<DescribeTableInput>(),
            Handler::of::<DeleteTableInput>(),
        ],
    );
    let lambda = Registry::new(
        &wire::lambda::SERVICE,
        fake.clone(),
        [
            Handler::of::<ListFunctionsInput>(),
            Handler::of::<InvokeInput>(),
        ],
    );
    let iam = Registry::new(
        &wire::iam::SERVICE,
        fake.clone(),
        [Handler::of::<GetUserInput>()],
    );
    let logs = Registry::new(
        &wire::logs::SERVICE,
        Arc::new(Logs::new(Store::in_memory(), Clock::manual(now()))),
        Logs::handlers(),
    );
    let table: Vec<Arc<dyn AnyService>> = vec![
        Arc::new(dynamodb),
        Arc::new(lambda),
        Arc::new(iam),
        Arc::new(logs),
    ];
    Services::new(fake.clone(), fake.clone(), fake, table)
}

struct Fake {
    slow: Slow,
}

impl Service for Fake {
    type Error = Fault;
}

impl AccessKeys for Fake {
    fn is_public(&self, access_key_id: &str) -> bool {
        access_key_id == PUBLIC_KEY
    }

    fn find<'a>(
        &'a self,
        access_key_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<AccessKey>, Fault>> {
        let session = |expires_at: &str| KeySession {
            token: Secret::new(TOKEN),
            expires_at: Timestamp::parse_compact(expires_at).unwrap(),
        };
        let session = match access_key_id {
            ACCESS_KEY | PUBLIC_KEY => Some(None),
            SESSION_KEY | ROLE_KEY => Some(Some(session("20261122T130000Z"))),
            EXPIRED_KEY => Some(Some(session(NOW))),
            _ => None,
        };
        let key = session.map(|session| AccessKey {
            secret: Secret::new(SECRET),
            session,
            account: AccountId::DEFAULT,
            principal: if access_key_id == ROLE_KEY {
                role_session()
            } else {
                user(access_key_id)
            },
        });
        Box::pin(async move { Ok(key) })
    }
}

fn user(access_key_id: &str) -> Principal {
    Principal::User {
        arn: Arn::global("iam", AccountId::DEFAULT, "user/u"),
        id: "AIDA".to_owned(),
        name: "u".to_owned(),
        access_key_id: access_key_id.to_owned(),
        session: false,
    }
}

fn role_session() -> Principal {
    Principal::Role(Arc::new(RoleSession {
        role_arn: Arn::global("iam", AccountId::DEFAULT, "role/r"),
        role_id: "AROA".to_owned(),
        session_name: "s".to_owned(),
        access_key_id: ROLE_KEY.to_owned(),
        session_policies: Vec::new(),
        tags: Vec::new(),
        transitive_tag_keys: Vec::new(),
        source_identity: None,
        issued_at: now(),
        facts: Vec::new(),
    }))
}

impl Authorizer for Fake {
    fn decide<'a>(
        &'a self,
        caller: &'a Caller,
        requirement: &'a Requirement,
    ) -> BoxFuture<'a, Result<Verdict, Fault>> {
        let verdict = if requirement.action.contains("Delete") {
            Verdict::Denied(Denial {
                message: format!(
                    "User: {} is not authorized to perform: {}",
                    caller.arn(),
                    requirement.action
                ),
            })
        } else {
            Verdict::Allowed
        };
        Box::pin(async move { Ok(verdict) })
    }
}

/// What an input requires here: its own name as the action.
fn required<I: Input>() -> Vec<Requirement> {
    let action = format!("{}:{}", I::SERVICE.name, I::OPERATION.name);
    vec![Requirement::new(action, "*")]
}

macro_rules! operations {
    ($($input:ty => |$self:ident, $fake:ident| $operate:expr;)*) => {$(
        impl Operate<Fake> for $input {
            async fn requirements(&self, _: &Fake, _: &Caller) -> Result<Vec<Requirement>, Fault> {
                Ok(required::<$input>())
            }

            async fn operate($self, $fake: &Fake, _: &Permit) -> Result<Self::Output, Fault> {
                $operate
            }
        }
    )*};
}

operations! {
    ListTablesInput => |self, _fake| Ok(ListTablesOutput {
        table_names: Some(vec!["t".to_owned()]),
        ..ListTablesOutput::default()
    });
    DescribeTableInput => |self, fake| match self.table_name.as_str() {
        SLOW_TABLE => {
            fake.slow.started.add_permits(1);
            fake.slow.let_go.acquire().await.unwrap().forget();
            Ok(DescribeTableOutput::default())
        }
        BROKEN_TABLE => panic!("this operation is broken"),
        _ => Err(missing_table()),
    };
    DeleteTableInput => |self, _fake| Err(missing_table());
    ListFunctionsInput => |self, _fake| Ok(ListFunctionsOutput::default());
    InvokeInput => |self, _fake| Ok(InvokeOutput {
        status_code: Some(200),
        payload: self.payload,
        ..InvokeOutput::default()
    });
    GetUserInput => |self, _fake| Ok(GetUserOutput::default());
}

fn missing_table() -> Fault {
    Fault::modelled(&errors::RESOURCE_NOT_FOUND, "Requested resource not found")
}

impl DataPlane for Fake {
    fn execute(&self, request: InvokeRequest) -> BoxFuture<'_, Response<Content>> {
        let id = match &request.url.target {
            InvokeTarget::Api(id) => format!("api {id}"),
            InvokeTarget::Domain => "domain".to_owned(),
            InvokeTarget::FunctionUrl(id) => format!("url {id}"),
            InvokeTarget::FunctionCode(token) => format!("code {token}"),
        };
        let names: Vec<&str> = request
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let body = format!(
            "{id}\n{} {}?{}\n{}\n{}\n{}",
            request.method,
            request.url.path,
            request.query,
            request.host,
            names.join(","),
            String::from_utf8_lossy(&request.body),
        );
        Box::pin(async move {
            assert_ne!(request.url.path, "/panic", "this API is broken");
            Response::new(Content::from(Bytes::from(body)))
        })
    }

    fn refuse_large<'a>(&'a self, target: &'a InvokeTarget) -> BoxFuture<'a, Response<Content>> {
        let mut response = Response::new(Content::from(Bytes::from(format!("{target:?}"))));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        Box::pin(std::future::ready(response))
    }

    fn serves<'a>(&'a self, domain_name: &'a str) -> BoxFuture<'a, bool> {
        Box::pin(std::future::ready(domain_name == "api.example.com"))
    }
}
