//! DeleteLayerVersion.

use crate::error::Error;
use crate::lambda::Lambda;
use crate::layers::{self, LayerTarget};
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::DeleteLayerVersionInput;

impl Operate<Lambda> for DeleteLayerVersionInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        let requirement = lambda
            .on_layer("lambda:DeleteLayerVersion", &target)
            .await?;
        Ok(vec![requirement])
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let store = &lambda.0.store;
        let deleted: Result<(), Error> = store
            .transact(|txn| async move {
                // Deleting one that does not exist succeeds, as on AWS.
                if let Some(mut record) = layers::find(&txn, target).await? {
                    record.deleted = true;
                    txn.put(target.key(), kv::record::encode(&record));
                    txn.delete(target.policy_key());
                }
                Ok(())
            })
            .await;
        lambda.spawn_layer_sweep();
        deleted
    }
}

fn parse(input: &DeleteLayerVersionInput, scope: &Scope) -> Result<LayerTarget, Error> {
    LayerTarget::parse(scope, &input.layer_name, input.version_number)
}
