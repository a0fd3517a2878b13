//! ListServiceSpecificCredentials.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::page::Page;
use crate::record::{ServiceCredential, User};
use crate::service_credential;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListServiceSpecificCredentialsInput, ListServiceSpecificCredentialsOutput};

impl Operate<Iam> for ListServiceSpecificCredentialsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(
            caller,
            "iam:ListServiceSpecificCredentials",
            self.user_name.as_ref(),
        )
        .await
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListServiceSpecificCredentialsOutput, Error> {
        if self.all_users == Some(true) {
            return Err(Error::NotBuilt("AllUsers"));
        }
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let name = Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        if let Some(service) = &self.service_name {
            service_credential::check_service(service)?;
        }
        let records = iam.records(permit.caller());
        let user: User = records.get(&name).await?;
        let under = keys::service_credentials(&user.head.id);
        let mut credentials: Vec<ServiceCredential> = records.all(&under).await?;
        let wanted = self.service_name.as_ref();
        credentials
            .retain(|credential| wanted.is_none_or(|service| *service == credential.service));
        let listing = page.cut(credentials, |credential| credential.id.clone());
        let marker = listing.marker.clone();
        let shape = |credential| service_credential::metadata(credential, &user.head.name);
        Ok(ListServiceSpecificCredentialsOutput {
            service_specific_credentials: Some(listing.map(shape).items),
            // Told only where there are several pages.
            is_truncated: marker.as_ref().map(|_| true),
            marker,
        })
    }
}
