//! APIs themselves: made empty, or at once with a route, an integration and a stage.

use super::deployments;
use super::error::Refusal;
use super::execute::KEY_OF_AUTHORIZER;
use super::parts::{self, Part, one_page, set, set_some, set_text};
use super::record::{Api, Cors, Integration, Route, Stage};
use super::routes::DEFAULT_KEY;
use super::selection::Selection;
use super::stages::DEFAULT_STAGE;
use super::{filled, integrations, moment, require, routes, shapes, stages};
use crate::described::said;
use crate::error::{Clash, Error};
use crate::keys::{self, Scope};
use crate::record::{ApiHome, Named, Texts};
use crate::shelf::Shelf;
use crate::{Gateway, mapped_domains, operations, store};
use base::Entropy;
use kv::{Txn, record};
use service::{Caller, Handler, Operate, Permit, Requirement};
use wire::apigatewayv2::ProtocolType;

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateApiInput>(),
        Handler::of::<shapes::DeleteApiInput>(),
        Handler::of::<shapes::DeleteCorsConfigurationInput>(),
        Handler::of::<shapes::GetApiInput>(),
        Handler::of::<shapes::GetApisInput>(),
        Handler::of::<shapes::UpdateApiInput>(),
    ]
}

/// How the routes of HTTP APIs are chosen; nothing else can be said.
const ROUTE_SELECTION: &str = "$request.method $request.path";
/// The same in the words of the documentation.
const BRACED_ROUTE_SELECTION: &str = "${request.method} ${request.path}";
const API_KEY_SELECTION: &str = "$request.header.x-api-key";
const API_KEY_SELECTIONS: [&str; 2] = [API_KEY_SELECTION, KEY_OF_AUTHORIZER];

impl Part for Api {
    type Shape = shapes::Api;

    fn shape(self) -> shapes::Api {
        shapes::Api {
            api_endpoint: None,
            api_gateway_managed: None,
            api_id: Some(self.id),
            api_key_selection_expression: Some(self.api_key_selection),
            cors_configuration: self.cors.map(cors_shape),
            created_date: moment(self.created_ms),
            description: self.description,
            disable_schema_validation: self.disable_schema_validation,
            disable_execute_api_endpoint: Some(self.disable_execute_api_endpoint),
            import_info: filled(self.import_info),
            ip_address_type: Some(self.ip_address_type.0),
            name: self.name,
            protocol_type: self.protocol.0,
            route_selection_expression: self.route_selection,
            tags: Some(self.tags),
            version: self.version,
            warnings: filled(self.warnings),
        }
    }
}

/// How the wire shows an API, with where it is reached.
pub(super) fn shown(gateway: &Gateway, caller: &Caller, api: Api) -> shapes::Api {
    reached(gateway, caller, api.shape())
}

/// With the URL at which clients reach the API.
fn reached(gateway: &Gateway, caller: &Caller, api: shapes::Api) -> shapes::Api {
    let id = api.api_id.as_deref().unwrap_or_default();
    let endpoint = gateway.invoke_endpoint(id, &caller.region);
    let endpoint = match api.protocol_type {
        ProtocolType::Http => endpoint,
        // `ws` for `http`, `wss` for `https`.
        ProtocolType::Websocket => endpoint.replacen("http", "ws", 1),
    };
    shapes::Api {
        api_endpoint: Some(endpoint),
        ..api
    }
}

fn cors_shape(cors: Cors) -> shapes::Cors {
    shapes::Cors {
        allow_credentials: cors.allow_credentials,
        allow_headers: filled(cors.allow_headers),
        allow_methods: filled(cors.allow_methods),
        allow_origins: filled(cors.allow_origins),
        expose_headers: filled(cors.expose_headers),
        max_age: cors.max_age_s,
    }
}

