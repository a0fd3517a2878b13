//! Everything behind the front, wired together over one store.

use crate::cli::{Engine, IamMode, ServerArgs, StoreArgs};
use crate::data_plane::Invocations;
use crate::error::CliError;
use crate::own_hosts::Hosts;
use apigateway::{Gateway, Neighbours};
use base::{Clock, Entropy};
use dynamodb::{Dynamodb, Follower, Options, Throttling};
use front::{Calls, DataPlane};
use iam::{Iam, Mode, ServiceControl, Sts};
use jwt::Issuers;
use kv::Store;
use lambda::{
    CodePlaces, Egress, HotFolders, Lambda, LambdaConfig, Parts, Provisioning, Runtimes, SearchPath,
};
use logs::{Logs, Sink};
use s3_folder::Folder;
use sandbox::{Level, Sandbox};
use service::{AnyService, Authorizer, HttpClient, Invoker, Registry, keep_going};
use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

/// The folder inside the data folder that holds the store.
const STORE_FOLDER: &str = "store";
/// AWS's default for an account.
const CONCURRENCY: usize = 1000;
/// Function instances that are kept ready for requests to come.
const SPARES: usize = 32;
/// How often what has expired is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How long connections get to end once the server stops.
const CLOSE_CONNECTIONS: Duration = Duration::from_secs(10);
/// How often what was called goes to the store.
const SAVE_CALLS_EVERY: Duration = Duration::from_secs(10);
/// How often what API keys have used goes to the store.
const SAVE_USAGE_EVERY: Duration = Duration::from_secs(1);

/// All services, over one store.
pub struct Stack {
    pub store: Store,
    pub clock: Clock,
    pub entropy: Entropy,
    pub authorizer: Arc<dyn Authorizer>,
    pub iam: Arc<Iam>,
    pub logs: Arc<Logs>,
    pub dynamodb: Arc<Dynamodb>,
    pub lambda: Arc<Lambda>,
    pub apigateway: Arc<Gateway>,
    _temporary: Option<TempDir>,
}

impl Stack {
    /// Opens the store and builds the services over it.
    ///
    /// # Errors
    /// When the data folder cannot be used, or no process can be started.
    pub async fn open(
        arguments: &ServerArgs,
        endpoint: String,
        entrance: SocketAddr,
        provisioning: Provisioning,
    ) -> Result<Stack, CliError> {
        let place = arguments.store.clone();
        // In this order: the sandbox begins with a fork, and its processes never have the store's
        // files and locks open. What it then tries takes as long as the store.
        let (sandbox, store) = tokio::join!(
            biased;
            isolated(arguments.min_isolation.into()),
            tokio::task::spawn_blocking(move || open_store(&place)),
        );
        let (sandbox, store) = (
            sandbox?,
            store.map_err(|e| CliError::Store(e.to_string()))??,
        );
        let (clock, entropy) = (Clock::system(), Entropy::system());
        let http: Arc<dyn HttpClient> = Arc::new(egress::Egress::new());
        let sources = arguments.jwks.iter().cloned().collect();
        let issuers = Arc::new(Issuers::new(sources, http.clone(), clock.clone()));
        let iam = Iam::new(store.clone(), clock.clone(), entropy.clone())
            .with_mode(mode(arguments.iam))
            .with_service_control(service_control(arguments)?)
            .with_issuers(issuers.clone());
        let iam = Arc::new(iam);
        let authorizer: Arc<dyn Authorizer> = iam.clone();
        let logs = Arc::new(Logs::new(store.clone(), clock.clone()));
        let options = table_options(arguments)?;
        let dynamodb = Dynamodb::with(store.clone(), clock.clone(), entropy.clone(), options);
        let dynamodb = Arc::new(dynamodb);
        let folders = Folders::of(arguments)?;
        let runtimes = Runtimes::new(
            sandbox.clone(),
            folders.runtimes,
            SearchPath::from_environment(),
        );
        let own_hosts = Arc::new(Hosts::default());
        let lambda = Lambda::new(Parts {
            store: store.clone(),
            sandbox,
            runtimes: Arc::new(runtimes),
            provisioning,
            roles: iam.clone(),
            logs: Arc::new(Sink::new(logs.clone(), authorizer.clone())),
            streams: Arc::new(Follower::new(dynamodb.clone(), authorizer.clone())),
            authorizer: authorizer.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            config: LambdaConfig {
                work: folders.work,
                endpoint: endpoint.clone(),
                entrance,
                idle_timeout: arguments.lambda_idle_timeout,
                concurrency: CONCURRENCY,
                spares: SPARES,
                egress: Arc::new(egress_of_functions(arguments)),
                own_hosts: own_hosts.clone(),
                code_places: CodePlaces {
                    buckets: Folder::new(s3_folder(arguments)?),
                    hot_folders: match arguments.hot_reload {
                        true => HotFolders::Allowed,
                        false => HotFolders::Refused,
                    },
                },
            },
        })?;
        let lambda = Arc::new(lambda);
        let invoker: Arc<dyn Invoker> = lambda.clone();
        logs.deliver_to(&invoker, entropy.clone());
        let backends = Backends {
            iam: iam.clone(),
            logs: logs.clone(),
            dynamodb: dynamodb.clone(),
            lambda: lambda.clone(),
        };
        let calls = Calls::new(authorizer.clone(), entropy.clone(), backends.table());
        let neighbours = Neighbours {
            invoker: lambda.clone(),
            roles: iam.clone(),
            authorizer: authorizer.clone(),
            http,
            calls: Arc::new(calls),
            logs: Arc::new(Sink::new(logs.clone(), authorizer.clone())),
            issuers,
        };
        let apigateway = Gateway::new(store.clone(), clock.clone(), entropy.clone(), neighbours)
            .with_endpoint(endpoint);
        let apigateway = Arc::new(apigateway);
        own_hosts.ask(&apigateway, &lambda);
        Ok(Stack {
            store,
            clock,
            entropy,
            authorizer,
            iam,
            logs,
            dynamodb,
            lambda,
            apigateway,
            _temporary: folders.temporary,
        })
    }

