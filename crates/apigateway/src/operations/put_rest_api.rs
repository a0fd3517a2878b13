//! PutRestApi: an OpenAPI document over an API that exists.

use super::import_documentation_parts::import as import_documentation;
use super::{require, require_pass_roles, scope};
use crate::error::{Error, Missing};
use crate::keys::{Scope, State};
use crate::openapi::{Document, Mode, Options};
use crate::record::Definition;
use crate::shape::{self, EmptyTags};
use crate::{Gateway, openapi, store};
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{PutMode, PutRestApiInput, RestApi};

impl Operate<Gateway> for PutRestApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let mut requirements = require(caller, "PUT", &["restapis", &self.rest_api_id]);
        requirements.extend(require_pass_roles(&self.body, caller));
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<RestApi, Error> {
        let document = &Document::import(&self.body, permit.caller())?;
        let mode = match self.mode {
            Some(PutMode::Overwrite) => Mode::Overwrite,
            Some(PutMode::Merge) | None => Mode::Merge,
        };
        let options = Options::new(mode, self.parameters.as_ref())?;
        let scope = &scope(permit, &self.rest_api_id);
        let api = gateway
            .store
            .transact(|txn| async move {
                let mut definition = draft(scope, &txn).await?;
                if mode == Mode::Overwrite {
                    definition.api.name = document.title();
                }
                let new_id = || super::new_id(gateway);
                openapi::import(document, options, &mut definition, &new_id)?;
                save(scope, &txn, &definition).await?;
                import_documentation(gateway, document, &scope.shelf(), &txn).await?;
                Ok::<_, Error>(definition.api)
            })
            .await?;
        Ok(shape::rest_api(api, EmptyTags::Shown))
    }
}

/// The whole draft of an API.
pub(super) async fn draft(scope: &Scope, txn: &Txn) -> Result<Definition, Error> {
    let definition = scope.load_definition(txn, State::Draft).await?;
    let missing = || Missing::Api {
        account: scope.account,
        id: scope.api_id.clone(),
    };
    Ok(definition.ok_or_else(missing)?)
}

/// Replaces the whole draft of an API.
pub(super) async fn save(scope: &Scope, txn: &Txn, definition: &Definition) -> Result<(), Error> {
    store::clear(txn, scope.parts(State::Draft)).await?;
    scope.save_api(txn, &definition.api);
    for resource in definition.resources.values() {
        scope.save_resource(txn, resource);
    }
    for ((resource_id, verb), method) in &definition.methods {
        scope.save_method(txn, resource_id, *verb, method);
    }
    for model in definition.models.values() {
        scope.save_model(txn, model);
    }
    for validator in definition.validators.values() {
        scope.save_validator(txn, validator);
    }
    for authorizer in definition.authorizers.values() {
        scope.save_authorizer(txn, authorizer);
    }
    for (kind, response) in &definition.gateway_responses {
        scope.save_gateway_response(txn, kind, response);
    }
    Ok(())
}
