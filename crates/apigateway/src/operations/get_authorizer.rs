//! GetAuthorizer.

use super::{require, scope};
use crate::error::Error;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{Authorizer, GetAuthorizerInput};

impl Operate<Gateway> for GetAuthorizerInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "authorizers",
            &self.authorizer_id,
        ];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Authorizer, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        let authorizer = scope.load_authorizer(&view, &self.authorizer_id).await?;
        Ok(shape::authorizer(authorizer))
    }
}
