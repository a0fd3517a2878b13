//! Why a request has no answer of its integration.

use crate::execute::api_key::KeyRefusal;
use http_event::Answer;
use wire::JsonWriter;

/// A failure: what the client is told, and what only logs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    status: u16,
    message: String,
    /// `www-authenticate`
    challenge: Option<String>,
    pub reason: Option<String>,
}

impl From<KeyRefusal> for Failure {
    fn from(refusal: KeyRefusal) -> Failure {
        match refusal {
            KeyRefusal::Unknown => Failure::forbidden("no usage plan has the API key"),
            KeyRefusal::Throttled => Failure::throttled(),
            KeyRefusal::Quota => Failure::quota(),
            KeyRefusal::Unavailable => Failure::internal("API keys cannot be read"),
        }
    }
}

impl Failure {
    fn new(status: u16, message: &str) -> Failure {
        Failure {
            status,
            message: message.to_owned(),
            challenge: None,
            reason: None,
        }
    }

    pub fn because(mut self, reason: impl Into<String>) -> Failure {
        self.reason = Some(reason.into());
        self
    }

    /// With how the client can make itself known.
    pub fn challenging(mut self, challenge: impl Into<String>) -> Failure {
        self.challenge = Some(challenge.into());
        self
    }

    /// No such stage or route.
    pub fn not_found() -> Failure {
        Failure::new(404, "Not Found")
    }

    /// Nobody has been recognised.
    pub fn unauthorized() -> Failure {
        Failure::new(401, "Unauthorized")
    }

    /// Somebody who may not.
    pub fn forbidden(reason: impl Into<String>) -> Failure {
        Failure::new(403, "Forbidden").because(reason)
    }

    pub fn throttled() -> Failure {
        Failure::new(429, "Too Many Requests")
    }

    /// A usage plan's quota is used up.
    pub fn quota() -> Failure {
        Failure::new(429, "Limit Exceeded")
    }

    /// An event that is larger than functions take.
    pub fn too_large(reason: impl Into<String>) -> Failure {
        Failure::new(413, "Request Entity Too Large").because(reason)
    }

    /// Something is wrong with the API, or with what is behind it.
    pub fn internal(reason: impl Into<String>) -> Failure {
        Failure::new(500, "Internal Server Error").because(reason)
    }

    /// What is behind the API cannot be reached, or takes too long.
    pub fn unavailable(reason: impl Into<String>) -> Failure {
        Failure::new(503, "Service Unavailable").because(reason)
    }

    /// What is behind a WebSocket API's route fails, or is not there.
    pub fn broken(status: u16, reason: impl Into<String>) -> Failure {
        Failure::new(status, "Internal server error").because(reason)
    }

    /// Something that AWS has and this is not built.
    pub fn not_built(what: &str) -> Failure {
        let message = format!("Not implemented: {what}");
        Failure::new(501, &message).because(message.clone())
    }

    /// `$context.error.message`
    pub fn told(&self) -> String {
        self.message.clone()
    }

    /// What clients of WebSocket APIs are told besides of where it went wrong.
    pub fn answer_on(self, connection_id: &str, request_id: &str) -> Answer {
        Answer::new(
            self.status,
            "application/json",
            self.frame(connection_id, request_id),
        )
    }

    /// The message that says so.
    pub fn frame(&self, connection_id: &str, request_id: &str) -> bytes::Bytes {
        let mut body = JsonWriter::new();
        body.object(|out| {
            out.key("message");
            out.string(&self.message);
            out.key("connectionId");
            out.string(connection_id);
            out.key("requestId");
            out.string(request_id);
        });
        body.finish()
    }

    pub fn answer(self) -> Answer {
        let mut body = JsonWriter::new();
        body.object(|out| {
            out.key("message");
            out.string(&self.message);
        });
        let mut answer = Answer::new(self.status, "application/json", body.finish());
        if let Some(challenge) = &self.challenge {
            answer.set("WWW-Authenticate", challenge);
        }
        answer
    }
}
