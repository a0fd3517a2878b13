//! Responses of routes and of integrations, which only WebSocket APIs have: whether a message is
//! answered, and with what.

use super::deployments;
use super::error::Refusal;
use super::parts::{self, Part, merge, set, set_some};
use super::record::{Api, Integration, IntegrationResponse, Response, Route, RouteResponse};
use super::routes::{DEFAULT_KEY, constraints, required};
use super::{filled, require, shapes};
use crate::error::Error;
use crate::keys::Scope;
use crate::record::Named;
use crate::{Gateway, operations};
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use wire::apigatewayv2::ProtocolType;

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateIntegrationResponseInput>(),
        Handler::of::<shapes::CreateRouteResponseInput>(),
        Handler::of::<shapes::DeleteIntegrationResponseInput>(),
        Handler::of::<shapes::DeleteRouteResponseInput>(),
        Handler::of::<shapes::GetIntegrationResponseInput>(),
        Handler::of::<shapes::GetIntegrationResponsesInput>(),
        Handler::of::<shapes::GetRouteResponseInput>(),
        Handler::of::<shapes::GetRouteResponsesInput>(),
        Handler::of::<shapes::UpdateIntegrationResponseInput>(),
        Handler::of::<shapes::UpdateRouteResponseInput>(),
    ]
}

impl Part for RouteResponse {
    type Shape = shapes::RouteResponse;

    fn shape(self) -> shapes::RouteResponse {
        shapes::RouteResponse {
            model_selection_expression: self.model_selection,
            response_models: filled(self.models),
            response_parameters: filled(constraints(self.parameters)),
            route_response_id: Some(self.id),
            route_response_key: self.key,
        }
    }
}

impl Part for IntegrationResponse {
    type Shape = shapes::IntegrationResponse;

    fn shape(self) -> shapes::IntegrationResponse {
        shapes::IntegrationResponse {
            content_handling_strategy: self.content_handling.map(|handling| handling.0),
            integration_response_id: Some(self.id),
            integration_response_key: self.key,
            response_parameters: filled(self.parameters),
            response_templates: filled(self.templates),
            template_selection_expression: self.template_selection,
        }
    }
}

/// Checks a response against its API and the other responses of its route or integration.
async fn check<T: Part + Response>(scope: &Scope, txn: &Txn, response: &T) -> Result<(), Error> {
    let api: Api = parts::api(scope, txn).await?;
    if api.protocol.0 != ProtocolType::Websocket {
        return Err(Refusal::NotOfProtocol(T::WHAT).into());
    }
    if !T::is_key(response.key()) {
        let value = response.key().to_owned();
        return Err(Refusal::Invalid {
            name: T::WHAT,
            value,
        }
        .into());
    }
    scope
        .shelf()
        .load::<T::Parent>(txn, response.parent())
        .await?;
    let others: Vec<T> = scope.shelf().all(txn).await?;
    let same = |other: &T| {
        other.key() == response.key()
            && other.parent() == response.parent()
            && other.id() != response.id()
    };
    match others.iter().any(same) {
        true => Err(Refusal::ResponseExists {
            what: T::WHAT,
            key: response.key().to_owned(),
        }
        .into()),
        false => Ok(()),
    }
}

async fn save<T: Part + Response>(
    gateway: &Gateway,
    scope: &Scope,
    txn: &Txn,
    response: &T,
) -> Result<(), Error> {
    check(scope, txn, response).await?;
    scope.shelf().save(txn, response);
    deployments::automatic(gateway, scope, txn).await
}

/// A response of this very route or integration.
async fn load<T: Part + Response>(
    scope: &Scope,
    view: &impl crate::store::View,
    parent: &str,
    id: &str,
) -> Result<T, Error> {
    parts::api(scope, view).await?;
    scope.shelf().load::<T::Parent>(view, parent).await?;
    let found: Option<T> = scope.shelf().find(view, id).await?;
    let found = found.filter(|response| response.parent() == parent);
    Ok(found.ok_or_else(T::missing)?)
}

