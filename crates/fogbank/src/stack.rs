//! Everything behind the front, wired together over one store.

use crate::cli::{Engine, ServerArgs, StoreArgs};
use crate::data_plane::Invocations;
use crate::error::CliError;
use apigateway::{Gateway, Neighbours};
use base::{Clock, Entropy};
use dynamodb::{Dynamodb, Follower};
use egress::Egress;
use front::{Calls, DataPlane};
use iam::{Iam, Sts};
use kv::Store;
use lambda::{Lambda, LambdaConfig, Parts, Provisioning, Runtimes, SearchPath};
use logs::{Logs, Sink};
use sandbox::Sandbox;
use service::{AnyService, Authorizer, Registry};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The folder inside the data folder that holds the store.
const STORE_FOLDER: &str = "store";
/// AWS's default for an account.
const CONCURRENCY: usize = 1000;
/// How often what has expired is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

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
}

impl Stack {
    /// Opens the store and builds the services over it.
    ///
    /// # Errors
    /// When the data folder cannot be used, or no process can be started.
    pub async fn open(
        arguments: &ServerArgs,
        endpoint: String,
        provisioning: Provisioning,
    ) -> Result<Stack, CliError> {
        let store = open_store(&arguments.store)?;
        let (clock, entropy) = (Clock::system(), Entropy::system());
        let iam = Arc::new(Iam::new(store.clone(), clock.clone(), entropy.clone()));
        let authorizer: Arc<dyn Authorizer> = iam.clone();
        let logs = Arc::new(Logs::new(store.clone(), clock.clone()));
        let dynamodb = Arc::new(Dynamodb::new(store.clone(), clock.clone(), entropy.clone()));
        let sandbox = Sandbox::new().await.map_err(CliError::Sandbox)?;
        let folders = Folders::of(arguments)?;
        let runtimes = Runtimes::new(
            sandbox.clone(),
            folders.runtimes,
            SearchPath::from_environment(),
        );
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
                endpoint,
                idle_timeout: arguments.lambda_idle_timeout,
                concurrency: CONCURRENCY,
            },
        })?;
        let lambda = Arc::new(lambda);
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
            http: Arc::new(Egress::new()),
            calls: Arc::new(calls),
            logs: Arc::new(Sink::new(logs.clone(), authorizer.clone())),
        };
        let apigateway = Arc::new(Gateway::new(
            store.clone(),
            clock.clone(),
            entropy.clone(),
            neighbours,
        ));
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
        table
    }

    /// What invoke URLs reach.
    pub fn data_plane(&self) -> Arc<dyn DataPlane> {
        Arc::new(Invocations::new(
            self.apigateway.clone(),
            self.lambda.clone(),
        ))
    }

    /// Removes what has expired, now and then, for as long as the server runs.
    pub async fn sweep(&self) {
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

    /// Ends what runs in the background: functions and their queue.
    pub async fn stop(&self) {
        self.lambda.stop().await;
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

/// Where functions' files are. Nothing there has to last.
struct Folders {
    runtimes: PathBuf,
    work: PathBuf,
}

impl Folders {
    fn of(arguments: &ServerArgs) -> Result<Folders, CliError> {
        let data = &arguments.store.data;
        let (runtimes, work) = match arguments.store.in_memory {
            // What is installed once is worth keeping, even for servers that keep nothing.
            true => (cache_folder().join("runtimes"), temporary_folder()),
            false => (data.join("runtimes"), data.join("work")),
        };
        let runtimes = arguments.runtimes.clone().unwrap_or(runtimes);
        Ok(Folders {
            runtimes: std::path::absolute(runtimes)?,
            work: std::path::absolute(work)?,
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

fn temporary_folder() -> PathBuf {
    std::env::temp_dir().join(format!("fogbank-{}", std::process::id()))
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
        Engine::Fjall => kv_fjall::open(&folder, &kv_fjall::Options::default())?,
        Engine::Sqlite => kv_sqlite::open(&folder, &kv_sqlite::Options::default())?,
    };
    Ok(Store::new(engine))
}

/// Makes the data folder, which version control should not see.
fn prepare(data: &Path) -> Result<(), CliError> {
    let failed = |path: PathBuf| move |source| CliError::File { path, source };
    std::fs::create_dir_all(data).map_err(failed(data.to_owned()))?;
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
        check(&wire::iam::SERVICE, Iam::handlers());
        check(&wire::sts::SERVICE, Sts::handlers());
        check(&wire::logs::SERVICE, Logs::handlers());
    }
}
