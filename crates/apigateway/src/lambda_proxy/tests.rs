use super::answer::Encoding;
use super::*;
use crate::exchange;
use proptest::prelude::*;
use serde_json::json;

/// The shape of a recorded event, with our own example's values.
#[test]
fn event_as_recorded() {
    let mut exchange = exchange::tests::example();
    exchange.stage_variables.clear();
    let text = event(
        &exchange,
        &exchange.headers,
        &exchange.query,
        EventBody::None,
    );
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = json!({
        "resource": "/pets/{id}",
        "path": "/pets/7",
        "httpMethod": "GET",
        "headers": {"Accept": "*/*", "X-Test": "a", "x-test": "b"},
        "multiValueHeaders": {"Accept": ["*/*"], "X-Test": ["a"], "x-test": ["b"]},
        "queryStringParameters": {"q": "2"},
        "multiValueQueryStringParameters": {"q": ["1", "2"]},
        "pathParameters": {"id": "7"},
        "stageVariables": null,
        "requestContext": {
            "resourceId": "res123",
            "resourcePath": "/pets/{id}",
            "httpMethod": "GET",
            "extendedRequestId": "extended=",
            "requestTime": "22/Nov/2026:12:24:07 +0000",
            "path": "/test/pets/7",
            "accountId": "111111111111",
            "protocol": "HTTP/1.1",
            "stage": "test",
            "domainPrefix": "api1234567",
            "requestTimeEpoch": 1_795_350_247_123_i64,
            "requestId": exchange.request_id.as_str(),
            "identity": {
                "cognitoIdentityPoolId": null,
                "accountId": null,
                "cognitoIdentityId": null,
                "caller": null,
                "sourceIp": "127.0.0.1",
                "principalOrgId": null,
                "accessKey": null,
                "cognitoAuthenticationType": null,
                "cognitoAuthenticationProvider": null,
                "userArn": null,
                "userAgent": "tests",
                "user": null,
            },
            "domainName": "api1234567.execute-api.localhost",
            "deploymentId": "dep123",
            "apiId": "api1234567",
        },
        "body": null,
        "isBase64Encoded": false,
    });
    assert_eq!(parsed, expected);
}

#[test]
fn event_without_parameters_has_nulls() {
    let mut exchange = exchange::tests::example();
    exchange.path_parameters.clear();
    let text = event(&exchange, &[], &[], EventBody::Binary("AAE="));
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in [
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
    ] {
        assert_eq!(parsed[name], json!(null), "{name}");
    }
    assert_eq!(parsed["stageVariables"], json!({"color": "blue"}));
    assert_eq!(
        (&parsed["body"], &parsed["isBase64Encoded"]),
        (&json!("AAE="), &json!(true))
    );
}

#[track_caller]
fn check(payload: &str, status: u16, headers: &[(&str, &str)], body: &str) {
    let answer = parse(payload).unwrap();
    let sent: Vec<_> = answer
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        (answer.status, sent.as_slice(), answer.body.as_str()),
        (status, headers, body)
    );
}

/// The cases of a recorded validation of response formats.
#[test]
fn answers() {
    check(r#"{"statusCode": 200}"#, 200, &[], "");
    check(r#"{"statusCode": "201", "body": null}"#, 201, &[], "");
    check(r#"{"headers": {"a": "b"}}"#, 200, &[("a", "b")], "");
    check(r#"{"statusCode": 200, "headers": null}"#, 200, &[], "");
    check(
        r#"{"headers": {"test-header": "value", "header-bool": true}}"#,
        200,
        &[("test-header", "value"), ("header-bool", "true")],
        "",
    );
    check(
        r#"{"multiValueHeaders": {"test-multi": ["value1", "value2"]}}"#,
        200,
        &[("test-multi", "value1"), ("test-multi", "value2")],
        "",
    );
    check(
        r#"{"headers": {"test-multi": "value-solo"}, "multiValueHeaders": {"tesT-Multi": ["value-multi"]}}"#,
        200,
        &[("tesT-Multi", "value-multi"), ("test-multi", "value-solo")],
        "",
    );
    let encoded = parse(r#"{"body": "dGVzdC1kYXRh", "isBase64Encoded": true}"#).unwrap();
    assert_eq!(
        (encoded.body.as_str(), encoded.base64),
        ("dGVzdC1kYXRh", Encoding::Base64)
    );
}

#[test]
fn malformed_answers() {
    for payload in [
        "{}",
        "\"just a string\"",
        "[]",
        "null",
        "",
        r#"{"statusCode": 200, "wrongValue": {}}"#,
        r#"{"statusCode": "wrong"}"#,
        r#"{"statusCode": 999}"#,
        r#"{"statusCode": 200.5}"#,
        r#"{"statusCode": 200, "multiValueHeaders": {"a": "b"}}"#,
        r#"{"statusCode": 200, "headers": {"a": ["b"]}}"#,
        r#"{"statusCode": 200, "headers": "a"}"#,
        r#"{"statusCode": 200, "body": {"a": 1}}"#,
        r#"{"statusCode": 200, "isBase64Encoded": "true"}"#,
    ] {
        assert!(parse(payload).is_err(), "{payload}");
    }
}

proptest! {
    #[test]
    fn events_are_json(body in "\\PC{0,20}", name in "\\PC{1,8}", value in "\\PC{0,8}") {
        let exchange = exchange::tests::example();
        let pairs = [(name, value)];
        let text = event(&exchange, &pairs, &pairs, EventBody::Text(&body));
        let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(parsed["body"].as_str(), Some(body.as_str()));
        prop_assert_eq!(parsed["headers"][&pairs[0].0].as_str(), Some(pairs[0].1.as_str()));
    }
}
