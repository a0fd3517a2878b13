//! What the one who runs the server may ask about decisions, beside AWS's protocols.

use crate::Iam;
use crate::error::Error;
use crate::record::{Role, User};
use base::{AccountId, Timestamp};
use serde::Serialize;
use service::{BoxFuture, Reports};
use wire::Fault;

impl Reports for Iam {
    fn report<'a>(
        &'a self,
        path: &'a str,
        query: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, Fault>> {
        Box::pin(async move {
            match self.find_report(path, query).await {
                Ok(report) => Ok(report),
                Err(Error::NoSuch(..)) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
    }
}

impl Iam {
    async fn find_report(&self, path: &str, query: &str) -> Result<Option<String>, Error> {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["decisions"] => {
                let all = self.decisions.all();
                let all: Vec<&crate::decisions::Decision> = all.iter().map(|d| &**d).collect();
                Ok(json(&all))
            }
            ["decisions", "last"] => Ok(self.decisions.last().and_then(|d| json(&*d))),
            ["decisions", id] => Ok(self.decisions.find(id).and_then(|d| json(&*d))),
            ["suggestions", kind, name] => self.suggest(kind, name, query).await,
            _ => Ok(None),
        }
    }

    async fn suggest(&self, kind: &str, name: &str, query: &str) -> Result<Option<String>, Error> {
        let account = value(query, "account").and_then(|text| text.parse().ok());
        let account = account.unwrap_or(AccountId::DEFAULT);
        let since = value(query, "since").and_then(|text| self.since(text));
        Ok(match kind {
            "role" => json(&self.suggestion::<Role>(account, name, since).await?),
            "user" => json(&self.suggestion::<User>(account, name, since).await?),
            _ => None,
        })
    }

    /// A point in time: ISO 8601, or so many seconds ago.
    fn since(&self, text: &str) -> Option<Timestamp> {
        match text.parse() {
            Ok(seconds) => {
                let ago = std::time::Duration::from_secs(seconds);
                Some(self.clock.now().saturating_sub(ago))
            }
            Err(_) => Timestamp::parse_iso8601(text),
        }
    }
}

fn json<T: Serialize>(report: &T) -> Option<String> {
    serde_json::to_string_pretty(report).ok()
}

/// The value of a parameter; what is asked for here needs no percent-encoding.
fn value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}
