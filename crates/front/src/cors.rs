//! What browsers need to let a page read answers: the CORS protocol of the Fetch standard, for the
//! pages that [`Origins`] lets in. All other pages get no such headers, so their browsers keep the
//! answers from them, besides the requests being refused.

use crate::origin::Origins;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue, ORIGIN, VARY,
};
use http::{HeaderMap, Method, Response, StatusCode, request};

const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

const METHODS: HeaderValue = HeaderValue::from_static("DELETE, GET, HEAD, PATCH, POST, PUT");
/// What clients of AWS read of an answer's head.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Date, x-amz-crc32, x-amzn-ErrorMessage, x-amzn-ErrorType, x-amzn-RequestId, \
     x-amz-executed-version, x-amz-function-error, x-amz-log-result",
);
/// Two days, as AWS's services answer.
const MAX_AGE: HeaderValue = HeaderValue::from_static("172800");

/// The origin of the page for which a request is made, if that page may read the answer.
pub(crate) fn reader(origins: &Origins, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    origins.allow(origin).then(|| origin.clone())
}

/// Whether a browser asks if it may send another request.
pub(crate) fn is_preflight(head: &request::Parts) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(ORIGIN)
        && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight: any method with any header for `reader`, nothing for other pages.
pub(crate) fn preflight(headers: &HeaderMap, reader: Option<&HeaderValue>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    if reader.is_none() {
        *response.status_mut() = StatusCode::FORBIDDEN;
        return response;
    }
    let answered = response.headers_mut();
    answered.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    answered.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answered.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    if headers.contains_key(REQUEST_PRIVATE_NETWORK) {
        answered.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    response
}

/// Lets the page read the answer.
pub(crate) fn admit<T>(response: &mut Response<T>, reader: Option<HeaderValue>) {
    if let Some(origin) = reader {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
}
