//! Answers of stages with a cache, kept for as long as their methods' settings say.

use crate::execute::Response;
use base::Timestamp;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Bytes of all bodies that are kept. What is over that makes room by dropping everything.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The largest body that is kept, as on AWS.
const MAX_BODY: usize = 1024 * 1024;

/// What tells one answer from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    pub api_id: String,
    pub stage: String,
    pub deployment_id: String,
    /// The integration's cache namespace, with the method and its parameters' values.
    pub namespace: String,
    pub http_method: String,
    pub parameters: Vec<Option<String>>,
}

/// Answers by question.
#[derive(Debug, Default)]
pub struct Answers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Question, (Response, Timestamp)>,
    bytes: usize,
}

impl Answers {
    pub fn find(&self, question: &Question, now: Timestamp) -> Option<Response> {
        let kept = self.0.lock();
        let (answer, until) = kept.answers.get(question)?;
        (now < *until).then(|| answer.clone())
    }

    pub fn keep(&self, question: Question, answer: Response, until: Timestamp) {
        let size = answer.body.len();
        if size > MAX_BODY {
            return;
        }
        let mut kept = self.0.lock();
        if kept.bytes + size > MAX_BYTES {
            *kept = Kept::default();
        }
        kept.bytes += size;
        if let Some((earlier, _)) = kept.answers.insert(question, (answer, until)) {
            kept.bytes -= earlier.body.len();
        }
    }

    /// Forgets all answers of a stage.
    pub fn forget(&self, api_id: &str, stage: &str) {
        let mut kept = self.0.lock();
        kept.answers
            .retain(|question, _| question.api_id != api_id || question.stage != stage);
        kept.bytes = kept
            .answers
            .values()
            .map(|(answer, _)| answer.body.len())
            .sum();
    }
}
