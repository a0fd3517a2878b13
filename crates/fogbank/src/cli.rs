//! The command line. Every flag of the server has an environment variable of the same name.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

const AFTER_HELP: &str = "\
Try it:
  fogbank up examples/dynamodb-manager     deploy a template and follow its logs
  fogbank serve                            just the server
  eval \"$(fogbank env)\"                    point the AWS CLI and SDKs at it
  aws dynamodb list-tables

Everything that is acknowledged is on disk, in --data. IAM is on by default: the key test/test is an
administrator of account 000000000000 while the server listens on loopback only.";

/// API Gateway, Lambda, DynamoDB and IAM in one binary that speaks the real AWS protocols.
#[derive(Parser, Debug)]
#[command(name = "fogbank", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run the server in the foreground.
    Serve(ServerArgs),
    /// Run the server, deploy a SAM or CloudFormation template, follow its functions' logs.
    Up(UpArgs),
    /// Print the environment variables that point AWS clients at the running server.
    Env(ClientArgs),
    /// Print a function's log.
    Logs(LogsArgs),
    /// Invoke a function.
    Invoke(InvokeArgs),
    /// Ask why a call was denied, or which permissions are really needed.
    #[command(subcommand)]
    Iam(IamCommand),
    /// Show what became of requests, step by step.
    Trace(TraceArgs),
    /// Say which runtimes and which isolation this machine gives, and how to get what is missing.
    Doctor(DoctorArgs),
    /// Make the keys of an administrator, for a server that others can reach; prints them once.
    Init(InitArgs),
}

#[derive(Args, Debug, Clone)]
pub struct ServerArgs {
    /// Address to listen on; port 0 takes a free one.
    #[arg(
        long,
        env = "FOGBANK_LISTEN",
        default_value = "127.0.0.1:4566",
        value_name = "ADDR:PORT"
    )]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub store: StoreArgs,
    /// Folder for what functions' runtimes need, such as boto3 [default: DATA/runtimes].
    #[arg(long, env = "FOGBANK_RUNTIMES", value_name = "DIR")]
    pub runtimes: Option<PathBuf>,
    /// Folder that stands for S3, with a folder in it for each bucket: DynamoDB's exports go there,
    /// its imports and functions' zip files can be from there [default: DATA/s3].
    #[arg(long, env = "FOGBANK_S3_FOLDER", value_name = "DIR")]
    pub s3_folder: Option<PathBuf>,
    /// Hold DynamoDB's tables to their provisioned throughput and ceilings, and refuse what is
    /// beyond.
    #[arg(long, env = "FOGBANK_DYNAMODB_THROTTLING")]
    pub dynamodb_throttling: bool,
    /// How long an idle function instance is kept.
    #[arg(long, env = "FOGBANK_LAMBDA_IDLE_TIMEOUT", default_value = "10m", value_parser = duration)]
    pub lambda_idle_timeout: Duration,
    /// Let functions run in folders of this machine, and see changes in them at once: code in the
    /// bucket `hot-reload` has the folder's path as its key. Let them run container images of this
    /// machine too. Whoever may create functions can then read those folders and images.
    #[arg(long, env = "FOGBANK_HOT_RELOAD")]
    pub hot_reload: bool,
    /// Web pages of this origin may use the services, besides pages on localhost. May be repeated;
    /// `*` stands for all: then any page that you visit can use the keys of this machine.
    #[arg(
        long,
        env = "FOGBANK_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub allow_origin: Vec<String>,
    /// Whose JSON Web Tokens are checked with which public keys: an issuer, as tokens name it in
    /// `iss`, and the file or URL of its JSON Web Key Set. May be repeated. API Gateway's JWT and
    /// user pool authorizers ask issuers that are not here for theirs;
    /// AssumeRoleWithWebIdentity accepts no others. Example:
    /// --jwks https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Pool=jwks.json
    #[arg(long, env = "FOGBANK_JWKS", value_name = "ISSUER=SOURCE", value_delimiter = ',', value_parser = key_source)]
    pub jwks: Vec<(String, String)>,
    /// A collector to which traces are sent, as OTLP over HTTP with Protobuf: http://127.0.0.1:4318.
    #[arg(long, env = "FOGBANK_OTLP", value_name = "URL")]
    pub otlp: Option<String>,
    /// The most traces that begin in a second; 0 for none. Requests beyond it are answered like all
    /// others, but not traced.
    #[arg(
        long,
        env = "FOGBANK_TRACES_PER_SECOND",
        value_name = "NUMBER",
        default_value_t = front::Limits::TRACES_PER_SECOND
    )]
    pub traces_per_second: u32,
    /// Do without the key test/test, which everybody knows, on loopback too: for servers behind a
    /// proxy on the same machine. There has to be a key of your own (`fogbank init`).
    #[arg(long, env = "FOGBANK_NO_PUBLIC_KEYS")]
    pub no_public_keys: bool,
    /// Refuse to start where functions would be isolated less than this: process, restricted or
    /// sandbox.
    #[arg(
        long,
        env = "FOGBANK_MIN_ISOLATION",
        default_value = "process",
        value_name = "LEVEL"
    )]
    pub min_isolation: Isolation,
    /// A port on which functions reach the internet; may be given several times.
    #[arg(long, env = "FOGBANK_LAMBDA_EGRESS_PORT", value_name = "PORT", value_delimiter = ',',
        default_values_t = lambda::EGRESS_PORTS)]
    pub lambda_egress_port: Vec<u16>,
    /// A network besides the internet that functions may reach, such as 10.1.0.0/16; may be given
    /// several times.
    #[arg(
        long,
        env = "FOGBANK_LAMBDA_EGRESS_NETWORK",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    pub lambda_egress_network: Vec<lambda::Network>,
    /// What becomes of calls that no policy allows: enforce refuses them, audit lets them through
    /// and records them, off does not ask (on loopback only).
    #[arg(
        long,
        env = "FOGBANK_IAM",
        default_value = "enforce",
        value_name = "MODE"
    )]
    pub iam: IamMode,
    /// Service control policies: a JSON file `{"*" or ACCOUNT: [{"Name": ..., "Document": ...}]}`.
    #[arg(long, env = "FOGBANK_SERVICE_CONTROL_POLICIES", value_name = "FILE")]
    pub service_control_policies: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, or a filter such as `front=debug`
    /// [default: info; warn for `up`].
    #[arg(long, env = "FOGBANK_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// How it is logged.
    #[arg(
        long,
        env = "FOGBANK_LOG_FORMAT",
        default_value = "text",
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,
}

