//! DeleteAlias. One that does not exist is deleted too, as on AWS.

use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::record;
use crate::target::{Qualifier, Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::DeleteAliasInput;

impl Operate<Lambda> for DeleteAliasInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:DeleteAlias", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?;
        let name = &target.name;
        let qualifier = Qualifier::Alias(self.name.clone());
        let mut keys = vec![
            record::alias_key(&scope, name, &self.name),
            record::policy_key(&scope, name, Some(&qualifier)),
        ];
        let of_kind = |kind| record::qualified_key(kind, &scope, name, &self.name);
        keys.extend(record::QUALIFIED_KINDS.map(of_kind));
        let keys = &keys;
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                keys.iter().for_each(|key| txn.delete(key.clone()));
                Ok::<_, Error>(())
            })
            .await?;
        lambda.provide(&target).await;
        Ok(())
    }
}
