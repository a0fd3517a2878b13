//! GetIntegration.

use super::{require, scope};
use crate::error::{Error, Missing};
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetIntegrationInput, Integration};

impl Operate<Gateway> for GetIntegrationInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let path = [
            resource.as_slice(),
            &["methods", &self.http_method, "integration"],
        ]
        .concat();
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Integration, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        let (_, method) = scope
            .load_method(&view, &self.resource_id, &self.http_method)
            .await?;
        Ok(shape::integration(
            method.integration.ok_or(Missing::Integration)?,
        ))
    }
}
