//! Reading and writing records, in a transaction or in a snapshot.

use crate::error::Error;
use crate::keys;
use crate::page::{Listing, Page};
use crate::record::{Entity, Identified, Kind, Role};
use base::AccountId;
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Order, Scan, Snapshot, Space, Txn, record};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

/// What can be read from: a transaction or a snapshot.
pub(crate) trait Reader: Clone + Send + Sync {
    fn get(&self, key: &[u8]) -> impl Future<Output = Result<Option<Bytes>, kv::Error>> + Send;

    fn scan(&self, range: KeyRange) -> Scan;
}

impl Reader for Txn {
    async fn get(&self, key: &[u8]) -> Result<Option<Bytes>, kv::Error> {
        Txn::get(self, key).await
    }

    fn scan(&self, range: KeyRange) -> Scan {
        Txn::scan(self, range, Order::Ascending)
    }
}

impl Reader for Snapshot {
    async fn get(&self, key: &[u8]) -> Result<Option<Bytes>, kv::Error> {
        Snapshot::get(self, key).await
    }

    fn scan(&self, range: KeyRange) -> Scan {
        Snapshot::scan(self, range, Order::Ascending)
    }
}

/// The records of one account.
#[derive(Clone)]
pub(crate) struct Records<R> {
    reader: R,
    pub(crate) account: AccountId,
}

impl<R: Reader> Records<R> {
    pub(crate) fn new(reader: R, account: AccountId) -> Records<R> {
        Records { reader, account }
    }

    pub(crate) async fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        match self.reader.get(key).await? {
            Some(bytes) => Ok(Some(record::decode(&bytes)?)),
            None => Ok(None),
        }
    }

    /// The record as it is stored.
    pub(crate) async fn stored(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        Ok(self.reader.get(key).await?)
    }

    pub(crate) async fn exists(&self, key: &[u8]) -> Result<bool, Error> {
        Ok(self.reader.get(key).await?.is_some())
    }

    /// The entity of this name.
    pub(crate) async fn find<E: Entity>(&self, name: &str) -> Result<Option<E>, Error> {
        self.read(&keys::entity(E::KIND, self.account, name)).await
    }

    /// The entity of this name.
    ///
    /// # Errors
    /// `NoSuchEntity` if there is none.
    pub(crate) async fn get<E: Entity>(&self, name: &str) -> Result<E, Error> {
        let found = self.find(name).await?;
        found.ok_or_else(|| Error::NoSuch(E::KIND, name.to_owned()))
    }

    /// The role of this name, if it is the account's to change.
    ///
    /// # Errors
    /// `NoSuchEntity`, or the role is a service's own.
    pub(crate) async fn get_changeable(&self, name: &str) -> Result<Role, Error> {
        let role: Role = self.get(name).await?;
        match role.is_service_linked() {
            true => Err(Error::ServiceLinkedRole(role.head.name)),
            false => Ok(role),
        }
    }

    /// The entity that an ARN of this account means.
    pub(crate) async fn find_by_arn<E: Entity>(&self, arn: &str) -> Result<Option<E>, Error> {
        let Some(name) = name_in::<E>(arn) else {
            return Ok(None);
        };
        let found: Option<E> = self.find(&name).await?;
        Ok(found.filter(|entity| entity.arn(self.account).as_str() == arn))
    }

    /// The entity that an ARN of this account means.
    ///
    /// # Errors
    /// `NoSuchEntity` if there is none.
    pub(crate) async fn get_by_arn<E: Entity>(&self, arn: &str) -> Result<E, Error> {
        let found = self.find_by_arn(arn).await?;
        found.ok_or_else(|| Error::NoSuchArn(E::KIND, arn.to_owned()))
    }

    /// The entity with this unique id, whatever its name and account.
    pub(crate) async fn find_by_id<E: Entity>(&self, id: &str) -> Result<Option<E>, Error> {
        let Some(owner) = self.read::<Identified>(&keys::identified(id)).await? else {
            return Ok(None);
        };
        match owner.account.parse() {
            Ok(account) if owner.kind == E::KIND => {
                self.read(&keys::entity(owner.kind, account, &owner.name))
                    .await
            }
            _ => Ok(None),
        }
    }

    /// All records whose keys start so, in the order of their keys.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        under: &KeyWriter,
    ) -> Result<Vec<T>, Error> {
        let mut scan = self.reader.scan(under.range());
        let mut found = Vec::new();
        while let Some((_, value)) = scan.next().await? {
            found.push(record::decode(&value)?);
        }
        Ok(found)
    }

    /// All records whose keys start so, as they are stored, with their keys.
    pub(crate) async fn entries(&self, under: &KeyWriter) -> Result<Vec<(Bytes, Bytes)>, Error> {
        let mut scan = self.reader.scan(under.range());
        let mut found = Vec::new();
        while let Some(entry) = scan.next().await? {
            found.push(entry);
        }
        Ok(found)
    }

    /// The last parts, texts, of all keys that start so.
    pub(crate) async fn names(&self, under: &KeyWriter) -> Result<Vec<String>, Error> {
        let prefix_bytes = under.clone().finish().len();
        let mut scan = self.reader.scan(under.range());
        let mut found = Vec::new();
        while let Some((key, _)) = scan.next().await? {
            let rest = key.get(prefix_bytes..).unwrap_or_default();
            // The reader wants a space in front; which one does not matter to a text.
            let part = [&[Space::Iam.byte()], rest].concat();
            found.push(KeyReader::new(Space::Iam, &part)?.text()?);
        }
        Ok(found)
    }

    /// Whether any key starts so.
    pub(crate) async fn any(&self, under: &KeyWriter) -> Result<bool, Error> {
        Ok(self.reader.scan(under.range()).next().await?.is_some())
    }

    /// One page of the entities that are wanted, in the order of their names.
    pub(crate) async fn list<E: Entity>(
        &self,
        page: &Page,
        wanted: impl Fn(&E) -> bool,
    ) -> Result<Listing<E>, Error> {
        let mut range = keys::entities(E::KIND, self.account).range();
        if let Some(after) = page.after() {
            let key = keys::entity(E::KIND, self.account, after);
            range.start = [&key[..], &[0]].concat().into();
        }
        let mut scan = self.reader.scan(range);
        let mut listing = Listing::default();
        while let Some((_, value)) = scan.next().await? {
            let entity: E = record::decode(&value)?;
            if wanted(&entity) && !listing.push(page, entity, |e| keys::fold(&e.head().name)) {
                break;
            }
        }
        Ok(listing)
    }
}

