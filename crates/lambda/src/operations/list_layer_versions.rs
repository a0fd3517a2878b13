//! ListLayerVersions.

use crate::error::Error;
use crate::lambda::Lambda;
use crate::layers::{self, LayerVersionRecord};
use crate::page::page;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{ListLayerVersionsInput, ListLayerVersionsOutput};

impl Operate<Lambda> for ListLayerVersionsInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let (scope, name) = layers::layer_of(&Scope::of(caller), &self.layer_name);
        let arn = layers::layer_arn(&scope, &name);
        Ok(vec![Requirement::new("lambda:ListLayerVersions", arn)])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<ListLayerVersionsOutput, Error> {
        let (scope, name) = layers::layer_of(&Scope::of(permit.caller()), &self.layer_name);
        let (runtime, architecture) = (self.compatible_runtime, self.compatible_architecture);
        let found = layers::matching(lambda, &scope, &name, runtime, architecture).await?;
        let number = |record: &LayerVersionRecord| record.version.to_string();
        let (found, next_marker) = page(found, number, self.marker.as_deref(), self.max_items);
        let listed = found.iter().map(|record| layers::listed(&scope, record));
        Ok(ListLayerVersionsOutput {
            next_marker,
            layer_versions: Some(listed.collect()),
        })
    }
}
