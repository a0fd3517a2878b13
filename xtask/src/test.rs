//! `cargo xtask test`: every test there is, from nothing but cargo, Python 3 and Node.js.
//!
//! Unit tests of the workspace, then the release binary driven by real AWS clients. The clients'
//! versions are pinned in `tests/`; they are installed into `target/clients` and only there. Knows
//! nothing of what the tests test.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs what the arguments name: nothing (all), `unit`, or `black-box` with pytest's arguments.
///
/// # Errors
/// What failed, or what is missing on this machine.
pub fn run(arguments: &[&str]) -> Result<(), String> {
    let root = root();
    let counts = match arguments {
        [] => {
            let mut counts = unit(&root)?;
            counts += black_box(&root, &[])?;
            counts
        }
        ["unit"] => unit(&root)?,
        ["black-box", rest @ ..] => black_box(&root, rest)?,
        _ => {
            return Err(
                "usage: cargo xtask test [unit | black-box [PYTEST ARGUMENT...]]".to_owned(),
            );
        }
    };
    println!(
        "\ntests: {} passed, {} failed, {} skipped",
        counts.passed, counts.failed, counts.skipped
    );
    match counts.failed {
        0 => Ok(()),
        failed => Err(format!("{failed} tests failed")),
    }
}

#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The project's folder.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).stdin(Stdio::null());
    command
}

/// `cargo test --workspace`, its output shown as it comes and its results added up.
fn unit(root: &Path) -> Result<Counts, String> {
    step("unit tests", || {
        let mut command = cargo(root);
        command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("cargo test: {e}"))?;
        let mut counts = Counts::default();
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).lines() {
                let line = line.map_err(|e| format!("cargo test: {e}"))?;
                if let Some(result) = line.strip_prefix("test result: ") {
                    counts += parse_result(result);
                }
                println!("{line}");
            }
        }
        let status = child.wait().map_err(|e| format!("cargo test: {e}"))?;
        if !status.success() && counts.failed == 0 {
            return Err("cargo test did not run to its end".to_owned());
        }
        Ok(counts)
    })
}

/// Reads `ok. 12 passed; 0 failed; 1 ignored; 0 measured; ...`.
fn parse_result(result: &str) -> Counts {
    let sentence = result.split_once(". ").map_or(result, |(_, rest)| rest);
    let mut counts = Counts::default();
    for part in sentence.split("; ") {
        let Some((number, kind)) = part.split_once(' ') else {
            continue;
        };
        let number = number.parse().unwrap_or(0);
        match kind {
            "passed" => counts.passed = number,
            "failed" => counts.failed = number,
            "ignored" => counts.skipped = number,
            _ => {}
        }
    }
    counts
}

/// Built where `fogbank up` builds it, so that it is built once.
fn build_example(root: &Path) -> Result<(), String> {
    let manifest = root.join("examples/dynamodb-manager-rust/Cargo.toml");
    let mut command = cargo(root);
    command.args(["build", "--release", "--locked", "--manifest-path"]);
    succeed(command.arg(manifest))
}

/// The real clients against the real binary: `FOGBANK_BIN`, or the release build.
fn black_box(root: &Path, arguments: &[&str]) -> Result<Counts, String> {
    let clients = root.join("target/clients");
    let binary = binary(root)?;
    step("clients in Python: AWS CLI and boto3", || {
        python_clients(root, &clients)
    })?;
    step("client in JavaScript: AWS SDK v3", || {
        javascript_clients(root, &clients)
    })?;
    step("example function in Rust", || build_example(root))?;
    step("black-box tests", || {
        pytest(root, &clients, &binary, arguments)
    })
}

fn binary(root: &Path) -> Result<PathBuf, String> {
    if let Some(given) = std::env::var_os("FOGBANK_BIN") {
        return Ok(PathBuf::from(given));
    }
    step("release binary", || {
        succeed(cargo(root).args(["build", "--release", "--locked", "--package", "fogbank"]))
    })?;
    Ok(root.join("target/release/fogbank"))
}

/// A virtual environment with exactly what `tests/requirements.txt` pins.
fn python_clients(root: &Path, clients: &Path) -> Result<(), String> {
    let pins = root.join("tests/requirements.txt");
    let venv = clients.join("venv");
    once(&venv, &[&pins], || {
        succeed(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&venv),
        )
        .map_err(|e| {
            format!(
                "{e}\npython3 with its venv module is needed (Debian: apt install python3-venv)"
            )
        })?;
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-deps",
        ]);
        succeed(pip.arg("--requirement").arg(&pins))
    })
}

