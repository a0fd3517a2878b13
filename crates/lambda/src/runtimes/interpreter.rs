//! Finding interpreters: the exact version if the machine has it, else one that stands in.
//!
//! A program is believed only after it has run: version managers put placeholders on the path
//! that exist and fail. The same run tells the real program behind a placeholder, which starts
//! ten times as fast, and compiles our bootstrap for it.

use crate::runtime::Runtime;
use base::hex;
use sandbox::{Command, Exit, Output, Sandbox};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PYTHON_BOOTSTRAP: &str = include_str!("bootstrap.py");
const PYTHON_ZYGOTE: &str = include_str!("zygote.py");
const PYTHON_SNAPSHOTS: &str = include_str!("packages/snapshot_restore_py.py");
const NODE_BOOTSTRAP: &str = include_str!("bootstrap.cjs");
const RUBY_BOOTSTRAP: &str = include_str!("bootstrap.rb");

/// Names and sources; the bootstrap comes first.
type Files = &'static [(&'static str, &'static str)];
const PYTHON_FILES: Files = &[
    ("bootstrap.py", PYTHON_BOOTSTRAP),
    ("zygote.py", PYTHON_ZYGOTE),
    ("packages/snapshot_restore_py.py", PYTHON_SNAPSHOTS),
];
const NODE_FILES: Files = &[("bootstrap.cjs", NODE_BOOTSTRAP)];
const RUBY_FILES: Files = &[("bootstrap.rb", RUBY_BOOTSTRAP)];

/// Prints the real program and its version, and compiles a file.
const PYTHON_PROBE: &str = "import sys, py_compile
import os
print(os.path.realpath(sys.executable))
print('%d.%d.%d' % sys.version_info[:3])
print(sys.base_prefix)
py_compile.compile(sys.argv[1], sys.argv[2], doraise=True)";
const NODE_PROBE: &str = "console.log(process.execPath); console.log(process.versions.node);
console.log(require('path').dirname(require('path').dirname(process.execPath)))";

const RUBY_PROBE: &str = "puts RbConfig.ruby; puts RUBY_VERSION; puts RbConfig::CONFIG['prefix']";

/// How long a program may take to tell its version.
const PROBE_LIMIT: Duration = Duration::from_secs(20);

/// Where to look for interpreters.
#[derive(Clone, Debug, Default)]
pub struct SearchPath {
    /// The folders of `PATH`, in order.
    pub folders: Vec<PathBuf>,
    /// The user's home, where version managers keep what they install.
    pub home: Option<PathBuf>,
}

impl SearchPath {
    /// As this process's environment has it.
    pub fn from_environment() -> SearchPath {
        let path = std::env::var_os("PATH").unwrap_or_default();
        SearchPath {
            folders: std::env::split_paths(&path).collect(),
            home: std::env::var_os("HOME").map(PathBuf::from),
        }
    }
}

/// An interpreter that has been seen to work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    pub program: PathBuf,
    /// Such as `3.11.7`.
    pub version: String,
    /// The folder it is installed in, unless that is where all programs are.
    pub prefix: Option<PathBuf>,
    /// Whether it is the version that the runtime's name says.
    pub exact: bool,
    /// Our bootstrap in the form this interpreter starts fastest.
    pub bootstrap: PathBuf,
}

/// The machine has no interpreter for a runtime.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    #[error("no Python was found for {0}; install python3, for example with `apt install python3`")]
    Python(Runtime),
    #[error("no Node.js was found for {0}; install it, for example with `apt install nodejs`")]
    Node(Runtime),
    #[error("no Ruby was found for {0}; install it, for example with `apt install ruby`")]
    Ruby(Runtime),
    #[error("{0} functions cannot be run here yet; a `bootstrap` for provided.al2023 can")]
    NotBuilt(Runtime),
    /// Not a runtime that has an interpreter.
    #[error("{0} has no interpreter")]
    None(Runtime),
    #[error("the runtimes folder cannot be written")]
    Folder(#[source] io::Error),
}

/// Finds the interpreter of `runtime` and prepares its bootstrap in `folder`.
pub(super) async fn find(
    sandbox: &Sandbox,
    search: &SearchPath,
    folder: &Path,
    runtime: Runtime,
) -> Result<Interpreter, Missing> {
    let (files, missing) = match runtime {
        Runtime::Python { .. } => (PYTHON_FILES, Missing::Python(runtime)),
        Runtime::Nodejs { .. } => (NODE_FILES, Missing::Node(runtime)),
        Runtime::Ruby { .. } => (RUBY_FILES, Missing::Ruby(runtime)),
        Runtime::Java8Al2 | Runtime::Java { .. } | Runtime::Dotnet { .. } => {
            return Err(Missing::NotBuilt(runtime));
        }
        Runtime::ProvidedAl2 | Runtime::ProvidedAl2023 | Runtime::Image => {
            return Err(Missing::None(runtime));
        }
    };
    let bootstrap = write_bootstrap(folder, files).map_err(Missing::Folder)?;
    let mut stand_in = None;
    for program in candidates(search, runtime) {
        match probe(sandbox, search, runtime, &program, &bootstrap).await {
            Some(found) if found.exact => return Ok(found),
            Some(found) => stand_in = stand_in.or(Some(found)),
            None => {}
        }
    }
    stand_in.ok_or(missing)
}

