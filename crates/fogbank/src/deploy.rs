//! Deploying a template on the server in this process, and telling the user about it.

use crate::cli::UpArgs;
use crate::error::CliError;
use crate::local::Local;
use crate::stack::Stack;
use base::AccountId;
use cloudformation::{
    Action, ApiKind, DeployedApi, DeployedUrl, Deployer, Deployment, Event, Options, Progress,
};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// About how many lines pip writes when it installs the SDK.
const PROVISIONING_STEPS: u64 = 10;

/// What the user sees while long work goes on. Without a terminal, plain lines.
pub struct Console {
    resources: ProgressBar,
    provisioning: ProgressBar,
}

impl Console {
    pub fn new() -> Console {
        let bars = indicatif::MultiProgress::new();
        let bar = |template| {
            let bar = bars.add(ProgressBar::no_length());
            bar.set_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        };
        Console {
            resources: bar("{spinner} deploying    [{bar:30}] {pos}/{len} {wide_msg}"),
            provisioning: bar("{spinner} provisioning [{bar:30}] {wide_msg}"),
        }
    }

    /// A step of installing an SDK.
    pub fn provisioning(&self, progress: lambda::Progress) {
        match progress {
            lambda::Progress::Started { what } => {
                self.provisioning.set_length(PROVISIONING_STEPS);
                self.provisioning.set_message(what.clone());
                self.line(&format!("installing {what} (once)"));
            }
            lambda::Progress::Step { line } => {
                self.provisioning.inc(1);
                self.provisioning.set_message(line);
            }
            lambda::Progress::Finished => self.provisioning.finish_and_clear(),
        }
    }

    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Packaging { logical_id } => self.spin(&format!("packaging {logical_id}")),
            Event::Building { command } => self.line(&format!("running {command}")),
            Event::Output { line } => self.spin(line),
            Event::Warning { text } => self.line(&format!("warning: {text}")),
            Event::Planned { changes: 0 } => {}
            Event::Planned { changes } => {
                self.resources
                    .set_length(u64::try_from(*changes).unwrap_or(0));
            }
            Event::Started {
                logical_id,
                type_name,
                action,
            } => {
                self.spin(&format!("{} {logical_id} ({type_name})", action.as_str()));
            }
            Event::Finished {
                action: Action::Keep,
                ..
            } => {}
            Event::Finished {
                logical_id,
                type_name,
                action,
            } => {
                self.resources.inc(1);
                self.line(&format!(
                    "{:<8} {logical_id} ({type_name})",
                    action.as_str()
                ));
            }
            _ => {}
        }
    }

    fn spin(&self, message: &str) {
        self.resources
            .enable_steady_tick(Duration::from_millis(100));
        self.resources.set_message(message.to_owned());
    }

    /// A line that stays, above the bars if there are any.
    fn line(&self, text: &str) {
        if self.resources.is_hidden() {
            println!("{text}");
        } else {
            self.resources.println(text);
        }
    }

    fn done(&self) {
        self.resources.finish_and_clear();
        self.provisioning.finish_and_clear();
    }
}

/// Brings the stack to what the template says.
///
/// # Errors
/// What is wrong with the template, or the step that a service refused.
pub async fn run(
    arguments: &UpArgs,
    stack: &Arc<Stack>,
    console: &Console,
) -> Result<Deployment, CliError> {
    let template = cloudformation::find_template(&arguments.template)?;
    let listener = |event: &Event<'_>| console.event(event);
    let local = Local::new(stack.clone(), arguments.region.clone());
    let deployer = Deployer {
        api: &local,
        store: &stack.store,
        entropy: &stack.entropy,
        progress: Progress::new(&listener),
    };
    let options = Options {
        stack_name: stack_name(arguments, &template),
        account: AccountId::DEFAULT,
        region: arguments.region.clone(),
        parameters: parameters(&arguments.parameters)?,
        cache: arguments.server.store.data.join("packages"),
    };
    let deployment = deployer.deploy(&template, &options).await;
    console.done();
    let deployment = deployment?;
    if deployment
        .changes
        .iter()
        .all(|(_, action)| *action == Action::Keep)
    {
        println!("Nothing has changed.");
    }
    Ok(deployment)
}

