//! UpdateAccountPasswordPolicy.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::PasswordPolicy;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateAccountPasswordPolicyInput;

impl Operate<Iam> for UpdateAccountPasswordPolicyInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:UpdateAccountPasswordPolicy"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let unset = PasswordPolicy::unset();
        let policy = &PasswordPolicy {
            minimum_length: self.minimum_password_length.unwrap_or(unset.minimum_length),
            symbols: self.require_symbols.unwrap_or(unset.symbols),
            numbers: self.require_numbers.unwrap_or(unset.numbers),
            uppercase: self.require_uppercase_characters.unwrap_or(unset.uppercase),
            lowercase: self.require_lowercase_characters.unwrap_or(unset.lowercase),
            users_may_change: self
                .allow_users_to_change_password
                .unwrap_or(unset.users_may_change),
            max_age_days: self.max_password_age.filter(|days| *days > 0),
            reuse_prevention: self.password_reuse_prevention,
            hard_expiry: self.hard_expiry,
        };
        let account = permit.caller().account;
        iam.change(account, |records| async move {
            records.put(keys::password_policy(account), policy);
            Ok(())
        })
        .await
    }
}
