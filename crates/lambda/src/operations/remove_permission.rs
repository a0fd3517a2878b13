//! RemovePermission.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::permissions;
use crate::record::{self, StatementRecord};
use crate::target::{Scope, Target};
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::RemovePermissionInput;

impl Operate<Lambda> for RemovePermissionInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        let policy = catalog::policy(&lambda.0.store, &target).await?;
        let statements = policy.map(|policy| policy.statements).unwrap_or_default();
        let statement = statements.iter().find(|s| s.sid == self.statement_id);
        let remove = on_target("lambda:RemovePermission", &target).into_iter();
        let remove = remove.map(|requirement| {
            requirement
                .with("lambda:Principal", statement.map(|s| s.principal.name()))
                .with(
                    "lambda:FunctionUrlAuthType",
                    statement.and_then(StatementRecord::function_url_auth_type),
                )
        });
        Ok(remove.collect())
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let revision_id = &lambda.0.entropy.uuid();
        let input = &self;
        let store = &lambda.0.store;
        store
            .transact(|txn| async move { remove(&txn, target, input, revision_id).await })
            .await
    }
}

fn parse(input: &RemovePermissionInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}

async fn remove(
    txn: &Txn,
    target: &Target,
    input: &RemovePermissionInput,
    revision_id: &str,
) -> Result<(), Error> {
    let missing = || Error::NoPolicyFound(target.function_arn().to_string());
    catalog::function(txn, target, missing).await?;
    permissions::check_target(txn, target).await?;
    let policy = catalog::policy(txn, target).await?;
    let mut policy = policy.ok_or(Error::NoPolicyAssociated)?;
    let given = input.revision_id.as_ref();
    permissions::check_revision(txn, target, Some(&policy), given).await?;
    let before = policy.statements.len();
    policy
        .statements
        .retain(|statement| statement.sid != input.statement_id);
    if policy.statements.len() == before {
        return Err(Error::StatementNotFound(input.statement_id.clone()));
    }
    let key = record::policy_key(&target.scope, &target.name, target.qualifier.as_ref());
    if policy.statements.is_empty() {
        txn.delete(key);
    } else {
        revision_id.clone_into(&mut policy.revision_id);
        txn.put(key, kv::record::encode(&policy));
    }
    permissions::revise(txn, target, revision_id).await
}
