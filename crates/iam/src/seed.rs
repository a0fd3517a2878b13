//! The identity that a server on a laptop starts with: a user like any other, evaluated and
//! deniable, whose key everybody knows.

use crate::Iam;
use crate::access_keys::long_term;
use crate::attachment::attach;
use crate::error::Error;
use crate::keys;
use crate::record::{AccessKey, Head, KeyStatus, Kind, Tags, User};
use base::AccountId;
use kv::key::KeyReader;
use kv::{Order, Space};
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
        self.seed_account(AccountId::DEFAULT, SEEDED_ACCESS_KEY_ID)
            .await
    }

    /// The key whose id is an account's number, of the user `test` of that account. Made when it
    /// is first used; what was changed or taken away since stays so.
    pub(crate) async fn seeded_account_key(
        &self,
        account_id: &str,
    ) -> Result<Option<service::AccessKey>, Error> {
        let Ok(account) = account_id.parse() else {
            return Ok(None);
        };
        self.seed_account(account, account_id).await?;
        long_term(self.store.snapshot(), account_id).await
    }

    /// Makes the user `test` of an account with a key of this id and the secret `test`, once.
    async fn seed_account(&self, account: AccountId, key_id: &str) -> Result<(), Error> {
        let snapshot = crate::records::Records::new(self.store.snapshot(), account);
        let was_seeded = keys::seeded(key_id);
        let known = snapshot.exists(&was_seeded).await?
            || snapshot.exists(&keys::access_key(key_id)).await?;
        if known {
            return Ok(());
        }
        let new = User {
            head: self.new_head(Kind::User, SEEDED_USER, None),
            tags: Tags::default(),
            boundary: None,
        };
        let administrator = format!(
            "arn:{}:iam::aws:policy/AdministratorAccess",
            base::PARTITION
        );
        let (new, administrator, was_seeded) = (&new, &administrator, &was_seeded);
        self.change(account, |records| async move {
            if records.exists(was_seeded).await? {
                return Ok(());
            }
            records.mark(was_seeded.clone());
            let user = match records.find::<User>(SEEDED_USER).await? {
                Some(_) if key_id == SEEDED_ACCESS_KEY_ID => return Ok(()),
                Some(user) => user,
                None => {
                    records.put_entity(new);
                    attach::<User>(&records, SEEDED_USER, administrator).await?;
                    new.clone()
                }
            };
            let access_key = AccessKey {
                id: key_id.to_owned(),
                secret: SEEDED_ACCESS_KEY_ID.to_owned(),
                account: account.to_string(),
                user_id: user.head.id.clone(),
                status: KeyStatus::Active,
                created_s: new.head.created_s,
            };
            records.put(keys::access_key(key_id), &access_key);
            records.mark(keys::access_key_of(&user.head.id, key_id));
            Ok(())
        })
        .await
    }

    /// Whether anybody has a key besides those that everybody knows.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_own_keys(&self) -> Result<bool, Error> {
        let mut keys = self
            .store
            .snapshot()
            .scan(keys::access_keys().range(), Order::Ascending);
        while let Some((key, _)) = keys.next().await? {
            let mut reader = KeyReader::new(Space::Iam, &key)?;
            reader.literal("access-key")?;
            let id = reader.text()?;
            if id != SEEDED_ACCESS_KEY_ID && id.parse::<AccountId>().is_err() {
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
