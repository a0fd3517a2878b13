//! The SDKs that AWS's runtimes have: boto3 for Python, the AWS SDK for JavaScript for Node.js.
//!
//! Installed with the interpreter's own installer into a folder that gets its name only when it is
//! complete, so servers that share the folder need no lock: the first rename wins.

mod boto3;
mod javascript;

pub(super) use boto3::boto3;
pub(crate) use javascript::is_wanted as wants_javascript;
pub(super) use javascript::{FOLDER as JAVASCRIPT_FOLDER, javascript};

use super::interpreter::Missing;
use sandbox::{Command, Exit, LineSplitter, Output, Sandbox};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long an installation may take.
const LIMIT: Duration = Duration::from_secs(600);

/// A step of an installation, for a progress bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It starts: what is installed, and for which interpreter.
    Started {
        what: String,
    },
    /// One more of about ten steps; what the installer says about it.
    Step {
        line: String,
    },
    Finished,
}

/// Why an SDK is not there.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    #[error("the SDK cannot be provided: {0}")]
    Interpreter(Arc<Missing>),
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
    #[error(
        "the AWS SDK for JavaScript cannot be provided: there is no npm beside {node} or in PATH; \
         install it (`apt install npm`), or put the packages into the function's zip"
    )]
    NoNpm { node: PathBuf },
    #[error(
        "the AWS SDK for JavaScript cannot be provided: npm failed ({reason}); make its registry \
         reachable, or put the packages into the function's zip"
    )]
    Npm { reason: String },
    #[error("the SDK cannot be provided: the runtimes folder cannot be written ({0})")]
    Folder(#[source] io::Error),
    #[error("the SDK cannot be provided: its installer cannot be started ({0})")]
    Start(#[source] sandbox::Error),
}

/// Installs into a folder of another name, then gives it its own.
async fn put_in_place<I>(
    folder: &Path,
    target: &Path,
    install: impl FnOnce(PathBuf) -> I,
) -> Result<(), ProvisionError>
where
    I: Future<Output = Result<PathBuf, ProvisionError>>,
{
    let partial = tempfile::Builder::new()
        .prefix(".installing-")
        .tempdir_in(folder)
        .map_err(ProvisionError::Folder)?;
    let packages = install(partial.path().join("packages")).await?;
    match std::fs::rename(&packages, target) {
        // Somebody else was faster: theirs is as good.
        Err(_) if target.is_dir() => Ok(()),
        Err(error) => Err(ProvisionError::Folder(error)),
        Ok(()) => Ok(()),
    }
}

/// How an installer ended that did not succeed.
enum Failed {
    Start(sandbox::Error),
    /// With the last of what it complained of.
    Ended {
        complaints: String,
        exit: Exit,
    },
    TooLate,
}

/// An installer: how it is started, and what of its output tells how far it is.
struct Installer {
    command: Command,
    /// Variables of the user's environment that it does not get: those that begin so.
    without: &'static str,
    /// So many lines of its output are a step; none if zero.
    output_lines: usize,
    /// So many lines of its complaints are a step; none if zero.
    complaint_lines: usize,
}

impl Installer {
    /// Runs it to its end. Its own settings (its index, certificates, proxies) come from the
    /// user's environment.
    async fn run(
        self,
        sandbox: &Sandbox,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<(), Failed> {
        let mut command = self.command.open_files(4096);
        for (name, value) in std::env::vars_os() {
            if !name.to_string_lossy().starts_with(self.without) {
                command = command.env(name, value);
            }
        }
        let (process, streams) = sandbox.start(&command).await.map_err(Failed::Start)?;
        let output = follow(&streams.stdout, self.output_lines, progress);
        let complaints = follow(&streams.stderr, self.complaint_lines, progress);
        let run = async { tokio::join!(output, complaints, process.wait()) };
        match tokio::time::timeout(LIMIT, run).await {
            Ok((_, _, Exit::Code(0))) => Ok(()),
            Ok((_, complaints, exit)) => Err(Failed::Ended { complaints, exit }),
            Err(_) => Err(Failed::TooLate),
        }
    }
}

/// Reads to the end; every so many lines are a step. Answers the first of them.
async fn follow(
    output: &Output,
    step: usize,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> String {
    const KEPT_BYTES: usize = 64 * 1024;
    let mut splitter = LineSplitter::new(1024);
    let mut buffer = [0; 4096];
    let (mut kept, mut count) = (String::new(), 0usize);
    while output.readable().await.is_ok() {
        match output.try_read(&mut buffer) {
            Ok(None) => {}
            Ok(Some(0)) | Err(_) => break,
            Ok(Some(n)) => splitter.push(buffer.get(..n).unwrap_or_default(), &mut |line| {
                count += 1;
                if kept.len() < KEPT_BYTES {
                    kept.push_str(&line);
                    kept.push('\n');
                }
                if count.checked_rem(step) == Some(0) {
                    let line = line.trim().to_owned();
                    progress(Progress::Step { line });
                }
            }),
        }
    }
    kept
}
