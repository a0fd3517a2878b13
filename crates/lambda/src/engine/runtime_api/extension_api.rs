//! The Extensions API and the Telemetry API, with the Logs API before it: HTTP on the same
//! listener as the Runtime API.

use super::{Surface, accepted_json, json};
use crate::engine::extensions::{Complaint, Refusal, Standing};
use crate::engine::platform::PlatformLine;
use crate::engine::telemetry::{Dialect, NoSubscription, Subscription};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use serde::{Deserialize, Serialize};

const PREFIX: &str = "/2020-01-01/extension/";
const NAME: &str = "lambda-extension-name";
const IDENTIFIER: &str = "lambda-extension-identifier";
const FEATURES: &str = "lambda-extension-accept-feature";
const ERROR_TYPE: &str = "lambda-extension-function-error-type";

/// What an extension wants, from method and path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Register,
    Next,
    Complain(Complaint),
    Subscribe(Dialect),
}

pub(super) fn route(method: &Method, path: &str) -> Option<Route> {
    if *method == Method::PUT {
        return match path.trim_end_matches('/') {
            "/2022-07-01/telemetry" => Some(Route::Subscribe(Dialect::Telemetry)),
            "/2020-08-15/logs" => Some(Route::Subscribe(Dialect::Logs)),
            _ => None,
        };
    }
    match (method, path.strip_prefix(PREFIX)?) {
        (&Method::POST, "register") => Some(Route::Register),
        (&Method::GET, "event/next") => Some(Route::Next),
        (&Method::POST, "init/error") => Some(Route::Complain(Complaint::Init)),
        (&Method::POST, "exit/error") => Some(Route::Complain(Complaint::Exit)),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Registration {
    #[serde(default)]
    events: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Registered<'a> {
    function_name: &'a str,
    function_version: &'a str,
    handler: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
}

pub(super) async fn answer(
    api: &Surface,
    route: Route,
    headers: &HeaderMap,
    body: &[u8],
) -> Response<Full<Bytes>> {
    let answered = match route {
        Route::Register => register(api, headers, body),
        Route::Next => next(api, headers).await,
        Route::Complain(complaint) => complain(api, complaint, headers),
        Route::Subscribe(dialect) => subscribe(api, dialect, headers, body),
    };
    answered.unwrap_or_else(|refused| refuse(StatusCode::FORBIDDEN, refused))
}

/// An error type and a message.
type Refused = (&'static str, String);

fn register(
    api: &Surface,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response<Full<Bytes>>, Refused> {
    let name = text(headers, NAME);
    let invalid = || {
        let message = "Empty extension name".to_owned();
        ("Extension.InvalidExtensionName", message)
    };
    let name = name.ok_or_else(invalid)?;
    let registration: Registration =
        serde_json::from_slice(body).map_err(|e| ("InvalidRequestFormat", e.to_string()))?;
    let identifier = api.extensions.register(name, &registration.events);
    let identifier = identifier.map_err(refused)?;
    let mut features = text(headers, FEATURES).unwrap_or_default().split(',');
    let wants_account = features.any(|feature| feature.trim() == "accountId");
    let about = &api.deployment;
    let registered = Registered {
        function_name: &about.function_name,
        function_version: &about.version,
        handler: &about.handler,
        account_id: wants_account.then(|| about.account.to_string()),
    };
    let body = serde_json::to_vec(&registered).unwrap_or_default();
    let mut response = json(StatusCode::OK, body.into());
    if let Ok(identifier) = HeaderValue::from_str(&identifier) {
        response.headers_mut().insert(IDENTIFIER, identifier);
    }
    Ok(response)
}

async fn next(api: &Surface, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Refused> {
    let identifier = identifier(headers)?;
    let event = api.extensions.next(identifier).await.map_err(refused)?;
    let body = serde_json::to_vec(&event).unwrap_or_default();
    let mut response = json(StatusCode::OK, body.into());
    if let Ok(id) = HeaderValue::from_str(&api.entropy.uuid()) {
        let name = "lambda-extension-event-identifier";
        response.headers_mut().insert(name, id);
    }
    Ok(response)
}

fn complain(
    api: &Surface,
    complaint: Complaint,
    headers: &HeaderMap,
) -> Result<Response<Full<Bytes>>, Refused> {
    let identifier = identifier(headers)?;
    let kind = text(headers, ERROR_TYPE).ok_or_else(|| {
        let message = "Lambda-Extension-Function-Error-Type not found".to_owned();
        ("Extension.MissingHeader", message)
    })?;
    let taken = api.extensions.complain(identifier, complaint, kind);
    taken.map_err(refused)?;
    Ok(accepted_json())
}

fn subscribe(
    api: &Surface,
    dialect: Dialect,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response<Full<Bytes>>, Refused> {
    let name = api.extensions.name_of(identifier(headers)?);
    let name = name.map_err(refused)?;
    let subscription = match Subscription::parse(dialect, body) {
        Ok(subscription) => subscription,
        Err(error) => {
            let refused = ("ValidationError", error.to_string());
            return Ok(refuse(StatusCode::BAD_REQUEST, refused));
        }
    };
    let kinds = subscription.kinds.clone();
    let subscribed = api.telemetry.subscribe(subscription);
    subscribed.map_err(|why| unsubscribed(dialect, why))?;
    api.logbook.platform(&PlatformLine::Subscribed {
        dialect,
        name: &name,
        kinds: &kinds,
    });
    Ok(json(StatusCode::OK, "\"OK\"".into()))
}

fn unsubscribed(dialect: Dialect, why: NoSubscription) -> Refused {
    match (dialect, why) {
        (Dialect::Telemetry, NoSubscription::Closed) => (
            "Telemetry.SubscriptionClosed",
            "Telemetry API subscription is closed already".to_owned(),
        ),
        (Dialect::Logs, NoSubscription::Closed) => (
            "Logs.SubscriptionClosed",
            "Logs API subscription is closed already".to_owned(),
        ),
        (_, NoSubscription::NoNetwork) => (
            "Telemetry.NotSupported",
            "Telemetry needs the isolation level sandbox".to_owned(),
        ),
    }
}

fn identifier(headers: &HeaderMap) -> Result<&str, Refused> {
    text(headers, IDENTIFIER).ok_or_else(|| {
        let message = "Missing Lambda-Extension-Identifier header".to_owned();
        ("Extension.MissingExtensionIdentifier", message)
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty()).then_some(value)
}

fn refused(refusal: Refusal) -> Refused {
    let state = "Extension.InvalidExtensionState";
    match refusal {
        Refusal::InvalidEvent(event) => (
            "Extension.InvalidEventType",
            format!("{event}: ErrorInvalidEventType"),
        ),
        Refusal::NotForInternal => (
            "Extension.InvalidEventType",
            "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension".to_owned(),
        ),
        Refusal::Closed => (
            "Extension.RegistrationClosed",
            "Extension registration closed already".to_owned(),
        ),
        Refusal::TooMany => (
            "Extension.TooManyExtensions",
            "Extension limit (10) reached".to_owned(),
        ),
        Refusal::NameTaken => (state, "Extension with this name already registered".into()),
        Refusal::UnknownIdentifier => (
            "Extension.UnknownExtensionIdentifier",
            "Unknown Lambda-Extension-Identifier".to_owned(),
        ),
        Refusal::Transition { from, to, name } => {
            let [from, to] = [from, to].map(Standing::as_str);
            let message = format!(
                "State transition from {from} to {to} failed for extension {name}. \
                 Error: State transition is not allowed"
            );
            (state, message)
        }
    }
}

fn refuse(status: StatusCode, (kind, message): Refused) -> Response<Full<Bytes>> {
    let document = serde_json::json!({"errorMessage": message, "errorType": kind});
    json(status, document.to_string().into())
}