    /// The services as the front serves them.
    pub fn table(&self) -> Vec<Arc<dyn AnyService>> {
        let backends = Backends {
            iam: self.iam.clone(),
            logs: self.logs.clone(),
            dynamodb: self.dynamodb.clone(),
            lambda: self.lambda.clone(),
        };
        let mut table = backends.table();
        table.push(Arc::new(Registry::new(
            &wire::apigateway::SERVICE,
            self.apigateway.clone(),
            apigateway::operations::handlers(),
        )));
        table.push(Arc::new(Registry::new(
            &wire::apigatewayv2::SERVICE,
            self.apigateway.clone(),
            apigateway::v2::handlers(),
        )));
        table
    }

    /// What invoke URLs reach.
    pub fn data_plane(&self) -> Arc<dyn DataPlane> {
        Arc::new(Invocations::new(
            self.apigateway.clone(),
            self.lambda.clone(),
        ))
    }

    /// Starts what goes on behind the answers, for as long as the server runs.
    pub fn work(self: &Arc<Self>) {
        let tables = self.dynamodb.clone();
        keep_going("the work on tables", move || {
            let tables = tables.clone();
            async move { tables.work().await }
        });
        let stack = self.clone();
        keep_going("the removal of what has expired", move || {
            let stack = stack.clone();
            async move { stack.sweep().await }
        });
        let stack = self.clone();
        keep_going("the keeping of what was called", move || {
            let stack = stack.clone();
            async move { stack.save_calls().await }
        });
        let stack = self.clone();
        keep_going("the keeping of what API keys have used", move || {
            let stack = stack.clone();
            async move { stack.save_usage().await }
        });
    }

    /// Removes what has expired, now and then.
    async fn sweep(&self) {
        let mut due = tokio::time::interval(SWEEP_EVERY);
        loop {
            due.tick().await;
            if let Err(error) = self.iam.sweep().await {
                tracing::warn!(%error, "expired sessions could not be removed");
            }
            if let Err(error) = self.logs.sweep().await {
                tracing::warn!(%error, "expired log events could not be removed");
            }
        }
    }

    async fn save_calls(&self) {
        let mut due = tokio::time::interval(SAVE_CALLS_EVERY);
        loop {
            due.tick().await;
            self.save_calls_now().await;
        }
    }

    async fn save_calls_now(&self) {
        if let Err(error) = self.iam.save_calls().await {
            tracing::warn!(%error, "what was called could not be kept");
        }
    }

