//! MOCK integrations: the request template says which status is answered.

use super::failure::Failure;
use super::log::Log;
use super::respond::{self, Answer};
use super::running::Running;
use super::{Response, transform};
use crate::json::{Dialect, Json};
use crate::mapping_template::Overrides;

pub fn run(running: &Running<'_>, log: &mut Log) -> Result<Response, Failure> {
    let mut overrides = Overrides::default();
    let (integration, exchange) = (running.integration, running.exchange);
    let body = exchange.body_text();
    let text = transform::request_body(integration, exchange, body, &mut overrides)?;
    let status = status(&text).ok_or_else(|| {
        Failure::configuration("Unable to parse statusCode. It should be an integer and must be defined in request template.")
    })?;
    let answer = Answer {
        status: Some(status.to_string()),
        ..Answer::default()
    };
    respond::respond(running, answer, overrides, log)
}

/// `{"statusCode": 200}`, also without quotes around the name.
fn status(text: &str) -> Option<u16> {
    let json = Json::read(text, Dialect::Relaxed).ok()?;
    match json.get("statusCode")? {
        Json::String(text) => text.parse().ok(),
        value => value.to_text().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        assert_eq!(status(r#"{"statusCode": 200}"#), Some(200));
        assert_eq!(status("{statusCode: 404}"), Some(404));
        assert_eq!(status(r#"{"statusCode": "201"}"#), Some(201));
        for bad in [
            "",
            "{}",
            "200",
            "[200]",
            r#"{"statusCode": "x"}"#,
            r#"{"statusCode": 200.5}"#,
        ] {
            assert_eq!(status(bad), None, "{bad}");
        }
    }
}
