//! The generated tables and the codecs together, over whole requests.

use super::*;
use crate::decode::decode_input;
use base::{Entropy, RequestId};
use bytes::Bytes;
use http::HeaderMap;

#[test]
fn every_pattern_of_the_models_compiles() {
    let modules = [
        apigateway::PATTERNS,
        apigatewayv2::PATTERNS,
        dynamodb::PATTERNS,
        dynamodbstreams::PATTERNS,
        iam::PATTERNS,
        lambda::PATTERNS,
        logs::PATTERNS,
        sts::PATTERNS,
    ];
    for pattern in modules.into_iter().flatten() {
        let compiled = fancy_regex::Regex::new(pattern.regex);
        assert!(
            compiled.is_ok(),
            "{} as {}: {compiled:?}",
            pattern.text,
            pattern.regex
        );
    }
}

fn decode<I: Input>(method: &str, path: &str, query: &str, body: &str) -> Result<I, Fault> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let headers = HeaderMap::new();
    let parts = RequestParts {
        method,
        path,
        query,
        headers: &headers,
        body: &body,
    };
    let node = parts
        .node(I::SERVICE, I::OPERATION)
        .map_err(Rejection::Malformed);
    node.and_then(decode_input::<I>)
        .map_err(|rejection| rejection.fault(I::SERVICE))
}

#[track_caller]
fn refused<I: Input + std::fmt::Debug>(method: &str, path: &str, body: &str, message: &str) {
    let fault = decode::<I>(method, path, "", body).unwrap_err();
    assert_eq!(fault.message(), message);
}

#[test]
fn json_input() {
    let body = r#"{"TableName":"t","Item":{"k":{"S":"v"},"n":{"N":"1"}},"ReturnValues":"ALL_OLD"}"#;
    let input = decode::<dynamodb::PutItemInput>("POST", "/", "", body).unwrap();
    assert_eq!(input.table_name, "t");
    assert_eq!(input.return_values, Some(dynamodb::ReturnValue::AllOld));
    assert_eq!(input.item["n"], AttributeValue::N("1".to_owned()));
}

