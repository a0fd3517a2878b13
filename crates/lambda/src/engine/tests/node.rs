//! Functions in Node.js, run by our bootstrap.

use super::*;

async fn check(file: &str, source: &str, expected: Value) {
    let test = TestEngine::new().await;
    let mut deployment = test.node(file, source);
    deployment.handler = "app.handler".to_owned();
    for _ in 0..2 {
        let outcome = invoke(&test, &deployment, json!({"n": 1})).await;
        assert_eq!(returned(&outcome), expected, "{source}");
    }
}

#[tokio::test]
async fn handlers_of_every_shape() {
    check(
        "app.js",
        "exports.handler = async (event) => event.n + 1",
        json!(2),
    )
    .await;
    check(
        "app.mjs",
        "export const handler = async (event) => event.n + 1",
        json!(2),
    )
    .await;
    check(
        "app.cjs",
        "exports.handler = (event, context, done) => done(null, event.n + 1)",
        json!(2),
    )
    .await;
    check(
        "app.mjs",
        "export const handler = (e, c, done) => { setTimeout(() => done(null, 'late'), 20) }",
        json!("late"),
    )
    .await;
    check("app.js", "exports.handler = async () => {}", Value::Null).await;
    check("app.js", "exports.handler = () => {}", Value::Null).await;
    check(
        "app.js",
        "exports.handler = () => new Promise(() => {})",
        Value::Null,
    )
    .await;
    check(
        "app.js",
        "exports.handler = (e, context) => context.succeed({ a: 1 })",
        json!({"a": 1}),
    )
    .await;
    check(
        "app.mjs",
        "const t = await Promise.resolve(5); export const handler = async () => t",
        json!(5),
    )
    .await;
    check("app.js", "exports.handler = awslambda.streamifyResponse(async (e, out) => { out.write('\"a'); out.end('b\"') })", json!("ab")).await;
}

#[tokio::test]
async fn callbacks_wait_for_the_event_loop_unless_told_otherwise() {
    let source = |wait: bool| {
        format!(
            "let done = 0;
exports.handler = (event, context, callback) => {{
  context.callbackWaitsForEmptyEventLoop = {wait};
  setTimeout(() => {{ done = 1; }}, 30);
  callback(null, 'answer');
}};
exports.count = async () => done;"
        )
    };
    check("app.js", &source(true), json!("answer")).await;
    check("app.js", &source(false), json!("answer")).await;
}

#[tokio::test]
async fn the_context() {
    let test = TestEngine::new().await;
    let deployment = test.node(
        "app.js",
        "exports.handler = async (event, context) => ({
  context, left: context.getRemainingTimeInMillis() > 29000, region: process.env.AWS_REGION,
  fd: process.env._LAMBDA_TELEMETRY_LOG_FD ?? null })",
    );
    let answer = returned(&invoke(&test, &deployment, json!({})).await);
    let context = &answer["context"];
    assert_eq!(context["callbackWaitsForEmptyEventLoop"], true);
    assert_eq!(context["functionName"], "f");
    assert_eq!(context["memoryLimitInMB"], "128");
    assert_eq!(context["awsRequestId"], ID);
    assert_eq!(
        context["invokedFunctionArn"],
        deployment.function_arn.as_str()
    );
    assert_eq!(answer["left"], true);
    assert_eq!(answer["region"], "us-east-1");
    assert_eq!(answer["fd"], Value::Null);
}

#[tokio::test]
async fn errors() {
    let test = TestEngine::new().await;
    let deployment = test.node(
        "app.js",
        "class Broken extends Error { constructor(m) { super(m); this.name = 'Broken'; } }
exports.handler = async (event) => {
  if (event.how === 'throw') throw new Broken('it broke');
  if (event.how === 'text') throw 'just text';
  if (event.how === 'circular') { const a = {}; a.a = a; return a; }
  if (event.how === 'reject') { Promise.reject(new Error('unhandled')); await new Promise((r) => setTimeout(r, 5000)); }
  if (event.how === 'exit') process.exit(3);
  return 'fine';
}",
    );
    let outcome = invoke(&test, &deployment, json!({"how": "throw"})).await;
    let document = failed(&outcome);
    assert_eq!(document["errorType"], "Broken");
    assert_eq!(document["errorMessage"], "it broke");
    assert_eq!(document["trace"][0], "Broken: it broke");
    let place = document["trace"][1].as_str().unwrap();
    assert!(place.contains("(/var/task/app.js:3:"), "{place}");
    assert!(
        outcome
            .log_tail
            .contains("\tERROR\tInvoke Error \t{\"errorType\":\"Broken\""),
        "{}",
        outcome.log_tail
    );
    for (how, kind, message) in [
        ("text", "string", "just text"),
        ("circular", "Error", "Unable to stringify response body"),
        (
            "reject",
            "Runtime.UnhandledPromiseRejection",
            "Error: unhandled",
        ),
    ] {
        let document = failed(&invoke(&test, &deployment, json!({"how": how})).await);
        assert_eq!(
            (&document["errorType"], &document["errorMessage"]),
            (&json!(kind), &json!(message))
        );
    }
    let document = failed(&invoke(&test, &deployment, json!({"how": "exit"})).await);
    assert_eq!(document["errorType"], "Runtime.ExitError");
    assert_eq!(
        returned(&invoke(&test, &deployment, json!({})).await),
        "fine"
    );
}

async fn check_load_failure(source: &str, handler: &str, kind: &str, message: &str) {
    let test = TestEngine::new().await;
    let mut deployment = test.node("app.js", source);
    deployment.handler = handler.to_owned();
    let document = failed(&invoke(&test, &deployment, json!({})).await);
    assert_eq!(document["errorType"], kind);
    let actual = document["errorMessage"].as_str().unwrap();
    assert!(actual.starts_with(message), "{actual}");
}

#[tokio::test]
async fn handlers_that_cannot_be_loaded() {
    let fine = "exports.handler = async () => 1";
    check_load_failure(
        fine,
        "other.handler",
        "Runtime.ImportModuleError",
        "Error: Cannot find module 'other'\nRequire stack:\n- /var/runtime/index.mjs",
    )
    .await;
    check_load_failure(
        fine,
        "app.missing",
        "Runtime.HandlerNotFound",
        "app.missing is undefined or not exported",
    )
    .await;
    check_load_failure(
        "exports.handler = async ( => 1",
        "app.handler",
        "Runtime.UserCodeSyntaxError",
        "SyntaxError: ",
    )
    .await;
    check_load_failure(
        "throw new TypeError('start fails')",
        "app.handler",
        "TypeError",
        "start fails",
    )
    .await;
    check_load_failure(
        "require('@aws-sdk/client-s3')",
        "app.handler",
        "Runtime.ImportModuleError",
        "Error: Cannot find module '@aws-sdk/client-s3'",
    )
    .await;
}

#[tokio::test]
async fn log_lines() {
    let test = TestEngine::new().await;
    let deployment = test.node(
        "app.js",
        "exports.handler = async () => { console.log('two\\nlines', { a: 1 }); console.error('bad'); }",
    );
    invoke(&test, &deployment, json!({})).await;
    eventually("the log arrives", || test.logs.all().contains("REPORT")).await;
    let messages = test.logs.messages();
    assert!(
        messages
            .iter()
            .any(|m| m.ends_with(&format!("Z\t{ID}\tINFO\ttwo\nlines {{ a: 1 }}\n"))),
        "{messages:?}"
    );
    assert!(
        messages
            .iter()
            .any(|m| m.ends_with(&format!("Z\t{ID}\tERROR\tbad\n"))),
        "{messages:?}"
    );
}
