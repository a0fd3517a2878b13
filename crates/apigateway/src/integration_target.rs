//! What an integration points at, told from its type and URI.

use crate::error::{Bad, Error};
use crate::record::Integration;
use service::Wanted;
use wire::apigateway::IntegrationType;

/// The parts of a URI before and after a function's ARN, if its answer is waited for.
const INVOKE: (&str, &str) = ("path/2015-03-31/functions/", "/invocations");
/// The same, if its answer is passed on while it comes.
const STREAM: (&str, &str) = (
    "path/2021-11-15/functions/",
    "/response-streaming-invocations",
);

/// Checks that the URI fits the type.
///
/// # Errors
/// AWS's words for what is wrong with it.
pub fn check(integration: &Integration) -> Result<(), Error> {
    let kind = integration.kind.0;
    if kind == IntegrationType::Mock {
        return Ok(());
    }
    if integration.http_method.as_deref().is_none_or(str::is_empty) {
        return Err(Bad::IntegrationHttpMethod.into());
    }
    let uri = integration.uri.as_deref().unwrap_or_default();
    if integration.streams()
        && !matches!(kind, IntegrationType::AwsProxy | IntegrationType::HttpProxy)
    {
        return Err(Bad::StreamType.into());
    }
    if kind == IntegrationType::AwsProxy && integration.streams() != is_streaming(uri) {
        return Err(Bad::StreamUri.into());
    }
    match kind {
        IntegrationType::Http | IntegrationType::HttpProxy => check_http(uri),
        IntegrationType::Aws | IntegrationType::AwsProxy | IntegrationType::Mock => {
            check_aws(uri, kind)
        }
    }
}

/// A host may be a stage variable.
fn check_http(uri: &str) -> Result<(), Error> {
    let rest = uri
        .strip_prefix("http://")
        .or_else(|| uri.strip_prefix("https://"));
    let host = rest
        .and_then(|rest| rest.split(['/', '?']).next())
        .unwrap_or_default();
    if host.is_empty() && !uri.starts_with("${stageVariables.") {
        return Err(Bad::HttpUri.into());
    }
    Ok(())
}

/// `arn:aws:apigateway:REGION:SERVICE:path/...` or `...:action/...`.
fn check_aws(uri: &str, kind: IntegrationType) -> Result<(), Error> {
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    let ["arn", _, _, _, service, resource] = parts.as_slice() else {
        return Err(Bad::InvalidArn.into());
    };
    if !resource.starts_with("path") && !resource.starts_with("action") {
        return Err(Bad::ArnWithoutPath.into());
    }
    let proxied = match *service {
        "lambda" => function_of(resource)
            .is_some_and(|arn| arn.starts_with("arn:") || arn.starts_with("${")),
        "firehose" => *resource == "action/PutRecord",
        _ => false,
    };
    if kind == IntegrationType::AwsProxy && !proxied {
        return Err(Bad::ProxyTarget.into());
    }
    Ok(())
}

fn function_of(resource: &str) -> Option<&str> {
    between(resource, INVOKE).or_else(|| between(resource, STREAM))
}

fn between<'a>(resource: &'a str, (before, after): (&str, &str)) -> Option<&'a str> {
    resource.strip_prefix(before)?.strip_suffix(after)
}

/// Whether a URI invokes a function whose answer is passed on while it comes.
fn is_streaming(uri: &str) -> bool {
    let resource = uri.splitn(6, ':').nth(5);
    resource.is_some_and(|resource| between(resource, STREAM).is_some())
}

/// The ARN of the function that a URI invokes; stage variables in it are not yet resolved.
pub fn function_arn(uri: &str) -> Option<&str> {
    let mut parts = uri.splitn(6, ':');
    let service = parts.nth(4)?;
    if service != "lambda" {
        return None;
    }
    function_of(parts.next()?)
}

/// The service that a URI names by its host, and what is wanted of it.
pub fn service(uri: &str) -> Option<(&str, Wanted)> {
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    let ["arn", _, "apigateway", _, service, resource] = parts.as_slice() else {
        return None;
    };
    // `subdomain.service`: the service is last.
    let service = service.rsplit('.').next().unwrap_or(service);
    let wanted = match resource.split_once('/')? {
        // The first slash of a path may be left out.
        ("path", path) => Wanted::Path(format!("/{}", path.trim_start_matches('/'))),
        ("action", action) => {
            let name = action.split('&').next().unwrap_or(action);
            Wanted::Action(name.to_owned())
        }
        _ => return None,
    };
    Some((service, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBDA: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:MyLambda/invocations";

    /// The cases of recorded validations.
    #[test]
    fn aws_targets() {
        let check = |uri, kind| {
            check_aws(uri, kind).map_err(|error| match error {
                Error::BadRequest(bad) => bad,
                other => panic!("{other}"),
            })
        };
        let (aws, proxy) = (IntegrationType::Aws, IntegrationType::AwsProxy);
        assert_eq!(check(LAMBDA, aws), Ok(()));
        assert_eq!(check(LAMBDA, proxy), Ok(()));
        let s3 = "arn:aws:apigateway:us-east-1:s3:path/b/k";
        assert_eq!(check(s3, aws), Ok(()));
        assert_eq!(check(s3, proxy), Err(Bad::ProxyTarget));
        assert_eq!(check("non-arn", aws), Err(Bad::InvalidArn));
        let role = "arn:aws:iam::000000000000:role/service-role/asdf";
        assert_eq!(check(role, aws), Err(Bad::ArnWithoutPath));
        let function = "arn:aws:lambda:us-east-1:111111111111:function:MyLambda";
        assert_eq!(check(function, proxy), Err(Bad::ArnWithoutPath));
        let bad = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/bad/invocations";
        assert_eq!(check(bad, proxy), Err(Bad::ProxyTarget));
    }

    #[test]
    fn functions() {
        let expected = Some("arn:aws:lambda:us-east-1:111111111111:function:MyLambda");
        assert_eq!(function_arn(LAMBDA), expected);
        let variable = "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:${stageVariables.fn}/invocations";
        assert_eq!(
            function_arn(variable),
            Some("arn:aws:lambda:r:1:function:${stageVariables.fn}")
        );
        assert_eq!(
            function_arn("arn:aws:apigateway:r:dynamodb:action/PutItem"),
            None
        );
    }

    #[test]
    fn services() {
        let check = |uri, expected: Option<(&str, Wanted)>| assert_eq!(service(uri), expected);
        let put_item = Wanted::Action("PutItem".into());
        check(
            "arn:aws:apigateway:r:dynamodb:action/PutItem",
            Some(("dynamodb", put_item)),
        );
        let path = |path: &str| Wanted::Path(path.into());
        check(
            "arn:aws:apigateway:r:dynamodb:path//",
            Some(("dynamodb", path("/"))),
        );
        check(
            "arn:aws:apigateway:r:sqs:path/1/q",
            Some(("sqs", path("/1/q"))),
        );
        check(
            "arn:aws:apigateway:r:b.s3:path/{k}",
            Some(("s3", path("/{k}"))),
        );
        check("arn:aws:apigateway:r:dynamodb:PutItem", None);
        check("no ARN", None);
    }

    #[test]
    fn http_targets() {
        assert!(check_http("http://example.com").is_ok());
        assert!(check_http("https://${stageVariables.host}/path").is_ok());
        for bad in [
            "",
            "example.com",
            "ftp://example.com",
            "http://",
            "http:///x",
        ] {
            assert!(check_http(bad).is_err(), "{bad}");
        }
    }
}
