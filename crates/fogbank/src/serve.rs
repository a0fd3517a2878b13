//! `fogbank serve`: the server, from opening the data folder to the last answer.

use crate::cli::{IamMode, ServerArgs};
use crate::error::CliError;
use crate::otlp;
use crate::stack::Stack;
use crate::telemetry;
use front::{Front, Limits, Listeners, Metrics, Origins, Services, Workers};
use lambda::Provisioning;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Connections are spread over at least so many threads, for one of them may be held up.
const LEAST_THREADS: usize = 2;

/// Runs the server until a signal or a failed store stops it.
pub async fn run(arguments: &ServerArgs) -> Result<(), CliError> {
    telemetry::init(arguments, "info")?;
    let server = Server::start(arguments, Arc::new(log_provisioning)).await?;
    println!("{}", server.endpoint());
    println!("Ready.");
    std::io::stdout().flush()?;
    server.stopped().await
}

/// A server that answers requests.
pub struct Server {
    pub stack: Arc<Stack>,
    address: SocketAddr,
    serving: tokio::task::JoinHandle<()>,
    stop: watch::Sender<bool>,
    signals: Signals,
    /// Functions live on them too, and end before they do.
    _workers: Arc<Workers>,
}

/// What ends the server. Caught from the start on, so that none ends it without draining.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn catch() -> std::io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Server {
    /// Opens everything and starts to answer.
    ///
    /// # Errors
    /// When the address or the data folder cannot be used.
    pub async fn start(
        arguments: &ServerArgs,
        provisioning: Provisioning,
    ) -> Result<Server, CliError> {
        let address = arguments.listen;
        let unable = |source| CliError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(unable)?;
        let address = listener.local_addr()?;
        let functions = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let entrance = functions.local_addr()?;
        let stack = Stack::open(arguments, reachable(address), entrance, provisioning).await?;
        let stack = Arc::new(stack);
        prepare_keys(&stack, arguments, address).await?;
        let services = Services::new(
            stack.iam.clone(),
            stack.authorizer.clone(),
            stack.data_plane(),
            stack.table(),
        )
        .with_reports(stack.iam.clone());
        let metrics = Metrics::install().map_err(|error| CliError::Store(error.to_string()))?;
        let (clock, entropy) = (stack.clock.clone(), stack.entropy.clone());
        let front = Arc::new(Front::new(
            services,
            Limits {
                traces_per_second: arguments.traces_per_second,
                ..Limits::default()
            },
            Origins::new(arguments.allow_origin.clone()),
            clock,
            entropy,
            metrics,
        ));
        if let Some(url) = &arguments.otlp {
            tokio::spawn(otlp::export(url, front.traces()));
        }
        let signals = Signals::catch()?;
        let (stop, mut stopping) = watch::channel(false);
        let threads = available_parallelism().map_or(LEAST_THREADS, usize::from);
        let workers = Arc::new(Workers::start(threads.max(LEAST_THREADS) - 1)?);
        let listeners = Listeners {
            clients: listener,
            functions: Some(functions),
        };
        let serving = front.serve(listeners, Arc::clone(&workers), async move {
            let _ = stopping.wait_for(|stop| *stop).await;
        });
        let serving = tokio::spawn(serving);
        stack.work();
        Ok(Server {
            stack,
            address,
            serving,
            stop,
            signals,
            _workers: workers,
        })
    }

    /// Where clients find it.
    pub fn endpoint(&self) -> String {
        reachable(self.address)
    }

    /// Waits for a signal or a failure, then drains and closes.
    ///
    /// # Errors
    /// When the store failed: nothing can be acknowledged any more.
    pub async fn stopped(mut self) -> Result<(), CliError> {
        let failure = tokio::select! {
            () = self.signals.any() => None,
            cause = self.stack.store.failed() => Some(cause),
        };
        self.drain().await;
        match failure {
            None => self.stack.close(),
            Some(cause) => Err(CliError::Store(format!(
                "{cause}. Nothing more can be acknowledged, so the server stops; everything \
                 acknowledged so far is on disk"
            ))),
        }
    }
}

impl Server {
    /// Ends WebSockets, lets requests in flight end, then functions; the store stays open.
    async fn drain(&mut self) {
        self.stack.close_connections().await;
        let _ = self.stop.send(true);
        let _ = (&mut self.serving).await;
        self.stack.stop().await;
    }

    /// Stops at once, as a signal would make it.
    ///
    /// # Errors
    /// The store's.
    pub async fn shut_down(mut self) -> Result<(), CliError> {
        self.drain().await;
        self.stack.close()
    }
}

/// The URL by which this machine reaches an address it listens on.
fn reachable(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("http://127.0.0.1:{}", address.port()),
        false => format!("http://{address}"),
    }
}

fn log_provisioning(progress: lambda::Progress) {
    match progress {
        lambda::Progress::Started { what } => tracing::info!("installing {what}"),
        lambda::Progress::Step { line } => tracing::debug!("{line}"),
        lambda::Progress::Finished => tracing::info!("installed"),
    }
}

/// On loopback there is the key `test`/`test`, unless it is not wanted; elsewhere there must be one
/// that nobody knows.
async fn prepare_keys(
    stack: &Stack,
    arguments: &ServerArgs,
    address: SocketAddr,
) -> Result<(), CliError> {
    if arguments.iam == IamMode::Off {
        if !address.ip().is_loopback() {
            return Err(CliError::IamOff { address });
        }
        tracing::warn!("--iam off: nobody's permissions are checked");
    }
    if address.ip().is_loopback() && !arguments.no_public_keys {
        return Ok(stack.iam.seed().await.map_err(wire::Fault::from)?);
    }
    if stack.iam.has_own_keys().await.map_err(wire::Fault::from)? {
        return Ok(());
    }
    Err(CliError::NoKeys {
        address,
        data: arguments.store.data.clone(),
    })
}
