//! `fogbank up`: the server, a template deployed on it, and its functions' logs.

use crate::cli::{ClientArgs, UpArgs};
use crate::client::Client;
use crate::deploy::{self, Console};
use crate::error::CliError;
use crate::serve::Server;
use crate::show_logs::Log;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(300);

/// Runs until a signal comes.
pub async fn run(arguments: &UpArgs) -> Result<(), CliError> {
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
    let client = Client::new(&ClientArgs {
        endpoint: server.endpoint(),
        region: arguments.region.clone(),
    })?;
    let logs = deployment
        .functions
        .values()
        .map(|name| Log::new(name))
        .collect();
    let following = tokio::spawn(follow(client, logs));
    let stopped = server.stopped().await;
    following.abort();
    stopped
}

/// Prints what the functions log, for as long as the server answers.
async fn follow(client: Client, mut logs: Vec<Log>) {
    loop {
        for log in &mut logs {
            if log.print_new(&client).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(POLL).await;
    }
}
