//! The stored form of an item.
//!
//! ```text
//! record   = version (01)  varint(size in bytes as DynamoDB counts)  item
//! item     = varint(count)  { text value }           names sorted, each once
//! value    = 01 text          S
//!          | 02 number        N    the ordered form, 2 to 22 bytes
//!          | 03 bytes         B
//!          | 04               BOOL false
//!          | 05               BOOL true
//!          | 06               NULL
//!          | 07 varint(count) { value }      L
//!          | 08 item                         M
//!          | 09 varint(count) { text }       SS   sorted, each once, at least one
//!          | 0a varint(count) { number }     NS   likewise
//!          | 0b varint(count) { bytes }      BS   likewise
//! text     = varint(length) UTF-8
//! bytes    = varint(length) octets
//! varint   = LEB128, at most five bytes, no more than needed
//! ```
//!
//! The size stands in front so that capacity and page limits need not decode what they skip.
//! Decoding accepts nothing that encoding does not produce, apart from the size, which it trusts.

mod answer;

pub use answer::answered;

use super::{Item, MAX_DEPTH, Set, Value};
use crate::number::Number;
use bytes::Bytes;

const VERSION: u8 = 1;

const S: u8 = 1;
const N: u8 = 2;
const B: u8 = 3;
const FALSE: u8 = 4;
const TRUE: u8 = 5;
const NULL: u8 = 6;
const L: u8 = 7;
const M: u8 = 8;
const SS: u8 = 9;
const NS: u8 = 10;
const BS: u8 = 11;

/// Stored bytes that are no item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error("an item of format version {0}; this program reads version {VERSION}")]
    Version(u8),
    #[error("an item that ends early")]
    Short,
    #[error("an item with bytes after its end")]
    Long,
    #[error("an item with a value of type {0}")]
    Tag(u8),
    #[error("an item with text that is not UTF-8")]
    Text,
    #[error("an item with a number that is none")]
    Number,
    #[error("an item with names or set elements out of order")]
    Order,
    #[error("an item with a length in more bytes than it needs")]
    Varint,
    #[error("an item nested deeper than {MAX_DEPTH} levels")]
    Depth,
}

/// Encodes an item.
pub fn encode(item: &Item) -> Bytes {
    let size = item.size_bytes();
    let mut out = Vec::with_capacity(size + 8 + 4 * item.len());
    out.push(VERSION);
    put_varint(&mut out, size);
    put_item(&mut out, item);
    out.into()
}

/// Decodes what [`encode`] wrote.
///
/// # Errors
/// [`RecordError`] if that is not what `record` is.
pub fn decode(record: &Bytes) -> Result<Item, RecordError> {
    let mut reader = Reader::new(record);
    reader.header()?;
    let item = reader.item(0)?;
    reader.end()?;
    Ok(item)
}

/// The size of a stored item in bytes, as DynamoDB counts it, without decoding the item.
///
/// # Errors
/// [`RecordError`] if `record` does not start like an item.
pub fn size_bytes(record: &Bytes) -> Result<usize, RecordError> {
    Reader::new(record).header()
}

fn put_item(out: &mut Vec<u8>, item: &Item) {
    put_varint(out, item.len());
    for (name, value) in item.iter() {
        put_bytes(out, name.as_bytes());
        put_value(out, value);
    }
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::S(text) => put_tagged(out, S, text.as_bytes()),
        Value::N(number) => {
            out.push(N);
            number.encode_ordered(out);
        }
        Value::B(bytes) => put_tagged(out, B, bytes),
        Value::Bool(false) => out.push(FALSE),
        Value::Bool(true) => out.push(TRUE),
        Value::Null => out.push(NULL),
        Value::L(list) => put_all(out, L, list.iter(), put_value),
        Value::M(map) => {
            out.push(M);
            put_item(out, map);
        }
        Value::Ss(set) => put_all(out, SS, set.iter(), |out, text| {
            put_bytes(out, text.as_bytes())
        }),
        Value::Ns(set) => put_all(out, NS, set.iter(), |out, number| {
            number.encode_ordered(out)
        }),
        Value::Bs(set) => put_all(out, BS, set.iter(), |out, bytes| put_bytes(out, bytes)),
    }
}

