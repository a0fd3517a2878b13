//! UpdateRequestValidator.

use super::{require, scope};
use crate::error::{Bad, Error};
use crate::patch::{self, Patch};
use crate::record::RequestValidator;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{Op, RequestValidator as ValidatorShape, UpdateRequestValidatorInput};

/// In AWS's order.
const PATHS: [&str; 3] = [
    "/name",
    "/validateRequestParameters",
    "/validateRequestBody",
];

impl Operate<Gateway> for UpdateRequestValidatorInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let id = &self.request_validator_id;
        Ok(require(
            caller,
            "PATCH",
            &["restapis", &self.rest_api_id, "requestvalidators", id],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ValidatorShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let validator = gateway
            .store
            .transact(|txn| async move {
                let id = &input.request_validator_id;
                let mut validator = scope.load_validator(&txn, id).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut validator, &patch)?;
                }
                scope.save_validator(&txn, &validator);
                Ok::<_, Error>(validator)
            })
            .await?;
        Ok(shape::request_validator(validator))
    }
}

fn apply(validator: &mut RequestValidator, patch: &Patch) -> Result<(), Error> {
    match (patch.op, patch.parts().as_slice()) {
        (Op::Replace, ["name"]) => {
            let name = patch.optional_text().ok_or(Bad::ValidatorName)?;
            validator.name = Some(name);
        }
        (Op::Replace, ["validateRequestBody"]) => validator.validate_body = patch.flag(),
        (Op::Replace, ["validateRequestParameters"]) => {
            validator.validate_parameters = patch.flag();
        }
        _ => return Err(patch.only_replaces(&PATHS)),
    }
    Ok(())
}
