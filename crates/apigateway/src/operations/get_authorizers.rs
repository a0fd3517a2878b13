//! GetAuthorizers.

use super::{require, scope};
use crate::error::Error;
use crate::keys::State;
use crate::page::page;
use crate::record::Authorizer;
use crate::{Gateway, shape, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetAuthorizersInput, GetAuthorizersOutput};

impl Operate<Gateway> for GetAuthorizersInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "authorizers"];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetAuthorizersOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        let all: Vec<Authorizer> = store::list(&view, scope.authorizers(State::Draft)).await?;
        let (all, position) = page(all, self.position.as_deref(), self.limit, |found| &found.id);
        Ok(GetAuthorizersOutput {
            position,
            items: Some(all.into_iter().map(shape::authorizer).collect()),
        })
    }
}
