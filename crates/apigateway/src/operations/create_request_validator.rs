//! CreateRequestValidator.

use super::{new_id, require, scope};
use crate::error::{Bad, Error};
use crate::record::RequestValidator;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{CreateRequestValidatorInput, RequestValidator as ValidatorShape};

impl Operate<Gateway> for CreateRequestValidatorInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "POST",
            &["restapis", &self.rest_api_id, "requestvalidators"],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ValidatorShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let validator = &RequestValidator {
            id: new_id(gateway),
            name: self.name,
            validate_body: self.validate_request_body.unwrap_or_default(),
            validate_parameters: self.validate_request_parameters.unwrap_or_default(),
        };
        gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await.map_err(|error| match error {
                    Error::NotFound(_) => Bad::RestApiId.into(),
                    error => error,
                })?;
                scope.save_validator(&txn, validator);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::request_validator(validator.clone()))
    }
}
