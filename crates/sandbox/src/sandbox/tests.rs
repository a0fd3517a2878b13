//! Real processes: what they see, how they end, what they leave behind.

use super::*;
use crate::{Exit, LineSplitter};
use std::time::Duration;

fn shell(script: &str) -> Command {
    Command::new("/bin/sh", "/").arg("-c").arg(script)
}

async fn read_all(output: &Output) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        output.readable().await.unwrap();
        match output.try_read(&mut buffer).unwrap() {
            Some(0) => return String::from_utf8(bytes).unwrap(),
            Some(n) => bytes.extend_from_slice(&buffer[..n]),
            None => {}
        }
    }
}

async fn run(command: &Command) -> (Exit, String, String) {
    let sandbox = Sandbox::new().await.unwrap();
    let (process, streams) = sandbox.start(command).await.unwrap();
    let (out, err) = (read_all(&streams.stdout), read_all(&streams.stderr));
    let (out, err) = tokio::join!(out, err);
    (process.wait().await, out, err)
}

/// Waits until `done` holds; fails the test if it never does.
async fn eventually(what: &str, done: impl Fn() -> bool) {
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

#[tokio::test]
async fn a_program_gets_what_it_is_given_and_nothing_else() {
    let command = Command::new("/usr/bin/env", "/").env("ONLY", "this");
    let (exit, out, _) = run(&command).await;
    assert_eq!((exit, out.as_str()), (Exit::Code(0), "ONLY=this\n"));
    let (_, out, _) = run(&shell("ls /proc/self/fd; cat; pwd; ulimit -c; ulimit -n")).await;
    // 4 is the folder that ls itself reads.
    assert_eq!(out, "0\n1\n2\n3\n4\n/\n0\n1024\n");
}

#[tokio::test]
async fn streams_are_apart_or_in_order() {
    let sandbox = Sandbox::new().await.unwrap();
    let command = shell("echo out; echo err >&2; echo more >&3");
    let (process, streams) = sandbox.start(&command).await.unwrap();
    assert_eq!(read_all(&streams.stdout).await, "out\nmore\n");
    assert_eq!(read_all(&streams.stderr).await, "err\n");
    assert_eq!(process.wait().await, Exit::Code(0));
    let (_process, output) = sandbox.start_merged(&command).await.unwrap();
    assert_eq!(read_all(&output).await, "out\nerr\nmore\n");
}

#[tokio::test]
async fn exits_are_told_apart() {
    assert_eq!(run(&shell("exit 7")).await.0, Exit::Code(7));
    let killed = run(&shell("kill -9 $$")).await.0;
    assert_eq!(killed, Exit::Signal(libc::SIGKILL));
    assert_eq!(killed.to_string(), "signal: killed");
    let missing = run(&Command::new("/nonexistent", "/")).await.0;
    assert_eq!(missing, Exit::NotStarted(libc::ENOENT));
    let nowhere = run(&Command::new("/bin/sh", "/nonexistent")).await.0;
    assert_eq!(nowhere, Exit::NotStarted(libc::ENOENT));
}

async fn check_containment(containment: Containment, marker: &str) {
    let sandbox = Sandbox::at_most(Level::Process, containment).await.unwrap();
    if sandbox.probe().containment != containment {
        // This machine does not allow it, so nothing can depend on it here.
        return;
    }
    let hiding = format!(
        "(setsid sh -c 'setsid sleep {marker}1 & exec sleep {marker}1' &); sleep {marker}1"
    );
    let (process, _streams) = sandbox.start(&shell(&hiding)).await.unwrap();
    eventually("the sleepers run", || runs(&format!("sleep\0{marker}1"))).await;
    process.kill().await;
    assert!(!runs(&format!("{marker}1")), "{containment}");
    assert_ne!(process.wait().await, Exit::Code(0), "{containment}");

    let leaving = shell(&format!("setsid sleep {marker}2 & exit 5"));
    let (process, _streams) = sandbox.start(&leaving).await.unwrap();
    assert_eq!(process.wait().await, Exit::Code(5), "{containment}");
    process.kill().await;
    assert!(!runs(&format!("{marker}2")), "{containment}");

    let staying = shell(&format!("setsid sleep {marker}3 & sleep {marker}3"));
    let started = sandbox.start(&staying).await.unwrap();
    eventually("the sleepers run", || runs(&format!("sleep\0{marker}3"))).await;
    drop(sandbox);
    eventually("the sleepers end", || !runs(&format!("{marker}3"))).await;
    assert_eq!(started.0.wait().await, Exit::Killed, "{containment}");
}

#[tokio::test]
async fn nothing_escapes_a_pid_namespace() {
    check_containment(Containment::PidNamespace, "9876").await;
}

#[tokio::test]
async fn nothing_escapes_an_unprivileged_pid_namespace() {
    check_containment(Containment::UserPidNamespace, "9877").await;
}

#[tokio::test]
async fn nothing_escapes_the_reaper() {
    check_containment(Containment::Subreaper, "9878").await;
}

#[tokio::test]
async fn an_unprivileged_namespace_keeps_the_user() {
    let sandbox = Sandbox::at_most(Level::Process, Containment::UserPidNamespace)
        .await
        .unwrap();
    let (process, streams) = sandbox.start(&shell("id -u; echo $$")).await.unwrap();
    let user = rustix::process::getuid().as_raw();
    let out = read_all(&streams.stdout).await;
    assert!(out.starts_with(&format!("{user}\n")), "{out}");
    assert_eq!(process.wait().await, Exit::Code(0));
}

#[tokio::test]
async fn dropping_a_process_ends_it() {
    let sandbox = Sandbox::new().await.unwrap();
    let started = sandbox.start(&shell("sleep 98763; true")).await.unwrap();
    eventually("the sleeper runs", || runs("sleep\098763")).await;
    drop(started);
    eventually("the sleeper ends", || !runs("98763")).await;
}

#[tokio::test]
async fn a_lost_launcher_is_replaced() {
    let sandbox = Sandbox::new().await.unwrap();
    sandbox.link.lock().await._launcher.kill();
    let (process, _streams) = sandbox.start(&shell("exit 3")).await.unwrap();
    assert_eq!(process.wait().await, Exit::Code(3));
}

#[tokio::test]
async fn memory_is_that_of_all_descendants() {
    let sandbox = Sandbox::new().await.unwrap();
    let hold = "sh -c 'x=$(head -c 30000000 /dev/zero | tr \"\\0\" x); echo up; sleep 98765'; true";
    let (process, streams) = sandbox
        .start(&shell(hold).memory_bytes(10_000_000))
        .await
        .unwrap();
    streams.stdout.readable().await.unwrap();
    assert!(process.memory().anonymous > 25_000_000);
    assert!(process.memory().peak > 25_000_000);
    assert!(process.exceeds_memory());
    process.kill().await;
    assert_eq!(process.memory(), Default::default());
}

#[tokio::test]
async fn unread_output_stops_the_program_instead_of_filling_memory() {
    let sandbox = Sandbox::new().await.unwrap();
    let endless = shell("while :; do echo 0123456789; done");
    let (process, streams) = sandbox.start(&endless).await.unwrap();
    let mut splitter = LineSplitter::new(1024);
    let mut lines = 0;
    let mut buffer = [0; 8192];
    while lines < 20_000 {
        streams.stdout.readable().await.unwrap();
        if let Some(bytes) = streams.stdout.try_read(&mut buffer).unwrap() {
            splitter.push(&buffer[..bytes], &mut |_| lines += 1);
        }
    }
    assert_eq!(process.exit(), None);
    process.kill().await;
}

#[tokio::test]
async fn many_at_once() {
    let sandbox = Sandbox::new().await.unwrap();
    let mut tasks = Vec::new();
    for code in 0..50 {
        let sandbox = sandbox.clone();
        tasks.push(tokio::spawn(async move {
            let command = shell(&format!("exit {code}"));
            let (process, _streams) = sandbox.start(&command).await.unwrap();
            assert_eq!(process.wait().await, Exit::Code(code));
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

mod confined;
