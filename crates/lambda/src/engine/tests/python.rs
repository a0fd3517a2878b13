//! Functions in Python, run by our bootstrap.

use super::*;
use sandbox::Level;

#[tokio::test]
async fn the_context_and_the_environment() {
    let test = TestEngine::new().await;
    let mut deployment = test.python(
        "
import os, sys
def handler(event, context):
    left = context.get_remaining_time_in_millis()
    names = ('aws_request_id', 'function_name', 'function_version', 'invoked_function_arn',
             'memory_limit_in_mb', 'log_group_name', 'tenant_id')
    return {
        'event': event,
        'context': {name: getattr(context, name) for name in names},
        'client': [context.client_context.custom, context.client_context.client.app_title],
        'identity': context.identity.cognito_identity_id,
        'left': 29000 < left <= 30000,
        'env': dict(os.environ),
        'cwd': os.getcwd(),
        'first': sys.path[0],
        'argv': len(sys.argv),
    }
",
    );
    deployment.variables.insert("MINE".into(), "yes".into());
    deployment
        .variables
        .insert("TZ".into(), "Europe/Berlin".into());
    let request = Request {
        request_id: ID.to_owned(),
        payload: json!({"a": ["ö", 1.5, null]}).to_string().into(),
        invoked_arn: "arn:aws:lambda:us-east-1:000000000000:function:f:live".to_owned(),
        client_context: Some(r#"{"custom": {"k": "ü"}, "client": {"app_title": "t"}}"#.to_owned()),
        trace: "Root=1-00000001-000000000000000000000001".to_owned(),
        sink: None,
    };
    let outcome = test
        .engine
        .invoke(Arc::new(deployment.clone()), request)
        .await;
    let answer = returned(&outcome.unwrap());
    assert_eq!(answer["event"], json!({"a": ["ö", 1.5, null]}));
    assert_eq!(
        answer["context"],
        json!({
            "aws_request_id": ID,
            "function_name": "f",
            "function_version": "$LATEST",
            "invoked_function_arn": "arn:aws:lambda:us-east-1:000000000000:function:f:live",
            "memory_limit_in_mb": "128",
            "log_group_name": "/aws/lambda/f",
            "tenant_id": null,
        })
    );
    assert_eq!(answer["client"], json!([{"k": "ü"}, "t"]));
    assert_eq!(answer["identity"], Value::Null);
    assert_eq!(answer["left"], true);
    let code = match test.level {
        Level::Sandbox => "/var/task".to_owned(),
        Level::Restricted | Level::Process => deployment.code.display().to_string(),
    };
    assert_eq!(
        (&answer["cwd"], &answer["first"]),
        (&json!(code), &json!(code))
    );
    assert_eq!(answer["argv"], 1);
    let env = &answer["env"];
    for (name, value) in [
        ("MINE", "yes"),
        ("TZ", "Europe/Berlin"),
        ("AWS_LAMBDA_FUNCTION_NAME", "f"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_python3.12"),
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "token"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("_HANDLER", "app.handler"),
        ("LAMBDA_TASK_ROOT", &code),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    assert!(
        env["_X_AMZN_TRACE_ID"]
            .as_str()
            .unwrap()
            .starts_with("Root=1-")
    );
    assert_eq!(env["HOME"], Value::Null);
    assert_eq!(env["_LAMBDA_TELEMETRY_LOG_FD"], Value::Null);
}

#[tokio::test]
async fn results_of_every_kind() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
from decimal import Decimal
def handler(event, context):
    return {
        'decimal': {'n': [Decimal('1'), Decimal('1.10'), Decimal('12345678901234567890.5'), Decimal('1E+2')]},
        'text': 'ü\"\\\\ \\u2028', 'tuple': (1, 2), 'none': None, 'big': 10**20, 'key': {1: 2},
    }[event]
",
    );
    for (event, expected) in [
        (
            "decimal",
            r#"{"n": [1, 1.10, 12345678901234567890.5, 1E+2]}"#,
        ),
        ("tuple", "[1, 2]"),
        ("none", "null"),
        ("big", "100000000000000000000"),
        ("key", r#"{"1": 2}"#),
    ] {
        let outcome = invoke(&test, &deployment, json!(event)).await;
        assert_eq!(outcome.answer, Answer::Returned(expected.into()), "{event}");
    }
    let outcome = invoke(&test, &deployment, json!("text")).await;
    assert_eq!(returned(&outcome), json!("ü\"\\ \u{2028}"));
}

#[tokio::test]
async fn exceptions() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
class Broken(Exception): pass
def inner():
    raise Broken('it\\nbroke')
def handler(event, context):
    if event == 'set': return {1, 2}
    inner()
",
    );
    let outcome = invoke(&test, &deployment, json!({})).await;
    let file = "/var/task/app.py";
    assert_eq!(
        failed(&outcome),
        json!({
            "errorMessage": "it\nbroke",
            "errorType": "Broken",
            "requestId": ID,
            "stackTrace": [
                format!("  File \"{file}\", line 7, in handler\n    inner()\n"),
                format!("  File \"{file}\", line 4, in inner\n    raise Broken('it\\nbroke')\n"),
            ],
        })
    );
    eventually("the log arrives", || test.logs.all().contains("REPORT")).await;
    let messages = test.logs.messages();
    let error = messages
        .iter()
        .find(|m| m.starts_with("[ERROR] Broken: it\nbroke\n"));
    let error = error.expect("one message with line breaks");
    assert!(
        error.contains("Traceback (most recent call last):\n\u{a0}\u{a0}File \""),
        "{error}"
    );

    let outcome = invoke(&test, &deployment, json!("set")).await;
    assert_eq!(
        failed(&outcome),
        json!({
            "errorMessage": "Unable to marshal response: Object of type set is not JSON serializable",
            "errorType": "Runtime.MarshalError",
            "requestId": ID,
            "stackTrace": [],
        })
    );
}

