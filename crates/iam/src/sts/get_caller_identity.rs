//! GetCallerIdentity.

use crate::error::Error;
use crate::sts::Sts;
use service::{Caller, Operate, Permit, Requirement};
use wire::sts::{GetCallerIdentityInput, GetCallerIdentityOutput};

impl Operate<Sts> for GetCallerIdentityInput {
    /// None: not even a denial keeps anybody from it ("GetCallerIdentity" of the STS reference).
    async fn requirements(&self, _: &Sts, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(Vec::new())
    }

    async fn operate(self, _: &Sts, permit: &Permit) -> Result<GetCallerIdentityOutput, Error> {
        let caller = permit.caller();
        let principal = caller.policy_principal();
        let user_id = principal.user_id().ok_or(Error::NoIdentity)?;
        Ok(GetCallerIdentityOutput {
            user_id: Some(user_id.into_owned()),
            account: Some(caller.account.to_string()),
            arn: Some(caller.arn()),
        })
    }
}
