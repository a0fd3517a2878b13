//! GetClientCertificates.

use super::require;
use crate::error::Error;
use crate::page::page;
use crate::shape::{self, EmptyTags};
use crate::shelf::Shelf;
use crate::{Gateway, record};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetClientCertificatesInput, GetClientCertificatesOutput};

impl Operate<Gateway> for GetClientCertificatesInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["clientcertificates"]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetClientCertificatesOutput, Error> {
        let shelf = Shelf::of(permit.caller());
        let all: Vec<record::ClientCertificate> = shelf.all(&gateway.store.snapshot()).await?;
        let (all, position) = page(all, self.position.as_deref(), self.limit, |kept| &kept.id);
        let shown = all
            .into_iter()
            .map(|certificate| shape::client_certificate(certificate, EmptyTags::Left));
        Ok(GetClientCertificatesOutput {
            position,
            items: Some(shown.collect()),
        })
    }
}