async fn check_load_failure(source: &str, handler: &str, kind: &str, message: &str) {
    let test = TestEngine::new().await;
    let mut deployment = test.python(source);
    deployment.handler = handler.to_owned();
    let outcome = invoke(&test, &deployment, json!({})).await;
    let document = failed(&outcome);
    assert_eq!(document["errorType"], kind);
    assert_eq!(document["errorMessage"], message);
}

#[tokio::test]
async fn handlers_that_cannot_be_loaded() {
    let fine = "def handler(event, context): return 1\n";
    check_load_failure(
        fine,
        "other.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'other': No module named 'other'",
    )
    .await;
    check_load_failure(
        fine,
        "app.missing",
        "Runtime.HandlerNotFound",
        "Handler 'missing' missing on module 'app'",
    )
    .await;
    check_load_failure(
        fine,
        "app",
        "Runtime.MalformedHandlerName",
        "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
    )
    .await;
    check_load_failure(
        "def handler(event, context) return 1\n",
        "app.handler",
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'app': expected ':' (app.py, line 1)",
    )
    .await;
    check_load_failure(
        "raise Exception('start fails')\n",
        "app.handler",
        "Exception",
        "start fails",
    )
    .await;
}

#[tokio::test]
async fn a_failed_start_is_told_as_aws_tells_it() {
    let test = TestEngine::new().await;
    let deployment = test.python("print('starting')\nraise Exception('start fails')\n");
    let outcome = invoke(&test, &deployment, json!({})).await;
    let document = failed(&outcome);
    assert_eq!(document["requestId"], "");
    let trace = document["stackTrace"].as_array().unwrap();
    assert!(
        trace
            .first()
            .unwrap()
            .as_str()
            .unwrap()
            .contains("import_module"),
        "{trace:?}"
    );
    assert!(
        trace
            .last()
            .unwrap()
            .as_str()
            .unwrap()
            .contains("start fails"),
        "{trace:?}"
    );
    assert!(
        outcome.log_tail.contains("starting\n"),
        "{}",
        outcome.log_tail
    );
    assert!(
        outcome
            .log_tail
            .contains("[ERROR] Exception: start fails\n"),
        "{}",
        outcome.log_tail
    );

    let exits = test.python("import sys\nsys.exit(0)\n");
    let message = "Error: Runtime exited without providing a reason";
    let outcome = invoke(
        &test,
        &Deployment {
            generation: 2,
            ..exits
        },
        json!({}),
    )
    .await;
    let expected = format!("RequestId: {ID} {message}");
    assert_eq!(failed(&outcome)["errorMessage"], expected);
}

