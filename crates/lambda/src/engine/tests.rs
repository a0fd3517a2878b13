//! Functions in real interpreters: what they answer, how they fail, what they leave behind.

mod node;
mod python;

use super::test_support::TestEngine;
use super::*;
use serde_json::{Value, json};

const ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

pub(super) async fn invoke(test: &TestEngine, deployment: &Deployment, event: Value) -> Outcome {
    let request = Request {
        request_id: ID.to_owned(),
        payload: event.to_string().into(),
        invoked_arn: deployment.function_arn.to_string(),
        client_context: None,
        trace: "Root=1-00000001-000000000000000000000001".to_owned(),
        sink: None,
    };
    let deployment = Arc::new(deployment.clone());
    test.engine.invoke(deployment, request).await.unwrap()
}

pub(super) fn returned(outcome: &Outcome) -> Value {
    match &outcome.answer {
        Answer::Returned(payload) => serde_json::from_slice(payload).unwrap(),
        Answer::Failed(payload) => panic!("failed: {}", String::from_utf8_lossy(payload)),
    }
}

pub(super) fn failed(outcome: &Outcome) -> Value {
    match &outcome.answer {
        Answer::Failed(payload) => serde_json::from_slice(payload).unwrap(),
        Answer::Returned(payload) => panic!("returned: {}", String::from_utf8_lossy(payload)),
    }
}

/// Waits until `done` holds; fails the test if it never does.
pub(super) async fn eventually(what: &str, done: impl Fn() -> bool) {
    for _ in 0..1000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never happened: {what}");
}

/// Whether any process has `marker` among its arguments.
fn runs(marker: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|p| std::fs::read(p.path().join("cmdline")).ok())
        .any(|cmdline| String::from_utf8_lossy(&cmdline).contains(marker))
}

const COUNTER: &str = "
import os
count = 0
def handler(event, context):
    global count
    count += 1
    return {'pid': os.path.realpath('/tmp') and id(handler), 'count': count, 'stream': context.log_stream_name}
";

#[tokio::test]
async fn warm_instances_are_reused_until_the_code_changes() {
    let test = TestEngine::new().await;
    let mut deployment = test.python(COUNTER);
    let first = returned(&invoke(&test, &deployment, json!({})).await);
    let second = returned(&invoke(&test, &deployment, json!({})).await);
    assert_eq!((&first["count"], &second["count"]), (&json!(1), &json!(2)));
    assert_eq!(first["stream"], second["stream"]);
    deployment.generation = 2;
    let third = returned(&invoke(&test, &deployment, json!({})).await);
    assert_eq!(third["count"], 1);
    assert_ne!(third["stream"], second["stream"]);
}

#[tokio::test]
async fn a_spare_serves_who_finds_no_idle_instance() {
    let test = TestEngine::with(Duration::from_secs(600), 1).await;
    let deployment = test.python(
        "
import os, time
loaded = time.monotonic()
def handler(event, context):
    if event.get('exit'): os._exit(1)
    return [context.log_stream_name, loaded]
",
    );
    let first = returned(&invoke(&test, &deployment, json!({})).await);
    test.eventually_has_a_spare().await;
    // Who is idle comes before who has never run.
    let again = returned(&invoke(&test, &deployment, json!({})).await);
    assert_eq!(first, again);
    let before = std::time::Instant::now();
    failed(&invoke(&test, &deployment, json!({"exit": true})).await);
    let spare = returned(&invoke(&test, &deployment, json!({})).await);
    assert_ne!(first, spare);
    assert!(before.elapsed() < Duration::from_secs(30));
    // What nobody used has left no log.
    test.eventually_has_a_spare().await;
    test.engine.stop().await;
    assert_eq!(test.logs.all().matches("INIT_START").count(), 2);
}

