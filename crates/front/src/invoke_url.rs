//! URLs that invoke what users deployed, in all their forms: told by host name or by path.
//!
//! Says what a URL names, not whether it exists.

use base::Region;

/// Where functions' code is fetched from, by links that GetFunction gives.
const CODE_PATH: &str = "/_fogbank/lambda/code/";

/// Where function URLs are reached by clients that cannot resolve their host names.
const FUNCTION_URL_PATH: &str = "/_aws/lambda-url/";

/// What a URL invokes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvokeUrl {
    pub target: InvokeTarget,
    /// From the host name, if it has one.
    pub region: Option<Region>,
    /// The path below the API or function, as it was sent: it starts with a slash, and for REST
    /// APIs with the stage.
    pub path: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokeTarget {
    /// An API, by its id.
    Api(String),
    /// What a domain name of the user's leads to; the host of the request says which.
    Domain,
    /// A function URL, by its id.
    FunctionUrl(String),
    /// A function's code, by the token of a link to it.
    FunctionCode(String),
}

impl InvokeTarget {
    /// The name in the scope of signatures on requests to it.
    pub(crate) fn signing_name(&self) -> &'static str {
        match self {
            InvokeTarget::Api(_) | InvokeTarget::Domain => "execute-api",
            InvokeTarget::FunctionUrl(_) | InvokeTarget::FunctionCode(_) => "lambda",
        }
    }
}

impl InvokeUrl {
    /// `ID.execute-api.DOMAIN` and `ID.lambda-url.DOMAIN`, with any port. The domain may start
    /// with a region; what follows is not our business, as whoever reached us by it meant us:
    /// `amazonaws.com`, `localhost`, `localhost.localstack.cloud`.
    pub(crate) fn of_host(host: &str, path: &str) -> Option<InvokeUrl> {
        let mut labels = name_of(host).split('.');
        let (id, kind, domain) = (labels.next()?, labels.next()?, labels.next()?);
        let target = match kind {
            "execute-api" => InvokeTarget::Api(id.to_owned()),
            "lambda-url" => InvokeTarget::FunctionUrl(id.to_owned()),
            _ => return None,
        };
        let region = match domain {
            "localhost" => None,
            region => region.parse().ok(),
        };
        Some(InvokeUrl {
            target,
            region,
            path: if path.is_empty() { "/" } else { path }.to_owned(),
        })
        .filter(|_| !id.is_empty())
    }

    /// What a domain name of the user's leads to.
    pub(crate) fn of_domain(path: &str) -> InvokeUrl {
        InvokeUrl {
            target: InvokeTarget::Domain,
            region: None,
            path: path.to_owned(),
        }
    }

