//! UpdateBasePathMapping.

use super::create_base_path_mapping::base_path;
use super::{require, scope};
use crate::error::{Clash, Error};
use crate::patch;
use crate::record::{BasePathMapping, DomainName};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{BasePathMapping as MappingShape, Op, UpdateBasePathMappingInput};

/// In AWS's order.
const PATHS: [&str; 3] = ["/basePath", "/stage", "/restapiId"];

impl Operate<Gateway> for UpdateBasePathMappingInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "domainnames",
            &self.domain_name,
            "basepathmappings",
            &self.base_path,
        ];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<MappingShape, Error> {
        let (shelf, input) = (&Shelf::of(permit.caller()), &self);
        let mapping = gateway
            .store
            .transact(|txn| async move {
                shelf.load::<DomainName>(&txn, &input.domain_name).await?;
                let mappings = shelf.within(&input.domain_name);
                let mut mapping: BasePathMapping = mappings.load(&txn, &input.base_path).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    match (patch.op, patch.parts().as_slice()) {
                        (Op::Replace, ["basePath"]) => {
                            mapping.base_path = base_path(patch.optional_text())?;
                        }
                        (Op::Replace, ["stage"]) => mapping.stage = patch.optional_text(),
                        (Op::Replace, ["restapiId"]) => mapping.api_id = patch.text(),
                        _ => return Err(patch.only_replaces(&PATHS)),
                    }
                }
                scope(permit, &mapping.api_id).load_api(&txn).await?;
                if mapping.base_path != input.base_path {
                    let taken = mappings
                        .find::<BasePathMapping>(&txn, &mapping.base_path)
                        .await?;
                    if taken.is_some() {
                        return Err(Clash::BasePath.into());
                    }
                    mappings.remove::<BasePathMapping>(&txn, &input.base_path);
                }
                mappings.save(&txn, &mapping);
                Ok::<_, Error>(mapping)
            })
            .await?;
        Ok(shape::base_path_mapping(mapping))
    }
}
