//! DeleteModel: not while a method refers to it.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Clash, Error, Side};
use crate::keys::{Scope, State};
use crate::record::{Texts, path_of};
use crate::store::View;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteModelInput;

impl Operate<Gateway> for DeleteModelInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "models", &self.model_name];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let name = &self.model_name;
        gateway
            .store
            .transact(|txn| async move {
                scope.load_model(&txn, name).await?;
                match find_reference(scope, &txn, name).await? {
                    Some(clash) => Err(clash.into()),
                    None => {
                        txn.delete(scope.model(State::Draft, name));
                        Ok(())
                    }
                }
            })
            .await
    }
}

async fn find_reference(
    scope: &Scope,
    view: &impl View,
    model: &str,
) -> Result<Option<Clash>, Error> {
    let uses = |models: Option<&Texts>| models.is_some_and(|set| set.values().any(|m| m == model));
    for ((resource_id, verb), method) in scope.load_methods(view).await? {
        let in_response = || method.responses.values().any(|r| uses(r.models.as_ref()));
        let side = if uses(method.request_models.as_ref()) {
            Side::Request
        } else if in_response() {
            Side::Response
        } else {
            continue;
        };
        let path = path_of(&scope.load_resources(view).await?, &resource_id);
        return Ok(Some(Clash::ModelInUse {
            model: model.to_owned(),
            path,
            method: verb,
            side,
        }));
    }
    Ok(None)
}