/// Removes the responses of what goes itself.
pub(super) async fn clear<T: Part + Response>(
    scope: &Scope,
    txn: &Txn,
    parent: &str,
) -> Result<(), kv::Error> {
    let all: Vec<T> = scope.shelf().all(txn).await?;
    for response in all.iter().filter(|response| response.parent() == parent) {
        scope.shelf().remove::<T>(txn, response.id());
    }
    Ok(())
}

impl Response for RouteResponse {
    type Parent = Route;
    const WHAT: &'static str = "RouteResponse";

    fn key(&self) -> &str {
        &self.key
    }

    fn parent(&self) -> &str {
        &self.route_id
    }

    /// Routes have no other response.
    fn is_key(key: &str) -> bool {
        key == DEFAULT_KEY
    }
}

impl Response for IntegrationResponse {
    type Parent = Integration;
    const WHAT: &'static str = "IntegrationResponse";

    fn key(&self) -> &str {
        &self.key
    }

    fn parent(&self) -> &str {
        &self.integration_id
    }

    /// `$default`, or a pattern between slashes.
    fn is_key(key: &str) -> bool {
        let pattern = key.strip_prefix('/').and_then(|key| key.strip_suffix('/'));
        key == DEFAULT_KEY || pattern.is_some_and(|pattern| !pattern.is_empty())
    }
}

/// The operations that are the same for both kinds.
macro_rules! response_operations {
    ($record:ident of $path:literal by $parent:ident at $inner:literal by $id:ident:
        $get:ident, $list:ident -> $page:ident, $delete:ident) => {
        impl Operate<Gateway> for shapes::$get {
            async fn requirements(
                &self,
                _: &Gateway,
                caller: &Caller,
            ) -> Result<Vec<Requirement>, Error> {
                let path = [
                    "apis",
                    &self.api_id,
                    $path,
                    &self.$parent,
                    $inner,
                    &self.$id,
                ];
                Ok(require(caller, "GET", &path))
            }

            async fn operate(
                self,
                gateway: &Gateway,
                permit: &Permit,
            ) -> Result<<$record as Part>::Shape, Error> {
                let scope = parts::scope(permit, &self.api_id);
                let view = gateway.store.snapshot();
                let found: $record = load(&scope, &view, &self.$parent, &self.$id).await?;
                Ok(found.shape())
            }
        }

        impl Operate<Gateway> for shapes::$list {
            async fn requirements(
                &self,
                _: &Gateway,
                caller: &Caller,
            ) -> Result<Vec<Requirement>, Error> {
                let path = ["apis", &self.api_id, $path, &self.$parent, $inner];
                Ok(require(caller, "GET", &path))
            }

            async fn operate(
                self,
                gateway: &Gateway,
                permit: &Permit,
            ) -> Result<shapes::$page, Error> {
                let scope = parts::scope(permit, &self.api_id);
                let view = gateway.store.snapshot();
                parts::api(&scope, &view).await?;
                let shelf = scope.shelf();
                shelf
                    .load::<<$record as Response>::Parent>(&view, &self.$parent)
                    .await?;
                let mut all: Vec<$record> = shelf.all(&view).await?;
                all.retain(|response| response.parent() == self.$parent);
                let (limit, token) = (self.max_results.as_deref(), self.next_token.as_deref());
                let (items, next_token) = parts::one_page(all, (limit, token), Part::shape)?;
                Ok(shapes::$page { items, next_token })
            }
        }

        impl Operate<Gateway> for shapes::$delete {
            async fn requirements(
                &self,
                _: &Gateway,
                caller: &Caller,
            ) -> Result<Vec<Requirement>, Error> {
                let path = [
                    "apis",
                    &self.api_id,
                    $path,
                    &self.$parent,
                    $inner,
                    &self.$id,
                ];
                Ok(require(caller, "DELETE", &path))
            }

            async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
                let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
                let remove = |txn: Txn| async move {
                    load::<$record>(scope, &txn, &input.$parent, &input.$id).await?;
                    scope.shelf().remove::<$record>(&txn, &input.$id);
                    deployments::automatic(gateway, scope, &txn).await
                };
                gateway.store.transact(remove).await
            }
        }
    };
}

