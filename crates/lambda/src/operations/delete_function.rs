//! DeleteFunction: the function with all its versions, or one published version.

use crate::catalog;
use crate::error::{Error, Invalid};
use crate::function_url;
use crate::lambda::{Lambda, on_target};
use crate::record::{self, AliasRecord, VersionRecord};
use crate::target::{LATEST, Qualifier, Scope, Target};
use kv::{KeyRange, Order, Txn};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::lambda::{DeleteFunctionInput, DeleteFunctionOutput};

impl Operate<Lambda> for DeleteFunctionInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:DeleteFunction", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<DeleteFunctionOutput, Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let store = &lambda.0.store;
        let versions: Vec<String> = match &target.qualifier {
            None => {
                store
                    .transact(|txn| async move { delete_all(&txn, target).await })
                    .await?
            }
            Some(Qualifier::Version(number)) => {
                store
                    .transact(|txn| async move { delete_version(&txn, target, *number).await })
                    .await?
            }
            Some(Qualifier::Latest) => return Err(Invalid::DeleteLatest.into()),
            Some(Qualifier::Alias(_)) => return Err(Invalid::DeleteAlias.into()),
        };
        lambda.0.reservations.forget(&target.scope);
        let arn = target.function_arn().to_string();
        for version in versions {
            lambda.0.engine.retire(&arn, &version);
        }
        lambda.spawn_layer_sweep();
        Ok(DeleteFunctionOutput {
            status_code: Some(204),
        })
    }
}

fn parse(input: &DeleteFunctionInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}

/// Deletes everything of a function and answers the names of its versions.
async fn delete_all(txn: &Txn, target: &Target) -> Result<Vec<String>, Error> {
    let Target { scope, name, .. } = target;
    let function = catalog::named(txn, target).await?;
    function.latest.code.delete(txn, scope, name);
    let mut names = vec![LATEST.to_owned()];
    for (number, version) in versions(txn, target).await? {
        version.code.delete(txn, scope, name);
        names.push(number.to_string());
    }
    delete_range(txn, record::versions(scope, name)).await?;
    delete_range(txn, record::aliases(scope, name)).await?;
    delete_range(txn, record::policies(scope, name)).await?;
    for url in function_url::of_function(txn, scope, name).await? {
        txn.delete(function_url::id_key(&url.id));
    }
    for kind in record::QUALIFIED_KINDS {
        delete_range(txn, record::qualified(kind, scope, name)).await?;
    }
    txn.delete(record::function_key(scope, name));
    Ok(names)
}

async fn delete_range(txn: &Txn, range: KeyRange) -> Result<(), Error> {
    let mut entries = txn.scan(range, Order::Ascending);
    let mut keys = Vec::new();
    while let Some((key, _)) = entries.next().await? {
        keys.push(key);
    }
    keys.into_iter().for_each(|key| txn.delete(key));
    Ok(())
}

async fn versions(txn: &Txn, target: &Target) -> Result<BTreeMap<u64, VersionRecord>, Error> {
    let range = record::versions(&target.scope, &target.name);
    let mut entries = txn.scan(range, Order::Ascending);
    let mut versions = BTreeMap::new();
    while let Some((key, value)) = entries.next().await? {
        versions.insert(record::version_number(&key)?, kv::record::decode(&value)?);
    }
    Ok(versions)
}

/// Deletes a version that no alias names, and its code if no other version has it.
async fn delete_version(txn: &Txn, target: &Target, number: u64) -> Result<Vec<String>, Error> {
    let Target { scope, name, .. } = target;
    let function = catalog::named(txn, target).await?;
    let mut versions = versions(txn, target).await?;
    let named = number.to_string();
    let range = record::aliases(scope, name);
    let aliases: Vec<AliasRecord> = catalog::collect(txn.scan(range, Order::Ascending)).await?;
    let names_it = |alias: &AliasRecord| {
        let additional = alias.additional.as_ref();
        alias.version == named || additional.is_some_and(|(version, _)| *version == named)
    };
    let naming: Vec<String> = aliases
        .into_iter()
        .filter(|alias| names_it(alias))
        .map(|alias| alias.name)
        .collect();
    if !naming.is_empty() {
        return Err(Error::VersionInUse(naming));
    }
    // Deleting a version that does not exist succeeds, as on AWS.
    if let Some(version) = versions.remove(&number) {
        let is_used = function.latest.code == version.code
            || versions.values().any(|other| other.code == version.code);
        if !is_used {
            version.code.delete(txn, scope, name);
        }
        txn.delete(record::version_key(scope, name, number));
        txn.delete(record::policy_key(scope, name, target.qualifier.as_ref()));
        for kind in record::QUALIFIED_KINDS {
            txn.delete(record::qualified_key(kind, scope, name, &named));
        }
    }
    Ok(vec![named])
}
