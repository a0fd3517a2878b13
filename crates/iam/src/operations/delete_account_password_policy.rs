//! DeleteAccountPasswordPolicy.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteAccountPasswordPolicyInput;

impl Operate<Iam> for DeleteAccountPasswordPolicyInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:DeleteAccountPasswordPolicy"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let account = permit.caller().account;
        iam.change(account, |records| async move {
            let key = keys::password_policy(account);
            if !records.exists(&key).await? {
                return Err(Error::NoPasswordPolicyToDelete);
            }
            records.remove(key);
            Ok(())
        })
        .await
    }
}