/// Writes the embedded files into a folder whose name changes with them; answers the first.
fn write_bootstrap(folder: &Path, files: Files) -> io::Result<PathBuf> {
    let mut digest = Sha256::new();
    files.iter().for_each(|(_, source)| digest.update(source));
    let name: String = digest
        .finalize()
        .iter()
        .take(8)
        .map(|b| format!("{b:02x}"))
        .collect();
    let folder = folder.join(format!("bootstrap-{name}"));
    for (name, source) in files {
        let path = folder.join(name);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        if !path.exists() {
            let partial = folder.join(format!("{name}.{}", std::process::id()));
            std::fs::write(&partial, source)?;
            std::fs::rename(&partial, &path)?;
        }
    }
    let [(first, _), ..] = files else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    Ok(folder.join(first))
}

/// Programs worth trying, exact names first.
fn candidates(search: &SearchPath, runtime: Runtime) -> Vec<PathBuf> {
    let on_path = |name: String| {
        let folders = search.folders.iter();
        folders
            .map(move |folder| folder.join(&name))
            .filter(|path| path.is_file())
    };
    let installed = |below: &str, prefix: String, program: String| {
        let folder = search.home.as_ref().map(|home| home.join(below));
        folder
            .into_iter()
            .flat_map(move |folder| versions(&folder, &prefix, &program))
    };
    match runtime {
        Runtime::Python { minor } => {
            let exact = format!("python3.{minor}");
            let below = format!("bin/{exact}");
            let pyenv = installed(".pyenv/versions", format!("3.{minor}."), below.clone());
            let uv_prefix = format!("cpython-3.{minor}.");
            let uv = installed(".local/share/uv/python", uv_prefix, below);
            let exact = on_path(exact).chain(pyenv).chain(uv);
            exact.chain(on_path("python3".to_owned())).collect()
        }
        Runtime::Nodejs { major } => {
            let nvm = installed(
                ".nvm/versions/node",
                format!("v{major}."),
                "bin/node".into(),
            );
            let usual = on_path("node".to_owned()).chain(on_path("nodejs".to_owned()));
            usual.chain(nvm).collect()
        }
        Runtime::Ruby { minor } => {
            let exact = format!("ruby3.{minor}");
            let prefix = format!("3.{minor}.");
            let rbenv = installed(".rbenv/versions", prefix, "bin/ruby".into());
            let usual = on_path(exact).chain(rbenv);
            usual.chain(on_path("ruby".to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

/// The programs of all installed versions whose folder's name starts with `prefix`, latest name
/// first.
fn versions(folder: &Path, prefix: &str, program: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<OsString> = entries
        .map(|entry| entry.file_name())
        .filter(|name| name.to_string_lossy().starts_with(prefix))
        .collect();
    names.sort_unstable_by(|a, b| b.cmp(a));
    let programs = names.iter().map(|name| folder.join(name).join(program));
    programs.filter(|path| path.is_file()).collect()
}

/// Runs a program and believes what it says, if it says it in time and ends well.
async fn probe(
    sandbox: &Sandbox,
    search: &SearchPath,
    runtime: Runtime,
    program: &Path,
    source: &Path,
) -> Option<Interpreter> {
    let mut command = Command::new(program, "/").memory_bytes(u64::MAX);
    let mut bootstrap = source.to_owned();
    command = match runtime {
        Runtime::Python { .. } => {
            let tag = program.display().to_string();
            bootstrap = source.with_file_name(format!("{}.pyc", short_digest(&tag)));
            let command = command.arg("-I").arg("-c").arg(PYTHON_PROBE);
            command.arg(source).arg(&bootstrap)
        }
        Runtime::Ruby { .. } => command.arg("-e").arg(RUBY_PROBE),
        _ => command.arg("-e").arg(NODE_PROBE),
    };
    // Placeholders of version managers are scripts that need both.
    command = command.env("PATH", std::env::join_paths(&search.folders).ok()?);
    if let Some(home) = &search.home {
        command = command.env("HOME", home);
    }
    let (process, streams) = sandbox.start(&command).await.ok()?;
    let answer = async {
        let text = read_to_end(&streams.stdout, 4096).await;
        (process.wait().await == Exit::Code(0)).then_some(text)
    };
    let text = tokio::time::timeout(PROBE_LIMIT, answer).await.ok()??;
    let mut lines = text.lines();
    let (program, version) = (lines.next()?.to_owned(), lines.next()?.to_owned());
    let prefix = lines.next().map(PathBuf::from);
    Some(Interpreter {
        program: program.into(),
        prefix: prefix.filter(|prefix| !prefix.starts_with("/usr") && prefix.parent().is_some()),
        exact: is_exact(runtime, &version),
        version,
        bootstrap,
    })
}

/// Part of a file's name that changes with what it is made of.
fn short_digest(of: &str) -> String {
    let mut digits = hex::encode(&Sha256::digest(of));
    digits.truncate(16);
    digits
}

fn is_exact(runtime: Runtime, version: &str) -> bool {
    let mut numbers = version.split('.').map(|n| n.parse::<u8>().ok());
    match runtime {
        Runtime::Python { minor } | Runtime::Ruby { minor } => {
            numbers.next() == Some(Some(3)) && numbers.next() == Some(Some(minor))
        }
        Runtime::Nodejs { major } => numbers.next() == Some(Some(major)),
        _ => false,
    }
}

/// What a program writes, up to `limit` bytes.
pub(super) async fn read_to_end(output: &Output, limit: usize) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while output.readable().await.is_ok() {
        match output.try_read(&mut buffer) {
            Ok(None) => {}
            Ok(Some(0)) | Err(_) => break,
            Ok(Some(n)) => {
                let room = limit.saturating_sub(bytes.len()).min(n);
                bytes.extend_from_slice(buffer.get(..room).unwrap_or_default());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
