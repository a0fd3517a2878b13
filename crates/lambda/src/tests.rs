//! The operations as a caller sees them, on an in-memory store and real interpreters.

mod aliases;
mod functions;
mod invocations;
mod layers;
mod permissions;

use crate::engine::test_support::{KeptLogs, NoHosts, PretendedRoles, caller, runtimes};
use crate::{CodePlaces, Egress, HotFolders, Lambda, LambdaConfig, Parts};
use base::{Clock, Entropy};
use bytes::Bytes;
use kv::Store;
use s3_folder::Folder;
use sandbox::Sandbox;
use service::{
    Authorizer, BoxFuture, Caller, ChangeStreams, Denial, FollowError, Operate, Requirement,
    StreamPage, StreamPlace, StreamStart, Verdict, perform,
};
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use wire::lambda::{
    CreateFunctionInput, FunctionCode, FunctionConfiguration, GetFunctionConfigurationInput,
    InvokeInput, InvokeOutput, LastUpdateStatus, State,
};
use wire::{Fault, Input};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const ROLE: &str = "arn:aws:iam::000000000000:role/r";

/// Allows what is not on its list of denied actions, and keeps what it was asked.
#[derive(Debug, Default)]
pub(super) struct Gate {
    pub denied: Vec<&'static str>,
    pub asked: Mutex<Vec<(String, String)>>,
}

impl Authorizer for Gate {
    fn decide<'a>(
        &'a self,
        _caller: &'a Caller,
        requirement: &'a Requirement,
    ) -> BoxFuture<'a, Result<Verdict, Fault>> {
        Box::pin(async move {
            let action = requirement.action.to_string();
            let mut asked = self.asked.lock().unwrap();
            asked.push((action.clone(), requirement.resource.clone()));
            if self.denied.contains(&action.as_str()) {
                let message = format!("not authorized to perform: {action}");
                return Ok(Verdict::Denied(Denial { message }));
            }
            Ok(Verdict::Allowed)
        })
    }
}

/// There are no streams.
struct NoStreams;

impl ChangeStreams for NoStreams {
    fn place<'a>(
        &'a self,
        _: &'a Caller,
        stream_arn: &'a str,
        _: StreamStart,
    ) -> BoxFuture<'a, Result<StreamPlace, FollowError>> {
        Box::pin(async move { Err(FollowError::NotFound(stream_arn.to_owned())) })
    }

    fn read<'a>(
        &'a self,
        _: &'a Caller,
        stream_arn: &'a str,
        _: StreamPlace,
        _: usize,
    ) -> BoxFuture<'a, Result<StreamPage, FollowError>> {
        Box::pin(async move { Err(FollowError::NotFound(stream_arn.to_owned())) })
    }
}

pub(super) struct TestLambda {
    pub lambda: Lambda,
    pub logs: Arc<KeptLogs>,
    pub gate: Arc<Gate>,
    pub clock: Clock,
    pub store: Store,
    folder: Arc<TempDir>,
}

impl TestLambda {
    pub async fn new() -> TestLambda {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        TestLambda::open(Store::in_memory(), folder, Clock::system()).await
    }

    async fn open(store: Store, folder: Arc<TempDir>, clock: Clock) -> TestLambda {
        let sandbox = Sandbox::new().await.unwrap();
        let logs = Arc::new(KeptLogs::default());
        let gate = Arc::new(Gate::default());
        let lambda = Lambda::new(Parts {
            store: store.clone(),
            runtimes: Arc::new(runtimes(&sandbox)),
            sandbox,
            roles: Arc::new(PretendedRoles(clock.clone())),
            logs: logs.clone(),
            streams: Arc::new(NoStreams),
            authorizer: gate.clone(),
            clock: clock.clone(),
            entropy: Entropy::system(),
            provisioning: Arc::new(|_| ()),
            config: LambdaConfig {
                work: folder.path().to_owned(),
                endpoint: "http://127.0.0.1:1".to_owned(),
                entrance: ([127, 0, 0, 1], 1).into(),
                idle_timeout: Duration::from_secs(600),
                concurrency: 1000,
                spares: 0,
                egress: Arc::new(Egress::new(&[], Vec::new(), None)),
                own_hosts: Arc::new(NoHosts),
                code_places: CodePlaces {
                    buckets: Folder::new(folder.path().join("s3")),
                    hot_folders: HotFolders::Refused,
                },
            },
        });
        TestLambda {
            lambda: lambda.unwrap(),
            logs,
            gate,
            clock,
            store,
            folder,
        }
    }

    /// Another server on the same store and folder.
    pub async fn restart(self) -> TestLambda {
        self.lambda.stop().await;
        TestLambda::open(self.store, self.folder, self.clock).await
    }

    pub async fn call<I: Operate<Lambda>>(&self, input: I) -> Result<I::Output, Fault> {
        let caller = caller(&self.clock);
        perform(&self.lambda, &*self.gate, caller, input).await
    }

    pub async fn refused<I: Operate<Lambda>>(&self, input: I) -> (&'static str, String)
    where
        <I as Input>::Output: std::fmt::Debug,
    {
        let fault = self.call(input).await.expect_err("a refusal");
        (fault.code(), fault.message().to_owned())
    }

    pub async fn create(&self, name: &str, source: &str) -> FunctionConfiguration {
        self.call(new_function(name, source)).await.unwrap()
    }

    /// Waits until the function can be changed, and answers what it is then.
    pub async fn settled(&self, name: &str) -> FunctionConfiguration {
        for _ in 0..1000 {
            let configuration = self.configuration(name).await;
            let updated = configuration.last_update_status == Some(LastUpdateStatus::Successful);
            if configuration.state == Some(State::Active) && updated {
                return configuration;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{name} never settled");
    }

    pub async fn configuration(&self, name: &str) -> FunctionConfiguration {
        let input = GetFunctionConfigurationInput {
            function_name: name.to_owned(),
            qualifier: None,
        };
        self.call(input).await.unwrap()
    }

    pub async fn invoke(&self, name: &str, payload: &str) -> InvokeOutput {
        self.call(invocation(name, payload)).await.unwrap()
    }

    pub async fn answer(&self, name: &str) -> String {
        let output = self.invoke(name, "{}").await;
        assert_eq!(output.function_error, None, "{output:?}");
        String::from_utf8(output.payload.unwrap().to_vec()).unwrap()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

pub(super) fn invocation(name: &str, payload: &str) -> InvokeInput {
    InvokeInput {
        function_name: name.to_owned(),
        payload: Some(Bytes::copy_from_slice(payload.as_bytes())),
        ..InvokeInput::default()
    }
}

pub(super) fn new_function(name: &str, source: &str) -> CreateFunctionInput {
    CreateFunctionInput {
        function_name: name.to_owned(),
        runtime: Some("python3.12".to_owned()),
        handler: Some("app.handler".to_owned()),
        role: ROLE.to_owned(),
        code: FunctionCode {
            zip_file: Some(zipped("app.py", source)),
            ..FunctionCode::default()
        },
        ..CreateFunctionInput::default()
    }
}

pub(super) fn zipped(file: &str, source: &str) -> Bytes {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(file, SimpleFileOptions::default()).unwrap();
    zip.write_all(source.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner().into()
}

/// A function that answers a text.
pub(super) fn answering(text: &str) -> String {
    format!("def handler(event, context): return '{text}'\n")
}

/// Waits until `done` holds; fails the test if it never does.
pub(super) async fn eventually(what: &str, done: impl AsyncFn() -> bool) {
    for _ in 0..1000 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never happened: {what}");
}