fn stack_name(arguments: &UpArgs, template: &Path) -> String {
    if let Some(name) = &arguments.stack_name {
        return name.clone();
    }
    let absolute = std::path::absolute(template).unwrap_or_else(|_| template.to_owned());
    if let Some(name) = cloudformation::stack_of(&absolute) {
        return cloudformation::stack_name(&name);
    }
    let folder = absolute
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default();
    cloudformation::stack_name(&folder.to_string_lossy())
}

fn parameters(given: &[String]) -> Result<BTreeMap<String, String>, CliError> {
    given
        .iter()
        .map(|text| {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| CliError::Parameter(text.clone()))?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// What was deployed, where it answers, and `curl` lines to try it with.
pub fn summary(deployment: &Deployment, endpoint: &str, template: &Path) -> String {
    let mut text = String::new();
    for (name, value) in &deployment.outputs {
        text.push_str(&format!("output   {name} = {value}\n"));
    }
    let folder = if template.is_dir() {
        template
    } else {
        template.parent().unwrap_or(template)
    };
    let events = events(&folder.join("events"));
    for api in &deployment.apis {
        let DeployedApi { api_id, stage, .. } = api;
        let base = match (api.kind, stage.as_str()) {
            (ApiKind::Rest, stage) => {
                format!("{endpoint}/restapis/{api_id}/{stage}/_user_request_")
            }
            (ApiKind::Http, "$default") => format!("{endpoint}/_aws/execute-api/{api_id}"),
            (ApiKind::Http | ApiKind::WebSocket, stage) => {
                format!("{endpoint}/_aws/execute-api/{api_id}/{stage}")
            }
        };
        if api.kind == ApiKind::WebSocket {
            let base = base.replacen("http", "ws", 1);
            text.push_str(&format!("\nWebSocket {base}\n"));
        }
        for (method, path) in &api.routes {
            text.push_str(&format!("\n{method} {base}{path}\n"));
            text.push_str(&curl_lines(method, &format!("{base}{path}"), &events));
        }
    }
    for DeployedUrl { url, is_signed } in &deployment.function_urls {
        let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
        let (id, _) = host.split_once('.').unwrap_or((host, ""));
        let url = format!("{endpoint}/_aws/lambda-url/{id}/");
        text.push_str(&format!("\nfunction URL {url}\n"));
        text.push_str(&match is_signed {
            true => "  (for signed requests: AuthType AWS_IAM)\n".to_owned(),
            false => curl_lines("GET", &url, &events),
        });
    }
    for name in deployment.functions.values() {
        text.push_str(&format!(
            "\nfunction {name}: fogbank invoke {name} --payload '{{}}'\n"
        ));
    }
    text
}

/// One line for each test event that the project has; without any, one line.
fn curl_lines(method: &str, url: &str, events: &[(String, String)]) -> String {
    let takes_body = matches!(method, "POST" | "PUT" | "PATCH" | "ANY");
    if !takes_body {
        return format!("  curl -s -X {method} '{url}'\n");
    }
    let post = |body: &str| {
        let verb = if method == "ANY" { "POST" } else { method };
        let body = body.replace('\'', "'\\''");
        format!("curl -s -X {verb} '{url}' -H 'Content-Type: application/json' -d '{body}'")
    };
    if events.is_empty() {
        return format!("  {}\n", post("{}"));
    }
    let lines = events
        .iter()
        .map(|(name, body)| format!("  # {name}\n  {}\n", post(body)));
    lines.collect()
}

/// Whether an event is what Lambda gets from another service, and so no body of a request.
fn is_lambdas(event: &str) -> bool {
    type Members<'e> = BTreeMap<&'e str, serde::de::IgnoredAny>;
    let members: Members<'_> = serde_json::from_str(event).unwrap_or_default();
    let marks = ["requestContext", "Records", "methodArn", "routeArn"];
    marks.iter().any(|mark| members.contains_key(mark))
}

/// The project's test events that may be sent as they are: `events/*.json`, by name, each on one
/// line.
fn events(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    let event = |file: PathBuf| {
        let name = file.file_stem()?.to_str()?.to_owned();
        let json: Box<serde_json::value::RawValue> =
            serde_json::from_str(&std::fs::read_to_string(&file).ok()?).ok()?;
        if is_lambdas(json.get()) {
            return None;
        }
        let line: Vec<&str> = json.get().lines().map(str::trim).collect();
        file.extension()
            .is_some_and(|e| e == "json")
            .then(|| (name, line.join(" ")))
    };
    files.into_iter().filter_map(event).collect()
}
