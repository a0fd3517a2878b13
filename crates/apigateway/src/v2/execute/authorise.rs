//! Who may call a route: anybody, whoever IAM allows, the bearer of an issuer's token, or whom a
//! function recognises.

use super::exchange::Exchange;
use super::failure::Failure;
use super::format_1;
use super::websocket;
use crate::Gateway;
use crate::authorizations::Asked;
use crate::exchange::Authorization;
use crate::execute::{Signature, authorise, judge, running};
use crate::v2::compiled::Compiled;
use crate::v2::integrations::function_arn;
use crate::v2::record::{Authorizer, Jwt};
use base::Timestamp;
use http_event::Question;
use jwt::{Algorithm, Claims, Token};
use policy::Policy;
use serde::Deserialize;
use serde_json::{Map, Value};
use service::{Caller, InvocationKind, InvokeRequest, Requirement, Verdict};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use wire::apigatewayv2::AuthorizationType;

/// How long an authorizer's function may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Who calls.
#[derive(Debug, Clone)]
pub enum Recognised {
    Nobody,
    Signer(Box<Caller>),
    Bearer {
        claims: BTreeMap<String, String>,
        scopes: Option<Vec<String>>,
    },
    /// What a function has said.
    ByFunction(Arc<Recognition>),
}

/// A function's answer.
#[derive(Debug)]
pub struct Recognition {
    says: Says,
    pub context: Map<String, Value>,
    pub principal_id: Option<String>,
    /// The API key of who is asking.
    usage_key: Option<String>,
}

/// What a function's answer means.
#[derive(Debug)]
enum Says {
    Allowed,
    Refused,
    /// What this says of the request.
    Policy(Arc<Policy>),
}

/// A part of a request that tells who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    Header(String),
    Query(String),
    StageVariable(String),
    Context(String),
}

/// Makes an identity source of a name.
type Named = fn(String) -> IdentitySource;

impl IdentitySource {
    /// `$request.header.X`, `$request.querystring.X`, `$stageVariables.X`, `$context.X`; and as
    /// WebSocket APIs name them, `route.request.header.X` and the like.
    pub fn parse(expression: &str) -> Option<IdentitySource> {
        let named: [([&str; 2], Named); 4] = [
            (
                ["$request.header.", "route.request.header."],
                IdentitySource::Header,
            ),
            (
                ["$request.querystring.", "route.request.querystring."],
                IdentitySource::Query,
            ),
            (
                ["$stageVariables.", "stageVariables."],
                IdentitySource::StageVariable,
            ),
            (["$context.", "context."], IdentitySource::Context),
        ];
        let (make, name) = named.into_iter().find_map(|(prefixes, make)| {
            let mut prefixes = prefixes.iter();
            Some((make, prefixes.find_map(|it| expression.strip_prefix(it))?))
        })?;
        (!name.is_empty()).then(|| make(name.to_owned()))
    }

    /// Its value in a request; an empty one is none.
    fn value<'a>(&self, exchange: &'a Exchange) -> Option<Cow<'a, str>> {
        let base = &exchange.base;
        let value = match self {
            IdentitySource::Header(name) => base.header(name).map(Cow::Borrowed),
            IdentitySource::Query(name) => base.query_value(name).map(Cow::Borrowed),
            IdentitySource::StageVariable(name) => {
                let value = base.stage_variables.get(name);
                value.map(|value| Cow::Borrowed(value.as_str()))
            }
            IdentitySource::Context(path) => exchange.context_value(path),
        };
        value.filter(|value| !value.is_empty())
    }
}

/// The values of an authorizer's identity sources; none if one of them is missing.
fn identity(authorizer: &Authorizer, exchange: &Exchange) -> Option<Vec<String>> {
    let sources = authorizer.identity_sources.iter();
    sources
        .map(|source| Some(IdentitySource::parse(source)?.value(exchange)?.into_owned()))
        .collect()
}

