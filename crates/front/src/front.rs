//! One request, whatever it is: to its answer, its log line and its counters.

use crate::admission::Entrance;
use crate::body::Bodies;
use crate::coding::Coding;
use crate::connection::Arrival;
use crate::content::{Content, Sent};
use crate::endpoints::Endpoint;
use crate::identify::{self, Aim, Asked};
use crate::invoke_url::domain_name;
use crate::limits::DEFAULT_BODY;
use crate::record::Record;
use crate::reply::{self, Looks};
use crate::{
    InvokeUrl, Limits, Metrics, Origins, Services, cors, data_plane, pipeline, reports, traced,
};
use base::{Clock, Entropy};
use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{CONNECTION, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Response, StatusCode, request};
use sigv4::SigningKeys;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use trace::Traces;
use wire::Fault;

/// One per access key, day, region and service in use; each takes less than a kilobyte.
const SIGNING_KEYS: usize = 4096;

/// The front door: everything that all connections share.
pub struct Front {
    pub(crate) services: Services,
    pub(crate) limits: Limits,
    pub(crate) origins: Origins,
    pub(crate) bodies: Bodies,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) metrics: Metrics,
    pub(crate) signing_keys: SigningKeys,
    pub(crate) traces: Arc<Traces>,
}

impl Front {
    pub fn new(
        services: Services,
        limits: Limits,
        origins: Origins,
        clock: Clock,
        entropy: Entropy,
        metrics: Metrics,
    ) -> Front {
        let traces = Traces::new(clock.clone(), entropy.clone(), limits.traces_per_second);
        Front {
            services,
            limits,
            origins,
            bodies: Bodies::new(limits),
            clock,
            entropy,
            metrics,
            signing_keys: SigningKeys::new(SIGNING_KEYS),
            traces: Arc::new(traces),
        }
    }

    /// What became of requests.
    pub fn traces(&self) -> &Arc<Traces> {
        &self.traces
    }

    /// Answers a request, and tells of it.
    pub(crate) async fn respond(&self, arrival: Arrival<'_>) -> Response<Sent> {
        let _ongoing = self.metrics.request();
        if !is_framed_plainly(&arrival.head.headers) {
            self.turn_away(arrival).await;
            let mut refused = reply::gateway_error(StatusCode::BAD_REQUEST, "Bad Request");
            let close = HeaderValue::from_static("close");
            refused.headers_mut().insert(CONNECTION, close);
            return refused.map(|body| Content::from(body).sent());
        }
        let response = match self.aim(&arrival.head).await {
            Aim::Endpoint(Endpoint::Metrics)
                if arrival.connection.entrance == Entrance::Functions =>
            {
                self.nothing(arrival).await.map(Content::from)
            }
            Aim::Endpoint(endpoint) => {
                let admission = arrival.connection.admission;
                self.turn_away(arrival).await;
                endpoint
                    .answer(&self.services, &self.metrics, admission)
                    .map(Content::from)
            }
            Aim::Report => {
                let asked = reports::Asked::of(&arrival);
                self.turn_away(arrival).await;
                reports::answer(self, asked).await.map(Content::from)
            }
            Aim::Invoke(url) => self.invoke(arrival, url).await,
            aim => self.control(arrival, aim).await,
        };
        response.map(Content::sent)
    }

    /// What a request is for. A host that may be a user's own domain name is looked up first, as it
    /// leaves all paths to the user.
    async fn aim(&self, head: &request::Parts) -> Aim {
        if let Some(name) = identify::host(head).and_then(domain_name)
            && self.services.data_plane.serves(&name).await
        {
            return Aim::Invoke(InvokeUrl::of_domain(head.uri.path()));
        }
        identify::by_head(head)
    }

    /// What is not for something that users deployed, with the headers for browsers.
    async fn control(&self, arrival: Arrival<'_>, aim: Aim) -> Response<Content> {
        let reader = cors::reader(&self.origins, &arrival.head.headers);
        let mut response = match aim {
            _ if cors::is_preflight(&arrival.head) => {
                let response = cors::preflight(&arrival.head.headers, reader.as_ref());
                self.turn_away(arrival).await;
                response.map(Content::from)
            }
            Aim::Service(asked) => self.service(arrival, asked).await,
            Aim::Absent(service) => self.absent(arrival, &service).await.map(Content::from),
            Aim::Endpoint(_) | Aim::Report | Aim::Invoke(_) | Aim::Nothing => {
                self.nothing(arrival).await.map(Content::from)
            }
        };
        cors::admit(&mut response, reader);
        response
    }

