//! What is the same for all kinds of parts: finding an API, listing and reading its parts,
//! removing them.

use super::deployments;
use super::error::Refusal;
use super::record::Api;
use crate::Gateway;
use crate::error::{Error, Missing};
use crate::keys::Scope;
use crate::page::page;
use crate::shelf::{Kept, Shelf};
use crate::store::View;
use kv::Txn;
use service::Permit;

/// A part of an API.
pub trait Part: Kept {
    /// How the wire shows it.
    type Shape;

    fn shape(self) -> Self::Shape;

    /// Whether it may be removed.
    fn may_go(&self, _scope: &Scope, _txn: &Txn) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }
}

/// The shelf of the caller's APIs.
pub fn shelf(permit: &Permit) -> Shelf {
    Shelf::of(permit.caller())
}

/// An API of the caller.
pub fn scope(permit: &Permit, api_id: &str) -> Scope {
    let caller = permit.caller();
    Scope {
        account: caller.account,
        region: caller.region.clone(),
        api_id: api_id.to_owned(),
    }
}

/// The API of a scope.
///
/// # Errors
/// There is none.
pub async fn api(scope: &Scope, view: &impl View) -> Result<Api, Error> {
    let shelf = Shelf::at(scope.account, &scope.region);
    let api = shelf.find(view, &scope.api_id).await?;
    let missing = || Missing::Api {
        account: scope.account,
        id: scope.api_id.clone(),
    };
    Ok(api.ok_or_else(missing)?)
}

/// Reads a part.
pub async fn get<T: Part>(
    gateway: &Gateway,
    scope: &Scope,
    shelf: &Shelf,
    id: &str,
) -> Result<T::Shape, Error> {
    let view = gateway.store.snapshot();
    api(scope, &view).await?;
    Ok(shelf.load::<T>(&view, id).await?.shape())
}

/// One page of parts, and the token of the next one.
pub type Page<S> = (Option<Vec<S>>, Option<String>);

/// Lists the parts of an API.
pub async fn list<T: Part>(
    gateway: &Gateway,
    scope: &Scope,
    shelf: &Shelf,
    (limit, token): (Option<&str>, Option<&str>),
) -> Result<Page<T::Shape>, Error> {
    let view = gateway.store.snapshot();
    api(scope, &view).await?;
    one_page(shelf.all::<T>(&view).await?, (limit, token), T::shape)
}

/// A page of sorted things.
pub fn one_page<T: Kept, S>(
    all: Vec<T>,
    (limit, token): (Option<&str>, Option<&str>),
    shape: impl Fn(T) -> S,
) -> Result<Page<S>, Error> {
    let read = |text: &str| {
        text.parse().map_err(|_| Refusal::Invalid {
            name: "maxResults",
            value: text.to_owned(),
        })
    };
    let limit: Option<i32> = limit.map(read).transpose()?;
    let (items, next) = page(all, token, limit, |part| part.id());
    Ok((Some(items.into_iter().map(shape).collect()), next))
}

/// Removes a part; stages that deploy by themselves notice.
pub async fn delete<T: Part>(
    gateway: &Gateway,
    scope: &Scope,
    shelf: &Shelf,
    id: &str,
) -> Result<(), Error> {
    let remove = |txn: Txn| async move {
        api(scope, &txn).await?;
        let part: T = shelf.load(&txn, id).await?;
        part.may_go(scope, &txn).await?;
        shelf.remove::<T>(&txn, id);
        deployments::automatic(gateway, scope, &txn).await
    };
    gateway.store.transact(remove).await
}

/// The operations that are the same for all kinds of parts directly in an API.
macro_rules! part_operations {
    ($record:ident at $path:literal by $id:ident:
        $get:ident, $list:ident -> $page:ident, $delete:ident) => {
        impl Operate<Gateway> for shapes::$get {
            async fn requirements(
                &self,
                _: &Gateway,
                caller: &Caller,
            ) -> Result<Vec<Requirement>, Error> {
                Ok(require(
                    caller,
                    "GET",
                    &["apis", &self.api_id, $path, &self.$id],
                ))
            }

            async fn operate(
                self,
                gateway: &Gateway,
                permit: &Permit,
            ) -> Result<<$record as Part>::Shape, Error> {
                let scope = parts::scope(permit, &self.api_id);
                parts::get::<$record>(gateway, &scope, &scope.shelf(), &self.$id).await
            }
        }

        impl Operate<Gateway> for shapes::$list {
            async fn requirements(
                &self,
                _: &Gateway,
                caller: &Caller,
            ) -> Result<Vec<Requirement>, Error> {
                Ok(require(caller, "GET", &["apis", &self.api_id, $path]))
            }

            async fn operate(
                self,
                gateway: &Gateway,
                permit: &Permit,
            ) -> Result<shapes::$page, Error> {
                let scope = parts::scope(permit, &self.api_id);
                let asked = (self.max_results.as_deref(), self.next_token.as_deref());
                let (items, next_token) =
                    parts::list::<$record>(gateway, &scope, &scope.shelf(), asked).await?;
                Ok(shapes::$page { items, next_token })
            }
        }

        impl Operate<Gateway> for shapes::$delete {
            async fn requirements(
                &self,
                _: &Gateway,
                caller: &Caller,
            ) -> Result<Vec<Requirement>, Error> {
                let path = ["apis", &self.api_id, $path, &self.$id];
                Ok(require(caller, "DELETE", &path))
            }

            async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
                let scope = parts::scope(permit, &self.api_id);
                parts::delete::<$record>(gateway, &scope, &scope.shelf(), &self.$id).await
            }
        }
    };
}
pub(super) use part_operations;

/// Sets what an update brings, and leaves the rest.
pub fn set<T>(there: &mut T, brought: Option<T>) {
    if let Some(brought) = brought {
        *there = brought;
    }
}

/// Sets what an update brings of something that may be absent.
pub fn set_some<T>(there: &mut Option<T>, brought: Option<T>) {
    if brought.is_some() {
        *there = brought;
    }
}

/// Sets the text that an update brings; an empty one removes what is there.
pub fn set_text(there: &mut Option<String>, brought: Option<String>) {
    if let Some(text) = brought {
        *there = Some(text).filter(|text| !text.is_empty());
    }
}

/// Adds the entries an update brings; an empty text removes its entry.
pub fn merge(there: &mut crate::record::Texts, brought: Option<crate::record::Texts>) {
    for (name, value) in brought.unwrap_or_default() {
        if value.is_empty() {
            there.remove(&name);
        } else {
            there.insert(name, value);
        }
    }
}
