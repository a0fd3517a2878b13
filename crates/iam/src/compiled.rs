//! Policies in the form in which they are evaluated, each made once and shared by all identities
//! that have it.
//!
//! A policy stands under the key of its record, together with the record's bytes, and is believed
//! as long as the record is the same. Changes need not be told here: who reads a changed record
//! finds that the bytes differ. A managed policy's record names the version in force, and
//! versions never change.

use bytes::Bytes;
use parking_lot::RwLock;
use policy::NamedPolicy;
use std::collections::HashMap;

/// Documents that are held in compiled form, in bytes together.
const MAX_BYTES: usize = 16 * 1024 * 1024;

#[derive(Default)]
pub(crate) struct Compiled(RwLock<Held>);

#[derive(Default)]
struct Held {
    policies: HashMap<Bytes, Entry>,
    document_bytes: usize,
}

struct Entry {
    record: Bytes,
    policy: NamedPolicy,
    document_bytes: usize,
}

impl Compiled {
    /// What this record was compiled to, if it has not changed since.
    pub(crate) fn get(&self, key: &Bytes, record: &Bytes) -> Option<NamedPolicy> {
        let held = self.0.read();
        let entry = held.policies.get(key)?;
        (entry.record == *record).then(|| entry.policy.clone())
    }

    /// Holds what a record was compiled to. When there is no room, everything is let go: what is
    /// in use comes back at once.
    pub(crate) fn insert(
        &self,
        key: Bytes,
        record: Bytes,
        policy: NamedPolicy,
        document_bytes: usize,
    ) {
        let entry = Entry {
            record,
            policy,
            document_bytes,
        };
        let mut held = self.0.write();
        if held.document_bytes + document_bytes > MAX_BYTES {
            *held = Held::default();
        }
        let replaced = held.policies.insert(key, entry);
        held.document_bytes += document_bytes;
        held.document_bytes -= replaced.map_or(0, |entry| entry.document_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::{Dialect, Policy};
    use std::sync::Arc;

    fn named(name: &str) -> NamedPolicy {
        let document = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        NamedPolicy {
            name: Arc::from(name),
            policy: Arc::new(Policy::parse(document, Dialect::Identity).unwrap()),
        }
    }

    #[test]
    fn only_the_same_record_is_believed_and_room_is_bounded() {
        let compiled = Compiled::default();
        let (a, b) = (Bytes::from_static(b"a"), Bytes::from_static(b"b"));
        let name = |key: &Bytes, record: &Bytes| compiled.get(key, record).map(|p| p.name);
        compiled.insert(a.clone(), a.clone(), named("1"), MAX_BYTES / 2);
        assert_eq!(name(&a, &a).as_deref(), Some("1"));
        assert_eq!(name(&a, &b), None);
        compiled.insert(a.clone(), b.clone(), named("2"), MAX_BYTES / 2);
        assert_eq!((name(&a, &a), name(&a, &b).as_deref()), (None, Some("2")));
        compiled.insert(b.clone(), b.clone(), named("3"), MAX_BYTES / 2);
        assert!(name(&a, &b).is_some() && name(&b, &b).is_some());
        compiled.insert(b.clone(), a.clone(), named("4"), MAX_BYTES);
        assert_eq!((name(&a, &b), name(&b, &a).as_deref()), (None, Some("4")));
    }
}
