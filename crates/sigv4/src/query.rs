//! The query string, decoded once: read for presigned parameters, written again in canonical form.

use crate::Error;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use std::borrow::Cow;

/// Everything but RFC 3986's unreserved characters, which is what AWS's `UriEncode` escapes.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The parameter that a presigned URL's signature cannot cover: the signature itself.
const SIGNATURE: &[u8] = b"X-Amz-Signature";

/// Names and values in the order they came, decoded. It has no `Debug`: a presigned URL carries a
/// token.
#[derive(Default)]
pub(crate) struct Query<'a>(Vec<(Decoded<'a>, Decoded<'a>)>);

type Decoded<'a> = Cow<'a, [u8]>;

impl<'a> Query<'a> {
    /// # Errors
    /// [`Error::MalformedQuery`] for a `%` without two hexadecimal digits.
    pub(crate) fn parse(raw: Option<&'a str>) -> Result<Query<'a>, Error> {
        let Some(raw) = raw else {
            return Ok(Query::default());
        };
        let pairs = raw.split('&').filter(|pair| !pair.is_empty());
        let decoded = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        Ok(Query(decoded.collect::<Result<_, Error>>()?))
    }

    /// The first value of a parameter; names are case-sensitive. A value that is not UTF-8 comes
    /// with replacement characters, which no valid signature parameter contains.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = self.0.iter().find(|(n, _)| n.as_ref() == name.as_bytes())?;
        Some(match value {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(bytes).into_owned()),
        })
    }

    /// Appends the canonical query string: every name and value escaped anew, sorted by the
    /// escaped name and then the escaped value, without the signature itself.
    pub(crate) fn write_canonical(&self, out: &mut Vec<u8>) {
        let signed = self.0.iter().filter(|(name, _)| name.as_ref() != SIGNATURE);
        let escaped = |bytes| {
            let mut text = Vec::new();
            encode(bytes, &mut text);
            text
        };
        let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = signed
            .map(|(name, value)| (escaped(name), escaped(value)))
            .collect();
        pairs.sort_unstable();
        for (at, (name, value)) in pairs.iter().enumerate() {
            if at > 0 {
                out.push(b'&');
            }
            out.extend_from_slice(name);
            out.push(b'=');
            out.extend_from_slice(value);
        }
    }
}

/// Appends `bytes` with every reserved byte as `%XX`, in upper case.
pub(crate) fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in percent_encode(bytes, RESERVED) {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// Resolves `%XX` and reads `+` as a space, as the services' HTTP layer does.
fn decode(text: &str) -> Result<Decoded<'_>, Error> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(nibble), rest.next().and_then(nibble)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(Error::MalformedQuery),
            },
            other => other,
        });
    }
    Ok(Cow::Owned(bytes))
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, canonical: &str) {
        let mut out = Vec::new();
        Query::parse(Some(raw)).unwrap().write_canonical(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), canonical, "{raw}");
    }

    #[test]
    fn canonical_form() {
        check("", "");
        check("b=2&a=1", "a=1&b=2");
        check("a=2&a=1&A=3", "A=3&a=1&a=2");
        check("a&&b=", "a=&b=");
        check("a=b=c", "a=b%3Dc");
        check("a=%7e%2d%2F+x", "a=~-%2F%20x");
        check("a=\u{1234}", "a=%E1%88%B4");
        check("a-b=1&a=1", "a=1&a-b=1");
        check("X-Amz-Signature=x&X-Amz-Date=y", "X-Amz-Date=y");
    }

    #[test]
    fn malformed_escapes() {
        for bad in ["%", "a=%", "a=%1", "a=%zz", "%G0=1", "a=%+1"] {
            let refused = Query::parse(Some(bad));
            assert!(matches!(refused, Err(Error::MalformedQuery)), "{bad}");
        }
    }
}
