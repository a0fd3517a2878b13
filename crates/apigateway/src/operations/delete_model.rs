//! DeleteModel: not while a method refers to it.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Clash, Error, Side};
use crate::keys::{Scope, State};
use crate::record::{Method, Texts, path_of};
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

/// The method that a refusal names: of several the one whose path comes last, as recorded.
async fn find_reference(
    scope: &Scope,
    view: &impl View,
    model: &str,
) -> Result<Option<Clash>, Error> {
    let resources = scope.load_resources(view).await?;
    let methods = scope.load_methods(view).await?;
    let references = methods.iter().filter_map(|((resource_id, verb), method)| {
        let side = side_of(method, model)?;
        Some((path_of(&resources, resource_id), *verb, side))
    });
    let last = references.max_by(|(one, ..), (other, ..)| one.cmp(other));
    Ok(last.map(|(path, method, side)| Clash::ModelInUse {
        model: model.to_owned(),
        path,
        method,
        side,
    }))
}

/// Where a method uses a model.
fn side_of(method: &Method, model: &str) -> Option<Side> {
    let uses = |models: Option<&Texts>| models.is_some_and(|set| set.values().any(|m| m == model));
    if uses(method.request_models.as_ref()) {
        return Some(Side::Request);
    }
    let in_response = method.responses.values().any(|r| uses(r.models.as_ref()));
    in_response.then_some(Side::Response)
}
