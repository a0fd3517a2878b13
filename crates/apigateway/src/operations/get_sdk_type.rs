//! GetSdkType.

use super::get_sdk_types::{TYPES, Type};
use super::require;
use crate::Gateway;
use crate::error::{Error, Missing};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetSdkTypeInput, SdkType};

impl Operate<Gateway> for GetSdkTypeInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["sdktypes", &self.id]))
    }

    async fn operate(self, _: &Gateway, _: &Permit) -> Result<SdkType, Error> {
        let found = TYPES.iter().find(|sdk_type| sdk_type.id == self.id);
        Ok(found.map(Type::shape).ok_or(Missing::SdkType)?)
    }
}
