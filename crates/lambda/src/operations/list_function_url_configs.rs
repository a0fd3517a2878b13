//! ListFunctionUrlConfigs.

use crate::catalog;
use crate::error::{Absent, Error};
use crate::function_url::{self, UrlRecord};
use crate::lambda::{Lambda, on_target};
use crate::page::page;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{ListFunctionUrlConfigsInput, ListFunctionUrlConfigsOutput};

impl Operate<Lambda> for ListFunctionUrlConfigsInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:ListFunctionUrlConfigs", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<ListFunctionUrlConfigsOutput, Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?;
        let store = &lambda.0.store;
        let missing = || Absent::UrlFunction.into();
        catalog::function(store, &target, missing).await?;
        let range = function_url::all(&scope, &target.name);
        let records: Vec<UrlRecord> = catalog::list(store, range).await?;
        let name = |record: &UrlRecord| record.id.clone();
        let (records, next_marker) = page(records, name, self.marker.as_deref(), self.max_items);
        let configs = records
            .iter()
            .map(|record| lambda.url_config(&target, record));
        Ok(ListFunctionUrlConfigsOutput {
            function_url_configs: configs.collect(),
            next_marker,
        })
    }
}
