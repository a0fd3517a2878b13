//! What methods and integrations say of parameters, checked when it is said.

use crate::error::{Bad, Error};
use crate::java_regex::JavaRegex;
use crate::mapping::{self, Direction, RequestTarget, Source};
use crate::record::{Method, MethodResponse, Texts};
use std::collections::{BTreeMap, BTreeSet};

/// What the mappings of gateway responses set: headers.
pub const GATEWAY_RESPONSE_HEADER: &str = "gatewayresponse.header.";

/// Checks a method's declared request parameters: each `method.request.PLACE.NAME`, names unique
/// across places.
///
/// # Errors
/// [`Bad::ParameterName`], [`Bad::ParameterNames`].
pub fn check_request_parameters(parameters: &BTreeMap<String, bool>) -> Result<(), Error> {
    let mut names = BTreeSet::new();
    for parameter in parameters.keys() {
        let invalid = || Bad::ParameterName(parameter.clone());
        let rest = parameter
            .strip_prefix("method.request.")
            .ok_or_else(invalid)?;
        let (place, name) = rest.split_once('.').ok_or_else(invalid)?;
        let known = matches!(
            place,
            "header" | "querystring" | "path" | "multivalueheader" | "multivaluequerystring"
        );
        if !known || name.is_empty() {
            return Err(invalid().into());
        }
        if !names.insert(name) {
            return Err(Bad::ParameterNames.into());
        }
    }
    Ok(())
}

/// Checks an integration's mappings against what its method declares.
///
/// # Errors
/// [`Bad::MappingExpression`], [`Bad::MappingParameter`].
pub fn check_integration_parameters(mappings: &Texts, method: &Method) -> Result<(), Error> {
    for (target, source) in mappings {
        let refused = |error: mapping::InvalidExpression| Bad::MappingExpression(error.0);
        RequestTarget::parse(target).map_err(refused)?;
        let source = Source::parse(source, Direction::Request).map_err(refused)?;
        if let Some(parameter) = source.declared_parameter() {
            let declared = method.request_parameters.as_ref();
            if !declared.is_some_and(|declared| declared.contains_key(&parameter)) {
                return Err(Bad::MappingParameter(parameter).into());
            }
        }
    }
    Ok(())
}

/// Checks an integration response's mappings against what the method response declares.
///
/// # Errors
/// [`Bad::MappingExpression`], [`Bad::MappingParameter`].
pub fn check_response_mappings(
    mappings: &Texts,
    response: Option<&MethodResponse>,
) -> Result<(), Error> {
    for (target, source) in mappings {
        let refused = |error: mapping::InvalidExpression| Bad::MappingExpression(error.0);
        mapping::response_target(target, "method.response.header.").map_err(refused)?;
        Source::parse(source, Direction::Response).map_err(refused)?;
        let declared = response.and_then(|response| response.parameters.as_ref());
        if !declared.is_some_and(|declared| declared.contains_key(target)) {
            return Err(Bad::MappingParameter(target.clone()).into());
        }
    }
    Ok(())
}

/// Checks the mappings of a gateway response, whose source is the request.
///
/// # Errors
/// [`Bad::MappingExpression`].
pub fn check_gateway_response_mappings(mappings: &Texts) -> Result<(), Error> {
    for (target, source) in mappings {
        let refused = |error: mapping::InvalidExpression| Bad::MappingExpression(error.0);
        mapping::response_target(target, GATEWAY_RESPONSE_HEADER).map_err(refused)?;
        Source::parse(source, Direction::Request).map_err(refused)?;
    }
    Ok(())
}

/// Checks the declared headers of a method response.
///
/// # Errors
/// [`Bad::ParameterName`].
pub fn check_response_parameters(parameters: &BTreeMap<String, bool>) -> Result<(), Error> {
    for parameter in parameters.keys() {
        mapping::response_target(parameter, "method.response.header.")
            .map_err(|error| Bad::ParameterName(error.0))?;
    }
    Ok(())
}

/// Checks that templates are keyed by content types.
///
/// # Errors
/// [`Bad::ContentType`].
pub fn check_content_types(templates: &Texts) -> Result<(), Error> {
    match templates
        .keys()
        .find(|content_type| !content_type.contains('/'))
    {
        Some(content_type) => Err(Bad::ContentType(content_type.clone()).into()),
        None => Ok(()),
    }
}

/// Checks that a selection pattern can be matched.
///
/// # Errors
/// [`Bad::SelectionPattern`].
pub fn check_selection_pattern(pattern: Option<&str>) -> Result<(), Error> {
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else {
        return Ok(());
    };
    match JavaRegex::new(pattern) {
        Ok(_) => Ok(()),
        Err(_) => Err(Bad::SelectionPattern(pattern.to_owned()).into()),
    }
}
