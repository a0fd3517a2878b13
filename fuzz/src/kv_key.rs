//! Keys as tuples: they read back as what was written, and have the order of their parts.

use crate::input::Input;
use kv::{KeyReader, KeyWriter, Space};

/// Two tuples of a number, a text, a byte, bytes and a rest; then anything, read as a key.
pub fn check(data: &[u8]) {
    let mut input = Input(data);
    let left = Parts::take(&mut input);
    let right = Parts::take(&mut input);
    let (left_key, right_key) = (left.written(), right.written());
    assert_eq!(Parts::read(&left_key), left);
    assert_eq!(
        left_key.cmp(&right_key),
        left.cmp(&right),
        "{left:?} {right:?}"
    );
    let range = KeyWriter::new(Space::Iam)
        .u64(left.number)
        .open_bytes(left.text.as_bytes())
        .range();
    let is_inside = right.number == left.number && right.text.starts_with(&left.text);
    assert_eq!(range.contains(&right_key), is_inside, "{left:?} {right:?}");
    damaged(data);
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Parts {
    number: u64,
    text: String,
    byte: u8,
    bytes: Vec<u8>,
    rest: Vec<u8>,
}

impl Parts {
    fn take(input: &mut Input<'_>) -> Parts {
        Parts {
            number: input.u64() % 4,
            text: input.text(),
            byte: input.byte(),
            bytes: input.bytes().to_vec(),
            rest: input.bytes().to_vec(),
        }
    }

    fn written(&self) -> bytes::Bytes {
        KeyWriter::new(Space::Iam)
            .u64(self.number)
            .text(&self.text)
            .byte(self.byte)
            .bytes(&self.bytes)
            .raw(&self.rest)
            .finish()
    }

    fn read(key: &[u8]) -> Parts {
        let mut reader = KeyReader::new(Space::Iam, key).unwrap();
        Parts {
            number: reader.u64().unwrap(),
            text: reader.text().unwrap(),
            byte: reader.byte().unwrap(),
            bytes: reader.bytes().unwrap(),
            rest: reader.raw().to_vec(),
        }
    }
}

fn damaged(data: &[u8]) {
    let Ok(mut reader) = KeyReader::new(Space::Iam, data) else {
        return;
    };
    while reader.text().is_ok() && reader.account().is_ok() && reader.u64().is_ok() {}
    let _ = reader.finish();
}
