//! GetLayerVersion.

use crate::error::Error;
use crate::lambda::Lambda;
use crate::layers::{self, LayerTarget};
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{GetLayerVersionInput, GetLayerVersionResponse};

impl Operate<Lambda> for GetLayerVersionInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        let requirement = lambda.on_layer("lambda:GetLayerVersion", &target).await?;
        Ok(vec![requirement])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetLayerVersionResponse, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        let found = layers::find(&lambda.0.store, &target).await?;
        let record = found.ok_or(Error::ResourceNotFound)?;
        Ok(lambda.layer_version(&target, &record))
    }
}

fn parse(input: &GetLayerVersionInput, scope: &Scope) -> Result<LayerTarget, Error> {
    LayerTarget::parse(scope, &input.layer_name, input.version_number)
}
