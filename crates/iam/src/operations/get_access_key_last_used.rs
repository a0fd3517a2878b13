//! GetAccessKeyLastUsed.

use crate::Iam;
use crate::calls::LastUse;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::{AccessKey, User};
use crate::records::{Reader, Records};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{AccessKeyLastUsed, GetAccessKeyLastUsedInput, GetAccessKeyLastUsedOutput};

impl Operate<Iam> for GetAccessKeyLastUsedInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let records = iam.records(caller);
        Ok(match owner(&records, &self.access_key_id).await? {
            Some(user) => {
                let name = &user.head.name;
                vec![
                    iam.on::<User>(caller, "iam:GetAccessKeyLastUsed", name)
                        .await?,
                ]
            }
            None => on_account("iam:GetAccessKeyLastUsed"),
        })
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GetAccessKeyLastUsedOutput, Error> {
        let records = iam.records(permit.caller());
        let Some(user) = owner(&records, &self.access_key_id).await? else {
            return Err(Error::NoSuchAccessKey(self.access_key_id));
        };
        let last = iam.last_use(&self.access_key_id, &user.head.id).await?;
        let unused = || "N/A".to_owned();
        Ok(GetAccessKeyLastUsedOutput {
            user_name: Some(user.head.name),
            access_key_last_used: Some(AccessKeyLastUsed {
                last_used_date: last.as_ref().map(LastUse::time),
                service_name: last
                    .as_ref()
                    .map_or_else(unused, |last| last.service.clone()),
                region: last.map_or_else(unused, |last| last.region),
            }),
        })
    }
}

/// The user of this account whose key it is.
async fn owner<R: Reader>(records: &Records<R>, id: &str) -> Result<Option<User>, Error> {
    let key = records.read::<AccessKey>(&keys::access_key(id)).await?;
    match key.filter(|key| key.account == records.account.as_str()) {
        Some(key) => records.find_by_id(&key.user_id).await,
        None => Ok(None),
    }
}
