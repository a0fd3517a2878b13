//! Integrations with operations of this stack's services, told by action or by path.

use super::Response;
use super::failure::Failure;
use super::log::Log;
use super::respond::{self, Answer};
use super::running::Running;
use super::transform::{self, Mapped, Reach};
use crate::compiled::ServiceTarget;
use crate::mapping_template::Overrides;
use service::{ServiceRequest, Wanted};

pub async fn run(
    running: &Running<'_>,
    target: &ServiceTarget,
    log: &mut Log,
) -> Result<Response, Failure> {
    transform::check_mapped_headers(running.integration, Reach::Aws)?;
    let exchange = running.exchange;
    let mut overrides = Overrides::default();
    let body = transform::request_payload(running, &mut overrides)?;
    let mapped = Mapped::new(running.integration, exchange)?.overridden(&overrides);
    let wanted = match &target.wanted {
        Wanted::Action(action) => Wanted::Action(action.clone()),
        Wanted::Path(path) => {
            let path = transform::resolve_stage_variables(path, exchange);
            Wanted::Path(transform::fill_path(&path, |name| mapped.path_value(name)))
        }
    };
    let mut headers = mapped.headers.clone();
    if !mapped.sets_header("content-type") {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    let request = ServiceRequest {
        service: target.service.clone(),
        wanted,
        method: target.http_method.clone(),
        query: transform::query_string(&mapped.query),
        headers,
        body,
    };
    log_request(running, &request, log);
    let caller = running.principal().await?;
    let gateway = running.gateway;
    let started = gateway.clock.now();
    let calling = gateway.neighbours.calls.call(caller, request);
    let Ok(result) = tokio::time::timeout(running.integration.timeout, calling).await else {
        return Err(Failure::timeout());
    };
    let latency = gateway.clock.now().since(started).as_millis();
    let answer = result.map_err(|not_here| Failure::not_built(&not_here.to_string()))?;
    running.log_answer(&answer, latency, log);
    let answer = Answer {
        status: Some(answer.status.to_string()),
        headers: answer.headers,
        body: answer.body,
        trace_id: Some(exchange.trace_id.clone()),
    };
    respond::respond(running, answer, overrides, log)
}

fn log_request(running: &Running<'_>, request: &ServiceRequest, log: &mut Log) {
    let (path, action) = match &request.wanted {
        Wanted::Action(action) => ("/", format!("?Action={action}")),
        Wanted::Path(path) => (path.as_str(), String::new()),
    };
    let region = &running.exchange.region;
    let uri = format!(
        "https://{}.{region}.amazonaws.com{path}{action}",
        request.service
    );
    let shown = request
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()));
    running.log_request(&uri, shown, &request.body, log);
}
