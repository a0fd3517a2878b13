//! Functions' own policies: from records to what the gate evaluates.

use crate::catalog::{self, Reader};
use crate::error::{Error, Invalid, Revised};
use crate::lambda::Lambda;
use crate::record::{self, PolicyPrincipal, PolicyRecord, Star, StatementRecord};
use crate::target::{Qualifier, Target};
use base::{AccountId, Arn};
use bytes::Bytes;
use kv::Txn;
use policy::{Dialect, Malformed, Policy};
use serde::Serialize;
use service::Requirement;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Parsed policies that are kept; beyond that, some are parsed again.
const MAX_KEPT: usize = 4096;

/// Policies as they were parsed, by the key of their record. An entry counts only as long as the
/// record's bytes are the same, so it can never be out of date.
#[derive(Debug, Default)]
pub(crate) struct ParsedPolicies(Mutex<BTreeMap<Bytes, (Bytes, Arc<Policy>)>>);

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "Version")]
    version: &'a str,
    #[serde(rename = "Id")]
    id: &'a str,
    #[serde(rename = "Statement")]
    statements: &'a [StatementRecord],
}

impl PolicyRecord {
    /// A policy with one more statement.
    ///
    /// # Errors
    /// The statement's id is taken, or its principal is none that a policy can name.
    pub fn with(
        earlier: Option<PolicyRecord>,
        statement: &StatementRecord,
        revision_id: &str,
    ) -> Result<PolicyRecord, Error> {
        let mut statements = earlier.map(|policy| policy.statements).unwrap_or_default();
        if statements.iter().any(|other| other.sid == statement.sid) {
            return Err(Error::StatementExists(statement.sid.clone()));
        }
        statements.push(statement.clone());
        let policy = PolicyRecord {
            revision_id: revision_id.to_owned(),
            statements,
        };
        // What cannot be read denies everything, and would do so for ever.
        match policy.parse() {
            Ok(_) => Ok(policy),
            Err(_) => Err(Invalid::Principal.into()),
        }
    }

    fn parse(&self) -> Result<Policy, Malformed> {
        Policy::parse(&self.document(), Dialect::Resource)
    }

    /// The policy as AWS writes it.
    pub fn document(&self) -> String {
        let document = Document {
            version: "2012-10-17",
            id: "default",
            statements: &self.statements,
        };
        serde_json::to_string(&document).unwrap_or_default()
    }
}

impl Lambda {
    /// What a caller needs to invoke a function: the function's own policy may allow it.
    pub(crate) async fn may_invoke(&self, target: &Target) -> Result<Vec<Requirement>, Error> {
        let policy = self.resource_policy(target).await?;
        let requirement = Requirement::new("lambda:InvokeFunction", target.arn());
        Ok(vec![requirement.resource_policy(policy)])
    }

    /// The policy on what a request names.
    pub(crate) async fn resource_policy(
        &self,
        target: &Target,
    ) -> Result<Option<Arc<Policy>>, Error> {
        let qualifier = target.qualifier.as_ref();
        let key = record::policy_key(&target.scope, &target.name, qualifier);
        let Some(bytes) = self.0.store.read(&key).await? else {
            return Ok(None);
        };
        self.0.policies.parse(key, bytes).map(Some)
    }
}

impl ParsedPolicies {
    pub fn parse(&self, key: Bytes, bytes: Bytes) -> Result<Arc<Policy>, Error> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((same, policy)) = kept.get(&key)
            && *same == bytes
        {
            return Ok(Arc::clone(policy));
        }
        let record: PolicyRecord = kv::record::decode(&bytes)?;
        let policy = record.parse().map_err(|malformed| {
            // Everything in it was checked when it was added; what cannot be read denies.
            tracing::error!(?malformed, "a function's policy cannot be read");
            Error::Internal
        })?;
        let policy = Arc::new(policy);
        if kept.len() >= MAX_KEPT {
            kept.pop_first();
        }
        kept.insert(key, (bytes, Arc::clone(&policy)));
        Ok(policy)
    }
}

