//! Request validation, where a method has a validator.

use super::failure::Failure;
use crate::compiled::Method;
use crate::exchange::Exchange;
use crate::mapping::Place;

/// Required parameters must be there and not blank.
pub fn parameters(method: &Method, exchange: &Exchange) -> Result<(), Failure> {
    let value = |place: Place, name: &str| match place {
        Place::Header => exchange.header(name),
        Place::Query => exchange.query_value(name),
        Place::Path => exchange.path_parameter(name),
    };
    let missing: Vec<&str> = method
        .required_parameters
        .iter()
        .filter(|(place, name)| value(*place, name).is_none_or(|value| value.trim().is_empty()))
        .map(|(_, name)| name.as_str())
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failure::missing_parameters(&missing)),
    }
}

/// The body must be valid by the model of its content type; a type without a model is not
/// checked.
pub fn body(method: &Method, exchange: &Exchange) -> Result<(), Failure> {
    let models = &method.body_models;
    let model = models
        .get(exchange.content_type())
        .or_else(|| models.get("$default"));
    match model.map(|model| model.check(&exchange.body_text())) {
        Some(Err(violations)) => Err(Failure::body(violations.0)),
        _ => Ok(()),
    }
}
