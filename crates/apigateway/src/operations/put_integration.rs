//! PutIntegration.

use super::{require, require_pass_role, scope};
use crate::error::{Bad, Error};
use crate::integration_target;
use crate::parameters;
use crate::record::{Integration, Method, Named, Passthrough};
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{
    ConnectionType, Integration as IntegrationShape, IntegrationType, PutIntegrationInput,
};

/// Shortest and longest time an integration may take, in milliseconds; the longest is the
/// default.
const TIMEOUT_MS: std::ops::RangeInclusive<i32> = 50..=29_000;
/// The longest time that a stream may take, in milliseconds.
const STREAM_TIMEOUT_MS: i32 = 15 * 60 * 1000;

impl Operate<Gateway> for PutIntegrationInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let path = [
            resource.as_slice(),
            &["methods", &self.http_method, "integration"],
        ]
        .concat();
        let mut requirements = require(caller, "PUT", &path);
        requirements.extend(require_pass_role(self.credentials.as_deref()));
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<IntegrationShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let integration = gateway
            .store
            .transact(|txn| async move {
                let (verb, mut method) = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await?;
                let integration = new_integration(input)?;
                check(&integration, &method)?;
                method.integration = Some(integration.clone());
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok::<_, Error>(integration)
            })
            .await?;
        Ok(shape::integration(integration))
    }
}

fn new_integration(input: &PutIntegrationInput) -> Result<Integration, Error> {
    if input.integration_target.is_some() {
        return Err(Error::NotBuilt("integrationTarget".to_owned()));
    }
    let over_http = matches!(
        input.r#type,
        IntegrationType::Http | IntegrationType::HttpProxy
    );
    let connection_type = input
        .connection_type
        .or(over_http.then_some(ConnectionType::Internet));
    let passthrough = match &input.passthrough_behavior {
        None => Passthrough::WhenNoMatch,
        Some(name) => Passthrough::from_name(name).ok_or(Bad::PassthroughBehavior)?,
    };
    let cache_namespace = input.cache_namespace.clone();
    let has_endpoint = |_: &String| input.r#type != IntegrationType::Mock;
    Ok(Integration {
        kind: Named(input.r#type),
        // A MOCK has no endpoint; AWS drops what is given.
        http_method: input.integration_http_method.clone().filter(has_endpoint),
        uri: input.uri.clone().filter(has_endpoint),
        connection_type: connection_type.map(Named),
        connection_id: input.connection_id.clone(),
        credentials: input.credentials.clone(),
        request_parameters: input.request_parameters.clone(),
        request_templates: input.request_templates.clone(),
        passthrough,
        content_handling: input.content_handling.map(Named),
        timeout_ms: input.timeout_in_millis.unwrap_or(*TIMEOUT_MS.end()),
        cache_namespace: cache_namespace.unwrap_or_else(|| input.resource_id.clone()),
        cache_key_parameters: input.cache_key_parameters.clone().unwrap_or_default(),
        insecure_skip_verification: input
            .tls_config
            .as_ref()
            .and_then(|tls| tls.insecure_skip_verification),
        response_transfer_mode: input.response_transfer_mode.map(Named),
        responses: BTreeMap::new(),
    })
}

/// In milliseconds.
pub(super) fn longest_timeout(integration: &Integration) -> i32 {
    match integration.streams() {
        true => STREAM_TIMEOUT_MS,
        false => *TIMEOUT_MS.end(),
    }
}

/// Checks an integration against its method.
pub(crate) fn check(integration: &Integration, method: &Method) -> Result<(), Error> {
    integration_target::check(integration)?;
    let longest = longest_timeout(integration);
    if !(*TIMEOUT_MS.start()..=longest).contains(&integration.timeout_ms) {
        return Err(Bad::Timeout { longest }.into());
    }
    if let Some(templates) = &integration.request_templates {
        parameters::check_content_types(templates)?;
    }
    match &integration.request_parameters {
        Some(mappings) => parameters::check_integration_parameters(mappings, method),
        None => Ok(()),
    }
}
