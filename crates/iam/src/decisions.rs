//! Denials, each with everything that led to it, for whoever asks why.
//!
//! Kept in memory only, the last thousand: they explain, they are no audit trail. Nothing in them
//! is secret but to strangers of the account.

use base::Timestamp;
use parking_lot::Mutex;
use policy::{Denial, Effect, Layer, Outcome, PolicyType, Request, Source};
use serde::Serialize;
use service::Caller;
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const KEPT: usize = 1_000;

/// The last denials, oldest first.
#[derive(Default)]
pub(crate) struct Decisions(Mutex<VecDeque<Arc<Decision>>>);

impl Decisions {
    pub(crate) fn keep(&self, decision: Decision) {
        let mut kept = self.0.lock();
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(Arc::new(decision));
    }

    /// The denial of this id; if a request met several, the last.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Decision>> {
        let kept = self.0.lock();
        kept.iter()
            .rev()
            .find(|decision| decision.id == id)
            .cloned()
    }

    pub(crate) fn last(&self) -> Option<Arc<Decision>> {
        self.0.lock().back().cloned()
    }

    /// All that are kept, latest first.
    pub(crate) fn all(&self) -> Vec<Arc<Decision>> {
        self.0.lock().iter().rev().cloned().collect()
    }
}

/// One denial, as `GET /_fogbank/iam/decisions/ID` shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Decision {
    /// The id of the request that was denied.
    pub id: String,
    pub time: String,
    pub outcome: Result,
    pub principal: Principal,
    pub action: String,
    pub resource: String,
    pub context: BTreeMap<String, Vec<String>>,
    pub layers: Vec<LayerReport>,
    pub decided: Decided,
    /// As the caller was told.
    pub message: String,
    pub remedy: Option<Remedy>,
    /// What DecodeAuthorizationMessage takes.
    pub encoded_message: String,
}

/// What became of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Result {
    Denied,
    /// Let through, because the gate only watches.
    Audited,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Principal {
    pub arn: String,
    pub user_id: Option<String>,
    pub account: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LayerReport {
    pub layer: &'static str,
    pub outcome: &'static str,
    /// How many policies were asked.
    pub policies: usize,
    pub matched: Vec<Matched>,
    /// Looked at by statements about this action and resource, and not there.
    pub missing_context_keys: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Matched {
    pub effect: &'static str,
    #[serde(flatten)]
    pub statement: Statement,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    pub policy: String,
    pub sid: Option<String>,
    pub line: u32,
    pub column: u32,
}

/// What settled it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Decided {
    pub reason: &'static str,
    pub layer: &'static str,
    /// `None` where the reason is that no statement allows.
    pub statement: Option<Statement>,
}

/// The smallest statement that would allow it, and where it belongs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Remedy {
    pub layer: &'static str,
    pub statement: serde_json::Value,
}

impl Decision {
    pub(crate) fn new(
        caller: &Caller,
        request: &Request<'_>,
        layers: Vec<Layer>,
        denial: &Denial,
        message: String,
        outcome: Result,
    ) -> Decision {
        let id = caller.request_id.as_str().to_owned();
        let context = request.context().entries();
        Decision {
            encoded_message: encoded(&id),
            id,
            time: time(caller.time),
            outcome,
            principal: Principal {
                arn: caller.arn(),
                user_id: request.principal().user_id().map(Cow::into_owned),
                account: caller.account.to_string(),
            },
            action: request.action().to_owned(),
            resource: request.resource().to_owned(),
            context: context
                .map(|(key, values)| (key.to_owned(), values))
                .collect(),
            layers: layers.into_iter().map(LayerReport::from).collect(),
            decided: Decided::from(denial),
            remedy: remedy(request, denial),
            message,
        }
    }

    pub(crate) fn is_explicit(&self) -> bool {
        self.decided.reason == EXPLICIT
    }
}

fn time(time: Timestamp) -> String {
    time.iso8601()
}

/// The encoded authorisation message of a denial. It holds nothing but the denial's id.
pub(crate) fn encoded(id: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(id)
}

/// The id in an encoded message; a bare id is one too.
pub(crate) fn decoded(message: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(message);
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.unwrap_or_else(|| message.to_owned())
}

fn remedy(request: &Request, denial: &Denial) -> Option<Remedy> {
    let statement = policy::remedy(request, denial)?;
    let Denial::Implicit(policy_type) = denial else {
        return None;
    };
    Some(Remedy {
        layer: policy_type.name(),
        statement: serde_json::from_str(&statement).ok()?,
    })
}

const EXPLICIT: &str = "explicitDeny";

impl From<&Denial> for Decided {
    fn from(denial: &Denial) -> Decided {
        let (reason, policy_type, source) = match denial {
            Denial::Explicit(source) => (EXPLICIT, source.policy_type, Some(source)),
            Denial::Implicit(policy_type) => ("implicitDeny", *policy_type, None),
            Denial::NotEvaluable(source) => ("notEvaluable", source.policy_type, Some(source)),
        };
        Decided {
            reason,
            layer: PolicyType::name(policy_type),
            statement: source.map(Statement::from),
        }
    }
}

impl From<&Source> for Statement {
    fn from(source: &Source) -> Statement {
        Statement {
            policy: source.policy.to_string(),
            sid: source.sid.clone(),
            line: source.span.start.line,
            column: source.span.start.column,
        }
    }
}

impl From<Layer> for LayerReport {
    fn from(layer: Layer) -> LayerReport {
        let matched = layer.matched.iter().map(|(effect, source)| Matched {
            effect: match effect {
                Effect::Allow => "Allow",
                Effect::Deny => "Deny",
            },
            statement: Statement::from(source),
        });
        LayerReport {
            layer: layer.policy_type.name(),
            outcome: match layer.outcome {
                Outcome::Absent => "absent",
                Outcome::Allows => "allows",
                Outcome::Denies => "denies",
                Outcome::Silent => "silent",
                Outcome::NotEvaluable => "notEvaluable",
            },
            policies: layer.policies,
            matched: matched.collect(),
            missing_context_keys: layer.missing_keys,
        }
    }
}
