//! `fogbank trace`: what became of a request, as a tree.

use crate::cli::TraceArgs;
use crate::client::Client;
use crate::error::CliError;
use serde::Deserialize;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(300);

#[derive(Deserialize)]
struct List {
    traces: Vec<Listed>,
    position: u64,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    position: u64,
}

#[derive(Deserialize)]
struct Trace {
    id: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    id: String,
    parent: Option<String>,
    name: String,
    duration_us: u64,
    notes: serde_json::Map<String, Value>,
    log: Vec<String>,
}

/// Prints one trace, or traces as they end.
///
/// # Errors
/// When the server cannot be reached or has no such trace.
pub async fn run(arguments: &TraceArgs) -> Result<(), CliError> {
    let client = Client::new(&arguments.client)?;
    if !arguments.follow {
        let id = arguments.id.as_deref().unwrap_or("last");
        return show(&client, id, arguments).await;
    }
    let seen: List = client.own("traces").await?;
    let mut position = seen.position;
    loop {
        let new: List = client.own(&format!("traces?after={position}")).await?;
        for listed in new.traces {
            show(&client, &listed.id, arguments).await?;
            position = listed.position;
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn show(client: &Client, id: &str, arguments: &TraceArgs) -> Result<(), CliError> {
    let trace: Value = client.own(&format!("traces/{id}")).await?;
    if arguments.json {
        println!("{trace:#}");
        return Ok(());
    }
    let trace = Trace::deserialize(trace).map_err(|_| CliError::Unexpected)?;
    print!("{trace}");
    Ok(())
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.id)?;
        let known = |id: &str| self.spans.iter().any(|span| span.id == id);
        let is_top = |span: &&Span| span.parent.as_deref().is_none_or(|id| !known(id));
        let tops: Vec<&Span> = self.spans.iter().filter(is_top).collect();
        self.write_all(f, &tops, "")
    }
}

impl Trace {
    /// Writes spans with all that is within them; `lead` is what stands before their branches.
    fn write_all(&self, f: &mut fmt::Formatter<'_>, spans: &[&Span], lead: &str) -> fmt::Result {
        for (index, span) in spans.iter().enumerate() {
            let is_last = index + 1 == spans.len();
            let (branch, below) = match is_last {
                true => ("└─ ", "   "),
                false => ("├─ ", "│  "),
            };
            writeln!(f, "{lead}{branch}{span}")?;
            let lead = format!("{lead}{below}");
            let within: Vec<&Span> = self.within(span);
            let stem = if within.is_empty() { "   " } else { "│  " };
            for line in &span.log {
                writeln!(f, "{lead}{stem}| {line}")?;
            }
            self.write_all(f, &within, &lead)?;
        }
        Ok(())
    }

    fn within(&self, parent: &Span) -> Vec<&Span> {
        let own = |span: &&Span| span.parent.as_ref() == Some(&parent.id);
        self.spans.iter().filter(own).collect()
    }
}

/// `NAME  1.234 ms  key=value`
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.duration_us > 0 {
            let (whole, rest) = (self.duration_us / 1_000, self.duration_us % 1_000);
            write!(f, "  {whole}.{rest:03} ms")?;
        }
        for (key, value) in &self.notes {
            write!(f, "  {key}=")?;
            match value.as_str() {
                Some(text) => f.write_str(text)?,
                None => write!(f, "{value}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tree() {
        let span = |id: &str, parent: Option<&str>, name: &str| {
            json!({"id": id, "parent": parent, "name": name, "durationUs": 1_500,
                "notes": {"k": "v"}, "log": []})
        };
        let mut spans = vec![
            span("1", Some("elsewhere"), "GET /"),
            span("2", Some("1"), "invoke"),
            span("3", Some("2"), "dynamodb GetItem"),
            span("4", Some("1"), "end"),
        ];
        spans[1]["log"] = json!(["a line"]);
        let trace: Trace = serde_json::from_value(json!({"id": "1-2-3", "spans": spans})).unwrap();
        let shown = trace.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(
            lines,
            [
                "1-2-3",
                "└─ GET /  1.500 ms  k=v",
                "   ├─ invoke  1.500 ms  k=v",
                "   │  │  | a line",
                "   │  └─ dynamodb GetItem  1.500 ms  k=v",
                "   └─ end  1.500 ms  k=v",
            ]
        );
    }
}
