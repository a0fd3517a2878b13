//! What backends do to connections: `POST`, `GET` and `DELETE` of `/STAGE/@connections/ID`, the
//! service that clients know as `apigatewaymanagementapi`.

use super::connections::{Connection, Order};
use super::message::text_or_binary;
use crate::Gateway;
use crate::execute::failure::Failure;
use crate::execute::{Request, Response, Signature};
use crate::v2::compiled::Ready;
use crate::v2::execute::exchange::Exchange;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use service::{Caller, Requirement};
use wire::JsonWriter;

/// The largest message, in bytes.
const MESSAGE: usize = 128 * 1024;

impl Gateway {
    /// Answers a request to a WebSocket API that does not ask for a connection.
    pub(in crate::v2::execute) async fn serve_connections(
        &self,
        request: Request,
        ready: &Ready,
    ) -> Response {
        let signature = request.signature.clone();
        let exchange = Exchange::new(self, request, ready);
        let path = percent_decode_str(&exchange.base.path).decode_utf8_lossy();
        let Some(id) = path.strip_prefix("/@connections/") else {
            return self.forbidden();
        };
        if let Err(failure) = self.may_manage(&exchange, &path, &signature).await {
            let error_type = failure
                .error_type
                .unwrap_or(match failure.message.as_str() {
                    "Missing Authentication Token" => "MissingAuthenticationTokenException",
                    _ => "AccessDeniedException",
                });
            let message = failure.message.replace('"', "'");
            return self.refuse(failure.status, error_type, &message);
        }
        let base = &exchange.base;
        let Some(connection) = self.connections.find(id, &base.api_id, &base.stage) else {
            return self.told(410, "GoneException");
        };
        match base.http_method.as_str() {
            "GET" => shown(&connection),
            "POST" if base.body.len() > MESSAGE => self.told(413, "PayloadTooLargeException"),
            "POST" => self.ordered(
                &connection,
                Order::Send(text_or_binary(base.body.clone())),
                200,
            ),
            "DELETE" => self.ordered(&connection, Order::Delete, 204),
            _ => self.forbidden(),
        }
    }

    async fn may_manage(
        &self,
        exchange: &Exchange,
        path: &str,
        signature: &Signature,
    ) -> Result<(), Failure> {
        let caller: Caller = crate::execute::authorise::signed(signature)?;
        let resource = crate::execute::execute_arn(&exchange.base, path);
        let requirement = Requirement::new("execute-api:ManageConnections", resource.clone());
        self.decide(&caller, &requirement, &exchange.base, &resource)
            .await
    }

    fn ordered(&self, connection: &Connection, order: Order, status: u16) -> Response {
        match connection.order(order) {
            true => Response {
                status,
                headers: Vec::new(),
                body: Bytes::new(),
                stream: None,
            },
            false => self.told(429, "LimitExceededException"),
        }
    }

    /// An error that says nothing but its kind, as the real service's do.
    fn told(&self, status: u16, error_type: &str) -> Response {
        Response {
            body: Bytes::new(),
            ..self.refuse(status, error_type, "")
        }
    }
}

fn shown(connection: &Connection) -> Response {
    let mut body = JsonWriter::new();
    body.object(|out| {
        out.key("connectedAt");
        out.string(&connection.connected_at.iso8601());
        out.key("identity");
        out.object(|out| {
            out.key("sourceIp");
            out.string(&connection.source_ip);
            out.key("userAgent");
            out.string(connection.user_agent.as_deref().unwrap_or_default());
        });
        out.key("lastActiveAt");
        out.string(&connection.last_active().iso8601());
    });
    Response {
        status: 200,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: body.finish(),
        stream: None,
    }
}
