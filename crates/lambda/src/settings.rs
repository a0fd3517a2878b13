//! From what requests say of a function's settings to [`Settings`], with AWS's defaults, and
//! refusals beyond what the model states.

use crate::engine::RESERVED;
use crate::error::{Error, Invalid};
use crate::record::{
    Architecture, ImageProgram, LogFormat, LoggingSettings, Settings, SnapStart, Tracing,
    VpcSettings,
};
use crate::runtime::{Runtime, UnsupportedRuntime};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::lambda::{self as shapes, CreateFunctionInput, UpdateFunctionConfigurationInput};

const DEFAULT_TIMEOUT_S: u32 = 3;
const MAX_TIMEOUT_S: u32 = 900;
const DEFAULT_MEMORY_MB: u32 = 128;
const MAX_MEMORY_MB: u32 = 10_240;
const DEFAULT_STORAGE_MB: u32 = 512;
const MAX_STORAGE_MB: u32 = 10_240;
/// All variables together, as JSON.
const MAX_VARIABLES_BYTES: usize = 4096;
const MAX_TAGS: usize = 50;

/// Runtimes that AWS takes no more.
const DEPRECATED: [&str; 20] = [
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "java8",
    "python2.7",
    "python3.6",
    "python3.7",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "ruby2.5",
    "ruby2.7",
    "provided",
];

/// The settings of a new function.
pub(crate) fn of_new(input: &CreateFunctionInput, name: &str) -> Result<Settings, Error> {
    refuse_unbuilt_new(input)?;
    let (runtime, handler) = program(input)?;
    let default_logging = LoggingSettings {
        group: format!("/aws/lambda/{name}"),
        format: LogFormat::Text,
    };
    Ok(Settings {
        description: input.description.clone().unwrap_or_default(),
        runtime,
        handler,
        role: input.role.clone(),
        timeout_s: timeout(input.timeout)?.unwrap_or(DEFAULT_TIMEOUT_S),
        memory_mb: memory(input.memory_size)?.unwrap_or(DEFAULT_MEMORY_MB),
        variables: input.environment.as_ref().map(variables).transpose()?,
        tracing: tracing(input.tracing_config.as_ref()).unwrap_or(Tracing::PassThrough),
        architecture: architecture(input.architectures.as_deref()),
        ephemeral_storage_mb: storage(input.ephemeral_storage.as_ref())?,
        logging: logging(input.logging_config.as_ref(), default_logging)?,
        // Found by whoever has the store.
        layers: Vec::new(),
        dead_letter: dead_letter(input.dead_letter_config.as_ref()).flatten(),
        vpc: input.vpc_config.as_ref().map(vpc),
        kms_key: input.kms_key_arn.clone().filter(|arn| !arn.is_empty()),
        snap_start: snap_start(input.snap_start.as_ref(), &runtime.to_string())?,
        image_config: input.image_config.as_ref().and_then(image_config),
    })
}

/// The settings after a change; what the request does not name stays.
pub(crate) fn changed(
    mut settings: Settings,
    input: &UpdateFunctionConfigurationInput,
) -> Result<Settings, Error> {
    refuse_unbuilt_change(input)?;
    check_package(&settings, input)?;
    if let Some(given) = &input.runtime {
        settings.runtime = runtime(given)?;
    }
    if let Some(description) = &input.description {
        settings.description.clone_from(description);
    }
    if let Some(handler) = &input.handler {
        settings.handler.clone_from(handler);
    }
    if let Some(role) = &input.role {
        settings.role.clone_from(role);
    }
    if let Some(timeout_s) = timeout(input.timeout)? {
        settings.timeout_s = timeout_s;
    }
    if let Some(memory_mb) = memory(input.memory_size)? {
        settings.memory_mb = memory_mb;
    }
    if let Some(environment) = &input.environment {
        settings.variables = Some(variables(environment)?);
    }
    if let Some(mode) = tracing(input.tracing_config.as_ref()) {
        settings.tracing = mode;
    }
    if input.ephemeral_storage.is_some() {
        settings.ephemeral_storage_mb = storage(input.ephemeral_storage.as_ref())?;
    }
    settings.logging = logging(input.logging_config.as_ref(), settings.logging)?;
    if let Some(target) = dead_letter(input.dead_letter_config.as_ref()) {
        settings.dead_letter = target;
    }
    if let Some(config) = &input.vpc_config {
        settings.vpc = Some(vpc(config));
    }
    if let Some(arn) = &input.kms_key_arn {
        settings.kms_key = Some(arn.clone()).filter(|arn| !arn.is_empty());
    }
    if input.snap_start.is_some() {
        let runtime = settings.runtime.to_string();
        settings.snap_start = snap_start(input.snap_start.as_ref(), &runtime)?;
    }
    if let Some(config) = &input.image_config {
        settings.image_config = image_config(config);
    }
    Ok(settings)
}

