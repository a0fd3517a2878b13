//! UpdateMethod.

use super::{put_method, require, scope};
use crate::described::patched;
use crate::error::{Error, Missing};
use crate::patch::{self, Patch};
use crate::record::{AuthorizationType, Method};
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{Method as MethodShape, Op, UpdateMethodInput};

impl Operate<Gateway> for UpdateMethodInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let path = [resource.as_slice(), &["methods", &self.http_method]].concat();
        Ok(patched(
            require(caller, "PATCH", &path),
            self.patch_operations.as_ref(),
            &[
                ("/apiKeyRequired", "ApiKeyRequired"),
                ("/authorizationType", "RouteAuthorizationType"),
            ],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<MethodShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let (verb, method) = gateway
            .store
            .transact(|txn| async move {
                let (verb, mut method) = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut method, &patch)?;
                }
                // An authorizer without a type that uses one is ignored, as recorded.
                if !method.authorization_type.has_authorizer() {
                    method.authorizer_id = None;
                }
                put_method::check(&method, scope, &txn).await?;
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok::<_, Error>((verb, method))
            })
            .await?;
        Ok(shape::method(verb, method))
    }
}

fn apply(method: &mut Method, patch: &Patch) -> Result<(), Error> {
    match patch.parts().as_slice() {
        ["authorizationType"] => {
            patch.only_replace()?;
            let kind = AuthorizationType::from_name(&patch.text());
            method.authorization_type = kind.ok_or(crate::error::Bad::AuthorizationType)?;
        }
        ["authorizerId"] => {
            patch.only_replace()?;
            method.authorizer_id = patch.optional_text();
        }
        ["apiKeyRequired"] => {
            patch.only_replace()?;
            method.api_key_required = patch.flag();
        }
        ["operationName"] => {
            patch.only_replace()?;
            method.operation_name = patch.optional_text();
        }
        ["requestValidatorId"] => {
            patch.only_replace()?;
            method.request_validator_id = patch.optional_text();
        }
        ["requestParameters", name] => {
            let parameters = &mut method.request_parameters;
            patch.change(parameters, name, patch.flag(), || {
                Missing::ParameterName.into()
            })?;
        }
        ["requestModels", content_type] => {
            let models = &mut method.request_models;
            patch.change(models, content_type, patch.text(), || {
                Missing::ContentType.into()
            })?;
        }
        ["authorizationScopes"] => {
            let scopes = method.authorization_scopes.get_or_insert_default();
            match patch.op {
                Op::Add | Op::Replace => scopes.push(patch.text()),
                Op::Remove => scopes.retain(|scope| *scope != patch.text()),
                Op::Move | Op::Copy | Op::Test => return Err(patch.unknown_path()),
            }
        }
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}
