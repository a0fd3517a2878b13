//! What the tests of operations and of the data plane share: a gateway over a store in memory,
//! with neighbours that do as they are told.

use crate::execute::{Request, Response, Signature};
use crate::{Gateway, Neighbours, operations};
use base::{AccountId, Arn, Clock, Entropy, Region, RequestId, Timestamp};
use bytes::Bytes;
use jwt::{Issuers, KeySources};
use kv::Store;
use parking_lot::Mutex;
use service::{
    AssumeError, Authorizer, BoxFuture, Caller, Calls, Denial, HttpAnswer, HttpClient, HttpError,
    HttpOpening, HttpRequest, Invocation, InvocationStream, InvokeError, InvokeRequest, Invoker,
    LogLine, LogSink, LogSinkError, NotHere, Operate, Principal, Requirement, RoleSession,
    RoleSessions, ServiceRequest, ServiceSession, SessionCredentials, Source, Verdict, perform,
};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use wire::apigateway as shapes;
use wire::{ByteStream, Fault};

/// A gateway and its neighbours.
pub struct World {
    pub gateway: Gateway,
    pub neighbours: Arc<Neighbourhood>,
    pub caller: Caller,
}

type Answer = Box<dyn Fn(&Caller, &InvokeRequest) -> Result<Invocation, InvokeError> + Send>;

/// Plays Lambda and IAM.
pub struct Neighbourhood {
    /// What functions answer.
    answer: Mutex<Answer>,
    /// How long a function takes.
    delay: Mutex<Duration>,
    pub invocations: Mutex<Vec<(Caller, InvokeRequest)>>,
    /// Actions that are denied.
    pub denied: Mutex<Vec<&'static str>>,
    pub asked: Mutex<Vec<Requirement>>,
    pub assumed: Mutex<Vec<String>>,
    /// Requests to HTTP endpoints, and what these answer.
    pub sent: Mutex<Vec<HttpRequest>>,
    pub endpoint: Mutex<Result<HttpAnswer, HttpError>>,
    /// Calls of other services, and what these answer.
    pub called: Mutex<Vec<(Caller, ServiceRequest)>>,
    pub service: Mutex<Result<HttpAnswer, NotHere>>,
    /// Lines by log group and stream.
    pub logged: Mutex<Vec<(String, String, String)>>,
}

impl World {
    pub fn new() -> World {
        let neighbours = Arc::new(Neighbourhood {
            answer: Mutex::new(Box::new(|_, request| Ok(invocation(&request.payload)))),
            delay: Mutex::default(),
            invocations: Mutex::default(),
            denied: Mutex::default(),
            asked: Mutex::default(),
            assumed: Mutex::default(),
            sent: Mutex::default(),
            endpoint: Mutex::new(Ok(HttpAnswer::default())),
            called: Mutex::default(),
            service: Mutex::new(Ok(HttpAnswer::default())),
            logged: Mutex::default(),
        });
        let clock = Clock::manual(Timestamp::from_millis(1_795_350_247_123));
        let issuers = Issuers::new(KeySources::new(), neighbours.clone(), clock.clone());
        let gateway = Gateway::new(
            Store::in_memory(),
            clock,
            Entropy::seeded(7),
            Neighbours {
                invoker: neighbours.clone(),
                roles: neighbours.clone(),
                authorizer: neighbours.clone(),
                http: neighbours.clone(),
                calls: neighbours.clone(),
                logs: neighbours.clone(),
                issuers: Arc::new(issuers),
            },
        );
        World {
            gateway,
            neighbours,
            caller: user("test"),
        }
    }

    /// Runs an operation as the test user.
    pub async fn call<I: Operate<Gateway>>(&self, input: I) -> Result<I::Output, Fault> {
        perform(
            &self.gateway,
            self.neighbours.as_ref(),
            self.caller.clone(),
            input,
        )
        .await
    }

    /// Sets what functions answer.
    pub fn functions(
        &self,
        answer: impl Fn(&Caller, &InvokeRequest) -> Result<Invocation, InvokeError> + Send + 'static,
    ) {
        *self.neighbours.answer.lock() = Box::new(answer);
    }

