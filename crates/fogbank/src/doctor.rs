//! `fogbank doctor`: what this machine gives, and how to get what it does not.

use crate::cli::DoctorArgs;
use crate::error::CliError;
use lambda::{Runtime, Runtimes, SearchPath};
use sandbox::{Level, Probe, Sandbox};

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
    print_isolation(&probe);
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

/// How strongly functions are isolated, and what would make it stronger.
fn print_isolation(probe: &Probe) {
    let (holds, remedy) = match probe.level {
        Level::Sandbox => ("a root, network and process table of their own", None),
        Level::Restricted => (
            "files and calls of the machine's own are refused",
            Some("for more, run as root or allow user namespaces"),
        ),
        Level::Process => (
            "for development only: functions can do what this user can",
            Some("for more, run on Linux 5.13 or later with Landlock, or allow user namespaces"),
        ),
    };
    println!("isolation        {} ({holds})", probe.level);
    if let Some(remedy) = remedy {
        println!("                 {remedy}");
    }
    match probe.landlock {
        0 => println!("landlock         missing: boot with lsm=landlock"),
        version => println!("landlock         version {version}"),
    }
    match probe.has_cgroups {
        true => println!("limits           memory, processes, CPU by control groups"),
        false => {
            println!("limits           by resource limits and a watch over memory");
            println!("                 for more, delegate a control group to the server");
        }
    }
    println!("processes        held by a {}", probe.containment);
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
