//! `cargo xtask fuzz`: libFuzzer on every target of `fuzz/`, for a bounded time.
//!
//! The coverage counters that libFuzzer steers by come from a pass of the compiler that stable
//! builds have as well; only sanitizers would need a nightly one, and there is no unsafe code to
//! look for. Knows nothing of what the targets check.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

const USAGE: &str = "usage: cargo xtask fuzz [--seconds N] [--seed N] [TARGET...]
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
    Run(Exploration),
    Again { target: String, file: PathBuf },
}

/// Which inputs are looked for.
#[derive(Debug, PartialEq, Eq)]
struct Exploration {
    /// All targets together.
    seconds: u64,
    /// The same seed leads to the same inputs; none draws one, so that every run sees others.
    seed: Option<u32>,
    /// None of them stands for all.
    targets: Vec<String>,
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
        Wanted::Run(wanted) => {
            let targets = match wanted.targets.is_empty() {
                true => fuzz.targets()?,
                false => wanted.targets,
            };
            let count = u64::try_from(targets.len()).unwrap_or(1);
            let share = (wanted.seconds / count).max(1);
            targets
                .iter()
                .try_for_each(|target| fuzz.explore(target, share, wanted.seed))
        }
    }
}

fn parse(arguments: &[&str]) -> Result<Wanted, String> {
    if let [target, file] = arguments
        && Path::new(file).is_file()
    {
        return Ok(Wanted::Again {
            target: (*target).to_owned(),
            file: PathBuf::from(file),
        });
    }
    let mut wanted = Exploration {
        seconds: SECONDS,
        seed: None,
        targets: Vec::new(),
    };
    let mut arguments = arguments.iter();
    while let Some(&argument) = arguments.next() {
        match argument {
            "--seconds" => wanted.seconds = number(arguments.next())?,
            "--seed" => wanted.seed = Some(number(arguments.next())?),
            option if option.starts_with('-') => return Err(USAGE.to_owned()),
            target => wanted.targets.push(target.to_owned()),
        }
    }
    Ok(Wanted::Run(wanted))
}

/// What follows an option.
fn number<T: FromStr>(argument: Option<&&str>) -> Result<T, String> {
    let number = argument.and_then(|text| text.parse().ok());
    number.ok_or_else(|| USAGE.to_owned())
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

    fn explore(&self, target: &str, seconds: u64, seed: Option<u32>) -> Result<(), String> {
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
            .args(seed.map(|seed| format!("-seed={seed}")))
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
        let check = |arguments: &[&str], seconds, seed, targets: &[&str]| {
            let targets = targets.iter().map(|&target| target.to_owned()).collect();
            let expected = Exploration {
                seconds,
                seed,
                targets,
            };
            assert_eq!(parse(arguments), Ok(Wanted::Run(expected)), "{arguments:?}");
        };
        check(&[], 60, None, &[]);
        check(&["number", "policy"], 60, None, &["number", "policy"]);
        check(&["--seconds", "5", "number"], 5, None, &["number"]);
        check(&["--seed", "1", "--seconds", "5"], 5, Some(1), &[]);
        for bad in [&["--seconds", "x"][..], &["--seed"], &["--nonsense"]] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        let file = PathBuf::from("Cargo.toml");
        let target = "number".to_owned();
        assert_eq!(
            parse(&["number", "Cargo.toml"]),
            Ok(Wanted::Again { target, file })
        );
    }
}
