//! Public keys of issuers: from where the configuration says, else from the issuer itself.

use crate::Gateway;
use crate::jwt::KeySet;
use base::Timestamp;
use parking_lot::Mutex;
use service::{Certificates, HttpRequest};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How long keys are used before they are fetched again.
const FRESH: Duration = Duration::from_secs(600);
/// How long fetching may take, and how large a set may be, in bytes.
const TIMEOUT: Duration = Duration::from_secs(10);
const LIMIT: usize = 1 << 20;

/// Where the keys of issuers are, by issuer: a file's path or a URL.
pub type KeySources = std::collections::BTreeMap<String, String>;

/// The key sets in use, by issuer.
#[derive(Debug, Default)]
pub struct KeySets {
    sources: KeySources,
    kept: Mutex<HashMap<String, (Arc<KeySet>, Timestamp)>>,
}

impl KeySets {
    pub fn new(sources: KeySources) -> KeySets {
        KeySets {
            sources,
            kept: Mutex::default(),
        }
    }

    /// The keys of an issuer, which must be one that an authorizer trusts; none if they cannot be
    /// had.
    pub async fn of(&self, gateway: &Gateway, issuer: &str) -> Option<Arc<KeySet>> {
        let now = gateway.clock.now();
        let kept = self.kept.lock().get(issuer).cloned();
        if let Some((set, _)) = kept.filter(|(_, until)| now < *until) {
            return Some(set);
        }
        let standard = || format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
        let source = self.sources.get(issuer).cloned().unwrap_or_else(standard);
        let document = if source.starts_with("http://") || source.starts_with("https://") {
            fetch(gateway, &source).await
        } else {
            let file = tokio::fs::read(source.strip_prefix("file://").unwrap_or(&source)).await;
            file.map_err(|error| error.to_string())
        };
        let set = document.and_then(|document| {
            KeySet::read(&document).ok_or_else(|| "this is no set of keys".to_owned())
        });
        match set {
            Ok(set) => {
                let set = Arc::new(set);
                let until = now.saturating_add(FRESH);
                self.kept
                    .lock()
                    .insert(issuer.to_owned(), (set.clone(), until));
                Some(set)
            }
            Err(reason) => {
                tracing::warn!(issuer, source, reason, "an issuer's keys cannot be had");
                None
            }
        }
    }
}

async fn fetch(gateway: &Gateway, url: &str) -> Result<Vec<u8>, String> {
    let request = HttpRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: vec![("Accept".to_owned(), "application/json".to_owned())],
        body: bytes::Bytes::new(),
        answer_limit: LIMIT,
        certificates: Certificates::Checked,
    };
    let sending = gateway.neighbours.http.send(request);
    let answer = tokio::time::timeout(TIMEOUT, sending).await;
    let answer = answer.map_err(|_| "no answer in time".to_owned())?;
    let answer = answer.map_err(|error| error.to_string())?;
    match answer.status {
        200 => Ok(answer.body.to_vec()),
        status => Err(format!("answered {status}")),
    }
}
