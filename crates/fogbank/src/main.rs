//! The binary: the command line, and the wiring of everything into one server.

mod cli;
mod client;
mod data_plane;
mod deploy;
mod doctor;
mod environment;
mod error;
mod explain;
mod init;
mod invoke;
mod local;
mod otlp;
mod own_hosts;
mod serve;
mod show_env;
mod show_logs;
mod show_trace;
mod stack;
mod suggest;
mod telemetry;
mod up;

use clap::{CommandFactory as _, FromArgMatches as _};
use cli::{Cli, Command, IamCommand};
use error::CliError;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

/// Requests allocate on one thread and are freed on another; the system's allocator is slower at
/// that, and keeps several times the memory after a burst.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("fogbank: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, CliError> {
    let found = environment::examine(&std::env::vars().collect());
    if !found.unknown.is_empty() {
        let known = environment::known_variables().join(", ");
        return Err(CliError::UnknownVariables {
            names: found.unknown,
            known,
        });
    }
    let matches = environment::with_defaults(Cli::command(), &found.set).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    for warning in &found.warnings {
        eprintln!("fogbank: {warning}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Boxed, or the runtime would be compiled with every command's code within it, once for each of
    // its ways to wait.
    let command: Pin<Box<dyn Future<Output = _>>> = Box::pin(dispatch(cli.command));
    let code = runtime.block_on(command);
    // Whatever still runs in the background has nothing to say any more.
    runtime.shutdown_background();
    code
}

async fn dispatch(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Serve(arguments) => serve::run(&arguments).await?,
        Command::Up(arguments) => up::run(&arguments).await?,
        Command::Env(arguments) => print!("{}", show_env::lines(&arguments)),
        Command::Logs(arguments) => {
            let until = match arguments.follow {
                true => show_logs::Until::Interrupted,
                false => show_logs::Until::Now,
            };
            show_logs::run(&arguments.function, until, &arguments.client).await?;
        }
        Command::Invoke(arguments) => return invoke::run(&arguments).await,
        Command::Iam(IamCommand::Explain(arguments)) => explain::run(&arguments).await?,
        Command::Iam(IamCommand::Suggest(arguments)) => return suggest::run(&arguments).await,
        Command::Trace(arguments) => show_trace::run(&arguments).await?,
        Command::Doctor(arguments) => doctor::run(&arguments).await?,
        Command::Init(arguments) => init::run(&arguments).await?,
    }
    Ok(ExitCode::SUCCESS)
}
