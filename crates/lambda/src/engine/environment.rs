//! The environment of a function's process, as AWS sets it up.

use super::deployment::{Deployment, LogFormat};
use crate::runtime::Runtime;
use crate::runtimes::Launch;
use service::SessionCredentials;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

/// Variables that a function cannot set itself (AWS's list).
pub const RESERVED: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// What differs from one instance of a deployment to the next.
#[derive(Debug)]
pub(super) struct InstanceFacts<'a> {
    pub launch: &'a Launch,
    pub log_stream: &'a str,
    pub runtime_api: SocketAddr,
    /// Where the function finds its own code.
    pub code: &'a Path,
    /// Where it finds its layers.
    pub layers: &'a Path,
    /// Where it finds its folder for temporary files, if not in the usual place.
    pub scratch: Option<&'a Path>,
    pub credentials: &'a SessionCredentials,
    /// Where the function finds our services.
    pub endpoint: &'a str,
    /// Whom it trusts.
    pub authorities: Option<Authorities>,
}

/// The file with the certificates of authorities that a function trusts, besides the machine's or
/// in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authorities {
    Besides(&'static str),
    Instead(&'static str),
}

/// Whether Node.js is told to trust whom OpenSSL does ([`OPENSSLS`]), which reads the file when it
/// is needed. What `NODE_EXTRA_CA_CERTS` names it reads whenever it starts, with its own
/// authorities: that takes twice as long as everything else it does then.
pub(super) fn reads_openssls(deployment: &Deployment, authorities: Option<Authorities>) -> bool {
    matches!(authorities, Some(Authorities::Instead(_)))
        && matches!(deployment.runtime, Runtime::Nodejs { .. })
        && !deployment.variables.contains_key("SSL_CERT_FILE")
}

/// The argument that tells it so.
pub(super) const OPENSSLS: &str = "--use-openssl-ca";

/// The program that a function has started instead of its runtime, with the runtime's command for
/// arguments.
pub(super) const WRAPPER: &str = "AWS_LAMBDA_EXEC_WRAPPER";

/// What of an instance's variables its extensions do not get (AWS's list, and what is for our
/// bootstraps).
pub(super) const NOT_FOR_EXTENSIONS: [&str; 12] = [
    "_FOGBANK_OPT",
    "_HANDLER",
    "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",
    "_LAMBDA_TELEMETRY_LOG_FD",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// All variables of an instance. The function's own override what AWS lets them override.
pub(super) fn variables(
    deployment: &Deployment,
    instance: &InstanceFacts<'_>,
) -> BTreeMap<String, String> {
    let code = instance.code.display().to_string();
    let mut variables = overridable(deployment, instance, &code);
    if let Some(image) = &deployment.image {
        let folder = image.working_directory.display().to_string();
        variables.insert("PWD".to_owned(), folder);
        variables.extend(image.variables.clone());
    }
    variables.extend(deployment.variables.clone());
    let credentials = instance.credentials;
    let image = deployment.image.as_ref();
    let handler = image.map_or(&deployment.handler, |image| &image.handler);
    let fixed = [
        ("_HANDLER", handler.clone()),
        ("AWS_REGION", deployment.region.to_string()),
        ("AWS_DEFAULT_REGION", deployment.region.to_string()),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id.clone()),
        (
            "AWS_SECRET_ACCESS_KEY",
            credentials.secret_access_key.expose().to_owned(),
        ),
        (
            "AWS_SESSION_TOKEN",
            credentials.session_token.expose().to_owned(),
        ),
        ("AWS_LAMBDA_FUNCTION_NAME", deployment.function_name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", deployment.version.clone()),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            deployment.memory_mb.to_string(),
        ),
        (
            "AWS_LAMBDA_INITIALIZATION_TYPE",
            deployment.initialization.as_str().to_owned(),
        ),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            deployment.logging.group.clone(),
        ),
        ("AWS_LAMBDA_LOG_STREAM_NAME", instance.log_stream.to_owned()),
        ("AWS_LAMBDA_RUNTIME_API", instance.runtime_api.to_string()),
        ("LAMBDA_TASK_ROOT", code),
        // Where our bootstraps look for layers.
        ("_FOGBANK_OPT", instance.layers.display().to_string()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
    ];
    variables.extend(fixed.map(|(name, value)| (name.to_owned(), value)));
    if !deployment.runtime.is_provided() {
        let name = "AWS_EXECUTION_ENV".to_owned();
        variables.insert(name, format!("AWS_Lambda_{}", deployment.runtime));
        // Where our bootstraps write messages with line breaks: a copy of standard output.
        variables.insert("_LAMBDA_TELEMETRY_LOG_FD".to_owned(), "3".to_owned());
    }
    variables
}

fn overridable(
    deployment: &Deployment,
    instance: &InstanceFacts<'_>,
    code: &str,
) -> BTreeMap<String, String> {
    let opt = instance.layers.display();
    let usual_path = format!("/usr/local/bin:/usr/bin:/bin:{opt}/bin");
    let path = match &instance.launch.path {
        Some(first) => format!("{}:{usual_path}", first.display()),
        None => usual_path,
    };
    let mut variables = BTreeMap::from([
        ("PATH".to_owned(), path),
        (
            "LD_LIBRARY_PATH".to_owned(),
            format!("{code}:{code}/lib:{opt}/lib"),
        ),
        ("LANG".to_owned(), "en_US.UTF-8".to_owned()),
        ("TZ".to_owned(), ":UTC".to_owned()),
        ("PWD".to_owned(), code.to_owned()),
        ("SHLVL".to_owned(), "0".to_owned()),
        ("AWS_ENDPOINT_URL".to_owned(), instance.endpoint.to_owned()),
        (
            "AWS_XRAY_CONTEXT_MISSING".to_owned(),
            "LOG_ERROR".to_owned(),
        ),
        // X-Ray's SDKs send there blindly; nobody listens.
        (
            "AWS_XRAY_DAEMON_ADDRESS".to_owned(),
            "127.0.0.1:2000".to_owned(),
        ),
        (
            "_AWS_XRAY_DAEMON_ADDRESS".to_owned(),
            "127.0.0.1".to_owned(),
        ),
        ("_AWS_XRAY_DAEMON_PORT".to_owned(), "2000".to_owned()),
    ]);
    // Each client has a variable of its own.
    let given = instance.authorities;
    if let Some(Authorities::Besides(file) | Authorities::Instead(file)) = given
        && !reads_openssls(deployment, given)
    {
        variables.insert("NODE_EXTRA_CA_CERTS".to_owned(), file.to_owned());
    }
    if let Some(Authorities::Instead(file)) = instance.authorities {
        for name in ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
            variables.insert(name.to_owned(), file.to_owned());
        }
    }
    if let Some(folder) = instance.scratch {
        variables.insert("TMPDIR".to_owned(), folder.display().to_string());
    }
    if let Runtime::Nodejs { major } = deployment.runtime {
        let path = format!("{opt}/nodejs/node{major}/node_modules:{opt}/nodejs/node_modules");
        variables.insert("NODE_PATH".to_owned(), path);
    }
    if let Runtime::Ruby { minor } = deployment.runtime {
        let bundle = format!("{code}/vendor/bundle/ruby/3.{minor}.0:{opt}/ruby/gems/3.{minor}.0");
        variables.insert("GEM_PATH".to_owned(), bundle);
        let libraries = format!("{code}:{opt}/ruby/lib");
        variables.insert("RUBYLIB".to_owned(), libraries);
    }
    if let LogFormat::Json { application_level } = &deployment.logging.format {
        variables.insert("AWS_LAMBDA_LOG_FORMAT".to_owned(), "JSON".to_owned());
        variables.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), application_level.clone());
    }
    variables
}