    async fn save_usage(&self) {
        let mut due = tokio::time::interval(SAVE_USAGE_EVERY);
        loop {
            due.tick().await;
            self.save_usage_now().await;
        }
    }

    async fn save_usage_now(&self) {
        if let Err(error) = self.apigateway.save_usage().await {
            tracing::warn!(%error, "what API keys have used could not be kept");
        }
    }

    /// Ends connections to WebSocket APIs, while what their ends call still runs.
    pub async fn close_connections(&self) {
        let closing = self.apigateway.close_connections();
        if timeout(CLOSE_CONNECTIONS, closing).await.is_err() {
            tracing::warn!("connections were still closing when the time for that was over");
        }
    }

    /// Ends what runs in the background: functions and their queue.
    pub async fn stop(&self) {
        self.lambda.stop().await;
        self.save_calls_now().await;
        self.save_usage_now().await;
    }

    /// Leaves the store's files so that the next start is fast.
    ///
    /// # Errors
    /// The store's; nothing acknowledged depends on it.
    pub fn close(&self) -> Result<(), CliError> {
        self.store
            .close()
            .map_err(|error| CliError::Store(error.to_string()))
    }
}

fn s3_folder(arguments: &ServerArgs) -> Result<PathBuf, CliError> {
    let folder = arguments.s3_folder.clone();
    let folder = folder.unwrap_or_else(|| arguments.store.data.join("s3"));
    Ok(std::path::absolute(folder)?)
}

fn table_options(arguments: &ServerArgs) -> Result<Options, CliError> {
    Ok(Options {
        s3_folder: s3_folder(arguments)?,
        throttling: match arguments.dynamodb_throttling {
            true => Throttling::On,
            false => Throttling::Off,
        },
    })
}

/// The services that API Gateway can call.
struct Backends {
    iam: Arc<Iam>,
    logs: Arc<Logs>,
    dynamodb: Arc<Dynamodb>,
    lambda: Arc<Lambda>,
}

impl Backends {
    fn table(&self) -> Vec<Arc<dyn AnyService>> {
        let sts = Arc::new(Sts::new(self.iam.clone()));
        vec![
            Arc::new(Registry::new(
                &wire::dynamodb::SERVICE,
                self.dynamodb.clone(),
                Dynamodb::handlers(),
            )),
            Arc::new(Registry::new(
                &wire::dynamodbstreams::SERVICE,
                self.dynamodb.clone(),
                Dynamodb::stream_handlers(),
            )),
            Arc::new(Registry::new(
                &wire::lambda::SERVICE,
                self.lambda.clone(),
                lambda::handlers(),
            )),
            Arc::new(Registry::new(
                &wire::iam::SERVICE,
                self.iam.clone(),
                Iam::handlers(),
            )),
            Arc::new(Registry::new(&wire::sts::SERVICE, sts, Sts::handlers())),
            Arc::new(Registry::new(
                &wire::logs::SERVICE,
                self.logs.clone(),
                Logs::handlers(),
            )),
        ]
    }
}

/// The place where functions run, if this machine isolates them at least as demanded.
async fn isolated(at_least: Level) -> Result<Sandbox, CliError> {
    let sandbox = Sandbox::new().await.map_err(CliError::Sandbox)?;
    let probe = sandbox.probe();
    tracing::info!(
        level = %probe.level,
        landlock = probe.landlock,
        control_groups = probe.has_cgroups,
        "functions are isolated"
    );
    if probe.level < at_least {
        let given = probe.level;
        return Err(CliError::Isolation { given, at_least });
    }
    Ok(sandbox)
}

/// Where functions may connect to.
fn egress_of_functions(arguments: &ServerArgs) -> Egress {
    Egress::new(
        &arguments.lambda_egress_port,
        arguments.lambda_egress_network.clone(),
        Egress::machines_resolver(),
    )
}

fn mode(argument: IamMode) -> Mode {
    match argument {
        IamMode::Enforce => Mode::Enforce,
        IamMode::Audit => Mode::Audit,
        IamMode::Off => Mode::Off,
    }
}

fn read(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|source| CliError::File {
        path: path.to_owned(),
        source,
    })
}

fn service_control(arguments: &ServerArgs) -> Result<ServiceControl, CliError> {
    let Some(path) = &arguments.service_control_policies else {
        return Ok(ServiceControl::default());
    };
    let text = read(path)?;
    ServiceControl::parse(&text).map_err(|source| CliError::ServiceControl {
        path: path.clone(),
        source,
    })
}

