//! Services by each protocol, and which error comes first.

use crate::clients::{Call, Server};
use crate::services::BROKEN_TABLE;

#[tokio::test]
async fn aws_json() {
    let server = Server::start().await;
    let answer = server
        .send(&Call::dynamodb("ListTables", "{}").signed("dynamodb"))
        .await;
    assert_eq!(
        (answer.status, &*answer.body),
        (200, r#"{"TableNames":["t"]}"#)
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/x-amz-json-1.0")
    );
    let crc32 = crc32fast::hash(answer.body.as_bytes()).to_string();
    assert_eq!(answer.header("x-amz-crc32"), Some(&*crc32));
    assert_eq!(answer.header("x-amzn-requestid").unwrap().len(), 52);
    assert!(answer.header("date").unwrap().ends_with(" GMT"));
}

/// A real service over a store: what one call does, the next one sees, and a third is refused.
#[tokio::test]
async fn a_real_service() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let logs = |operation: &str, body: &str| {
        Call::new("POST", "/")
            .header("x-amz-target", &format!("Logs_20140328.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(body)
            .signed("logs")
    };
    let create = logs("CreateLogGroup", r#"{"logGroupName": "g"}"#);
    let answer = client.send(&create).await;
    assert_eq!((answer.status, &*answer.body), (200, ""));
    let answer = client.send(&logs("DescribeLogGroups", "{}")).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains(r#""logGroupName":"g""#), "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/x-amz-json-1.1")
    );
    assert_eq!(
        client.send(&create).await.code(),
        "400 ResourceAlreadyExistsException"
    );
}

#[tokio::test]
async fn rest_json() {
    let server = Server::start().await;
    let call = Call::new("GET", "/2015-03-31/functions?MaxItems=3").signed("lambda");
    let answer = server.send(&call).await;
    assert_eq!((answer.status, &*answer.body), (200, "{}"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-amz-crc32"), None);
    assert_eq!(answer.header("x-amzn-requestid").unwrap().len(), 36);
    let call = Call::new("POST", "/2015-03-31/functions/f/invocations").body(b"\"\xff\"");
    let call = Call {
        body: b"{\"a\": 1}".to_vec(),
        ..call
    };
    let answer = server.send(&call.signed("lambda")).await;
    assert_eq!((answer.status, &*answer.body), (200, "{\"a\": 1}"));
}

#[tokio::test]
async fn query() {
    let server = Server::start().await;
    let form = "Action=GetUser&Version=2010-05-08";
    let by_get = Call::new("GET", &format!("/?{form}"));
    for call in [Call::form(form), by_get] {
        let answer = server.send(&call.signed("iam")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("text/xml"));
        assert!(
            answer.body.starts_with("<GetUserResponse xmlns="),
            "{answer:?}"
        );
    }
}

/// What a call is answered with.
async fn check(server: &Server, call: Call, code: &str, message: &str) {
    let answer = server.send(&call).await;
    let said = (answer.code(), answer.message());
    assert_eq!(
        said,
        (code.to_owned(), message.to_owned()),
        "{}",
        call.head()
    );
}

#[tokio::test]
async fn unknown_operations() {
    let server = Server::start().await;
    let unknown = "400 com.amazon.coral.service#UnknownOperationException";
    check(&server, Call::dynamodb("ListTable", "{}"), unknown, "").await;
    let no_target = Call::new("POST", "/").header("content-type", "application/x-amz-json-1.0");
    check(&server, no_target, unknown, "").await;
    check(
        &server,
        Call::new("POST", "/").signed("dynamodb"),
        unknown,
        "",
    )
    .await;
    let odd_target = Call::new("POST", "/").header("x-amz-target", "whatever");
    check(&server, odd_target, unknown, "").await;
    let unable = "Unable to determine service/operation name to be authorized";
    for (method, path) in [
        ("GET", "/2015-03-31/nothing"),
        ("PATCH", "/2015-03-31/functions"),
    ] {
        let call = Call::new(method, path).signed("lambda");
        check(&server, call, "403 AccessDeniedException", unable).await;
    }
    let form = Call::form("Action=No+Such&Version=2010-05-08").signed("iam");
    let message = "Could not find operation No Such for version 2010-05-08";
    check(&server, form, "400 InvalidAction", message).await;
    let message = "The request must contain the parameter Action.";
    let form = Call::form("Version=2010-05-08").signed("iam");
    check(&server, form, "400 MissingAction", message).await;
}

#[tokio::test]
async fn what_is_not_built_says_so() {
    let server = Server::start().await;
    for (call, service, operation) in [
        (
            Call::dynamodb("CreateBackup", "{}"),
            "dynamodb",
            "CreateBackup",
        ),
        (
            Call::new("GET", "/2015-03-31/event-source-mappings"),
            "lambda",
            "ListEventSourceMappings",
        ),
    ] {
        let answer = server.send(&call.signed(service)).await;
        assert_eq!(answer.status, 501, "{answer:?}");
        let message =
            format!("The operation {operation} of {service} is not implemented by Fogbank.");
        assert_eq!(answer.message(), message);
    }
    let form = "Action=AssumeRoleWithSAML&Version=2011-06-15";
    let message = "The operation AssumeRoleWithSAML of sts is not implemented by Fogbank.";
    check(&server, Call::form(form), "501 NotImplemented", message).await;
}

#[tokio::test]
async fn what_is_not_here_says_so() {
    let server = Server::start().await;
    let by_target = Call::new("POST", "/").header("x-amz-target", "AmazonSQS.SendMessage");
    for (call, service) in [
        (by_target.signed("sqs"), "AmazonSQS"),
        (Call::new("GET", "/bucket/key").signed("s3"), "s3"),
        (Call::form("Action=DescribeInstances").signed("ec2"), "ec2"),
        (Call::new("GET", "/v1/apis").signed("appsync"), "appsync"),
    ] {
        let message = format!("The service {service} is not implemented by Fogbank.");
        check(&server, call, "501 NotImplemented", &message).await;
    }
    let meant = Call::new("POST", "/").header("x-amz-target", "Dynamo_20120810.GetItem");
    let answer = server.send(&meant.signed("dynamodb")).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    let answer = server.send(&Call::new("GET", "/favicon.ico")).await;
    assert_eq!(
        (answer.status, &*answer.body),
        (404, "<UnknownOperationException/>\n")
    );
}

/// Each call is wrong in the ways its line names; the first of them must be answered.
#[tokio::test]
async fn precedence_of_errors() {
    let server = Server::start().await;
    let stranger = |call: Call, service| call.signed_with(service, "AKIDNOBODY", "x", None);
    let malformed = "{\"TableName\": 1}";
    let invalid = "{}";
    let coral = |code: &str| format!("400 com.amazon.coral.service#{code}");
    let cases = [
        // Unknown operation, no signature, no JSON.
        (
            Call::dynamodb("Nothing", "x"),
            coral("UnknownOperationException"),
        ),
        // No signature, no JSON.
        (
            Call::dynamodb("DeleteTable", "x"),
            coral("MissingAuthenticationTokenException"),
        ),
        // Unknown key, wrong type.
        (
            stranger(Call::dynamodb("DeleteTable", malformed), "dynamodb"),
            coral("UnrecognizedClientException"),
        ),
        // No JSON, denied.
        (
            Call::dynamodb("DeleteTable", "x").signed("dynamodb"),
            coral("SerializationException"),
        ),
        // Wrong type, denied.
        (
            Call::dynamodb("DeleteTable", malformed).signed("dynamodb"),
            coral("SerializationException"),
        ),
        // Broken constraint, denied.
        (
            Call::dynamodb("DeleteTable", invalid).signed("dynamodb"),
            "400 com.amazon.coral.validate#ValidationException".to_owned(),
        ),
        // Denied, no such table.
        (
            Call::dynamodb("DeleteTable", r#"{"TableName": "table"}"#).signed("dynamodb"),
            coral("AccessDeniedException"),
        ),
        // No such table.
        (
            Call::dynamodb("DescribeTable", r#"{"TableName": "table"}"#).signed("dynamodb"),
            "400 com.amazonaws.dynamodb.v20120810#ResourceNotFoundException".to_owned(),
        ),
        // Unknown action, no signature.
        (Call::form("Action=Nothing"), "400 InvalidAction".to_owned()),
        // No signature, broken constraint.
        (
            Call::form("Action=GetUser&Version=2010-05-08&UserName="),
            "403 MissingAuthenticationToken".to_owned(),
        ),
        // Broken constraint.
        (
            Call::form("Action=GetUser&Version=2010-05-08&UserName=").signed("iam"),
            "400 ValidationError".to_owned(),
        ),
        // No signature, broken constraint.
        (
            Call::new("GET", "/2015-03-31/functions?MaxItems=x"),
            "403 MissingAuthenticationTokenException".to_owned(),
        ),
        // Not built, unknown key.
        (
            stranger(
                Call::new("GET", "/2015-03-31/event-source-mappings"),
                "lambda",
            ),
            "501 NotImplemented".to_owned(),
        ),
    ];
    for (call, code) in cases {
        let answer = server.send(&call).await;
        assert_eq!(answer.code(), code, "{}{answer:?}", call.head());
    }
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let body = format!(r#"{{"TableName": "{BROKEN_TABLE}"}}"#);
    let call = Call::dynamodb("DescribeTable", body).signed("dynamodb");
    let answer = client.send(&call).await;
    assert_eq!(
        answer.code(),
        "500 com.amazonaws.dynamodb.v20120810#InternalServerError"
    );
    assert!(!answer.body.contains("broken"), "{answer:?}");
    let call = Call::dynamodb("ListTables", "{}").signed("dynamodb");
    assert_eq!(
        client.send(&call).await.status,
        200,
        "the connection goes on"
    );
}

#[tokio::test]
async fn web_pages_are_kept_out() {
    let server = Server::start().await;
    let call = |origin| {
        let call = Call::dynamodb("ListTables", "{}").signed("dynamodb");
        call.header("origin", origin)
    };
    let answer = server.send(&call("https://example.com")).await;
    assert_eq!(
        answer.code(),
        "400 com.amazon.coral.service#AccessDeniedException"
    );
    assert_eq!(
        server.send(&call("http://localhost:3000")).await.status,
        200
    );
}
