//! boto3 for Python functions, as AWS's runtimes have it.
//!
//! Installed with the interpreter's own pip into a folder that gets its name only when it is
//! complete, so servers that share the folder need no lock: the first rename wins.

use super::interpreter::{Interpreter, Missing, read_to_end};
use sandbox::{Command, Exit, LineSplitter, Output, Sandbox};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The version installed, and the last one that still takes Python 3.9.
const BOTO3: &str = "1.43.11";
const BOTO3_PYTHON_39: &str = "1.42.97";

/// How long an installation may take.
const LIMIT: Duration = Duration::from_secs(600);

/// A step of an installation, for a progress bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It starts: what is installed, and for which interpreter.
    Started {
        what: String,
    },
    /// One more of about ten steps; what pip says about it.
    Step {
        line: String,
    },
    Finished,
}

/// Why boto3 is not there.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    #[error("boto3 cannot be provided: {0}")]
    Python(Arc<Missing>),
    #[error(
        "boto3 cannot be provided: {python} has no pip; install it (`apt install python3-pip`), \
         or put boto3 into the function's zip"
    )]
    NoPip { python: PathBuf },
    #[error(
        "boto3 cannot be provided: pip failed ({reason}); make boto3=={version} reachable for \
         pip, or put boto3 into the function's zip"
    )]
    Pip {
        version: &'static str,
        reason: String,
    },
    #[error("boto3 cannot be provided: the runtimes folder cannot be written ({0})")]
    Folder(#[source] io::Error),
    #[error("boto3 cannot be provided: pip cannot be started ({0})")]
    Start(#[source] sandbox::Error),
}

/// Installs boto3 for `interpreter` below `folder`, unless it is there, and answers where.
pub(super) async fn boto3(
    sandbox: &Sandbox,
    folder: &Path,
    interpreter: &Interpreter,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<PathBuf, ProvisionError> {
    let mut numbers = interpreter.version.split('.');
    let minor = numbers.nth(1).unwrap_or_default();
    let version = if minor == "9" { BOTO3_PYTHON_39 } else { BOTO3 };
    let target = folder.join(format!("python3.{minor}-boto3-{version}"));
    if target.is_dir() {
        return Ok(target);
    }
    let what = format!("boto3 {version} for Python 3.{minor}");
    progress(Progress::Started { what });
    let partial = tempfile::Builder::new()
        .prefix(".installing-")
        .tempdir_in(folder)
        .map_err(ProvisionError::Folder)?;
    let packages = partial.path().join("packages");
    pip_install(sandbox, interpreter, version, &packages, progress).await?;
    match std::fs::rename(&packages, &target) {
        // Somebody else was faster: theirs is as good.
        Err(_) if target.is_dir() => {}
        Err(error) => return Err(ProvisionError::Folder(error)),
        Ok(()) => {}
    }
    progress(Progress::Finished);
    Ok(target)
}

async fn pip_install(
    sandbox: &Sandbox,
    interpreter: &Interpreter,
    version: &'static str,
    target: &Path,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), ProvisionError> {
    let mut command = Command::new(&interpreter.program, "/");
    for arg in [
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
    ] {
        command = command.arg(arg);
    }
    for arg in [
        "--retries",
        "1",
        "--progress-bar",
        "off",
        "--compile",
        "--target",
    ] {
        command = command.arg(arg);
    }
    command = command.arg(target).arg(format!("boto3=={version}"));
    command = command.open_files(4096);
    // pip's own settings (its index, certificates, proxies) come from the user's environment.
    for (name, value) in std::env::vars_os() {
        let is_python_setting = name.to_string_lossy().starts_with("PYTHON");
        if !is_python_setting {
            command = command.env(name, value);
        }
    }
    let (process, streams) = sandbox
        .start(&command)
        .await
        .map_err(ProvisionError::Start)?;
    let steps = report_steps(&streams.stdout, progress);
    let complaints = read_to_end(&streams.stderr, 64 * 1024);
    let run = async { tokio::join!(steps, complaints, process.wait()) };
    let reason = match tokio::time::timeout(LIMIT, run).await {
        Ok((_, _, Exit::Code(0))) => return Ok(()),
        Ok((_, complaints, _)) if complaints.contains("No module named pip") => {
            let python = interpreter.program.clone();
            return Err(ProvisionError::NoPip { python });
        }
        Ok((_, complaints, exit)) => last_error(&complaints).unwrap_or_else(|| exit.to_string()),
        Err(_) => format!("not finished after {} s", LIMIT.as_secs()),
    };
    Err(ProvisionError::Pip { version, reason })
}

async fn report_steps(output: &Output, progress: &(dyn Fn(Progress) + Send + Sync)) {
    let mut splitter = LineSplitter::new(1024);
    let mut buffer = [0; 4096];
    while output.readable().await.is_ok() {
        match output.try_read(&mut buffer) {
            Ok(None) => {}
            Ok(Some(0)) | Err(_) => break,
            Ok(Some(n)) => splitter.push(buffer.get(..n).unwrap_or_default(), &mut |line| {
                let line = line.trim().to_owned();
                progress(Progress::Step { line });
            }),
        }
    }
}

/// The last line that pip marks as an error.
fn last_error(complaints: &str) -> Option<String> {
    let mut errors = complaints
        .lines()
        .filter_map(|line| line.strip_prefix("ERROR: "));
    errors.next_back().map(str::to_owned)
}