fn cors(shape: shapes::Cors) -> Result<Cors, Refusal> {
    let cors = Cors {
        allow_credentials: shape.allow_credentials,
        allow_headers: shape.allow_headers.unwrap_or_default(),
        allow_methods: shape.allow_methods.unwrap_or_default(),
        allow_origins: shape.allow_origins.unwrap_or_default(),
        expose_headers: shape.expose_headers.unwrap_or_default(),
        max_age_s: shape.max_age,
    };
    check_cors(&cors)?;
    Ok(cors)
}

/// No browser would take credentials where any page may ask.
pub(super) fn check_cors(cors: &Cors) -> Result<(), Refusal> {
    let any = cors.allow_origins.iter().any(|origin| origin == "*");
    match any && cors.allow_credentials == Some(true) {
        true => Err(Refusal::CredentialsOfAnyOrigin),
        false => Ok(()),
    }
}

/// An HTTP API with AWS's defaults.
pub(super) fn new(entropy: &Entropy, now_ms: i64, name: String) -> Api {
    Api {
        id: entropy.lower_alnum(10),
        name,
        protocol: Named(ProtocolType::Http),
        route_selection: ROUTE_SELECTION.to_owned(),
        api_key_selection: API_KEY_SELECTION.to_owned(),
        cors: None,
        created_ms: now_ms,
        description: None,
        disable_schema_validation: None,
        disable_execute_api_endpoint: false,
        ip_address_type: Named(shapes::IpAddressType::Ipv4),
        version: None,
        import_info: Vec::new(),
        warnings: Vec::new(),
        tags: Texts::new(),
    }
}

/// Keeps a new API, whose id no other has.
pub(super) async fn add(scope: &Scope, txn: &Txn, api: &Api) -> Result<(), Error> {
    if store::home(txn, &scope.api_id).await?.is_some() {
        return Err(Clash::ApiId(scope.api_id.clone()).into());
    }
    let home = ApiHome {
        account: scope.account.to_string(),
        region: scope.region.to_string(),
    };
    txn.put(keys::home(&scope.api_id), record::encode(&home));
    Shelf::at(scope.account, &scope.region).save(txn, api);
    Ok(())
}

/// What a quick-created API starts with.
struct Start {
    route: Route,
    integration: Integration,
    stage: Stage,
}

impl Start {
    fn new(gateway: &Gateway, input: &mut shapes::CreateApiInput) -> Option<Start> {
        let target = input.target.take()?;
        let role = input.credentials_arn.take();
        let integration = integrations::of_target(gateway, target, role);
        let key = input.route_key.take();
        let route = Route {
            managed: true,
            target: Some(format!("integrations/{}", integration.id)),
            ..routes::new(
                &gateway.entropy,
                key.unwrap_or_else(|| DEFAULT_KEY.to_owned()),
            )
        };
        let stage = Stage {
            managed: true,
            auto_deploy: true,
            ..stages::new(gateway, DEFAULT_STAGE.to_owned())
        };
        Some(Start {
            route,
            integration,
            stage,
        })
    }

    async fn add(
        &self,
        gateway: &Gateway,
        scope: &Scope,
        txn: &Txn,
        api: &Api,
    ) -> Result<(), Error> {
        let mut integration = self.integration.clone();
        integrations::check(api, &mut integration)?;
        let shelf = scope.shelf();
        shelf.save(txn, &integration);
        routes::check(scope, txn, api, &self.route).await?;
        shelf.save(txn, &self.route);
        shelf.save(txn, &self.stage);
        deployments::automatic(gateway, scope, txn).await
    }
}

/// What a WebSocket API cannot have, and what it must.
fn check_websocket(input: &shapes::CreateApiInput) -> Result<(), Error> {
    if input.cors_configuration.is_some() {
        return Err(Refusal::NotOfProtocol("CorsConfiguration").into());
    }
    if input.target.is_some() || input.route_key.is_some() {
        return Err(Refusal::NotOfProtocol("Quick create").into());
    }
    let expression = input.route_selection_expression.as_ref();
    expression.ok_or(Refusal::Required {
        name: "RouteSelectionExpression",
        what: "WEBSOCKET APIs",
    })?;
    Ok(())
}

