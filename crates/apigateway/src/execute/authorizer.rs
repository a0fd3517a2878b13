//! Asking authorizers: functions that answer with a policy, and user pools.

use super::failure::Failure;
use super::{execute_arn, running, transform};
use crate::Gateway;
use crate::authorizations::{Asked, Granted};
use crate::authorizer::{Authorizer, Function, Kind};
use crate::exchange::{Authorization, Exchange};
use crate::json::{Dialect, Json, push_string};
use crate::lambda_proxy;
use base::Arn;
use policy::{
    Context, Decision, Denial, NamedPolicy, Policy, PolicySet, Principal, ResourcePolicy, evaluate,
};
use service::{Caller, InvocationKind, InvokeRequest};
use std::sync::Arc;
use std::time::Duration;

/// How long an authorizer's function may take.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Gateway {
    /// Asks a method's authorizer; what it says of the caller goes into the exchange.
    pub(super) async fn ask(
        &self,
        authorizer: &Authorizer,
        scopes: &[String],
        exchange: &mut Exchange,
    ) -> Result<(), Failure> {
        let granted = match &authorizer.kind {
            Kind::UserPools(pools) => {
                let authorization = self
                    .user_of_pool(authorizer, pools, scopes, exchange)
                    .await?;
                exchange.authorization = Some(authorization);
                return Ok(());
            }
            Kind::Token(function) | Kind::Request(function) => {
                self.granted(authorizer, function, exchange).await?
            }
        };
        exchange.authorization = Some(granted.authorization.clone());
        exchange.usage_key.clone_from(&granted.usage_key);
        let resource = execute_arn(exchange, &exchange.path);
        judge(&granted.policy, exchange, &resource)
    }

    /// The function's answer, or the one that is kept.
    async fn granted(
        &self,
        authorizer: &Authorizer,
        function: &Function,
        exchange: &Exchange,
    ) -> Result<Arc<Granted>, Failure> {
        let identity = authorizer
            .identity(exchange)
            .ok_or_else(Failure::unauthorized)?;
        let identity: Vec<String> = identity
            .into_iter()
            .map(|value| value.into_owned())
            .collect();
        let event = match &authorizer.kind {
            Kind::Token(_) => {
                let token = identity.first().ok_or_else(Failure::unauthorized)?;
                if !authorizer.accepts(token) {
                    return Err(Failure::unauthorized());
                }
                token_event(exchange, token)
            }
            _ => lambda_proxy::authorizer_event(exchange, &execute_arn(exchange, &exchange.path)),
        };
        let asked = Asked {
            api_id: exchange.api_id.clone(),
            stage: exchange.stage.clone(),
            authorizer_id: authorizer.id.clone(),
            identity,
        };
        let now = self.clock.now();
        let kept = !authorizer.ttl.is_zero() && !asked.identity.is_empty();
        if let Some(granted) = self.authorizations.find(&asked, now).filter(|_| kept) {
            return Ok(granted);
        }
        let granted = Arc::new(
            self.invoke_authorizer(authorizer, function, exchange, event)
                .await?,
        );
        if kept {
            let until = now.saturating_add(authorizer.ttl);
            self.authorizations.keep(asked, granted.clone(), until);
        }
        Ok(granted)
    }

    pub(crate) async fn invoke_authorizer(
        &self,
        authorizer: &Authorizer,
        function: &Function,
        exchange: &Exchange,
        event: String,
    ) -> Result<Granted, Failure> {
        let caller = match &function.credentials {
            Some(role) => running::assume(self, exchange.account, role).await?,
            None => self.as_authorizer(authorizer, exchange)?,
        };
        let request = InvokeRequest {
            function_arn: transform::resolve_stage_variables(&function.arn, exchange),
            payload: event.into(),
            kind: InvocationKind::RequestResponse,
        };
        let started = self.clock.now();
        let invoking = self.neighbours.invoker.invoke(caller, request);
        let answered = tokio::time::timeout(TIMEOUT, invoking).await;
        let latency = self.clock.now().since(started).as_millis();
        let broken = |reason: String| Failure::authorizer(reason);
        let invocation = answered
            .map_err(|_| broken("the authorizer took too long".to_owned()))?
            .map_err(|error| broken(error.to_string()))?;
        let text = String::from_utf8_lossy(&invocation.payload);
        let answer = Json::read(&text, Dialect::Strict);
        let answer = answer.map_err(|error| broken(error.to_string()))?;
        if invocation.function_error.is_some() {
            let message = answer.get("errorMessage").and_then(Json::as_str);
            return Err(match message {
                Some("Unauthorized") => Failure::unauthorized(),
                _ => broken(format!("the authorizer failed: {text}")),
            });
        }
        read(&answer, latency).ok_or_else(|| broken(format!("not an authorization: {text}")))
    }

    /// The principal that a function's policy must allow to be asked.
    fn as_authorizer(
        &self,
        authorizer: &Authorizer,
        exchange: &Exchange,
    ) -> Result<Caller, Failure> {
        let source_arn = format!(
            "arn:{}:execute-api:{}:{}:{}/authorizers/{}",
            base::PARTITION,
            exchange.region,
            exchange.account,
            exchange.api_id,
            authorizer.id
        );
        running::gateway_itself(exchange, &source_arn)
            .ok_or_else(|| Failure::configuration("source ARN"))
    }
}

