//! The record format of the control plane: one version byte, then the JSON of a serde struct.
//!
//! A field may be added with `#[serde(default)]` under the same version; any other change needs a
//! new version byte and a reader for the old one. Items and log events, which are many, have
//! binary codecs of their own and do not come here.

use crate::{Cause, Error};
use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version that [`encode`] writes.
pub const VERSION: u8 = 1;

/// What is wrong with a stored record.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error("an empty record")]
    Empty,
    #[error("a record of format version {0}; this program reads version {VERSION}")]
    Version(u8),
    #[error("a record that is not what {expected} looks like")]
    Shape {
        expected: &'static str,
        source: serde_json::Error,
    },
}

/// Encodes `record`.
///
/// # Panics
/// If `T` cannot be JSON (a map with keys that are no strings, say): that is a mistake in the
/// type, which its first test shows.
#[expect(
    clippy::expect_used,
    reason = "depends on the type alone, never on data"
)]
pub fn encode<T: Serialize>(record: &T) -> Bytes {
    let mut buffer = BytesMut::with_capacity(256).writer();
    buffer.get_mut().put_u8(VERSION);
    serde_json::to_writer(&mut buffer, record).expect("records can be written as JSON");
    buffer.into_inner().freeze()
}

/// Decodes what [`encode`] wrote; [`Error::Corrupt`] if that is not what `bytes` are.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let damage = match bytes.split_first() {
        None => Damage::Empty,
        Some((&VERSION, json)) => match serde_json::from_slice(json) {
            Ok(record) => return Ok(record),
            Err(source) => Damage::Shape {
                expected: std::any::type_name::<T>(),
                source,
            },
        },
        Some((&version, _)) => Damage::Version(version),
    };
    Err(Error::Corrupt(Cause::new(damage)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct User {
        name: String,
        #[serde(default)]
        tags: Vec<String>,
    }

    #[test]
    fn a_record_is_a_version_byte_and_json() {
        let user = User {
            name: "ada".into(),
            tags: vec![],
        };
        let bytes = encode(&user);
        assert_eq!(bytes, b"\x01{\"name\":\"ada\",\"tags\":[]}".as_slice());
        assert_eq!(decode::<User>(&bytes).unwrap(), user);
    }

    #[test]
    fn a_field_added_later_may_be_absent() {
        let user: User = decode(b"\x01{\"name\":\"ada\"}").unwrap();
        assert_eq!(user.tags, Vec::<String>::new());
    }

    #[test]
    fn anything_else_is_damage() {
        for bad in [
            b"".as_slice(),
            b"\x02{\"name\":\"ada\"}",
            b"\x01{\"name\":",
            b"\x01[]",
        ] {
            let error = decode::<User>(bad).unwrap_err();
            assert!(matches!(error, Error::Corrupt(_)), "{bad:?}");
        }
    }
}
