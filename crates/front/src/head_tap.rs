//! The spelling of header names as the client sent them.
//!
//! HTTP does not care, but API Gateway hands the spelling on to functions, and hyper keeps it to
//! itself. So the connection's first bytes since the last request are noted here as they pass, and
//! the names are read from them again when a request needs them. Only the spelling comes from
//! here: which headers there are, and their values, is what hyper parsed.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::{Arc, Mutex, PoisonError};

/// What hyper calls HTTP/2 in prior knowledge starts with this; its names are lower case anyway.
const HTTP2: &[u8] = b"PRI ";

/// A shared note of the last head on one connection.
#[derive(Clone, Debug)]
pub(crate) struct HeadTap(Arc<Mutex<Note>>);

#[derive(Debug)]
struct Note {
    bytes: Vec<u8>,
    /// No head is longer: see `Limits::head_bytes`.
    limit: usize,
}

impl HeadTap {
    pub(crate) fn new(limit: usize) -> HeadTap {
        HeadTap(Arc::new(Mutex::new(Note {
            bytes: Vec::new(),
            limit,
        })))
    }

    /// Notes bytes that were read from the connection, as far as there is room.
    pub(crate) fn record(&self, read: &[u8]) {
        self.with(|note| {
            if note.bytes.starts_with(HTTP2) {
                return;
            }
            let room = note.limit.saturating_sub(note.bytes.len());
            note.bytes
                .extend_from_slice(read.get(..room).unwrap_or(read));
        });
    }

    /// Forgets the last request, whose body has been read. What a pipelining client has sent
    /// beyond it is forgotten too, and its names will be spelled as [`respelled`] does without.
    pub(crate) fn rearm(&self) {
        self.with(|note| {
            if !note.bytes.starts_with(HTTP2) {
                note.bytes.clear();
            }
        });
    }

    /// The request's headers in their order, spelled as they came.
    pub(crate) fn spelled(&self, headers: &HeaderMap) -> Vec<(String, HeaderValue)> {
        self.with(|note| {
            respelled(&note.bytes, headers).unwrap_or_else(|| {
                let plain = |(name, value): (&HeaderName, &HeaderValue)| {
                    (name.as_str().to_owned(), value.clone())
                };
                headers.iter().map(plain).collect()
            })
        })
    }

    /// No step under the lock can panic halfway, so a poisoned lock still guards a sound note.
    fn with<T>(&self, f: impl FnOnce(&mut Note) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reads the names of a noted head; nothing when they are not exactly the names of `headers`.
fn respelled(noted: &[u8], headers: &HeaderMap) -> Option<Vec<(String, HeaderValue)>> {
    let lines = noted.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let lines = lines.skip_while(|line| line.is_empty()).skip(1);
    let mut spelled: Vec<(String, HeaderValue)> = Vec::with_capacity(headers.len());
    for line in lines.take_while(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = std::str::from_utf8(line.get(..colon)?).ok()?;
        let earlier = spelled.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let value = headers.get_all(name).iter().nth(earlier.count())?;
        spelled.push((name.to_owned(), value.clone()));
    }
    (spelled.len() == headers.len()).then_some(spelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            (name, HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[track_caller]
    fn check(noted: &[&str], headers: &HeaderMap, names: &[&str]) {
        let tap = HeadTap::new(1024);
        for bytes in noted {
            tap.record(bytes.as_bytes());
        }
        let spelled = tap.spelled(headers);
        let spelled: Vec<&str> = spelled.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(spelled, names);
    }

    #[test]
    fn names_as_they_came() {
        let headers = headers(&[("x-a", "1"), ("x-a", "2"), ("hOST", "h")]);
        let head = "GET / HTTP/1.1\r\nX-A: 1\r\nHOST: h\r\nx-A:2\r\n\r\nX-B: body";
        check(&[head], &headers, &["X-A", "HOST", "x-A"]);
        check(
            &["\r\n", &head[..20], &head[20..]],
            &headers,
            &["X-A", "HOST", "x-A"],
        );
    }

    #[test]
    fn plain_names_when_the_note_does_not_fit() {
        let headers = headers(&[("x-a", "1"), ("host", "h")]);
        for noted in [
            "",
            "GET / HTTP/1.1\r\nX-A: 1\r\n\r\n",
            "GET / HTTP/1.1\r\nX-A: 1\r\nX-A: 1\r\n\r\n",
            "GET / HTTP/1.1\r\nX-A: 1\r\nHost\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            check(&[noted], &headers, &["x-a", "host"]);
        }
    }

    #[test]
    fn bounded_and_rearmed() {
        let tap = HeadTap::new(8);
        tap.record(b"0123456789");
        tap.record(b"0123456789");
        assert_eq!(tap.with(|note| note.bytes.len()), 8);
        tap.rearm();
        assert_eq!(tap.with(|note| note.bytes.len()), 0);
    }

    proptest::proptest! {
        #[test]
        fn any_note_gives_every_header_once(noted in proptest::collection::vec(0u8.., 0..256)) {
            let headers = headers(&[("x-a", "1"), ("host", "h")]);
            let tap = HeadTap::new(128);
            tap.record(&noted);
            proptest::prop_assert_eq!(tap.spelled(&headers).len(), 2);
        }
    }
}
