//! Routes: which requests go to which integration.

use super::deployments;
use super::error::Refusal;
use super::parts::{self, Part, merge, part_operations, set, set_text};
use super::record::{Api, Authorizer, Integration, Route, RouteResponse};
use super::responses;
use super::selection::Selection;
use super::{filled, require, shapes};
use crate::described::said;
use crate::error::Error;
use crate::keys::Scope;
use crate::record::Named;
use crate::router::PathPart;
use crate::{Gateway, operations};
use base::Entropy;
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::apigatewayv2::{AuthorizationType, AuthorizerType, ParameterConstraints, ProtocolType};

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateRouteInput>(),
        Handler::of::<shapes::DeleteRouteInput>(),
        Handler::of::<shapes::DeleteRouteRequestParameterInput>(),
        Handler::of::<shapes::GetRouteInput>(),
        Handler::of::<shapes::GetRoutesInput>(),
        Handler::of::<shapes::UpdateRouteInput>(),
    ]
}

part_operations!(Route at "routes" by route_id:
    GetRouteInput, GetRoutesInput -> GetRoutesOutput, DeleteRouteInput);

/// What takes the requests that no other route takes.
pub const DEFAULT_KEY: &str = "$default";

/// What takes the beginning of a connection to a WebSocket API, and what its end.
pub const CONNECT_KEY: &str = "$connect";
pub const DISCONNECT_KEY: &str = "$disconnect";

pub(super) const METHODS: [&str; 8] = [
    "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT",
];

impl Part for Route {
    type Shape = shapes::Route;

    fn shape(self) -> shapes::Route {
        shapes::Route {
            api_gateway_managed: self.managed.then_some(true),
            api_key_required: Some(self.api_key_required),
            authorization_scopes: filled(self.scopes),
            authorization_type: Some(self.authorization.0),
            authorizer_id: self.authorizer_id,
            model_selection_expression: self.model_selection,
            operation_name: self.operation_name,
            request_models: filled(self.request_models),
            request_parameters: filled(constraints(self.request_parameters)),
            route_id: Some(self.id),
            route_key: self.key,
            route_response_selection_expression: self.response_selection,
            target: self.target,
        }
    }

    async fn may_go(&self, scope: &Scope, txn: &Txn) -> Result<(), Error> {
        Ok(responses::clear::<RouteResponse>(scope, txn, &self.id).await?)
    }
}

/// Whether parameters are required, as the wire says it.
pub(super) fn constraints(
    required: BTreeMap<String, bool>,
) -> BTreeMap<String, ParameterConstraints> {
    let constraint = |required| ParameterConstraints {
        required: Some(required),
    };
    let required = required.into_iter();
    required
        .map(|(name, required)| (name, constraint(required)))
        .collect()
}

/// The reverse of [`constraints`].
pub(super) fn required(
    constraints: Option<BTreeMap<String, ParameterConstraints>>,
) -> BTreeMap<String, bool> {
    let constraints = constraints.unwrap_or_default().into_iter();
    constraints
        .map(|(name, constraint)| (name, constraint.required.unwrap_or_default()))
        .collect()
}

/// A route with nothing but its key.
pub(super) fn new(entropy: &Entropy, key: String) -> Route {
    Route {
        id: operations::id_from(entropy),
        key,
        managed: false,
        api_key_required: false,
        authorization: Named(AuthorizationType::None),
        authorizer_id: None,
        scopes: Vec::new(),
        model_selection: None,
        operation_name: None,
        request_models: BTreeMap::new(),
        request_parameters: BTreeMap::new(),
        response_selection: None,
        target: None,
    }
}

/// A route's key, taken apart: `$default`, or a method and a path.
pub(super) fn split_key(key: &str) -> Option<(&str, &str)> {
    let (method, path) = key.split_once(' ')?;
    let is_path = path == "/" || path.strip_prefix('/').is_some_and(are_parts);
    (METHODS.contains(&method) && is_path).then_some((method, path))
}

