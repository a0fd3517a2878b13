//! Reports for whoever runs the server: what became of requests, and, by the identity service, why
//! a call was denied and which policy would do.
//!
//! They tell about policies and requests, so only this machine gets them: no function, no web page,
//! and nobody for whom a proxy on this machine asks.

use crate::admission::Entrance;
use crate::connection::Arrival;
use crate::{Front, Origins, identify, origin};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use wire::JsonWriter;

/// What the paths of the identity service's reports start with.
const IAM: &str = "/_fogbank/iam/";
/// What the paths of traces start with.
const TRACES: &str = "/_fogbank/traces";

/// What proxies say of those for whom they ask.
const PASSED_ON: [&str; 5] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];

/// Whose reports are asked for.
#[derive(Clone, Copy)]
pub(crate) enum By {
    Iam,
    Front,
}

/// Takes the path of a report apart: who gives it, and which it is.
fn report(path: &str) -> Option<(By, &str)> {
    if let Some(rest) = path.strip_prefix(IAM) {
        return Some((By::Iam, rest));
    }
    let rest = path.strip_prefix(TRACES)?;
    match rest.strip_prefix('/') {
        Some(id) => Some((By::Front, id)),
        None => rest.is_empty().then_some((By::Front, "")),
    }
}

/// Whether a path is that of a report.
pub(crate) fn is_report(path: &str) -> bool {
    report(path).is_some()
}

/// Which report is asked for.
pub(crate) enum Asked {
    Report {
        by: By,
        path: String,
        query: String,
    },
    /// From elsewhere than this machine, by a function or a web page, or through a proxy.
    ByStrangers,
    /// With another method than GET.
    Otherwise,
}

impl Asked {
    pub(crate) fn of(arrival: &Arrival<'_>) -> Asked {
        let head = &arrival.head;
        let connection = arrival.connection;
        let local = connection.entrance == Entrance::Clients
            && connection.peer.ip().to_canonical().is_loopback()
            && origin::is_trustworthy(identify::host(head).unwrap_or_default());
        let passed_on = PASSED_ON
            .iter()
            .any(|name| head.headers.contains_key(*name));
        if !local || passed_on || Origins::default().check(&head.headers).is_err() {
            return Asked::ByStrangers;
        }
        if head.method != Method::GET {
            return Asked::Otherwise;
        }
        let (by, path) = report(head.uri.path()).unwrap_or((By::Front, ""));
        Asked::Report {
            by,
            path: path.to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
        }
    }
}

pub(crate) async fn answer(front: &Front, asked: Asked) -> Response<Bytes> {
    let (by, path, query) = match asked {
        Asked::Report { by, path, query } => (by, path, query),
        Asked::ByStrangers => {
            return refusal(StatusCode::FORBIDDEN, "Reports are for this machine only.");
        }
        Asked::Otherwise => return refusal(StatusCode::METHOD_NOT_ALLOWED, "Only GET."),
    };
    let report = match (by, &front.services.reports) {
        (By::Front, _) => Ok(front.traces.report(&path, &query)),
        (By::Iam, Some(reports)) => reports.report(&path, &query).await,
        (By::Iam, None) => Ok(None),
    };
    match report {
        Ok(Some(json)) => response(StatusCode::OK, Bytes::from(json)),
        Ok(None) => refusal(StatusCode::NOT_FOUND, "There is no such report."),
        Err(fault) => refusal(StatusCode::INTERNAL_SERVER_ERROR, fault.message()),
    }
}

fn refusal(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut out = JsonWriter::new();
    out.object(|out| {
        out.key("message");
        out.string(message);
    });
    response(status, out.finish())
}

fn response(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
