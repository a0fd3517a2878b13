//! GetModel.

use super::{require, scope};
use crate::error::Error;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetModelInput, Model};

impl Operate<Gateway> for GetModelInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "models", &self.model_name];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Model, Error> {
        if self.flatten == Some(true) {
            return Err(Error::NotBuilt("GetModel with flatten".to_owned()));
        }
        let scope = scope(permit, &self.rest_api_id);
        let model = scope
            .load_model(&gateway.store.snapshot(), &self.model_name)
            .await?;
        Ok(shape::model(model))
    }
}
