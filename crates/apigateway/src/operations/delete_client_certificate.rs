//! DeleteClientCertificate: stages that name it show nothing any more.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::record::ClientCertificate;
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteClientCertificateInput;

impl Operate<Gateway> for DeleteClientCertificateInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["clientcertificates", &self.client_certificate_id];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (shelf, id) = (&Shelf::of(permit.caller()), &self.client_certificate_id);
        gateway
            .store
            .transact(|txn| async move {
                shelf.load::<ClientCertificate>(&txn, id).await?;
                shelf.remove::<ClientCertificate>(&txn, id);
                Ok(())
            })
            .await
    }
}
