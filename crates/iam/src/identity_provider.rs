//! What identity providers must look like.

use crate::error::{Error, Limit};
use crate::record::Head;

pub(crate) const MAX_CLIENT_IDS: usize = 100;
const MAX_THUMBPRINTS: usize = 5;
const THUMBPRINT_CHARS: usize = 40;
/// How long metadata is good for: AWS says a hundred years.
const METADATA_VALID_S: i64 = 100 * 365 * 86_400;

/// The name of an OpenID Connect provider: its URL without the scheme.
///
/// # Errors
/// The URL is not one of `https://` with a host and without a port, query or fragment.
pub(crate) fn name_of_url(url: &str) -> Result<String, Error> {
    let rest = url
        .strip_prefix("https://")
        .ok_or(Error::InvalidProviderUrl)?;
    let host = rest.split('/').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '/');
    match host.is_empty() || !rest.chars().all(plain) {
        true => Err(Error::InvalidProviderUrl),
        false => Ok(rest.trim_end_matches('/').to_owned()),
    }
}

/// # Errors
/// There are too many thumbprints, or one is no SHA-1 in hexadecimal.
pub(crate) fn check_thumbprints(thumbprints: &[String]) -> Result<(), Error> {
    if thumbprints.len() > MAX_THUMBPRINTS {
        return Err(Error::LimitExceeded(Limit::Thumbprints));
    }
    let hexadecimal = |text: &String| {
        text.len() == THUMBPRINT_CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    match thumbprints.iter().all(hexadecimal) {
        true => Ok(()),
        false => Err(Error::InvalidMetadata("Invalid thumbprint")),
    }
}

/// # Errors
/// The document is no metadata of an identity provider.
pub(crate) fn check_metadata(document: &str) -> Result<(), Error> {
    match document.contains("EntityDescriptor") {
        true => Ok(()),
        false => Err(Error::InvalidMetadata("Could not parse metadata")),
    }
}

pub(crate) fn valid_until(head: &Head) -> i64 {
    head.created_s.saturating_add(METADATA_VALID_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(name_of_url(url).ok().as_deref(), expected, "{url}");
        };
        check("https://oidc.example.com", Some("oidc.example.com"));
        check("https://example.com/a/b/", Some("example.com/a/b"));
        for bad in [
            "http://example.com",
            "https://",
            "https://a?b",
            "https://a:80",
            "a",
        ] {
            check(bad, None);
        }
    }
}