    /// `/restapis/ID/STAGE/_user_request_/PATH`, `/_aws/execute-api/ID/STAGE/PATH`,
    /// `/_aws/lambda-url/ID/PATH` and links to code.
    pub(crate) fn of_path(path: &str) -> Option<InvokeUrl> {
        if let Some(token) = path.strip_prefix(CODE_PATH) {
            let target = InvokeTarget::FunctionCode(token.to_owned());
            return Some(InvokeUrl {
                target,
                region: None,
                path: "/".to_owned(),
            });
        }
        if let Some(rest) = path.strip_prefix(FUNCTION_URL_PATH) {
            let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
            return (!id.is_empty()).then(|| InvokeUrl {
                target: InvokeTarget::FunctionUrl(id.to_owned()),
                region: None,
                path: format!("/{rest}"),
            });
        }
        let (id, path) = if let Some(rest) = path.strip_prefix("/restapis/") {
            let (id, rest) = rest.split_once('/')?;
            let (stage, rest) = rest.split_once('/')?;
            let rest = rest.strip_prefix("_user_request_")?;
            if !rest.is_empty() && !rest.starts_with('/') {
                return None;
            }
            (id, format!("/{stage}{rest}"))
        } else {
            let rest = path.strip_prefix("/_aws/execute-api/")?;
            let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
            (id, format!("/{rest}"))
        };
        (!id.is_empty()).then(|| InvokeUrl {
            target: InvokeTarget::Api(id.to_owned()),
            region: None,
            path,
        })
    }
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The name of a host that may be a user's own domain name: none of an address of this machine, and
/// none that a client of AWS's services uses.
pub(crate) fn domain_name(host: &str) -> Option<String> {
    let name = name_of(host).to_ascii_lowercase();
    let top = name.rsplit('.').next().unwrap_or_default();
    let is_name = name.contains('.') && top.bytes().any(|b| b.is_ascii_alphabetic());
    let belongs_to_services = ["localhost", "localhost.localstack.cloud", "amazonaws.com"]
        .iter()
        .filter_map(|domain| name.strip_suffix(domain))
        .any(|rest| rest.is_empty() || rest.ends_with('.'));
    (is_name && !belongs_to_services).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_names() {
        assert_eq!(
            domain_name("Api.Example.com:80").as_deref(),
            Some("api.example.com")
        );
        for host in [
            "127.0.0.1:4566",
            "localhost:80",
            "[::1]:80",
            "a.localhost",
            "dynamodb.us-east-1.amazonaws.com",
            "fogbank",
        ] {
            assert_eq!(domain_name(host), None, "{host}");
        }
    }

    #[track_caller]
    fn check(found: Option<InvokeUrl>, want: Option<(&str, Option<&str>, &str)>) {
        let found = found.as_ref().map(|url| {
            let id = match &url.target {
                InvokeTarget::Api(id) => id.clone(),
                InvokeTarget::Domain => "domain".to_owned(),
                InvokeTarget::FunctionUrl(id) => format!("url {id}"),
                InvokeTarget::FunctionCode(token) => format!("code {token}"),
            };
            (
                id,
                url.region.as_ref().map(Region::as_str),
                url.path.as_str(),
            )
        });
        let found = found
            .as_ref()
            .map(|(id, region, path)| (id.as_str(), *region, *path));
        assert_eq!(found, want);
    }

    #[test]
    fn hosts() {
        let check_host = |host, want: Option<(&str, Option<&str>)>| {
            let want = want.map(|(id, region)| (id, region, "/s//p%2F"));
            check(InvokeUrl::of_host(host, "/s//p%2F"), want);
        };
        check_host("abc.execute-api.localhost", Some(("abc", None)));
        check_host("abc.execute-api.localhost:4566", Some(("abc", None)));
        check_host(
            "abc.execute-api.localhost.localstack.cloud:4566",
            Some(("abc", None)),
        );
        check_host(
            "abc.execute-api.eu-west-1.localhost",
            Some(("abc", Some("eu-west-1"))),
        );
        check_host(
            "Abc.execute-api.us-east-1.amazonaws.com",
            Some(("Abc", Some("us-east-1"))),
        );
        check_host(
            "x.lambda-url.us-east-1.on.aws",
            Some(("url x", Some("us-east-1"))),
        );
        check_host("x.lambda-url.localhost:4566", Some(("url x", None)));
        for other in [
            "",
            "localhost",
            "localhost:4566",
            "127.0.0.1:4566",
            "[::1]:4566",
            "dynamodb.us-east-1.amazonaws.com",
            "execute-api.localhost",
            ".execute-api.localhost",
            "abc.execute-api",
        ] {
            check_host(other, None);
        }
        check(
            InvokeUrl::of_host("abc.execute-api.localhost", ""),
            Some(("abc", None, "/")),
        );
    }

    #[test]
    fn paths() {
        let check_path = |path, want: Option<(&str, &str)>| {
            check(
                InvokeUrl::of_path(path),
                want.map(|(id, path)| (id, None, path)),
            );
        };
        check_path(
            "/restapis/a/s/_user_request_/p//q%2F",
            Some(("a", "/s/p//q%2F")),
        );
        check_path("/restapis/a/s/_user_request_/", Some(("a", "/s/")));
        check_path("/restapis/a/s/_user_request_", Some(("a", "/s")));
        check_path("/_aws/execute-api/a/s/p/", Some(("a", "/s/p/")));
        check_path("/_aws/execute-api/a", Some(("a", "/")));
        check_path("/_aws/lambda-url/a/p/", Some(("url a", "/p/")));
        check_path("/_aws/lambda-url/a", Some(("url a", "/")));
        for other in [
            "/",
            "/restapis",
            "/restapis/a",
            "/restapis/a/stages/s",
            "/restapis/a/s/_user_request_x",
            "/restapis//s/_user_request_/p",
            "/_aws/execute-api/",
        ] {
            check_path(other, None);
        }
    }
}