/// The event of a TOKEN authorizer.
pub(crate) fn token_event(exchange: &Exchange, token: &str) -> String {
    let mut event = String::from("{\"type\":\"TOKEN\",\"methodArn\":");
    push_string(&execute_arn(exchange, &exchange.path), &mut event);
    event.push_str(",\"authorizationToken\":");
    push_string(token, &mut event);
    event.push('}');
    event
}

/// Reads a function's answer; none if it is no authorization.
fn read(answer: &Json, latency_ms: u128) -> Option<Granted> {
    let principal_id = answer.get("principalId").and_then(Json::as_str)?;
    let document = answer.get("policyDocument")?.to_text();
    let policy = Policy::parse(&document, policy::Dialect::Authorizer).ok()?;
    let mut context = Vec::new();
    match answer.get("context") {
        None | Some(Json::Null) => {}
        Some(Json::Object(members)) => {
            for (name, value) in members.iter() {
                let text = match value {
                    Json::Object(_) | Json::Array(_) => return None,
                    Json::Null => continue,
                    Json::String(text) => text.clone(),
                    value => value.to_text(),
                };
                context.push((name.clone(), text));
            }
        }
        Some(_) => return None,
    }
    let usage_key = answer.get("usageIdentifierKey").and_then(Json::as_str);
    Some(Granted {
        authorization: Authorization {
            principal_id: Some(principal_id.to_owned()),
            context,
            claims: Vec::new(),
            integration_latency_ms: Some(latency_ms),
            policy: document,
        },
        policy: Arc::new(policy),
        usage_key: usage_key.map(str::to_owned),
    })
}

/// Whether the policy allows this request.
pub(crate) fn judge(
    policy: &Arc<Policy>,
    exchange: &Exchange,
    resource: &str,
) -> Result<(), Failure> {
    let policy = NamedPolicy {
        name: Arc::from("authorizer"),
        policy: policy.clone(),
    };
    let mut context = Context::new();
    context.insert("aws:SourceIp", exchange.identity.source_ip.as_str());
    // The policy is the caller's own, whoever that is.
    let principal = Principal::User {
        arn: Arn::global("iam", exchange.account, "user/authorizer"),
        id: String::new(),
        name: String::new(),
    };
    let request = policy::Request::new(&principal, "execute-api:Invoke", resource, context);
    let policies = PolicySet {
        identity: std::slice::from_ref(&policy),
        resource: ResourcePolicy::None,
        boundary: None,
        session: None,
        service_control: &[],
    };
    match evaluate(&request, &policies) {
        Decision::Allowed(_) => Ok(()),
        Decision::Denied(Denial::Explicit(_)) => Err(Failure::access_denied(
            "User is not authorized to access this resource with an explicit deny".to_owned(),
        )),
        Decision::Denied(_) => Err(Failure::access_denied(
            "User is not authorized to access this resource".to_owned(),
        )),
    }
}
