//! ListAliases.

use super::list_functions::check_exists;
use crate::catalog;
use crate::configuration;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::page::page;
use crate::record::{self, AliasRecord};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{ListAliasesInput, ListAliasesOutput};

impl Operate<Lambda> for ListAliasesInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:ListAliases", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<ListAliasesOutput, Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?;
        check_exists(lambda, &target).await?;
        let range = record::aliases(&scope, &target.name);
        let mut aliases: Vec<AliasRecord> = catalog::list(&lambda.0.store, range).await?;
        if let Some(version) = &self.function_version {
            aliases.retain(|alias| alias.version == *version);
        }
        let name = |alias: &AliasRecord| alias.name.clone();
        let (aliases, next_marker) = page(aliases, name, self.marker.as_deref(), self.max_items);
        let aliases = aliases
            .iter()
            .map(|alias| configuration::of_alias(&scope, &target.name, alias))
            .collect();
        Ok(ListAliasesOutput {
            next_marker,
            aliases: Some(aliases),
        })
    }
}
