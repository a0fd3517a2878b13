//! PutMethod.

use super::{require, scope};
use crate::described::said;
use crate::error::{Bad, Clash, Error};
use crate::keys::{Scope, State};
use crate::parameters;
use crate::record::{AuthorizationType, HttpMethod, Method, Texts};
use crate::store::View;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{AuthorizerType, Method as MethodShape, PutMethodInput};

impl Operate<Gateway> for PutMethodInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let path = [resource.as_slice(), &["methods", &self.http_method]].concat();
        let needs_key = self.api_key_required;
        Ok(said(
            require(caller, "PUT", &path),
            [
                ("ApiKeyRequired", needs_key.map(|needs| needs.to_string())),
                (
                    "RouteAuthorizationType",
                    Some(self.authorization_type.clone()),
                ),
            ],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<MethodShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let (verb, method) = gateway
            .store
            .transact(|txn| async move {
                scope.load_resource(&txn, &input.resource_id).await?;
                let verb: HttpMethod = input.http_method.parse().map_err(|_| Bad::HttpMethod)?;
                let method = new_method(input)?;
                check(&method, scope, &txn).await?;
                let key = scope.method(State::Draft, &input.resource_id, verb);
                if txn.get(&key).await?.is_some() {
                    return Err(Clash::Method.into());
                }
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok::<_, Error>((verb, method))
            })
            .await?;
        Ok(shape::method(verb, method))
    }
}

fn new_method(input: &PutMethodInput) -> Result<Method, Error> {
    let authorization_type = AuthorizationType::from_name(&input.authorization_type);
    Ok(Method {
        authorization_type: authorization_type.ok_or(Bad::AuthorizationType)?,
        authorizer_id: input.authorizer_id.clone(),
        authorization_scopes: input.authorization_scopes.clone(),
        api_key_required: input.api_key_required.unwrap_or_default(),
        request_validator_id: input.request_validator_id.clone(),
        operation_name: input.operation_name.clone(),
        request_parameters: input.request_parameters.clone(),
        request_models: input.request_models.clone(),
        responses: BTreeMap::new(),
        integration: None,
    })
}

/// Checks what a method refers to.
pub(super) async fn check(method: &Method, scope: &Scope, view: &impl View) -> Result<(), Error> {
    let pools = match method.authorization_type {
        AuthorizationType::None | AuthorizationType::AwsIam => None,
        AuthorizationType::Custom => Some(false),
        AuthorizationType::CognitoUserPools => Some(true),
    };
    if let Some(pools) = pools {
        let id = method.authorizer_id.as_deref().ok_or(Bad::Authorizer)?;
        let found = scope.load_authorizer(view, id).await;
        let authorizer = found.map_err(|error| replace_missing(error, Bad::Authorizer))?;
        if (authorizer.kind.0 == AuthorizerType::CognitoUserPools) != pools {
            return Err(Bad::Authorizer.into());
        }
    }
    if let Some(parameters) = &method.request_parameters {
        parameters::check_request_parameters(parameters)?;
    }
    if let Some(id) = &method.request_validator_id {
        let found = scope.load_validator(view, id).await;
        found.map_err(|error| replace_missing(error, Bad::ValidatorId))?;
    }
    check_models(method.request_models.as_ref(), scope, view).await
}

/// Checks that models exist.
pub(super) async fn check_models(
    models: Option<&Texts>,
    scope: &Scope,
    view: &impl View,
) -> Result<(), Error> {
    for name in models.into_iter().flat_map(BTreeMap::values) {
        let found = scope.load_model(view, name).await;
        found.map_err(|error| replace_missing(error, Bad::ModelId(name.clone())))?;
    }
    Ok(())
}

fn replace_missing(error: Error, bad: Bad) -> Error {
    match error {
        Error::NotFound(_) => bad.into(),
        error => error,
    }
}
