//! CreateDocumentationVersion: a name for the documentation as it is; with a stage's name it
//! becomes that stage's.

use super::{require, scope};
use crate::error::{Clash, Error};
use crate::record::DocumentationVersion;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{CreateDocumentationVersionInput, DocumentationVersion as VersionShape};

impl Operate<Gateway> for CreateDocumentationVersionInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "documentation", "versions"];
        Ok(require(caller, "POST", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<VersionShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let version = &DocumentationVersion {
            version: self.documentation_version,
            description: self.description,
            created_ms: gateway.now_ms(),
        };
        let stage_name = self.stage_name.as_deref();
        gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                let shelf = scope.shelf();
                let earlier = shelf
                    .find::<DocumentationVersion>(&txn, &version.version)
                    .await?;
                if earlier.is_some() {
                    return Err(Clash::DocumentationVersion(version.version.clone()).into());
                }
                if let Some(name) = stage_name {
                    let mut stage = scope.load_stage(&txn, name).await?;
                    stage.documentation_version = Some(version.version.clone());
                    scope.save_stage(&txn, &stage);
                }
                shelf.save(&txn, version);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::documentation_version(version.clone()))
    }
}
