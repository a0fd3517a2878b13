//! TestInvokeAuthorizer: asks an authorizer's function, whatever is kept, and shows what it said.

use super::{require, scope};
use crate::authorizer::{Authorizer, Kind};
use crate::error::Error;
use crate::exchange::{Exchange, Identity, parse_query};
use crate::execute::{Log, new_trace_id, token_event};
use crate::{Gateway, lambda_proxy};
use base::RequestId;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{TestInvokeAuthorizerInput, TestInvokeAuthorizerOutput};

/// The stage that a test claims to run on.
const STAGE: &str = "ESTestInvoke-stage";

impl Operate<Gateway> for TestInvokeAuthorizerInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "authorizers",
            &self.authorizer_id,
        ];
        Ok(require(caller, "POST", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<TestInvokeAuthorizerOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        let record = scope.load_authorizer(&view, &self.authorizer_id).await?;
        let authorizer = Authorizer::new(&record);
        let exchange = self.exchange(gateway, &scope, permit.caller());
        let started = gateway.clock.now();
        let mut log = Log::on(started);
        log.line(|| format!("Starting authorizer: {}", authorizer.id));
        let identity = authorizer.identity(&exchange);
        let (function, event) = match (&authorizer.kind, &identity) {
            (Kind::UserPools(_), _) => {
                return Err(Error::NotBuilt(
                    "TestInvokeAuthorizer for user pools".to_owned(),
                ));
            }
            (_, None) => return Ok(refused(401, log, &exchange)),
            (Kind::Token(function), Some(identity)) => {
                let token = identity.first().map(AsRef::as_ref).unwrap_or_default();
                if !authorizer.accepts(token) {
                    return Ok(refused(401, log, &exchange));
                }
                (function, token_event(&exchange, token))
            }
            (Kind::Request(function), Some(_)) => {
                let arn = crate::execute::execute_arn(&exchange, &exchange.path);
                (function, lambda_proxy::authorizer_event(&exchange, &arn))
            }
        };
        log.line(|| {
            format!(
                "Incoming identity: {}",
                identity.unwrap_or_default().join(", ")
            )
        });
        log.line(|| format!("Endpoint request body after transformations: {event}"));
        let answered = gateway
            .invoke_authorizer(&authorizer, function, &exchange, event)
            .await;
        let granted = match answered {
            Ok(granted) => granted,
            Err(failure) => {
                log.line(|| failure.reason.clone().unwrap_or_default());
                return Ok(refused(i32::from(failure.status), log, &exchange));
            }
        };
        log.line(|| "Successfully completed authorizer execution".to_owned());
        let latency = gateway.clock.now().since(started).as_millis();
        let authorization = granted.authorization;
        Ok(TestInvokeAuthorizerOutput {
            client_status: Some(200),
            log: Some(log.finish(exchange.request_id.as_str())),
            latency: Some(i64::try_from(latency).unwrap_or(i64::MAX)),
            principal_id: authorization.principal_id,
            policy: Some(authorization.policy),
            authorization: Some(BTreeMap::new()),
            claims: None,
        })
    }
}

fn refused(status: i32, log: Log, exchange: &Exchange) -> TestInvokeAuthorizerOutput {
    TestInvokeAuthorizerOutput {
        client_status: Some(status),
        log: Some(log.finish(exchange.request_id.as_str())),
        latency: Some(0),
        ..TestInvokeAuthorizerOutput::default()
    }
}

/// The request that a test stands for.
trait Stands {
    fn exchange(&self, gateway: &Gateway, scope: &crate::keys::Scope, caller: &Caller) -> Exchange;
}

impl Stands for TestInvokeAuthorizerInput {
    fn exchange(&self, gateway: &Gateway, scope: &crate::keys::Scope, caller: &Caller) -> Exchange {
        let given = self.path_with_query_string.as_deref().unwrap_or("/");
        let (path, query) = given.split_once('?').unwrap_or((given, ""));
        let single = self.headers.iter().flatten();
        let headers = single.map(|(name, value)| (name.clone(), value.clone()));
        Exchange {
            account: scope.account,
            region: scope.region.clone(),
            api_id: scope.api_id.clone(),
            stage: STAGE.to_owned(),
            deployment_id: String::new(),
            domain_name: "testPrefix.testDomainName".to_owned(),
            request_id: RequestId::uuid(&gateway.entropy),
            extended_request_id: gateway.entropy.base62(15) + "=",
            trace_id: new_trace_id(gateway),
            time: gateway.clock.now(),
            http_method: "GET".to_owned(),
            protocol: "HTTP/1.1",
            full_path: path.to_owned(),
            path: path.to_owned(),
            query: parse_query(query),
            headers: headers.collect(),
            body: self.body.clone().unwrap_or_default().into(),
            resource_id: String::new(),
            resource_path: path.to_owned(),
            path_parameters: Vec::new(),
            stage_variables: self.stage_variables.clone().unwrap_or_default(),
            identity: Identity {
                source_ip: "test-invoke-source-ip".to_owned(),
                user_agent: caller.source.user_agent.clone(),
                ..Identity::default()
            },
            authorization: None,
            usage_key: None,
            error: None,
            outcome: None,
            integration: None,
            client_certificate: None,
            base_path: None,
            more_context: Vec::new(),
        }
    }
}
