//! UpdateDocumentationVersion.

use super::{require, scope};
use crate::error::Error;
use crate::patch;
use crate::record::DocumentationVersion;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{DocumentationVersion as VersionShape, Op, UpdateDocumentationVersionInput};

impl Operate<Gateway> for UpdateDocumentationVersionInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let version = &self.documentation_version;
        let path = [
            "restapis",
            &self.rest_api_id,
            "documentation",
            "versions",
            version,
        ];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<VersionShape, Error> {
        let (shelf, input) = (&scope(permit, &self.rest_api_id).shelf(), &self);
        let version = gateway
            .store
            .transact(|txn| async move {
                let id = &input.documentation_version;
                let mut version: DocumentationVersion = shelf.load(&txn, id).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    match (patch.op, patch.parts().as_slice()) {
                        (Op::Replace, ["description"]) => {
                            version.description = patch.optional_text();
                        }
                        _ => return Err(patch.only_replaces(&["/description"])),
                    }
                }
                shelf.save(&txn, &version);
                Ok::<_, Error>(version)
            })
            .await?;
        Ok(shape::documentation_version(version))
    }
}
