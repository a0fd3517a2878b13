//! UpdateDocumentationPart.

use super::create_documentation_part::check_properties;
use super::{require, scope};
use crate::error::Error;
use crate::patch;
use crate::record::DocumentationPart;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{DocumentationPart as PartShape, Op, UpdateDocumentationPartInput};

impl Operate<Gateway> for UpdateDocumentationPartInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let id = &self.documentation_part_id;
        let path = ["restapis", &self.rest_api_id, "documentation", "parts", id];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<PartShape, Error> {
        let (shelf, input) = (&scope(permit, &self.rest_api_id).shelf(), &self);
        let part = gateway
            .store
            .transact(|txn| async move {
                let id = &input.documentation_part_id;
                let mut part: DocumentationPart = shelf.load(&txn, id).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    match (patch.op, patch.parts().as_slice()) {
                        (Op::Replace, ["properties"]) => {
                            check_properties(&patch.text())?;
                            part.properties = patch.text();
                        }
                        _ => return Err(patch.only_replaces(&["/properties"])),
                    }
                }
                shelf.save(&txn, &part);
                Ok::<_, Error>(part)
            })
            .await?;
        Ok(shape::documentation_part(part))
    }
}
