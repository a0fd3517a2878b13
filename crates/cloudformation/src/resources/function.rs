//! `AWS::Lambda::Function`.

use super::request::Request;
use super::{Birth, Existing, Failure, MAX_POLLS, POLL_INTERVAL, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::lambda::{
    CreateFunctionInput, DeleteFunctionInput, GetFunctionConfigurationInput, LastUpdateStatus,
    State, UpdateFunctionCodeInput, UpdateFunctionConfigurationInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Function,
    name: "AWS::Lambda::Function",
    properties: &[
        Property::optional("Architectures", Schema::List(&Schema::Text)),
        Property::required("Code", Schema::Code),
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
        Property::optional("MemorySize", Schema::Integer),
        Property::optional("PackageType", Schema::Text).replaces(),
        Property::required("Role", Schema::Text),
        Property::optional("Runtime", Schema::Text),
        Property::optional("Tags", TAGS).fixed(),
        Property::optional("Timeout", Schema::Integer),
        Property::refused("CapacityProviderConfig"),
        Property::refused("CodeSigningConfigArn"),
        Property::refused("DeadLetterConfig"),
        Property::refused("DurableConfig"),
        Property::refused("FileSystemConfigs"),
        Property::refused("FunctionScalingConfig"),
        Property::refused("ImageConfig"),
        Property::refused("KmsKeyArn"),
        Property::refused("Layers"),
        Property::refused("LoggingConfig"),
        Property::refused("PublishToLatestPublished"),
        Property::refused("RecursiveLoop"),
        Property::refused("ReservedConcurrentExecutions"),
        Property::refused("RuntimeManagementConfig"),
        Property::refused("SnapStart"),
        Property::refused("TenancyConfig"),
        Property::refused("TracingConfig"),
        Property::refused("VpcConfig"),
    ],
    attributes: &["Arn"],
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
        .copy(
            properties,
            &[
                "Architectures",
                "Description",
                "Environment",
                "EphemeralStorage",
                "Handler",
                "MemorySize",
                "PackageType",
                "Role",
                "Runtime",
                "Timeout",
            ],
        )
        .tag_map(properties, "Tags")
        .input()?;
    input.code.zip_file.clone_from(&wanted.package);
    let function = step.call(input).await?;
    let arn = function.function_arn.unwrap_or_default();
    let made = Made::named(wanted.name.as_str()).with("Arn", arn);
    birth.exists(&made).await?;
    settle(step, &wanted.name).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let name = old.made.reference.as_str();
    let properties = &wanted.properties;
    // Code that is the same changes nothing: the service compares by content.
    let mut code: UpdateFunctionCodeInput = Request::new()
        .text("FunctionName", name)
        .copy(properties, &["Architectures"])
        .input()?;
    code.zip_file.clone_from(&wanted.package);
    step.call(code).await?;
    settle(step, name).await?;
    let mut configuration: UpdateFunctionConfigurationInput = Request::new()
        .text("FunctionName", name)
        .own_text("Description", text_of(properties, "Description"))
        .copy(
            properties,
            &[
                "Environment",
                "EphemeralStorage",
                "Handler",
                "MemorySize",
                "Role",
                "Runtime",
                "Timeout",
            ],
        )
        .input()?;
    // A property that the template no longer has goes back to the service's default.
    if old.properties.get("Environment").is_some() {
        configuration
            .environment
            .get_or_insert_default()
            .variables
            .get_or_insert_default();
    }
    configuration.memory_size.get_or_insert(128);
    configuration.timeout.get_or_insert(3);
    step.call(configuration).await?;
    settle(step, name).await
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
