//! Policies attached to tables and streams.
//!
//! They are kept in the record of what they are attached to, so that whoever reads that record has
//! them. A document is read once for each time its record is, and the tables' cache keeps it.

use crate::Dynamodb;
use crate::error::{Error, PolicyError, RevisionError, TableError};
use crate::stream::{Stream, StreamName};
use crate::table::Table;
use crate::tables::TableName;
use base::{AccountId, Timestamp};
use kv::{Cause, Txn};
use policy::{
    Context, Decision, Denial, Dialect, NamedPolicy, Policy, PolicySet, Request,
    ResourcePolicy as Attached,
};
use serde::{Deserialize, Serialize};
use service::Caller;
use std::sync::{Arc, OnceLock};

/// The longest document, white space included.
pub const MAX_DOCUMENT_BYTES: usize = 20 * 1024;
/// Stands for the revision of a policy that is not there.
const NO_POLICY: &str = "NO_POLICY";

/// A policy that is attached to something.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResourcePolicy {
    pub document: String,
    /// Milliseconds since 1970 when it became what it is, or a later number.
    pub revision: u64,
    #[serde(skip)]
    parsed: OnceLock<Arc<Policy>>,
}

impl PartialEq for ResourcePolicy {
    fn eq(&self, other: &ResourcePolicy) -> bool {
        (&self.document, self.revision) == (&other.document, other.revision)
    }
}

impl ResourcePolicy {
    /// A policy that takes the place of another, if there was one. The same document keeps its
    /// revision.
    ///
    /// # Errors
    /// [`PolicyError`] for what is no policy.
    pub fn new(
        document: &str,
        before: Option<&ResourcePolicy>,
        now: Timestamp,
    ) -> Result<ResourcePolicy, PolicyError> {
        if document.len() > MAX_DOCUMENT_BYTES {
            return Err(PolicyError::Size);
        }
        let parsed = Policy::parse(document, Dialect::Resource).map_err(PolicyError::Document)?;
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(0);
        let revision = match before {
            Some(before) if before.document == document => before.revision,
            Some(before) => now_ms.max(before.revision + 1),
            None => now_ms,
        };
        Ok(ResourcePolicy {
            document: document.to_owned(),
            revision,
            parsed: OnceLock::from(Arc::new(parsed)),
        })
    }

    /// What the document says.
    ///
    /// # Errors
    /// [`kv::Error::Corrupt`] for what was checked when it was attached, and is no policy now.
    pub fn parsed(&self) -> Result<Arc<Policy>, Error> {
        if let Some(parsed) = self.parsed.get() {
            return Ok(Arc::clone(parsed));
        }
        let parsed = Policy::parse(&self.document, Dialect::Resource);
        let parsed = parsed.map_err(|malformed| kv::Error::Corrupt(Cause::new(malformed)))?;
        Ok(Arc::clone(self.parsed.get_or_init(|| Arc::new(parsed))))
    }

    /// Whether it forbids the caller to change the policy of `resource` again.
    ///
    /// # Errors
    /// As above.
    pub fn locks_out(&self, caller: &Caller, resource: &str) -> Result<bool, Error> {
        let named = NamedPolicy {
            name: Arc::from(resource),
            policy: self.parsed()?,
        };
        let policies = PolicySet {
            resource: Attached::Adds(&named),
            ..PolicySet::default()
        };
        let principal = caller.policy_principal();
        let action = "dynamodb:PutResourcePolicy";
        let request = Request::new(&principal, action, resource, Context::new());
        let decision = policy::evaluate(&request, &policies);
        Ok(matches!(decision, Decision::Denied(Denial::Explicit(_))))
    }
}

/// What policies are attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    Table(TableName),
    Stream(StreamName),
}

/// A holder as it is stored.
pub enum Held {
    Table(Box<Table>),
    Stream(Box<Stream>),
}

impl Holder {
    /// The table or stream that an ARN names.
    ///
    /// # Errors
    /// As [`TableName::of_resource`].
    pub fn from_arn(arn: &str) -> Result<Holder, Error> {
        if let Some(stream) = StreamName::from_arn(arn) {
            return Ok(Holder::Stream(stream));
        }
        TableName::of_resource(arn).map(Holder::Table)
    }