/// Checks what an API's expressions select by.
fn check_selections(api: &Api) -> Result<(), Refusal> {
    let route = api.route_selection.as_str();
    let selects_route = match api.protocol.0 {
        ProtocolType::Http => [ROUTE_SELECTION, BRACED_ROUTE_SELECTION].contains(&route),
        ProtocolType::Websocket => Selection::parse(route).is_some(),
    };
    let key = api.api_key_selection.as_str();
    match (selects_route, API_KEY_SELECTIONS.contains(&key)) {
        (true, true) => Ok(()),
        (false, _) => Err(Refusal::Expression(route.to_owned())),
        (true, false) => Err(Refusal::Expression(key.to_owned())),
    }
}

impl Operate<Gateway> for shapes::CreateApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let disables = self.disable_execute_api_endpoint;
        let create = operations::require_tagged(caller, "POST", &["apis"], self.tags.as_ref());
        let mut requirements = said(
            create,
            [
                ("ApiName", Some(self.name.clone())),
                ("DisableExecuteApiEndpoint", disables.map(|d| d.to_string())),
            ],
        );
        let role = self.credentials_arn.as_deref();
        requirements.extend(operations::require_pass_role(role));
        Ok(requirements)
    }

    async fn operate(mut self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Api, Error> {
        if self.protocol_type == ProtocolType::Websocket {
            check_websocket(&self)?;
        }
        let cors = self.cors_configuration.take().map(cors).transpose()?;
        if self.route_key.is_some() && self.target.is_none() {
            return Err(Refusal::Required {
                name: "Target",
                what: "quick create",
            }
            .into());
        }
        let start = &Start::new(gateway, &mut self);
        let mut api = new(&gateway.entropy, gateway.now_ms(), self.name);
        api.protocol = Named(self.protocol_type);
        set(
            &mut api.api_key_selection,
            self.api_key_selection_expression,
        );
        set(&mut api.route_selection, self.route_selection_expression);
        check_selections(&api)?;
        set(&mut api.ip_address_type, self.ip_address_type.map(Named));
        api.cors = cors;
        api.description = self.description;
        api.disable_schema_validation = self.disable_schema_validation;
        api.disable_execute_api_endpoint = self.disable_execute_api_endpoint.unwrap_or_default();
        api.version = self.version;
        api.tags = self.tags.unwrap_or_default();
        if let Some(id) = operations::custom_id(&api.tags)? {
            api.id = id;
        }
        let (scope, api) = (&parts::scope(permit, &api.id), &api);
        gateway
            .store
            .transact(|txn| async move {
                add(scope, &txn, api).await?;
                match start {
                    Some(start) => start.add(gateway, scope, &txn, api).await,
                    None => Ok(()),
                }
            })
            .await?;
        Ok(shown(gateway, permit.caller(), api.clone()))
    }
}

impl Operate<Gateway> for shapes::GetApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["apis", &self.api_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Api, Error> {
        let scope = parts::scope(permit, &self.api_id);
        let api = parts::api(&scope, &gateway.store.snapshot()).await?;
        Ok(shown(gateway, permit.caller(), api))
    }
}

impl Operate<Gateway> for shapes::GetApisInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["apis"]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::GetApisOutput, Error> {
        let view = gateway.store.snapshot();
        let apis: Vec<Api> = parts::shelf(permit).all(&view).await?;
        let (limit, token) = (self.max_results.as_deref(), self.next_token.as_deref());
        let (items, next_token) = one_page(apis, (limit, token), Part::shape)?;
        let shown = |api| reached(gateway, permit.caller(), api);
        Ok(shapes::GetApisOutput {
            items: items.map(|items| items.into_iter().map(shown).collect()),
            next_token,
        })
    }
}

