//! Requests as bytes, signed: what goes over the wire when the clock runs.

use crate::Failure;
use base::{Clock, Region, Secret};
use http::{Method, Request};
use serde_json::Value;
use sigv4::{Credentials, PayloadHash};
use std::net::SocketAddr;

/// Makes signed requests for one server.
pub struct Signer {
    address: SocketAddr,
    credentials: Credentials,
    region: Region,
    clock: Clock,
}

impl Signer {
    pub fn new(address: SocketAddr) -> Signer {
        Signer {
            address,
            credentials: Credentials {
                access_key_id: "test".to_owned(),
                secret: Secret::new("test"),
                session_token: None,
            },
            region: Region::default_region(),
            clock: Clock::system(),
        }
    }

    pub fn dynamodb(&self, operation: &str, body: &Value) -> Result<Vec<u8>, Failure> {
        let target = format!("DynamoDB_20120810.{operation}");
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", target.as_str()),
        ];
        self.signed(
            "dynamodb",
            Method::POST,
            "/",
            &headers,
            body.to_string().as_bytes(),
        )
    }

    /// As [`Signer::dynamodb`], with a header of X-Ray's.
    pub fn traced(&self, operation: &str, body: &Value, trace: &str) -> Result<Vec<u8>, Failure> {
        let target = format!("DynamoDB_20120810.{operation}");
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", target.as_str()),
            ("x-amzn-trace-id", trace),
        ];
        let body = body.to_string();
        self.signed("dynamodb", Method::POST, "/", &headers, body.as_bytes())
    }

    pub fn iam(&self, form: &str) -> Result<Vec<u8>, Failure> {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.signed("iam", Method::POST, "/", &headers, form.as_bytes())
    }

    /// A call with a JSON document, or with none where `body` is null.
    pub fn rest(
        &self,
        service: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Vec<u8>, Failure> {
        let headers = [("content-type", "application/json")];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.signed(service, method, path, &headers, body.as_bytes())
    }

    /// Without a signature, as curl sends to an invoke URL.
    pub fn plain(&self, path: &str, body: &Value) -> Vec<u8> {
        let body = body.to_string();
        let address = self.address;
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n{body}")
            .into_bytes()
    }

    fn signed(
        &self,
        service: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("host", self.address.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut head, ()) = request.body(())?.into_parts();
        let hash = PayloadHash::of(body);
        let now = self.clock.now();
        sigv4::sign(
            &mut head,
            &hash,
            &self.credentials,
            &self.region,
            service,
            now,
        )?;
        let mut bytes = format!("{} {} HTTP/1.1\r\n", head.method, head.uri).into_bytes();
        for (name, value) in &head.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        Ok(bytes)
    }
}