impl Gateway {
    /// Finds out who calls; nobody goes on who may not.
    pub(super) async fn recognise(
        &self,
        route: &Compiled,
        exchange: &mut Exchange,
        signature: &Signature,
    ) -> Result<(), Failure> {
        exchange.recognised = match (route.route.authorization.0, &route.authorizer) {
            (AuthorizationType::None, _) => Recognised::Nobody,
            (AuthorizationType::AwsIam, _) => self.signer(exchange, signature).await?,
            (AuthorizationType::Jwt, Some(authorizer)) => {
                self.bearer(authorizer, &route.route.scopes, exchange)
                    .await?
            }
            (AuthorizationType::Custom, Some(authorizer)) => {
                let recognition = self.recognition(authorizer, exchange).await?;
                exchange.base.authorization = Some(recognition.authorization());
                exchange.base.usage_key.clone_from(&recognition.usage_key);
                recognition.judge(exchange)?;
                Recognised::ByFunction(recognition)
            }
            (AuthorizationType::Jwt | AuthorizationType::Custom, None) => {
                return Err(Failure::internal("there is no such authorizer"));
            }
        };
        Ok(())
    }

    async fn signer(
        &self,
        exchange: &mut Exchange,
        signature: &Signature,
    ) -> Result<Recognised, Failure> {
        let caller = match signature {
            Signature::Valid(caller) => caller,
            Signature::Absent => return Err(Failure::forbidden("not signed")),
            Signature::Refused { message, .. } => return Err(Failure::forbidden(message)),
            Signature::Unknown => {
                return Err(Failure::internal("a signature cannot be checked"));
            }
        };
        let requirement = Requirement::new("execute-api:Invoke", exchange.request_arn());
        match self
            .neighbours
            .authorizer
            .decide(caller, &requirement)
            .await
        {
            Ok(Verdict::Allowed) => {}
            Ok(Verdict::Denied(denial)) => return Err(Failure::forbidden(denial.message)),
            Err(fault) => {
                tracing::error!(%fault, "a request cannot be authorised");
                return Err(Failure::internal("authorisation failed"));
            }
        }
        authorise::identify(caller, &mut exchange.base.identity);
        Ok(Recognised::Signer(caller.clone()))
    }