/// Where functions' files are. Nothing there has to last.
struct Folders {
    runtimes: PathBuf,
    work: PathBuf,
    /// Removed with the server, if it is a folder of its own.
    temporary: Option<TempDir>,
}

impl Folders {
    fn of(arguments: &ServerArgs) -> Result<Folders, CliError> {
        let data = &arguments.store.data;
        // Nobody else may have made it before, or look into it.
        let temporary = match arguments.store.in_memory {
            true => Some(tempfile::Builder::new().prefix("fogbank-").tempdir()?),
            false => None,
        };
        let (runtimes, work) = match &temporary {
            // What is installed once is worth keeping, even for servers that keep nothing.
            Some(folder) => (cache_folder().join("runtimes"), folder.path().to_owned()),
            None => (data.join("runtimes"), data.join("work")),
        };
        let runtimes = arguments.runtimes.clone().unwrap_or(runtimes);
        Ok(Folders {
            runtimes: std::path::absolute(runtimes)?,
            work: std::path::absolute(work)?,
            temporary,
        })
    }
}

/// The user's cache, as XDG has it.
fn cache_folder() -> PathBuf {
    let set = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("fogbank")
}

/// Opens the store that the arguments name, and makes it if there is none.
///
/// # Errors
/// When the data folder cannot be used.
pub fn open_store(arguments: &StoreArgs) -> Result<Store, CliError> {
    if arguments.in_memory {
        return Ok(Store::in_memory());
    }
    prepare(&arguments.data)?;
    let folder = arguments.data.join(STORE_FOLDER);
    let engine = match arguments.engine {
        Engine::Fjall => {
            let options = kv_fjall::Options {
                cache_bytes: arguments.cache.unwrap_or_else(cache_bytes),
                ..kv_fjall::Options::default()
            };
            kv_fjall::open(&folder, &options)?
        }
        Engine::Sqlite => kv_sqlite::open(&folder, &kv_sqlite::Options::default())?,
    };
    Ok(Store::new(engine))
}

/// How much the store may cache if nobody says: others need the machine's memory too.
fn cache_bytes() -> u64 {
    const SHARE: u64 = 10;
    const MOST: u64 = 1 << 30;
    let memory = rustix::system::sysinfo();
    let unit = u64::from(memory.mem_unit.max(1));
    (memory.totalram.saturating_mul(unit) / SHARE).min(MOST)
}

/// Makes the data folder, which nobody else may look into and version control should not see. One
/// that is there already keeps its mode: somebody has chosen it.
fn prepare(data: &Path) -> Result<(), CliError> {
    let failed = |path: PathBuf| move |source| CliError::File { path, source };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(failed(data.to_owned()))?;
    let ignore = data.join(".gitignore");
    if ignore.exists() {
        Ok(())
    } else {
        std::fs::write(&ignore, "*\n").map_err(failed(ignore))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::{Handler, Service};
    use wire::ServiceInfo;

    /// What `docs/coverage.md` calls built has a handler, and the other way round.
    #[track_caller]
    fn check<S: Service>(info: &ServiceInfo, handlers: Vec<Handler<S>>) {
        let mut handled: Vec<&str> = handlers.iter().map(|h| h.operation().name).collect();
        handled.sort_unstable();
        let built = info.operations.iter().filter(|operation| operation.built);
        let mut built: Vec<&str> = built.map(|operation| operation.name).collect();
        built.sort_unstable();
        assert_eq!(handled, built, "{}", info.name);
    }

    #[test]
    fn built_operations_are_those_with_handlers() {
        check(&wire::dynamodb::SERVICE, Dynamodb::handlers());
        check(&wire::dynamodbstreams::SERVICE, Dynamodb::stream_handlers());
        check(&wire::lambda::SERVICE, lambda::handlers());
        check(
            &wire::apigateway::SERVICE,
            apigateway::operations::handlers(),
        );
        check(&wire::apigatewayv2::SERVICE, apigateway::v2::handlers());
        check(&wire::iam::SERVICE, Iam::handlers());
        check(&wire::sts::SERVICE, Sts::handlers());
        check(&wire::logs::SERVICE, Logs::handlers());
    }
}
