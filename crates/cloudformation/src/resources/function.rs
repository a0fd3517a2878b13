//! `AWS::Lambda::Function`.

use super::request::Request;
use super::{Birth, Existing, Failure, MAX_POLLS, POLL_INTERVAL, Step, Wanted, text_of, untagged};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, S3_BUCKET, S3_KEY, S3_VERSION, Schema, TAGS};
use crate::scope::Made;
use wire::lambda::{
    CreateFunctionInput, DeleteFunctionConcurrencyInput, DeleteFunctionInput,
    GetFunctionConfigurationInput, LastUpdateStatus, LogFormat, PutFunctionConcurrencyInput,
    SnapStartApplyOn, State, TagResourceInput, TracingMode, UntagResourceInput,
    UpdateFunctionCodeInput, UpdateFunctionConfigurationInput,
};

const RESERVED: &str = "ReservedConcurrentExecutions";

/// What both making and configuring a function take.
const CONFIGURATION: [&str; 15] = [
    "DeadLetterConfig",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "SnapStart",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
];

/// The attribute that tells one code from another.
pub(crate) const CODE: &str = "CodeSha256";

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Function,
    name: "AWS::Lambda::Function",
    properties: &[
        Property::optional("Architectures", Schema::List(&Schema::Text)),
        Property::required("Code", Schema::Code),
        Property::optional(
            "DeadLetterConfig",
            Schema::Object(&[Property::optional("TargetArn", Schema::Text)]),
        ),
        Property::optional("Description", Schema::Text),
        Property::optional(
            "Environment",
            Schema::Object(&[Property::optional("Variables", Schema::Map(&Schema::Text))]),
        ),
        Property::optional(
            "EphemeralStorage",
            Schema::Object(&[Property::required("Size", Schema::Integer)]),
        ),
        Property::optional("FunctionName", Schema::Text).replaces(),
        Property::optional("Handler", Schema::Text),
        Property::optional(
            "ImageConfig",
            Schema::Object(&[
                Property::optional("Command", Schema::List(&Schema::Text)),
                Property::optional("EntryPoint", Schema::List(&Schema::Text)),
                Property::optional("WorkingDirectory", Schema::Text),
            ]),
        ),
        Property::optional("KmsKeyArn", Schema::Text),
        Property::optional("Layers", Schema::List(&Schema::Text)),
        Property::optional(
            "LoggingConfig",
            Schema::Object(&[
                Property::optional("ApplicationLogLevel", Schema::Text),
                Property::optional("LogFormat", Schema::Text),
                Property::optional("LogGroup", Schema::Text),
                Property::optional("SystemLogLevel", Schema::Text),
            ]),
        ),
        Property::optional("MemorySize", Schema::Integer),
        Property::optional("PackageType", Schema::Text).replaces(),
        Property::optional(RESERVED, Schema::Integer),
        Property::required("Role", Schema::Text),
        Property::optional("Runtime", Schema::Text),
        Property::optional(
            "SnapStart",
            Schema::Object(&[Property::required("ApplyOn", Schema::Text)]),
        ),
        Property::optional("Tags", TAGS),
        Property::optional("Timeout", Schema::Integer),
        Property::optional(
            "TracingConfig",
            Schema::Object(&[Property::optional("Mode", Schema::Text)]),
        ),
        Property::optional(
            "VpcConfig",
            Schema::Object(&[
                Property::optional("Ipv6AllowedForDualStack", Schema::Flag),
                Property::optional("SecurityGroupIds", Schema::List(&Schema::Text)),
                Property::optional("SubnetIds", Schema::List(&Schema::Text)),
            ]),
        ),
        Property::refused("CapacityProviderConfig"),
        Property::refused("CodeSigningConfigArn"),
        Property::refused("DurableConfig"),
        Property::refused("FileSystemConfigs"),
        Property::refused("FunctionScalingConfig"),
        Property::refused("PublishToLatestPublished"),
        Property::refused("RecursiveLoop"),
        Property::refused("RuntimeManagementConfig"),
        Property::refused("TenancyConfig"),
    ],
    // The second is for versions that are published with the code.
    attributes: &["Arn", CODE],
    naming: Some(Naming {
        property: "FunctionName",
        max_length: 64,
    }),
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let mut input: CreateFunctionInput = Request::new()
        .text("FunctionName", &wanted.name)
        .object("Code", Request::new())
        .copy(properties, &CONFIGURATION)
        .copy(properties, &["Architectures", "Description", "PackageType"])
        .tag_map(properties, "Tags")
        .input()?;
    input.code.zip_file.clone_from(&wanted.package);
    input.code.image_uri = of_code(properties, "ImageUri");
    input.code.s3_bucket = of_code(properties, S3_BUCKET);
    input.code.s3_key = of_code(properties, S3_KEY);
    input.code.s3_object_version = of_code(properties, S3_VERSION);
    let function = step.call(input).await?;
    let arn = function.function_arn.unwrap_or_default();
    let made = Made::named(wanted.name.as_str())
        .with("Arn", arn)
        .with(CODE, function.code_sha256.unwrap_or_default());
    birth.exists(&made).await?;
    settle(step, &wanted.name).await?;
    reserve(step, &wanted.name, &Map::default(), properties).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<Made, Failure> {
    let name = old.made.reference.as_str();
    let properties = &wanted.properties;
    // Code that is the same changes nothing: the service compares by content.
    let mut code: UpdateFunctionCodeInput = Request::new()
        .text("FunctionName", name)
        .copy(properties, &["Architectures"])
        .input()?;
    code.zip_file.clone_from(&wanted.package);
    code.image_uri = of_code(properties, "ImageUri");
    code.s3_bucket = of_code(properties, S3_BUCKET);
    code.s3_key = of_code(properties, S3_KEY);
    code.s3_object_version = of_code(properties, S3_VERSION);
    let code = step.call(code).await?.code_sha256;
    settle(step, name).await?;
    let mut configuration: UpdateFunctionConfigurationInput = Request::new()
        .text("FunctionName", name)
        .own_text("Description", text_of(properties, "Description"))
        .copy(properties, &CONFIGURATION)
        .input()?;
    reset(&mut configuration, &old.properties);
    step.call(configuration).await?;
    settle(step, name).await?;
    reserve(step, name, &old.properties, properties).await?;
    tag(step, old, properties).await?;
    Ok(old.made.clone().with(CODE, code.unwrap_or_default()))
}

