//! Records with an id of their own, all kept in the same way: those of an account in a region, and
//! those of something in it, such as the keys of a usage plan.

use crate::error::{Error, Missing};
use crate::store::{self, View};
use base::{AccountId, Region};
use bytes::Bytes;
use kv::key::KeyWriter;
use kv::{KeyRange, Space, Txn, record};
use serde::Serialize;
use serde::de::DeserializeOwned;
use service::Caller;

/// A record of one kind.
pub trait Kept: Serialize + DeserializeOwned + Send + Sync {
    /// What its keys start with.
    const KIND: &'static str;

    fn id(&self) -> &str;

    /// What is said where there is none.
    fn missing() -> Missing;
}

/// Where records of some kinds are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shelf {
    account: AccountId,
    region: Region,
    owner: Option<String>,
}

impl Shelf {
    /// That of the caller's account, in the region of the call.
    pub fn of(caller: &Caller) -> Shelf {
        Shelf::at(caller.account, &caller.region)
    }

    pub fn at(account: AccountId, region: &Region) -> Shelf {
        Shelf {
            account,
            region: region.clone(),
            owner: None,
        }
    }

    /// That of something here, by its id.
    pub fn within(&self, owner: &str) -> Shelf {
        Shelf {
            owner: Some(owner.to_owned()),
            ..self.clone()
        }
    }

    fn writer<T: Kept>(&self) -> KeyWriter {
        let place = KeyWriter::new(Space::ApiGateway)
            .text(T::KIND)
            .account(self.account)
            .text(self.region.as_str());
        match &self.owner {
            Some(owner) => place.text(owner),
            None => place,
        }
    }

    pub fn key<T: Kept>(&self, id: &str) -> Bytes {
        self.writer::<T>().text(id).finish()
    }

    pub fn range<T: Kept>(&self) -> KeyRange {
        self.writer::<T>().range()
    }

    pub async fn find<T: Kept>(&self, view: &impl View, id: &str) -> Result<Option<T>, kv::Error> {
        store::find(view, &self.key::<T>(id)).await
    }

    /// # Errors
    /// [`Kept::missing`].
    pub async fn load<T: Kept>(&self, view: &impl View, id: &str) -> Result<T, Error> {
        Ok(self.find(view, id).await?.ok_or_else(T::missing)?)
    }

    pub async fn all<T: Kept>(&self, view: &impl View) -> Result<Vec<T>, kv::Error> {
        store::list(view, self.range::<T>()).await
    }

    pub fn save<T: Kept>(&self, txn: &Txn, kept: &T) {
        txn.put(self.key::<T>(kept.id()), record::encode(kept));
    }

    pub fn remove<T: Kept>(&self, txn: &Txn, id: &str) {
        txn.delete(self.key::<T>(id));
    }
}
