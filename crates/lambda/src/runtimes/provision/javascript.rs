//! The AWS SDK for JavaScript for Node.js functions, by npm.
//!
//! AWS's runtimes have the clients of all services, a hundred megabytes and more. Here are those of
//! the services that are here, and those of others that functions most often name beside them, so
//! that a module which loads one of them can be loaded. Functions that use none, or bring their
//! own, are not made to wait for it.

use super::{Failed, Installer, LIMIT, Progress, ProvisionError, put_in_place};
use crate::runtimes::interpreter::{Interpreter, SearchPath};
use sandbox::{Command, Sandbox};
use std::io::Read;
use std::path::{Path, PathBuf};

const PACKAGES: [&str; 21] = [
    "@aws-sdk/client-api-gateway@3.1142.0",
    "@aws-sdk/client-apigatewaymanagementapi@3.1169.0",
    "@aws-sdk/client-apigatewayv2@3.1169.0",
    "@aws-sdk/client-cloudwatch-logs@3.1169.0",
    "@aws-sdk/client-cloudwatch@3.1164.0",
    "@aws-sdk/client-cognito-identity-provider@3.1169.0",
    "@aws-sdk/client-dynamodb-streams@3.1141.0",
    "@aws-sdk/client-dynamodb@3.1164.0",
    "@aws-sdk/client-eventbridge@3.1169.0",
    "@aws-sdk/client-iam@3.1169.0",
    "@aws-sdk/client-lambda@3.1164.0",
    "@aws-sdk/client-s3@3.1173.0",
    "@aws-sdk/client-secrets-manager@3.1164.0",
    "@aws-sdk/client-sfn@3.1164.0",
    "@aws-sdk/client-sns@3.1169.0",
    "@aws-sdk/client-sqs@3.1169.0",
    "@aws-sdk/client-ssm@3.1169.0",
    "@aws-sdk/client-sts@3.1173.0",
    "@aws-sdk/lib-dynamodb@3.1162.0",
    "@aws-sdk/s3-request-presigner@3.1164.0",
    "@aws-sdk/util-dynamodb@3.996.9",
];

/// The folder of the packages: another one whenever the list is another.
pub(in crate::runtimes) const FOLDER: &str = "nodejs-aws-sdk-3.1173.0";

const OPTIONS: [&str; 10] = [
    "install",
    "--no-save",
    "--no-package-lock",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--loglevel=http",
    "--prefix",
];

/// Of the about 130 lines that npm writes, those that make a step.
const STEP_LINES: usize = 13;

/// Installs the packages below `folder`, unless they are there, and answers where.
pub(in crate::runtimes) async fn javascript(
    sandbox: &Sandbox,
    search: &SearchPath,
    folder: &Path,
    interpreter: &Interpreter,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<PathBuf, ProvisionError> {
    let target = folder.join(FOLDER);
    if target.is_dir() {
        return Ok(target);
    }
    let node = &interpreter.program;
    let npm = npm(search, node).ok_or_else(|| ProvisionError::NoNpm { node: node.clone() })?;
    let what = "the AWS SDK for JavaScript for Node.js".to_owned();
    progress(Progress::Started { what });
    put_in_place(folder, &target, async |partial| {
        std::fs::create_dir(&partial).map_err(ProvisionError::Folder)?;
        npm_install(sandbox, node, &npm, &partial, progress).await?;
        Ok(partial.join("node_modules"))
    })
    .await?;
    progress(Progress::Finished);
    Ok(target)
}

/// The interpreter's own npm, else the one in the path. It is a script: the interpreter runs it.
fn npm(search: &SearchPath, node: &Path) -> Option<PathBuf> {
    let own = node.parent().map(|folder| folder.join("npm"));
    let others = search.folders.iter().map(|folder| folder.join("npm"));
    let mut found = own.into_iter().chain(others);
    found.find_map(|path| path.canonicalize().ok().filter(|path| path.is_file()))
}

async fn npm_install(
    sandbox: &Sandbox,
    node: &Path,
    npm: &Path,
    target: &Path,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), ProvisionError> {
    let command = Command::new(node, "/").arg(npm);
    let command = OPTIONS
        .iter()
        .fold(command, |command, arg| command.arg(arg));
    let command = PACKAGES
        .iter()
        .fold(command.arg(target), |command, package| command.arg(package));
    let npm = Installer {
        command,
        without: "NODE_OPTIONS",
        output_lines: 0,
        complaint_lines: STEP_LINES,
    };
    let reason = match npm.run(sandbox, progress).await {
        Ok(()) => return Ok(()),
        Err(Failed::Start(error)) => return Err(ProvisionError::Start(error)),
        Err(Failed::Ended { complaints, exit }) => {
            first_error(&complaints).unwrap_or_else(|| exit.to_string())
        }
        Err(Failed::TooLate) => format!("not finished after {} s", LIMIT.as_secs()),
    };
    Err(ProvisionError::Npm { reason })
}

/// The first sentence that npm marks as an error; before it come codes.
fn first_error(complaints: &str) -> Option<String> {
    let errors = complaints
        .lines()
        .filter_map(|line| line.strip_prefix("npm error "));
    let is_code = |line: &&str| line.starts_with("code ") || line.starts_with("errno ");
    errors
        .filter(|line| !is_code(line))
        .map(str::to_owned)
        .next()
}

/// Files that are looked at, and bytes of each; code beyond them has to bring the SDK itself.
const MOST_FILES: usize = 10_000;
const MOST_BYTES: u64 = 16 << 20;
/// What the name of each of the SDK's packages begins with.
const NAME: &[u8] = b"@aws-sdk/";

/// Whether a function's code loads packages of the SDK and does not bring them. Reads files: not
/// for threads that must not wait.
pub(crate) fn is_wanted(code: &Path) -> bool {
    if code.join("node_modules/@aws-sdk").is_dir() {
        return false;
    }
    let mut waiting = vec![code.to_owned()];
    let mut files = 0usize;
    while let Some(path) = waiting.pop() {
        files += 1;
        if files > MOST_FILES {
            break;
        }
        let Ok(metadata) = path.symlink_metadata() else {
            continue;
        };
        if metadata.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            let own = entries.filter(|entry| entry.file_name() != "node_modules");
            waiting.extend(own.map(|entry| entry.path()));
        } else if is_module(&path) && names_sdk(&path) {
            return true;
        }
    }
    false
}

fn is_module(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("js" | "mjs" | "cjs"))
}

fn names_sdk(path: &Path) -> bool {
    let mut text = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut text));
    read.is_ok() && text.windows(NAME.len()).any(|part| part == NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        let code = folder.path();
        let write = |name: &str, text: &str| {
            let path = code.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("index.js", "exports.handler = async () => 1");
        write("README.md", "require('@aws-sdk/client-sts')");
        write("node_modules/x/index.js", "require('@aws-sdk/client-sts')");
        assert!(!is_wanted(code));
        write("lib/db.mjs", "import { x } from '@aws-sdk/client-dynamodb'");
        assert!(is_wanted(code));
        write("node_modules/@aws-sdk/client-dynamodb/index.js", "");
        assert!(!is_wanted(code));
    }

    #[test]
    fn what_npm_complains_of() {
        let text = "npm http fetch GET 404 x\nnpm error code E404\nnpm error 404 Not Found - x\n";
        assert_eq!(first_error(text).as_deref(), Some("404 Not Found - x"));
        assert_eq!(first_error("killed"), None);
    }
}
