//! Cross-origin requests to function URLs whose configuration allows some.

use super::{UrlAnswer, UrlRequest};
use crate::function_url::CorsRecord;
use bytes::Bytes;

/// The answer to a preflight request, which no function sees; `None` for any other request.
pub(super) fn preflight(cors: &CorsRecord, request: &UrlRequest) -> Option<UrlAnswer> {
    let method = request.header("access-control-request-method")?;
    if request.method != "OPTIONS" || request.header("origin").is_none() {
        return None;
    }
    let mut answer = UrlAnswer {
        stream: None,
        status: 200,
        headers: Vec::new(),
        body: Bytes::new(),
    };
    let allows = |names: &Option<Vec<String>>, wanted: &str| {
        let mut names = names.iter().flatten();
        names.any(|name| name == "*" || name.eq_ignore_ascii_case(wanted))
    };
    if !allows(&cors.allow_methods, method) || !allow(cors, request, &mut answer) {
        return Some(answer);
    }
    let lists = [
        ("Access-Control-Allow-Methods", &cors.allow_methods),
        ("Access-Control-Allow-Headers", &cors.allow_headers),
    ];
    for (name, list) in lists {
        if let Some(list) = list {
            answer.set(name, &list.join(","));
        }
    }
    if let Some(seconds) = cors.max_age_s {
        answer.set("Access-Control-Max-Age", &seconds.to_string());
    }
    Some(answer)
}

/// Adds what lets a page read the answer. Whether its origin is allowed.
pub(super) fn allow(cors: &CorsRecord, request: &UrlRequest, answer: &mut UrlAnswer) -> bool {
    let Some(origin) = request.header("origin") else {
        return false;
    };
    let origins = cors.allow_origins.as_deref().unwrap_or(&[]);
    let credentials = cors.allow_credentials == Some(true);
    let anyone = origins.iter().any(|allowed| allowed == "*");
    if !anyone && !origins.iter().any(|allowed| allowed == origin) {
        return false;
    }
    let shown = if anyone && !credentials { "*" } else { origin };
    answer.set("Access-Control-Allow-Origin", shown);
    if shown != "*" {
        answer.set("Vary", "Origin");
    }
    if credentials {
        answer.set("Access-Control-Allow-Credentials", "true");
    }
    if let Some(list) = &cors.expose_headers {
        answer.set("Access-Control-Expose-Headers", &list.join(","));
    }
    true
}