#[derive(Args, Debug, Clone)]
pub struct StoreArgs {
    /// Folder in which everything is kept.
    #[arg(
        long,
        env = "FOGBANK_DATA",
        default_value = ".fogbank",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    /// Keep everything in memory only; it is gone when the server stops.
    #[arg(long, env = "FOGBANK_IN_MEMORY")]
    pub in_memory: bool,
    /// The storage engine.
    #[arg(long, env = "FOGBANK_ENGINE", default_value = "fjall")]
    pub engine: Engine,
    /// How much memory may keep data that was read, such as `256m` or `2g`, with the engine
    /// fjall. It is taken only as it fills [default: a tenth of the machine's memory, at most 1g].
    #[arg(long, env = "FOGBANK_CACHE", value_name = "SIZE", value_parser = size)]
    pub cache: Option<u64>,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Fjall,
    Sqlite,
}

/// The levels of [`sandbox::Level`].
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    Process,
    Restricted,
    Sandbox,
}

impl From<Isolation> for sandbox::Level {
    fn from(isolation: Isolation) -> sandbox::Level {
        match isolation {
            Isolation::Process => sandbox::Level::Process,
            Isolation::Restricted => sandbox::Level::Restricted,
            Isolation::Sandbox => sandbox::Level::Sandbox,
        }
    }
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum IamMode {
    Enforce,
    Audit,
    Off,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Args, Debug)]
pub struct UpArgs {
    /// A template, or a folder with a template.yaml, template.yml or template.json.
    #[arg(default_value = ".", value_name = "DIR or TEMPLATE")]
    pub template: PathBuf,
    /// Name of the stack [default: the folder's name].
    #[arg(long, env = "FOGBANK_STACK_NAME", value_name = "NAME")]
    pub stack_name: Option<String>,
    /// A parameter of the template; may be repeated.
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Region to deploy into.
    #[arg(long, env = "FOGBANK_REGION", default_value = "us-east-1")]
    pub region: base::Region,
    /// Stop after deploying instead of following the logs.
    #[arg(long)]
    pub no_follow: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Args, Debug, Clone)]
