//! `fogbank invoke`: one invocation, its answer on standard output, its log on standard error.

use crate::cli::InvokeArgs;
use crate::client::Client;
use crate::error::CliError;
use bytes::Bytes;
use http::{Method, Request};
use std::io::Write as _;
use std::process::ExitCode;

/// Invokes and prints; fails when the function does.
pub async fn run(arguments: &InvokeArgs) -> Result<ExitCode, CliError> {
    let client = Client::new(&arguments.client)?;
    let uri = format!("/2015-03-31/functions/{}/invocations", arguments.function);
    let request = Request::builder()
        .method(Method::POST)
        .uri(uri)
        .header("x-amz-log-type", "Tail");
    let payload = Bytes::from(arguments.payload.clone());
    let answer = client
        .send("lambda", request, payload)
        .await?
        .successful()?;
    if let Some(tail) = answer
        .headers
        .get("x-amz-log-result")
        .and_then(|v| v.to_str().ok())
    {
        eprint!("{}", decoded(tail));
    }
    let mut out = std::io::stdout().lock();
    out.write_all(&answer.body)?;
    writeln!(out)?;
    let failed = answer.headers.contains_key("x-amz-function-error");
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn decoded(tail: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(tail)
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