/// The architecture that a request asks for.
pub(crate) fn architecture(given: Option<&[shapes::Architecture]>) -> Architecture {
    match given.and_then(<[_]>::first) {
        Some(shapes::Architecture::Arm64) => Architecture::Arm64,
        Some(shapes::Architecture::X86_64) | None => Architecture::X86_64,
    }
}

/// Checks a function's tags.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Error> {
    if tags.len() > MAX_TAGS {
        return Err(Invalid::TooManyTags.into());
    }
    Ok(())
}

/// What a new function runs: images bring what zips have settings for.
fn program(input: &CreateFunctionInput) -> Result<(Runtime, String), Error> {
    if input.package_type == Some(shapes::PackageType::Image) {
        let has_layers = is_some_list(input.layers.as_ref());
        if input.runtime.is_some() || input.handler.is_some() || has_layers {
            return Err(Invalid::ZipSettings.into());
        }
        return match input.code.image_uri {
            Some(_) => Ok((Runtime::Image, String::new())),
            None => Err(Invalid::NoImageUri.into()),
        };
    }
    if input.code.image_uri.is_some() {
        return Err(Invalid::ImageUriForZip.into());
    }
    if input.image_config.is_some() {
        return Err(Invalid::ImageConfigForZip.into());
    }
    match (&input.runtime, handler_of(input)) {
        (Some(given), Some(handler)) => Ok((runtime(given)?, handler)),
        _ => Err(Invalid::RuntimeAndHandler.into()),
    }
}

/// Refuses what only the other kind of package has.
fn check_package(
    settings: &Settings,
    input: &UpdateFunctionConfigurationInput,
) -> Result<(), Error> {
    let has_layers = is_some_list(input.layers.as_ref());
    let of_zip = input.runtime.is_some() || input.handler.is_some() || has_layers;
    match settings.runtime {
        Runtime::Image if of_zip => Err(Invalid::ZipSettings.into()),
        Runtime::Image => Ok(()),
        _ if input.image_config.is_some() => Err(Invalid::ImageConfigForZip.into()),
        _ => Ok(()),
    }
}

/// An empty one unsets what was set.
fn image_config(config: &shapes::ImageConfig) -> Option<ImageProgram> {
    let given = |list: &Option<Vec<String>>| list.clone().filter(|list| !list.is_empty());
    let working_directory = config.working_directory.clone();
    let program = ImageProgram {
        entry_point: given(&config.entry_point),
        command: given(&config.command),
        working_directory: working_directory.filter(|folder| !folder.is_empty()),
    };
    Some(program).filter(|program| *program != ImageProgram::default())
}

/// `provided` functions need no handler.
fn handler_of(input: &CreateFunctionInput) -> Option<String> {
    let runtime = input.runtime.as_deref().and_then(|name| name.parse().ok());
    let provided = runtime.is_some_and(Runtime::is_provided);
    let handler = input.handler.clone().filter(|handler| !handler.is_empty());
    handler.or(provided.then(String::new))
}

fn runtime(name: &str) -> Result<Runtime, Error> {
    if DEPRECATED.contains(&name) {
        return Err(Invalid::DeprecatedRuntime(name.to_owned()).into());
    }
    let runtime = name.parse();
    runtime.map_err(|UnsupportedRuntime(name)| Invalid::NoRuntime(name).into())
}

/// The model has checked that numbers are positive.
fn number(given: Option<i32>) -> Option<u32> {
    given.and_then(|number| u32::try_from(number).ok())
}

/// The model allows more, for functions on instances of their own.
fn at_most(most: u32, member: &'static str, given: Option<i32>) -> Result<Option<u32>, Error> {
    match number(given) {
        Some(value) if value > most => Err(Invalid::TooMuch {
            member,
            value,
            most,
        }
        .into()),
        value => Ok(value),
    }
}

fn timeout(given: Option<i32>) -> Result<Option<u32>, Error> {
    at_most(MAX_TIMEOUT_S, "timeout", given)
}

