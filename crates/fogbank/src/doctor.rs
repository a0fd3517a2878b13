//! `fogbank doctor`: what this machine gives, and how to get what it does not.

use crate::cli::DoctorArgs;
use crate::error::CliError;
use lambda::{Runtime, Runtimes, SearchPath};
use sandbox::{Containment, Sandbox};

/// One name for every family of runtimes; any version of it runs on what is found.
const RUNTIMES: [&str; 7] = [
    "python3.11",
    "python3.12",
    "python3.13",
    "nodejs20.x",
    "nodejs22.x",
    "provided.al2",
    "provided.al2023",
];

/// Tries everything and prints what came of it.
pub async fn run(arguments: &DoctorArgs) -> Result<(), CliError> {
    let sandbox = Sandbox::new().await.map_err(CliError::Sandbox)?;
    let probe = sandbox.probe();
    println!("isolation        {}", probe.level);
    println!("processes        held by a {}", probe.containment);
    if probe.containment == Containment::Subreaper {
        println!("                 for more, run as root or allow user namespaces");
    }
    let runtimes = Runtimes::new(
        sandbox,
        std::path::absolute(arguments.data.join("runtimes"))?,
        SearchPath::from_environment(),
    );
    for name in RUNTIMES {
        println!("{name:<16} {}", state_of(&runtimes, name).await);
    }
    Ok(())
}

async fn state_of(runtimes: &Runtimes, name: &str) -> String {
    let Ok(runtime) = name.parse::<Runtime>() else {
        return "not supported".to_owned();
    };
    if matches!(runtime, Runtime::ProvidedAl2 | Runtime::ProvidedAl2023) {
        return "runs any bootstrap built for this machine".to_owned();
    }
    match runtimes.interpreter(runtime).await {
        Ok(found) if found.exact => format!("{} {}", found.program.display(), found.version),
        Ok(found) => {
            format!("{} {} stands in", found.program.display(), found.version)
        }
        Err(missing) => format!("missing: {missing}"),
    }
}
