//! ListLayers.

use crate::catalog;
use crate::error::Error;
use crate::lambda::Lambda;
use crate::layers::{self, LayerRecord};
use crate::page::page;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{LayersListItem, ListLayersInput, ListLayersOutput};

impl Operate<Lambda> for ListLayersInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("lambda:ListLayers", "*")])
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<ListLayersOutput, Error> {
        let scope = Scope::of(permit.caller());
        let (runtime, architecture) = (self.compatible_runtime, self.compatible_architecture);
        let kept: Vec<LayerRecord> = catalog::list(&lambda.0.store, layers::layers(&scope)).await?;
        let mut items = Vec::new();
        for LayerRecord { name, .. } in kept {
            let found = layers::matching(lambda, &scope, &name, runtime, architecture).await?;
            // A layer without versions is none.
            if let Some(latest) = found.first() {
                items.push(LayersListItem {
                    layer_arn: Some(layers::layer_arn(&scope, &name)),
                    layer_name: Some(name),
                    latest_matching_version: Some(layers::listed(&scope, latest)),
                });
            }
        }
        let name = |item: &LayersListItem| item.layer_name.clone().unwrap_or_default();
        let (items, next_marker) = page(items, name, self.marker.as_deref(), self.max_items);
        Ok(ListLayersOutput {
            next_marker,
            layers: Some(items),
        })
    }
}
