//! What identity providers must look like.

use crate::error::Error;
use crate::record::Head;

pub(crate) const MAX_CLIENT_IDS: usize = 100;
const MAX_THUMBPRINTS: usize = 5;
/// How long metadata is good for: AWS says a hundred years.
const METADATA_VALID_S: i64 = 100 * 365 * 86_400;

/// The name of an OpenID Connect provider: its URL without the scheme.
///
/// # Errors
/// The URL is not one of `https://` with a host and without a port, query or fragment.
pub(crate) fn name_of_url(url: &str) -> Result<String, Error> {
    let (scheme, rest) = url.split_once("://").ok_or(Error::NotAProviderUrl)?;
    if scheme != "https" {
        return Err(Error::ProviderUrlScheme);
    }
    let host = rest.split('/').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '/');
    match host.is_empty() || !rest.chars().all(plain) {
        true => Err(Error::InvalidProviderUrl),
        false => Ok(rest.to_owned()),
    }
}

/// Thumbprints as they are kept: in lower case. The model has their length; nobody looks at their
/// characters.
///
/// # Errors
/// There are too many.
pub(crate) fn thumbprints(given: &[String]) -> Result<Vec<String>, Error> {
    match given.len() > MAX_THUMBPRINTS {
        true => Err(Error::TooManyThumbprints),
        false => Ok(given.iter().map(|text| text.to_ascii_lowercase()).collect()),
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
        check("https://example.com/a/b/", Some("example.com/a/b/"));
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
