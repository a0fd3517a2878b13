//! `cargo xtask fuzz`: libFuzzer on every target of `fuzz/`, for a bounded time.
//!
//! The coverage counters that libFuzzer steers by come from a pass of the compiler that stable
//! builds have as well; only sanitizers would need a nightly one, and there is no unsafe code to
//! look for. Knows nothing of what the targets check.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const USAGE: &str = "usage: cargo xtask fuzz [--seconds N] [TARGET...]
       cargo xtask fuzz TARGET FILE";
const SECONDS: u64 = 60;
/// What turns the counters on, as libFuzzer wants them.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// One input: longer than this is a hang.
const INPUT_SECONDS: u64 = 10;
const MEMORY_MIB: u64 = 1024;
const LONGEST_INPUT: u64 = 4096;

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Run { seconds: u64, targets: Vec<String> },
    Again { target: String, file: PathBuf },
}

/// Runs all targets, those that the arguments name, or one input of one target.
///
/// # Errors
/// What failed, with the input that shows it, or what is missing on this machine.
pub fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let wanted = parse(arguments)?;
    let fuzz = Fuzz::new(root)?;
    fuzz.build()?;
    match wanted {
        Wanted::Again { target, file } => fuzz.repeat(&target, &file),
        Wanted::Run { seconds, targets } => {
            let targets = match targets.is_empty() {
                true => fuzz.targets()?,
                false => targets,
            };
            let count = u64::try_from(targets.len()).unwrap_or(1);
            let share = (seconds / count).max(1);
            targets
                .iter()
                .try_for_each(|target| fuzz.explore(target, share))
        }
    }
}

fn parse(arguments: &[&str]) -> Result<Wanted, String> {
    match arguments {
        ["--seconds", seconds, targets @ ..] => Ok(Wanted::Run {
            seconds: seconds.parse().map_err(|_| USAGE.to_owned())?,
            targets: targets.iter().map(|&target| target.to_owned()).collect(),
        }),
        [target, file] if Path::new(file).is_file() => Ok(Wanted::Again {
            target: (*target).to_owned(),
            file: PathBuf::from(file),
        }),
        targets if targets.iter().any(|target| target.starts_with('-')) => Err(USAGE.to_owned()),
        targets => Ok(Wanted::Run {
            seconds: SECONDS,
            targets: targets.iter().map(|&target| target.to_owned()).collect(),
        }),
    }
}

struct Fuzz {
    /// The sources.
    folder: PathBuf,
    /// What is built and found.
    output: PathBuf,
    /// The machine's own, which has to be named so that build scripts are left alone.
    triple: String,
}

impl Fuzz {
    fn new(root: &Path) -> Result<Fuzz, String> {
        Ok(Fuzz {
            folder: root.join("fuzz"),
            output: root.join("target/fuzz"),
            triple: triple()?,
        })
    }

    fn targets(&self) -> Result<Vec<String>, String> {
        let folder = self.folder.join("fuzz_targets");
        let unreadable = |e: std::io::Error| format!("{}: {e}", folder.display());
        let mut targets = Vec::new();
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            targets.extend(
                path.file_stem()
                    .and_then(|stem| Some(stem.to_str()?.to_owned())),
            );
        }
        targets.sort_unstable();
        Ok(targets)
    }

    fn build(&self) -> Result<(), String> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--release", "--bins", "--target", &self.triple])
            .arg("--manifest-path")
            .arg(self.folder.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&self.output)
            .env("RUSTFLAGS", COVERAGE);
        let built = cargo.status().map_err(|e| format!("cargo: {e}"))?;
        match built.success() {
            true => Ok(()),
            false => Err(
                "the targets could not be built; a C++ compiler is needed as well \
                 (Debian: apt install g++)"
                    .to_owned(),
            ),
        }
    }

    fn command(&self, target: &str) -> Command {
        let program = self.output.join(&self.triple).join("release").join(target);
        let mut command = Command::new(program);
        command
            .stdin(Stdio::null())
            .arg(format!("-timeout={INPUT_SECONDS}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB}"));
        command
    }

    fn explore(&self, target: &str, seconds: u64) -> Result<(), String> {
        let found = self.output.join("corpus").join(target);
        fs::create_dir_all(&found).map_err(|e| format!("{}: {e}", found.display()))?;
        let seeds = self.folder.join("corpus").join(target);
        let artifacts = self.output.join(format!("{target}-"));
        let mut command = self.command(target);
        command
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={LONGEST_INPUT}"))
            .arg(format!("-artifact_prefix={}", artifacts.display()))
            .args(["-verbosity=0", "-print_final_stats=1"])
            .args([&found, &seeds]);
        let ended = command.output().map_err(|e| format!("{target}: {e}"))?;
        let told = String::from_utf8_lossy(&ended.stderr);
        if ended.status.success() {
            println!("{target}: {} inputs in {seconds} s", inputs(&told));
            return Ok(());
        }
        Err(format!(
            "{told}\n{target}: {}. The input is named above; again with: \
             cargo xtask fuzz {target} FILE",
            ended.status
        ))
    }

    fn repeat(&self, target: &str, file: &Path) -> Result<(), String> {
        let status = self.command(target).arg(file).status();
        match status.map_err(|e| format!("{target}: {e}"))?.success() {
            true => Ok(()),
            false => Err(format!("{target}: {} still fails", file.display())),
        }
    }
}

/// How many inputs libFuzzer tried, by its final statistics.
fn inputs(told: &str) -> &str {
    let mut lines = told.lines();
    let count = lines.find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    count.map_or("?", str::trim)
}

/// What `rustc` calls this machine.
fn triple() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = Command::new(rustc).arg("-vV").output();
    let told = told.map_err(|e| format!("rustc: {e}"))?.stdout;
    let told = String::from_utf8_lossy(&told);
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| "rustc names no host".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics() {
        let told = "Done\nstat::number_of_executed_units: 123\nstat::new_units_added: 4\n";
        assert_eq!(inputs(told), "123");
        assert_eq!(inputs(""), "?");
    }

    #[test]
    fn arguments() {
        let run = |seconds, targets: &[&str]| {
            let targets = targets.iter().map(|&target| target.to_owned()).collect();
            Ok(Wanted::Run { seconds, targets })
        };
        assert_eq!(parse(&[]), run(60, &[]));
        assert_eq!(parse(&["number", "policy"]), run(60, &["number", "policy"]));
        assert_eq!(parse(&["--seconds", "5", "number"]), run(5, &["number"]));
        assert!(parse(&["--seconds", "x"]).is_err());
        assert!(parse(&["--nonsense"]).is_err());
        let file = PathBuf::from("Cargo.toml");
        let target = "number".to_owned();
        assert_eq!(
            parse(&["number", "Cargo.toml"]),
            Ok(Wanted::Again { target, file })
        );
    }
}
