//! boto3 for Python functions, by the interpreter's own pip.

use super::{Failed, Installer, LIMIT, Progress, ProvisionError, put_in_place};
use crate::runtimes::interpreter::Interpreter;
use sandbox::{Command, Sandbox};
use std::path::{Path, PathBuf};

/// The version installed, and the last one that still takes Python 3.9.
const BOTO3: &str = "1.43.11";
const BOTO3_PYTHON_39: &str = "1.42.97";

const OPTIONS: [&str; 12] = [
    "-m",
    "pip",
    "install",
    "--no-input",
    "--disable-pip-version-check",
    "--retries",
    "1",
    "--progress-bar",
    "off",
    "--compile",
    "--no-warn-script-location",
    "--target",
];

/// Installs boto3 for `interpreter` below `folder`, unless it is there, and answers where.
pub(in crate::runtimes) async fn boto3(
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
    put_in_place(folder, &target, async |partial| {
        pip_install(sandbox, interpreter, version, &partial, progress).await?;
        Ok(partial)
    })
    .await?;
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
    let command = Command::new(&interpreter.program, "/");
    let command = OPTIONS
        .iter()
        .fold(command, |command, arg| command.arg(arg));
    let pip = Installer {
        command: command.arg(target).arg(format!("boto3=={version}")),
        without: "PYTHON",
        output_lines: 1,
        complaint_lines: 0,
    };
    let reason = match pip.run(sandbox, progress).await {
        Ok(()) => return Ok(()),
        Err(Failed::Start(error)) => return Err(ProvisionError::Start(error)),
        Err(Failed::Ended { complaints, .. }) if complaints.contains("No module named pip") => {
            let python = interpreter.program.clone();
            return Err(ProvisionError::NoPip { python });
        }
        Err(Failed::Ended { complaints, exit }) => {
            last_error(&complaints).unwrap_or_else(|| exit.to_string())
        }
        Err(Failed::TooLate) => format!("not finished after {} s", LIMIT.as_secs()),
    };
    Err(ProvisionError::Pip { version, reason })
}

/// The last line that pip marks as an error.
fn last_error(complaints: &str) -> Option<String> {
    let mut errors = complaints
        .lines()
        .filter_map(|line| line.strip_prefix("ERROR: "));
    errors.next_back().map(str::to_owned)
}
