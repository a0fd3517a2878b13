//! How a version or alias handles events: how often and how long they are tried, and where word of
//! their end goes.

use crate::catalog::{self, Reader};
use crate::error::{Absent, Error, Invalid};
use crate::lambda::Lambda;
use crate::record;
use crate::target::{Scope, Target};
use base::{Arn, Timestamp};
use bytes::Bytes;
use kv::KeyRange;
use serde::{Deserialize, Serialize};
use wire::lambda::{DestinationConfig, FunctionEventInvokeConfig, OnFailure, OnSuccess};

const KIND: &str = "event-config";

/// The settings of one version or alias.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventConfigRecord {
    /// `$LATEST`, a number or an alias.
    pub qualifier: String,
    pub retries: Option<u32>,
    pub max_age_s: Option<u32>,
    /// ARNs.
    pub on_success: Option<String>,
    pub on_failure: Option<String>,
    pub modified_ms: i64,
}

/// What a request says of the settings; what it leaves out is `None`.
pub(crate) struct Given<'a> {
    pub retries: Option<i32>,
    pub max_age_s: Option<i32>,
    pub destinations: Option<&'a DestinationConfig>,
}

impl Given<'_> {
    /// Refuses a request that says nothing.
    pub fn check_any(&self) -> Result<(), Error> {
        let nothing =
            self.retries.is_none() && self.max_age_s.is_none() && self.destinations.is_none();
        if nothing {
            return Err(Invalid::NoEventSetting.into());
        }
        Ok(())
    }

    /// Writes what the request says into `record`.
    pub fn apply(&self, record: &mut EventConfigRecord) {
        let number = |given: Option<i32>| given.and_then(|number| u32::try_from(number).ok());
        record.retries = number(self.retries).or(record.retries);
        record.max_age_s = number(self.max_age_s).or(record.max_age_s);
        if let Some(destinations) = self.destinations {
            record.on_success = on_success(destinations);
            record.on_failure = on_failure(destinations);
        }
    }
}

fn on_success(config: &DestinationConfig) -> Option<String> {
    let on_success = config.on_success.as_ref()?.destination.clone();
    on_success.filter(|arn| !arn.is_empty())
}

fn on_failure(config: &DestinationConfig) -> Option<String> {
    let on_failure = config.on_failure.as_ref()?.destination.clone();
    on_failure.filter(|arn| !arn.is_empty())
}

pub(crate) fn key(target: &Target) -> Bytes {
    let qualifier = target.qualifier_or_latest();
    record::qualified_key(KIND, &target.scope, &target.name, &qualifier)
}

pub(crate) fn all(target: &Target) -> KeyRange {
    record::qualified(KIND, &target.scope, &target.name)
}

/// The settings of exactly what `target` names.
pub(crate) async fn of(reader: &impl Reader, target: &Target) -> Result<EventConfigRecord, Error> {
    let found = reader.record(&key(target)).await?;
    found.ok_or_else(|| Absent::EventConfig(target.arn_or_latest()).into())
}

/// Makes sure that the function, and its version or alias, exist.
pub(crate) async fn check_function(reader: &impl Reader, target: &Target) -> Result<(), Error> {
    match catalog::resolve(reader, target, None).await {
        Ok(_) => Ok(()),
        Err(Error::FunctionNotFound(_)) => Err(Absent::EventConfigFunction.into()),
        Err(other) => Err(other),
    }
}

/// Where word of an event's end can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Function(Target),
    LogGroup(String),
}

impl Destination {
    /// `None` if the ARN is of neither kind.
    pub fn parse(text: &str) -> Option<Destination> {
        let arn: Arn = text.parse().ok()?;
        match arn.service() {
            "lambda" => {
                let scope = Scope {
                    account: arn.account().parse().ok()?,
                    region: arn.region().parse().ok()?,
                };
                let target = Target::parse(&scope, text, None).ok()?;
                Some(Destination::Function(target))
            }
            "logs" => {
                let group = arn.resource().strip_prefix("log-group:")?;
                Some(Destination::LogGroup(
                    group.trim_end_matches(":*").to_owned(),
                ))
            }
            _ => None,
        }
    }
}