#[tokio::test]
async fn handlers_in_packages() {
    let test = TestEngine::new().await;
    let source = "def handler(event, context): return __name__\n";
    let mut deployment = test.deploy("pkg/sub/mod.py", source);
    for handler in ["pkg/sub/mod.handler", "pkg.sub.mod.handler"] {
        deployment.generation += 1;
        deployment.handler = handler.to_owned();
        let outcome = invoke(&test, &deployment, json!({})).await;
        assert_eq!(returned(&outcome), "pkg.sub.mod");
    }
}

#[tokio::test]
async fn log_lines() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
import logging, sys
logger = logging.getLogger()
logger.setLevel(logging.INFO)
def handler(event, context):
    print('printed')
    logger.info('two\\nlines %s', 1)
    print('to stderr', file=sys.stderr)
    logger.debug('hidden')
    sys.stdout.write('unfinished')
",
    );
    let outcome = invoke(&test, &deployment, json!({})).await;
    eventually("the log arrives", || test.logs.all().contains("REPORT")).await;
    let messages = test.logs.messages();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    // What comes before may include that another Python stands in.
    let [.., printed, logged, to_stderr, unfinished, _end, _report] = messages.as_slice() else {
        panic!("{messages:?}");
    };
    assert_eq!((*printed, *to_stderr), ("printed\n", "to stderr\n"));
    assert!(logged.starts_with("[INFO]\t20"), "{logged}");
    assert!(
        logged.ends_with(&format!("Z\t{ID}\ttwo\nlines 1\n")),
        "{logged}"
    );
    assert_eq!(*unfinished, "unfinished");
    assert!(outcome.log_tail.contains(
        "unfinished
END"
    ));
}

#[tokio::test]
async fn log_lines_in_json() {
    let test = TestEngine::new().await;
    let mut deployment = test.python(
        "
import logging
def handler(event, context):
    logging.getLogger().warning('careful', extra={'k': 1})
",
    );
    deployment.logging.format = LogFormat::Json {
        application_level: "INFO".to_owned(),
    };
    invoke(&test, &deployment, json!({})).await;
    eventually("the log arrives", || {
        test.logs.all().contains("platform.report")
    })
    .await;
    let messages = test.logs.messages();
    let line = messages.iter().find(|m| m.contains("careful")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["level"], "WARNING");
    assert_eq!(line["message"], "careful");
    assert_eq!(line["requestId"], ID);
    assert_eq!(line["k"], 1);
}

#[tokio::test]
async fn large_payloads() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
def handler(event, context):
    return 'x' * event['size'] if 'size' in event else len(event['text'])
",
    );
    let text = "y".repeat(5_000_000);
    let outcome = invoke(&test, &deployment, json!({"text": text})).await;
    assert_eq!(returned(&outcome), 5_000_000);
    let outcome = invoke(&test, &deployment, json!({"size": MAX_PAYLOAD_BYTES - 2})).await;
    assert_eq!(
        returned(&outcome).as_str().unwrap().len(),
        MAX_PAYLOAD_BYTES - 2
    );
    let outcome = invoke(&test, &deployment, json!({"size": MAX_PAYLOAD_BYTES - 1})).await;
    assert_eq!(
        failed(&outcome),
        json!({
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        })
    );
    let outcome = invoke(&test, &deployment, json!({"text": "still there"})).await;
    assert_eq!(returned(&outcome), 11);
    assert!(
        !outcome.log_tail.contains("Init Duration"),
        "{}",
        outcome.log_tail
    );
}

#[tokio::test]
async fn boto3_is_there() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
import boto3
def handler(event, context):
    client = boto3.client('dynamodb')
    return [boto3.__version__, client.meta.endpoint_url]
",
    );
    let outcome = invoke(&test, &deployment, json!({})).await;
    let answer = returned(&outcome);
    assert_eq!(answer[1], "http://127.0.0.1:1");
    assert!(answer[0].as_str().unwrap().starts_with("1.4"), "{answer}");
}
