//! A small AWS client for the commands that talk to a running server.

use crate::cli::ClientArgs;
use crate::error::CliError;
use base::{Clock, Region, Secret};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use sigv4::{Credentials, PayloadHash};
use tokio::net::TcpStream;

/// Signs and sends requests to one server.
pub struct Client {
    authority: String,
    credentials: Credentials,
    region: Region,
    clock: Clock,
}

/// A server's answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// An error's document in any of the JSON protocols.
#[derive(Deserialize)]
struct ErrorDocument {
    #[serde(rename = "__type")]
    kind: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

impl Client {
    /// A client with the keys of the environment, or the seeded `test`/`test`.
    ///
    /// # Errors
    /// When the endpoint is not a plain `http://` address.
    pub fn new(arguments: &ClientArgs) -> Result<Client, CliError> {
        let authority = arguments
            .endpoint
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'))
            .filter(|rest| !rest.is_empty() && !rest.contains('/'))
            .ok_or_else(|| CliError::Endpoint(arguments.endpoint.clone()))?;
        let variable = |name| {
            std::env::var(name)
                .ok()
                .filter(|value: &String| !value.is_empty())
        };
        let test = || "test".to_owned();
        Ok(Client {
            authority: authority.to_owned(),
            credentials: Credentials {
                access_key_id: variable("AWS_ACCESS_KEY_ID").unwrap_or_else(test),
                secret: Secret::new(variable("AWS_SECRET_ACCESS_KEY").unwrap_or_else(test)),
                session_token: variable("AWS_SESSION_TOKEN").map(Secret::new),
            },
            region: arguments.region.clone(),
            clock: Clock::system(),
        })
    }

    /// Calls an awsJson operation and reads its answer.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or answers something else than expected.
    pub async fn json<T: for<'de> Deserialize<'de>>(
        &self,
        service: &str,
        target: &str,
        body: String,
    ) -> Result<T, CliError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/")
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", target);
        let answer = self.send(service, request, Bytes::from(body)).await?;
        let answer = answer.successful()?;
        serde_json::from_slice(&answer.body).map_err(|_| CliError::Unexpected)
    }

    /// A report of the identity service, as JSON.
    ///
    /// # Errors
    /// When the server cannot be reached or has no such report.
    pub async fn report<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<T, CliError> {
        self.own(&format!("iam/{path}")).await
    }

    /// What the server itself tells at `/_fogbank/PATH`, as JSON.
    ///
    /// # Errors
    /// When the server cannot be reached or has nothing there.
    pub async fn own<T: for<'de> Deserialize<'de>>(&self, path: &str) -> Result<T, CliError> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(format!("/_fogbank/{path}"));
        let answer = self.send("iam", request, Bytes::new()).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Err(CliError::NoReport(path.to_owned()));
        }
        serde_json::from_slice(&answer.successful()?.body).map_err(|_| CliError::Unexpected)
    }

    /// Sends a request as it is, signed.
    ///
    /// # Errors
    /// When the request cannot be made or the server cannot be reached.
    pub async fn send(
        &self,
        service: &str,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Answer, CliError> {
        let unreachable = |source: std::io::Error| CliError::Unreachable {
            endpoint: self.authority.clone(),
            source,
        };
        let request = request.header(HOST, &self.authority).body(());
        let (mut parts, ()) = request.map_err(|_| CliError::Unexpected)?.into_parts();
        let hash = PayloadHash::of(&body);
        let now = self.clock.now();
        sigv4::sign(
            &mut parts,
            &hash,
            &self.credentials,
            &self.region,
            service,
            now,
        )
        .map_err(CliError::Unsignable)?;
        let stream = TcpStream::connect(&self.authority)
            .await
            .map_err(unreachable)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::from_parts(parts, Full::new(body));
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }
}

impl Answer {
    /// The answer, if it is no error.
    ///
    /// # Errors
    /// The server's refusal, with its code and message.
    pub fn successful(self) -> Result<Answer, CliError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let document: Option<ErrorDocument> = serde_json::from_slice(&self.body).ok();
        let header = self
            .headers
            .get("x-amzn-errortype")
            .and_then(|value| value.to_str().ok());
        let (kind, message) = document.map_or((None, None), |d| (d.kind, d.message));
        let code = kind
            .or_else(|| header.map(str::to_owned))
            .unwrap_or_default();
        Err(CliError::Refused {
            status: self.status.as_u16(),
            code: code.rsplit('#').next().unwrap_or_default().to_owned(),
            message: message.unwrap_or_default(),
        })
    }
}
