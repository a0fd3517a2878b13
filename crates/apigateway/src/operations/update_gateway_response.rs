//! UpdateGatewayResponse: changes the API's own response, or makes one of the default.

use super::put_gateway_response::status;
use super::{get_gateway_responses, require, scope};
use crate::error::{Bad, Error, Missing};
use crate::patch::{self, Patch};
use crate::record::{GatewayResponse, Texts};
use crate::{Gateway, parameters, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{GatewayResponse as ResponseShape, Op, UpdateGatewayResponseInput};

impl Operate<Gateway> for UpdateGatewayResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let kind = self.response_type.as_str();
        Ok(require(
            caller,
            "PATCH",
            &["restapis", &self.rest_api_id, "gatewayresponses", kind],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ResponseShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        gateway
            .store
            .transact(|txn| async move {
                let mut set = get_gateway_responses::load(scope, &txn).await?;
                let kind = input.response_type;
                let mut response = set.remove(kind.as_str()).unwrap_or_default();
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut response, &patch)?;
                }
                parameters::check_gateway_response_mappings(&response.parameters)?;
                scope.save_gateway_response(&txn, kind.as_str(), &response);
                set.insert(kind.as_str().to_owned(), response);
                Ok::<_, Error>(shape::gateway_response(kind, &set))
            })
            .await
    }
}

fn apply(response: &mut GatewayResponse, patch: &Patch) -> Result<(), Error> {
    match (patch.op, patch.parts().as_slice()) {
        (Op::Replace, ["statusCode"]) => response.status = Some(status(&patch.text())?),
        (_, ["responseParameters", name]) => {
            change(&mut response.parameters, "responseParameters", name, patch)?;
        }
        (_, ["responseTemplates", content_type]) => {
            change(
                &mut response.templates,
                "responseTemplates",
                content_type,
                patch,
            )?;
        }
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}

fn change(
    members: &mut Texts,
    member: &'static str,
    name: &str,
    patch: &Patch,
) -> Result<(), Error> {
    if patch.op != Op::Remove && patch.optional_text().is_none() {
        return Err(Bad::NullValue(member).into());
    }
    let mut changed = Some(std::mem::take(members));
    let result = patch.change(&mut changed, name, patch.text(), || {
        Missing::ParameterName.into()
    });
    *members = changed.unwrap_or_default();
    result
}
