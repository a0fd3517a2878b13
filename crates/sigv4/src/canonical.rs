//! The canonical request and the string to sign: the bytes both sides must agree on.

use crate::query::{Query, encode};
use crate::{ALGORITHM, Head};
use base::hex;
use http::HeaderMap;
use http::header::{HOST, HeaderValue};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// The list of signed header names: lower case, sorted, as it stands in the canonical request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedHeaders<'a>(Cow<'a, str>);

impl<'a> SignedHeaders<'a> {
    /// Takes the names as a client lists them. Case and order are not the client's to choose, so
    /// a list that lacks either is put right, and then matches only if it was signed that way.
    pub(crate) fn new(list: Cow<'a, str>) -> SignedHeaders<'a> {
        let lower_case = !list.bytes().any(|b| b.is_ascii_uppercase());
        if lower_case && list.split(';').is_sorted() {
            return SignedHeaders(list);
        }
        let lower = list.to_ascii_lowercase();
        let mut names: Vec<&str> = lower.split(';').collect();
        names.sort_unstable();
        SignedHeaders(Cow::Owned(names.join(";")))
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names().any(|signed| signed == name)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split(';')
    }
}

/// What goes into a canonical request.
pub(crate) struct Canonical<'r> {
    pub(crate) head: Head<'r>,
    pub(crate) query: &'r Query<'r>,
    pub(crate) signed_headers: &'r SignedHeaders<'r>,
    /// The hash of the body, or what stands for it.
    pub(crate) payload: &'r str,
    pub(crate) service: &'r str,
}

impl Canonical<'_> {
    /// The canonical request, or nothing when a signed header is absent from the request.
    pub(crate) fn write(&self) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(768);
        out.extend_from_slice(self.head.method.as_str().as_bytes());
        out.push(b'\n');
        write_path(self.head.uri.path(), self.service, &mut out);
        out.push(b'\n');
        self.query.write_canonical(&mut out);
        out.push(b'\n');
        for name in self.signed_headers.names() {
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            write_values(&self.head, name, &mut out)?;
            out.push(b'\n');
        }
        out.push(b'\n');
        out.extend_from_slice(self.signed_headers.as_str().as_bytes());
        out.push(b'\n');
        out.extend_from_slice(self.payload.as_bytes());
        Some(out)
    }
}

/// `signed_at` in compact form; `scope` is `date/region/service/aws4_request`.
pub(crate) fn string_to_sign(signed_at: &str, scope: &str, canonical_request: &[u8]) -> String {
    let hash = hex::encode(&Sha256::digest(canonical_request));
    [ALGORITHM, signed_at, scope, &hash].join("\n")
}

/// S3 takes the path as it was sent. All others remove empty and dot segments and escape what was
/// sent once more, so that `%2F` becomes `%252F`.
fn write_path(path: &str, service: &str, out: &mut Vec<u8>) {
    if service == "s3" {
        out.extend_from_slice(if path.is_empty() { "/" } else { path }.as_bytes());
        return;
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    for segment in &segments {
        out.push(b'/');
        encode(segment.as_bytes(), out);
    }
    if segments.is_empty() || path.ends_with('/') {
        out.push(b'/');
    }
}

/// The values of one header, trimmed, inner spaces folded, joined by commas. HTTP/2 has `Host`
/// as the authority of the URI.
fn write_values(head: &Head<'_>, name: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut values = head.headers.get_all(name).iter();
    let Some(first) = values.next() else {
        let authority = (name == HOST.as_str()).then(|| head.uri.authority())??;
        out.extend_from_slice(authority.as_str().as_bytes());
        return Some(());
    };
    write_folded(first, out);
    for value in values {
        out.push(b',');
        write_folded(value, out);
    }
    Some(())
}

fn write_folded(value: &HeaderValue, out: &mut Vec<u8>) {
    let words = value.as_bytes().split(|b| matches!(b, b' ' | b'\t'));
    for (at, word) in words.filter(|word| !word.is_empty()).enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

/// The first header that AWS requires to be signed and is not.
///
/// AWS documents that every `x-amz-*` header must be signed: they choose what a request does
/// (`x-amz-target`, `x-amz-invocation-type`), so an unsigned one could be swapped on a captured
/// request. Three are free because the signature covers them otherwise: the date and the payload
/// hash stand in the signed text, and the token is compared with the key's own.
pub(crate) fn unsigned_amz_header<'a>(
    headers: &'a HeaderMap,
    signed: &SignedHeaders<'_>,
) -> Option<&'a str> {
    const COVERED: [&str; 3] = ["x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
    let amz = headers.keys().map(|name| name.as_str());
    let mut amz = amz.filter(|name| name.starts_with("x-amz-") && !COVERED.contains(name));
    amz.find(|name| !signed.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_path(service: &str, path: &str, canonical: &str) {
        let mut out = Vec::new();
        write_path(path, service, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), canonical, "{path}");
    }

    #[test]
    fn paths() {
        check_path("lambda", "", "/");
        check_path("lambda", "/", "/");
        check_path("lambda", "//", "/");
        check_path("lambda", "/a/b/", "/a/b/");
        check_path("lambda", "/a//b", "/a/b");
        check_path("lambda", "/a/./b/../c", "/a/c");
        check_path("lambda", "/a/..", "/");
        check_path("lambda", "/../..", "/");
        check_path("lambda", "/a%2Fb", "/a%252Fb");
        check_path("lambda", "/a:b", "/a%3Ab");
        check_path("lambda", "/\u{1234}", "/%E1%88%B4");
        check_path("s3", "/a%2Fb//c/./d", "/a%2Fb//c/./d");
    }

    #[test]
    fn folding() {
        let mut out = Vec::new();
        write_folded(&HeaderValue::from_static("  a   b \t c "), &mut out);
        assert_eq!(out, b"a b c");
    }

    #[test]
    fn signed_header_lists() {
        let list = |text| SignedHeaders::new(Cow::Borrowed(text)).as_str().to_owned();
        assert_eq!(list("host;x-amz-date"), "host;x-amz-date");
        assert_eq!(list("X-Amz-Date;host"), "host;x-amz-date");
        assert_eq!(list(""), "");
    }
}