fn memory(given: Option<i32>) -> Result<Option<u32>, Error> {
    at_most(MAX_MEMORY_MB, "memorySize", given)
}

fn variables(environment: &shapes::Environment) -> Result<BTreeMap<String, String>, Error> {
    let variables = environment.variables.clone().unwrap_or_default();
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|name| RESERVED.contains(name))
        .collect();
    if !reserved.is_empty() {
        return Err(Invalid::ReservedVariables(reserved.join(", ")).into());
    }
    let json = serde_json::to_string(&variables).unwrap_or_default();
    if json.len() > MAX_VARIABLES_BYTES {
        return Err(Invalid::VariablesTooLarge(json).into());
    }
    Ok(variables)
}

fn tracing(config: Option<&shapes::TracingConfig>) -> Option<Tracing> {
    Some(match config?.mode? {
        shapes::TracingMode::Active => Tracing::Active,
        shapes::TracingMode::PassThrough => Tracing::PassThrough,
    })
}

fn storage(storage: Option<&shapes::EphemeralStorage>) -> Result<u32, Error> {
    let size = storage.map(|storage| storage.size);
    let size = at_most(MAX_STORAGE_MB, "ephemeralStorage.size", size)?;
    Ok(size.unwrap_or(DEFAULT_STORAGE_MB))
}

fn logging(
    config: Option<&shapes::LoggingConfig>,
    before: LoggingSettings,
) -> Result<LoggingSettings, Error> {
    let Some(config) = config else {
        return Ok(before);
    };
    let group = config.log_group.clone().unwrap_or(before.group);
    let application = config.application_log_level.map(|l| l.as_str().to_owned());
    let system = config
        .system_log_level
        .map(|level| level.as_str().to_owned());
    let has_level = application.is_some() || system.is_some();
    let info = || "INFO".to_owned();
    let format = match (config.log_format, before.format) {
        (Some(shapes::LogFormat::Text), _) | (None, LogFormat::Text) if has_level => {
            return Err(Invalid::LogLevelOfText.into());
        }
        (Some(shapes::LogFormat::Text), _) | (None, LogFormat::Text) => LogFormat::Text,
        (
            _,
            LogFormat::Json {
                application: application_before,
                system: system_before,
            },
        ) => LogFormat::Json {
            application: application.unwrap_or(application_before),
            system: system.unwrap_or(system_before),
        },
        (Some(shapes::LogFormat::Json), LogFormat::Text) => LogFormat::Json {
            application: application.unwrap_or_else(info),
            system: system.unwrap_or_else(info),
        },
    };
    Ok(LoggingSettings { group, format })
}

/// The target that a request sets, or unsets with an empty one; `None` if it says nothing.
fn dead_letter(config: Option<&shapes::DeadLetterConfig>) -> Option<Option<String>> {
    let target = config?.target_arn.clone();
    Some(target.filter(|arn| !arn.is_empty()))
}

fn vpc(config: &shapes::VpcConfig) -> VpcSettings {
    VpcSettings {
        subnets: config.subnet_ids.clone().unwrap_or_default(),
        security_groups: config.security_group_ids.clone().unwrap_or_default(),
        ipv6: config.ipv6_allowed_for_dual_stack.unwrap_or_default(),
    }
}

/// Runtimes that AWS takes no snapshots of.
const WITHOUT_SNAPSHOTS: [&str; 10] = [
    "image",
    "nodejs",
    "provided",
    "ruby",
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "java8",
    "dotnet6",
];

fn snap_start(config: Option<&shapes::SnapStart>, runtime: &str) -> Result<SnapStart, Error> {
    let apply_on = config.and_then(|config| config.apply_on);
    if apply_on != Some(shapes::SnapStartApplyOn::PublishedVersions) {
        return Ok(SnapStart::None);
    }
    if WITHOUT_SNAPSHOTS
        .iter()
        .any(|other| runtime.starts_with(other))
    {
        return Err(Invalid::SnapStartRuntime(runtime.to_owned()).into());
    }
    Ok(SnapStart::PublishedVersions)
}

fn not_built(what: &str) -> Error {
    Error::NotBuilt(format!("Lambda: {what} is not built"))
}

/// Names the first of `given` that a request asks for.
fn refuse(given: &[(bool, &str)]) -> Result<(), Error> {
    match given.iter().find(|(asked, _)| *asked) {
        Some((_, what)) => Err(not_built(what)),
        None => Ok(()),
    }
}

