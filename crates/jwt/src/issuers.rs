//! Public keys of issuers: from where the configuration says, else from the issuer itself.

use crate::KeySet;
use base::{Clock, Timestamp};
use parking_lot::Mutex;
use serde::Deserialize;
use service::{Certificates, HttpClient, HttpRequest};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// How long keys are used before they are fetched again.
const FRESH: Duration = Duration::from_secs(600);
/// How long fetching may take, and how large a set may be, in bytes.
const TIMEOUT: Duration = Duration::from_secs(10);
const LIMIT: usize = 1 << 20;

/// Where the keys of issuers are, by issuer: a file's path or a URL.
pub type KeySources = BTreeMap<String, String>;

/// The issuers whose tokens are accepted, and their keys while they are in use.
pub struct Issuers {
    sources: KeySources,
    http: Arc<dyn HttpClient>,
    clock: Clock,
    kept: Mutex<HashMap<String, (Arc<KeySet>, Timestamp)>>,
}

/// What an issuer says of itself: OpenID Connect Discovery.
#[derive(Deserialize)]
struct Discovered {
    jwks_uri: String,
}

impl Issuers {
    pub fn new(sources: KeySources, http: Arc<dyn HttpClient>, clock: Clock) -> Issuers {
        Issuers {
            sources,
            http,
            clock,
            kept: Mutex::default(),
        }
    }

    /// The keys of an issuer that the caller trusts: from the configured place, else from
    /// `ISSUER/.well-known/jwks.json`, else from where `ISSUER/.well-known/openid-configuration`
    /// says. None if they cannot be had.
    pub async fn keys(&self, issuer: &str) -> Option<Arc<KeySet>> {
        if let Some(source) = self.sources.get(issuer) {
            return self.from(issuer, source).await;
        }
        let well_known = format!("{}/.well-known", issuer.trim_end_matches('/'));
        if let Some(set) = self.from(issuer, &format!("{well_known}/jwks.json")).await {
            return Some(set);
        }
        let document = self
            .fetch(&format!("{well_known}/openid-configuration"))
            .await;
        let discovered: Discovered = serde_json::from_slice(&document.ok()?).ok()?;
        // Whoever answers for an issuer must not make us read files.
        match is_url(&discovered.jwks_uri) {
            true => self.from(issuer, &discovered.jwks_uri).await,
            false => None,
        }
    }

    /// The keys of an issuer whose place is configured; none if it is not, or if they cannot be
    /// had. What is accepted does not depend on who answers under a name.
    pub async fn configured_keys(&self, issuer: &str) -> Option<Arc<KeySet>> {
        let source = self.sources.get(issuer)?;
        self.from(issuer, source).await
    }

    async fn from(&self, issuer: &str, source: &str) -> Option<Arc<KeySet>> {
        let now = self.clock.now();
        let kept = self.kept.lock().get(issuer).cloned();
        if let Some((set, _)) = kept.filter(|(_, until)| now < *until) {
            return Some(set);
        }
        let document = if is_url(source) {
            self.fetch(source).await
        } else {
            let file = tokio::fs::read(source.strip_prefix("file://").unwrap_or(source)).await;
            file.map_err(|error| error.to_string())
        };
        let set = document.and_then(|document| {
            KeySet::read(&document).ok_or_else(|| "this is no set of keys".to_owned())
        });
        match set {
            Ok(set) => {
                let set = Arc::new(set);
                let until = now.saturating_add(FRESH);
                let mut kept = self.kept.lock();
                kept.insert(issuer.to_owned(), (set.clone(), until));
                Some(set)
            }
            Err(reason) => {
                tracing::warn!(issuer, source, reason, "an issuer's keys cannot be had");
                None
            }
        }
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: vec![("Accept".to_owned(), "application/json".to_owned())],
            body: bytes::Bytes::new(),
            answer_limit: LIMIT,
            certificates: Certificates::Checked,
            identity: None,
        };
        let answer = tokio::time::timeout(TIMEOUT, self.http.send(request)).await;
        let answer = answer.map_err(|_| "no answer in time".to_owned())?;
        let answer = answer.map_err(|error| error.to_string())?;
        match answer.status {
            200 => Ok(answer.body.to_vec()),
            status => Err(format!("answered {status}")),
        }
    }
}

fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}
