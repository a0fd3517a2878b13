//! Cross-origin requests where a configuration allows some.

use crate::{Answer, header};
use bytes::Bytes;

/// Which pages may ask what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cors<'a> {
    pub allow_credentials: bool,
    /// Such as `https://example.com`, `https://*` or `*`.
    pub allow_origins: &'a [String],
    pub allow_methods: &'a [String],
    pub allow_headers: &'a [String],
    pub expose_headers: &'a [String],
    pub max_age_s: Option<i32>,
}

impl Cors<'_> {
    /// The answer with this status to a preflight request, which no function sees; none for any
    /// other request.
    pub fn preflight(
        &self,
        method: &str,
        headers: &[(String, String)],
        status: u16,
    ) -> Option<Answer> {
        let wanted = header(headers, "access-control-request-method")?;
        if method != "OPTIONS" || header(headers, "origin").is_none() {
            return None;
        }
        let mut answer = Answer {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        };
        let mut methods = self.allow_methods.iter();
        let allowed = methods.any(|name| name == "*" || name.eq_ignore_ascii_case(wanted));
        if !allowed || !self.allow(headers, &mut answer) {
            return Some(answer);
        }
        let lists = [
            ("Access-Control-Allow-Methods", self.allow_methods),
            ("Access-Control-Allow-Headers", self.allow_headers),
        ];
        for (name, list) in lists.iter().filter(|(_, list)| !list.is_empty()) {
            answer.set(name, &list.join(","));
        }
        if let Some(seconds) = self.max_age_s {
            answer.set("Access-Control-Max-Age", &seconds.to_string());
        }
        Some(answer)
    }

    /// Adds what lets a page read the answer. Whether its origin is allowed.
    pub fn allow(&self, headers: &[(String, String)], answer: &mut Answer) -> bool {
        let Some(origin) = header(headers, "origin") else {
            return false;
        };
        let anyone = self.allow_origins.iter().any(|allowed| allowed == "*");
        let named = |allowed: &String| match allowed.strip_suffix('*') {
            Some(start) => origin.starts_with(start),
            None => allowed == origin,
        };
        if !anyone && !self.allow_origins.iter().any(named) {
            return false;
        }
        let shown = match anyone && !self.allow_credentials {
            true => "*",
            false => origin,
        };
        answer.set("Access-Control-Allow-Origin", shown);
        if shown != "*" {
            answer.set("Vary", "Origin");
        }
        if self.allow_credentials {
            answer.set("Access-Control-Allow-Credentials", "true");
        }
        if !self.expose_headers.is_empty() {
            let names = self.expose_headers.join(",");
            answer.set("Access-Control-Expose-Headers", &names);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        let check = |allowed: &str, origin: &str, expected: Option<&str>| {
            let origins = [allowed.to_owned()];
            let cors = Cors {
                allow_origins: &origins,
                ..Cors::default()
            };
            let headers = [("Origin".to_owned(), origin.to_owned())];
            let mut answer = Answer::new(200, "text/plain", "");
            let found = cors.allow(&headers, &mut answer);
            assert_eq!(found, expected.is_some(), "{allowed} {origin}");
            let shown = header(&answer.headers, "access-control-allow-origin");
            assert_eq!(shown, expected, "{allowed} {origin}");
        };
        check("*", "https://a", Some("*"));
        check("https://*", "https://a", Some("https://a"));
        check("https://*", "http://a", None);
        check("https://a", "https://a", Some("https://a"));
        check("https://a", "https://ab", None);
    }
}