fn refuse_unbuilt_new(input: &CreateFunctionInput) -> Result<(), Error> {
    refuse(&[
        (input.publish_to.is_some(), "PublishTo"),
        (
            is_some_list(input.file_system_configs.as_ref()),
            "FileSystemConfigs",
        ),
        (input.tenancy_config.is_some(), "TenancyConfig"),
        (
            input.capacity_provider_config.is_some(),
            "CapacityProviderConfig",
        ),
        (input.durable_config.is_some(), "DurableConfig"),
        (input.runtime_config.is_some(), "RuntimeConfig"),
        (input.accelerator_config.is_some(), "AcceleratorConfig"),
    ])
}

fn refuse_unbuilt_change(input: &UpdateFunctionConfigurationInput) -> Result<(), Error> {
    refuse(&[
        (
            is_some_list(input.file_system_configs.as_ref()),
            "FileSystemConfigs",
        ),
        (
            input.capacity_provider_config.is_some(),
            "CapacityProviderConfig",
        ),
        (input.durable_config.is_some(), "DurableConfig"),
        (input.runtime_config.is_some(), "RuntimeConfig"),
        (input.accelerator_config.is_some(), "AcceleratorConfig"),
    ])
}

/// Tools send empty settings to mean none.
fn is_some_list<T>(list: Option<&Vec<T>>) -> bool {
    list.is_some_and(|list| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> CreateFunctionInput {
        CreateFunctionInput {
            runtime: Some("python3.12".to_owned()),
            handler: Some("app.handler".to_owned()),
            role: "arn:aws:iam::000000000000:role/r".to_owned(),
            ..CreateFunctionInput::default()
        }
    }

    #[test]
    fn defaults() {
        let settings = of_new(&input(), "f").unwrap();
        assert_eq!((settings.timeout_s, settings.memory_mb), (3, 128));
        assert_eq!(settings.variables, None);
        assert_eq!(settings.logging.group, "/aws/lambda/f");
    }

    fn check_refused(change: impl FnOnce(&mut CreateFunctionInput), expected: &str) {
        let mut input = input();
        change(&mut input);
        let fault = wire::Fault::from(of_new(&input, "f").unwrap_err());
        assert!(fault.message().contains(expected), "{fault}");
    }

    #[test]
    fn refusals() {
        check_refused(|i| i.handler = None, "mandatory parameters");
        check_refused(|i| i.timeout = Some(901), "Value '901' at 'timeout'");
        check_refused(|i| i.memory_size = Some(10_241), "at 'memorySize'");
        let large = shapes::EphemeralStorage { size: 10_241 };
        check_refused(
            |i| i.ephemeral_storage = Some(large.clone()),
            "at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value less \
             than or equal to 10240",
        );
        check_refused(|i| i.runtime = None, "mandatory parameters");
        check_refused(
            |i| i.runtime = Some("java8".to_owned()),
            "java8 is no longer",
        );
        check_refused(
            |i| i.runtime = Some("JAVA21".to_owned()),
            "Value JAVA21 at 'runtime'",
        );
        check_refused(
            |i| i.package_type = Some(shapes::PackageType::Image),
            "Please don't provide Handler",
        );
        let variables = |name: &str, value: String| {
            let variables = Some(BTreeMap::from([(name.to_owned(), value)]));
            Some(shapes::Environment { variables })
        };
        check_refused(
            |i| i.environment = variables("AWS_REGION", "x".into()),
            "Reserved keys used in this request: AWS_REGION",
        );
        check_refused(
            |i| i.environment = variables("A", "x".repeat(4096)),
            "4KB limit",
        );
    }

    #[test]
    fn log_levels_need_json() {
        let config = |format, level| shapes::LoggingConfig {
            log_format: format,
            application_log_level: level,
            ..shapes::LoggingConfig::default()
        };
        let text = of_new(&input(), "f").unwrap().logging;
        let level = Some(shapes::ApplicationLogLevel::Debug);
        assert!(logging(Some(&config(None, level)), text.clone()).is_err());
        let json = config(Some(shapes::LogFormat::Json), level);
        let json = logging(Some(&json), text).unwrap();
        let expected = LogFormat::Json {
            application: "DEBUG".to_owned(),
            system: "INFO".to_owned(),
        };
        assert_eq!(json.format, expected);
        let kept = logging(Some(&config(None, None)), json.clone()).unwrap();
        assert_eq!(kept, json);
    }
}
