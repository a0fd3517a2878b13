//! Calls from inside to operations of services, in the form they have over HTTP.
//!
//! The way of a request without its beginning: whoever calls here has been authenticated, and is
//! authorised as everybody is.

use base::{Entropy, RequestId};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use service::{AnyService, Authorizer, BoxFuture, Caller, HttpAnswer, NotHere, ServiceRequest};
use service::{Wanted, authorise};
use std::sync::Arc;
use wire::{
    Fault, Identified, Protocol, Rejection, Reply, RequestParts, SERVICES, ServiceInfo,
    identify_json, identify_query, identify_rest,
};

/// The services that can be called from inside.
pub struct Calls {
    authorizer: Arc<dyn Authorizer>,
    entropy: Entropy,
    table: Vec<Arc<dyn AnyService>>,
}

impl Calls {
    pub fn new(
        authorizer: Arc<dyn Authorizer>,
        entropy: Entropy,
        table: Vec<Arc<dyn AnyService>>,
    ) -> Calls {
        Calls {
            authorizer,
            entropy,
            table,
        }
    }

    async fn answer(
        &self,
        mut caller: Caller,
        request: ServiceRequest,
    ) -> Result<HttpAnswer, NotHere> {
        let found = identify(&request)?;
        let Identified { service, operation } = found;
        let built = self.table.iter().find(|s| std::ptr::eq(s.info(), service));
        let built = built.filter(|service| service.is_built(operation));
        let built = built.ok_or_else(|| NotHere::Operation {
            service: service.name.to_owned(),
            operation: operation.name.to_owned(),
        })?;
        caller.request_id = RequestId::uuid(&self.entropy);
        let request_id = caller.request_id.clone();
        let outcome = self.operate(&**built, found, caller, &request).await;
        let reply = outcome.unwrap_or_else(|fault| wire::error_reply(service, &fault, &request_id));
        Ok(answer(reply, &request_id))
    }

    async fn operate(
        &self,
        built: &dyn AnyService,
        found: Identified,
        caller: Caller,
        request: &ServiceRequest,
    ) -> Result<Reply, Fault> {
        let Identified { service, operation } = found;
        let headers = headers(&request.headers);
        let body = input(service.protocol, request);
        let parts = RequestParts {
            method: &request.method,
            path: path(request),
            query: &request.query,
            headers: &headers,
            body: &body,
        };
        let node = parts
            .node(service, operation)
            .map_err(|malformed| Rejection::Malformed(malformed).fault(service))?;
        let prepared = built.prepare(operation, node).ok_or_else(Fault::internal)?;
        let call = prepared.map_err(|rejection| rejection.fault(service))?;
        let requirements = call.requirements(&caller).await?;
        let permit = authorise(&*self.authorizer, caller, &requirements).await?;
        call.operate(permit).await
    }
}

impl service::Calls for Calls {
    fn call<'a>(
        &'a self,
        caller: Caller,
        request: ServiceRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, NotHere>> {
        Box::pin(self.answer(caller, request))
    }
}

/// The operation that is wanted, in whichever way it is said.
fn identify(request: &ServiceRequest) -> Result<Identified, NotHere> {
    let of_name = |service: &&'static ServiceInfo| {
        service.name == request.service || service.signing_name == request.service
    };
    let services: Vec<&'static ServiceInfo> = SERVICES.iter().copied().filter(of_name).collect();
    if services.is_empty() {
        return Err(NotHere::Service(request.service.clone()));
    }
    let found = match &request.wanted {
        Wanted::Action(name) => services.iter().find_map(|service| {
            let operation = service.operation(name)?;
            Some(Identified { service, operation })
        }),
        Wanted::Path(path) => identify_path(&services, request, path),
    };
    found.ok_or_else(|| NotHere::Operation {
        service: request.service.clone(),
        operation: match &request.wanted {
            Wanted::Action(name) => name.clone(),
            Wanted::Path(path) => format!("{} {path}", request.method),
        },
    })
}

fn identify_path(
    services: &[&'static ServiceInfo],
    request: &ServiceRequest,
    path: &str,
) -> Option<Identified> {
    let target = request
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("x-amz-target"));
    if let Some((_, target)) = target {
        return identify_json(services, target).ok();
    }
    identify_query(services, None, form(request).as_ref())
        .or_else(|_| identify_rest(services, None, &request.method, path, &request.query))
        .ok()
}

fn path(request: &ServiceRequest) -> &str {
    match &request.wanted {
        Wanted::Action(_) => "/",
        Wanted::Path(path) => path,
    }
}

/// A form is the query string with the body behind it, as services take both.
fn form(request: &ServiceRequest) -> Bytes {
    if request.query.is_empty() {
        return request.body.clone();
    }
    let mut form = request.query.clone().into_bytes();
    if !request.body.is_empty() {
        form.push(b'&');
        form.extend_from_slice(&request.body);
    }
    form.into()
}

fn input(protocol: Protocol, request: &ServiceRequest) -> Bytes {
    match protocol {
        Protocol::Query { .. } => form(request),
        Protocol::Json { .. } | Protocol::Rest => request.body.clone(),
    }
}

fn headers(pairs: &[(String, String)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    headers
}

fn answer(reply: Reply, request_id: &RequestId) -> HttpAnswer {
    let mut headers = vec![("x-amzn-requestid".to_owned(), request_id.to_string())];
    if let Some(content_type) = reply.body.content_type {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    let own = reply.headers.into_iter();
    headers.extend(own.map(|(name, value)| (name.to_ascii_lowercase(), value)));
    HttpAnswer {
        status: reply.status,
        headers,
        body: reply.body.bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(service: &str, wanted: Wanted, headers: &[(&str, &str)], query: &str, want: &str) {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let request = ServiceRequest {
            service: service.into(),
            wanted,
            method: "POST".into(),
            query: query.into(),
            headers: headers.iter().map(pair).collect(),
            body: Bytes::new(),
        };
        let found = match identify(&request) {
            Ok(found) => format!("{}:{}", found.service.name, found.operation.name),
            Err(not_here) => not_here.to_string(),
        };
        assert_eq!(found, want);
    }

    #[test]
    fn wanted() {
        let action = |name: &str| Wanted::Action(name.into());
        let path = |path: &str| Wanted::Path(path.into());
        check("dynamodb", action("PutItem"), &[], "", "dynamodb:PutItem");
        check("logs", action("PutLogEvents"), &[], "", "logs:PutLogEvents");
        check("sts", action("AssumeRole"), &[], "", "sts:AssumeRole");
        let target = [("X-Amz-Target", "DynamoDB_20120810.GetItem")];
        check("dynamodb", path("/"), &target, "", "dynamodb:GetItem");
        check(
            "iam",
            path("/"),
            &[],
            "Action=GetUser&Version=2010-05-08",
            "iam:GetUser",
        );
        let functions = path("/2015-03-31/functions");
        check("lambda", functions, &[], "", "lambda:CreateFunction");
        check("s3", path("/bucket"), &[], "", "the service s3");
        check(
            "dynamodb",
            action("Nothing"),
            &[],
            "",
            "the operation Nothing of dynamodb",
        );
        check(
            "dynamodb",
            path("/x"),
            &[],
            "",
            "the operation POST /x of dynamodb",
        );
    }
}