/// The name in an ARN of this kind. The names of OpenID Connect providers have slashes.
fn name_in<E: Entity>(arn: &str) -> Option<String> {
    let arn: base::Arn = arn.parse().ok()?;
    let (kind, path) = arn.resource().split_once('/')?;
    let name = match E::KIND {
        Kind::OidcProvider => path,
        _ => path.rsplit('/').next()?,
    };
    (arn.service() == "iam" && kind == E::KIND.word()).then(|| name.to_owned())
}

impl Records<Txn> {
    pub(crate) fn put<T: Serialize>(&self, key: Bytes, value: &T) {
        self.reader.put(key, record::encode(value));
    }

    /// Writes a key whose presence is all it says.
    pub(crate) fn mark(&self, key: Bytes) {
        self.reader.put(key, Bytes::new());
    }

    pub(crate) fn remove(&self, key: Bytes) {
        self.reader.delete(key);
    }

    /// Writes an entity and where its id leads.
    pub(crate) fn put_entity<E: Entity>(&self, entity: &E) {
        let head = entity.head();
        self.put(keys::entity(E::KIND, self.account, &head.name), entity);
        let owner = Identified {
            account: self.account.to_string(),
            kind: E::KIND,
            name: head.name.clone(),
        };
        self.put(keys::identified(&head.id), &owner);
    }

    pub(crate) fn remove_entity<E: Entity>(&self, entity: &E) {
        let head = entity.head();
        self.remove(keys::entity(E::KIND, self.account, &head.name));
        self.remove(keys::identified(&head.id));
    }

    /// # Errors
    /// `EntityAlreadyExists` if the name is taken.
    pub(crate) async fn name_is_free<E: Entity>(&self, name: &str) -> Result<(), Error> {
        match self
            .exists(&keys::entity(E::KIND, self.account, name))
            .await?
        {
            false => Ok(()),
            true => Err(Error::AlreadyExists(E::KIND, name.to_owned())),
        }
    }
}
