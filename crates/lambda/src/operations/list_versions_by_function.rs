//! ListVersionsByFunction.

use super::list_functions::{check_exists, versions};
use crate::configuration::{self, Detail};
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::page::page;
use crate::target::{LATEST, Qualifier, Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{
    FunctionConfiguration, ListVersionsByFunctionInput, ListVersionsByFunctionOutput,
};

impl Operate<Lambda> for ListVersionsByFunctionInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:ListVersionsByFunction", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<ListVersionsByFunctionOutput, Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?;
        let function = check_exists(lambda, &target).await?;
        let (arn, name) = (target.qualified_arn(&Qualifier::Latest), &target.name);
        let listed = Detail::Listed;
        let latest = configuration::of_version(&scope, name, arn, LATEST, &function.latest, listed);
        let mut all = vec![latest];
        all.extend(versions(lambda, &scope, name).await?);
        let number = |version: &FunctionConfiguration| version.version.clone().unwrap_or_default();
        let (versions, next_marker) = page(all, number, self.marker.as_deref(), self.max_items);
        Ok(ListVersionsByFunctionOutput {
            next_marker,
            versions: Some(versions),
        })
    }
}