/// Whether these are parts of a path, with variables that are whole parts; a greedy one comes last.
/// A slash may end them.
fn are_parts(parts: &str) -> bool {
    let parts = parts.strip_suffix('/').unwrap_or(parts);
    let last = parts.split('/').count() - 1;
    parts.split('/').enumerate().all(|(at, part)| {
        let name = match PathPart::parse(part) {
            PathPart::Fixed(text) => text,
            PathPart::Variable(name) => name,
            PathPart::Greedy(name) if at == last => name,
            PathPart::Greedy(_) => return false,
        };
        !name.is_empty() && !name.contains(['{', '}'])
    })
}

/// Checks a route against its API, and that no other has its key.
pub(super) async fn check(scope: &Scope, txn: &Txn, api: &Api, route: &Route) -> Result<(), Error> {
    match api.protocol.0 {
        ProtocolType::Http => check_http(route)?,
        ProtocolType::Websocket => check_websocket(route)?,
    }
    let shelf = scope.shelf();
    if let Some(target) = &route.target {
        let unknown = || Refusal::Target(target.clone());
        let id = target.strip_prefix("integrations/").ok_or_else(unknown)?;
        let found: Option<Integration> = shelf.find(txn, id).await?;
        found.ok_or_else(unknown)?;
    }
    if matches!(
        route.authorization.0,
        AuthorizationType::Jwt | AuthorizationType::Custom
    ) {
        let id = route.authorizer_id.as_deref().unwrap_or_default();
        let found: Option<Authorizer> = shelf.find(txn, id).await?;
        let fits = |it: &Authorizer| {
            (it.kind.0 == AuthorizerType::Jwt) == (route.authorization.0 == AuthorizationType::Jwt)
        };
        let unfit = Refusal::AuthorizerId(route.authorization.0);
        found.filter(fits).ok_or(unfit)?;
    }
    let others: Vec<Route> = shelf.all(txn).await?;
    let same = |other: &Route| other.key == route.key && other.id != route.id;
    match others.iter().any(same) {
        true => Err(Refusal::RouteExists(route.key.clone()).into()),
        false => Ok(()),
    }
}

fn check_http(route: &Route) -> Result<(), Error> {
    if route.key != DEFAULT_KEY && split_key(&route.key).is_none() {
        return Err(Refusal::RouteKey.into());
    }
    match route.api_key_required {
        true => Err(Refusal::NotOfProtocol("ApiKeyRequired").into()),
        false => Ok(()),
    }
}

fn check_websocket(route: &Route) -> Result<(), Error> {
    if route.authorization.0 == AuthorizationType::Jwt {
        return Err(Refusal::NotOfProtocol("AuthorizationType JWT").into());
    }
    // Who has connected is known for all that follows.
    if route.key != CONNECT_KEY && route.authorization.0 != AuthorizationType::None {
        return Err(Refusal::AuthorizedMessage.into());
    }
    let expressions = [&route.model_selection, &route.response_selection];
    for expression in expressions.into_iter().flatten() {
        let known = Selection::parse(expression);
        known.ok_or_else(|| Refusal::Expression(expression.clone()))?;
    }
    Ok(())
}

/// What a request requires that says how a route is authorised.
fn requirements(
    caller: &Caller,
    verb: &str,
    path: &[&str],
    needs_key: Option<bool>,
    authorization: Option<AuthorizationType>,
) -> Vec<Requirement> {
    said(
        require(caller, verb, path),
        [
            ("ApiKeyRequired", needs_key.map(|needs| needs.to_string())),
            (
                "RouteAuthorizationType",
                authorization.map(|kind| kind.as_str().to_owned()),
            ),
        ],
    )
}

