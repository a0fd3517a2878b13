//! CreateServiceSpecificCredential.

use crate::Iam;
use crate::error::{Error, Limit};
use crate::keys;
use crate::record::{KeyStatus, ServiceCredential, User};
use crate::service_credential;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateServiceSpecificCredentialInput, CreateServiceSpecificCredentialOutput};

impl Operate<Iam> for CreateServiceSpecificCredentialInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam.on::<User>(
            caller,
            "iam:CreateServiceSpecificCredential",
            &self.user_name,
        );
        Ok(vec![user.await?.with(
            "iam:ServiceSpecificCredentialServiceName",
            [&self.service_name],
        )])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<CreateServiceSpecificCredentialOutput, Error> {
        if self.credential_age_days.is_some() {
            return Err(Error::NotBuilt("CredentialAgeDays"));
        }
        let account = permit.caller().account;
        let (id, password) = (
            service_credential::new_id(iam),
            service_credential::password(iam),
        );
        let (input, id, password) = (&self, &id, &password);
        let now_s = iam.clock.now().as_secs();
        let made = iam
            .change(account, |records| async move {
                let user: User = records.get(&input.user_name).await?;
                service_credential::check_service(&input.service_name)?;
                let under = keys::service_credentials(&user.head.id);
                let present: Vec<ServiceCredential> = records.all(&under).await?;
                let same = present
                    .iter()
                    .filter(|c| c.service == input.service_name)
                    .count();
                if same >= service_credential::MAX_PER_SERVICE {
                    return Err(Error::LimitExceeded(Limit::ServiceCredentials));
                }
                let name = &user.head.name;
                let credential = ServiceCredential {
                    id: id.clone(),
                    user_id: user.head.id.clone(),
                    service: input.service_name.clone(),
                    service_user_name: service_credential::user_name(name, same, account),
                    password: password.clone(),
                    status: KeyStatus::Active,
                    created_s: now_s,
                };
                records.put(keys::service_credential(&user.head.id, id), &credential);
                Ok(service_credential::shape(credential, user.head.name))
            })
            .await?;
        Ok(CreateServiceSpecificCredentialOutput {
            service_specific_credential: Some(made),
        })
    }
}
