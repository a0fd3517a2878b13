//! RemoveLayerVersionPermission.

use crate::error::{Error, Revised};
use crate::lambda::Lambda;
use crate::layers::{self, LayerTarget};
use crate::target::Scope;
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::RemoveLayerVersionPermissionInput;

impl Operate<Lambda> for RemoveLayerVersionPermissionInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        let action = "lambda:RemoveLayerVersionPermission";
        Ok(vec![lambda.on_layer(action, &target).await?])
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

fn parse(input: &RemoveLayerVersionPermissionInput, scope: &Scope) -> Result<LayerTarget, Error> {
    LayerTarget::parse(scope, &input.layer_name, input.version_number)
}

async fn remove(
    txn: &Txn,
    target: &LayerTarget,
    input: &RemoveLayerVersionPermissionInput,
    revision_id: &str,
) -> Result<(), Error> {
    layers::check_exists(txn, target).await?;
    let policy = layers::policy(txn, target).await?;
    let mut policy = policy.ok_or(Error::NoPolicyAssociated)?;
    let given = input.revision_id.as_ref();
    if given.is_some_and(|given| *given != policy.revision_id) {
        return Err(Error::StaleRevision(Revised::LayerPolicy));
    }
    let before = policy.statements.len();
    policy
        .statements
        .retain(|statement| statement.sid != input.statement_id);
    if policy.statements.len() == before {
        return Err(Error::StatementNotFound(input.statement_id.clone()));
    }
    if policy.statements.is_empty() {
        txn.delete(target.policy_key());
    } else {
        revision_id.clone_into(&mut policy.revision_id);
        txn.put(target.policy_key(), kv::record::encode(&policy));
    }
    Ok(())
}
