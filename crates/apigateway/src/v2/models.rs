//! Models: schemas of messages, kept for WebSocket APIs and exports.

use super::error::Refusal;
use super::parts::{self, Part, part_operations, set, set_some};
use super::record::Model;
use super::{require, shapes};
use crate::Gateway;
use crate::error::Error;
use crate::keys::Scope;
use crate::operations::{self, create_model};
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateModelInput>(),
        Handler::of::<shapes::DeleteModelInput>(),
        Handler::of::<shapes::GetModelInput>(),
        Handler::of::<shapes::GetModelTemplateInput>(),
        Handler::of::<shapes::GetModelsInput>(),
        Handler::of::<shapes::UpdateModelInput>(),
    ]
}

part_operations!(Model at "models" by model_id:
    GetModelInput, GetModelsInput -> GetModelsOutput, DeleteModelInput);

impl Part for Model {
    type Shape = shapes::Model;

    fn shape(self) -> shapes::Model {
        shapes::Model {
            content_type: self.content_type,
            description: self.description,
            model_id: Some(self.id),
            name: self.name,
            schema: Some(self.schema),
        }
    }
}

async fn save(scope: &Scope, txn: &Txn, model: &Model) -> Result<(), Error> {
    create_model::check(&model.name, &model.schema)?;
    let others: Vec<Model> = scope.shelf().all(txn).await?;
    let same = |other: &Model| other.name == model.name && other.id != model.id;
    if others.iter().any(same) {
        return Err(Refusal::ModelName.into());
    }
    scope.shelf().save(txn, model);
    Ok(())
}

impl Operate<Gateway> for shapes::CreateModelInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "POST", &["apis", &self.api_id, "models"]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Model, Error> {
        let scope = &parts::scope(permit, &self.api_id);
        let model = &Model {
            id: operations::new_id(gateway),
            name: self.name,
            content_type: self.content_type.or(Some("application/json".to_owned())),
            description: self.description,
            schema: self.schema,
        };
        let add = |txn: Txn| async move {
            parts::api(scope, &txn).await?;
            save(scope, &txn, model).await
        };
        gateway.store.transact(add).await?;
        Ok(model.clone().shape())
    }
}

impl Operate<Gateway> for shapes::UpdateModelInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "models", &self.model_id];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Model, Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let model = gateway.store.transact(|txn| async move {
            parts::api(scope, &txn).await?;
            let mut model: Model = scope.shelf().load(&txn, &input.model_id).await?;
            set(&mut model.name, input.name.clone());
            set(&mut model.schema, input.schema.clone());
            set_some(&mut model.content_type, input.content_type.clone());
            set_some(&mut model.description, input.description.clone());
            save(scope, &txn, &model).await?;
            Ok::<_, Error>(model)
        });
        Ok(model.await?.shape())
    }
}

impl Operate<Gateway> for shapes::GetModelTemplateInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "models", &self.model_id, "template"];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::GetModelTemplateOutput, Error> {
        let scope = parts::scope(permit, &self.api_id);
        parts::get::<Model>(gateway, &scope, &scope.shelf(), &self.model_id).await?;
        Ok(shapes::GetModelTemplateOutput {
            value: Some("#set($inputRoot = $input.path('$'))\n{ }".to_owned()),
        })
    }
}
