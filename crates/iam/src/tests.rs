//! The operations and the gate together, as a request meets them: authorised by the same
//! policies that the operations store.

mod access_keys;
mod gate;
mod groups;
mod lasting;
mod policies;
mod roles;
mod sts;
mod users;

use crate::{Iam, SEEDED_ACCESS_KEY_ID, Sts};
use base::{AccountId, Clock, Entropy, Region, RequestId, Timestamp};
use kv::Store;
use service::{AccessKeys, Authorizer, Caller, Operate, Requirement, Source, Verdict, perform};
use std::sync::Arc;
use wire::Fault;
use wire::iam::*;

const LAMBDA_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ALLOW_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*",
    "Resource":"*"}]}"#;
const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/t";
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A server's identity service on a store in memory, with the seeded user.
struct World {
    store: Store,
    clock: Clock,
    iam: Arc<Iam>,
    sts: Sts,
}

impl World {
    async fn new() -> World {
        let clock = Clock::manual(Timestamp::from_millis(1_795_350_247_123));
        let world = World::over(Store::in_memory(), clock, 1);
        world.iam.seed().await.unwrap();
        world
    }

    fn over(store: Store, clock: Clock, seed: u64) -> World {
        let iam = Iam::new(store.clone(), clock.clone(), Entropy::seeded(seed));
        let iam = Arc::new(iam);
        World {
            store,
            clock,
            sts: Sts::new(iam.clone()),
            iam,
        }
    }

    /// The same store after a restart.
    fn restarted(&self) -> World {
        World::over(self.store.clone(), self.clock.clone(), 2)
    }

    /// Whoever signs with this key; `None` if nobody can.
    async fn signer(&self, access_key_id: &str) -> Option<Caller> {
        let key = self.iam.find(access_key_id).await.unwrap()?;
        Some(Caller {
            account: key.account,
            region: Region::default_region(),
            principal: key.principal,
            request_id: RequestId::uuid(&Entropy::seeded(3)),
            time: self.clock.now(),
            source: Source {
                ip: Some("127.0.0.1".parse().unwrap()),
                ..Source::default()
            },
        })
    }

    async fn admin(&self) -> Caller {
        self.signer(SEEDED_ACCESS_KEY_ID).await.unwrap()
    }

    /// Calls IAM as the administrator.
    async fn call<I: Operate<Iam>>(&self, input: I) -> Result<I::Output, Fault> {
        self.call_as(self.admin().await, input).await
    }

    async fn call_as<I: Operate<Iam>>(&self, caller: Caller, input: I) -> Result<I::Output, Fault> {
        perform(&*self.iam, &*self.iam, caller, input).await
    }

    async fn sts<I: Operate<Sts>>(&self, caller: Caller, input: I) -> Result<I::Output, Fault> {
        perform(&self.sts, &*self.iam, caller, input).await
    }

    /// A new user with a key; who signs with it.
    async fn user(&self, name: &str) -> Caller {
        let user = CreateUserInput {
            user_name: name.to_owned(),
            ..CreateUserInput::default()
        };
        self.call(user).await.unwrap();
        let key = CreateAccessKeyInput {
            user_name: Some(name.to_owned()),
        };
        let key = self.call(key).await.unwrap().access_key;
        self.signer(&key.access_key_id).await.unwrap()
    }

    async fn role(&self, name: &str, trust: &str) -> Role {
        let role = CreateRoleInput {
            role_name: name.to_owned(),
            assume_role_policy_document: trust.to_owned(),
            ..CreateRoleInput::default()
        };
        self.call(role).await.unwrap().role
    }

    async fn policy(&self, name: &str, document: &str) -> String {
        let policy = CreatePolicyInput {
            policy_name: name.to_owned(),
            policy_document: document.to_owned(),
            ..CreatePolicyInput::default()
        };
        self.call(policy)
            .await
            .unwrap()
            .policy
            .unwrap()
            .arn
            .unwrap()
    }

    async fn put_user_policy(&self, user: &str, document: &str) {
        let input = PutUserPolicyInput {
            user_name: user.to_owned(),
            policy_name: "inline".to_owned(),
            policy_document: document.to_owned(),
        };
        self.call(input).await.unwrap();
    }

    /// Nothing, or why not.
    async fn denial(&self, caller: &Caller, requirement: Requirement) -> Option<String> {
        match self.iam.decide(caller, &requirement).await.unwrap() {
            Verdict::Allowed => None,
            Verdict::Denied(denial) => Some(denial.message),
        }
    }

    async fn may_put(&self, caller: &Caller) -> bool {
        let requirement = Requirement::new("dynamodb:PutItem", TABLE);
        self.denial(caller, requirement).await.is_none()
    }
}

fn account() -> AccountId {
    AccountId::DEFAULT
}

/// The error of a call that has to fail.
fn refused<T: std::fmt::Debug>(outcome: Result<T, Fault>) -> (&'static str, String) {
    let fault = outcome.expect_err("a refusal");
    (fault.code(), fault.message().to_owned())
}

fn is<T: std::fmt::Debug>(outcome: Result<T, Fault>, code: &str, message: &str) {
    let (found, text) = refused(outcome);
    assert_eq!((found, text.as_str()), (code, message));
}

fn allow(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}",
            "Resource":"{resource}"}}}}"#
    )
}

/// A session that Lambda asks for, for itself or for the code of a function.
fn of_lambda(source_function: Option<&str>) -> service::ServiceSession<'_> {
    service::ServiceSession {
        service: "lambda.amazonaws.com",
        name: "f",
        duration_s: 900,
        source_function,
    }
}