/// What `Code` says of a container image, or of an object in a bucket.
fn of_code(properties: &Map, name: &str) -> Option<String> {
    let node = properties.get("Code")?.as_map()?.get(name)?;
    node.as_text().map(str::to_owned)
}

/// A property that the template no longer has goes back to the service's default.
fn reset(configuration: &mut UpdateFunctionConfigurationInput, old: &Map) {
    let had = |name: &str| old.get(name).is_some();
    if had("Environment") {
        let environment = configuration.environment.get_or_insert_default();
        environment.variables.get_or_insert_default();
    }
    if had("DeadLetterConfig") {
        let letters = configuration.dead_letter_config.get_or_insert_default();
        letters.target_arn.get_or_insert_default();
    }
    if had("ImageConfig") {
        configuration.image_config.get_or_insert_default();
    }
    if had("TracingConfig") {
        let tracing = configuration.tracing_config.get_or_insert_default();
        tracing.mode.get_or_insert(TracingMode::PassThrough);
    }
    if had("SnapStart") {
        let snapshots = configuration.snap_start.get_or_insert_default();
        snapshots.apply_on.get_or_insert(SnapStartApplyOn::None);
    }
    if had("LoggingConfig") {
        let logging = configuration.logging_config.get_or_insert_default();
        logging.log_format.get_or_insert(LogFormat::Text);
    }
    if had("VpcConfig") {
        let network = configuration.vpc_config.get_or_insert_default();
        network.subnet_ids.get_or_insert_default();
        network.security_group_ids.get_or_insert_default();
    }
    configuration.layers.get_or_insert_default();
    configuration.memory_size.get_or_insert(128);
    configuration.timeout.get_or_insert(3);
}

/// Reserves concurrency, or gives it back.
async fn reserve<A: Api>(
    step: &Step<'_, A>,
    name: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    if old.get(RESERVED) == new.get(RESERVED) {
        return Ok(());
    }
    if new.get(RESERVED).is_none() {
        let function_name = name.to_owned();
        let input = DeleteFunctionConcurrencyInput { function_name };
        return step.remove(input).await;
    }
    let input: PutFunctionConcurrencyInput = Request::new()
        .text("FunctionName", name)
        .copy(new, &[RESERVED])
        .input()?;
    step.call(input).await?;
    Ok(())
}

/// Brings the tags from what they were to what they shall be.
async fn tag<A: Api>(step: &Step<'_, A>, old: &Existing, new: &Map) -> Result<(), Failure> {
    let arn = old.made.attributes.get("Arn").cloned().unwrap_or_default();
    let tag_keys = untagged(&old.properties, new);
    if !tag_keys.is_empty() {
        let resource = arn.clone();
        step.call(UntagResourceInput { resource, tag_keys }).await?;
    }
    if old.properties.get("Tags") != new.get("Tags") && new.get("Tags").is_some() {
        let input: TagResourceInput = Request::new()
            .text("Resource", &arn)
            .tag_map(new, "Tags")
            .input()?;
        step.call(input).await?;
    }
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let function_name = old.made.reference.clone();
    let input = DeleteFunctionInput {
        function_name,
        ..DeleteFunctionInput::default()
    };
    step.remove(input).await
}

/// Waits until the function is active and its last update is done.
async fn settle<A: Api>(step: &Step<'_, A>, name: &str) -> Result<(), Failure> {
    for _ in 0..MAX_POLLS {
        let input = GetFunctionConfigurationInput {
            function_name: name.to_owned(),
            ..GetFunctionConfigurationInput::default()
        };
        let function = step.call(input).await?;
        let reason = |reason: Option<String>| {
            let reason = reason.unwrap_or_default();
            Err(Failure::Unsettled(format!(
                "the function {name} failed: {reason}"
            )))
        };
        match (function.state, function.last_update_status) {
            (Some(State::Failed), _) => return reason(function.state_reason),
            (_, Some(LastUpdateStatus::Failed)) => {
                return reason(function.last_update_status_reason);
            }
            (Some(State::Pending), _) | (_, Some(LastUpdateStatus::InProgress)) => {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
            _ => return Ok(()),
        }
    }
    Err(Failure::Unsettled(format!(
        "the function {name} does not become active"
    )))
}
