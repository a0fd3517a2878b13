//! The identity that a server on a laptop starts with: a user like any other, evaluated and
//! deniable, whose key everybody knows.

use crate::Iam;
use crate::attachment::attach;
use crate::error::Error;
use crate::keys;
use crate::record::{AccessKey, Entity, Head, KeyStatus, Kind, Tags, User};
use base::AccountId;
use kv::Order;
use std::sync::atomic::Ordering;

/// The seeded user's name.
pub const SEEDED_USER: &str = "test";
/// The seeded access key's id. Its secret is the same.
pub const SEEDED_ACCESS_KEY_ID: &str = "test";

impl Iam {
    /// Gives the default account a user `test` with the key `test`/`test` and administrator
    /// rights, unless it has a user or key of this name. What was changed or taken away from it
    /// since stays so. Until this is called, the key does not work, even if it is there.
    ///
    /// Only for servers that nobody else can reach.
    ///
    /// # Errors
    /// The store's.
    pub async fn seed(&self) -> Result<(), Error> {
        self.seeded.store(true, Ordering::Relaxed);
        let account = AccountId::DEFAULT;
        let records = crate::records::Records::new(self.store.snapshot(), account);
        let key = keys::access_key(SEEDED_ACCESS_KEY_ID);
        if records.exists(&key).await? || records.find::<User>(SEEDED_USER).await?.is_some() {
            return Ok(());
        }
        let user = User {
            head: self.new_head(Kind::User, SEEDED_USER, None),
            tags: Tags::default(),
            boundary: None,
        };
        let access_key = AccessKey {
            id: SEEDED_ACCESS_KEY_ID.to_owned(),
            secret: SEEDED_ACCESS_KEY_ID.to_owned(),
            account: account.to_string(),
            user_id: user.head.id.clone(),
            status: KeyStatus::Active,
            created_s: user.head.created_s,
        };
        let administrator = format!(
            "arn:{}:iam::aws:policy/AdministratorAccess",
            base::PARTITION
        );
        let (user, access_key, administrator) = (&user, &access_key, &administrator);
        self.change(account, |records| async move {
            records.name_is_free::<User>(SEEDED_USER).await?;
            records.put_entity(user);
            records.put(keys::access_key(&access_key.id), access_key);
            records.mark(keys::access_key_of(&user.head().id, &access_key.id));
            attach::<User>(&records, SEEDED_USER, administrator).await
        })
        .await
    }

    /// Whether anybody has a key besides the one that everybody knows.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_own_keys(&self) -> Result<bool, Error> {
        let mut keys = self
            .store
            .snapshot()
            .scan(keys::access_keys().range(), Order::Ascending);
        while let Some((key, _)) = keys.next().await? {
            if key != keys::access_key(SEEDED_ACCESS_KEY_ID) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The head of something that is about to be made.
    pub(crate) fn new_head(&self, kind: Kind, name: &str, path: Option<&str>) -> Head {
        Head {
            name: name.to_owned(),
            path: path.unwrap_or("/").to_owned(),
            id: format!("{}{}", kind.id_prefix(), self.entropy.upper_alnum(17)),
            created_s: self.clock.now().as_secs(),
        }
    }
}
