//! The control plane against recorded answers of the service. What recordings replaced by
//! placeholders (ids, dates) is compared by its kind only.

mod deployments;
mod gateway_responses;
mod methods;
mod models;
mod resources;
mod rest_apis;
mod stages;
mod test_invoke;

use crate::patch::tests::operation;
use wire::Fault;
use wire::apigateway::PatchOperation;

/// Checks that an operation was refused with this error.
#[track_caller]
fn refused<T>(result: Result<T, Fault>, code: &str, message: &str) {
    match result {
        Ok(_) => panic!("not refused with {code}: {message}"),
        Err(fault) => assert_eq!((fault.code(), fault.message()), (code, message)),
    }
}

const BAD: &str = "BadRequestException";
const MISSING: &str = "NotFoundException";
const CONFLICT: &str = "ConflictException";

/// A list of patches: `op path value`, where an empty value is none.
fn patches(list: &[(&str, &str, &str)]) -> Option<Vec<PatchOperation>> {
    let patch = |(op, path, value): &(&str, &str, &str)| {
        operation(op, path, Some(*value).filter(|value| !value.is_empty()))
    };
    Some(list.iter().map(patch).collect())
}