impl Operate<Gateway> for shapes::CreateRouteInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "routes"];
        let (needs_key, authorization) = (self.api_key_required, self.authorization_type);
        Ok(requirements(
            caller,
            "POST",
            &path,
            needs_key,
            authorization,
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Route, Error> {
        let scope = &parts::scope(permit, &self.api_id);
        let route = &Route {
            api_key_required: self.api_key_required.unwrap_or_default(),
            authorization: Named(self.authorization_type.unwrap_or_default()),
            authorizer_id: self.authorizer_id,
            scopes: self.authorization_scopes.unwrap_or_default(),
            model_selection: self.model_selection_expression,
            operation_name: self.operation_name,
            request_models: self.request_models.unwrap_or_default(),
            request_parameters: required(self.request_parameters),
            response_selection: self.route_response_selection_expression,
            target: self.target,
            ..new(&gateway.entropy, self.route_key)
        };
        gateway
            .store
            .transact(|txn| async move {
                let api = parts::api(scope, &txn).await?;
                check(scope, &txn, &api, route).await?;
                scope.shelf().save(&txn, route);
                deployments::automatic(gateway, scope, &txn).await
            })
            .await?;
        Ok(route.clone().shape())
    }
}

impl Operate<Gateway> for shapes::UpdateRouteInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "routes", &self.route_id];
        let (needs_key, authorization) = (self.api_key_required, self.authorization_type);
        Ok(requirements(
            caller,
            "PATCH",
            &path,
            needs_key,
            authorization,
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Route, Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let route = gateway.store.transact(|txn| async move {
            let api = parts::api(scope, &txn).await?;
            let mut route: Route = scope.shelf().load(&txn, &input.route_id).await?;
            update(&mut route, input.clone());
            check(scope, &txn, &api, &route).await?;
            scope.shelf().save(&txn, &route);
            deployments::automatic(gateway, scope, &txn).await?;
            Ok::<_, Error>(route)
        });
        Ok(route.await?.shape())
    }
}

fn update(route: &mut Route, input: shapes::UpdateRouteInput) {
    set(&mut route.key, input.route_key);
    set(&mut route.api_key_required, input.api_key_required);
    set(
        &mut route.authorization,
        input.authorization_type.map(Named),
    );
    set(&mut route.scopes, input.authorization_scopes);
    set_text(&mut route.authorizer_id, input.authorizer_id);
    set_text(&mut route.model_selection, input.model_selection_expression);
    set_text(&mut route.operation_name, input.operation_name);
    set_text(&mut route.target, input.target);
    let selection = input.route_response_selection_expression;
    set_text(&mut route.response_selection, selection);
    merge(&mut route.request_models, input.request_models);
    let parameters = required(input.request_parameters);
    route.request_parameters.extend(parameters);
    if matches!(
        route.authorization.0,
        AuthorizationType::None | AuthorizationType::AwsIam
    ) {
        route.authorizer_id = None;
    }
}

impl Operate<Gateway> for shapes::DeleteRouteRequestParameterInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let route = ["apis", &self.api_id, "routes", &self.route_id];
        let path = [
            &route[..],
            &["requestparameters", &self.request_parameter_key],
        ]
        .concat();
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let remove = |txn: Txn| async move {
            parts::api(scope, &txn).await?;
            let mut route: Route = scope.shelf().load(&txn, &input.route_id).await?;
            route
                .request_parameters
                .remove(&input.request_parameter_key);
            scope.shelf().save(&txn, &route);
            deployments::automatic(gateway, scope, &txn).await
        };
        gateway.store.transact(remove).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for key in [
            "GET /",
            "ANY /{proxy+}",
            "PUT /a/{b}/c.d/{e+}",
            "GET /$default",
            "GET /x/",
        ] {
            assert!(split_key(key).is_some(), "{key}");
        }
        for key in [
            "GET",
            "GET x",
            "FETCH /x",
            "get /x",
            "GET  /x",
            "GET //x",
            "GET /x//",
            "GET /{x",
            "GET /a{x}",
            "GET /{}",
            "GET /{x+}/y",
        ] {
            assert!(split_key(key).is_none(), "{key}");
        }
    }
}
