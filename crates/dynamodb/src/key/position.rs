//! Where a key stands: the bytes it is stored under, and the ranges that conditions on it cover.
//!
//! ```text
//! position = hash partition… sort…
//! hash     = the first 8 bytes of MD5("Outliers" partition…), the order of DynamoDB's own scans
//! S, B     = escaped and terminated as in `kv::key`; as they are where nothing follows
//! N        = the ordered form of a number, which ends itself
//! ```

use super::{KeyAttribute, KeySchema};
use crate::item::{Item, Value};
use bytes::Bytes;
use kv::KeyRange;
use kv::key::KeyWriter;
use md5::{Digest, Md5};
use std::cmp::Ordering;

/// How many bytes of the hash a position starts with.
pub const HASH_BYTES: usize = 8;

/// What DynamoDB hashes in front of a key, found by others in the order of its scans.
const HASH_SALT: &[u8] = b"Outliers";

/// What comes after a sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: the key of a table.
    Open,
    /// The key of the table: an entry of an index.
    Closed,
}

/// A condition on the sort key, one attribute after the other.
#[derive(Debug, Clone, PartialEq)]
pub enum SortCondition {
    Equal(Value),
    Less(Value),
    LessOrEqual(Value),
    Greater(Value),
    GreaterOrEqual(Value),
    Between(Value, Value),
    BeginsWith(Value),
}

impl SortCondition {
    /// What the sort key is compared with.
    pub fn values(&self) -> Vec<&Value> {
        match self {
            SortCondition::Equal(value)
            | SortCondition::Less(value)
            | SortCondition::LessOrEqual(value)
            | SortCondition::Greater(value)
            | SortCondition::GreaterOrEqual(value)
            | SortCondition::BeginsWith(value) => vec![value],
            SortCondition::Between(low, high) => vec![low, high],
        }
    }

    /// Whether a value meets the condition.
    pub fn holds(&self, value: &Value) -> bool {
        let is = |wanted: &[Ordering], other: &Value| {
            value
                .compare(other)
                .is_some_and(|ordering| wanted.contains(&ordering))
        };
        match self {
            SortCondition::Equal(other) => value == other,
            SortCondition::Less(other) => is(&[Ordering::Less], other),
            SortCondition::LessOrEqual(other) => is(&[Ordering::Less, Ordering::Equal], other),
            SortCondition::Greater(other) => is(&[Ordering::Greater], other),
            SortCondition::GreaterOrEqual(other) => {
                is(&[Ordering::Greater, Ordering::Equal], other)
            }
            SortCondition::Between(low, high) => {
                is(&[Ordering::Greater, Ordering::Equal], low)
                    && is(&[Ordering::Less, Ordering::Equal], high)
            }
            SortCondition::BeginsWith(prefix) => match (value, prefix) {
                (Value::S(text), Value::S(prefix)) => text.starts_with(prefix),
                (Value::B(bytes), Value::B(prefix)) => bytes.starts_with(prefix),
                _ => false,
            },
        }
    }
}

/// A key under construction, behind whatever names the table or index.
#[derive(Debug, Clone)]
pub struct Position {
    key: KeyWriter,
    ending: Ending,
}

impl Position {
    /// The place of the partition that `item` is in; nothing if it lacks the attributes, which
    /// must have been checked for their type.
    pub fn partition(
        prefix: KeyWriter,
        schema: &KeySchema,
        item: &Item,
        ending: Ending,
    ) -> Option<Position> {
        let values = schema
            .partition
            .iter()
            .map(|attribute| item.get(&attribute.name));
        let values = values.collect::<Option<Vec<&Value>>>()?;
        let key = values
            .iter()
            .fold(prefix.raw(&hash(&values)), |key, value| put(key, value));
        Some(Position { key, ending })
    }

    /// The place of `item` in the table or index; nothing if it lacks a key attribute.
    pub fn of(
        prefix: KeyWriter,
        schema: &KeySchema,
        item: &Item,
        ending: Ending,
    ) -> Option<Position> {
        let partition = Position::partition(prefix, schema, item, ending)?;
        schema
            .sort
            .iter()
            .try_fold(partition, |position, KeyAttribute { name, .. }| {
                Some(position.sort(item.get(name)?))
            })
    }

    /// Goes on with the value of the next sort key attribute.
    pub fn sort(self, value: &Value) -> Position {
        let key = match self.ending {
            Ending::Open => put_last(self.key, value),
            Ending::Closed => put(self.key, value),
        };
        Position { key, ..self }
    }