#[test]
fn wrong_types_in_the_words_of_dynamodb() {
    let check = |body: &str, message| refused::<dynamodb::PutItemInput>("POST", "/", body, message);
    check("{", "");
    check(
        r#"{"TableName":true}"#,
        "TRUE_VALUE cannot be converted to String",
    );
    check(
        r#"{"TableName":1.5}"#,
        "DECIMAL_VALUE cannot be converted to String",
    );
    check(
        r#"{"TableName":[]}"#,
        "Unrecognized collection type class java.lang.String",
    );
    check(
        r#"{"TableName":{}}"#,
        "Start of structure or map found where not expected",
    );
    check(r#"{"TableName":"t","Item":"x"}"#, "Unexpected field type");
    check(
        r#"{"TableName":"t","Item":{"a":"x"}}"#,
        "Unexpected value type in payload",
    );
    check(
        r#"{"TableName":"t","Item":{"a":{"B":"abcde"}}}"#,
        "Base64 encoded length is expected a multiple of 4 bytes but found: 5",
    );
}

#[test]
fn constraints_in_the_words_of_lambda() {
    let path = "/2015-03-31/functions";
    let body = r#"{"FunctionName":"f","Role":"r1","Code":{},"Architectures":["X86_64"]}"#;
    refused::<lambda::CreateFunctionInput>(
        "POST",
        path,
        body,
        "2 validation errors detected: Value 'r1' at 'role' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+; \
         Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy \
         constraint: [Member must satisfy enum value set: [x86_64, arm64], \
         Member must not be null]",
    );
    refused::<lambda::CreateFunctionInput>(
        "POST",
        path,
        r#"{"FunctionName":"f","Code":{}}"#,
        "1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null",
    );
}

#[test]
fn constraints_in_the_words_of_api_gateway() {
    refused::<apigateway::UpdateMethodResponseInput>(
        "PATCH",
        "/restapis/a/resources/b/methods/GET/responses/wrong",
        r#"{"patchOperations":[{"op":"wrong_op","path":"/x"}]}"#,
        "2 validation errors detected: Value 'wrong_op' at \
         'updateMethodResponseInput.patchOperations.1.member.op' failed to satisfy constraint: Member \
         must satisfy enum value set: [add, remove, move, test, replace, copy]; Value 'wrong' at \
         'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: \
         [1-5]\\d\\d",
    );
}

#[test]
fn query_input() {
    let body = "Action=CreateUser&Version=2010-05-08&UserName=bob&Tags.member.1.Key=a&Tags.member.1.Value=b";
    let input = decode::<iam::CreateUserInput>("POST", "/", "", body).unwrap();
    assert_eq!(input.user_name, "bob");
    assert_eq!(input.tags.unwrap()[0].value, "b");
}

#[test]
fn rest_input_from_everywhere() {
    let input = decode::<apigateway::GetResourcesInput>(
        "GET",
        "/restapis/abc/resources",
        "embed=methods&limit=5",
        "",
    )
    .unwrap();
    assert_eq!(input.rest_api_id, "abc");
    assert_eq!(input.limit, Some(5));
    assert_eq!(input.embed, Some(vec!["methods".to_owned()]));
}

#[test]
fn a_body_member_with_the_name_of_a_path_member() {
    let path = "/restapis/a/resources/b/methods/GET/integration";
    let body = r#"{"type":"AWS","httpMethod":"POST"}"#;
    let input = decode::<apigateway::PutIntegrationInput>("PUT", path, "", body).unwrap();
    assert_eq!(input.http_method, "GET");
    assert_eq!(input.integration_http_method.as_deref(), Some("POST"));
}

#[test]
fn outputs() {
    let id = RequestId::uuid(&Entropy::seeded(1));
    let output = sts::GetCallerIdentityOutput {
        account: Some("1".to_owned()),
        arn: Some("<a>".to_owned()),
        user_id: None,
    };
    let reply = output.reply(&sts::SERVICE, sts::GetCallerIdentityInput::OPERATION, &id);
    let text = String::from_utf8(reply.body.bytes.to_vec()).unwrap();
    assert!(text.starts_with("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"), "{text}");
    assert!(text.contains("<Arn>&lt;a&gt;</Arn>"), "{text}");

    let fault = Fault::modelled(&lambda::errors::RESOURCE_NOT_FOUND, "gone");
    let reply = error_reply(&lambda::SERVICE, &fault, &id);
    assert_eq!(reply.status, 404);
    assert_eq!(
        &reply.body.bytes[..],
        br#"{"Type":"User","Message":"gone"}"#
    );
    let fault = Fault::modelled(&dynamodb::errors::RESOURCE_NOT_FOUND, "gone");
    let reply = error_reply(&dynamodb::SERVICE, &fault, &id);
    assert_eq!(
        &reply.body.bytes[..],
        br#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"gone"}"#
    );
    let reply = error_reply(&dynamodb::SERVICE, &Fault::internal(), &id);
    let text = String::from_utf8(reply.body.bytes.to_vec()).unwrap();
    assert_eq!(reply.status, 500);
    assert!(
        text.starts_with(r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","#),
        "{text}"
    );
}

#[test]
fn identification() {
    let rest = |method, path, query| identify_rest(SERVICES, None, method, path, query);
    let name =
        |found: Result<Identified, Unidentified>| found.map(|found| found.operation.name).ok();
    assert_eq!(
        name(rest("POST", "/restapis", "mode=import")),
        Some("ImportRestApi")
    );
    assert_eq!(name(rest("POST", "/restapis", "")), Some("CreateRestApi"));
    assert_eq!(
        name(rest("POST", "/2015-03-31/functions/f/invocations", "")),
        Some("Invoke")
    );
    assert_eq!(name(rest("GET", "/no/such/thing", "")), None);
    assert_eq!(
        name(identify_json(SERVICES, "DynamoDB_20120810.PutItem")),
        Some("PutItem")
    );
    let unknown = identify_json(SERVICES, "DynamoDB_20120810.Nope");
    assert!(matches!(unknown, Err(Unidentified::NoOperation(s)) if s.name == "dynamodb"));
    assert_eq!(
        name(identify_query(
            SERVICES,
            None,
            b"Action=GetUser&Version=2010-05-08"
        )),
        Some("GetUser")
    );
}
