//! An engine on this machine's real interpreters, with pretended roles and logs.

use super::{
    Deployment, Egress, Engine, EngineConfig, Host, Initialization, LogFormat, Logging, Spares,
    Zygotes,
};
use crate::runtime::Runtime;
use crate::runtimes::{Runtimes, SearchPath};
use base::{AccountId, Clock, Entropy, Region, RequestId, Secret};
use sandbox::{Level, Sandbox};
use service::{
    AssumeError, BoxFuture, Caller, LogLine, LogSink, LogSinkError, OwnHosts, Principal,
    RoleSessions, ServiceSession, SessionCredentials, Source,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tempfile::TempDir;

/// Knows no name of this server's.
#[derive(Debug)]
pub(crate) struct NoHosts;

impl OwnHosts for NoHosts {
    fn is_own<'a>(&'a self, _: &'a str) -> BoxFuture<'a, bool> {
        Box::pin(std::future::ready(false))
    }
}

/// Lets every role be assumed except `arn:aws:iam::000000000000:role/untrusted`.
#[derive(Debug)]
pub(crate) struct PretendedRoles(pub Clock);

impl RoleSessions for PretendedRoles {
    fn assume<'a>(
        &'a self,
        role_arn: &'a str,
        session: ServiceSession<'a>,
    ) -> BoxFuture<'a, Result<(SessionCredentials, Caller), AssumeError>> {
        Box::pin(async move {
            self.may_assume(role_arn, session.service).await?;
            let lasts = Duration::from_secs(session.duration_s.into());
            let credentials = SessionCredentials {
                access_key_id: "ASIAEXAMPLE".to_owned(),
                secret_access_key: Secret::new("secret"),
                session_token: Secret::new("token"),
                expires_at: self.0.now().saturating_add(lasts),
            };
            Ok((credentials, caller(&self.0)))
        })
    }

    fn may_assume<'a>(
        &'a self,
        role_arn: &'a str,
        service: &'static str,
    ) -> BoxFuture<'a, Result<(), AssumeError>> {
        Box::pin(async move {
            if role_arn.ends_with(":role/untrusted") {
                return Err(AssumeError::NotTrusted(service));
            }
            if role_arn.ends_with(":role/missing") {
                return Err(AssumeError::NoSuchRole(role_arn.to_owned()));
            }
            Ok(())
        })
    }
}

pub(crate) fn caller(clock: &Clock) -> Caller {
    Caller {
        account: AccountId::DEFAULT,
        region: Region::default_region(),
        principal: Principal::Root,
        request_id: RequestId::uuid(&Entropy::system()),
        time: clock.now(),
        source: Source::default(),
    }
}

/// Keeps all lines, as `GROUP STREAM` with the messages.
#[derive(Debug, Default)]
pub(crate) struct KeptLogs(Mutex<Vec<(String, String)>>);

impl KeptLogs {
    pub fn all(&self) -> String {
        let lines = self.0.lock().unwrap();
        lines.iter().map(|(_, message)| message.as_str()).collect()
    }

    pub fn messages(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        lines.iter().map(|(_, message)| message.clone()).collect()
    }
}

impl LogSink for KeptLogs {
    fn append<'a>(
        &'a self,
        _caller: &'a Caller,
        group: &'a str,
        stream: &'a str,
        lines: Vec<LogLine>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        Box::pin(async move {
            let place = format!("{group} {stream}");
            let lines = lines.into_iter().map(|line| (place.clone(), line.message));
            self.0.lock().unwrap().extend(lines);
            Ok(())
        })
    }
}

/// A function in Python, to be changed by tests.
pub(crate) fn deployment(code: &Path) -> Deployment {
    Deployment {
        function_arn: "arn:aws:lambda:us-east-1:000000000000:function:f"
            .parse()
            .unwrap(),
        account: AccountId::DEFAULT,
        region: Region::default_region(),
        function_name: "f".to_owned(),
        version: "$LATEST".to_owned(),
        generation: 1,
        runtime: Runtime::Python { minor: 12 },
        handler: "app.handler".to_owned(),
        initialization: Initialization::OnDemand,
        role_arn: "arn:aws:iam::000000000000:role/r".to_owned(),
        timeout: Duration::from_secs(30),
        memory_mb: 128,
        scratch_mb: 512,
        variables: BTreeMap::new(),
        logging: Logging {
            group: "/aws/lambda/f".to_owned(),
            format: LogFormat::Text,
        },
        code: code.to_owned(),
        opt: None,
        image: None,
        reserved_concurrency: None,
        unreserved_concurrency: 100,
    }
}

/// Runtimes that are shared between test runs, so that boto3 is installed once.
pub(crate) fn runtimes(sandbox: &Sandbox) -> Runtimes {
    let folder = std::env::temp_dir().join("fogbank-test-runtimes");
    std::fs::create_dir_all(&folder).unwrap();
    let mut search = SearchPath::from_environment();
    // The machine's own interpreters only: faster to find.
    search.home = std::env::var_os("HOME").map(Into::into);
    Runtimes::new(sandbox.clone(), folder, search)
}

pub(crate) struct TestEngine {
    pub engine: Engine,
    pub logs: Arc<KeptLogs>,
    pub level: Level,
    pub folder: TempDir,
}

impl TestEngine {
    pub async fn new() -> TestEngine {
        TestEngine::with_idle_timeout(Duration::from_secs(600)).await
    }

    pub async fn with_idle_timeout(idle_timeout: Duration) -> TestEngine {
        TestEngine::with(idle_timeout, 0).await
    }

    /// As many instances may be kept ready as `spares` says.
    pub async fn with(idle_timeout: Duration, spares: usize) -> TestEngine {
        let sandbox = Sandbox::new().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let logs = Arc::new(KeptLogs::default());
        let runtimes = Arc::new(runtimes(&sandbox));
        let engine = Engine::new(Host {
            zygotes: Zygotes::new(sandbox.clone(), Arc::clone(&runtimes)),
            runtimes,
            sandbox: sandbox.clone(),
            roles: Arc::new(PretendedRoles(clock.clone())),
            logs: logs.clone(),
            clock: clock.clone(),
            entropy: Entropy::system(),
            spares: Spares::new(spares),
            trust: OnceLock::new(),
            config: EngineConfig {
                idle_timeout,
                work: folder.path().to_owned(),
                endpoint: "http://127.0.0.1:1".to_owned(),
                entrance: ([127, 0, 0, 1], 1).into(),
                egress: Arc::new(Egress::new(&[], Vec::new(), None)),
                own_hosts: Arc::new(NoHosts),
            },
        });
        TestEngine {
            engine,
            logs,
            level: sandbox.probe().level,
            folder,
        }
    }

    /// Waits until an instance is kept ready.
    pub async fn eventually_has_a_spare(&self) {
        for _ in 0..1000 {
            if self.engine.parked() > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no spare was parked");
    }

    /// A deployment of one file.
    pub fn deploy(&self, file: &str, source: &str) -> Deployment {
        let code = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        let path = code.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, source).unwrap();
        deployment(&code)
    }

    pub fn python(&self, source: &str) -> Deployment {
        self.deploy("app.py", source)
    }

    pub fn node(&self, file: &str, source: &str) -> Deployment {
        let mut deployment = self.deploy(file, source);
        deployment.runtime = Runtime::Nodejs { major: 20 };
        deployment
    }
}
