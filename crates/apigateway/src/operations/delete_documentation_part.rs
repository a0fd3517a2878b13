//! DeleteDocumentationPart.

use super::{require, scope};
use crate::Gateway;
use crate::error::Error;
use crate::record::DocumentationPart;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteDocumentationPartInput;

impl Operate<Gateway> for DeleteDocumentationPartInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "DELETE",
            &[
                "restapis",
                &self.rest_api_id,
                "documentation",
                "parts",
                &self.documentation_part_id,
            ],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (scope, id) = (
            &scope(permit, &self.rest_api_id),
            &self.documentation_part_id,
        );
        gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                let shelf = scope.shelf();
                shelf.load::<DocumentationPart>(&txn, id).await?;
                shelf.remove::<DocumentationPart>(&txn, id);
                Ok(())
            })
            .await
    }
}