response_operations!(RouteResponse of "routes" by route_id
    at "routeresponses" by route_response_id:
    GetRouteResponseInput, GetRouteResponsesInput -> GetRouteResponsesOutput,
    DeleteRouteResponseInput);
response_operations!(IntegrationResponse of "integrations" by integration_id
    at "integrationresponses" by integration_response_id:
    GetIntegrationResponseInput, GetIntegrationResponsesInput -> GetIntegrationResponsesOutput,
    DeleteIntegrationResponseInput);

impl Operate<Gateway> for shapes::CreateRouteResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "apis",
            &self.api_id,
            "routes",
            &self.route_id,
            "routeresponses",
        ];
        Ok(require(caller, "POST", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::RouteResponse, Error> {
        let scope = &parts::scope(permit, &self.api_id);
        let response = &RouteResponse {
            id: operations::new_id(gateway),
            route_id: self.route_id,
            key: self.route_response_key,
            model_selection: self.model_selection_expression,
            models: self.response_models.unwrap_or_default(),
            parameters: required(self.response_parameters),
        };
        let add = |txn: Txn| async move { save(gateway, scope, &txn, response).await };
        gateway.store.transact(add).await?;
        Ok(response.clone().shape())
    }
}

impl Operate<Gateway> for shapes::UpdateRouteResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let route = ["apis", &self.api_id, "routes", &self.route_id];
        let path = [&route[..], &["routeresponses", &self.route_response_id]].concat();
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::RouteResponse, Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let response = gateway.store.transact(|txn| async move {
            let id = &input.route_response_id;
            let mut response: RouteResponse = load(scope, &txn, &input.route_id, id).await?;
            set(&mut response.key, input.route_response_key.clone());
            let selection = input.model_selection_expression.clone();
            set_some(&mut response.model_selection, selection);
            merge(&mut response.models, input.response_models.clone());
            let parameters = required(input.response_parameters.clone());
            response.parameters.extend(parameters);
            save(gateway, scope, &txn, &response).await?;
            Ok::<_, Error>(response)
        });
        Ok(response.await?.shape())
    }
}

impl Operate<Gateway> for shapes::CreateIntegrationResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let integration = ["apis", &self.api_id, "integrations", &self.integration_id];
        let path = [&integration[..], &["integrationresponses"]].concat();
        Ok(require(caller, "POST", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::IntegrationResponse, Error> {
        let scope = &parts::scope(permit, &self.api_id);
        let response = &IntegrationResponse {
            id: operations::new_id(gateway),
            integration_id: self.integration_id,
            key: self.integration_response_key,
            content_handling: self.content_handling_strategy.map(Named),
            parameters: self.response_parameters.unwrap_or_default(),
            templates: self.response_templates.unwrap_or_default(),
            template_selection: self.template_selection_expression,
        };
        let add = |txn: Txn| async move { save(gateway, scope, &txn, response).await };
        gateway.store.transact(add).await?;
        Ok(response.clone().shape())
    }
}

impl Operate<Gateway> for shapes::UpdateIntegrationResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let integration = ["apis", &self.api_id, "integrations", &self.integration_id];
        let response = ["integrationresponses", &self.integration_response_id];
        Ok(require(
            caller,
            "PATCH",
            &[&integration[..], &response].concat(),
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::IntegrationResponse, Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let response = gateway.store.transact(|txn| async move {
            let (parent, id) = (&input.integration_id, &input.integration_response_id);
            let mut response: IntegrationResponse = load(scope, &txn, parent, id).await?;
            set(&mut response.key, input.integration_response_key.clone());
            let handling = input.content_handling_strategy.map(Named);
            set_some(&mut response.content_handling, handling);
            let selection = input.template_selection_expression.clone();
            set_some(&mut response.template_selection, selection);
            merge(&mut response.parameters, input.response_parameters.clone());
            merge(&mut response.templates, input.response_templates.clone());
            save(gateway, scope, &txn, &response).await?;
            Ok::<_, Error>(response)
        });
        Ok(response.await?.shape())
    }
}
