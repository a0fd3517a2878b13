//! UpdateClientCertificate: its description.

use super::require;
use crate::error::Error;
use crate::patch;
use crate::shape::{self, EmptyTags};
use crate::shelf::Shelf;
use crate::{Gateway, record};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{ClientCertificate, Op, UpdateClientCertificateInput};

impl Operate<Gateway> for UpdateClientCertificateInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["clientcertificates", &self.client_certificate_id];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ClientCertificate, Error> {
        let (shelf, input) = (&Shelf::of(permit.caller()), &self);
        let certificate = gateway
            .store
            .transact(|txn| async move {
                let id = &input.client_certificate_id;
                let mut certificate: record::ClientCertificate = shelf.load(&txn, id).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    match (patch.op, patch.parts().as_slice()) {
                        (Op::Replace, ["description"]) => {
                            certificate.description = patch.optional_text();
                        }
                        _ => return Err(patch.only_replaces(&["/description"])),
                    }
                }
                shelf.save(&txn, &certificate);
                Ok::<_, Error>(certificate)
            })
            .await?;
        Ok(shape::client_certificate(certificate, EmptyTags::Shown))
    }
}
