//! CreateAlias.

use crate::aliases;
use crate::configuration;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::record::{self, AliasRecord};
use crate::target::{Qualifier, Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{AliasConfiguration, CreateAliasInput};

impl Operate<Lambda> for CreateAliasInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:CreateAlias", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<AliasConfiguration, Error> {
        let scope = &Scope::of(permit.caller());
        let target = &Target::parse(scope, &self.function_name, None)?;
        let alias = &AliasRecord {
            additional: aliases::additional(self.routing_config.as_ref())?,
            name: self.name,
            description: self.description.unwrap_or_default(),
            version: self.function_version,
            revision_id: lambda.0.entropy.uuid(),
        };
        let key = &record::alias_key(scope, &target.name, &alias.name);
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                let (version, additional) = (&alias.version, alias.additional.as_ref());
                aliases::check_versions(&txn, target, version, additional).await?;
                if txn.get(key).await?.is_some() {
                    let qualifier = Qualifier::Alias(alias.name.clone());
                    return Err(Error::AliasExists(target.qualified_arn(&qualifier)));
                }
                txn.put(key.clone(), kv::record::encode(alias));
                Ok(())
            })
            .await?;
        Ok(configuration::of_alias(scope, &target.name, alias))
    }
}