fn put_tagged(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    put_bytes(out, bytes);
}

fn put_all<T>(
    out: &mut Vec<u8>,
    tag: u8,
    elements: impl ExactSizeIterator<Item = T>,
    mut put: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(tag);
    put_varint(out, elements.len());
    elements.for_each(|element| put(out, element));
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

struct Reader<'a> {
    /// The whole record, of which binaries become slices that share its memory.
    record: &'a Bytes,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn new(record: &'a Bytes) -> Reader<'a> {
        Reader {
            record,
            rest: record,
        }
    }

    fn end(&self) -> Result<(), RecordError> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err(RecordError::Long),
        }
    }

    fn header(&mut self) -> Result<usize, RecordError> {
        match self.byte()? {
            VERSION => self.varint(),
            version => Err(RecordError::Version(version)),
        }
    }

    fn item(&mut self, depth: usize) -> Result<Item, RecordError> {
        let count = self.count()?;
        let mut entries: Vec<(String, Value)> = Vec::with_capacity(count);
        for _ in 0..count {
            let name = self.text()?;
            if entries.last().is_some_and(|(last, _)| *last >= name) {
                return Err(RecordError::Order);
            }
            let value = self.value(depth)?;
            entries.push((name, value));
        }
        Ok(Item(entries))
    }

    fn value(&mut self, depth: usize) -> Result<Value, RecordError> {
        if depth >= MAX_DEPTH {
            return Err(RecordError::Depth);
        }
        Ok(match self.byte()? {
            S => Value::S(self.text()?),
            N => Value::N(self.number()?),
            B => Value::B(self.binary()?),
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            NULL => Value::Null,
            L => Value::L(self.all(|reader| reader.value(depth + 1))?),
            M => Value::M(self.item(depth + 1)?),
            SS => Value::Ss(sorted(self.all(Reader::text)?)?),
            NS => Value::Ns(sorted(self.all(Reader::number)?)?),
            BS => Value::Bs(sorted(self.all(Reader::binary)?)?),
            tag => return Err(RecordError::Tag(tag)),
        })
    }

    fn all<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, RecordError>,
    ) -> Result<Vec<T>, RecordError> {
        let count = self.count()?;
        let mut elements = Vec::with_capacity(count);
        for _ in 0..count {
            elements.push(read(self)?);
        }
        Ok(elements)
    }

    fn text(&mut self) -> Result<String, RecordError> {
        self.str().map(str::to_owned)
    }

    fn str(&mut self) -> Result<&'a str, RecordError> {
        std::str::from_utf8(self.octets()?).map_err(|_| RecordError::Text)
    }

    fn number(&mut self) -> Result<Number, RecordError> {
        Number::decode_ordered(&mut self.rest).ok_or(RecordError::Number)
    }

    fn binary(&mut self) -> Result<Bytes, RecordError> {
        let octets = self.octets()?;
        Ok(self.record.slice_ref(octets))
    }

    fn octets(&mut self) -> Result<&'a [u8], RecordError> {
        let length = self.varint()?;
        let (octets, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(RecordError::Short)?;
        self.rest = rest;
        Ok(octets)
    }

    /// A number of elements, of which each takes at least one byte.
    fn count(&mut self) -> Result<usize, RecordError> {
        let count = self.varint()?;
        if count > self.rest.len() {
            Err(RecordError::Short)
        } else {
            Ok(count)
        }
    }

    fn varint(&mut self) -> Result<usize, RecordError> {
        let mut number = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return match byte == 0 && shift > 0 {
                    true => Err(RecordError::Varint),
                    false => Ok(number),
                };
            }
        }
        Err(RecordError::Varint)
    }

    fn byte(&mut self) -> Result<u8, RecordError> {
        let (&byte, rest) = self.rest.split_first().ok_or(RecordError::Short)?;
        self.rest = rest;
        Ok(byte)
    }
}

fn sorted<T: Ord>(elements: Vec<T>) -> Result<Set<T>, RecordError> {
    Set::from_sorted(elements).ok_or(RecordError::Order)
}
