//! UpdateIntegration.

use super::{put_integration, require, require_pass_role, scope};
use crate::error::{Bad, Error, Missing};
use crate::patch::{self, Patch};
use crate::record::{Integration, Named, Passthrough};
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{
    ConnectionType, ContentHandlingStrategy, Integration as IntegrationShape, IntegrationType, Op,
    ResponseTransferMode, UpdateIntegrationInput,
};

impl Operate<Gateway> for UpdateIntegrationInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let path = [
            resource.as_slice(),
            &["methods", &self.http_method, "integration"],
        ]
        .concat();
        let mut requirements = require(caller, "PATCH", &path);
        for role in patch::values_of(self.patch_operations.as_ref(), "credentials") {
            requirements.extend(require_pass_role(Some(role)));
        }
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<IntegrationShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let integration = gateway
            .store
            .transact(|txn| async move {
                let (verb, mut method) = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await?;
                let integration = method.integration.take();
                let mut integration = integration.ok_or(Missing::Integration)?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut integration, &patch)?;
                }
                put_integration::check(&integration, &method)?;
                method.integration = Some(integration.clone());
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok::<_, Error>(integration)
            })
            .await?;
        Ok(shape::integration(integration))
    }
}

fn apply(integration: &mut Integration, patch: &Patch) -> Result<(), Error> {
    match patch.parts().as_slice() {
        ["requestParameters", name] => {
            let mappings = &mut integration.request_parameters;
            return patch.change(mappings, name, patch.text(), || {
                Missing::ParameterName.into()
            });
        }
        ["requestTemplates", content_type] => {
            let templates = &mut integration.request_templates;
            let missing = || Missing::ContentType.into();
            return patch.change(templates, content_type, patch.text(), missing);
        }
        ["cacheKeyParameters", name] => {
            let names = &mut integration.cache_key_parameters;
            match patch.op {
                Op::Remove => names.retain(|there| there != name),
                Op::Add | Op::Replace => names.push((*name).to_owned()),
                Op::Move | Op::Copy | Op::Test => return Err(patch.unknown_path()),
            }
        }
        ["contentHandling"] => {
            integration.content_handling = named::<ContentHandlingStrategy>(patch)?;
        }
        ["credentials"] if patch.op == Op::Remove => integration.credentials = None,
        [member] => {
            patch.only_replace()?;
            replace(integration, member, patch)?;
        }
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}

fn replace(integration: &mut Integration, member: &str, patch: &Patch) -> Result<(), Error> {
    match member {
        "uri" => integration.uri = patch.optional_text(),
        "httpMethod" => integration.http_method = patch.optional_text(),
        "credentials" => integration.credentials = patch.optional_text(),
        "connectionId" => integration.connection_id = patch.optional_text(),
        "connectionType" => integration.connection_type = named::<ConnectionType>(patch)?,
        "cacheNamespace" => integration.cache_namespace = patch.text(),
        "timeoutInMillis" => {
            let longest = put_integration::longest_timeout(integration);
            let timeout = patch.text().parse();
            integration.timeout_ms = timeout.map_err(|_| Bad::Timeout { longest })?;
        }
        "passthroughBehavior" => {
            let behavior = Passthrough::from_name(&patch.text());
            integration.passthrough = behavior.ok_or(Bad::PassthroughBehavior)?;
        }
        "responseTransferMode" => {
            integration.response_transfer_mode = named::<ResponseTransferMode>(patch)?;
        }
        "type" => {
            let kind = named::<IntegrationType>(patch)?;
            integration.kind = kind.ok_or_else(|| patch.unknown_path())?;
        }
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}

/// The name in a patch's value; nothing removes it.
pub(super) fn named<T: Enumeration>(patch: &Patch) -> Result<Option<Named<T>>, Error> {
    match patch.optional_text().filter(|_| patch.op != Op::Remove) {
        None => Ok(None),
        Some(name) => match T::from_name(&name) {
            Some(value) => Ok(Some(Named(value))),
            None => Err(patch.unknown_path()),
        },
    }
}
