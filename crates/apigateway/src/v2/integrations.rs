//! Integrations: what answers the requests of routes.

use super::deployments;
use super::error::Refusal;
use super::mapping;
use super::parts::{self, Part, merge, part_operations, set, set_some, set_text};
use super::record::{Api, Integration, IntegrationResponse, Route};
use super::responses;
use super::routes::METHODS;
use super::selection::Selection;
use super::{filled, require, shapes};
use crate::error::Error;
use crate::integration_target;
use crate::keys::Scope;
use crate::record::{Named, Texts};
use crate::{Gateway, operations};
use base::Entropy;
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigatewayv2::{
    ConnectionType, IntegrationType, PassthroughBehavior, ProtocolType, TlsConfig,
};

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateIntegrationInput>(),
        Handler::of::<shapes::DeleteIntegrationInput>(),
        Handler::of::<shapes::GetIntegrationInput>(),
        Handler::of::<shapes::GetIntegrationsInput>(),
        Handler::of::<shapes::UpdateIntegrationInput>(),
    ]
}

part_operations!(Integration at "integrations" by integration_id:
    GetIntegrationInput, GetIntegrationsInput -> GetIntegrationsOutput, DeleteIntegrationInput);

/// How long an integration may take if nobody says so, in milliseconds.
const TIMEOUT_MS: i32 = 30_000;
const WEBSOCKET_TIMEOUT_MS: i32 = 29_000;

impl Part for Integration {
    type Shape = shapes::Integration;

    fn shape(self) -> shapes::Integration {
        shapes::Integration {
            api_gateway_managed: self.managed.then_some(true),
            connection_id: self.connection_id,
            connection_type: Some(self.connection_type.0),
            content_handling_strategy: self.content_handling.map(|handling| handling.0),
            credentials_arn: self.credentials,
            description: self.description,
            integration_id: Some(self.id),
            integration_method: self.method,
            integration_response_selection_expression: self.response_selection,
            integration_subtype: self.subtype,
            integration_type: Some(self.kind.0),
            integration_uri: self.uri,
            passthrough_behavior: self.passthrough.map(|passthrough| passthrough.0),
            payload_format_version: self.payload_format,
            request_parameters: filled(self.request_parameters),
            request_templates: filled(self.request_templates),
            response_parameters: filled(self.response_parameters),
            template_selection_expression: self.template_selection,
            timeout_in_millis: Some(self.timeout_ms),
            tls_config: self.server_name.map(|name| TlsConfig {
                server_name_to_verify: Some(name),
            }),
        }
    }

    async fn may_go(&self, scope: &Scope, txn: &Txn) -> Result<(), Error> {
        let routes: Vec<Route> = scope.shelf().all(txn).await?;
        let target = format!("integrations/{}", self.id);
        let using = routes
            .into_iter()
            .filter(|route| route.target.as_ref() == Some(&target));
        let using: Vec<String> = using.map(|route| route.id).collect();
        if !using.is_empty() {
            return Err(Refusal::IntegrationInUse(using).into());
        }
        Ok(responses::clear::<IntegrationResponse>(scope, txn, &self.id).await?)
    }
}

/// An integration of a kind, with AWS's defaults.
pub(super) fn new(entropy: &Entropy, kind: IntegrationType) -> Integration {
    Integration {
        id: entropy.lower_alnum(7),
        managed: false,
        kind: Named(kind),
        subtype: None,
        uri: None,
        method: None,
        connection_type: Named(ConnectionType::Internet),
        connection_id: None,
        content_handling: None,
        credentials: None,
        description: None,
        passthrough: None,
        payload_format: None,
        request_parameters: Texts::new(),
        request_templates: Texts::new(),
        response_parameters: BTreeMap::new(),
        response_selection: None,
        template_selection: None,
        timeout_ms: TIMEOUT_MS,
        server_name: None,
    }
}

/// Actions of other services that routes may have done, of the developer guide's table.
const SUBTYPES: [&str; 10] = [
    "AppConfig-GetConfiguration",
    "EventBridge-PutEvents",
    "Kinesis-PutRecord",
    "SQS-DeleteMessage",
    "SQS-PurgeQueue",
    "SQS-ReceiveMessage",
    "SQS-SendMessage",
    "StepFunctions-StartExecution",
    "StepFunctions-StartSyncExecution",
    "StepFunctions-StopExecution",
];

/// The integration of a quick-created API: a function by its ARN, or an endpoint by its URL.
pub(super) fn of_target(gateway: &Gateway, target: String, role: Option<String>) -> Integration {
    let kind = match target.starts_with("arn:") {
        true => IntegrationType::AwsProxy,
        false => IntegrationType::HttpProxy,
    };
    let is_function = kind == IntegrationType::AwsProxy;
    Integration {
        managed: true,
        uri: Some(target),
        method: (!is_function).then(|| "ANY".to_owned()),
        payload_format: Some(if is_function { "2.0" } else { "1.0" }.to_owned()),
        credentials: role,
        ..new(&gateway.entropy, kind)
    }
}