    pub fn finish(self) -> Bytes {
        self.key.finish()
    }

    /// The place of an index entry, behind that of all others with the same index key: by the hash
    /// of the whole table key, as DynamoDB orders them, then by the table key. Nothing if `item`
    /// lacks some of it.
    pub fn entry(self, table_key: &KeySchema, item: &Item) -> Option<Bytes> {
        let values = table_key
            .attributes()
            .map(|attribute| item.get(&attribute.name));
        let values = values.collect::<Option<Vec<&Value>>>()?;
        let key = values
            .iter()
            .fold(self.key.raw(&hash(&values)), |key, value| put(key, value));
        Some(key.finish())
    }

    /// Everything that starts with the values so far.
    pub fn range(&self) -> KeyRange {
        self.key.range()
    }

    /// The part of this partition whose next sort key attribute meets `condition`.
    pub fn matching(&self, condition: &SortCondition) -> KeyRange {
        let all = self.range();
        let at = |value: &Value| self.clone().sort(value).finish();
        match condition {
            SortCondition::Equal(value) => KeyRange::new(at(value), self.after(value)),
            SortCondition::Less(value) => KeyRange::new(all.start, at(value)),
            SortCondition::LessOrEqual(value) => KeyRange::new(all.start, self.after(value)),
            SortCondition::Greater(value) => KeyRange::new(self.after(value), all.end),
            SortCondition::GreaterOrEqual(value) => KeyRange::new(at(value), all.end),
            SortCondition::Between(low, high) => KeyRange::new(at(low), self.after(high)),
            SortCondition::BeginsWith(prefix) => self.beginning_with(prefix),
        }
    }

    /// The first key behind all that have this value next.
    fn after(&self, value: &Value) -> Bytes {
        let position = self.clone().sort(value);
        match (position.ending, value) {
            // Longer values would start with the same bytes.
            (Ending::Open, Value::S(_) | Value::B(_)) => position.key.byte(0).finish(),
            _ => position.range().end,
        }
    }

    fn beginning_with(&self, prefix: &Value) -> KeyRange {
        let bytes = match prefix {
            Value::S(text) => text.as_bytes(),
            Value::B(bytes) => bytes,
            // Nothing else has prefixes; such conditions are refused before.
            _ => return KeyRange::new(Bytes::new(), Bytes::new()),
        };
        match self.ending {
            Ending::Open => self.key.clone().raw(bytes).range(),
            Ending::Closed => self.key.clone().open_bytes(bytes).range(),
        }
    }
}

/// The bytes that the positions of one segment of a parallel scan start with: from the first
/// (inclusive) up to the second (exclusive; nothing for the end of the hash space).
pub fn hash_range(segment: u32, total: u32) -> ([u8; HASH_BYTES], Option<[u8; HASH_BYTES]>) {
    let bound = |index: u32| {
        let bound = (u128::from(index) << 64).div_ceil(u128::from(total.max(1)));
        u64::try_from(bound).ok().map(u64::to_be_bytes)
    };
    (
        bound(segment).unwrap_or([u8::MAX; HASH_BYTES]),
        bound(segment.saturating_add(1)),
    )
}

fn hash(values: &[&Value]) -> [u8; HASH_BYTES] {
    let mut hasher = Md5::new_with_prefix(HASH_SALT);
    for value in values {
        match value {
            Value::S(text) => hasher.update(text.as_bytes()),
            Value::B(bytes) => hasher.update(bytes),
            Value::N(number) => {
                let mut bytes = Vec::with_capacity(24);
                number.encode_hashed(&mut bytes);
                hasher.update(&bytes);
            }
            _ => {}
        }
    }
    let digest: [u8; 16] = hasher.finalize().into();
    let mut hash = [0; HASH_BYTES];
    hash.iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    hash
}

fn put(key: KeyWriter, value: &Value) -> KeyWriter {
    match value {
        Value::S(text) => key.text(text),
        Value::B(bytes) => key.bytes(bytes),
        _ => put_last(key, value),
    }
}

fn put_last(key: KeyWriter, value: &Value) -> KeyWriter {
    match value {
        Value::S(text) => key.raw(text.as_bytes()),
        Value::B(bytes) => key.raw(bytes),
        Value::N(number) => {
            let mut bytes = Vec::with_capacity(24);
            number.encode_ordered(&mut bytes);
            key.raw(&bytes)
        }
        _ => key,
    }
}
