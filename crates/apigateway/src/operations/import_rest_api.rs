//! ImportRestApi: a new API of an OpenAPI document.

use super::import_documentation_parts::import as import_documentation;
use super::{create_rest_api, new_api, put_rest_api, require, require_pass_roles, scope};
use crate::error::Error;
use crate::openapi::{Document, Mode, Options};
use crate::shape::{self, EmptyTags};
use crate::{Gateway, openapi};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{EndpointType, ImportRestApiInput, IpAddressType, RestApi as RestApiShape};

impl Operate<Gateway> for ImportRestApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let mut requirements = require(caller, "POST", &["restapis"]);
        requirements.extend(require_pass_roles(&self.body, caller));
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<RestApiShape, Error> {
        let document = &Document::import(&self.body, permit.caller())?;
        let options = Options::new(Mode::Merge, self.parameters.as_ref())?;
        let mut api = new_api(gateway, document.title());
        let endpoint = self
            .parameters
            .as_ref()
            .and_then(|p| p.get("endpointConfigurationTypes"));
        if let Some(kind) = endpoint.and_then(|kind| EndpointType::from_name(kind)) {
            api.endpoint.kind.0 = kind;
            if kind == EndpointType::Private {
                api.endpoint.ip_address_type.0 = IpAddressType::Dualstack;
            }
        }
        let (scope, api) = (&scope(permit, &api.id), &api);
        let imported = gateway
            .store
            .transact(|txn| async move {
                create_rest_api::create(&txn, scope, api, None).await?;
                let mut definition = put_rest_api::draft(scope, &txn).await?;
                let new_id = || super::new_id(gateway);
                openapi::import(document, options, &mut definition, &new_id)?;
                put_rest_api::save(scope, &txn, &definition).await?;
                import_documentation(gateway, document, &scope.shelf(), &txn).await?;
                Ok::<_, Error>(definition.api)
            })
            .await?;
        Ok(shape::rest_api(imported, EmptyTags::Left))
    }
}
