//! GetExport: a stage's API as an OpenAPI document.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Bad, Error, Missing};
use crate::keys::State;
use crate::openapi::{ExportVersion, Exporter, Extensions};
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetExportInput, GetExportOutput};

impl Operate<Gateway> for GetExportInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let stage = ["restapis", &self.rest_api_id, "stages", &self.stage_name];
        let path = [stage.as_slice(), &["exports", &self.export_type]].concat();
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<GetExportOutput, Error> {
        let version = match self.export_type.as_str() {
            "swagger" => ExportVersion::Two,
            "oas30" => ExportVersion::Three,
            _ => return Err(Bad::ExportType.into()),
        };
        let accepts = self.accepts.as_deref().unwrap_or("application/json");
        if accepts != "application/json" {
            return Err(Error::NotBuilt(format!("exports as {accepts}")));
        }
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        let stage = scope.load_stage(&view, &self.stage_name).await?;
        let state = State::Deployed(&stage.deployment_id);
        let definition = scope.load_definition(&view, state).await?;
        let parameters = self.parameters.unwrap_or_default();
        let extensions = parameters.get("extensions").map(String::as_str);
        let exporter = Exporter {
            version,
            extensions: Extensions::parse(extensions.unwrap_or_default()),
            scope: &scope,
            stage: &stage.name,
            definition: &definition.ok_or(Missing::Deployment)?,
        };
        let made = Timestamp::from_millis(stage.updated_ms).iso8601();
        let name = format!("{}_{made}.json", self.export_type);
        Ok(GetExportOutput {
            content_type: Some(accepts.to_owned()),
            content_disposition: Some(format!("attachment; filename=\"{name}\"")),
            body: Some(exporter.document().to_text().into()),
        })
    }
}
