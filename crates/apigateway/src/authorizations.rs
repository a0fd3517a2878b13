//! What authorizers have answered, kept for as long as they say.

use crate::exchange::Authorization;
use base::Timestamp;
use parking_lot::Mutex;
use policy::Policy;
use std::collections::HashMap;
use std::sync::Arc;

/// Answers that are kept, of all stages.
const MAX_ANSWERS: usize = 10_000;

/// A function's answer: whom it has recognised, and what they may do.
#[derive(Debug)]
pub struct Granted {
    pub authorization: Authorization,
    pub policy: Arc<Policy>,
    /// The API key that goes with the request.
    pub usage_key: Option<String>,
}

/// Who asked: the stage, the authorizer and the values of its identity sources.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asked {
    pub api_id: String,
    pub stage: String,
    pub authorizer_id: String,
    pub identity: Vec<String>,
}

/// Answers by who asked.
#[derive(Debug)]
pub struct Authorizations<T>(Mutex<HashMap<Asked, (Arc<T>, Timestamp)>>);

impl<T> Default for Authorizations<T> {
    fn default() -> Authorizations<T> {
        Authorizations(Mutex::default())
    }
}

impl<T> Authorizations<T> {
    pub fn find(&self, asked: &Asked, now: Timestamp) -> Option<Arc<T>> {
        let answers = self.0.lock();
        let (granted, until) = answers.get(asked)?;
        (now < *until).then(|| granted.clone())
    }

    pub fn keep(&self, asked: Asked, granted: Arc<T>, until: Timestamp) {
        let mut answers = self.0.lock();
        if answers.len() >= MAX_ANSWERS {
            answers.clear();
        }
        answers.insert(asked, (granted, until));
    }

    /// Forgets all answers for a stage.
    pub fn forget(&self, api_id: &str, stage: &str) {
        let of_stage = |asked: &Asked| asked.api_id == api_id && asked.stage == stage;
        self.0.lock().retain(|asked, _| !of_stage(asked));
    }
}
