//! GetClientCertificate.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::shape::{self, EmptyTags};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{ClientCertificate, GetClientCertificateInput};

impl Operate<Gateway> for GetClientCertificateInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["clientcertificates", &self.client_certificate_id];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ClientCertificate, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        let found = shelf.load(&view, &self.client_certificate_id).await?;
        Ok(shape::client_certificate(found, EmptyTags::Shown))
    }
}
