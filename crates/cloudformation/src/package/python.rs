//! Python functions: what `requirements.txt` asks for beyond what the runtime brings.

use super::command::Tool;
use super::kept::Kept;
use super::{Packager, unreadable};
use crate::document::Mark;
use crate::error::TemplateError;
use std::path::{Path, PathBuf};

/// What Lambda's Python runtimes bring along.
const PROVIDED: [&str; 7] = [
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "six",
    "urllib3",
];

/// Installs requirements into a folder of the cache, once for each text of the file and
/// interpreter.
pub(super) async fn install(
    mark: Mark,
    folder: &Path,
    runtime: &str,
    packager: &Packager<'_>,
) -> Result<Option<PathBuf>, TemplateError> {
    let path = folder.join("requirements.txt");
    let text = match tokio::fs::read_to_string(&path).await {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(mark, &path, &error)),
    };
    if text.lines().all(is_provided) {
        return Ok(None);
    }
    let program = interpreter(runtime);
    let parts = [text.as_bytes(), program.as_bytes()];
    let kept = Kept::of(packager, "python", &parts, mark)?;
    if let Some(found) = kept.found() {
        return Ok(Some(found));
    }
    let building = kept.building().await?;
    let target = building.to_string_lossy();
    let arguments = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--requirement",
        "requirements.txt",
        "--target",
        &target,
    ];
    let tool = Tool {
        program: &program,
        arguments: &arguments,
        variables: &[],
        folder,
        mark,
    };
    tool.run(packager.progress).await?;
    kept.keep(&building).await.map(Some)
}

/// The interpreter that the function will run on, for packages with compiled parts: the runtime's
/// version if the machine has it, else the one that stands in.
fn interpreter(runtime: &str) -> String {
    let versions = std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv/versions"));
    let minor = runtime.strip_prefix("python").unwrap_or_default();
    let installed = versions.and_then(|folder| {
        let entries = std::fs::read_dir(folder).ok()?.flatten();
        let of_version = |name: &str| {
            name.strip_prefix(minor)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        let mut found = entries.filter(|entry| of_version(&entry.file_name().to_string_lossy()));
        let program = found.next()?.path().join("bin").join(runtime);
        program.is_file().then_some(program)
    });
    // Version managers put placeholders on the path that exist and fail.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| !folder.ends_with("shims"));
    let on_path = || {
        folders
            .map(|folder| folder.join(runtime))
            .find(|path| path.is_file())
    };
    let exact = installed.or_else(on_path);
    exact.map_or_else(|| "python3".to_owned(), |path| path.display().to_string())
}

/// Whether a line asks for nothing, or for something that is there anyway.
fn is_provided(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    let name = line.get(..end.unwrap_or(line.len())).unwrap_or_default();
    let name = name.to_ascii_lowercase().replace(['_', '.'], "-");
    line.is_empty() || PROVIDED.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_provided;

    #[test]
    fn only_what_the_runtime_lacks_is_installed() {
        for line in [
            "",
            "# nothing",
            "boto3",
            "boto3>=1.34 # pinned",
            "Python_Dateutil",
            "six;x",
        ] {
            assert!(is_provided(line), "{line}");
        }
        for line in [
            "requests",
            "boto3-stubs",
            "-r other.txt",
            "./local",
            "botox",
        ] {
            assert!(!is_provided(line), "{line}");
        }
    }
}
