//! Keeps web pages out of the control plane.
//!
//! The server of a developer listens on loopback with a key that everyone knows. Any page the
//! developer visits could sign requests with it and have the browser send them; the signature
//! proves nothing then. But browsers say whom they speak for, and no AWS client does.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue, ORIGIN};
use std::net::IpAddr;
use wire::{Common, Fault};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins whose pages may use the control plane, besides those on this machine.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Such as `https://app.example.com`; `*` stands for all.
    pub fn new(allowed: Vec<String>) -> Origins {
        Origins(allowed)
    }

    pub(crate) fn allow(&self, origin: &HeaderValue) -> bool {
        let listed = |origin: &str| self.0.iter().any(|o| o == "*" || o == origin);
        let origin = origin.to_str();
        origin.is_ok_and(|origin| is_local(origin) || listed(origin))
    }

    /// Whether pages of a host are listed.
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        let of = |origin: &String| {
            origin == "*"
                || origin
                    .split_once("://")
                    .is_some_and(|(_, listed)| listed == host)
        };
        self.0.iter().any(of)
    }

    /// Refuses requests that a web page had a browser send, unless the page may.
    ///
    /// # Errors
    /// Access denied, saying why.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let foreign = match (headers.get(ORIGIN), headers.get(SEC_FETCH_SITE)) {
            (Some(origin), _) => !self.allow(origin),
            // Without an origin: `none` is the user who typed the address.
            (None, Some(site)) => site != "none",
            (None, None) => false,
        };
        if foreign {
            return Err(Fault::common(
                Common::AccessDenied,
                "Requests of web pages are refused, except of pages on localhost and of those \
                 that --allow-origin names: a page must not use the keys of this machine.",
            ));
        }
        Ok(())
    }
}

/// Whether a host, with or without a port, is one that nobody else can make lead to this machine,
/// so that what names it is no page of somebody's whose name has been bound to our address.
pub(crate) fn is_trustworthy(host: &str) -> bool {
    const OURS: [&str; 8] = [
        "localhost",
        "amazonaws.com",
        "on.aws",
        "localhost.localstack.cloud",
        // Reserved, or for networks of one's own: RFC 2606, RFC 6762, and ICANN's `internal`.
        "test",
        "local",
        "internal",
        "localdomain",
    ];
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let of = |ours: &str| {
        let rest = name.strip_suffix(ours);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    // Names without a dot are of containers and of the machine's own network.
    !name.contains('.') || bare.parse::<IpAddr>().is_ok() || OURS.iter().any(|ours| of(ours))
}

/// The refusal of a key that everybody knows under such a name.
pub(crate) fn foreign_host(host: &str) -> Fault {
    Fault::common(
        Common::AccessDenied,
        format!(
            "A key that everybody knows does not work under the name {host}: a web page could have \
             made it lead here. Use localhost, an access key of your own, or \
             --allow-origin http://{host}."
        ),
    )
}

/// Whether an origin such as `http://localhost:3000` is on this machine.
fn is_local(origin: &str) -> bool {
    let Some((_, authority)) = origin.split_once("://") else {
        return false;
    };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_origins() {
        let page = HeaderValue::from_static("https://app.example.com");
        let allow = |origins: &[&str]| {
            let origins = origins.iter().map(|&origin| origin.to_owned());
            Origins::new(origins.collect()).allow(&page)
        };
        assert!(allow(&[
            "https://other.example.com",
            "https://app.example.com"
        ]));
        assert!(allow(&["*"]));
        assert!(!allow(&["https://example.com", "app.example.com"]));
    }

    #[test]
    fn names_that_only_we_have() {
        for host in [
            "localhost",
            "localhost:4566",
            "127.0.0.1:4566",
            "[::1]:4566",
            "192.168.1.7",
            "fogbank:4566",
            "abc.execute-api.localhost:4566",
            "dynamodb.us-east-1.amazonaws.com",
            "host.docker.internal:4566",
            "",
        ] {
            assert!(is_trustworthy(host), "{host}");
        }
        for host in [
            "evil.example.com",
            "evil.example.com:4566",
            "localhost.example.com",
            "notlocalhost.com",
            "127.0.0.1.example.com",
            "xamazonaws.com",
        ] {
            assert!(!is_trustworthy(host), "{host}");
        }
        let listed = Origins::new(vec!["http://aws.example.com:4566".to_owned()]);
        assert!(listed.allows_host("aws.example.com:4566"));
        assert!(!listed.allows_host("example.com:4566"));
    }

    #[track_caller]
    fn check_headers(pairs: &[(&'static str, &'static str)], allowed: bool) {
        let headers: HeaderMap = pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        assert_eq!(
            Origins::default().check(&headers).is_ok(),
            allowed,
            "{pairs:?}"
        );
    }

    #[test]
    fn only_pages_of_this_machine() {
        check_headers(&[], true);
        check_headers(&[("sec-fetch-site", "none")], true);
        for site in ["cross-site", "same-site", "same-origin"] {
            check_headers(&[("sec-fetch-site", site)], false);
        }
        for origin in [
            "http://localhost",
            "http://localhost:3000",
            "https://127.0.0.1:1",
            "http://[::1]:3000",
            "http://app.localhost:3000",
        ] {
            check_headers(
                &[("origin", origin), ("sec-fetch-site", "cross-site")],
                true,
            );
        }
        for origin in [
            "",
            "null",
            "https://example.com",
            "http://localhost.example.com",
            "http://notlocalhost",
            "http://example.com:localhost",
        ] {
            check_headers(&[("origin", origin)], false);
        }
    }
}
