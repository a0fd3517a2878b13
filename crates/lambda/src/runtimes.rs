//! What a machine needs to run functions: interpreters, our bootstraps, the SDK.
//!
//! Finds each interpreter once and remembers it, writes the bootstraps that are embedded in this
//! program, and provisions the SDKs. All of it lives in one folder, which servers may share: whatever
//! is put there is complete from the moment it has its name.

mod interpreter;
mod provision;

pub use interpreter::{Interpreter, Missing, SearchPath};
pub(crate) use provision::wants_javascript;
pub use provision::{Progress, ProvisionError};

use crate::runtime::Runtime;
use sandbox::{Command, Sandbox};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// What to do where a Node.js function does not find a package of the SDK.
const NODE_SDK_REMEDY: &str = "Fogbank installs the usual clients of the AWS SDK for JavaScript \
     when a function whose modules name them is created or updated: put others into the function's \
     zip (npm install)";

/// How to start a function's process, up to what belongs to the function itself.
#[derive(Clone, Debug)]
pub struct Launch {
    pub program: PathBuf,
    pub args: Vec<Argument>,
    /// What the process has to see besides the function's own code, and where it belongs in a
    /// root of its own.
    pub visible: Vec<(PathBuf, PathBuf)>,
    /// What goes in front of the usual `PATH`.
    pub path: Option<PathBuf>,
    /// A remark for the function's log, such as that another version stands in.
    pub remark: Option<String>,
}

impl Launch {
    /// Adds the arguments; `place` says where the process finds what is at a path.
    pub fn arguments(&self, command: Command, place: impl Fn(&Path) -> PathBuf) -> Command {
        self.args.iter().fold(command, |command, arg| match arg {
            Argument::Text(text) => command.arg(text),
            Argument::Path(path) => command.arg(place(path)),
        })
    }
}

/// An argument of a function's process.
#[derive(Clone, Debug)]
pub enum Argument {
    Text(String),
    /// Something that the process may have to find elsewhere.
    Path(PathBuf),
}

/// Where the bootstrap and the SDK are in a root of its own: below AWS's folder of that name.
const RUNTIME_FOLDER: &str = "/var/runtime";
/// Where Node.js looks for packages at last, from wherever it starts to look.
const NODE_PACKAGES: &str = "/node_modules";

/// Everything outside a function that its runtime needs.
#[derive(Debug)]
pub struct Runtimes {
    sandbox: Sandbox,
    folder: PathBuf,
    search: SearchPath,
    interpreters: Mutex<BTreeMap<Runtime, Once<Interpreter, Missing>>>,
    sdks: Mutex<BTreeMap<Runtime, Once<PathBuf, ProvisionError>>>,
}

type Once<T, E> = Arc<OnceCell<Result<Arc<T>, Arc<E>>>>;

impl Runtimes {
    /// Runtimes whose files are kept in `folder`, with interpreters looked for along `search`.
    pub fn new(sandbox: Sandbox, folder: impl Into<PathBuf>, search: SearchPath) -> Runtimes {
        Runtimes {
            sandbox,
            folder: folder.into(),
            search,
            interpreters: Mutex::default(),
            sdks: Mutex::default(),
        }
    }

    /// The interpreter of a runtime that has one; looked for once.
    ///
    /// # Errors
    /// The machine has none. What to install stands in the error.
    pub async fn interpreter(&self, runtime: Runtime) -> Result<Arc<Interpreter>, Arc<Missing>> {
        let cell = once(&self.interpreters, runtime);
        let found = cell.get_or_init(|| async {
            let folder = &self.folder;
            interpreter::find(&self.sandbox, &self.search, folder, runtime)
                .await
                .map(Arc::new)
                .map_err(Arc::new)
        });
        found.await.clone()
    }

