//! From records to the shape in which operations answer them.

use crate::layers::LayerUse;
use crate::record::{
    AliasRecord, Architecture, ImageProgram, LogFormat, LoggingSettings, SnapStart, Status,
    Tracing, VersionRecord, VpcSettings,
};
use crate::runtime::{self, Runtime};
use crate::target::{LATEST, Scope};
use base::Timestamp;
use wire::Enumeration;
use wire::lambda::{
    self as shapes, AliasConfiguration, AliasRoutingConfiguration, EnvironmentResponse,
    FunctionConfiguration,
};

/// How much of a version an operation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// With its state.
    Full,
    /// As lists have it.
    Listed,
}

/// A version as operations answer it. `arn` and `version` are what the request made of them.
pub(crate) fn of_version(
    scope: &Scope,
    name: &str,
    arn: String,
    version: &str,
    record: &VersionRecord,
    detail: Detail,
) -> FunctionConfiguration {
    let settings = &record.settings;
    let is_image = settings.runtime == Runtime::Image;
    let mut configuration = FunctionConfiguration {
        function_name: Some(name.to_owned()),
        function_arn: Some(arn),
        version: Some(version.to_owned()),
        runtime: shapes::Runtime::from_name(&settings.runtime.to_string()),
        role: Some(settings.role.clone()),
        handler: Some(settings.handler.clone()).filter(|_| !is_image),
        code_size: i64::try_from(record.code.bytes).ok(),
        code_sha256: Some(record.code.sha256_answer()),
        description: Some(settings.description.clone()),
        timeout: i32::try_from(settings.timeout_s).ok(),
        memory_size: i32::try_from(settings.memory_mb).ok(),
        last_modified: Some(last_modified(record.last_modified_ms)),
        environment: settings
            .variables
            .clone()
            .map(|variables| EnvironmentResponse {
                variables: Some(variables),
                error: None,
            }),
        tracing_config: Some(shapes::TracingConfigResponse {
            mode: Some(match settings.tracing {
                Tracing::Active => shapes::TracingMode::Active,
                Tracing::PassThrough => shapes::TracingMode::PassThrough,
            }),
        }),
        revision_id: Some(record.revision_id.clone()),
        package_type: Some(match is_image {
            true => shapes::PackageType::Image,
            false => shapes::PackageType::Zip,
        }),
        image_config_response: settings.image_config.as_ref().map(image_config),
        architectures: Some(vec![match settings.architecture {
            Architecture::X86_64 => shapes::Architecture::X86_64,
            Architecture::Arm64 => shapes::Architecture::Arm64,
        }]),
        ephemeral_storage: Some(shapes::EphemeralStorage {
            size: i32::try_from(settings.ephemeral_storage_mb).unwrap_or(i32::MAX),
        }),
        snap_start: Some(snap_start(settings.snap_start, version)),
        layers: Some(settings.layers.iter().map(LayerUse::answer).collect())
            .filter(|layers: &Vec<_>| !layers.is_empty()),
        dead_letter_config: settings
            .dead_letter
            .clone()
            .map(|arn| shapes::DeadLetterConfig {
                target_arn: Some(arn),
            }),
        vpc_config: settings.vpc.as_ref().map(vpc),
        kms_key_arn: settings.kms_key.clone(),
        logging_config: Some(logging(&settings.logging)),
        ..FunctionConfiguration::default()
    };
    if detail == Detail::Full {
        add_state(&mut configuration, record.status);
        let version = Some(runtime_version(settings.runtime, scope));
        configuration.runtime_version_config = version.filter(|_| !is_image);
    }
    configuration
}

fn image_config(program: &ImageProgram) -> shapes::ImageConfigResponse {
    shapes::ImageConfigResponse {
        image_config: Some(shapes::ImageConfig {
            entry_point: program.entry_point.clone(),
            command: program.command.clone(),
            working_directory: program.working_directory.clone(),
        }),
        error: None,
    }
}