/// AWS has these destinations, and we have not.
const UNBUILT: [&str; 5] = ["sqs", "sns", "events", "s3", "kafka"];

/// Refuses destinations that AWS has and we have not.
pub(crate) fn check_built(arn: &str) -> Result<(), Error> {
    let service = arn.split(':').nth(2).unwrap_or_default();
    if UNBUILT.contains(&service) {
        return Err(Error::NotBuilt(format!(
            "Lambda: destinations of the service {service} are not built; use a function or a log \
             group ({arn})"
        )));
    }
    Ok(())
}

/// Refuses a target for events that are given up unless word can go there.
pub(crate) fn check_dead_letter(arn: Option<&str>) -> Result<(), Error> {
    let Some(arn) = arn else {
        return Ok(());
    };
    check_built(arn)?;
    match Destination::parse(arn) {
        Some(_) => Ok(()),
        None => Err(Invalid::DestinationArn(arn.to_owned()).into()),
    }
}

/// Refuses destinations that cannot be reached.
pub(crate) async fn check_destinations(
    lambda: &Lambda,
    target: &Target,
    config: Option<&DestinationConfig>,
) -> Result<(), Error> {
    let Some(config) = config else {
        return Ok(());
    };
    for arn in [on_success(config), on_failure(config)]
        .into_iter()
        .flatten()
    {
        check_built(&arn)?;
        match Destination::parse(&arn) {
            None => return Err(shown(config).into()),
            Some(Destination::LogGroup(_)) => {}
            Some(Destination::Function(other)) => {
                if other.name == target.name && other.scope == target.scope {
                    return Err(Invalid::OwnDestination.into());
                }
                let found = catalog::resolve(&lambda.0.store, &other, None).await;
                if let Err(Error::FunctionNotFound(_)) = found {
                    return Err(Invalid::DestinationArn(arn).into());
                }
                found?;
            }
        }
    }
    Ok(())
}

/// The destinations as AWS's messages print them.
fn shown(config: &DestinationConfig) -> Invalid {
    let named = |kind: &str, given: bool, arn: Option<String>| match given {
        true => format!("{kind}(destination={})", arn.unwrap_or("null".to_owned())),
        false => "null".to_owned(),
    };
    Invalid::Destination {
        on_success: named("OnSuccess", config.on_success.is_some(), on_success(config)),
        on_failure: named("OnFailure", config.on_failure.is_some(), on_failure(config)),
    }
}

/// The settings as operations answer them.
pub(crate) fn answer(target: &Target, record: &EventConfigRecord) -> FunctionEventInvokeConfig {
    let number = |number: Option<u32>| number.and_then(|number| i32::try_from(number).ok());
    FunctionEventInvokeConfig {
        last_modified: Some(Timestamp::from_millis(record.modified_ms)),
        function_arn: Some(format!("{}:{}", target.function_arn(), record.qualifier)),
        maximum_retry_attempts: number(record.retries),
        maximum_event_age_in_seconds: number(record.max_age_s),
        destination_config: Some(DestinationConfig {
            on_success: Some(OnSuccess {
                destination: record.on_success.clone(),
            }),
            on_failure: Some(OnFailure {
                destination: record.on_failure.clone(),
            }),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        let function = "arn:aws:lambda:us-east-1:000000000000:function:f:live";
        assert!(matches!(
            Destination::parse(function),
            Some(Destination::Function(target)) if target.arn() == function
        ));
        let group = "arn:aws:logs:us-east-1:000000000000:log-group:/a/b:*";
        let expected = Destination::LogGroup("/a/b".to_owned());
        assert_eq!(Destination::parse(group), Some(expected));
        assert_eq!(Destination::parse("arn:aws:iam::000000000000:role/r"), None);
        assert!(check_built("arn:aws:sqs:us-east-1:000000000000:q").is_err());
        assert!(check_built(function).is_ok());
    }
}
