//! Reports of the identity service for whoever runs the server: why a call was denied, which policy
//! would do.
//!
//! They tell about policies and requests, so only this machine gets them, and no web page.

use crate::connection::Arrival;
use crate::{Origins, Services};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use wire::JsonWriter;

/// What all of their paths start with.
pub(crate) const PREFIX: &str = "/_fogbank/iam/";

/// Which report is asked for.
pub(crate) enum Asked {
    Report {
        path: String,
        query: String,
    },
    /// From elsewhere than this machine, or by a web page.
    ByStrangers,
    /// With another method than GET.
    Otherwise,
}

impl Asked {
    pub(crate) fn of(arrival: &Arrival<'_>) -> Asked {
        let head = &arrival.head;
        let local = arrival.connection.peer.ip().to_canonical().is_loopback();
        if !local || Origins::default().check(&head.headers).is_err() {
            return Asked::ByStrangers;
        }
        if head.method != Method::GET {
            return Asked::Otherwise;
        }
        let path = head.uri.path();
        Asked::Report {
            path: path.strip_prefix(PREFIX).unwrap_or_default().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
        }
    }
}

pub(crate) async fn answer(services: &Services, asked: Asked) -> Response<Bytes> {
    let (path, query) = match asked {
        Asked::Report { path, query } => (path, query),
        Asked::ByStrangers => {
            return refusal(StatusCode::FORBIDDEN, "Reports are for this machine only.");
        }
        Asked::Otherwise => return refusal(StatusCode::METHOD_NOT_ALLOWED, "Only GET."),
    };
    let Some(reports) = &services.reports else {
        return refusal(StatusCode::NOT_FOUND, "There are no reports here.");
    };
    match reports.report(&path, &query).await {
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
