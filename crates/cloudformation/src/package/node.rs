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
struct Manifest {
    #[serde(default)]
    dependencies: BTreeMap<String, String>,
}

/// Installs dependencies into a folder of the cache, once for each manifest with its lock file. A
/// folder that has its modules is taken as it is.
pub(super) async fn install(
    mark: Mark,
    folder: &Path,
    packager: &Packager<'_>,
) -> Result<Option<PathBuf>, TemplateError> {
    let path = folder.join(MANIFEST);
    let Ok(text) = tokio::fs::read(&path).await else {
        return Ok(None);
    };
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|e| unreadable(mark, &path, &e))?;
    let is_provided = |name: &String| name.starts_with(PROVIDED);
    if manifest.dependencies.keys().all(is_provided) || folder.join("node_modules").is_dir() {
        return Ok(None);
    }
    let lock = tokio::fs::read(folder.join(LOCK)).await.unwrap_or_default();
    let kept = Kept::of(packager, "nodejs", &[&text, &lock], mark)?;
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
    let arguments = [command, "--omit=dev", "--no-audit", "--no-fund"];
    let tool = Tool {
        program: "npm",
        arguments: &arguments,
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
