//! One instance of a function: a process, its Runtime API, its log, from start to end.

mod failed_start;
mod image;
mod memory;
mod peers;
mod surroundings;

pub(super) use failed_start::FailedStart;

use super::deployment::{Deployment, Initialization};
use super::environment::{self, InstanceFacts, OPENSSLS, reads_openssls};
use super::extensions::{self, ShutdownReason};
use super::failure::Failure;
use super::host::Host;
use super::logbook::{Destination, Logbook, Outputs};
use super::network::Network;
use super::platform::{PlatformLine, Report};
use super::runtime_api::{Delivery, InitEvent, Reply, RuntimeApi, Surface};
use super::{Answer, EngineConfig, Outcome, Request};
use crate::runtimes::{Argument, Launch, Missing};
use base::Timestamp;
use failed_start::Cause;
use memory::MemoryWatch;
use peers::Peers;
use sandbox::{Command, Confined, Confinement, Exit, Process};
use service::{Caller, SessionCredentials};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use surroundings::{Scratch, Surroundings, confinement, log_stream, trusting};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};

/// How long a start may take. One that takes longer is tried again within the function's time.
pub(super) const INIT_LIMIT: Duration = Duration::from_secs(10);
/// Where a function finds its code in a root of its own, as on AWS.
pub(super) const TASK_ROOT: &str = "/var/task";
pub(super) const LAYERS_ROOT: &str = "/opt";
/// Instances whose credentials end sooner than this after an invocation could start no more.
const CREDENTIALS_MARGIN: Duration = Duration::from_secs(60);

/// An instance that has started. Dropping it ends its process.
#[derive(Debug)]
pub(super) struct Instance {
    deployment: Arc<Deployment>,
    process: Process,
    api: RuntimeApi,
    logbook: Arc<Logbook>,
    peers: Peers,
    /// How long the start took; taken by the first report.
    init: Mutex<Option<Duration>>,
    memory: MemoryWatch,
    credentials_end: Timestamp,
    pub idle_since: Instant,
    _surroundings: Surroundings,
}

/// A session of the function's role.
pub(super) type Session = (SessionCredentials, Caller);

/// Why there is no instance.
#[derive(Debug)]
pub(super) enum StartFailure {
    /// The function's own doing, or what it needs is not there: its callers get it as the
    /// function's failure.
    Function(FailedStart),
    /// Ours.
    Internal(StartError),
}