impl Operate<Gateway> for shapes::UpdateApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let disables = self.disable_execute_api_endpoint;
        let mut requirements = said(
            require(caller, "PATCH", &["apis", &self.api_id]),
            [
                ("ApiName", self.name.clone()),
                ("DisableExecuteApiEndpoint", disables.map(|d| d.to_string())),
            ],
        );
        let role = self.credentials_arn.as_deref();
        requirements.extend(operations::require_pass_role(role));
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Api, Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let api = gateway.store.transact(|txn| async move {
            let mut api = parts::api(scope, &txn).await?;
            let (target, key) = (input.target.clone(), input.route_key.clone());
            let role = input.credentials_arn.clone();
            update(&mut api, input.clone())?;
            check_selections(&api)?;
            Shelf::at(scope.account, &scope.region).save(&txn, &api);
            if target.is_some() || key.is_some() || role.is_some() {
                update_managed(scope, &txn, &api, (target, key, role)).await?;
            }
            deployments::automatic(gateway, scope, &txn).await?;
            Ok::<_, Error>(api)
        });
        Ok(shown(gateway, permit.caller(), api.await?))
    }
}

fn update(api: &mut Api, input: shapes::UpdateApiInput) -> Result<(), Refusal> {
    set(&mut api.name, input.name);
    set(
        &mut api.api_key_selection,
        input.api_key_selection_expression,
    );
    set(&mut api.route_selection, input.route_selection_expression);
    set(&mut api.ip_address_type, input.ip_address_type.map(Named));
    let disabled = input.disable_execute_api_endpoint;
    set(&mut api.disable_execute_api_endpoint, disabled);
    let cors = input.cors_configuration.map(cors).transpose()?;
    set_some(&mut api.cors, cors);
    set_text(&mut api.description, input.description);
    let unchecked = input.disable_schema_validation;
    set_some(&mut api.disable_schema_validation, unchecked);
    set_text(&mut api.version, input.version);
    Ok(())
}

/// Changes what quick create has made.
async fn update_managed(
    scope: &Scope,
    txn: &Txn,
    api: &Api,
    (target, key, role): (Option<String>, Option<String>, Option<String>),
) -> Result<(), Error> {
    let shelf = scope.shelf();
    let not_quick = || Refusal::NotOfProtocol("An update of what quick create has not made");
    let integrations: Vec<Integration> = shelf.all(txn).await?;
    let integration = integrations.into_iter().find(|it| it.managed);
    let mut integration = integration.ok_or_else(not_quick)?;
    set_some(&mut integration.uri, target);
    set_some(&mut integration.credentials, role);
    integrations::check(api, &mut integration)?;
    shelf.save(txn, &integration);
    let routes: Vec<Route> = shelf.all(txn).await?;
    let route = routes.into_iter().find(|route| route.managed);
    let mut route = route.ok_or_else(not_quick)?;
    set(&mut route.key, key);
    routes::check(scope, txn, api, &route).await?;
    shelf.save(txn, &route);
    Ok(())
}

impl Operate<Gateway> for shapes::DeleteApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "DELETE", &["apis", &self.api_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &parts::scope(permit, &self.api_id);
        let remove = |txn: Txn| async move {
            parts::api(scope, &txn).await?;
            let domains = mapped_domains::leading_to(scope, &txn, |_| true).await?;
            if !domains.is_empty() {
                return Err(Refusal::ApiMapped(scope.api_id.clone()).into());
            }
            stages::clear(scope, &txn).await?;
            let shelf = Shelf::at(scope.account, &scope.region);
            shelf.remove::<Api>(&txn, &scope.api_id);
            txn.delete(keys::home(&scope.api_id));
            Ok(())
        };
        gateway.store.transact(remove).await
    }
}

impl Operate<Gateway> for shapes::DeleteCorsConfigurationInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "DELETE", &["apis", &self.api_id, "cors"]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &parts::scope(permit, &self.api_id);
        let remove = |txn: Txn| async move {
            let mut api = parts::api(scope, &txn).await?;
            api.cors = None;
            Shelf::at(scope.account, &scope.region).save(&txn, &api);
            deployments::automatic(gateway, scope, &txn).await
        };
        gateway.store.transact(remove).await
    }
}