/// The function that an integration or authorizer invokes: its ARN, bare or in API Gateway's URI.
pub fn function_arn(uri: &str) -> Option<&str> {
    let is_function = |arn: &&str| arn.split(':').nth(2) == Some("lambda");
    let arn = integration_target::function_arn(uri).unwrap_or(uri);
    Some(arn).filter(|arn| is_function(arn) || arn.starts_with("${stageVariables."))
}

/// Checks an integration, and fills in what follows from the rest.
pub(super) fn check(api: &Api, integration: &mut Integration) -> Result<(), Error> {
    if api.protocol.0 == ProtocolType::Websocket {
        return check_websocket(integration);
    }
    match integration.kind.0 {
        IntegrationType::AwsProxy => check_aws(integration)?,
        IntegrationType::HttpProxy => check_http(integration)?,
        IntegrationType::Aws | IntegrationType::Http | IntegrationType::Mock => {
            return Err(Refusal::IntegrationType.into());
        }
    }
    let format = integration.payload_format.as_deref();
    let known: &[&str] = match integration.kind.0 {
        IntegrationType::AwsProxy if integration.subtype.is_none() => &["1.0", "2.0"],
        _ => &["1.0"],
    };
    if let Some(format) = format.filter(|format| !known.contains(format)) {
        return Err(Refusal::PayloadFormat(format.to_owned()).into());
    }
    if integration.connection_type.0 == ConnectionType::VpcLink
        && integration.connection_id.is_none()
    {
        return Err(Refusal::Required {
            name: "ConnectionId",
            what: "connection type VPC_LINK",
        }
        .into());
    }
    let mut statuses = integration.response_parameters.keys();
    let is_status = |text: &&String| text.parse().is_ok_and(|n: u16| (200..600).contains(&n));
    if let Some(status) = statuses.find(|status| !is_status(status)) {
        return Err(Refusal::ResponseStatus(status.clone()).into());
    }
    if integration.subtype.is_none() {
        mapping::check(integration)?;
    }
    Ok(())
}

/// Checks an integration of a WebSocket API, and fills in its defaults.
fn check_websocket(integration: &mut Integration) -> Result<(), Error> {
    let kind = integration.kind.0;
    if kind != IntegrationType::Mock && integration.uri.is_none() {
        return Err(Refusal::Required {
            name: "IntegrationUri",
            what: "this integration type",
        }
        .into());
    }
    if let (IntegrationType::AwsProxy, Some(uri)) = (kind, &integration.uri)
        && function_arn(uri).is_none()
    {
        return Err(Refusal::IntegrationUri.into());
    }
    if let Some(expression) = &integration.template_selection {
        let known = Selection::parse(expression);
        known.ok_or_else(|| Refusal::Expression(expression.clone()))?;
    }
    integration.payload_format = Some("1.0".to_owned());
    integration.timeout_ms = integration.timeout_ms.min(WEBSOCKET_TIMEOUT_MS);
    let passthrough = integration.passthrough.take();
    integration.passthrough = passthrough.or(Some(Named(PassthroughBehavior::WhenNoMatch)));
    if matches!(kind, IntegrationType::Aws | IntegrationType::AwsProxy) {
        integration.method.get_or_insert_with(|| "POST".to_owned());
    }
    let selection = match kind {
        IntegrationType::Mock | IntegrationType::Http => Some("${integration.response.statuscode}"),
        IntegrationType::Aws => Some("${integration.response.body.errorMessage}"),
        IntegrationType::AwsProxy | IntegrationType::HttpProxy => None,
    };
    integration.response_selection = selection.map(str::to_owned);
    Ok(())
}

fn check_aws(integration: &mut Integration) -> Result<(), Error> {
    let required = |name| Refusal::Required {
        name,
        what: "integration type AWS_PROXY",
    };
    if integration.payload_format.is_none() {
        return Err(required("PayloadFormatVersion").into());
    }
    if let Some(subtype) = &integration.subtype {
        if !SUBTYPES.contains(&subtype.as_str()) {
            return Err(Refusal::IntegrationSubtype(subtype.clone()).into());
        }
        integration
            .credentials
            .as_ref()
            .ok_or(required("CredentialsArn"))?;
        return Ok(());
    }
    let uri = integration.uri.as_ref().ok_or(required("IntegrationUri"))?;
    if function_arn(uri).is_none() {
        return Err(Refusal::IntegrationUri.into());
    }
    integration.method = Some("POST".to_owned());
    Ok(())
}

