//! Signatures, as each protocol words what is wrong with them.

use crate::clients::{Answer, Call, Server};
use crate::services::{EXPIRED_KEY, SECRET, SESSION_KEY, TOKEN};

/// One call to each protocol's service, in the order JSON, REST, query.
fn calls() -> [(Call, &'static str); 3] {
    [
        (Call::dynamodb("ListTables", "{}"), "dynamodb"),
        (Call::new("GET", "/2015-03-31/functions"), "lambda"),
        (Call::form("Action=GetUser&Version=2010-05-08"), "iam"),
    ]
}

/// Sends each protocol's call, made wrong by `spoil`, and compares codes and messages.
async fn check(spoil: impl Fn(Call, &'static str) -> Call, codes: [&str; 3], message: &str) {
    let server = Server::start().await;
    for ((call, service), code) in calls().into_iter().zip(codes) {
        let answer = server.send(&spoil(call, service)).await;
        let given = answer.code().replace("com.amazon.coral.service#", "");
        assert_eq!(given, code);
        let said = answer.message();
        assert!(said.starts_with(message), "{service}: {said}");
    }
}

#[tokio::test]
async fn none() {
    check(
        |call, _| call,
        [
            "400 MissingAuthenticationTokenException",
            "403 MissingAuthenticationTokenException",
            "403 MissingAuthenticationToken",
        ],
        "",
    )
    .await;
    let server = Server::start().await;
    let [json, rest, query] = calls().map(|(call, _)| call);
    let message = async |call| -> String { Answer::message(&server.send(&call).await) };
    assert_eq!(
        message(json).await,
        "Request is missing Authentication Token"
    );
    assert_eq!(message(rest).await, "Missing Authentication Token");
    assert_eq!(
        message(query).await,
        "Request is missing Authentication Token"
    );
}

#[tokio::test]
async fn incomplete() {
    check(
        |call, _| call.header("authorization", "AWS4-HMAC-SHA256 Signature=0"),
        [
            "400 IncompleteSignatureException",
            "400 IncompleteSignatureException",
            "400 IncompleteSignature",
        ],
        "Authorization header requires 'Credential' parameter. Authorization header requires \
         'SignedHeaders' parameter. Authorization header requires existence of either a \
         'X-Amz-Date' or a 'Date' header. ",
    )
    .await;
}

#[tokio::test]
async fn unknown_key() {
    check(
        |call, service| call.signed_with(service, "AKIDNOBODY", SECRET, None),
        [
            "400 UnrecognizedClientException",
            "403 UnrecognizedClientException",
            "403 InvalidClientTokenId",
        ],
        "The security token included in the request is invalid.",
    )
    .await;
}

const INVALID: [&str; 3] = [
    "400 InvalidSignatureException",
    "403 InvalidSignatureException",
    "403 SignatureDoesNotMatch",
];

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult \
                        the service documentation for details.";

#[tokio::test]
async fn wrong_secret() {
    let spoil = |call: Call, service| call.signed_with(service, "AKIDEXAMPLE", "wrong", None);
    check(spoil, INVALID, MISMATCH).await;
}

#[tokio::test]
async fn another_body() {
    let spoil = |call: Call, service| {
        let call = call.signed(service);
        let body = [&call.body[..], b"&"].concat();
        call.body(body)
    };
    check(spoil, INVALID, MISMATCH).await;
}

#[tokio::test]
async fn another_time() {
    let spoil = |call: Call, service| {
        let call = call.signed(service);
        call.header("x-amz-date", "20261122T110000Z")
    };
    let expired = "Signature expired: 20261122T110000Z is now earlier than 20261122T120907Z \
                   (20261122T122407Z - 15 min.)";
    check(spoil, INVALID, expired).await;
}

#[tokio::test]
async fn another_service() {
    let server = Server::start().await;
    let call = Call::dynamodb("ListTables", "{}").signed("logs");
    let answer = server.send(&call).await;
    assert_eq!(
        answer.message(),
        "Credential should be scoped to correct service: 'dynamodb'. "
    );
}

#[tokio::test]
async fn sessions() {
    let with = |key: &'static str, token| {
        move |call: Call, service| call.signed_with(service, key, SECRET, token)
    };
    let unknown = [
        "400 UnrecognizedClientException",
        "403 UnrecognizedClientException",
        "403 InvalidClientTokenId",
    ];
    let invalid = "The security token included in the request is invalid";
    check(with(SESSION_KEY, None), unknown, invalid).await;
    check(with(SESSION_KEY, Some("another")), unknown, invalid).await;
    let expired = [
        "400 ExpiredTokenException",
        "403 ExpiredTokenException",
        "403 ExpiredToken",
    ];
    let message = "The security token included in the request is expired";
    check(with(EXPIRED_KEY, Some(TOKEN)), expired, message).await;
    let server = Server::start().await;
    for (call, service) in calls() {
        let call = call.signed_with(service, SESSION_KEY, SECRET, Some(TOKEN));
        assert_eq!(server.send(&call).await.status, 200);
    }
}