#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error("a process could not be started")]
    Sandbox(#[from] sandbox::Error),
    #[error("the Runtime API could not be opened, or a folder not be made")]
    Io(#[from] io::Error),
}

/// What became of a request that was given to an instance.
#[derive(Debug)]
pub(super) enum Run {
    /// It was answered and the instance can take the next.
    Answered(Outcome),
    /// It was answered and the instance has ended.
    Ended(Outcome),
    /// The instance had ended before it took the request, which another can still take.
    NotTaken,
}

impl Instance {
    /// Starts an instance; one whose start takes too long is tried once more within the
    /// function's own time-out, as AWS does.
    pub async fn start(
        host: &Host,
        deployment: &Arc<Deployment>,
        session: &Session,
    ) -> Result<Instance, StartFailure> {
        let timed_out = match start_within(host, deployment, session, INIT_LIMIT).await {
            Err(StartFailure::Function(failed)) if failed.has_timed_out() => failed,
            other => return other,
        };
        timed_out.write_init_report();
        start_within(host, deployment, session, deployment.timeout).await
    }

    /// Whether it is one of those that somebody asked for.
    pub fn is_provisioned(&self) -> bool {
        self.deployment.initialization == Initialization::ProvisionedConcurrency
    }

    /// Whether it can take a request now.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        let latest_end = now.saturating_add(self.deployment.timeout + CREDENTIALS_MARGIN);
        let has_failed = self.process.exit().is_some() || self.peers.have_failed(&self.process);
        !has_failed && latest_end < self.credentials_end
    }

    /// Gives it a request and waits for what becomes of it. The instance must be idle.
    pub async fn run(&self, host: &Host, request: &Request) -> Run {
        let timeout = self.deployment.timeout;
        let started = Instant::now();
        let deadline = host.clock.now().saturating_add(timeout);
        let reply = self.api.deliver(Delivery {
            request_id: request.request_id.clone(),
            payload: request.payload.clone(),
            deadline,
            invoked_arn: request.invoked_arn.clone(),
            trace_id: request.trace.clone(),
            client_context: request.client_context.clone(),
            sink: request.sink.clone(),
        });
        self.logbook.begin();
        self.logbook.platform(&PlatformLine::Start {
            request_id: &request.request_id,
        });
        self.peers.tell_of(request, deadline);
        let ended = tokio::select! {
            biased;
            Ok(reply) = reply => Ok(reply),
            failure = self.breaks_off(started) => Err(failure),
        };
        match ended {
            Ok(reply) => self.conclude(request, started, reply).await,
            Err(Failure::Exited(_) | Failure::OutOfMemory) if !self.api.is_taken() => Run::NotTaken,
            Err(failure) => {
                let took = started.elapsed().min(timeout);
                self.runtime_done(request, took, 0, Some(&failure));
                let payload = failure.payload(&request.request_id);
                let outcome = self.finish(request, took, Answer::Failed(payload), Some(&failure));
                self.shut_down(failure.shutdown_reason()).await;
                Run::Ended(outcome)
            }
        }
    }

    /// Waits for what ends an invocation before its time.
    async fn breaks_off(&self, started: Instant) -> Failure {
        let timeout = self.deployment.timeout;
        tokio::select! {
            biased;
            exit = self.process.wait() => ended(&self.process, exit),
            failure = self.peers.failure(&self.process), if !self.peers.are_none() => failure,
            () = sleep_until(started + timeout) => Failure::TimedOut(timeout),
            () = self.memory.is_exceeded(&self.process) => Failure::OutOfMemory,
        }
    }

    /// The runtime has answered: the invocation ends when the extensions are done as well.
    async fn conclude(&self, request: &Request, started: Instant, reply: Reply) -> Run {
        let (answer, failure) = match reply {
            Reply::Response(payload) => (Answer::Returned(payload), None),
            Reply::Error(document) => (Answer::Failed(document), None),
            Reply::TooLarge => {
                let failure = Failure::ResponseTooLarge;
                let payload = failure.payload(&request.request_id);
                (Answer::Failed(payload), Some(failure))
            }
        };
        let produced_bytes = match &answer {
            Answer::Returned(payload) | Answer::Failed(payload) => payload.len(),
        };
        self.runtime_done(request, started.elapsed(), produced_bytes, failure.as_ref());
        let late = tokio::select! {
            biased;
            () = self.peers.are_ready() => None,
            failure = self.breaks_off(started) => Some(failure),
        };
        let told = late.as_ref().or(failure.as_ref());
        let outcome = self.finish(request, started.elapsed(), answer, told);
        match late {
            None => Run::Answered(outcome),
            Some(failure) => {
                self.shut_down(failure.shutdown_reason()).await;
                Run::Ended(outcome)
            }
        }
    }

    fn runtime_done(
        &self,
        request: &Request,
        took: Duration,
        produced_bytes: usize,
        failure: Option<&Failure>,
    ) {
        if !self.peers.telemetry.is_listened() {
            return;
        }
        // What the function has written comes before.
        self.logbook.drain();
        self.logbook.platform(&PlatformLine::RuntimeDone {
            request_id: &request.request_id,
            took,
            produced_bytes,
            failure,
        });
    }

    /// Ends the process and all it has spawned, and waits for it.
    pub async fn end(self) {
        self.shut_down(ShutdownReason::Spindown).await;
    }

    async fn shut_down(&self, reason: ShutdownReason) {
        self.peers
            .shut_down(&self.process, &self.logbook, reason)
            .await;
        self.process.kill().await;
    }

    /// Writes the end of the invocation's log.
    fn finish(
        &self,
        request: &Request,
        took: Duration,
        answer: Answer,
        failure: Option<&Failure>,
    ) -> Outcome {
        self.logbook.flush();
        let init = self
            .init
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(init) = init {
            trace::took("init", init, took);
        }
        trace::took("handler", took, Duration::ZERO);
        let report = Report {
            request_id: &request.request_id,
            took,
            init,
            peak_memory_bytes: self.memory.peak_bytes(&self.process),
            failure,
        };
        write_end(&self.logbook, &report);
        Outcome {
            answer,
            log_tail: self.logbook.tail(),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.logbook.close();
    }
}

/// `END` and `REPORT`, and before them what the platform has to say about a failure.
fn write_end(logbook: &Logbook, report: &Report<'_>) {
    let request_id = report.request_id;
    let now = logbook.now().iso8601();
    let failure = report.failure.and_then(|f| f.log_message(request_id, &now));
    if let Some(message) = failure {
        logbook.write(message);
    }
    logbook.platform(&PlatformLine::End { request_id });
    logbook.platform(&PlatformLine::Report(report.clone()));
}

/// A process that is starting, with all that belongs to it.
struct Starting {
    /// As its function is told of it.
    program: PathBuf,
    process: Process,
    api: RuntimeApi,
    init: oneshot::Receiver<InitEvent>,
    logbook: Arc<Logbook>,
    peers: Peers,
    surroundings: Surroundings,
    since: Instant,
}

async fn start_within(
    host: &Host,
    deployment: &Arc<Deployment>,
    session: &Session,
    limit: Duration,
) -> Result<Instance, StartFailure> {
    let mut starting = spawn(host, deployment, session).await?;
    let event = tokio::select! {
        biased;
        event = initialise(&mut starting) => event,
        () = sleep(limit) => Err(Failure::TimedOut(limit)),
    };
    let took = starting.since.elapsed();
    let is_up = matches!(event, Ok(InitEvent::Ready));
    starting
        .peers
        .start_is_over(&starting.logbook, is_up.then_some(took));
    let cause = match event {
        Ok(InitEvent::Ready) => {
            return Ok(Instance {
                deployment: Arc::clone(deployment),
                process: starting.process,
                api: starting.api,
                logbook: starting.logbook,
                peers: starting.peers,
                init: Mutex::new(Some(took)),
                memory: MemoryWatch::new(),
                credentials_end: session.0.expires_at,
                idle_since: Instant::now(),
                _surroundings: starting.surroundings,
            });
        }
        Ok(InitEvent::Failed(document)) => Cause::Reported(document),
        Err(failure) => Cause::Platform(failure),
    };
    starting.logbook.flush();
    starting.process.kill().await;
    Err(StartFailure::Function(FailedStart {
        cause,
        logbook: Some(starting.logbook),
        took,
    }))
}

/// First the extensions register, then the runtime starts, then all of them become ready.
async fn initialise(starting: &mut Starting) -> Result<InitEvent, Failure> {
    let Starting { process, init, .. } = starting;
    tokio::select! {
        biased;
        failure = starting.peers.failure(process) => return Err(failure),
        () = starting.peers.have_registered(process) => {}
    }
    let event = tokio::select! {
        biased;
        Ok(event) = init => Ok(event),
        exit = starting.process.wait() => Err(exited(starting, exit)),
        failure = starting.peers.failure(&starting.process) => Err(failure),
    };
    starting.peers.runtime_is_up(&starting.logbook, &event);
    if let Ok(InitEvent::Ready) = event {
        tokio::select! {
            biased;
            () = starting.peers.are_ready() => {}
            failure = starting.peers.failure(&starting.process) => return Err(failure),
        }
    }
    event
}

async fn spawn(
    host: &Host,
    deployment: &Arc<Deployment>,
    session: &Session,
) -> Result<Starting, StartFailure> {
    let mut launch = find_program(host, deployment).await?;
    let EngineConfig { work, endpoint, .. } = &host.config;
    let door = host.door();
    let trust = door.as_ref().map(|door| Arc::clone(&door.trust));
    let network = Network::plan(&host.sandbox, &host.config, door).await;
    let network = network.map_err(internal)?;
    let scratch = Scratch::make(host, work).map_err(internal)?;
    let confinement = confinement(deployment, &launch, scratch.path());
    let (confinement, authorities) = trusting(confinement, deployment, trust.as_deref());
    if reads_openssls(deployment, authorities) {
        launch.args.insert(0, Argument::Text(OPENSSLS.to_owned()));
    }
    let confinement = network.confine(confinement);
    let stream = log_stream(host, deployment);
    let code = match deployment.image {
        // By convention: nothing of it is looked at.
        Some(_) => PathBuf::from(TASK_ROOT),
        None => host.sandbox.place(&confinement, &deployment.code),
    };
    let layers = deployment.opt.as_deref().unwrap_or(Path::new(LAYERS_ROOT));
    let layers = host.sandbox.place(&confinement, layers);
    let facts = InstanceFacts {
        launch: &launch,
        log_stream: &stream,
        runtime_api: network.runtime_api(),
        code: &code,
        layers: &layers,
        scratch: scratch.path(),
        credentials: &session.0,
        endpoint,
        authorities,
    };
    let external = extensions::find(deployment.opt.as_deref());
    let command = command(host, deployment, &facts, &confinement);
    let command = peers::beside(command, &external, |path| {
        host.sandbox.place(&confinement, path)
    });
    let name = match deployment.image {
        Some(_) => host.sandbox.place(&confinement, &launch.program),
        None => Path::new(TASK_ROOT).join(launch.program.file_name().unwrap_or_default()),
    };
    let since = Instant::now();
    let confined = start_process(host, deployment, &command, &confinement).await?;
    let connected = network.connect(confined.sockets).map_err(internal)?;
    let peers = Peers::new(&external, connected.dialer, host.entropy.clone());
    let destination = Destination {
        sink: Arc::clone(&host.logs),
        caller: session.1.clone(),
        group: deployment.logging.group.clone(),
        stream,
    };
    let clock = host.clock.clone();
    let outputs = Outputs {
        function: confined.output,
        companions: confined.companions,
        telemetry: Arc::clone(&peers.telemetry),
    };
    let logbook = Logbook::open(Arc::clone(deployment), outputs, clock, destination);
    logbook.platform(&PlatformLine::InitStart);
    let surface = Surface {
        deployment: Arc::clone(deployment),
        extensions: Arc::clone(&peers.extensions),
        telemetry: Arc::clone(&peers.telemetry),
        logbook: Arc::clone(&logbook),
        entropy: host.entropy.clone(),
    };
    let (api, init) = RuntimeApi::serve(connected.runtime_api, surface);
    if let Some(remark) = launch.remark {
        logbook.write(format!("[fogbank] {remark}\n"));
    }
    Ok(Starting {
        program: name,
        process: confined.process,
        api,
        init,
        logbook,
        peers,
        surroundings: Surroundings {
            _relays: connected.relays,
            _scratch: scratch,
        },
        since,
    })
}

/// Forks a function's process off a zygote if it can have one, and starts it afresh if not.
async fn start_process(
    host: &Host,
    deployment: &Deployment,
    command: &Command,
    confinement: &Confinement,
) -> Result<Confined, StartFailure> {
    // What has companions is started with them.
    let zygote = host.zygotes.for_function(deployment);
    if let Some(zygote) = zygote.filter(|_| !command.has_companions()) {
        match host
            .sandbox
            .fork_confined(&zygote, command, confinement)
            .await
        {
            Ok(confined) => return Ok(confined),
            Err(error) => tracing::debug!(%error, "a zygote did not fork"),
        }
    }
    let started = host.sandbox.start_confined(command, confinement).await;
    started.map_err(internal)
}

fn internal(error: impl Into<StartError>) -> StartFailure {
    StartFailure::Internal(error.into())
}

/// A failure that comes before there is a process, and so without a log.
fn invalid_entrypoint(what: String) -> StartFailure {
    StartFailure::Function(FailedStart {
        cause: Cause::Platform(Failure::InvalidEntrypoint(what)),
        logbook: None,
        took: Duration::ZERO,
    })
}

async fn find_program(host: &Host, deployment: &Deployment) -> Result<Launch, StartFailure> {
    if let Some(image) = &deployment.image {
        return image::launch(host, deployment, image).map_err(invalid_entrypoint);
    }
    let Deployment {
        runtime,
        code,
        memory_mb,
        ..
    } = deployment;
    let launch = host.runtimes.launch(*runtime, code, *memory_mb).await;
    let mut launch =
        launch.map_err(|missing: Arc<Missing>| invalid_entrypoint(missing.to_string()))?;
    if runtime.is_provided() && !launch.program.is_file() {
        // A custom runtime can come with a layer.
        let layered = deployment.opt.as_ref().map(|opt| opt.join("bootstrap"));
        launch.program = layered
            .filter(|path| path.is_file())
            .unwrap_or(launch.program);
    }
    if runtime.is_provided() && !launch.program.is_file() {
        return Err(invalid_entrypoint(
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned(),
        ));
    }
    Ok(launch)
}

/// An end that was not asked for. The kernel kills whoever takes more memory than there is.
fn ended(process: &Process, exit: Exit) -> Failure {
    match process.ran_out_of_memory() {
        true => Failure::OutOfMemory,
        false => Failure::Exited(exit),
    }
}

/// An end during the start; a program that cannot be executed is told as AWS tells it.
fn exited(starting: &Starting, exit: Exit) -> Failure {
    let Exit::NotStarted(errno) = exit else {
        return ended(&starting.process, exit);
    };
    let reason = why_not_executed(errno);
    let program = starting.program.display();
    Failure::InvalidEntrypoint(format!("fork/exec {program}: {reason}"))
}

/// In Go's words, which AWS passes on.
fn why_not_executed(errno: i32) -> String {
    match io::Error::from_raw_os_error(errno).kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        _ if errno == EXEC_FORMAT => "exec format error".to_owned(),
        other => other.to_string(),
    }
}

