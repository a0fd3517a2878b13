//! How strictly the gate works, and the organization above the accounts.

use base::AccountId;
use policy::{Dialect, Malformed, NamedPolicy, Policy};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What becomes of a call that the policies do not allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is refused.
    #[default]
    Enforce,
    /// It is let through and recorded as a denial.
    Audit,
    /// Nobody asks the policies.
    Off,
}

/// The service control policies of an organization: those of its root, for all accounts, and
/// those of single accounts. In each of the two, one policy has to allow.
#[derive(Clone, Debug, Default)]
pub struct ServiceControl {
    everywhere: Vec<Vec<NamedPolicy>>,
    accounts: BTreeMap<AccountId, Vec<Vec<NamedPolicy>>>,
}

/// Why a file is no set of service control policies.
#[derive(Debug, thiserror::Error)]
pub enum ServiceControlError {
    #[error(
        "not a JSON object from account ids (or `*` for all) to lists of \
         {{\"Name\": ..., \"Document\": ...}}: {0}"
    )]
    Shape(#[from] serde_json::Error),
    #[error("`{0}` is neither an account id nor `*`")]
    Account(String),
    #[error("the policy {name}: {malformed}")]
    Policy { name: String, malformed: Malformed },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attached {
    name: String,
    document: serde_json::Value,
}

impl ServiceControl {
    /// Reads `{"*": [{"Name": "Guardrail", "Document": {...}}], "111111111111": [...]}`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<ServiceControl, ServiceControlError> {
        let mut levels: BTreeMap<String, Vec<Attached>> = serde_json::from_str(text)?;
        let root = levels.remove("*").map(level).transpose()?;
        let everywhere: Vec<_> = root.into_iter().collect();
        let mut accounts = BTreeMap::new();
        for (account, attached) in levels {
            let id = account
                .parse()
                .map_err(|_| ServiceControlError::Account(account))?;
            let own = std::iter::once(level(attached)?);
            accounts.insert(id, everywhere.iter().cloned().chain(own).collect());
        }
        Ok(ServiceControl {
            everywhere,
            accounts,
        })
    }

    /// What an account is subject to, from the organization's root down.
    pub(crate) fn levels(&self, account: AccountId) -> &[Vec<NamedPolicy>] {
        self.accounts.get(&account).unwrap_or(&self.everywhere)
    }
}

fn level(attached: Vec<Attached>) -> Result<Vec<NamedPolicy>, ServiceControlError> {
    attached.into_iter().map(named).collect()
}

fn named(attached: Attached) -> Result<NamedPolicy, ServiceControlError> {
    let Attached { name, document } = attached;
    match Policy::parse(&document.to_string(), Dialect::Identity) {
        Ok(policy) => Ok(NamedPolicy {
            name: Arc::from(name),
            policy: Arc::new(policy),
        }),
        Err(malformed) => Err(ServiceControlError::Policy { name, malformed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOW: &str = r#"{"Name":"a","Document":{"Version":"2012-10-17","Statement":
        {"Effect":"Allow","Action":"*","Resource":"*"}}}"#;

    #[test]
    fn accounts_have_the_roots_policies_and_their_own() {
        let text = format!(r#"{{"*":[{ALLOW}],"111111111111":[{ALLOW},{ALLOW}]}}"#);
        let organization = ServiceControl::parse(&text).unwrap();
        let levels = |account: &str| {
            let levels = organization.levels(account.parse().unwrap());
            levels.iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(levels("000000000000"), [1]);
        assert_eq!(levels("111111111111"), [1, 2]);
        let none = ServiceControl::default();
        assert!(none.levels(AccountId::DEFAULT).is_empty());
    }

    #[test]
    fn what_is_refused() {
        let check = |text: &str, expected: &str| {
            let error = ServiceControl::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("[]", "not a JSON object");
        check(r#"{"me":[]}"#, "`me` is neither");
        check(
            r#"{"*":[{"Name":"p","Document":{}}]}"#,
            "the policy p: Syntax errors in policy.",
        );
    }
}
