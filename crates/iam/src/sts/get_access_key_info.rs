//! GetAccessKeyInfo.

use crate::error::Error;
use crate::keys;
use crate::record::{AccessKey, Session};
use crate::sts::Sts;
use service::{Caller, Operate, Permit, Requirement};
use wire::sts::{GetAccessKeyInfoInput, GetAccessKeyInfoOutput};

impl Operate<Sts> for GetAccessKeyInfoInput {
    async fn requirements(&self, _: &Sts, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("sts:GetAccessKeyInfo", "*")])
    }

    async fn operate(self, sts: &Sts, permit: &Permit) -> Result<GetAccessKeyInfoOutput, Error> {
        let records = sts.iam.records(permit.caller());
        let id = &self.access_key_id;
        let long_term: Option<AccessKey> = records.read(&keys::access_key(id)).await?;
        let temporary: Option<Session> = records.read(&keys::session(id)).await?;
        let account = long_term
            .map(|key| key.account)
            .or(temporary.map(|s| s.account));
        match account {
            Some(account) => Ok(GetAccessKeyInfoOutput {
                account: Some(account),
            }),
            None => Err(Error::InvalidAccessKeyId),
        }
    }
}
