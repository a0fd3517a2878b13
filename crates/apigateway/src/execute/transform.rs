//! From the method request to the integration request.

use super::failure::Failure;
use crate::compiled::Integration;
use crate::exchange::Exchange;
use crate::mapping::{NotJson, Place};
use crate::mapping_template::{InputError, MappingTemplate, Overrides, TransformError};
use crate::record::Passthrough;
use crate::template::RenderError;

/// Headers that no mapping may set for any integration, and those that none may set for AWS.
const NEVER_MAPPED: [&str; 2] = ["content-length", "transfer-encoding"];
const NEVER_MAPPED_TO_AWS: [&str; 5] = [
    "authorization",
    "connection",
    "expect",
    "proxy-authenticate",
    "te",
];

/// The body for the integration: the template for the request's content type decides, or the
/// body passes as it is where that is allowed.
pub fn request_body(
    integration: &Integration,
    exchange: &Exchange,
    body: &str,
    overrides: &mut Overrides,
) -> Result<String, Failure> {
    let templates = &integration.request_templates;
    let content_type = exchange.content_type();
    let template = templates
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(content_type));
    let Some((_, template)) = template else {
        let passes = match integration.passthrough {
            Passthrough::WhenNoMatch => true,
            Passthrough::WhenNoTemplates => templates.is_empty(),
            Passthrough::Never => false,
        };
        return if passes {
            Ok(body.to_owned())
        } else {
            Err(Failure::media_type())
        };
    };
    let rendered = apply(template, exchange, body, overrides, "request")?;
    Ok(rendered.unwrap_or_else(|| body.to_owned()))
}

/// Renders a template of either direction.
pub fn apply(
    template: &MappingTemplate,
    exchange: &Exchange,
    body: &str,
    overrides: &mut Overrides,
    direction: &str,
) -> Result<Option<String>, Failure> {
    template
        .transform(exchange, body, overrides)
        .map_err(|error| match &error {
            // Only a client can be blamed for a body, and only for a request's.
            TransformError::Render(RenderError::Host(InputError::Body(_)))
                if direction == "request" =>
            {
                Failure::unreadable_body(error.to_string())
            }
            _ => Failure::configuration(&format!("Unable to transform {direction}: {error}")),
        })
}

/// Refuses mappings to headers that the connection to the integration needs for itself.
pub fn check_mapped_headers(integration: &Integration) -> Result<(), Failure> {
    let refused = integration.request_parameters.iter().find(|(target, _)| {
        let mut never = NEVER_MAPPED.iter().chain(&NEVER_MAPPED_TO_AWS);
        target.place == Place::Header && never.any(|name| target.name.eq_ignore_ascii_case(name))
    });
    match refused {
        None => Ok(()),
        Some((target, _)) => {
            let reason = format!("header {} cannot be mapped", target.name);
            Err(Failure::configuration(&reason))
        }
    }
}

/// The headers that parameter mappings make.
pub fn mapped_headers(
    integration: &Integration,
    exchange: &Exchange,
) -> Result<Vec<(String, String)>, Failure> {
    let mut headers = Vec::new();
    for (target, source) in &integration.request_parameters {
        let value = source.of_request(exchange);
        let value = value.map_err(|NotJson| Failure::unreadable_body(NotJson.to_string()))?;
        if let Some(value) = value.filter(|_| target.place == Place::Header) {
            headers.push((target.name.clone(), value.into_owned()));
        }
    }
    Ok(headers)
}

/// Replaces `${stageVariables.NAME}`; an unknown one becomes nothing.
pub fn resolve_stage_variables(text: &str, exchange: &Exchange) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${stageVariables.") {
        let Some((name, left)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        out.push_str(
            exchange
                .stage_variables
                .get(name)
                .map_or("", String::as_str),
        );
        rest = left;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange;

    #[test]
    fn stage_variables() {
        let exchange = exchange::tests::example();
        let resolve = |text| resolve_stage_variables(text, &exchange);
        assert_eq!(
            resolve("function:${stageVariables.color}:1"),
            "function:blue:1"
        );
        assert_eq!(
            resolve("${stageVariables.none}${stageVariables.color}"),
            "blue"
        );
        assert_eq!(
            resolve("plain ${stageVariables.open"),
            "plain ${stageVariables.open"
        );
    }
}
