//! UpdateAlias.

use crate::aliases;
use crate::catalog;
use crate::configuration;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::record::{self, AliasRecord};
use crate::target::{Qualifier, Scope, Target};
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{AliasConfiguration, UpdateAliasInput};

impl Operate<Lambda> for UpdateAliasInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:UpdateAlias", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<AliasConfiguration, Error> {
        let scope = &Scope::of(permit.caller());
        let target = &Target::parse(scope, &self.function_name, None)?;
        let revision_id = &lambda.0.entropy.uuid();
        let input = &self;
        let store = &lambda.0.store;
        let alias: AliasRecord = store
            .transact(|txn| async move {
                let alias = changed(&txn, target, input, revision_id).await?;
                let key = record::alias_key(scope, &target.name, &alias.name);
                txn.put(key, kv::record::encode(&alias));
                Ok::<_, Error>(alias)
            })
            .await?;
        lambda.provide(target).await;
        Ok(configuration::of_alias(scope, &target.name, &alias))
    }
}

async fn changed(
    txn: &Txn,
    target: &Target,
    input: &UpdateAliasInput,
    revision_id: &str,
) -> Result<AliasRecord, Error> {
    let qualifier = Qualifier::Alias(input.name.clone());
    let missing = || Error::AliasNotFound(target.qualified_arn(&qualifier));
    let alias = catalog::alias(txn, &target.scope, &target.name, &input.name).await?;
    let mut alias = alias.ok_or_else(missing)?;
    Lambda::check_revision(input.revision_id.as_ref(), &alias.revision_id)?;
    if let Some(description) = &input.description {
        alias.description.clone_from(description);
    }
    if let Some(version) = &input.function_version {
        alias.version.clone_from(version);
    }
    if input.routing_config.is_some() {
        alias.additional = aliases::additional(input.routing_config.as_ref())?;
    }
    revision_id.clone_into(&mut alias.revision_id);
    aliases::check_versions(txn, target, &alias.version, alias.additional.as_ref()).await?;
    Ok(alias)
}
