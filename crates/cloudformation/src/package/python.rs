//! Python functions: what `requirements.txt` asks for beyond what the runtime brings.

use super::command::Tool;
use super::{Packager, unreadable};
use crate::document::Mark;
use crate::error::TemplateError;
use base::hex;
use sha2::{Digest, Sha256};
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

/// Installs requirements into a folder of the cache, once for each text of the file.
pub(super) async fn install(
    mark: Mark,
    folder: &Path,
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
    // The tool runs in another folder.
    let cache = std::path::absolute(packager.cache);
    let cache = cache.map_err(|e| unreadable(mark, packager.cache, &e))?;
    let place = cache.join("python").join(digest(&text));
    if place.is_dir() {
        return Ok(Some(place));
    }
    // Only a finished installation gets the name that the next deployment looks for.
    let building = place.with_extension("part");
    let building_text = building.to_string_lossy();
    if building.is_dir() {
        let cleared = tokio::fs::remove_dir_all(&building).await;
        cleared.map_err(|e| unreadable(mark, &building, &e))?;
    }
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
        &building_text,
    ];
    let tool = Tool {
        program: "python3",
        arguments: &arguments,
        folder,
        mark,
    };
    tool.run(packager.progress).await?;
    let renamed = tokio::fs::rename(&building, &place).await;
    renamed.map_err(|e| unreadable(mark, &place, &e))?;
    Ok(Some(place))
}

fn digest(text: &str) -> String {
    let mut digits = hex::encode(&Sha256::digest(text));
    digits.truncate(32);
    digits
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
