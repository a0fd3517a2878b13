//! Invoking, at once and later.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use wire::lambda::{InvocationType, LogType};

fn event(name: &str, payload: &str) -> InvokeInput {
    InvokeInput {
        invocation_type: Some(InvocationType::Event),
        ..invocation(name, payload)
    }
}

#[tokio::test]
async fn answers_failures_and_logs() {
    let test = TestLambda::new().await;
    let source = "
def handler(event, context):
    print('seen', event, context.client_context.custom if context.client_context else None)
    if event == 'fail': raise ValueError('no')
    return {'got': event}
";
    test.create("f", source).await;
    let mut input = invocation("f", "[1, \"ü\"]");
    input.log_type = Some(LogType::Tail);
    input.client_context = Some(BASE64.encode(r#"{"custom": {"a": "b"}}"#));
    let output = test.call(input).await.unwrap();
    assert_eq!(output.status_code, Some(200));
    assert_eq!(output.payload.unwrap(), "{\"got\": [1, \"ü\"]}");
    assert_eq!(output.executed_version.as_deref(), Some("$LATEST"));
    let log = String::from_utf8(BASE64.decode(output.log_result.unwrap()).unwrap()).unwrap();
    assert!(log.starts_with("START RequestId: "), "{log}");
    assert!(log.contains("\nseen [1, 'ü'] {'a': 'b'}\n"), "{log}");
    let output = test.invoke("f", "\"fail\"").await;
    assert_eq!(output.function_error.as_deref(), Some("Unhandled"));
    assert_eq!((output.status_code, output.log_result), (Some(200), None));
    let (code, message) = test.refused(invocation("f", "{nonsense")).await;
    assert_eq!(code, "InvalidRequestContentException");
    assert!(
        message.starts_with("Could not parse request body into json: "),
        "{message}"
    );
    for context in ["!!!", "MQ==", "ew=="] {
        let mut input = invocation("f", "{}");
        input.client_context = Some(context.to_owned());
        let refused = (
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.".to_owned(),
        );
        assert_eq!(test.refused(input).await, refused, "{context}");
    }
    let large = format!("\"{}\"", "x".repeat(7_000_000));
    assert_eq!(
        test.refused(invocation("f", &large)).await.0,
        "RequestTooLargeException"
    );
}

#[tokio::test]
async fn a_dry_run_does_nothing() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let mut input = invocation("f", "{}");
    input.invocation_type = Some(InvocationType::DryRun);
    let output = test.call(input).await.unwrap();
    assert_eq!(
        (output.status_code, output.executed_version),
        (Some(204), None)
    );
    assert!(!test.logs.all().contains("START"));
}

#[tokio::test]
async fn events_are_invoked_once() {
    let test = TestLambda::new().await;
    test.create("f", "def handler(event, context): print('event', event)\n")
        .await;
    for n in 0..5 {
        let output = test.call(event("f", &n.to_string())).await.unwrap();
        assert_eq!(
            (output.status_code, output.payload.unwrap().len()),
            (Some(202), 0)
        );
    }
    eventually("all are invoked", async || {
        test.lambda.waiting_events().await.unwrap() == 0
    })
    .await;
    eventually("all are logged", async || {
        test.logs.all().matches("REPORT").count() == 5
    })
    .await;
    for n in 0..5 {
        assert_eq!(test.logs.all().matches(&format!("event {n}\n")).count(), 1);
    }
    assert_eq!(
        test.refused(event("missing", "{}")).await.0,
        "ResourceNotFoundException"
    );
    let large = format!("\"{}\"", "x".repeat(1_100_000));
    assert_eq!(
        test.refused(event("f", &large)).await.0,
        "RequestTooLargeException"
    );
}

#[tokio::test]
async fn a_failed_event_is_tried_again_when_its_time_has_come() {
    let test = TestLambda::new().await;
    let clock = Clock::manual(Clock::system().now());
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let test = TestLambda::open(test.store.clone(), folder, clock.clone()).await;
    test.create("f", "def handler(event, context): raise ValueError('no')\n")
        .await;
    test.call(event("f", "{}")).await.unwrap();
    let attempts = |count: usize| {
        let logs = test.logs.clone();
        async move || logs.all().matches("REPORT").count() == count
    };
    eventually("the first attempt", attempts(1)).await;
    assert_eq!(test.lambda.waiting_events().await.unwrap(), 1);
    let mut test = test;
    for (attempt, wait) in [(1, 60), (1, 120)] {
        // A stopped dispatcher has not seen the clock move; the next one looks at once.
        clock.advance(Duration::from_secs(wait));
        test = test.restart().await;
        let logs = test.logs.clone();
        eventually("the next attempt", async || {
            logs.all().matches("REPORT").count() == attempt
        })
        .await;
    }
    eventually("it is given up", async || {
        test.lambda.waiting_events().await.unwrap() == 0
    })
    .await;
}

#[tokio::test]
async fn accepted_events_survive_a_restart() {
    let test = TestLambda::new().await;
    test.create("f", "def handler(event, context): print('event', event)\n")
        .await;
    test.settled("f").await;
    // The server ends before it gets to the event.
    test.lambda.0.queue.stop();
    eventually("nothing waits", async || {
        test.lambda.waiting_events().await.unwrap() == 0
    })
    .await;
    test.call(event("f", "\"kept\"")).await.unwrap();
    let test = test.restart().await;
    eventually("it is invoked", async || {
        test.logs.all().contains("event kept\n")
    })
    .await;
    eventually("it is done", async || {
        test.lambda.waiting_events().await.unwrap() == 0
    })
    .await;
}