/// Only published versions have snapshots.
fn snap_start(setting: SnapStart, version: &str) -> shapes::SnapStartResponse {
    use shapes::{SnapStartApplyOn, SnapStartOptimizationStatus};
    let is_published = version != LATEST;
    let (apply_on, status) = match setting {
        SnapStart::None => (SnapStartApplyOn::None, SnapStartOptimizationStatus::Off),
        SnapStart::PublishedVersions if is_published => (
            SnapStartApplyOn::PublishedVersions,
            SnapStartOptimizationStatus::On,
        ),
        SnapStart::PublishedVersions => (
            SnapStartApplyOn::PublishedVersions,
            SnapStartOptimizationStatus::Off,
        ),
    };
    shapes::SnapStartResponse {
        apply_on: Some(apply_on),
        optimization_status: Some(status),
    }
}

/// There is no service here that knows which network a subnet belongs to.
fn vpc(settings: &VpcSettings) -> shapes::VpcConfigResponse {
    shapes::VpcConfigResponse {
        subnet_ids: Some(settings.subnets.clone()),
        security_group_ids: Some(settings.security_groups.clone()),
        vpc_id: Some(String::new()),
        ipv6_allowed_for_dual_stack: Some(settings.ipv6),
    }
}

fn add_state(configuration: &mut FunctionConfiguration, status: Status) {
    let reason = || Some("The function is being created.".to_owned());
    match status {
        Status::Creating => {
            configuration.state = Some(shapes::State::Pending);
            configuration.state_reason = reason();
            configuration.state_reason_code = Some(shapes::StateReasonCode::Creating);
        }
        Status::Updating => {
            configuration.state = Some(shapes::State::Active);
            configuration.last_update_status = Some(shapes::LastUpdateStatus::InProgress);
            configuration.last_update_status_reason = reason();
            configuration.last_update_status_reason_code =
                Some(shapes::LastUpdateStatusReasonCode::Creating);
        }
        Status::Ready => {
            configuration.state = Some(shapes::State::Active);
            configuration.last_update_status = Some(shapes::LastUpdateStatus::Successful);
        }
    }
}

/// `2026-11-22T12:24:07.123+0000`.
pub(crate) fn last_modified(millis: i64) -> String {
    let text = Timestamp::from_millis(millis).iso8601();
    let text = text.trim_end_matches('Z');
    if text.contains('.') {
        format!("{text}+0000")
    } else {
        format!("{text}.000+0000")
    }
}

fn logging(settings: &LoggingSettings) -> shapes::LoggingConfig {
    let mut config = shapes::LoggingConfig {
        log_format: Some(shapes::LogFormat::Text),
        log_group: Some(settings.group.clone()),
        ..shapes::LoggingConfig::default()
    };
    if let LogFormat::Json {
        application,
        system,
    } = &settings.format
    {
        config.log_format = Some(shapes::LogFormat::Json);
        config.application_log_level = shapes::ApplicationLogLevel::from_name(application);
        config.system_log_level = shapes::SystemLogLevel::from_name(system);
    }
    config
}

fn runtime_version(runtime: Runtime, scope: &Scope) -> shapes::RuntimeVersionConfig {
    shapes::RuntimeVersionConfig {
        runtime_version_arn: Some(runtime::version_arn(runtime, &scope.region)),
        error: None,
    }
}

/// An alias as operations answer it.
pub(crate) fn of_alias(scope: &Scope, function: &str, alias: &AliasRecord) -> AliasConfiguration {
    let weights = alias.additional.clone().map(|(version, weight)| {
        let weights = Some([(version, weight)].into());
        AliasRoutingConfiguration {
            additional_version_weights: weights,
        }
    });
    AliasConfiguration {
        alias_arn: Some(format!("{}:{}", scope.function_arn(function), alias.name)),
        name: Some(alias.name.clone()),
        function_version: Some(alias.version.clone()),
        description: Some(alias.description.clone()),
        routing_config: weights,
        revision_id: Some(alias.revision_id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_an_offset() {
        assert_eq!(
            last_modified(1_795_350_247_000),
            "2026-11-22T12:24:07.000+0000"
        );
        assert_eq!(
            last_modified(1_795_350_247_050),
            "2026-11-22T12:24:07.050+0000"
        );
    }
}