#[tokio::test]
async fn provisioned_instances_are_there_before_requests_and_stay() {
    let test = TestEngine::with_idle_timeout(Duration::from_millis(100)).await;
    let deployment = test.python(
        "
import os, time
def handler(event, context):
    time.sleep(event.get('seconds', 0))
    if event.get('exit'): os._exit(1)
    return [context.log_stream_name, os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']]
",
    );
    let arn = deployment.function_arn.to_string();
    let allocated = || test.engine.allocation(&arn, &deployment.version).instances;
    test.engine.provide(&arn, vec![(deployment.clone(), 2)]);
    eventually("two are there", || allocated() == 2).await;

    // Beyond them, requests get instances of their own.
    let slow = || invoke(&test, &deployment, json!({"seconds": 2}));
    let (a, b, c) = tokio::join!(slow(), slow(), slow());
    let outcomes = [returned(&a), returned(&b), returned(&c)];
    let ahead = |outcome: &&Value| outcome[1] == "provisioned-concurrency";
    assert_eq!(outcomes.iter().filter(ahead).count(), 2, "{outcomes:?}");
    assert_eq!(allocated(), 2);

    // One that ends is replaced, and a change of the version takes them over.
    failed(&invoke(&test, &deployment, json!({"exit": true})).await);
    eventually("it is replaced", || allocated() == 2).await;
    let mut changed = deployment.clone();
    changed.generation += 1;
    let outcome = returned(&invoke(&test, &changed, json!({})).await);
    assert_ne!(outcomes[0][0], outcome[0]);
    eventually("so are the others", || allocated() == 2).await;

    test.engine.provide(&arn, Vec::new());
    assert_eq!(allocated(), 0);
}

#[tokio::test]
async fn provisioned_instances_that_do_not_start_are_told_of() {
    let test = TestEngine::new().await;
    let deployment = test.python("raise ValueError('no')");
    let arn = deployment.function_arn.to_string();
    test.engine.provide(&arn, vec![(deployment.clone(), 2)]);
    let allocation = || test.engine.allocation(&arn, &deployment.version);
    eventually("it has failed", || allocation().has_failed).await;
    assert_eq!(allocation().instances, 0);
    eventually("the log says so", || {
        test.logs.all().contains("INIT_REPORT")
    })
    .await;
}

#[tokio::test]
async fn requests_at_once_get_an_instance_each() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
import time
def handler(event, context):
    time.sleep(2)
    return context.log_stream_name
",
    );
    let (a, b, c) = tokio::join!(
        invoke(&test, &deployment, json!({})),
        invoke(&test, &deployment, json!({})),
        invoke(&test, &deployment, json!({})),
    );
    let streams = [returned(&a), returned(&b), returned(&c)];
    let different: std::collections::BTreeSet<String> =
        streams.iter().map(Value::to_string).collect();
    assert_eq!(different.len(), 3, "{streams:?}");
}

#[tokio::test]
async fn a_time_out_ends_everything_and_the_next_request_starts_anew() {
    let test = TestEngine::new().await;
    let mut deployment = test.python(
        "
import subprocess, time
def handler(event, context):
    if event.get('hang'):
        print('about to hang')
        subprocess.Popen(['setsid', 'sleep', '87651'])
        time.sleep(60)
    return 'fine'
",
    );
    deployment.timeout = Duration::from_secs(1);
    let outcome = invoke(&test, &deployment, json!({"hang": true})).await;
    let message = format!("RequestId: {ID} Error: Task timed out after 1.00 seconds");
    let expected = json!({"errorType": "Sandbox.Timedout", "errorMessage": message});
    assert_eq!(failed(&outcome), expected);
    assert!(!runs("87651"));
    let tail = outcome.log_tail;
    assert!(tail.contains("about to hang\n"), "{tail}");
    assert!(
        tail.contains(&format!("{ID} Task timed out after 1.00 seconds\n\n")),
        "{tail}"
    );
    assert!(tail.contains("Status: timeout"), "{tail}");
    let outcome = invoke(&test, &deployment, json!({})).await;
    assert_eq!(returned(&outcome), "fine");
}

#[tokio::test]
async fn an_exit_is_told_and_the_next_request_starts_anew() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
import os, sys
def handler(event, context):
    if event['how'] == 'os': os._exit(1)
    if event['how'] == 'sys': sys.exit(0)
    if event['how'] == 'kill': os.kill(os.getpid(), 9)
    return 'fine'
",
    );
    for (how, reason) in [
        ("os", "Runtime exited with error: exit status 1"),
        ("sys", "Runtime exited without providing a reason"),
        ("kill", "Runtime exited with error: signal: killed"),
    ] {
        let outcome = invoke(&test, &deployment, json!({"how": how})).await;
        let message = format!("RequestId: {ID} Error: {reason}");
        let expected = json!({"errorType": "Runtime.ExitError", "errorMessage": message});
        assert_eq!(failed(&outcome), expected, "{how}");
        assert!(
            outcome.log_tail.contains("\nRuntime.ExitError\n"),
            "{}",
            outcome.log_tail
        );
        let outcome = invoke(&test, &deployment, json!({"how": ""})).await;
        assert_eq!(returned(&outcome), "fine");
    }
}

