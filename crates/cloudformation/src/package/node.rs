//! Node.js functions: what `package.json` asks for, where it is not installed already.

use super::command::Tool;
use super::kept::Kept;
use super::{Packager, unreadable};
use crate::document::Mark;
use crate::error::TemplateError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "package.json";
const LOCK: &str = "package-lock.json";
/// What Lambda's Node.js runtimes bring along.
const PROVIDED: &str = "@aws-sdk/";

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    #[serde(default)]
    dependencies: BTreeMap<String, String>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, String>,
}

/// Which modules are installed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that the function needs where it runs.
    ForRunning,
    /// Those that build it, too, and even those that the runtime would bring along.
    All,
}

/// Installs dependencies into a folder of the cache, once for each manifest with its lock file. A
/// folder that has its modules is taken as it is.
pub(super) async fn install(
    mark: Mark,
    folder: &Path,
    wanted: Wanted,
    packager: &Packager<'_>,
) -> Result<Option<PathBuf>, TemplateError> {
    let path = folder.join(MANIFEST);
    let Ok(text) = tokio::fs::read(&path).await else {
        return Ok(None);
    };
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|e| unreadable(mark, &path, &e))?;
    let is_there = match wanted {
        Wanted::ForRunning => {
            let mut names = manifest.dependencies.keys();
            names.all(|name| name.starts_with(PROVIDED))
        }
        Wanted::All => manifest.dependencies.is_empty() && manifest.dev_dependencies.is_empty(),
    };
    if is_there || folder.join("node_modules").is_dir() {
        return Ok(None);
    }
    let lock = tokio::fs::read(folder.join(LOCK)).await.unwrap_or_default();
    let (kind, omitted) = match wanted {
        Wanted::ForRunning => ("nodejs", "--omit=dev"),
        Wanted::All => ("nodejs-building", "--include=dev"),
    };
    let kept = Kept::of(packager, kind, &[&text, &lock], mark)?;
    if let Some(found) = kept.found() {
        return Ok(Some(found));
    }
    let building = kept.building().await?;
    // npm installs beside a manifest: a copy, which goes again.
    let copies = [(MANIFEST, &text), (LOCK, &lock)];
    let copies = copies.into_iter().filter(|(_, bytes)| !bytes.is_empty());
    for (name, bytes) in copies.clone() {
        let path = building.join(name);
        let written = tokio::fs::write(&path, bytes).await;
        written.map_err(|e| unreadable(mark, &path, &e))?;
    }
    let command = if lock.is_empty() { "install" } else { "ci" };
    let arguments = [command, omitted, "--no-audit", "--no-fund"];
    let tool = Tool {
        program: "npm",
        arguments: &arguments,
        variables: &[],
        folder: &building,
        mark,
    };
    tool.run(packager.progress).await?;
    for (name, _) in copies {
        let path = building.join(name);
        let removed = tokio::fs::remove_file(&path).await;
        removed.map_err(|e| unreadable(mark, &path, &e))?;
    }
    // `npm install` leaves one of its own.
    let _ = tokio::fs::remove_file(building.join(LOCK)).await;
    kept.keep(&building).await.map(Some)
}