    async fn service(&self, arrival: Arrival<'_>, asked: Asked) -> Response<Content> {
        let mut record = Record::of_service(asked.service(), &self.entropy);
        let coding = Coding::accepted(&arrival.head.headers);
        let span = traced::of_service(self, &arrival.head.headers, asked.service());
        let run = pipeline::run(self, arrival, asked, &mut record);
        let answer = self.guarded(trace::within(span.clone(), run)).await;
        let answer = answer.unwrap_or_else(|Panicked| Err(Fault::internal()));
        let service = record.service().unwrap_or_else(|| asked.service());
        let reply = answer.unwrap_or_else(|fault| {
            record.refused(fault.code());
            wire::error_reply(service, &fault, &record.request_id)
        });
        let response = reply::response(reply, service, &record.request_id, coding).await;
        if let Some(span) = span {
            traced::end(&span, &record, response.status());
        }
        record.finish(response.status(), &self.metrics);
        response
    }

    async fn invoke(&self, arrival: Arrival<'_>, url: InvokeUrl) -> Response<Content> {
        let mut record = Record::of_other("invoke", &self.entropy);
        let span = traced::of_invocation(self, &arrival.head.headers);
        let name = traced::name(&arrival.head.method, &url);
        let run = data_plane::run(self, arrival, url, &mut record);
        let answer = self.guarded(trace::within(span.clone(), run)).await;
        let response = answer.unwrap_or_else(|Panicked| {
            record.refused("InternalFailure");
            reply::gateway_error(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
                .map(Content::from)
        });
        if let Some(span) = span {
            span.note("status", response.status().as_str());
            span.note("requestId", record.request_id.as_str());
            span.end(name);
        }
        record.finish(response.status(), &self.metrics);
        response
    }

    async fn absent(&self, arrival: Arrival<'_>, service: &str) -> Response<Bytes> {
        let mut record = Record::of_other("absent", &self.entropy);
        record.refused("NotImplemented");
        tracing::warn!(
            service,
            "a request for a service that Fogbank does not have"
        );
        let looks = Looks::of(&arrival.head, service);
        let response = reply::absent(service, looks, &record.request_id);
        self.turn_away(arrival).await;
        record.finish(response.status(), &self.metrics);
        response
    }

    async fn nothing(&self, arrival: Arrival<'_>) -> Response<Bytes> {
        let mut record = Record::of_other("nothing", &self.entropy);
        record.refused("UnknownOperationException");
        self.turn_away(arrival).await;
        let response = reply::nothing();
        record.finish(response.status(), &self.metrics);
        response
    }

    /// Reads a body that nobody needs, so that the connection stays usable. If that fails, the
    /// connection ends after the answer.
    async fn turn_away(&self, arrival: Arrival<'_>) {
        let _ = self.bodies.read(arrival.body, DEFAULT_BODY).await;
        arrival.connection.tap.rearm();
    }

    /// Lets nothing out but an answer: a panic is logged, counted, and told to the caller of
    /// this, who has an answer for it.
    async fn guarded<T>(&self, work: impl Future<Output = T>) -> Result<T, Panicked> {
        // What the work shares with others is behind locks that survive a panic; what it does not
        // share is gone with it.
        let outcome = AssertUnwindSafe(work).catch_unwind().await;
        outcome.map_err(|panic| {
            let text = panic.downcast_ref::<&str>().copied();
            let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            tracing::error!(panic = text, "a request's handler panicked");
            self.metrics.panicked();
            Panicked
        })
    }
}

/// The work ended in a panic.
struct Panicked;

/// Whether the body ends where any reader takes it to end: a coding beside or instead of one
/// `chunked` is read in as many ways as there are proxies.
fn is_framed_plainly(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    codings.next().is_none_or(is_chunked) && codings.next().is_none()
}
