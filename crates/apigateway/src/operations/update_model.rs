//! UpdateModel.

use super::create_model::check_schema;
use super::{require, scope};
use crate::error::Error;
use crate::patch::{self, Patch};
use crate::record::Model;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{Model as ModelShape, Op, UpdateModelInput};

impl Operate<Gateway> for UpdateModelInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "models", &self.model_name];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ModelShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let model = gateway
            .store
            .transact(|txn| async move {
                let mut model = scope.load_model(&txn, &input.model_name).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut model, &patch)?;
                }
                scope.save_model(&txn, &model);
                Ok::<_, Error>(model)
            })
            .await?;
        Ok(shape::model(model))
    }
}

fn apply(model: &mut Model, patch: &Patch) -> Result<(), Error> {
    match (patch.op, patch.parts().as_slice()) {
        (Op::Replace, ["description"]) => model.description = patch.optional_text(),
        (Op::Replace, ["schema"]) => {
            check_schema(&patch.text())?;
            model.schema = patch.text();
        }
        _ => return Err(patch.only_replaces(&["/description", "/schema"])),
    }
    Ok(())
}
