//! GetDeployments, oldest first.

use super::{require, scope};
use crate::error::Error;
use crate::page::page;
use crate::record::Deployment;
use crate::{Gateway, shape, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetDeploymentsInput, GetDeploymentsOutput};

impl Operate<Gateway> for GetDeploymentsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &["restapis", &self.rest_api_id, "deployments"],
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetDeploymentsOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        let mut all: Vec<Deployment> = store::list(&view, scope.deployments()).await?;
        all.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
        let (all, position) = page(all, self.position.as_deref(), self.limit, |d| &d.id);
        let items = all.into_iter().map(shape::deployment).collect();
        Ok(GetDeploymentsOutput {
            position,
            items: Some(items),
        })
    }
}