const SHELL: &str = "/bin/sh";
/// As the runtimes of AWS do it: the wrapper decides whether and how the runtime starts.
const WRAPPED: &str = "exec \"$AWS_LAMBDA_EXEC_WRAPPER\" \"$@\"";

/// `ENOEXEC`: a program for another kind of machine, or no program at all.
const EXEC_FORMAT: i32 = 8;

fn command(
    host: &Host,
    deployment: &Deployment,
    facts: &InstanceFacts<'_>,
    confinement: &Confinement,
) -> Command {
    let launch = facts.launch;
    let command = match deployment.variables.get(environment::WRAPPER) {
        Some(_) if !deployment.runtime.is_provided() => {
            let program = host.sandbox.place(confinement, &launch.program);
            let shell = Command::new(SHELL, &deployment.code);
            shell.arg("-c").arg(WRAPPED).arg(SHELL).arg(program)
        }
        _ => Command::new(&launch.program, image::working_folder(deployment)),
    };
    let command = launch.arguments(command, |path| host.sandbox.place(confinement, path));
    let variables = environment::variables(deployment, facts);
    variables.iter().fold(
        command,
        |command, (name, value)| match environment::NOT_FOR_EXTENSIONS.contains(&name.as_str()) {
            true => command.own_env(name, value),
            false => command.env(name, value),
        },
    )
}
