//! The hosts of AWS's by which functions know this server.

use apigateway::Gateway;
use lambda::Lambda;
use service::{BoxFuture, OwnHosts};
use std::sync::{Arc, OnceLock, Weak};

/// Services that are here, as the first labels of their hosts name them.
const REGIONAL: [&str; 6] = [
    "apigateway",
    "dynamodb",
    "lambda",
    "logs",
    "sts",
    "streams.dynamodb",
];
const GLOBAL: [&str; 2] = ["iam", "sts"];

/// The services' hosts, those of APIs and function URLs that exist, and users' domain names. It is
/// made before the services that it asks, and holds none of them.
#[derive(Debug, Default)]
pub struct Hosts(OnceLock<Asked>);

#[derive(Debug)]
struct Asked {
    gateway: Weak<Gateway>,
    lambda: Weak<Lambda>,
}

impl Hosts {
    /// From now on these are asked.
    pub fn ask(&self, gateway: &Arc<Gateway>, lambda: &Arc<Lambda>) {
        let (gateway, lambda) = (Arc::downgrade(gateway), Arc::downgrade(lambda));
        let _ = self.0.set(Asked { gateway, lambda });
    }

    async fn is_known(&self, host: &str) -> bool {
        let Some(asked) = self.0.get() else {
            return false;
        };
        let (Some(gateway), Some(lambda)) = (asked.gateway.upgrade(), asked.lambda.upgrade())
        else {
            return false;
        };
        match named(host) {
            Some(Named::Api(id)) => gateway.has_api(id).await,
            Some(Named::FunctionUrl(id)) => lambda.has_url(id).await,
            None => gateway.serves_domain(host).await,
        }
    }
}

impl OwnHosts for Hosts {
    fn is_own<'a>(&'a self, host: &'a str) -> BoxFuture<'a, bool> {
        Box::pin(async move { is_service(host) || self.is_known(host).await })
    }
}

/// `dynamodb.REGION.amazonaws.com`, `iam.amazonaws.com`, `ACCOUNT.ddb.REGION.amazonaws.com`.
fn is_service(host: &str) -> bool {
    let Some(name) = host.strip_suffix(".amazonaws.com") else {
        return false;
    };
    if GLOBAL.contains(&name) {
        return true;
    }
    let Some((service, region)) = name.rsplit_once('.') else {
        return false;
    };
    let of_account = service.strip_suffix(".ddb");
    let is_account = of_account.is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    region.contains('-') && (REGIONAL.contains(&service) || is_account)
}

/// What a host names by an id.
enum Named<'a> {
    Api(&'a str),
    FunctionUrl(&'a str),
}

fn named(host: &str) -> Option<Named<'_>> {
    let of_aws = |name: &str, kind: &str, domain: &str| {
        let region = name.strip_suffix(domain)?.strip_prefix(kind)?;
        (!region.contains('.')).then_some(())
    };
    let (id, rest) = host.split_once('.')?;
    let api = of_aws(rest, "execute-api.", ".amazonaws.com").map(|()| Named::Api(id));
    api.or_else(|| of_aws(rest, "lambda-url.", ".on.aws").map(|()| Named::FunctionUrl(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services() {
        for own in [
            "dynamodb.us-east-1.amazonaws.com",
            "streams.dynamodb.eu-west-1.amazonaws.com",
            "123456789012.ddb.us-east-1.amazonaws.com",
            "iam.amazonaws.com",
            "sts.amazonaws.com",
            "sts.eu-central-1.amazonaws.com",
        ] {
            assert!(is_service(own), "{own}");
        }
        for other in [
            "s3.us-east-1.amazonaws.com",
            "amazonaws.com",
            "x.dynamodb.us-east-1.amazonaws.com",
            "x.ddb.us-east-1.amazonaws.com",
            "dynamodb.us-east-1.amazonaws.com.example.com",
            "dynamodb.amazonaws.com",
        ] {
            assert!(!is_service(other), "{other}");
        }
    }

    #[test]
    fn ids() {
        let api = named("abc.execute-api.us-east-1.amazonaws.com");
        assert!(matches!(api, Some(Named::Api("abc"))));
        let url = named("xyz.lambda-url.us-east-1.on.aws");
        assert!(matches!(url, Some(Named::FunctionUrl("xyz"))));
        for other in [
            "abc.execute-api.us-east-1.example.com",
            "execute-api.us-east-1.amazonaws.com",
            "a.execute-api.b.c.amazonaws.com",
            "example.com",
        ] {
            assert!(named(other).is_none(), "{other}");
        }
    }
}
