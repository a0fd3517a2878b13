//! Running a build tool: its lines are passed on while it runs, and kept for when it fails.

use crate::document::Mark;
use crate::error::{Problem, TemplateError};
use crate::progress::{Event, Progress};
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;

/// How many of the last lines an error shows.
const KEPT_LINES: usize = 40;
/// How much a tool may write to its standard output.
const MAX_OUTPUT_BYTES: u64 = 64 * 1024 * 1024;

/// A build tool's command line, and where it runs.
pub(super) struct Tool<'t> {
    pub program: &'t str,
    pub arguments: &'t [&'t str],
    /// Environment variables beside those of this process.
    pub variables: &'t [(&'t str, &'t OsStr)],
    pub folder: &'t Path,
    pub mark: Mark,
}

impl Tool<'_> {
    /// Runs the tool; gives what it wrote to its standard output.
    ///
    /// # Errors
    /// A tool that is not there or fails, with its last lines.
    pub async fn run(&self, progress: &Progress<'_>) -> Result<Vec<u8>, TemplateError> {
        progress.tell(Event::Building {
            command: &self.shown(),
        });
        let child = Command::new(self.program)
            .args(self.arguments)
            .envs(self.variables.iter().copied())
            .current_dir(self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = child.map_err(|e| self.failed(e.to_string()))?;
        let output = collect(child.stdout.take());
        let errors = follow(child.stderr.take(), progress);
        let (output, errors) = tokio::join!(output, errors);
        let status = child.wait().await.map_err(|e| self.failed(e.to_string()))?;
        let output = output.map_err(|e| self.failed(e.to_string()))?;
        if status.success() {
            Ok(output)
        } else {
            Err(self.failed(Vec::from(errors).join("\n")))
        }
    }

    fn shown(&self) -> String {
        let words = std::iter::once(&self.program).chain(self.arguments);
        words.copied().collect::<Vec<_>>().join(" ")
    }

    fn failed(&self, output: String) -> TemplateError {
        Problem::Build {
            command: self.shown(),
            folder: self.folder.to_owned(),
            output,
        }
        .at(self.mark)
    }
}

async fn collect(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream
            .take(MAX_OUTPUT_BYTES)
            .read_to_end(&mut bytes)
            .await?;
    }
    Ok(bytes)
}

/// Passes lines on; gives the last ones.
async fn follow(
    stream: Option<impl AsyncRead + Unpin>,
    progress: &Progress<'_>,
) -> VecDeque<String> {
    let mut kept = VecDeque::new();
    let Some(stream) = stream else {
        return kept;
    };
    let mut lines = BufReader::new(stream).lines();
    // A line that is not UTF-8 ends the following, not the build.
    while let Ok(Some(line)) = lines.next_line().await {
        progress.tell(Event::Output { line: &line });
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
    kept
}