pub struct ClientArgs {
    /// The running server.
    #[arg(
        long,
        env = "FOGBANK_ENDPOINT",
        default_value = "http://127.0.0.1:4566",
        value_name = "URL"
    )]
    pub endpoint: String,
    /// Region to work in.
    #[arg(long, env = "FOGBANK_REGION", default_value = "us-east-1")]
    pub region: base::Region,
}

#[derive(Args, Debug)]
pub struct LogsArgs {
    /// The function's name.
    pub function: String,
    /// Go on printing what is logged from now on.
    #[arg(long, short)]
    pub follow: bool,
    #[command(flatten)]
    pub client: ClientArgs,
}

#[derive(Args, Debug)]
pub struct InvokeArgs {
    /// The function's name or ARN.
    pub function: String,
    /// The event, as JSON.
    #[arg(long, short, default_value = "{}", value_name = "JSON")]
    pub payload: String,
    #[command(flatten)]
    pub client: ClientArgs,
}

#[derive(Subcommand, Debug)]
pub enum IamCommand {
    /// Explain a denial: who wanted what, what each policy said, which statement would allow it.
    Explain(ExplainArgs),
    /// Print the least policy that covers what a role or user really called.
    Suggest(SuggestArgs),
}

#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The denial's id: that of the request that was denied (x-amzn-RequestId).
    #[arg(required_unless_present = "last")]
    pub id: Option<String>,
    /// Explain the latest denial.
    #[arg(long, conflicts_with = "id")]
    pub last: bool,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub client: ClientArgs,
}

#[derive(Args, Debug)]
pub struct TraceArgs {
    /// The trace's id: the Root of an X-Amzn-Trace-Id.
    #[arg(required_unless_present_any = ["last", "follow"])]
    pub id: Option<String>,
    /// Show the trace that ended last.
    #[arg(long, conflicts_with = "id")]
    pub last: bool,
    /// Show traces as they end, until interrupted.
    #[arg(long, conflicts_with_all = ["id", "last"])]
    pub follow: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub client: ClientArgs,
}

#[derive(Args, Debug)]
pub struct SuggestArgs {
    /// The role's name.
    #[arg(long, required_unless_present = "user")]
    pub role: Option<String>,
    /// The user's name.
    #[arg(long, conflicts_with = "role")]
    pub user: Option<String>,
    /// Consider only calls since then: `24h`, or `2026-01-31T00:00:00Z`.
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// How to print the policy.
    #[arg(long, default_value = "json")]
    pub format: SuggestFormat,
    /// Fail if the attached policies allow more than the least policy.
    #[arg(long)]
    pub check: bool,
    #[command(flatten)]
    pub client: ClientArgs,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestFormat {
    /// The policy document.
    Json,
    /// A `Policies` property for SAM and CloudFormation.
    Sam,
    /// Everything: the policy, what is granted beyond it, what was never used.
    Report,
}

#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Folder in which the server keeps everything.
    #[arg(
        long,
        env = "FOGBANK_DATA",
        default_value = ".fogbank",
        value_name = "DIR"
    )]
    pub data: PathBuf,
}

#[derive(Args, Debug)]
pub struct InitArgs {
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `ISSUER=SOURCE`; an issuer is a URL without a query, so the first equal sign ends it.
fn key_source(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((issuer, source)) if !issuer.is_empty() && !source.is_empty() => {
            Ok((issuer.to_owned(), source.to_owned()))
        }
        _ => Err("expected ISSUER=FILE or ISSUER=URL".to_owned()),
    }
}

/// Reads `90s`, `10m`, `2h`, `500ms`, or plain seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("{text} is not a duration"))?;
    let unit = text.get(digits.len()..).unwrap_or_default();
    let millis = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(format!("{unit} is not a unit: ms, s, m or h")),
    };
    number
        .checked_mul(millis)
        .map(Duration::from_millis)
        .ok_or_else(|| "too long".to_owned())
}

/// Reads `64m`, `2g`, `512k`, or plain bytes.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("{text} is not a size"))?;
    let unit = text.get(digits.len()..).unwrap_or_default();
    let bytes = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return Err(format!("{unit} is not a unit: k, m or g")),
    };
    number
        .checked_mul(bytes)
        .ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("4096"), Ok(4096));
        assert_eq!(size("64m"), Ok(64 << 20));
        assert_eq!(size("2GiB"), Ok(2 << 30));
        for bad in ["", "m", "1t", "-1m", "99999999999999g"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10m"), Ok(Duration::from_secs(600)));
        for bad in ["", "m", "1d", "-1s", "99999999999999999999h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }
}
