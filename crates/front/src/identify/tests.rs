//! What each kind of request is taken for.

use super::*;
use http::Request;

/// A request's aim in a few words.
fn aim(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let mut builder = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let head = builder.body(()).unwrap().into_parts().0;
    match by_head(&head) {
        Aim::Endpoint(endpoint) => format!("{endpoint:?}"),
        Aim::Report => "report".to_owned(),
        Aim::Invoke(url) => format!("{:?} {}", url.target, url.path),
        Aim::Service(Asked::Operation(found)) => {
            format!("{:?}.{:?}", found.service, found.operation)
        }
        Aim::Service(Asked::Form(service)) => format!("form {service:?}"),
        Aim::Service(Asked::Unknown(service)) => format!("{service:?}.?"),
        Aim::Absent(service) => format!("absent {service}"),
        Aim::Nothing => "nothing".to_owned(),
    }
}

fn signature(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=A/20261122/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0"
    )
}

/// The aim of a request that is signed for `service`.
fn signed(service: &str, method: &str, target: &str) -> String {
    let signature = signature(service);
    aim(
        method,
        target,
        &[("date", "x"), ("authorization", &signature)],
    )
}

#[test]
fn by_target() {
    let target = |target| aim("POST", "/", &[("x-amz-target", target)]);
    assert_eq!(target("DynamoDB_20120810.PutItem"), "dynamodb.PutItem");
    assert_eq!(
        target("DynamoDBStreams_20120810.GetRecords"),
        "dynamodbstreams.GetRecords"
    );
    assert_eq!(target("Logs_20140328.PutLogEvents"), "logs.PutLogEvents");
    assert_eq!(target("DynamoDB_20120810.Nothing"), "dynamodb.?");
    assert_eq!(target("AmazonSQS.SendMessage"), "absent AmazonSQS");
    assert_eq!(target("x"), "dynamodb.?");
}

#[test]
fn by_signature() {
    assert_eq!(
        signed("lambda", "GET", "/2015-03-31/functions"),
        "lambda.ListFunctions"
    );
    assert_eq!(signed("lambda", "GET", "/"), "lambda.?");
    assert_eq!(
        signed("apigateway", "GET", "/restapis"),
        "apigateway.GetRestApis"
    );
    assert_eq!(
        signed("apigateway", "GET", "/v2/apis"),
        "apigatewayv2.GetApis"
    );
    assert_eq!(signed("iam", "POST", "/"), "form Some(iam)");
    assert_eq!(signed("sts", "GET", "/?Action=x"), "form Some(sts)");
    assert_eq!(signed("dynamodb", "POST", "/"), "dynamodb.?");
    assert_eq!(signed("s3", "GET", "/restapis"), "absent s3");
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=x&X-Amz-Signature=0\
                 &X-Amz-SignedHeaders=host&X-Amz-Credential=A%2F20261122%2Fus-east-1%2Fsts%2Faws4_request";
    assert_eq!(aim("GET", &format!("/?{query}"), &[]), "form Some(sts)");
}

#[test]
fn by_shape() {
    assert_eq!(
        aim("GET", "/2015-03-31/functions", &[]),
        "lambda.ListFunctions"
    );
    assert_eq!(aim("GET", "/restapis", &[]), "apigateway.GetRestApis");
    let form = [(
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )];
    assert_eq!(aim("POST", "/", &form), "form None");
    assert_eq!(aim("GET", "/?Version=1&Action=GetUser", &[]), "form None");
    let json = [("content-type", "application/x-amz-json-1.1")];
    assert_eq!(aim("POST", "/", &json), "dynamodb.?");
    assert_eq!(aim("GET", "/", &[]), "nothing");
    assert_eq!(
        aim("POST", "/x", &[("authorization", "Bearer x")]),
        "nothing"
    );
}

#[test]
fn ours_and_the_users() {
    assert_eq!(aim("GET", "/_fogbank/health", &[]), "Health");
    assert_eq!(aim("HEAD", "/health", &[]), "Health");
    assert_eq!(aim("POST", "/health", &[]), "nothing");
    assert_eq!(aim("GET", "/_fogbank/metrics", &[]), "Metrics");
    let host = [
        ("host", "a.execute-api.localhost:4566"),
        ("x-amz-target", "x.y"),
    ];
    assert_eq!(
        aim("GET", "/_fogbank/health", &host),
        "Api(\"a\") /_fogbank/health"
    );
    let path = "/restapis/a/s/_user_request_/p";
    assert_eq!(
        aim("GET", path, &[("x-amz-target", "x.y")]),
        "Api(\"a\") /s/p"
    );
    assert_eq!(
        signed("apigateway", "GET", "/restapis/a/stages/s"),
        "apigateway.GetStage"
    );
}
