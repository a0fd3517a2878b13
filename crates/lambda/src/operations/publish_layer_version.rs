//! PublishLayerVersion.

use crate::catalog::Reader;
use crate::code::Source;
use crate::error::Error;
use crate::lambda::Lambda;
use crate::layers::{self, LayerRecord, LayerTarget, LayerVersionRecord};
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::lambda::{PublishLayerVersionInput, PublishLayerVersionOutput};

impl Operate<Lambda> for PublishLayerVersionInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let (scope, name) = layers::layer_of(&Scope::of(caller), &self.layer_name);
        let arn = layers::layer_arn(&scope, &name);
        let mut requirements = vec![Requirement::new("lambda:PublishLayerVersion", arn)];
        // Content that is nowhere is refused by what reads it.
        let source = Source::of_layer(&self.content).ok();
        requirements.extend(source.and_then(|source| source.requirement()));
        Ok(requirements)
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<PublishLayerVersionOutput, Error> {
        let scope = &Scope::of(permit.caller());
        let (_, name) = &layers::layer_of(scope, &self.layer_name);
        let source = Source::of_layer(&self.content)?;
        let upload = &source.read(&lambda.0.config.code_places).await?;
        lambda.0.code.add(upload).await?;
        let template = &LayerVersionRecord {
            layer: name.clone(),
            version: 0,
            description: self.description.unwrap_or_default(),
            license: self.license_info,
            runtimes: self.compatible_runtimes.as_deref().map(names),
            architectures: self.compatible_architectures.as_deref().map(names),
            code: upload.code.clone(),
            created_ms: lambda.0.clock.now().as_millis(),
            deleted: false,
        };
        let key = &layers::layer_key(scope, name);
        let store = &lambda.0.store;
        let (target, record) = store
            .transact(|txn| async move {
                let layer: Option<LayerRecord> = txn.record(key).await?;
                let version = layer.map_or(1, |layer| layer.next_version);
                let target = LayerTarget {
                    scope: scope.clone(),
                    name: name.clone(),
                    version,
                };
                let record = LayerVersionRecord {
                    version,
                    ..template.clone()
                };
                let layer = LayerRecord {
                    name: name.clone(),
                    next_version: version + 1,
                };
                txn.put(key.clone(), kv::record::encode(&layer));
                txn.put(target.key(), kv::record::encode(&record));
                upload.put(&txn, scope, &target.code_name());
                Ok::<_, Error>((target, record))
            })
            .await?;
        let published = lambda.layer_version(&target, &record);
        Ok(PublishLayerVersionOutput {
            content: published.content,
            layer_arn: published.layer_arn,
            layer_version_arn: published.layer_version_arn,
            description: published.description,
            created_date: published.created_date,
            version: published.version,
            compatible_architectures: published.compatible_architectures,
            compatible_runtimes: published.compatible_runtimes,
            license_info: published.license_info,
        })
    }
}

fn names<T: Enumeration>(values: &[T]) -> Vec<String> {
    values
        .iter()
        .map(|value| value.as_str().to_owned())
        .collect()
}
