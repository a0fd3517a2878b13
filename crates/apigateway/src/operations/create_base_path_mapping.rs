//! CreateBasePathMapping.

use super::{new_id, require, scope};
use crate::error::{Bad, Clash, Error};
use crate::execute::ROOT;
use crate::record::{BasePathMapping, DomainName};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{BasePathMapping as MappingShape, CreateBasePathMappingInput};

impl Operate<Gateway> for CreateBasePathMappingInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["domainnames", &self.domain_name, "basepathmappings"];
        Ok(require(caller, "POST", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<MappingShape, Error> {
        let (shelf, domain) = (&Shelf::of(permit.caller()), &self.domain_name);
        let scope = &scope(permit, &self.rest_api_id);
        let mapping = &BasePathMapping {
            id: new_id(gateway),
            base_path: base_path(self.base_path)?,
            api_id: self.rest_api_id,
            stage: self.stage.filter(|stage| !stage.is_empty()),
        };
        gateway
            .store
            .transact(|txn| async move {
                shelf.load::<DomainName>(&txn, domain).await?;
                scope.load_api(&txn).await?;
                if let Some(stage) = &mapping.stage {
                    scope.load_stage(&txn, stage).await?;
                }
                let mappings = shelf.within(domain);
                let earlier = mappings
                    .find::<BasePathMapping>(&txn, &mapping.base_path)
                    .await?;
                if earlier.is_some() {
                    return Err(Clash::BasePath.into());
                }
                mappings.save(&txn, mapping);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::base_path_mapping(mapping.clone()))
    }
}

/// The name of a base path; an empty one has a name too.
pub(crate) fn base_path(given: Option<String>) -> Result<String, Error> {
    let path = given.filter(|path| !path.is_empty());
    let path = path.unwrap_or_else(|| ROOT.to_owned());
    let belongs = |c: char| c.is_ascii_alphanumeric() || "$-_.+!*'()/".contains(c);
    match path.chars().all(belongs) {
        true => Ok(path),
        false => Err(Bad::BasePath(path).into()),
    }
}