    /// The bearer of a token that the authorizer's issuer has signed for its audience.
    async fn bearer(
        &self,
        authorizer: &Authorizer,
        wanted: &[String],
        exchange: &mut Exchange,
    ) -> Result<Recognised, Failure> {
        let identity = identity(authorizer, exchange);
        let token = identity.and_then(|values| values.into_iter().next());
        let token = token.ok_or_else(|| Failure::unauthorized().challenging("Bearer"))?;
        let token = match token.split_once(' ') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
            _ => token.as_str(),
        };
        let refused = |why: &str| {
            let failure = Failure::unauthorized().because(format!("invalid_token: {why}"));
            failure.challenging(challenge(wanted, "invalid_token", why))
        };
        let jwt = authorizer.jwt.clone().unwrap_or_default();
        let claims = self
            .claims(&jwt, token, exchange.base.time)
            .await
            .map_err(refused)?;
        let has: Vec<&str> = claims.scopes().chain(claims.list("scp")).collect();
        if !wanted.is_empty() && !wanted.iter().any(|scope| has.contains(&scope.as_str())) {
            let why = format!("expected scopes: [{}]", wanted.join(" "));
            let challenge = challenge(wanted, "insufficient_scope", &why);
            let reason = format!("insufficient_scope: {why}");
            return Err(Failure::forbidden(reason).challenging(challenge));
        }
        let scopes = has.into_iter().map(str::to_owned).collect();
        let claims = texts(&claims);
        exchange.base.authorization = Some(Authorization {
            claims: claims.clone().into_iter().collect(),
            ..Authorization::default()
        });
        Ok(Recognised::Bearer {
            claims,
            scopes: (!wanted.is_empty()).then_some(scopes),
        })
    }

    async fn claims(&self, jwt: &Jwt, token: &str, now: Timestamp) -> Result<Claims, &'static str> {
        if token.split('.').count() != 3 {
            return Err("token contains an invalid number of segments");
        }
        let token = Token::parse(token).map_err(|_| "the token is malformed")?;
        let issuer = jwt.issuer.as_deref().unwrap_or_default();
        if token.claimed_issuer() != Some(issuer) {
            return Err("the token does not have a valid issuer");
        }
        let keys = self.neighbours.issuers.keys(issuer).await;
        let keys = keys.ok_or("OIDC discovery endpoint communication error")?;
        let claims = keys.verify(token, &Algorithm::RSA);
        let claims = claims.map_err(|_| "signature is invalid")?;
        // A moment in seconds is far below where doubles lose precision.
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since 1970 fit a double exactly"
        )]
        let now = now.as_secs() as f64;
        let later = |claim: &str| claims.seconds(claim).is_some_and(|at| at > now);
        if !later("exp") {
            return Err("the token has expired");
        }
        if later("nbf") || later("iat") {
            return Err("the token has not become valid yet");
        }
        let mut audience = claims.list("aud");
        // Access tokens of user pools have no audience.
        if audience.is_empty() {
            audience.extend(claims.text("client_id"));
        }
        let meant = |one: &&str| jwt.audience.iter().any(|wanted| wanted == one);
        match jwt.audience.is_empty() || audience.iter().any(meant) {
            true => Ok(claims),
            false => Err("the token does not have a valid audience"),
        }
    }

    /// What the authorizer's function says, or what it has said that is kept.
    async fn recognition(
        &self,
        authorizer: &Authorizer,
        exchange: &Exchange,
    ) -> Result<Arc<Recognition>, Failure> {
        let identity = identity(authorizer, exchange).ok_or_else(Failure::unauthorized)?;
        let event = event(authorizer, exchange, &identity);
        let asked = Asked {
            api_id: exchange.base.api_id.clone(),
            stage: exchange.base.stage.clone(),
            authorizer_id: authorizer.id.clone(),
            identity,
        };
        let ttl = u64::try_from(authorizer.ttl_s.unwrap_or_default()).unwrap_or_default();
        let kept = ttl > 0 && !asked.identity.is_empty();
        let now = self.clock.now();
        if let Some(known) = self.recognitions.find(&asked, now).filter(|_| kept) {
            return Ok(known);
        }
        let answer = self.ask_function(authorizer, exchange, event).await?;
        let broken = || Failure::internal("the authorizer's answer is none");
        let recognition = Recognition::read(&answer, authorizer).ok_or_else(broken)?;
        let recognition = Arc::new(recognition);
        if kept {
            let until = now.saturating_add(Duration::from_secs(ttl));
            self.recognitions.keep(asked, recognition.clone(), until);
        }
        Ok(recognition)
    }

    async fn ask_function(
        &self,
        authorizer: &Authorizer,
        exchange: &Exchange,
        event: bytes::Bytes,
    ) -> Result<bytes::Bytes, Failure> {
        let uri = authorizer.uri.as_deref().unwrap_or_default();
        let arn = function_arn(uri).unwrap_or(uri);
        let request = InvokeRequest {
            function_arn: crate::execute::resolve_stage_variables(arn, &exchange.base),
            payload: event,
            kind: InvocationKind::RequestResponse,
        };
        let base = &exchange.base;
        let caller = match &authorizer.credentials {
            Some(role) => running::session(self, base.account, role)
                .await
                .map_err(Failure::internal)?,
            None => {
                let source_arn = format!(
                    "arn:{}:execute-api:{}:{}:{}/authorizers/{}",
                    base::PARTITION,
                    base.region,
                    base.account,
                    base.api_id,
                    authorizer.id
                );
                running::gateway_itself(base, &source_arn)
                    .ok_or_else(|| Failure::internal("source ARN"))?
            }
        };
        let invoking = self.neighbours.invoker.invoke(caller, request);
        let answered = tokio::time::timeout(TIMEOUT, invoking).await;
        let answered = answered.map_err(|_| Failure::internal("the authorizer took too long"))?;
        let invocation = answered.map_err(|error| Failure::internal(error.to_string()))?;
        match invocation.function_error {
            None => Ok(invocation.payload),
            Some(_) => {
                let thrown: Thrown =
                    serde_json::from_slice(&invocation.payload).unwrap_or_default();
                Err(match thrown.error_message.as_deref() {
                    Some("Unauthorized") => Failure::unauthorized(),
                    message => {
                        let message = message.unwrap_or_default();
                        Failure::internal(format!("the authorizer failed: {message}"))
                    }
                })
            }
        }
    }
}

