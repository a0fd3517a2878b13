//! DeleteDocumentationVersion.

use super::{require, scope};
use crate::Gateway;
use crate::error::Error;
use crate::record::DocumentationVersion;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteDocumentationVersionInput;

impl Operate<Gateway> for DeleteDocumentationVersionInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "DELETE",
            &[
                "restapis",
                &self.rest_api_id,
                "documentation",
                "versions",
                &self.documentation_version,
            ],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (scope, id) = (
            &scope(permit, &self.rest_api_id),
            &self.documentation_version,
        );
        gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                let shelf = scope.shelf();
                shelf.load::<DocumentationVersion>(&txn, id).await?;
                shelf.remove::<DocumentationVersion>(&txn, id);
                Ok(())
            })
            .await
    }
}