    /// Makes functions take their time.
    pub fn slow_down(&self, delay: Duration) {
        *self.neighbours.delay.lock() = delay;
    }

    /// The payloads of all invocations.
    pub fn payloads(&self) -> Vec<String> {
        let text = |(_, request): &(Caller, InvokeRequest)| {
            String::from_utf8(request.payload.to_vec()).unwrap()
        };
        self.neighbours
            .invocations
            .lock()
            .iter()
            .map(text)
            .collect()
    }
}

/// A user of account 111111111111 in us-east-1.
pub fn user(name: &str) -> Caller {
    let account: AccountId = "111111111111".parse().unwrap();
    Caller {
        account,
        region: Region::default_region(),
        principal: Principal::User {
            arn: Arn::global("iam", account, &format!("user/{name}")),
            id: "AIDAUSER".into(),
            name: name.into(),
            access_key_id: "AKIATEST".into(),
            session: false,
        },
        request_id: RequestId::uuid(&Entropy::seeded(3)),
        time: Timestamp::from_millis(0),
        source: Source::default(),
    }
}

/// A function's successful answer.
pub fn invocation(payload: &[u8]) -> Invocation {
    Invocation {
        payload: Bytes::copy_from_slice(payload),
        function_error: None,
        executed_version: "$LATEST".into(),
    }
}

/// A request to an API: `GET /stage/path?query`.
pub fn request(api_id: &str, line: &str) -> Request {
    let (http_method, target) = line.split_once(' ').unwrap();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    Request {
        api_id: api_id.into(),
        host: format!("{api_id}.execute-api.localhost:4566"),
        path: path.into(),
        query,
        http_method: http_method.into(),
        protocol: "HTTP/1.1",
        headers: vec![("User-Agent".into(), "tests".into())],
        body: Bytes::new(),
        source_ip: Some([127, 0, 0, 1].into()),
        secure: false,
        mapped: None,
        signature: Signature::Absent,
    }
}

impl Response {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(sent, _)| sent.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl Invoker for Neighbourhood {
    fn invoke<'a>(
        &'a self,
        caller: Caller,
        request: InvokeRequest,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
        Box::pin(async move {
            let delay = *self.delay.lock();
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            let answer = (self.answer.lock())(&caller, &request);
            self.invocations.lock().push((caller, request));
            answer
        })
    }

    fn invoke_streaming<'a>(
        &'a self,
        caller: Caller,
        request: InvokeRequest,
    ) -> BoxFuture<'a, Result<InvocationStream, InvokeError>> {
        Box::pin(async move {
            let invocation = self.invoke(caller, request).await?;
            let broken = io::Error::from(io::ErrorKind::BrokenPipe);
            let parts = match invocation.function_error {
                None => pieces(&invocation.payload),
                Some(_) => ByteStream::new(futures_util::stream::iter([Err(broken)])),
            };
            Ok(InvocationStream {
                parts,
                executed_version: invocation.executed_version,
            })
        })
    }
}

/// A stream of the bytes in pieces of three.
fn pieces(bytes: &Bytes) -> ByteStream {
    let pieces = bytes.chunks(3).map(Bytes::copy_from_slice).map(Ok);
    ByteStream::new(futures_util::stream::iter(pieces.collect::<Vec<_>>()))
}

impl HttpClient for Neighbourhood {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpAnswer, HttpError>> {
        Box::pin(async move {
            let delay = *self.delay.lock();
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            self.sent.lock().push(request);
            self.endpoint.lock().clone()
        })
    }

    fn open(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpOpening, HttpError>> {
        Box::pin(async move {
            let answer = self.send(request).await?;
            Ok(HttpOpening {
                status: answer.status,
                headers: answer.headers,
                body: pieces(&answer.body),
            })
        })
    }
}

impl Calls for Neighbourhood {
    fn call<'a>(
        &'a self,
        caller: Caller,
        request: ServiceRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, NotHere>> {
        Box::pin(async move {
            self.called.lock().push((caller, request));
            self.service.lock().clone()
        })
    }
}

impl LogSink for Neighbourhood {
    fn append<'a>(
        &'a self,
        _: &'a Caller,
        group: &'a str,
        stream: &'a str,
        lines: Vec<LogLine>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        Box::pin(async move {
            let lines = lines.into_iter();
            let lines = lines.map(|line| (group.to_owned(), stream.to_owned(), line.message));
            self.logged.lock().extend(lines);
            Ok(())
        })
    }
}

