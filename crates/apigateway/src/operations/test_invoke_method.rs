//! TestInvokeMethod: executes a method of the draft, without authorisation of the request, and
//! shows the execution log.

use super::{require, scope};
use crate::compiled::{Api, Method};
use crate::error::{Error, Missing};
use crate::exchange::{Exchange, Identity, parse_query};
use crate::execute::{self, Log, new_trace_id, shown};
use crate::keys::{Scope, State};
use crate::record::{Definition, HttpMethod};
use crate::router::Router;
use crate::{Gateway, execute::Response};
use base::{RequestId, Timestamp};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use wire::apigateway::{TestInvokeMethodInput, TestInvokeMethodOutput};

/// The stage that a test claims to run on.
const STAGE: &str = "test-invoke-stage";
/// How long a test waits for a stream.
const STREAM_LIMIT: Duration = Duration::from_secs(35);

impl Operate<Gateway> for TestInvokeMethodInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let path = [resource.as_slice(), &["methods", &self.http_method]].concat();
        Ok(require(caller, "POST", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<TestInvokeMethodOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_resource(&view, &self.resource_id).await?;
        let definition = scope.load_definition(&view, State::Draft).await?;
        let definition = definition.ok_or(Missing::Resource)?;
        let method = Method::new(method(&self, &definition)?, &definition);
        let api = Api::new(&definition, &scope);
        let started = gateway.clock.now();
        let mut exchange = exchange(
            gateway,
            &scope,
            &self,
            &definition,
            permit.caller(),
            started,
        );
        let streams = method.integration.as_ref().is_some_and(|it| it.streams);
        // Streams have no execution log here.
        let mut log = match streams {
            true => Log::off(),
            false => Log::on(started),
        };
        log_start(&exchange, &self, &definition, &mut log);
        let caller = Some(permit.caller().clone());
        let until = Instant::now() + STREAM_LIMIT;
        let running = gateway.run_method(&api, &method, &exchange, caller, &mut log);
        let outcome = match streams {
            false => Some(running.await),
            true => timeout_at(until, running).await.ok(),
        };
        let response = match outcome {
            Some(Ok(response)) => execute::collected(response, until).await,
            Some(Err(failure)) => execute::failed(failure, &mut exchange, &api, &mut log),
            None => Response::default(),
        };
        let latency = gateway.clock.now().since(started).as_millis();
        Ok(output(
            response,
            &exchange,
            log,
            i64::try_from(latency).unwrap_or(i64::MAX),
        ))
    }
}

/// The resource's method for the verb, else the one for all.
fn method<'a>(
    input: &TestInvokeMethodInput,
    definition: &'a Definition,
) -> Result<&'a crate::record::Method, Error> {
    let verb: HttpMethod = input.http_method.parse().map_err(|_| Missing::Method)?;
    let of = |verb| definition.methods.get(&(input.resource_id.clone(), verb));
    Ok(of(verb)
        .or_else(|| of(HttpMethod::Any))
        .ok_or(Missing::Method)?)
}

fn exchange(
    gateway: &Gateway,
    scope: &Scope,
    input: &TestInvokeMethodInput,
    definition: &Definition,
    caller: &Caller,
    time: Timestamp,
) -> Exchange {
    let resource_path = definition.path(&input.resource_id);
    let given = input
        .path_with_query_string
        .as_deref()
        .filter(|path| !path.is_empty());
    let (path, query) = given.map_or((resource_path.as_str(), ""), |given| {
        given.split_once('?').unwrap_or((given, ""))
    });
    let http_method = match input.http_method.as_str() {
        "ANY" => "GET",
        verb => verb,
    };
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
        time,
        http_method: http_method.to_owned(),
        protocol: "HTTP/1.1",
        full_path: path.to_owned(),
        path: path.to_owned(),
        query: parse_query(query),
        headers: headers(input),
        body: input.body.clone().unwrap_or_default().into(),
        resource_id: input.resource_id.clone(),
        path_parameters: path_parameters(&resource_path, path),
        resource_path,
        stage_variables: input.stage_variables.clone().unwrap_or_default(),
        identity: Identity {
            source_ip: "test-invoke-source-ip".to_owned(),
            user_agent: caller.source.user_agent.clone(),
            account_id: Some(caller.account.to_string()),
            access_key: caller.access_key_id().map(str::to_owned),
            user_arn: Some(caller.arn()),
            api_key: Some("test-invoke-api-key".to_owned()),
            ..Identity::default()
        },
        authorization: None,
        usage_key: None,
        error: None,
        outcome: None,
        integration: None,
        client_certificate: input.client_certificate_id.clone(),
        base_path: None,
        more_context: Vec::new(),
    }
}

/// What the given path says for the variables of the resource's, if it matches it.
fn path_parameters(resource_path: &str, path: &str) -> Vec<(String, String)> {
    let router = Router::new([(resource_path, ())]);
    let found = router
        .find(path)
        .map(|found| found.parameters)
        .unwrap_or_default();
    found
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn headers(input: &TestInvokeMethodInput) -> Vec<(String, String)> {
    let multi = input.multi_value_headers.iter().flatten();
    let multi = multi.flat_map(|(name, values)| {
        values
            .iter()
            .map(move |value| (name.clone(), value.clone()))
    });
    let single = input
        .headers
        .iter()
        .flatten()
        .map(|(n, v)| (n.clone(), v.clone()));
    single.chain(multi).collect()
}

fn log_start(
    exchange: &Exchange,
    input: &TestInvokeMethodInput,
    definition: &Definition,
    log: &mut Log,
) {
    let pairs = |pairs: &[(String, String)]| {
        shown(
            pairs
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        )
    };
    log.line(|| format!("Starting execution for request: {}", exchange.request_id));
    log.line(|| {
        let path = if exchange.path.is_empty() {
            definition.path(&input.resource_id)
        } else {
            exchange.path.clone()
        };
        format!(
            "HTTP Method: {}, Resource Path: {path}",
            exchange.http_method
        )
    });
    log.line(|| format!("Method request path: {}", pairs(&exchange.path_parameters)));
    log.line(|| format!("Method request query string: {}", pairs(&exchange.query)));
    log.line(|| format!("Method request headers: {}", pairs(&exchange.headers)));
    log.line(|| {
        format!(
            "Method request body before transformations: {}",
            exchange.body_text()
        )
    });
}

fn output(
    response: Response,
    exchange: &Exchange,
    log: Log,
    latency: i64,
) -> TestInvokeMethodOutput {
    let mut headers = BTreeMap::new();
    let mut multi: BTreeMap<String, Vec<String>> = BTreeMap::new();
    // A gateway response's content type is not shown, as recorded.
    let shown = response
        .headers
        .into_iter()
        .filter(|(name, _)| exchange.error.is_none() || !name.eq_ignore_ascii_case("content-type"));
    for (name, value) in shown {
        headers.insert(name.clone(), value.clone());
        multi.entry(name).or_default().push(value);
    }
    TestInvokeMethodOutput {
        status: Some(i32::from(response.status)),
        body: Some(String::from_utf8_lossy(&response.body).into_owned()),
        headers: Some(headers),
        multi_value_headers: Some(multi),
        log: log
            .is_on()
            .then(|| log.finish(exchange.request_id.as_str())),
        latency: Some(latency),
    }
}