    /// Makes sure that functions of this runtime can use the SDK that AWS bundles, and answers
    /// its folder; `None` for runtimes that have none. The first call does the work and the
    /// others wait for it; a failure is remembered until [`Runtimes::forget_failures`].
    ///
    /// # Errors
    /// The SDK cannot be had. What to do stands in the error; functions still run without it.
    pub async fn provision(
        &self,
        runtime: Runtime,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Option<Arc<PathBuf>>, Arc<ProvisionError>> {
        if !matches!(runtime, Runtime::Python { .. } | Runtime::Nodejs { .. }) {
            return Ok(None);
        }
        let cell = once(&self.sdks, runtime);
        let provisioned = cell.get_or_init(|| async {
            let interpreter = self.interpreter(runtime).await;
            let interpreter = interpreter.map_err(|e| Arc::new(ProvisionError::Interpreter(e)))?;
            let (sandbox, folder) = (&self.sandbox, &self.folder);
            let installed = match runtime {
                Runtime::Nodejs { .. } => {
                    provision::javascript(sandbox, &self.search, folder, &interpreter, progress)
                        .await
                }
                _ => provision::boto3(sandbox, folder, &interpreter, progress).await,
            };
            installed.map(Arc::new).map_err(Arc::new)
        });
        provisioned.await.clone().map(Some)
    }

    /// Lets the next use of a runtime try again what has failed.
    pub fn forget_failures(&self) {
        fn forget<T, E>(cells: &Mutex<BTreeMap<Runtime, Once<T, E>>>) {
            let mut cells = cells.lock().unwrap_or_else(PoisonError::into_inner);
            cells.retain(|_, cell| !matches!(cell.get(), Some(Err(_))));
        }
        forget(&self.interpreters);
        forget(&self.sdks);
    }

    /// How to start a function of `runtime` whose code is in `code`.
    ///
    /// # Errors
    /// The machine has no interpreter for it.
    pub async fn launch(
        &self,
        runtime: Runtime,
        code: &Path,
        memory_mb: u32,
    ) -> Result<Launch, Arc<Missing>> {
        match runtime {
            Runtime::ProvidedAl2 | Runtime::ProvidedAl2023 => Ok(Launch {
                program: code.join("bootstrap"),
                args: Vec::new(),
                visible: Vec::new(),
                path: None,
                remark: None,
            }),
            Runtime::Python { .. } => self.launch_python(runtime).await,
            Runtime::Nodejs { .. } => self.launch_node(runtime, memory_mb).await,
            Runtime::Ruby { .. } => self.launch_ruby(runtime).await,
            // The image says what to launch.
            Runtime::Image => Err(Arc::new(Missing::None(runtime))),
            Runtime::Java8Al2 | Runtime::Java { .. } | Runtime::Dotnet { .. } => {
                Err(Arc::new(Missing::NotBuilt(runtime)))
            }
        }
    }

    /// How to start a zygote for functions of `runtime`; `None` for runtimes that have none.
    ///
    /// # Errors
    /// The machine has no interpreter for it.
    pub async fn launch_zygote(&self, runtime: Runtime) -> Result<Option<Launch>, Arc<Missing>> {
        let Runtime::Python { .. } = runtime else {
            return Ok(None);
        };
        let mut launch = self.launch_python(runtime).await?;
        launch.args.push(Argument::Text("zygote".to_owned()));
        Ok(Some(launch))
    }

    async fn launch_python(&self, runtime: Runtime) -> Result<Launch, Arc<Missing>> {
        let interpreter = self.interpreter(runtime).await?;
        let (sdk, remedy) = match self.provision(runtime, &|_| ()).await {
            Ok(sdk) => (sdk, String::new()),
            Err(error) => (None, error.to_string()),
        };
        let sdk = sdk.map(|sdk| sdk.to_path_buf()).unwrap_or_default();
        // `-S`: the machine's own packages are not part of the runtime. `-s`: nor the user's.
        let args = vec![
            Argument::Text("-S".to_owned()),
            Argument::Text("-s".to_owned()),
            Argument::Path(interpreter.bootstrap.clone()),
            Argument::Path(sdk.clone()),
            Argument::Text(remedy),
        ];
        let mut launch = launch(&interpreter, args, runtime);
        if !sdk.as_os_str().is_empty() {
            launch
                .visible
                .push((sdk, Path::new(RUNTIME_FOLDER).join("sdk")));
        }
        Ok(launch)
    }

    async fn launch_node(&self, runtime: Runtime, memory_mb: u32) -> Result<Launch, Arc<Missing>> {
        let interpreter = self.interpreter(runtime).await?;
        // A heap that the memory setting leaves room for, so that a leak ends in V8's own words.
        let heap_mb = memory_mb.saturating_mul(9) / 10;
        let args = vec![
            Argument::Text(format!("--max-old-space-size={heap_mb}")),
            Argument::Path(interpreter.bootstrap.clone()),
            Argument::Text(NODE_SDK_REMEDY.to_owned()),
        ];
        let mut launch = launch(&interpreter, args, runtime);
        // It is there if a function wanted it.
        let sdk = self.folder.join(provision::JAVASCRIPT_FOLDER);
        if sdk.is_dir() {
            launch.args.push(Argument::Path(sdk.clone()));
            launch.visible.push((sdk, NODE_PACKAGES.into()));
        }
        Ok(launch)
    }

    async fn launch_ruby(&self, runtime: Runtime) -> Result<Launch, Arc<Missing>> {
        let interpreter = self.interpreter(runtime).await?;
        let args = vec![Argument::Path(interpreter.bootstrap.clone())];
        Ok(launch(&interpreter, args, runtime))
    }
}

fn launch(interpreter: &Interpreter, args: Vec<Argument>, runtime: Runtime) -> Launch {
    // The folder, not the file: another server may replace the file at any time.
    let folder = interpreter.bootstrap.parent().unwrap_or(Path::new("/"));
    let inside = Path::new(RUNTIME_FOLDER).join("bootstrap");
    let mut visible = vec![(folder.to_owned(), inside)];
    visible.extend(
        interpreter
            .prefix
            .clone()
            .map(|prefix| (prefix.clone(), prefix)),
    );
    let remark = (!interpreter.exact).then(|| {
        let version = &interpreter.version;
        format!("{runtime} is not installed: version {version} stands in for it")
    });
    Launch {
        program: interpreter.program.clone(),
        args,
        visible,
        path: interpreter.program.parent().map(Path::to_owned),
        remark,
    }
}

fn once<T, E>(cells: &Mutex<BTreeMap<Runtime, Once<T, E>>>, runtime: Runtime) -> Once<T, E> {
    let mut cells = cells.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(cells.entry(runtime).or_default())
}
