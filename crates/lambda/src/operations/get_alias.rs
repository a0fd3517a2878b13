//! GetAlias.

use crate::catalog;
use crate::configuration;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::target::{Qualifier, Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{AliasConfiguration, GetAliasInput};

impl Operate<Lambda> for GetAliasInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:GetAlias", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<AliasConfiguration, Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?;
        let store = &lambda.0.store;
        let alias = catalog::alias(store, &scope, &target.name, &self.name).await?;
        let qualifier = Qualifier::Alias(self.name);
        let missing = || Error::NoSuchAlias(target.qualified_arn(&qualifier));
        let alias = alias.ok_or_else(missing)?;
        Ok(configuration::of_alias(&scope, &target.name, &alias))
    }
}
