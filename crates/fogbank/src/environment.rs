//! Environment variables: our own must be known, LocalStack's common ones are honoured or
//! answered with the name of what replaces them.

use clap::CommandFactory as _;
use std::collections::BTreeMap;

/// What a LocalStack variable means here.
enum Meaning {
    /// Stands for one of our variables.
    Same(&'static str),
    /// Nothing to set; the text says why.
    Note(&'static str),
}

const LOCALSTACK: &[(&str, Meaning)] = &[
    ("GATEWAY_LISTEN", Meaning::Same("FOGBANK_LISTEN")),
    ("LS_LOG", Meaning::Same("FOGBANK_LOG")),
    ("DEBUG", Meaning::Note("use --log debug")),
    ("EDGE_PORT", Meaning::Note("use --listen 127.0.0.1:PORT")),
    (
        "PERSISTENCE",
        Meaning::Note("everything is durable in --data unless --in-memory is given"),
    ),
    (
        "PERSIST_STATE",
        Meaning::Note("everything is durable in --data unless --in-memory is given"),
    ),
    ("DATA_DIR", Meaning::Note("use --data DIR")),
    (
        "ENFORCE_IAM",
        Meaning::Note("IAM is enforced unless --iam says otherwise"),
    ),
    ("IAM_SOFT_MODE", Meaning::Note("use --iam audit")),
    ("SERVICES", Meaning::Note("all services are always there")),
    (
        "LAMBDA_EXECUTOR",
        Meaning::Note("functions run without Docker"),
    ),
    (
        "LAMBDA_DOCKER_NETWORK",
        Meaning::Note("functions run without Docker"),
    ),
    (
        "LAMBDA_DOCKER_FLAGS",
        Meaning::Note("functions run without Docker"),
    ),
    (
        "LAMBDA_KEEPALIVE_MS",
        Meaning::Note("use --lambda-idle-timeout"),
    ),
    ("LOCALSTACK_HOST", Meaning::Note("use --listen ADDR:PORT")),
    ("HOSTNAME_EXTERNAL", Meaning::Note("use --listen ADDR:PORT")),
    (
        "LOCALSTACK_AUTH_TOKEN",
        Meaning::Note("there is no token and no account"),
    ),
    (
        "LOCALSTACK_API_KEY",
        Meaning::Note("there is no token and no account"),
    ),
    (
        "USE_SSL",
        Meaning::Note("put a TLS proxy in front; the server speaks plain HTTP"),
    ),
    (
        "DYNAMODB_ERROR_PROBABILITY",
        Meaning::Note("faults are not injected yet"),
    ),
];

/// What to do about the environment before flags are read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Our variables to set because LocalStack's are.
    pub set: Vec<(&'static str, String)>,
    /// Lines for the user.
    pub warnings: Vec<String>,
    /// Variables of ours that do not exist.
    pub unknown: Vec<String>,
}

/// Looks through the environment.
pub fn examine(variables: &BTreeMap<String, String>) -> Findings {
    let known = known_variables();
    let mut findings = Findings::default();
    for name in variables.keys().filter(|name| name.starts_with("FOGBANK_")) {
        if !known.contains(name) {
            findings.unknown.push(name.clone());
        }
    }
    for (name, meaning) in LOCALSTACK {
        let Some(value) = variables.get(*name).filter(|value| !value.is_empty()) else {
            continue;
        };
        match meaning {
            Meaning::Same(ours) if variables.contains_key(*ours) => {
                findings
                    .warnings
                    .push(format!("{name} is ignored: {ours} is set"));
            }
            Meaning::Same(ours) => {
                findings.set.push((ours, translated(name, value)));
                findings
                    .warnings
                    .push(format!("{name} is read as {ours}; please use that"));
            }
            Meaning::Note(note) => findings.warnings.push(format!("{name} is ignored: {note}")),
        }
    }
    findings
}

/// All variables that some flag of some command reads.
pub fn known_variables() -> Vec<String> {
    fn collect(command: &clap::Command, names: &mut Vec<String>) {
        let variables = command
            .get_arguments()
            .filter_map(|argument| argument.get_env());
        names.extend(variables.map(|name| name.to_string_lossy().into_owned()));
        command
            .get_subcommands()
            .for_each(|command| collect(command, names));
    }
    let mut names = Vec::new();
    collect(&crate::cli::Cli::command(), &mut names);
    names.sort();
    names.dedup();
    names
}

/// The command line with what LocalStack's variables say as defaults.
pub fn with_defaults(command: clap::Command, set: &[(&'static str, String)]) -> clap::Command {
    let value_of = |argument: &clap::Arg| {
        let name = argument.get_env()?;
        set.iter()
            .find(|(ours, _)| name == *ours)
            .map(|(_, value)| value.clone())
    };
    let command = command.mut_args(|argument| match value_of(&argument) {
        Some(value) => argument.default_value(value),
        None => argument,
    });
    command.mut_subcommands(|subcommand| with_defaults(subcommand, set))
}

/// LocalStack's listen address may leave out the host and name several.
fn translated(name: &str, value: &str) -> String {
    let first = value.split(',').next().unwrap_or_default().trim();
    match name {
        "GATEWAY_LISTEN" if first.starts_with(':') => format!("127.0.0.1{first}"),
        "GATEWAY_LISTEN" if first.bytes().all(|b| b.is_ascii_digit()) => {
            format!("127.0.0.1:{first}")
        }
        "GATEWAY_LISTEN" if !first.contains(':') => format!("{first}:4566"),
        "LS_LOG" => first.to_lowercase(),
        _ => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn ours_must_be_known() {
        let found = examine(&environment(&[
            ("FOGBANK_LISTEN", "x"),
            ("FOGBANK_LISTNE", "x"),
        ]));
        assert_eq!(found.unknown, ["FOGBANK_LISTNE"]);
    }

    #[test]
    fn localstack_is_translated_or_answered() {
        let found = examine(&environment(&[
            ("GATEWAY_LISTEN", "0.0.0.0"),
            ("ENFORCE_IAM", "1"),
        ]));
        assert_eq!(found.set, [("FOGBANK_LISTEN", "0.0.0.0:4566".to_owned())]);
        assert_eq!(found.warnings.len(), 2);
        let both = environment(&[("GATEWAY_LISTEN", ":1"), ("FOGBANK_LISTEN", "127.0.0.1:2")]);
        assert_eq!(examine(&both).set, []);
    }
}
