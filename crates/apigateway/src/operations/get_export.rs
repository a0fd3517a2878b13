//! GetExport: a stage's API as an OpenAPI document.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Bad, Error, Missing};
use crate::keys::State;
use crate::openapi::{ExportVersion, Exporter, Extensions, yaml};
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
        let format = match self.accepts.as_deref() {
            None | Some("application/json") => Format::Json,
            Some("application/yaml") => Format::Yaml,
            Some(other) => return Err(Error::NotBuilt(format!("exports as {other}"))),
        };
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
        let document = exporter.document();
        let (content_type, ending, text) = match format {
            Format::Json => ("application/json", "json", document.to_text()),
            Format::Yaml => ("application/yaml", "yaml", yaml::write(&document)),
        };
        let name = format!("{}_{made}.{ending}", self.export_type);
        Ok(GetExportOutput {
            content_type: Some(content_type.to_owned()),
            content_disposition: Some(format!("attachment; filename=\"{name}\"")),
            body: Some(text.into()),
        })
    }
}

/// What an export is written as.
enum Format {
    Json,
    Yaml,
}
