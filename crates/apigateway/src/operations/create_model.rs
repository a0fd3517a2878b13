//! CreateModel.

use super::{new_id, require, scope};
use crate::error::{Bad, Clash, Error};
use crate::json::{Dialect, Json};
use crate::keys::State;
use crate::record::Model;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{CreateModelInput, Model as ModelShape};

impl Operate<Gateway> for CreateModelInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "POST",
            &["restapis", &self.rest_api_id, "models"],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ModelShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let model = &Model {
            id: new_id(gateway),
            name: self.name,
            description: self.description.filter(|text| !text.is_empty()),
            schema: self.schema.unwrap_or_default(),
            content_type: self.content_type,
        };
        gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                check(&model.name, &model.schema)?;
                if txn
                    .get(&scope.model(State::Draft, &model.name))
                    .await?
                    .is_some()
                {
                    return Err(Clash::ModelName.into());
                }
                scope.save_model(&txn, model);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::model(model.clone()))
    }
}

/// Checks a model of any kind of API.
pub(crate) fn check(name: &str, schema: &str) -> Result<(), Error> {
    if name.is_empty() {
        return Err(Bad::ModelName.into());
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Bad::ModelNameCharacters(name.to_owned()).into());
    }
    check_schema(schema)
}

pub(super) fn check_schema(schema: &str) -> Result<(), Error> {
    if schema.trim().is_empty() {
        return Err(Bad::ModelSchema.into());
    }
    match Json::read(schema, Dialect::Strict) {
        Ok(Json::Object(members)) if members.is_empty() => Err(Bad::ModelSchema.into()),
        Ok(Json::Object(_)) => Ok(()),
        _ => Err(Bad::ModelSchemaJson.into()),
    }
}