/// `*`, a service, an account's number, or an ARN.
pub(crate) fn principal(text: &str) -> Result<PolicyPrincipal, Error> {
    if text == "*" {
        return Ok(PolicyPrincipal::Anyone(Star::Star));
    }
    if let Ok(account) = text.parse::<AccountId>() {
        let arn = Arn::global("iam", account, "root").to_string();
        return Ok(PolicyPrincipal::Aws { arn });
    }
    if let Ok(arn) = text.parse::<Arn>() {
        let arn = arn.to_string();
        return Ok(PolicyPrincipal::Aws { arn });
    }
    let is_service = text.ends_with(".amazonaws.com") || text.ends_with(".amazon.com");
    if is_service && !text.starts_with('.') {
        let service = text.to_owned();
        return Ok(PolicyPrincipal::Service { service });
    }
    Err(Invalid::Principal.into())
}

/// Refuses a revision that is neither that of the policy nor that of what it is on.
pub(crate) async fn check_revision(
    txn: &Txn,
    target: &Target,
    policy: Option<&PolicyRecord>,
    given: Option<&String>,
) -> Result<(), Error> {
    let Some(given) = given else { return Ok(()) };
    let is_policys = policy.is_some_and(|policy| policy.revision_id == *given);
    if is_policys || revision(txn, target).await?.as_ref() == Some(given) {
        return Ok(());
    }
    Err(Error::StaleRevision(Revised::Policy))
}

async fn revision(txn: &Txn, target: &Target) -> Result<Option<String>, Error> {
    let Target { scope, name, .. } = target;
    Ok(match &target.qualifier {
        None | Some(Qualifier::Latest) => {
            let function = catalog::named(txn, target).await?;
            Some(function.latest.revision_id)
        }
        Some(Qualifier::Version(number)) => {
            let version = catalog::published(txn, scope, name, *number).await?;
            version.map(|version| version.revision_id)
        }
        Some(Qualifier::Alias(alias)) => {
            let alias = catalog::alias(txn, scope, name, alias).await?;
            alias.map(|alias| alias.revision_id)
        }
    })
}

/// Gives what a policy is on the revision that its policy has got.
pub(crate) async fn revise(txn: &Txn, target: &Target, revision_id: &str) -> Result<(), Error> {
    let Target { scope, name, .. } = target;
    match &target.qualifier {
        None | Some(Qualifier::Latest) => {
            let mut function = catalog::named(txn, target).await?;
            revision_id.clone_into(&mut function.latest.revision_id);
            let key = record::function_key(scope, name);
            txn.put(key, kv::record::encode(&function));
        }
        Some(Qualifier::Version(number)) => {
            if let Some(mut version) = catalog::published(txn, scope, name, *number).await? {
                revision_id.clone_into(&mut version.revision_id);
                let key = record::version_key(scope, name, *number);
                txn.put(key, kv::record::encode(&version));
            }
        }
        Some(Qualifier::Alias(alias)) => {
            if let Some(mut found) = catalog::alias(txn, scope, name, alias).await? {
                revision_id.clone_into(&mut found.revision_id);
                let key = record::alias_key(scope, name, alias);
                txn.put(key, kv::record::encode(&found));
            }
        }
    }
    Ok(())
}

/// Refuses targets that cannot have a policy.
pub(crate) async fn check_target(txn: &Txn, target: &Target) -> Result<(), Error> {
    let missing = || Error::FunctionNotFound(target.arn());
    match &target.qualifier {
        None => catalog::named(txn, target).await.map(|_| ()),
        Some(Qualifier::Latest) => Err(Invalid::PolicyOnLatest.into()),
        Some(Qualifier::Version(number)) => {
            let found = catalog::published(txn, &target.scope, &target.name, *number).await?;
            found.map(|_| ()).ok_or_else(missing)
        }
        // A name that no alias can have is told as that of a version.
        Some(Qualifier::Alias(name)) if name.contains('$') => Err(missing()),
        Some(Qualifier::Alias(name)) => {
            let found = catalog::alias(txn, &target.scope, &target.name, name).await?;
            found
                .map(|_| ())
                .ok_or_else(|| Error::NoSuchAlias(target.arn()))
        }
    }
}