#[tokio::test]
async fn an_instance_that_ends_while_idle_is_not_used() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
import os, subprocess, threading
subprocess.Popen(['sleep', '87655'])
def handler(event, context):
    threading.Timer(0.5, os._exit, [3]).start()
    return 'fine'
",
    );
    for _ in 0..3 {
        let outcome = invoke(&test, &deployment, json!({})).await;
        assert_eq!(returned(&outcome), "fine");
        eventually("the instance ends", || !runs("87655")).await;
    }
}

#[tokio::test]
async fn too_much_memory_ends_the_instance() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
import time
def handler(event, context):
    hoard = bytearray(300_000_000)
    for i in range(0, len(hoard), 4096): hoard[i] = 1
    time.sleep(20)
",
    );
    let outcome = invoke(&test, &deployment, json!({})).await;
    assert_eq!(failed(&outcome)["errorType"], "Runtime.OutOfMemory");
    assert!(
        failed(&outcome)["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("signal: killed")
    );
}

#[tokio::test]
async fn the_log_has_the_platforms_lines_around_the_functions() {
    let test = TestEngine::new().await;
    let deployment = test.python("def handler(event, context):\n    print('a\\nb')\n");
    let outcome = invoke(&test, &deployment, json!({})).await;
    assert_eq!(returned(&outcome), Value::Null);
    let tail: Vec<&str> = outcome.log_tail.lines().collect();
    let [start, a, b, end, report] = tail.as_slice() else {
        panic!("{tail:?}");
    };
    assert_eq!(*start, format!("START RequestId: {ID} Version: $LATEST"));
    assert_eq!((*a, *b), ("a", "b"));
    assert_eq!(*end, format!("END RequestId: {ID}"));
    assert!(
        report.starts_with(&format!("REPORT RequestId: {ID}\tDuration: ")),
        "{report}"
    );
    assert!(
        report.contains("Memory Size: 128 MB\tMax Memory Used: "),
        "{report}"
    );
    assert!(report.contains("Init Duration: "), "{report}");
    eventually("the log arrives", || test.logs.all().contains("REPORT")).await;
    let all = test.logs.all();
    assert!(
        all.starts_with("INIT_START Runtime Version: python:3.12\t"),
        "{all}"
    );
    assert!(all.ends_with(&outcome.log_tail), "{all}");
    let warm = invoke(&test, &deployment, json!({})).await;
    assert!(
        !warm.log_tail.contains("Init Duration"),
        "{}",
        warm.log_tail
    );
}

#[tokio::test]
async fn the_tail_is_the_last_four_kilobytes() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
def handler(event, context):
    for i in range(20000): print(i, 'é' * 20)
",
    );
    let outcome = invoke(&test, &deployment, json!({})).await;
    assert!((4000..=4096).contains(&outcome.log_tail.len()));
    assert!(outcome.log_tail.contains("19999 é"));
    eventually("all lines arrive", || test.logs.all().contains("REPORT")).await;
    let messages = test.logs.messages();
    let numbers = messages.iter().filter(|m| m.contains(" é")).count();
    assert_eq!(numbers, 20_000);
}

#[tokio::test]
async fn idle_instances_are_reclaimed() {
    let test = TestEngine::with_idle_timeout(Duration::from_millis(100)).await;
    let deployment = test.python(
        "
import subprocess
child = subprocess.Popen(['sleep', '87652'])
def handler(event, context): return child.poll() is None
",
    );
    let outcome = invoke(&test, &deployment, json!({})).await;
    assert_eq!(returned(&outcome), true);
    eventually("the instance ends", || !runs("87652")).await;
}