fn check_http(integration: &mut Integration) -> Result<(), Error> {
    let required = |name| Refusal::Required {
        name,
        what: "integration type HTTP_PROXY",
    };
    let uri = integration.uri.as_ref().ok_or(required("IntegrationUri"))?;
    let starts = ["http://", "https://", "arn:", "${stageVariables."];
    if !starts.iter().any(|start| uri.starts_with(start)) {
        return Err(Refusal::IntegrationUri.into());
    }
    let method = integration
        .method
        .as_ref()
        .ok_or(required("IntegrationMethod"))?;
    if !METHODS.contains(&method.as_str()) {
        return Err(Refusal::IntegrationMethod(method.clone()).into());
    }
    integration
        .payload_format
        .get_or_insert_with(|| "1.0".to_owned());
    Ok(())
}

impl Operate<Gateway> for shapes::CreateIntegrationInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let mut requirements = require(caller, "POST", &["apis", &self.api_id, "integrations"]);
        let role = self.credentials_arn.as_deref();
        requirements.extend(operations::require_pass_role(role));
        Ok(requirements)
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::Integration, Error> {
        let scope = &parts::scope(permit, &self.api_id);
        let integration = &Integration {
            subtype: self.integration_subtype,
            uri: self.integration_uri,
            method: self.integration_method,
            connection_type: Named(self.connection_type.unwrap_or_default()),
            connection_id: self.connection_id,
            content_handling: self.content_handling_strategy.map(Named),
            credentials: self.credentials_arn,
            description: self.description,
            passthrough: self.passthrough_behavior.map(Named),
            payload_format: self.payload_format_version,
            request_parameters: self.request_parameters.unwrap_or_default(),
            request_templates: self.request_templates.unwrap_or_default(),
            response_parameters: self.response_parameters.unwrap_or_default(),
            template_selection: self.template_selection_expression,
            timeout_ms: self.timeout_in_millis.unwrap_or(TIMEOUT_MS),
            server_name: self.tls_config.and_then(|tls| tls.server_name_to_verify),
            ..new(&gateway.entropy, self.integration_type)
        };
        let integration = gateway.store.transact(|txn| async move {
            let api = parts::api(scope, &txn).await?;
            let mut integration = integration.clone();
            check(&api, &mut integration)?;
            scope.shelf().save(&txn, &integration);
            deployments::automatic(gateway, scope, &txn).await?;
            Ok::<_, Error>(integration)
        });
        Ok(integration.await?.shape())
    }
}

impl Operate<Gateway> for shapes::UpdateIntegrationInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "integrations", &self.integration_id];
        let mut requirements = require(caller, "PATCH", &path);
        let role = self.credentials_arn.as_deref();
        requirements.extend(operations::require_pass_role(role));
        Ok(requirements)
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::Integration, Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let integration = gateway.store.transact(|txn| async move {
            let api = parts::api(scope, &txn).await?;
            let id = &input.integration_id;
            let mut integration: Integration = scope.shelf().load(&txn, id).await?;
            update(&mut integration, input.clone());
            check(&api, &mut integration)?;
            scope.shelf().save(&txn, &integration);
            deployments::automatic(gateway, scope, &txn).await?;
            Ok::<_, Error>(integration)
        });
        Ok(integration.await?.shape())
    }
}

fn update(integration: &mut Integration, input: shapes::UpdateIntegrationInput) {
    set(&mut integration.kind, input.integration_type.map(Named));
    set(
        &mut integration.connection_type,
        input.connection_type.map(Named),
    );
    set(&mut integration.timeout_ms, input.timeout_in_millis);
    set_some(&mut integration.subtype, input.integration_subtype);
    set_text(&mut integration.uri, input.integration_uri);
    set_text(&mut integration.method, input.integration_method);
    set_text(&mut integration.connection_id, input.connection_id);
    let handling = input.content_handling_strategy.map(Named);
    set_some(&mut integration.content_handling, handling);
    set_text(&mut integration.credentials, input.credentials_arn);
    set_text(&mut integration.description, input.description);
    set_some(
        &mut integration.passthrough,
        input.passthrough_behavior.map(Named),
    );
    set_some(
        &mut integration.payload_format,
        input.payload_format_version,
    );
    let selection = input.template_selection_expression;
    set_text(&mut integration.template_selection, selection);
    if let Some(tls) = input.tls_config {
        integration.server_name = tls.server_name_to_verify;
    }
    merge(
        &mut integration.request_parameters,
        input.request_parameters,
    );
    set(&mut integration.request_templates, input.request_templates);
    // What a status is said to have replaces what it had.
    let brought = input.response_parameters.unwrap_or_default();
    integration.response_parameters.extend(brought);
    integration
        .response_parameters
        .retain(|_, parameters| !parameters.is_empty());
}
