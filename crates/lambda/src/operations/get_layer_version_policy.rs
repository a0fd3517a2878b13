//! GetLayerVersionPolicy.

use crate::error::{Absent, Error};
use crate::lambda::Lambda;
use crate::layers::{self, LayerTarget};
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{GetLayerVersionPolicyInput, GetLayerVersionPolicyOutput};

impl Operate<Lambda> for GetLayerVersionPolicyInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        let action = "lambda:GetLayerVersionPolicy";
        Ok(vec![lambda.on_layer(action, &target).await?])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetLayerVersionPolicyOutput, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        let store = &lambda.0.store;
        if layers::find(store, &target).await?.is_none() {
            return Err(Absent::LayerVersion(target.arn()).into());
        }
        let policy = layers::policy(store, &target).await?;
        let policy = policy.ok_or(Error::NoPolicyAssociated)?;
        Ok(GetLayerVersionPolicyOutput {
            policy: Some(policy.document()),
            revision_id: Some(policy.revision_id),
        })
    }
}

fn parse(input: &GetLayerVersionPolicyInput, scope: &Scope) -> Result<LayerTarget, Error> {
    LayerTarget::parse(scope, &input.layer_name, input.version_number)
}
