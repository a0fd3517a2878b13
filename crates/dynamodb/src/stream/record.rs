//! Change records as they are stored.
//!
//! ```text
//! record  = version kind author created images…
//! version = 01
//! kind    = 01 insert | 02 modify | 03 remove
//! author  = 00 a caller | 01 time to live
//! created = 8 bytes, big-endian: milliseconds
//! images  = keys, new, old: each a length (4 bytes, big-endian) and an item record; length 0 for none
//! ```

use crate::item::{Item, record};
use crate::write::Author;
use base::Timestamp;
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

const VERSION: u8 = 1;

/// What happened to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Insert,
    Modify,
    Remove,
}

/// A change of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeRecord {
    pub kind: ChangeKind,
    pub author: Author,
    pub created: Timestamp,
    pub keys: Item,
    /// As far as the stream shows them.
    pub new: Option<Item>,
    pub old: Option<Item>,
}

/// Stored bytes that are no change record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRecordError {
    #[error("a change record of format version {0}; this program reads version {VERSION}")]
    Version(u8),
    #[error("a change record with {0} where that means nothing")]
    Code(u8),
    #[error("a change record that ends early")]
    Short,
    #[error("a change record with bytes after its end")]
    Long,
    #[error(transparent)]
    Item(#[from] record::RecordError),
}

impl ChangeRecord {
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        out.put_u8(VERSION);
        out.put_u8(match self.kind {
            ChangeKind::Insert => 1,
            ChangeKind::Modify => 2,
            ChangeKind::Remove => 3,
        });
        out.put_u8(match self.author {
            Author::Caller => 0,
            Author::TimeToLive => 1,
        });
        out.put_u64(u64::try_from(self.created.as_millis()).unwrap_or(0));
        for image in [Some(&self.keys), self.new.as_ref(), self.old.as_ref()] {
            let image = image.map(record::encode).unwrap_or_default();
            // Items are far smaller than that.
            out.put_u32(u32::try_from(image.len()).unwrap_or(u32::MAX));
            out.put(image);
        }
        out.freeze()
    }

    /// # Errors
    /// [`ChangeRecordError`] if that is not what `bytes` are.
    pub fn decode(bytes: &Bytes) -> Result<ChangeRecord, ChangeRecordError> {
        const HEAD_BYTES: usize = 11;
        let mut rest = bytes.clone();
        if rest.len() < HEAD_BYTES {
            return Err(ChangeRecordError::Short);
        }
        let version = rest.get_u8();
        if version != VERSION {
            return Err(ChangeRecordError::Version(version));
        }
        let kind = match rest.get_u8() {
            1 => ChangeKind::Insert,
            2 => ChangeKind::Modify,
            3 => ChangeKind::Remove,
            other => return Err(ChangeRecordError::Code(other)),
        };
        let author = match rest.get_u8() {
            0 => Author::Caller,
            1 => Author::TimeToLive,
            other => return Err(ChangeRecordError::Code(other)),
        };
        let created = Timestamp::from_millis(i64::try_from(rest.get_u64()).unwrap_or(i64::MAX));
        let keys = image(&mut rest)?.ok_or(ChangeRecordError::Short)?;
        let (new, old) = (image(&mut rest)?, image(&mut rest)?);
        if !rest.is_empty() {
            return Err(ChangeRecordError::Long);
        }
        Ok(ChangeRecord {
            kind,
            author,
            created,
            keys,
            new,
            old,
        })
    }

    /// What it counts for, in bytes.
    pub fn size_bytes(&self) -> usize {
        let images = [Some(&self.keys), self.new.as_ref(), self.old.as_ref()];
        images.into_iter().flatten().map(Item::size_bytes).sum()
    }
}

fn image(rest: &mut Bytes) -> Result<Option<Item>, ChangeRecordError> {
    const LENGTH_BYTES: usize = 4;
    if rest.len() < LENGTH_BYTES {
        return Err(ChangeRecordError::Short);
    }
    let length = usize::try_from(rest.get_u32()).unwrap_or(usize::MAX);
    if rest.len() < length {
        return Err(ChangeRecordError::Short);
    }
    let image = rest.split_to(length);
    Ok(if image.is_empty() {
        None
    } else {
        Some(record::decode(&image)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::{any_item, item, n, s};
    use proptest::prelude::*;

    #[test]
    fn the_format_does_not_change() {
        let change = ChangeRecord {
            kind: ChangeKind::Remove,
            author: Author::TimeToLive,
            created: Timestamp::from_millis(258),
            keys: item([("p", s("a"))]),
            new: None,
            old: Some(item([("p", s("a")), ("x", n("1"))])),
        };
        let bytes = change.encode();
        assert_eq!(&bytes[..11], [1, 3, 1, 0, 0, 0, 0, 0, 0, 1, 2]);
        let keys = record::encode(&change.keys);
        assert_eq!(
            bytes[11..15],
            u32::try_from(keys.len()).unwrap().to_be_bytes()
        );
        assert_eq!(bytes[15..15 + keys.len()], keys);
        assert_eq!(bytes[15 + keys.len()..19 + keys.len()], [0; 4]);
        assert_eq!(ChangeRecord::decode(&bytes), Ok(change));
    }

    proptest! {
        #[test]
        fn decoding_is_the_inverse_and_never_panics(
            keys in any_item(),
            new in proptest::option::of(any_item()),
            cut in 0_usize..200,
            junk in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let change = ChangeRecord {
                kind: ChangeKind::Insert,
                author: Author::Caller,
                created: Timestamp::from_millis(1),
                keys,
                new,
                old: None,
            };
            let bytes = change.encode();
            prop_assert_eq!(ChangeRecord::decode(&bytes), Ok(change));
            let _ = ChangeRecord::decode(&bytes.slice(..cut.min(bytes.len())));
            let _ = ChangeRecord::decode(&Bytes::from(junk));
        }
    }
}
