//! OpenAPI 3 documents as HTTP APIs, and the other way round.

mod export;
mod import;

use super::error::Refusal;
use super::parts;
use super::record::{Api, Definition};
use super::{apis, authorizers, deployments, require, shapes, stages};
use crate::Gateway;
use crate::error::{Error, Missing};
use crate::keys::Scope;
use crate::openapi::{BasePath, Document, yaml};
use crate::operations::require_pass_roles;
use crate::shelf::Shelf;
use base::Entropy;
use export::Exporter;
use import::Imported;
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use std::collections::BTreeSet;

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::ExportApiInput>(),
        Handler::of::<shapes::ImportApiInput>(),
        Handler::of::<shapes::ReimportApiInput>(),
    ]
}

/// An HTTP API's document out and in again, without a server.
pub struct HttpApiDocument(Definition);

impl HttpApiDocument {
    /// Reads JSON or YAML.
    ///
    /// # Errors
    /// What ImportApi would refuse with.
    pub fn read(body: &[u8], entropy: &Entropy) -> Result<HttpApiDocument, Error> {
        let document = Document::parse(body)?;
        let imported = Imported::read(&document, BasePath::Ignore, entropy, 0)?;
        Ok(HttpApiDocument(imported.definition()))
    }

    pub fn route_keys(&self) -> BTreeSet<&str> {
        self.0.routes.iter().map(|it| it.key.as_str()).collect()
    }

    /// What ExportApi would write.
    pub fn export(&self) -> String {
        let exporter = Exporter {
            definition: &self.0,
            endpoint: String::new(),
            stage: None,
            extensions: true,
        };
        exporter.document().to_text()
    }
}

/// Keeps what a document says in the place of what was there.
async fn save(
    gateway: &Gateway,
    scope: &Scope,
    txn: &Txn,
    imported: &Imported,
) -> Result<Api, Error> {
    let former = parts::api(scope, txn).await?;
    let api = Api {
        id: former.id,
        created_ms: former.created_ms,
        tags: former
            .tags
            .into_iter()
            .chain(imported.api.tags.clone())
            .collect(),
        ..imported.api.clone()
    };
    let shelf = scope.shelf();
    stages::clear_parts(scope, txn).await?;
    Shelf::at(scope.account, &scope.region).save(txn, &api);
    for integration in &imported.integrations {
        shelf.save(txn, integration);
    }
    for authorizer in &imported.authorizers {
        authorizers::check(scope, txn, &api, authorizer).await?;
        shelf.save(txn, authorizer);
    }
    for route in &imported.routes {
        super::routes::check(scope, txn, &api, route).await?;
        shelf.save(txn, route);
    }
    deployments::automatic(gateway, scope, txn).await?;
    Ok(api)
}

fn read(
    gateway: &Gateway,
    caller: &Caller,
    body: &str,
    base_path: Option<&str>,
    fail_on_warnings: Option<bool>,
) -> Result<Imported, Error> {
    let document = Document::import(body.as_bytes(), caller)?;
    let base_path = BasePath::parse(base_path)?;
    let imported = Imported::read(&document, base_path, &gateway.entropy, gateway.now_ms())?;
    let warnings = &imported.api.warnings;
    match fail_on_warnings == Some(true) && !warnings.is_empty() {
        true => Err(Refusal::Import(format!(
            "Warnings found during import:\n{}",
            warnings.join("\n")
        ))
        .into()),
        false => Ok(imported),
    }
}

impl Operate<Gateway> for shapes::ImportApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let mut requirements = require(caller, "PUT", &["apis"]);
        requirements.extend(require_pass_roles(self.body.as_bytes(), caller));
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Api, Error> {
        let base_path = self.basepath.as_deref();
        let caller = permit.caller();
        let imported = &read(
            gateway,
            caller,
            &self.body,
            base_path,
            self.fail_on_warnings,
        )?;
        let scope = &parts::scope(permit, &imported.api.id);
        let api = gateway.store.transact(|txn| async move {
            apis::add(scope, &txn, &imported.api).await?;
            save(gateway, scope, &txn, imported).await
        });
        Ok(apis::shown(gateway, permit.caller(), api.await?))
    }
}

impl Operate<Gateway> for shapes::ReimportApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let mut requirements = require(caller, "PUT", &["apis", &self.api_id]);
        requirements.extend(require_pass_roles(self.body.as_bytes(), caller));
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Api, Error> {
        let base_path = self.basepath.as_deref();
        let caller = permit.caller();
        let imported = &read(
            gateway,
            caller,
            &self.body,
            base_path,
            self.fail_on_warnings,
        )?;
        let scope = &parts::scope(permit, &self.api_id);
        let api = gateway
            .store
            .transact(|txn| async move { save(gateway, scope, &txn, imported).await });
        Ok(apis::shown(gateway, permit.caller(), api.await?))
    }
}

impl Operate<Gateway> for shapes::ExportApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "exports", &self.specification];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::ExportApiOutput, Error> {
        for (name, value, known) in [
            ("specification", &self.specification, &["OAS30"][..]),
            ("outputType", &self.output_type, &["JSON", "YAML"]),
        ] {
            if !known.contains(&value.as_str()) {
                let value = value.clone();
                return Err(Refusal::Invalid { name, value }.into());
            }
        }
        let scope = parts::scope(permit, &self.api_id);
        let view = gateway.store.snapshot();
        parts::api(&scope, &view).await?;
        let shelf = scope.shelf();
        let definition = match &self.stage_name {
            None => deployments::definition(&scope, &view, String::new()).await?,
            Some(name) => {
                let stage: super::record::Stage = shelf.load(&view, name).await?;
                let id = stage.deployment_id.unwrap_or_default();
                let kept: Option<Definition> = shelf.find(&view, &id).await?;
                kept.ok_or(Missing::Called("Deployment"))?
            }
        };
        let exporter = Exporter {
            definition: &definition,
            endpoint: gateway.invoke_endpoint(&self.api_id, &permit.caller().region),
            stage: self.stage_name.as_deref(),
            extensions: self.include_extensions.unwrap_or(true),
        };
        let document = exporter.document();
        let text = match self.output_type.as_str() {
            "YAML" => yaml::write(&document),
            _ => document.to_text(),
        };
        Ok(shapes::ExportApiOutput {
            body: Some(text.into()),
        })
    }
}
