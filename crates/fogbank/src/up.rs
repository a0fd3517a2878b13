//! `fogbank up`: the server, a template deployed on it, and its functions' logs.

use crate::cli::UpArgs;
use crate::deploy::{self, Console};
use crate::error::CliError;
use crate::local::Local;
use crate::serve::Server;
use crate::show_logs::Log;
use crate::telemetry;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(300);

/// Runs until a signal comes.
pub async fn run(arguments: &UpArgs) -> Result<(), CliError> {
    telemetry::init(&arguments.server, "warn")?;
    let console = Arc::new(Console::new());
    let listener = console.clone();
    let provisioning = Arc::new(move |progress| listener.provisioning(progress));
    let server = Server::start(&arguments.server, provisioning).await?;
    println!("{}", server.endpoint());
    let deployed = deploy::run(arguments, &server.stack, &console).await;
    let deployment = match deployed {
        Ok(deployment) => deployment,
        Err(error) => {
            server.shut_down().await?;
            return Err(error);
        }
    };
    print!(
        "{}",
        deploy::summary(&deployment, &server.endpoint(), &arguments.template)
    );
    println!("Ready.");
    std::io::stdout().flush()?;
    if arguments.no_follow {
        return server.shut_down().await;
    }
    let source = Local::new(server.stack.clone(), arguments.region.clone());
    let logs = deployment
        .functions
        .values()
        .map(|name| Log::new(name))
        .collect();
    let following = tokio::spawn(follow(source, logs));
    let stopped = server.stopped().await;
    following.abort();
    stopped
}

/// Prints what the functions log, until the first failure.
async fn follow(source: Local, mut logs: Vec<Log>) {
    loop {
        for log in &mut logs {
            if log.print_new(&source).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(POLL).await;
    }
}
