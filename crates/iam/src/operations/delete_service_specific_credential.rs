//! DeleteServiceSpecificCredential.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::service_credential;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteServiceSpecificCredentialInput;

impl Operate<Iam> for DeleteServiceSpecificCredentialInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let action = "iam:DeleteServiceSpecificCredential";
        let id = &self.service_specific_credential_id;
        service_credential::requirements(iam, caller, action, self.user_name.as_ref(), id).await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        let name = &Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        iam.change(permit.caller().account, |records| async move {
            let id = &input.service_specific_credential_id;
            let (user, _) = service_credential::get(&records, name, id).await?;
            records.remove(keys::service_credential(&user.head.id, id));
            Ok(())
        })
        .await
    }
}
