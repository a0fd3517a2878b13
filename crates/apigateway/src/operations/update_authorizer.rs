//! UpdateAuthorizer.

use super::create_authorizer::check;
use super::{require, scope};
use crate::described::patched;
use crate::error::{Bad, Error};
use crate::patch::{self, Patch};
use crate::record::{Authorizer, Named};
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{Authorizer as AuthorizerShape, AuthorizerType, Op, UpdateAuthorizerInput};

const PATHS: [&str; 9] = [
    "/name",
    "/authorizerUri",
    "/authorizerCredentials",
    "/authorizerResultTtlInSeconds",
    "/authType",
    "/identitySource",
    "/identityValidationExpression",
    "/providerARNs",
    "/type",
];

impl Operate<Gateway> for UpdateAuthorizerInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "authorizers",
            &self.authorizer_id,
        ];
        let mut requirements = patched(
            require(caller, "PATCH", &path),
            self.patch_operations.as_ref(),
            &[
                ("/type", "AuthorizerType"),
                ("/authorizerUri", "AuthorizerUri"),
            ],
        );
        for role in patch::values_of(self.patch_operations.as_ref(), "authorizerCredentials") {
            requirements.extend(super::require_pass_role(Some(role)));
        }
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<AuthorizerShape, Error> {
        let (scope, input) = (&scope(permit, &self.rest_api_id), &self);
        let authorizer = gateway
            .store
            .transact(|txn| async move {
                let mut authorizer = scope.load_authorizer(&txn, &input.authorizer_id).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut authorizer, &patch)?;
                }
                check(&authorizer)?;
                scope.save_authorizer(&txn, &authorizer);
                Ok::<_, Error>(authorizer)
            })
            .await?;
        Ok(shape::authorizer(authorizer))
    }
}

fn apply(authorizer: &mut Authorizer, patch: &Patch) -> Result<(), Error> {
    match (patch.op, patch.parts().as_slice()) {
        (Op::Add, ["providerARNs"]) => authorizer.provider_arns.push(patch.text()),
        (Op::Remove, ["providerARNs"]) => {
            authorizer.provider_arns.retain(|arn| *arn != patch.text());
        }
        (Op::Replace, ["name"]) => authorizer.name = patch.text(),
        (Op::Replace, ["authType"]) => authorizer.auth_type = patch.optional_text(),
        (Op::Replace, ["authorizerUri"]) => authorizer.uri = patch.optional_text(),
        (Op::Replace | Op::Remove, ["authorizerCredentials"]) => {
            authorizer.credentials = patch.optional_text();
        }
        (Op::Replace, ["identitySource"]) => authorizer.identity_source = patch.optional_text(),
        (Op::Replace | Op::Remove, ["identityValidationExpression"]) => {
            authorizer.identity_validation = patch.optional_text();
        }
        (Op::Replace, ["authorizerResultTtlInSeconds"]) => {
            let ttl = patch.text().parse().map_err(|_| Bad::AuthorizerTtl)?;
            authorizer.ttl_s = Some(ttl);
        }
        (Op::Replace, ["type"]) => {
            let kind = AuthorizerType::from_name(&patch.text());
            authorizer.kind = Named(kind.ok_or_else(|| patch.unknown_path())?);
        }
        _ => return Err(patch.only_replaces(&PATHS)),
    }
    Ok(())
}
