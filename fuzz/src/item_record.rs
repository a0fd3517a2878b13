//! The stored form of items: whatever can be read is what would be written.

use bytes::Bytes;
use dynamodb::item::{self, record};

pub fn check(data: &[u8]) {
    let stored = Bytes::copy_from_slice(data);
    let size = record::size_bytes(&stored);
    let answered = record::answered(&stored);
    let Ok(item) = record::decode(&stored) else {
        assert!(answered.is_err(), "{answered:?}");
        return;
    };
    assert_eq!(answered, Ok(item::answered(&item)));
    size.expect("what can be read has a size");
    let again = record::encode(&item);
    assert_eq!(record::decode(&again).unwrap(), item);
    assert_eq!(record::size_bytes(&again).unwrap(), item.size_bytes());
    // The size is the only part that reading trusts.
    if record::size_bytes(&stored) == Ok(item.size_bytes()) {
        assert_eq!(again, stored);
    }
}
