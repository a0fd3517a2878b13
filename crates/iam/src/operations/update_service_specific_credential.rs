//! UpdateServiceSpecificCredential.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::service_credential;
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateServiceSpecificCredentialInput;

impl Operate<Iam> for UpdateServiceSpecificCredentialInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let action = "iam:UpdateServiceSpecificCredential";
        let id = &self.service_specific_credential_id;
        service_credential::requirements(iam, caller, action, self.user_name.as_ref(), id).await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let (input, status) = (&self, shape::given_status(&self.status)?);
        let name = &Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        iam.change(permit.caller().account, |records| async move {
            let id = &input.service_specific_credential_id;
            let (user, mut credential) = service_credential::get(&records, name, id).await?;
            credential.status = status;
            records.put(keys::service_credential(&user.head.id, id), &credential);
            Ok(())
        })
        .await
    }
}
