//! How an image is named: a path, then perhaps `:TAG`, then perhaps `@sha256:DIGEST`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

const FILE: &str = "file://";
const SHA256: &str = "sha256:";

/// An image in a layout on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Of a folder or a tar file; absolute.
    pub path: PathBuf,
    pub tag: Option<String>,
    /// Hexadecimal; of a manifest or an index.
    pub digest: Option<String>,
}

/// The text names no place of this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of an image: {0}")]
pub struct ReferenceError(pub String);

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Reference, ReferenceError> {
        let wrong = || ReferenceError(text.to_owned());
        let rest = text.strip_prefix(FILE).unwrap_or(text);
        let (rest, digest) = match rest.rsplit_once('@') {
            Some((rest, digest)) if !digest.contains('/') => {
                let digest = digest.strip_prefix(SHA256).filter(|text| is_digest(text));
                (rest, Some(digest.ok_or_else(wrong)?.to_owned()))
            }
            _ => (rest, None),
        };
        let (path, tag) = match rest.rsplit_once(':') {
            // A colon may be part of a name.
            Some((path, tag)) if !tag.contains('/') && !Path::new(rest).exists() => {
                (path, Some(tag.to_owned()))
            }
            _ => (rest, None),
        };
        let path = PathBuf::from(path);
        if !path.is_absolute() || tag.as_deref() == Some("") {
            return Err(wrong());
        }
        Ok(Reference { path, tag, digest })
    }
}

/// Whether the text is the hexadecimal form of a SHA-256 digest, as digests are written.
pub(crate) fn is_digest(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 64 && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, Option<&str>, Option<&str>)>) {
        let parsed = text.parse::<Reference>().ok();
        let expected = expected.map(|(path, tag, digest)| Reference {
            path: path.into(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        });
        assert_eq!(parsed, expected, "{text}");
    }

    #[test]
    fn references() {
        let digest = "0123456789abcdef".repeat(4);
        let digest = digest.as_str();
        check("/images/app", Some(("/images/app", None, None)));
        check("file:///images/app", Some(("/images/app", None, None)));
        check("/images/app:v1", Some(("/images/app", Some("v1"), None)));
        check("/a:b/app", Some(("/a:b/app", None, None)));
        check(
            &format!("/images/app@sha256:{digest}"),
            Some(("/images/app", None, Some(digest))),
        );
        check(
            &format!("file:///images/app:v1@sha256:{digest}"),
            Some(("/images/app", Some("v1"), Some(digest))),
        );
        for bad in [
            "",
            "app",
            "file://app:v1",
            "/app:",
            "/app@sha256:12",
            "/app@md5:0123",
            "000000000000.dkr.ecr.us-east-1.amazonaws.com/app:latest",
        ] {
            check(bad, None);
        }
    }
}
