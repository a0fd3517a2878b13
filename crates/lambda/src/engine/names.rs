//! Names in functions' networks: those of this server lead to it, all others are the resolver's.
//!
//! Reads of a question what it takes to tell which it is (RFC 1035); what cannot be read is not
//! answered here.

use service::OwnHosts;
use std::net::Ipv4Addr;

/// Where functions find this server.
pub(super) const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;

const HEAD_BYTES: usize = 12;
const LABEL_BYTES: usize = 63;
const IPV4: u16 = 1;
const INTERNET: u16 = 1;
/// How long an answer may be believed, in seconds.
const LIFE_S: u32 = 60;
/// An answer, with recursion asked for and available.
const ANSWER: u16 = 0x8180;
const SERVER_FAILURE: u16 = ANSWER | 2;

/// One question.
#[derive(Debug, PartialEq, Eq)]
struct Question<'a> {
    id: [u8; 2],
    /// In lower case, without the dot at its end.
    name: String,
    kind: u16,
    /// As it came.
    bytes: &'a [u8],
}

impl Question<'_> {
    fn read(message: &[u8]) -> Option<Question<'_>> {
        let (head, rest) = message.split_at_checked(HEAD_BYTES)?;
        let &[a, b, flags, _, 0, 1, 0, 0, 0, 0, ..] = head else {
            return None;
        };
        // A standard query.
        if flags & 0xf8 != 0 {
            return None;
        }
        let mut name = String::new();
        let mut left = rest;
        loop {
            let (&length, after) = left.split_first()?;
            let length = usize::from(length);
            if length == 0 {
                left = after;
                break;
            }
            if length > LABEL_BYTES {
                return None;
            }
            let (label, after) = after.split_at_checked(length)?;
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&std::str::from_utf8(label).ok()?.to_ascii_lowercase());
            left = after;
        }
        let (kind, class) = match left {
            &[a, b, c, d, ..] => (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])),
            _ => return None,
        };
        let length = rest.len() - left.len() + 4;
        (class == INTERNET).then_some(Question {
            id: [a, b],
            name,
            kind,
            bytes: rest.get(..length)?,
        })
    }

    /// That the name is here, and nowhere else.
    fn answer(&self) -> Vec<u8> {
        let is_asked = self.kind == IPV4;
        let mut out = self.head(ANSWER, u16::from(is_asked));
        if is_asked {
            // The name is the question's.
            out.extend([0xc0, 0x0c]);
            out.extend(IPV4.to_be_bytes());
            out.extend(INTERNET.to_be_bytes());
            out.extend(LIFE_S.to_be_bytes());
            out.extend([0, 4]);
            out.extend(HERE.octets());
        }
        out
    }

    fn head(&self, flags: u16, answers: u16) -> Vec<u8> {
        let mut out = self.id.to_vec();
        for number in [flags, 1, answers, 0, 0] {
            out.extend(number.to_be_bytes());
        }
        out.extend(self.bytes);
        out
    }
}

/// The answer to a question about a name of this server's.
pub(super) async fn own(message: &[u8], hosts: &dyn OwnHosts) -> Option<Vec<u8>> {
    let question = Question::read(message)?;
    let is_own = is_local(&question.name) || hosts.is_own(&question.name).await;
    is_own.then(|| question.answer())
}

/// The answer where nobody can be asked.
pub(super) fn failure(message: &[u8]) -> Option<Vec<u8>> {
    Some(Question::read(message)?.head(SERVER_FAILURE, 0))
}

/// RFC 6761: such names never leave the machine.
fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::BoxFuture;

    #[derive(Debug)]
    struct One;

    impl OwnHosts for One {
        fn is_own<'a>(&'a self, host: &'a str) -> BoxFuture<'a, bool> {
            Box::pin(std::future::ready(host == "here.example.com"))
        }
    }

    fn question(name: &str, kind: u16) -> Vec<u8> {
        let mut out = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.').filter(|label| !label.is_empty()) {
            out.push(label.len().try_into().unwrap());
            out.extend(label.bytes());
        }
        out.push(0);
        out.extend(kind.to_be_bytes());
        out.extend(INTERNET.to_be_bytes());
        out
    }

    #[tokio::test]
    async fn own_names() {
        let asked = question("Here.Example.com", IPV4);
        let answer = own(&asked, &One).await.unwrap();
        let (head, rest) = answer.split_at(HEAD_BYTES);
        assert_eq!(head, [7, 9, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
        let (repeated, record) = rest.split_at(asked.len() - HEAD_BYTES);
        assert_eq!(repeated, &asked[HEAD_BYTES..]);
        assert_eq!(
            record,
            [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]
        );
        // There is no IPv6, and so no reason to ask elsewhere.
        let six = own(&question("x.localhost", 28), &One).await.unwrap();
        assert_eq!(
            six[..HEAD_BYTES],
            [7, 9, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]
        );
        assert_eq!(own(&question("example.com", IPV4), &One).await, None);
        assert_eq!(own(&question("xlocalhost", IPV4), &One).await, None);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_left_to_others() {
        let whole = question("a.localhost", IPV4);
        for end in 0..whole.len() {
            assert_eq!(own(&whole[..end], &One).await, None, "{end}");
        }
        let mut answer = whole.clone();
        answer[2] = 0x81;
        assert_eq!(own(&answer, &One).await, None);
        let mut pointer = whole;
        pointer[HEAD_BYTES] = 0xc0;
        assert_eq!(own(&pointer, &One).await, None);
    }

    #[test]
    fn nobody_to_ask() {
        let asked = question("example.com", IPV4);
        let answer = failure(&asked).unwrap();
        assert_eq!(
            answer[..HEAD_BYTES],
            [7, 9, 0x81, 0x82, 0, 1, 0, 0, 0, 0, 0, 0]
        );
        assert_eq!(answer[HEAD_BYTES..], asked[HEAD_BYTES..]);
    }
}
