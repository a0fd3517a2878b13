//! DeleteRestApi: the API with its resources, deployments and stages.

use super::{require, scope};
use crate::error::{Bad, Error};
use crate::mapped_domains;
use crate::record::{DocumentationPart, DocumentationVersion};
use crate::{Gateway, keys, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteRestApiInput;

impl Operate<Gateway> for DeleteRestApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "DELETE", &["restapis", &self.rest_api_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                let domains = mapped_domains::leading_to(scope, &txn, |_| true).await?;
                if !domains.is_empty() {
                    let api = scope.api_id.clone();
                    return Err(Bad::ApiMapped { api, domains }.into());
                }
                txn.delete(scope.api());
                txn.delete(keys::home(&scope.api_id));
                let shelf = scope.shelf();
                let documentation = [
                    shelf.range::<DocumentationPart>(),
                    shelf.range::<DocumentationVersion>(),
                ];
                let own = [scope.all_parts(), scope.deployments(), scope.stages()];
                for range in own.into_iter().chain(documentation) {
                    store::clear(&txn, range).await?;
                }
                Ok(())
            })
            .await
    }
}
