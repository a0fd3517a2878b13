//! Invoke URLs to the services that answer them.

use apigateway::Gateway;
use apigateway::execute::{Request, Response as Answer, Signature};
use apigateway::v2::Opening;
use bytes::Bytes;
use front::{Content, DataPlane, InvokeRequest, InvokeTarget};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode, Version};
use lambda::{Lambda, UrlAnswer, UrlRequest, UrlSigner};
use service::BoxFuture;
use std::sync::Arc;
use wire::apigateway::GatewayResponseType;

/// Hands requests to API Gateway's data plane; function URLs and links to code to Lambda.
pub struct Invocations {
    apigateway: Arc<Gateway>,
    lambda: Arc<Lambda>,
}

impl Invocations {
    pub fn new(apigateway: Arc<Gateway>, lambda: Arc<Lambda>) -> Invocations {
        Invocations { apigateway, lambda }
    }

    /// Answers a request for a WebSocket.
    async fn open(&self, id: String, mut request: InvokeRequest) -> Response<Content> {
        let upgrade = request.upgrade.take();
        match (self.apigateway.open(to_gateway(id, request)).await, upgrade) {
            (Opening::Accepted(headers, opened), Some(upgrade)) => {
                let response = from_gateway(Answer {
                    status: 101,
                    headers,
                    ..Answer::default()
                });
                upgrade.accept(response, |socket| opened.serve(socket))
            }
            (Opening::Accepted(..), None) => Response::new(Content::from(Bytes::new())),
            (Opening::Refused(answer), _) => from_gateway(answer),
        }
    }
}

impl DataPlane for Invocations {
    fn execute(&self, request: InvokeRequest) -> BoxFuture<'_, Response<Content>> {
        Box::pin(async move {
            match &request.url.target {
                InvokeTarget::Api(id) if request.upgrade.is_some() => {
                    self.open(id.clone(), request).await
                }
                InvokeTarget::Api(id) => {
                    let request = to_gateway(id.clone(), request);
                    from_gateway(self.apigateway.execute(request).await)
                }
                InvokeTarget::Domain => {
                    let request = to_gateway(String::new(), request);
                    from_gateway(self.apigateway.execute_on_domain(request).await)
                }
                InvokeTarget::FunctionUrl(id) => {
                    let request = to_lambda(id.clone(), request);
                    from_lambda(self.lambda.serve_url(request).await)
                }
                InvokeTarget::FunctionCode(token) => {
                    code(self.lambda.download(token).await).map(Content::from)
                }
            }
        })
    }

    fn refuse_large<'a>(&'a self, target: &'a InvokeTarget) -> BoxFuture<'a, Response<Content>> {
        Box::pin(async move {
            let api_id = match target {
                InvokeTarget::Api(id) => id.as_str(),
                InvokeTarget::Domain => "",
                InvokeTarget::FunctionUrl(_) | InvokeTarget::FunctionCode(_) => {
                    return from_lambda(lambda::refuse_large());
                }
            };
            from_gateway(self.apigateway.refuse_large(api_id).await)
        })
    }

    fn serves<'a>(&'a self, domain_name: &'a str) -> BoxFuture<'a, bool> {
        Box::pin(self.apigateway.serves_domain(domain_name))
    }
}

fn to_gateway(api_id: String, request: InvokeRequest) -> Request {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let signature = to_signature(request.signature);
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), text(value)));
    Request {
        api_id,
        host: request.host,
        path: request.url.path,
        query: Some(request.query).filter(|query| !query.is_empty()),
        http_method: request.method.as_str().to_owned(),
        protocol: if request.version == Version::HTTP_2 {
            "HTTP/2.0"
        } else {
            "HTTP/1.1"
        },
        headers: headers.collect(),
        body: request.body,
        source_ip: Some(request.source_ip),
        secure: false,
        signature,
        mapped: None,
    }
}

/// A signature that is refused, as API Gateway answers it.
fn to_signature(signature: front::Signature) -> Signature {
    use sigv4::Kind;
    let error = match signature {
        front::Signature::Absent => return Signature::Absent,
        front::Signature::Valid(caller) => return Signature::Valid(caller),
        front::Signature::Unknown => return Signature::Unknown,
        front::Signature::Refused(error) => error,
    };
    let (response, error_type) = match error.kind() {
        Kind::Missing => (
            GatewayResponseType::MissingAuthenticationToken,
            "MissingAuthenticationTokenException",
        ),
        Kind::Incomplete | Kind::MalformedQuery => (
            GatewayResponseType::InvalidSignature,
            "IncompleteSignatureException",
        ),
        Kind::UnknownClient => (
            GatewayResponseType::InvalidSignature,
            "UnrecognizedClientException",
        ),
        Kind::ExpiredToken => (GatewayResponseType::ExpiredToken, "ExpiredTokenException"),
        Kind::Invalid => (
            GatewayResponseType::InvalidSignature,
            "InvalidSignatureException",
        ),
    };
    Signature::Refused {
        response,
        error_type,
        message: error.to_string(),
    }
}

fn from_gateway(answer: Answer) -> Response<Content> {
    let body = match answer.stream {
        Some(stream) => Content::Stream(stream),
        None => Content::Whole(answer.body),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A zip, or what is answered where there is none.
fn code(zip: Option<Bytes>) -> Response<Bytes> {
    let found = zip.is_some();
    let mut response = Response::new(zip.unwrap_or_default());
    if found {
        let zip = HeaderValue::from_static("application/zip");
        response.headers_mut().insert(CONTENT_TYPE, zip);
    } else {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    response
}

fn to_lambda(id: String, request: InvokeRequest) -> UrlRequest {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), text(value)));
    UrlRequest {
        id,
        method: request.method.as_str().to_owned(),
        protocol: if request.version == Version::HTTP_2 {
            "HTTP/2.0"
        } else {
            "HTTP/1.1"
        },
        path: request.url.path,
        query: request.query,
        headers: headers.collect(),
        host: request.host,
        body: request.body,
        source_ip: request.source_ip,
        time: request.time,
        request_id: request.request_id,
        signer: match request.signature {
            front::Signature::Absent => UrlSigner::Nobody,
            front::Signature::Valid(caller) => UrlSigner::Caller(caller),
            front::Signature::Refused(_) | front::Signature::Unknown => UrlSigner::Refused,
        },
    }
}

fn from_lambda(answer: UrlAnswer) -> Response<Content> {
    let UrlAnswer { begun, stream } = answer;
    from_gateway(Answer {
        status: begun.status,
        headers: begun.headers,
        body: begun.body,
        stream,
    })
}
