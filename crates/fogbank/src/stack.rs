//! Everything behind the front, wired together over one store.

use crate::cli::{Engine, StoreArgs};
use crate::error::CliError;
use base::{Clock, Entropy};
use iam::{Iam, Sts};
use kv::Store;
use logs::Logs;
use service::{AnyService, Authorizer, Registry};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder inside the data folder that holds the store.
const STORE_FOLDER: &str = "store";

/// All services, over one store.
pub struct Stack {
    pub store: Store,
    pub clock: Clock,
    pub entropy: Entropy,
    pub authorizer: Arc<dyn Authorizer>,
    pub iam: Arc<Iam>,
    pub logs: Arc<Logs>,
}

impl Stack {
    /// Opens the store and builds the services over it.
    ///
    /// # Errors
    /// When the data folder cannot be used.
    pub fn open(arguments: &StoreArgs) -> Result<Stack, CliError> {
        let store = open_store(arguments)?;
        let (clock, entropy) = (Clock::system(), Entropy::system());
        let iam = Arc::new(Iam::new(store.clone(), clock.clone(), entropy.clone()));
        let authorizer: Arc<dyn Authorizer> = iam.clone();
        let logs = Arc::new(Logs::new(store.clone(), clock.clone()));
        Ok(Stack {
            store,
            clock,
            entropy,
            authorizer,
            iam,
            logs,
        })
    }

    /// The services as the front serves them.
    pub fn table(&self) -> Vec<Arc<dyn AnyService>> {
        let sts = Arc::new(Sts::new(self.iam.clone()));
        vec![
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

    /// What invoke URLs reach.
    pub fn data_plane(&self) -> Arc<dyn front::DataPlane> {
        Arc::new(crate::data_plane::Invocations)
    }

    /// Ends what runs in the background: functions, queues.
    pub async fn stop(&self) {}

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

fn open_store(arguments: &StoreArgs) -> Result<Store, CliError> {
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
