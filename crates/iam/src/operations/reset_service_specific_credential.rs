//! ResetServiceSpecificCredential.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::service_credential;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ResetServiceSpecificCredentialInput, ResetServiceSpecificCredentialOutput};

impl Operate<Iam> for ResetServiceSpecificCredentialInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let action = "iam:ResetServiceSpecificCredential";
        let id = &self.service_specific_credential_id;
        service_credential::requirements(iam, caller, action, self.user_name.as_ref(), id).await
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ResetServiceSpecificCredentialOutput, Error> {
        let (input, password) = (&self, &service_credential::password(iam));
        let name = &Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        let reset = iam
            .change(permit.caller().account, |records| async move {
                let id = &input.service_specific_credential_id;
                let (user, mut credential) = service_credential::get(&records, name, id).await?;
                credential.password.clone_from(password);
                records.put(keys::service_credential(&user.head.id, id), &credential);
                Ok(service_credential::shape(credential, user.head.name))
            })
            .await?;
        Ok(ResetServiceSpecificCredentialOutput {
            service_specific_credential: Some(reset),
        })
    }
}
