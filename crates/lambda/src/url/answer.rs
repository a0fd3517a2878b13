//! From what a function returns, or why it was not invoked, to an HTTP response.

use super::Refusal;
use crate::error::Error;
use crate::function_url::InvokeMode;
use crate::invocation::Done;
pub use http_event::Answer as UrlAnswer;

/// The response that an invocation makes.
pub(super) fn of_invocation(done: &Done, mode: InvokeMode) -> UrlAnswer {
    if done.has_failed() {
        return bad_gateway();
    }
    let answer = match mode {
        InvokeMode::Buffered => UrlAnswer::read(&done.payload()),
        InvokeMode::ResponseStream => UrlAnswer::read_streamed(done.payload()),
    };
    answer.unwrap_or_else(bad_gateway)
}

fn bad_gateway() -> UrlAnswer {
    UrlAnswer::new(502, "application/json", "Internal Server Error")
}

const FORBIDDEN: &str = "{\"Message\":\"Forbidden. For troubleshooting Function URL authorization \
                         issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html\"}";

/// What is answered where no function was invoked.
pub(super) fn of_refusal(refusal: Refusal) -> UrlAnswer {
    let (status, kind, body) = match refusal {
        Refusal::NoSuchUrl | Refusal::Failed(Error::FunctionNotFound(_)) => (
            404,
            "ResourceNotFoundException",
            "{\"Message\":null}".to_owned(),
        ),
        Refusal::Forbidden => (403, "AccessDeniedException", FORBIDDEN.to_owned()),
        Refusal::Failed(Error::Throttled(_)) => (
            429,
            "TooManyRequestsException",
            "{\"Message\":\"Rate Exceeded.\"}".to_owned(),
        ),
        Refusal::Failed(Error::PayloadTooLarge { .. }) => (
            413,
            "RequestTooLargeException",
            "{\"Message\":\"Request Entity Too Large\"}".to_owned(),
        ),
        Refusal::Failed(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, "a request to a function URL could not be served");
            return bad_gateway();
        }
    };
    let mut answer = UrlAnswer::new(status, "application/json", body);
    answer.set("x-amzn-ErrorType", kind);
    answer
}