impl Authorizer for Neighbourhood {
    fn decide<'a>(
        &'a self,
        caller: &'a Caller,
        requirement: &'a Requirement,
    ) -> BoxFuture<'a, Result<Verdict, Fault>> {
        Box::pin(async move {
            self.asked.lock().push(requirement.clone());
            if self
                .denied
                .lock()
                .iter()
                .any(|action| requirement.action == *action)
            {
                let message = format!(
                    "User: {} is not authorized to perform: {} on resource: {}",
                    caller.arn(),
                    requirement.action,
                    requirement.resource
                );
                return Ok(Verdict::Denied(Denial { message }));
            }
            Ok(Verdict::Allowed)
        })
    }
}

impl RoleSessions for Neighbourhood {
    fn assume<'a>(
        &'a self,
        role_arn: &'a str,
        asked: ServiceSession<'a>,
    ) -> BoxFuture<'a, Result<(SessionCredentials, Caller), AssumeError>> {
        Box::pin(async move {
            self.may_assume(role_arn, asked.service).await?;
            self.assumed.lock().push(role_arn.to_owned());
            let credentials = SessionCredentials {
                access_key_id: "ASIAROLE".into(),
                secret_access_key: base::Secret::new("s"),
                session_token: base::Secret::new("t"),
                expires_at: Timestamp::from_millis(1_795_350_247_123 + 3_600_000),
            };
            let session = RoleSession {
                role_arn: role_arn.parse().unwrap(),
                role_id: "AROAROLE".into(),
                session_name: asked.name.into(),
                access_key_id: "ASIAROLE".into(),
                session_policies: Vec::new(),
                tags: Vec::new(),
                transitive_tag_keys: Vec::new(),
                source_identity: None,
                issued_at: Timestamp::from_millis(0),
                facts: Vec::new(),
            };
            let caller = Caller {
                principal: Principal::Role(Arc::new(session)),
                ..user("role")
            };
            Ok((credentials, caller))
        })
    }

    fn may_assume<'a>(
        &'a self,
        role_arn: &'a str,
        service: &'static str,
    ) -> BoxFuture<'a, Result<(), AssumeError>> {
        Box::pin(async move {
            match role_arn.contains("untrusting") {
                true => Err(AssumeError::NotTrusted(service)),
                false => Ok(()),
            }
        })
    }
}

/// An API under construction: each step is the real operation.
pub struct Draft<'w> {
    world: &'w World,
    pub id: String,
    pub root_id: String,
}

/// The target of a Lambda integration.
pub const FUNCTION_URI: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
     arn:aws:lambda:us-east-1:111111111111:function:fn/invocations";

impl World {
    /// A new API with nothing in it.
    pub async fn draft(&self) -> Draft<'_> {
        let input = shapes::CreateRestApiInput {
            name: "test".into(),
            ..Default::default()
        };
        let api = self.call(input).await.unwrap();
        Draft {
            world: self,
            id: api.id.unwrap(),
            root_id: api.root_resource_id.unwrap(),
        }
    }
}

