//! `fogbank iam suggest`: the least policy, and a gate for policies that are wider.

use crate::cli::{SuggestArgs, SuggestFormat, duration};
use crate::client::Client;
use crate::error::CliError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Prints the suggestion; with `--check`, fails if what is attached allows more.
///
/// # Errors
/// When the server cannot be reached or has no such role or user.
pub async fn run(arguments: &SuggestArgs) -> Result<ExitCode, CliError> {
    let client = Client::new(&arguments.client)?;
    let who = match (&arguments.role, &arguments.user) {
        (Some(role), _) => format!("role/{role}"),
        (None, user) => format!("user/{}", user.as_deref().unwrap_or_default()),
    };
    let since = arguments.since.as_deref().map(since).transpose()?;
    let query = since.map_or(String::new(), |since| format!("?since={since}"));
    let report: Value = client.report(&format!("suggestions/{who}{query}")).await?;
    let suggestion = Suggestion::deserialize(&report).map_err(|_| CliError::Unexpected)?;
    match arguments.format {
        SuggestFormat::Json => println!("{}", json(&suggestion.policy)?),
        SuggestFormat::Sam => print!("{}", sam(&suggestion.policy)),
        SuggestFormat::Report => println!("{report:#}"),
    }
    for grant in &suggestion.unused {
        eprintln!("never used: {grant}");
    }
    let is_used = |grant: &&Grant| !suggestion.unused.contains(grant);
    for grant in suggestion.wider.iter().filter(is_used) {
        eprintln!("wider than needed: {grant}");
    }
    Ok(match arguments.check && !suggestion.wider.is_empty() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

#[derive(Deserialize)]
struct Suggestion {
    policy: Document,
    wider: Vec<Grant>,
    unused: Vec<Grant>,
}

#[derive(PartialEq, Deserialize)]
struct Grant {
    policy: String,
    action: String,
    resource: String,
}

impl std::fmt::Display for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {} ({})", self.action, self.resource, self.policy)
    }
}

/// How many seconds ago, or a date as it is.
fn since(text: &str) -> Result<String, CliError> {
    if let Ok(ago) = duration(text) {
        return Ok(ago.as_secs().to_string());
    }
    match base::Timestamp::parse_iso8601(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(CliError::Since(text.to_owned())),
    }
}

/// A policy, with its elements in the order in which one writes them.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: String,
    statement: Vec<Statement>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: String,
    action: Vec<String>,
    resource: Vec<String>,
}

fn json(policy: &Document) -> Result<String, CliError> {
    serde_json::to_string_pretty(policy).map_err(|_| CliError::Unexpected)
}

/// The policy as the `Policies` of an `AWS::Serverless::Function`; the list in it is what an
/// `AWS::IAM::Role` takes as a policy's statements.
fn sam(policy: &Document) -> String {
    let mut out = String::from("Policies:\n");
    let _ = writeln!(out, "  - Version: \"{}\"\n    Statement:", policy.version);
    for statement in &policy.statement {
        let _ = writeln!(out, "      - Effect: {}", statement.effect);
        for (name, items) in [
            ("Action", &statement.action),
            ("Resource", &statement.resource),
        ] {
            let _ = writeln!(out, "        {name}:");
            for item in items {
                let _ = writeln!(out, "          - {}", Value::from(item.as_str()));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_a_template_writes_it() {
        let policy = r#"{"Statement": [{"Action": ["s:A", "s:B"], "Effect": "Allow",
            "Resource": ["arn:r"]}], "Version": "2012-10-17"}"#;
        let policy: Document = serde_json::from_str(policy).unwrap();
        let expected = "Policies:
  - Version: \"2012-10-17\"
    Statement:
      - Effect: Allow
        Action:
          - \"s:A\"
          - \"s:B\"
        Resource:
          - \"arn:r\"
";
        assert_eq!(sam(&policy), expected);
        let begins = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\"";
        assert!(json(&policy).unwrap().starts_with(begins));
    }

    #[test]
    fn points_in_time() {
        assert_eq!(since("24h").unwrap(), "86400");
        assert_eq!(
            since("2026-01-31T00:00:00Z").unwrap(),
            "2026-01-31T00:00:00Z"
        );
        assert!(since("yesterday").is_err());
    }
}
