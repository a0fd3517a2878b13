//! GetAccountPasswordPolicy.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::PasswordPolicy;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    GetAccountPasswordPolicyInput, GetAccountPasswordPolicyOutput, PasswordPolicy as Shape,
};

impl Operate<Iam> for GetAccountPasswordPolicyInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:GetAccountPasswordPolicy"))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GetAccountPasswordPolicyOutput, Error> {
        let account = permit.caller().account;
        let records = iam.records(permit.caller());
        let stored: Option<PasswordPolicy> = records.read(&keys::password_policy(account)).await?;
        let policy = stored.ok_or_else(|| Error::NoPasswordPolicy(account.to_string()))?;
        Ok(GetAccountPasswordPolicyOutput {
            password_policy: Shape {
                minimum_password_length: Some(policy.minimum_length),
                require_symbols: Some(policy.symbols),
                require_numbers: Some(policy.numbers),
                require_uppercase_characters: Some(policy.uppercase),
                require_lowercase_characters: Some(policy.lowercase),
                allow_users_to_change_password: Some(policy.users_may_change),
                expire_passwords: Some(policy.max_age_days.is_some()),
                max_password_age: policy.max_age_days,
                password_reuse_prevention: policy.reuse_prevention,
                hard_expiry: policy.hard_expiry,
            },
        })
    }
}
