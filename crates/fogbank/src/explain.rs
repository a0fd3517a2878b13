//! `fogbank iam explain`: a denial in words.

use crate::cli::ExplainArgs;
use crate::client::Client;
use crate::error::CliError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// Prints the explanation of one denial.
///
/// # Errors
/// When the server cannot be reached or knows of no such denial.
pub async fn run(arguments: &ExplainArgs) -> Result<(), CliError> {
    let client = Client::new(&arguments.client)?;
    let id = arguments.id.as_deref().unwrap_or("last");
    let report: Value = client.report(&format!("decisions/{id}")).await?;
    if arguments.json {
        println!("{report:#}");
        return Ok(());
    }
    let decision = Decision::deserialize(report).map_err(|_| CliError::Unexpected)?;
    print!("{decision}");
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decision {
    id: String,
    time: String,
    outcome: String,
    principal: Principal,
    action: String,
    resource: String,
    context: BTreeMap<String, Vec<String>>,
    layers: Vec<Layer>,
    decided: Decided,
    remedy: Option<Remedy>,
}

#[derive(Deserialize)]
struct Principal {
    arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    layer: String,
    outcome: String,
    policies: usize,
    matched: Vec<Matched>,
    missing_context_keys: Vec<String>,
}

#[derive(Deserialize)]
struct Matched {
    effect: String,
    #[serde(flatten)]
    statement: Statement,
}

#[derive(Deserialize)]
struct Statement {
    policy: String,
    sid: Option<String>,
    line: u32,
    column: u32,
}

#[derive(Deserialize)]
struct Decided {
    reason: String,
    layer: String,
    statement: Option<Statement>,
}

#[derive(Deserialize)]
struct Remedy {
    layer: String,
    statement: Value,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.policy)?;
        if let Some(sid) = self.sid.as_deref().filter(|sid| !sid.is_empty()) {
            write!(f, " statement {sid}")?;
        }
        write!(f, " (line {}, column {})", self.line, self.column)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome.as_str() {
            "audited" => "would have been denied (let through: --iam audit)",
            _ => "denied",
        };
        writeln!(f, "{} {outcome} at {}", self.id, self.time)?;
        writeln!(f, "  principal  {}", self.principal.arn)?;
        writeln!(f, "  action     {}", self.action)?;
        writeln!(f, "  resource   {}", self.resource)?;
        writeln!(f, "\nWhat the policies said:")?;
        for layer in &self.layers {
            write_layer(f, layer)?;
        }
        writeln!(f, "\nDecided by: {}", self.decided)?;
        if let Some(remedy) = &self.remedy {
            writeln!(f, "\nThis would allow it, as part of the {}:", remedy.layer)?;
            writeln!(f, "{:#}", remedy.statement)?;
        }
        writeln!(f, "\nContext:")?;
        for (key, values) in &self.context {
            writeln!(f, "  {key} = {}", values.join(", "))?;
        }
        Ok(())
    }
}

fn write_layer(f: &mut fmt::Formatter<'_>, layer: &Layer) -> fmt::Result {
    let mut line = format!("  {:<24} {}", layer.layer, layer.outcome);
    match layer.policies {
        0 => {}
        1 => line.push_str(" (1 policy)"),
        many => write!(line, " ({many} policies)")?,
    }
    writeln!(f, "{line}")?;
    for matched in &layer.matched {
        writeln!(f, "    {} by {}", matched.effect, matched.statement)?;
    }
    if !layer.missing_context_keys.is_empty() {
        let keys = layer.missing_context_keys.join(", ");
        writeln!(f, "    the request has no {keys}")?;
    }
    Ok(())
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.statement, self.reason.as_str()) {
            (Some(statement), "explicitDeny") => {
                write!(f, "an explicit deny in the {}: {statement}", self.layer)
            }
            (Some(statement), _) => write!(
                f,
                "a condition in the {} that cannot be evaluated: {statement}",
                self.layer
            ),
            (None, _) => write!(f, "no {} allows it", self.layer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_in_words() {
        let report = r#"{"id":"7","time":"2026-01-01T00:00:00Z","outcome":"denied",
            "principal":{"arn":"arn:u"},"action":"s:A","resource":"arn:r",
            "context":{"aws:SourceIp":["127.0.0.1"]},
            "layers":[{"layer":"identity-based policy","outcome":"denies","policies":2,
                "matched":[{"effect":"Deny","policy":"p","sid":"No","line":3,"column":1}],
                "missingContextKeys":["aws:k"]}],
            "decided":{"reason":"explicitDeny","layer":"identity-based policy",
                "statement":{"policy":"p","sid":"No","line":3,"column":1}},
            "remedy":null}"#;
        let decision: Decision = serde_json::from_str(report).unwrap();
        let expected = "7 denied at 2026-01-01T00:00:00Z
  principal  arn:u
  action     s:A
  resource   arn:r

What the policies said:
  identity-based policy    denies (2 policies)
    Deny by p statement No (line 3, column 1)
    the request has no aws:k

Decided by: an explicit deny in the identity-based policy: p statement No (line 3, column 1)

Context:
  aws:SourceIp = 127.0.0.1
";
        assert_eq!(decision.to_string(), expected);
    }
}
