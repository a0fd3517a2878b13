//! Zips whose bytes depend on nothing but names, contents and executable bits: entries are sorted,
//! dates fixed.

use super::unreadable;
use crate::document::Mark;
use crate::error::{Problem, TemplateError};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// How much a package may hold, unpacked: Lambda's own limit.
const MAX_UNPACKED_BYTES: u64 = 250 * 1024 * 1024;
/// How deep folders may nest, which also ends circles of symbolic links.
const MAX_FOLDER_DEPTH: usize = 64;
/// What no function needs.
const IGNORED: [&str; 5] = [".git", "__pycache__", ".aws-sam", ".fogbank", ".DS_Store"];

/// A zip that is already there.
pub(super) async fn read(mark: Mark, path: &Path) -> Result<Bytes, TemplateError> {
    let extension = path.extension().and_then(|e| e.to_str());
    if !matches!(extension, Some("zip" | "jar")) {
        let what = format!("code in a file that is no zip ({})", path.display());
        return Err(TemplateError::not_supported(mark, what));
    }
    let bytes = tokio::fs::read(path).await;
    bytes
        .map(Bytes::from)
        .map_err(|e| unreadable(mark, path, &e))
}

/// A zip of one text.
pub(super) fn single(name: &str, content: &[u8]) -> Result<Bytes, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    add(&mut zip, name, false, content)?;
    Ok(zip.finish()?.into_inner().into())
}

/// A zip of one program.
pub(super) async fn executable(
    mark: Mark,
    name: &'static str,
    program: PathBuf,
) -> Result<Bytes, TemplateError> {
    blocking(move || {
        let content = std::fs::read(&program).map_err(|e| unreadable(mark, &program, &e))?;
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let done = add(&mut zip, name, true, &content).and_then(|()| zip.finish());
        let done = done.map_err(|e| unreadable(mark, &program, &e))?;
        Ok(done.into_inner().into())
    })
    .await
}

/// A zip of what is in these folders, below a prefix; of a name in several the first counts.
pub(super) async fn folders(
    mark: Mark,
    prefix: &'static str,
    folders: [Option<PathBuf>; 2],
) -> Result<Bytes, TemplateError> {
    blocking(move || {
        let mut files = Files {
            mark,
            by_name: BTreeMap::new(),
            total_bytes: 0,
        };
        for folder in folders.iter().flatten() {
            files.walk(folder, prefix, 0)?;
        }
        files.zip()
    })
    .await
}

/// Reading and packing many files would hold up everything else.
async fn blocking<F>(work: F) -> Result<Bytes, TemplateError>
where
    F: FnOnce() -> Result<Bytes, TemplateError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// The files of a package, by their name in it.
struct Files {
    mark: Mark,
    by_name: BTreeMap<String, PathBuf>,
    total_bytes: u64,
}

impl Files {
    fn walk(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), TemplateError> {
        let mark = self.mark;
        if depth > MAX_FOLDER_DEPTH {
            return Err(unreadable(mark, folder, &"folders are nested too deep"));
        }
        let entries = std::fs::read_dir(folder).map_err(|e| unreadable(mark, folder, &e))?;
        for entry in entries {
            let path = entry.map_err(|e| unreadable(mark, folder, &e))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                return Err(unreadable(mark, &path, &"its name is not UTF-8"));
            };
            if IGNORED.contains(&name) {
                continue;
            }
            let inside = format!("{prefix}{name}");
            // Links are followed: a zip has the contents.
            let metadata = std::fs::metadata(&path).map_err(|e| unreadable(mark, &path, &e))?;
            if metadata.is_dir() {
                self.walk(&path, &format!("{inside}/"), depth + 1)?;
            } else if metadata.is_file() && !self.by_name.contains_key(&inside) {
                self.count(metadata.len())?;
                self.by_name.insert(inside, path);
            }
        }
        Ok(())
    }

    fn count(&mut self, bytes: u64) -> Result<(), TemplateError> {
        self.total_bytes = self.total_bytes.saturating_add(bytes);
        if self.total_bytes > MAX_UNPACKED_BYTES {
            let problem = Problem::PackageTooLarge {
                what: "the function's code, unpacked,".to_owned(),
                limit_bytes: MAX_UNPACKED_BYTES,
            };
            return Err(problem.at(self.mark));
        }
        Ok(())
    }

    fn zip(&self) -> Result<Bytes, TemplateError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, path) in &self.by_name {
            let fail = |reason: &dyn std::fmt::Display| unreadable(self.mark, path, reason);
            let content = std::fs::read(path).map_err(|e| fail(&e))?;
            let metadata = std::fs::metadata(path).map_err(|e| fail(&e))?;
            let executable = is_executable(&metadata);
            add(&mut zip, name, executable, &content).map_err(|e| fail(&e))?;
        }
        let done = zip
            .finish()
            .map_err(|e| unreadable(self.mark, Path::new("a zip"), &e))?;
        Ok(done.into_inner().into())
    }
}

fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

fn add(
    zip: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    executable: bool,
    content: &[u8],
) -> Result<(), ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(if executable { 0o755 } else { 0o644 });
    zip.start_file(name, options)?;
    zip.write_all(content).map_err(ZipError::Io)
}