impl<'w> Draft<'w> {
    /// An API that exists.
    pub fn of(world: &'w World, id: String, root_id: String) -> Draft<'w> {
        Draft { world, id, root_id }
    }

    /// Adds a resource and answers its id.
    pub async fn resource(&self, parent_id: &str, path_part: &str) -> String {
        let input = shapes::CreateResourceInput {
            rest_api_id: self.id.clone(),
            parent_id: parent_id.into(),
            path_part: path_part.into(),
        };
        self.world.call(input).await.unwrap().id.unwrap()
    }

    /// Adds a method without authorisation; `change` may say otherwise.
    pub async fn method(
        &self,
        resource_id: &str,
        verb: &str,
        change: impl FnOnce(&mut shapes::PutMethodInput),
    ) {
        let mut input = shapes::PutMethodInput {
            rest_api_id: self.id.clone(),
            resource_id: resource_id.into(),
            http_method: verb.into(),
            authorization_type: "NONE".into(),
            ..Default::default()
        };
        change(&mut input);
        self.world.call(input).await.unwrap();
    }

    /// Adds an integration of a type; MOCK ones answer 200.
    pub async fn integration(
        &self,
        resource_id: &str,
        verb: &str,
        kind: shapes::IntegrationType,
        change: impl FnOnce(&mut shapes::PutIntegrationInput),
    ) {
        let mut input = shapes::PutIntegrationInput {
            rest_api_id: self.id.clone(),
            resource_id: resource_id.into(),
            http_method: verb.into(),
            r#type: kind,
            ..Default::default()
        };
        if kind == shapes::IntegrationType::Mock {
            input.request_templates = texts(&[("application/json", r#"{"statusCode": 200}"#)]);
        } else {
            input.integration_http_method = Some("POST".into());
            input.uri = Some(FUNCTION_URI.into());
        }
        change(&mut input);
        self.world.call(input).await.unwrap();
    }

    /// Adds a method response and an integration response of the same status.
    pub async fn response(
        &self,
        resource_id: &str,
        verb: &str,
        status: &str,
        change: impl FnOnce(&mut shapes::PutIntegrationResponseInput),
    ) {
        let mut response = shapes::PutIntegrationResponseInput {
            rest_api_id: self.id.clone(),
            resource_id: resource_id.into(),
            http_method: verb.into(),
            status_code: status.into(),
            ..Default::default()
        };
        change(&mut response);
        let headers = response.response_parameters.iter().flat_map(BTreeMap::keys);
        let declared = shapes::PutMethodResponseInput {
            rest_api_id: self.id.clone(),
            resource_id: resource_id.into(),
            http_method: verb.into(),
            status_code: status.into(),
            response_parameters: Some(headers.map(|name| (name.clone(), false)).collect()),
            ..Default::default()
        };
        self.world.call(declared).await.unwrap();
        self.world.call(response).await.unwrap();
    }

    /// A MOCK method that answers 200 with nothing.
    pub async fn mock(&self, resource_id: &str, verb: &str) {
        self.method(resource_id, verb, |_| ()).await;
        self.integration(resource_id, verb, shapes::IntegrationType::Mock, |_| ())
            .await;
        self.response(resource_id, verb, "200", |_| ()).await;
    }

    /// Deploys to the stage `test`.
    pub async fn deploy(&self) -> String {
        let input = shapes::CreateDeploymentInput {
            rest_api_id: self.id.clone(),
            stage_name: Some("test".into()),
            ..Default::default()
        };
        self.world.call(input).await.unwrap().id.unwrap()
    }

    /// Sends `GET /test/...`.
    pub async fn send(&self, line: &str) -> Response {
        self.world.gateway.execute(request(&self.id, line)).await
    }

    /// Sends a request with a JSON body.
    pub async fn post(&self, line: &str, body: &str) -> Response {
        let mut request = request(&self.id, line);
        request
            .headers
            .push(("Content-Type".into(), "application/json".into()));
        request.body = Bytes::copy_from_slice(body.as_bytes());
        self.world.gateway.execute(request).await
    }
}

/// Templates of an integration response by content type.
pub fn templates(pairs: &[(&str, &str)]) -> Option<wire::NullableTexts> {
    texts(pairs).map(wire::NullableTexts)
}

/// Pairs as an optional map.
pub fn texts(pairs: &[(&str, &str)]) -> Option<BTreeMap<String, String>> {
    Some(
        pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
    )
}

/// Every handler is there once.
#[test]
fn handlers_are_registered() {
    let registry = service::Registry::new(
        &wire::apigateway::SERVICE,
        Arc::new(World::new().gateway),
        operations::handlers(),
    );
    let missing: Vec<&str> = wire::apigateway::SERVICE
        .operations
        .iter()
        .filter(|operation| operation.built && !service::AnyService::is_built(&registry, operation))
        .map(|operation| operation.name)
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