#[tokio::test]
async fn stopping_ends_idle_instances_and_refuses_requests() {
    let test = TestEngine::new().await;
    let deployment = test.python(
        "
import subprocess
subprocess.Popen(['sleep', '87653'])
def handler(event, context): return 1
",
    );
    invoke(&test, &deployment, json!({})).await;
    assert!(runs("87653"));
    test.engine.stop().await;
    assert!(!runs("87653"));
    let request = Request {
        request_id: ID.to_owned(),
        payload: "{}".into(),
        invoked_arn: String::new(),
        client_context: None,
        trace: "Root=1-00000001-000000000000000000000001".to_owned(),
        sink: None,
    };
    let refused = test.engine.invoke(Arc::new(deployment), request).await;
    assert!(matches!(refused, Err(EngineError::Stopped)));
}

#[tokio::test]
async fn limits_on_concurrency() {
    let test = TestEngine::new().await;
    let mut deployment = test.python("def handler(event, context): return 1\n");
    deployment.reserved_concurrency = Some(0);
    let request = Request {
        request_id: ID.to_owned(),
        payload: "{}".into(),
        invoked_arn: String::new(),
        client_context: None,
        trace: "Root=1-00000001-000000000000000000000001".to_owned(),
        sink: None,
    };
    let refused = test.engine.invoke(Arc::new(deployment), request).await;
    assert!(matches!(
        refused,
        Err(EngineError::Throttled(ThrottleReason::FunctionSwitchedOff))
    ));
}

#[tokio::test]
async fn roles_that_do_not_trust_us() {
    let test = TestEngine::new().await;
    let mut deployment = test.python("def handler(event, context): return 1\n");
    deployment.role_arn = "arn:aws:iam::000000000000:role/untrusted".to_owned();
    let request = Request {
        request_id: ID.to_owned(),
        payload: "{}".into(),
        invoked_arn: String::new(),
        client_context: None,
        trace: "Root=1-00000001-000000000000000000000001".to_owned(),
        sink: None,
    };
    let refused = test.engine.invoke(Arc::new(deployment), request).await;
    assert!(matches!(
        refused,
        Err(EngineError::Role(AssumeError::NotTrusted(_)))
    ));
}

#[tokio::test]
async fn a_program_of_the_functions_own() {
    let test = TestEngine::new().await;
    let mut missing = test.deploy("readme.txt", "no program");
    missing.runtime = crate::Runtime::ProvidedAl2023;
    let outcome = invoke(&test, &missing, json!({})).await;
    let message = failed(&outcome)["errorMessage"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.ends_with("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
    );
    assert_eq!(failed(&outcome)["errorType"], "Runtime.InvalidEntrypoint");

    let mut garbage = test.deploy("bootstrap", "\u{1}\u{2}no program");
    garbage.runtime = crate::Runtime::ProvidedAl2023;
    garbage.generation = 2;
    let outcome = invoke(&test, &garbage, json!({})).await;
    let message = failed(&outcome)["errorMessage"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.ends_with("fork/exec /var/task/bootstrap: permission denied"),
        "{message}"
    );

    make_executable(&garbage.code.join("bootstrap"));
    garbage.generation = 3;
    let outcome = invoke(&test, &garbage, json!({})).await;
    let message = failed(&outcome)["errorMessage"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.ends_with("fork/exec /var/task/bootstrap: exec format error"),
        "{message}"
    );

    let mut shell = test.deploy(
        "bootstrap",
        "#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
while true; do
  event=$(curl -s -D ${TMPDIR:-/tmp}/head $api/invocation/next)
  id=$(grep -i '^lambda-runtime-aws-request-id:' ${TMPDIR:-/tmp}/head | tr -d '\\r' | cut -d' ' -f2)
  echo got $event
  curl -s -o ${TMPDIR:-/tmp}/wrong -w '%{http_code}' -d 1 $api/invocation/nonsense/response > ${TMPDIR:-/tmp}/code
  wrong=$(cat ${TMPDIR:-/tmp}/code)
  curl -s -d \"{\\\"echo\\\": $event, \\\"wrong\\\": $wrong}\" $api/invocation/$id/response
done
",
    );
    make_executable(&shell.code.join("bootstrap"));
    shell.runtime = crate::Runtime::ProvidedAl2023;
    shell.generation = 4;
    for n in 0..2 {
        let outcome = invoke(&test, &shell, json!({"n": n})).await;
        assert_eq!(returned(&outcome), json!({"echo": {"n": n}, "wrong": 400}));
        assert!(
            outcome.log_tail.contains(&format!("got {{\"n\":{n}}}\n")),
            "{}",
            outcome.log_tail
        );
    }
}

fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