/// What a function has failed with.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thrown {
    error_message: Option<String>,
}

/// What a bearer is told: RFC 6750.
fn challenge(scopes: &[String], error: &str, why: &str) -> String {
    let scopes = scopes.join(" ");
    format!("Bearer scope=\"{scopes}\" error=\"{error}\" error_description=\"{why}\"")
}

/// All claims as texts: lists as `[a b]`, as the real service writes them; what is null is not
/// there.
fn texts(claims: &Claims) -> BTreeMap<String, String> {
    fn text(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(text).collect();
                format!("[{}]", items.join(" "))
            }
            value => value.to_string(),
        }
    }
    let claims = claims.iter().filter(|(_, value)| !value.is_null());
    claims
        .map(|(name, value)| (name.to_owned(), text(value)))
        .collect()
}

/// What the function is asked, in its payload format.
fn event(authorizer: &Authorizer, exchange: &Exchange, identity: &[String]) -> bytes::Bytes {
    let route_arn = exchange.request_arn();
    if exchange.occasion.is_some() {
        return websocket::authorizer_event(exchange, &route_arn);
    }
    if authorizer.payload_format.as_deref() == Some("2.0") {
        let question = Question {
            route_arn: &route_arn,
            identity,
        };
        return exchange.request(|request| request.authorizer_event(&question));
    }
    format_1::authorizer_event(exchange, &route_arn, identity)
}

/// A function's answer: simple, or a policy.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    is_authorized: Option<bool>,
    principal_id: Option<String>,
    usage_identifier_key: Option<String>,
    policy_document: Option<Value>,
    #[serde(default)]
    context: Option<Map<String, Value>>,
}

impl Recognition {
    fn read(answer: &[u8], authorizer: &Authorizer) -> Option<Recognition> {
        let answer: Answer = serde_json::from_slice(answer).ok()?;
        let simple = authorizer.simple_responses == Some(true);
        let says = match (simple, answer.is_authorized, answer.policy_document) {
            (true, Some(true), _) => Says::Allowed,
            (true, Some(false), _) => Says::Refused,
            (false, _, Some(document)) => {
                let text = document.to_string();
                let parsed = Policy::parse(&text, policy::Dialect::Authorizer);
                Says::Policy(Arc::new(parsed.ok()?))
            }
            _ => return None,
        };
        Some(Recognition {
            says,
            context: answer.context.unwrap_or_default(),
            principal_id: answer.principal_id,
            usage_key: answer.usage_identifier_key,
        })
    }

    /// As access logs and events in format 1.0 show it.
    fn authorization(&self) -> Authorization {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let context = self.context.iter();
        Authorization {
            principal_id: self.principal_id.clone(),
            context: context
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            ..Authorization::default()
        }
    }

    fn judge(&self, exchange: &Exchange) -> Result<(), Failure> {
        let refused = || Failure::forbidden("the authorizer does not allow it");
        match &self.says {
            Says::Allowed => Ok(()),
            Says::Refused => Err(refused()),
            Says::Policy(policy) => {
                let resource = exchange.request_arn();
                judge(policy, &exchange.base, &resource).map_err(|_| refused())
            }
        }
    }
}
