//! The language as a whole, from documents to decisions.

mod decisions;
mod documented;
mod documents;
mod reference;

use crate::*;
use std::sync::Arc;

const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/t";

fn policy(document: &str, dialect: Dialect) -> NamedPolicy {
    let policy = Policy::parse(document, dialect);
    NamedPolicy {
        name: Arc::from("p"),
        policy: Arc::new(policy.unwrap_or_else(|e| panic!("{e}: {document}"))),
    }
}

/// An identity-based policy of these statements.
fn identity(statements: &str) -> NamedPolicy {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    policy(&document, Dialect::Identity)
}

/// A resource-based policy of these statements.
fn resource(statements: &str) -> NamedPolicy {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    policy(&document, Dialect::Resource)
}

fn bob() -> Principal {
    Principal::User {
        arn: "arn:aws:iam::000000000000:user/bob".parse().unwrap(),
        id: "AIDABOBBOBBOBBOBBOB2".into(),
        name: "bob".into(),
    }
}

fn session() -> Principal {
    Principal::AssumedRole {
        role: "arn:aws:iam::000000000000:role/service/r".parse().unwrap(),
        session: "arn:aws:sts::000000000000:assumed-role/r/s"
            .parse()
            .unwrap(),
        role_id: "AROAROLEROLEROLEROLE".into(),
        session_name: "s".into(),
    }
}

fn service() -> Principal {
    Principal::Service {
        name: "apigateway.amazonaws.com".into(),
        region: None,
    }
}