/// The packages of `tests/js/package-lock.json`.
fn javascript_clients(root: &Path, clients: &Path) -> Result<(), String> {
    let sources = root.join("tests/js");
    let files = ["package.json", "package-lock.json"];
    let pins = files.map(|file| sources.join(file));
    let folder = clients.join("js");
    once(&folder, &[&pins[0], &pins[1]], || {
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for (file, pin) in files.iter().zip(&pins) {
            fs::copy(pin, folder.join(file)).map_err(|e| format!("{}: {e}", pin.display()))?;
        }
        let mut npm = Command::new("npm");
        npm.current_dir(&folder);
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        succeed(&mut npm).map_err(|e| format!("{e}\nNode.js 20 or later with npm is needed"))
    })
}

/// `tests/power_cut.py`, which only some machines allow.
///
/// # Errors
/// What was lost, or what the machine lacks.
pub fn power_cut(arguments: &[&str]) -> Result<(), String> {
    let root = root();
    let clients = root.join("target/clients");
    let binary = binary(&root)?;
    step("Python's clients", || python_clients(&root, &clients))?;
    let mut command = client_tests(&root, &clients, &binary)?;
    succeed(command.args(["-B", "power_cut.py"]).args(arguments))
}

/// Python, where the tests are, with what they want to know.
fn client_tests(root: &Path, clients: &Path, binary: &Path) -> Result<Command, String> {
    let mut command = Command::new(clients.join("venv/bin/python"));
    command
        .current_dir(root.join("tests"))
        .stdin(Stdio::null())
        .env("FOGBANK_BIN", absolute(binary)?)
        .env("FOGBANK_TEST_CLIENTS", clients);
    Ok(command)
}

fn pytest(
    root: &Path,
    clients: &Path,
    binary: &Path,
    arguments: &[&str],
) -> Result<Counts, String> {
    let counted = clients.join("counts");
    let _ = fs::remove_file(&counted);
    let mut command = client_tests(root, clients, binary)?;
    command
        .args(["-B", "-m", "pytest", "-p", "no:cacheprovider"])
        .args(["--numprocesses=3", "--dist=loadscope"])
        .args(arguments)
        .env("FOGBANK_TEST_COUNTS", &counted);
    let done = succeed(&mut command);
    let counts = fs::read_to_string(&counted)
        .ok()
        .as_deref()
        .and_then(parse_counts);
    match (done, counts) {
        (_, Some(counts)) if counts.failed > 0 => Ok(counts),
        (Ok(()), Some(counts)) => Ok(counts),
        (Err(error), _) => Err(error),
        (Ok(()), None) => Err("pytest left no counts".to_owned()),
    }
}

/// Reads `PASSED FAILED SKIPPED`, as `tests/conftest.py` writes it.
fn parse_counts(text: &str) -> Option<Counts> {
    let mut numbers = text.split_whitespace().map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some(Counts {
        passed: next()?,
        failed: next()?,
        skipped: next()?,
    })
}

/// Does `install` unless it was done in this folder, at this place, for the same pins.
fn once(
    folder: &Path,
    pins: &[&Path],
    install: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let mut wanted = format!("{}\n", folder.display());
    for pin in pins {
        wanted += &fs::read_to_string(pin).map_err(|e| format!("{}: {e}", pin.display()))?;
    }
    let stamp = folder.join(".installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        println!("already there");
        return Ok(());
    }
    install()?;
    fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    fs::canonicalize(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let name = Path::new(command.get_program())
        .file_name()
        .map(OsStr::to_os_string);
    let name = name.unwrap_or_default().display().to_string();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name}: {status}")),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// Says what begins, does it, and says how long it took.
fn step<T>(title: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    println!("\n== {title}");
    let started = Instant::now();
    let done = work()?;
    println!("== {title}: {} s", started.elapsed().as_secs());
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_cargo_test() {
        let line =
            "FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        let expected = Counts {
            passed: 12,
            failed: 3,
            skipped: 1,
        };
        assert_eq!(parse_result(line), expected);
    }

    #[test]
    fn counts_of_pytest() {
        let expected = Counts {
            passed: 1,
            failed: 2,
            skipped: 3,
        };
        assert_eq!(parse_counts("1 2 3\n"), Some(expected));
        assert_eq!(parse_counts("1 2"), None);
    }
}
