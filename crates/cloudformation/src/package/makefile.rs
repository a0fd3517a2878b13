//! Functions and layers that a `Makefile` builds (`BuildMethod: makefile`): the target
//! `build-LOGICALID` puts what is to be deployed into the folder `$(ARTIFACTS_DIR)`.

use super::Packager;
use super::command::Tool;
use super::kept::Kept;
use crate::document::Mark;
use crate::error::TemplateError;
use std::path::{Path, PathBuf};

/// Runs make in the folder; gives the one with what it made.
pub(super) async fn run(
    mark: Mark,
    folder: &Path,
    logical_id: &str,
    packager: &Packager<'_>,
) -> Result<PathBuf, TemplateError> {
    let place = folder.as_os_str().as_encoded_bytes();
    let kept = Kept::of(packager, "makefile", &[place, logical_id.as_bytes()], mark)?;
    let artifacts = kept.building().await?;
    let tool = Tool {
        program: "make",
        arguments: &[&format!("build-{logical_id}")],
        variables: &[("ARTIFACTS_DIR", artifacts.as_os_str())],
        folder,
        mark,
    };
    tool.run(packager.progress).await?;
    Ok(artifacts)
}