    /// Checks the revision that a request expects.
    ///
    /// # Errors
    /// [`PolicyError::Revision`]
    pub fn check_revision(
        &self,
        expected: Option<&str>,
        found: Option<&ResourcePolicy>,
    ) -> Result<(), PolicyError> {
        let Some(expected) = expected else {
            return Ok(());
        };
        let found = found.map(|policy| policy.revision);
        let of = || match self {
            Holder::Table(name) => format!("table {}", name.name),
            Holder::Stream(name) => format!("stream {}", name.arn()),
        };
        let expecting = expected.to_owned();
        Err(PolicyError::Revision(match found {
            None if expected == NO_POLICY => return Ok(()),
            None => RevisionError::Absent {
                of: of(),
                expected: expecting,
            },
            Some(found) if expected == NO_POLICY => RevisionError::Exists { of: of(), found },
            Some(found) if expected == found.to_string() => return Ok(()),
            Some(found) => RevisionError::Other {
                of: of(),
                expected: expecting,
                found,
            },
        }))
    }

    pub fn account(&self) -> AccountId {
        match self {
            Holder::Table(name) => name.account,
            Holder::Stream(name) => name.table.account,
        }
    }

    pub fn arn(&self) -> String {
        match self {
            Holder::Table(name) => name.arn(),
            Holder::Stream(name) => name.arn(),
        }
    }

    /// What is stored under the name.
    ///
    /// # Errors
    /// [`TableError`]
    pub async fn read(&self, service: &Dynamodb, txn: &Txn) -> Result<Held, Error> {
        match self {
            Holder::Table(name) => {
                let table = service.any_table_in(txn, name).await?;
                let table = table.ok_or_else(|| name.no_such_table())?;
                Ok(Held::Table(Box::new(Table::clone(&table))))
            }
            Holder::Stream(name) => {
                let record = txn.get(&name.key()).await?;
                let record = record.ok_or_else(|| TableError::NoSuchResource(self.arn()))?;
                Ok(Held::Stream(Box::new(kv::record::decode(&record)?)))
            }
        }
    }

    /// Stores what was changed.
    pub fn write(&self, txn: &Txn, held: &Held) {
        let key = match self {
            Holder::Table(name) => name.key(),
            Holder::Stream(name) => name.key(),
        };
        let record = match held {
            Held::Table(table) => kv::record::encode(table.as_ref()),
            Held::Stream(stream) => kv::record::encode(stream.as_ref()),
        };
        txn.put(key, record);
    }
}

impl Held {
    pub fn policy(&mut self) -> &mut Option<ResourcePolicy> {
        match self {
            Held::Table(table) => &mut table.policy,
            Held::Stream(stream) => &mut stream.policy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": "*", "Action": "dynamodb:GetItem", "Resource": "*"}]}"#;

    #[test]
    fn revisions_follow_the_document() {
        let now = Timestamp::from_millis(5);
        let first = ResourcePolicy::new(DOCUMENT, None, now).unwrap();
        let again = ResourcePolicy::new(DOCUMENT, Some(&first), Timestamp::from_millis(9));
        assert_eq!(again.unwrap().revision, 5);
        let other = DOCUMENT.replace("Allow", "Deny");
        let second = ResourcePolicy::new(&other, Some(&first), now).unwrap();
        assert_eq!(second.revision, 6);
    }

    #[test]
    fn expected_revisions() {
        let policy = ResourcePolicy::new(DOCUMENT, None, Timestamp::from_millis(5)).unwrap();
        let holder = Holder::from_arn("arn:aws:dynamodb:eu-west-1:123456789012:table/tab").unwrap();
        for (expected, found, refusal) in [
            (None, None, None),
            (None, Some(&policy), None),
            (Some("5"), Some(&policy), None),
            (Some("NO_POLICY"), None, None),
            (
                Some("6"),
                Some(&policy),
                Some(
                    "Requested update for policy with revision id 6, but the policy associated to target table tab has revision id 5.",
                ),
            ),
            (
                Some("5"),
                None,
                Some(
                    "Requested update for policy with revision id 5, but no policy is associated to target table tab.",
                ),
            ),
            (
                Some("NO_POLICY"),
                Some(&policy),
                Some(
                    "Requested policy update expecting none to be present for table tab, but a policy exists with revision id 5.",
                ),
            ),
        ] {
            let prefix = "Resource-based policy not found for the provided ResourceArn: ";
            let refusal = refusal.map(|refusal| format!("{prefix}{refusal}"));
            let result = holder.check_revision(expected, found);
            assert_eq!(result.err().map(|error| error.to_string()), refusal);
        }
    }

    #[test]
    fn what_is_no_policy() {
        let now = Timestamp::from_millis(5);
        let too_long = format!("{}{DOCUMENT}", " ".repeat(MAX_DOCUMENT_BYTES));
        for bad in ["", "{}", "[]", &too_long] {
            assert!(ResourcePolicy::new(bad, None, now).is_err());
        }
    }
}
