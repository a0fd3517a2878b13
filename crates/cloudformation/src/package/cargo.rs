//! Rust functions: `cargo build --release`, and the program it made.

use super::command::Tool;
use crate::document::Mark;
use crate::error::{Problem, TemplateError};
use crate::progress::Progress;
use serde::Deserialize;
use std::path::{Path, PathBuf};

pub(super) struct Build<'b> {
    pub folder: &'b Path,
    /// Which binary, where the package has several.
    pub binary: Option<&'b str>,
    pub mark: Mark,
}

/// One line of cargo's own report; the other kinds have no executable.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

impl Build<'_> {
    /// Builds the program and says where it is.
    pub async fn run(&self, progress: &Progress<'_>) -> Result<PathBuf, TemplateError> {
        let mut arguments = vec![
            "build",
            "--release",
            "--message-format=json-render-diagnostics",
        ];
        if let Some(binary) = self.binary {
            arguments.extend(["--bin", binary]);
        }
        let tool = Tool {
            program: "cargo",
            arguments: &arguments,
            variables: &[],
            folder: self.folder,
            mark: self.mark,
        };
        let report = tool.run(progress).await?;
        let messages = serde_json::Deserializer::from_slice(&report).into_iter::<Message>();
        let programs = messages.filter_map(|message| message.ok()?.executable);
        match programs.collect::<Vec<_>>().as_slice() {
            [program] => Ok(program.clone()),
            [] => Err(self.failed("the package has no binary")),
            _ => Err(self.failed(
                "the package has several binaries: name one as Metadata.BuildProperties.Binary",
            )),
        }
    }

    fn failed(&self, reason: &str) -> TemplateError {
        Problem::Build {
            command: "cargo build --release".to_owned(),
            folder: self.folder.to_owned(),
            output: reason.to_owned(),
        }
        .at(self.mark)
    }
}
