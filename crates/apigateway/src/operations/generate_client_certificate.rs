//! GenerateClientCertificate: what a stage shows to the HTTP endpoints behind it.

use super::{new_id, require_tagged};
use crate::client_certificate;
use crate::error::Error;
use crate::shape::{self, EmptyTags};
use crate::shelf::Shelf;
use crate::{Gateway, record};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{ClientCertificate, GenerateClientCertificateInput};

impl Operate<Gateway> for GenerateClientCertificateInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["clientcertificates"];
        Ok(require_tagged(caller, "POST", &path, self.tags.as_ref()))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ClientCertificate, Error> {
        let issued = client_certificate::issue(gateway.clock.now())?;
        let certificate = &record::ClientCertificate {
            id: new_id(gateway),
            description: self.description,
            pem: issued.pem,
            private_key: issued.private_key,
            created_ms: issued.from.as_millis(),
            expires_ms: issued.until.as_millis(),
            tags: self.tags.unwrap_or_default(),
        };
        let shelf = &Shelf::of(permit.caller());
        gateway
            .store
            .transact(|txn| async move {
                shelf.save(&txn, certificate);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::client_certificate(
            certificate.clone(),
            EmptyTags::Left,
        ))
    }
}
