//! From a protocol's reply to an HTTP response, with what every answer of AWS has.

use crate::coding::Coding;
use crate::content::Content;
use base::RequestId;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, SERVER};
use http::{Response, StatusCode, request};
use wire::{JsonWriter, Protocol, Reply, ServiceInfo, XmlWriter};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// DynamoDB and its streams: their answers carry a checksum, their request ids are longer.
pub(crate) fn is_dynamodb(service: &ServiceInfo) -> bool {
    service.signing_name == "dynamodb"
}

/// Whether bodies may be compressed, in either direction.
pub(crate) fn is_coded(service: &ServiceInfo) -> bool {
    matches!(service.protocol, Protocol::Json { .. })
}

/// The answer, compressed by `coding` where that may be and is worthwhile.
pub(crate) async fn response(
    reply: Reply,
    service: &ServiceInfo,
    request_id: &RequestId,
    coding: Option<Coding>,
) -> Response<Content> {
    let coding = coding.filter(|_| is_coded(service));
    let (body, coding) = coded(reply.body.bytes, coding).await;
    // Of the body as it is sent: see "Response checksum validation" of the SDKs.
    let crc32 = is_dynamodb(service).then(|| crc32fast::hash(&body));
    let content = match reply.body.stream {
        Some(stream) => Content::Stream(stream),
        None => Content::Whole(body),
    };
    let mut response = Response::new(content);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Some(content_type) = reply.body.content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, coding.name());
    }
    if let Ok(id) = HeaderValue::from_str(request_id.as_str()) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(crc32) = crc32 {
        headers.insert(CRC32, HeaderValue::from(crc32));
        headers.insert(SERVER, HeaderValue::from_static("Server"));
    }
    for (name, value) in reply.headers {
        match (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            (Ok(name), Ok(value)) => drop(headers.append(name, value)),
            _ => tracing::warn!(header = name, "a reply's header cannot be written"),
        }
    }
    response
}

/// Compresses a body, a long one on another thread. Answers the coding if it was applied.
async fn coded(body: Bytes, coding: Option<Coding>) -> (Bytes, Option<Coding>) {
    const LONG_BYTES: usize = 32 * 1024;
    let Some(coding) = coding else {
        return (body, None);
    };
    let encoded = if body.len() > LONG_BYTES {
        let plain = body.clone();
        let encoding = tokio::task::spawn_blocking(move || coding.encode(&plain));
        encoding.await.unwrap_or_default()
    } else {
        coding.encode(&body)
    };
    match encoded {
        Some(encoded) => (encoded, Some(coding)),
        None => (body, None),
    }
}

/// The answer to requests that ask for nothing we know, as AWS's front end gives it.
pub(crate) fn nothing() -> Response<Bytes> {
    let body = Bytes::from_static(b"<UnknownOperationException/>\n");
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// An error before a request reaches what it invokes, as API Gateway words it.
pub(crate) fn gateway_error(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut out = JsonWriter::new();
    out.object(|out| {
        out.key("message");
        out.string(message);
    });
    let mut response = Response::new(out.finish());
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// The answer to requests for a service of AWS that is not here: 501, naming it, in both forms
/// that clients read, as we know nothing of its protocol but what the request looks like.
pub(crate) fn absent(service: &str, looks: Looks, request_id: &RequestId) -> Response<Bytes> {
    const CODE: &str = "NotImplemented";
    let message = format!("The service {service} is not implemented by Fogbank.");
    let (content_type, body) = match looks {
        Looks::Json => {
            let mut out = JsonWriter::new();
            out.object(|out| {
                out.key("__type");
                out.string(CODE);
                out.key("message");
                out.string(&message);
            });
            ("application/json", out.finish())
        }
        Looks::Xml => {
            let mut out = XmlWriter::new();
            out.root("ErrorResponse", "https://fogbank.invalid/", |out| {
                out.element("Error", |out| {
                    out.element("Code", |out| out.text(CODE));
                    out.element("Message", |out| out.text(&message));
                });
                out.element("RequestId", |out| out.text(request_id.as_str()));
            });
            ("text/xml", out.finish())
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(ERROR_TYPE, HeaderValue::from_static(CODE));
    response
}

/// What a request to an unknown service looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    Json,
    Xml,
}

impl Looks {
    /// Forms are answered in XML, and so are the few services with XML bodies.
    pub(crate) fn of(head: &request::Parts, service: &str) -> Looks {
        let content_type = head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let form = b"application/x-www-form-urlencoded";
        if content_type.is_some_and(|given| given.starts_with(form))
            || matches!(service, "s3" | "route53" | "cloudfront")
        {
            Looks::Xml
        } else {
            Looks::Json
        }
    }
}
