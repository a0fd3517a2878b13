//! The project's own chores: `cargo xtask codegen [--check]`, `cargo xtask test`,
//! `cargo xtask fuzz`, `cargo xtask power-cut`.

mod built;
mod codegen;
mod fuzz;
mod models;
mod test;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask codegen [--check]
       cargo xtask test [unit | black-box [PYTEST ARGUMENT...]]
       cargo xtask fuzz [--seconds N] [--seed N] [TARGET...]
       cargo xtask power-cut [--rounds N] [--engine fjall|sqlite] [--seed N]

  codegen          regenerate crates/wire/src/generated and docs/coverage.md
  codegen --check  say what would change and fail if anything would
  test             run all tests: the workspace's, then real AWS clients against the release binary
  test unit        only the workspace's
  test black-box   only those with real clients; FOGBANK_BIN names another binary
  fuzz             run the fuzz targets, a minute together; see fuzz/README.md
  power-cut        cut the power of a disk under the release binary; needs root and loop devices";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["codegen"] => codegen::run(codegen::Mode::Write),
        ["codegen", "--check"] => codegen::run(codegen::Mode::Check),
        ["test", rest @ ..] => test::run(rest),
        ["power-cut", rest @ ..] => test::power_cut(rest),
        ["fuzz", rest @ ..] => fuzz::run(&test::root(), rest),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
