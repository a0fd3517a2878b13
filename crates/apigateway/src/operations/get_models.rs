//! GetModels, in the order of their names.

use super::{require, scope};
use crate::error::Error;
use crate::keys::State;
use crate::page::page;
use crate::record::Model;
use crate::{Gateway, shape, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetModelsInput, GetModelsOutput};

impl Operate<Gateway> for GetModelsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &["restapis", &self.rest_api_id, "models"],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<GetModelsOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        let models: Vec<Model> = store::list(&view, scope.models(State::Draft)).await?;
        let position = self.position.as_deref();
        let (models, position) = page(models, position, self.limit, |model| &model.name);
        let items = models.into_iter().map(shape::model).collect();
        Ok(GetModelsOutput {
            position,
            items: Some(items),
        })
    }
}
