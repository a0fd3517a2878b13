//! CreateAuthorizer.

use super::{new_id, require, scope};
use crate::authorizer::IdentitySource;
use crate::described::said;
use crate::error::{Bad, Clash, Error};
use crate::integration_target;
use crate::keys::State;
use crate::record::{Authorizer, Named};
use crate::{Gateway, shape, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{Authorizer as AuthorizerShape, AuthorizerType, CreateAuthorizerInput};

impl Operate<Gateway> for CreateAuthorizerInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "authorizers"];
        let mut requirements = said(
            require(caller, "POST", &path),
            [
                ("AuthorizerType", Some(self.r#type.as_str().to_owned())),
                ("AuthorizerUri", self.authorizer_uri.clone()),
            ],
        );
        requirements.extend(super::require_pass_role(
            self.authorizer_credentials.as_deref(),
        ));
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<AuthorizerShape, Error> {
        if self.jwt_configuration.is_some() {
            return Err(Error::NotBuilt("jwtConfiguration".to_owned()));
        }
        let scope = &scope(permit, &self.rest_api_id);
        let authorizer = &Authorizer {
            id: new_id(gateway),
            name: self.name,
            kind: Named(self.r#type),
            provider_arns: self.provider_ar_ns.unwrap_or_default(),
            auth_type: self.auth_type,
            uri: self.authorizer_uri,
            credentials: self.authorizer_credentials,
            identity_source: self.identity_source,
            identity_validation: self.identity_validation_expression,
            ttl_s: self.authorizer_result_ttl_in_seconds,
        };
        gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await.map_err(|error| match error {
                    Error::NotFound(_) => Clash::ConcurrentModification.into(),
                    error => error,
                })?;
                check(authorizer)?;
                let others: Vec<Authorizer> =
                    store::list(&txn, scope.authorizers(State::Draft)).await?;
                if others.iter().any(|other| other.name == authorizer.name) {
                    return Err(Bad::AuthorizerName(authorizer.name.clone()).into());
                }
                scope.save_authorizer(&txn, authorizer);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::authorizer(authorizer.clone()))
    }
}

/// Checks what an authorizer of its type needs.
pub(crate) fn check(authorizer: &Authorizer) -> Result<(), Error> {
    if authorizer
        .ttl_s
        .is_some_and(|ttl| !(0..=3600).contains(&ttl))
    {
        return Err(Bad::AuthorizerTtl.into());
    }
    let source = authorizer.identity_source.as_deref().unwrap_or_default();
    for expression in source
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        let parsed = IdentitySource::parse(expression);
        parsed.ok_or_else(|| Bad::IdentitySource(expression.to_owned()))?;
    }
    match authorizer.kind.0 {
        AuthorizerType::CognitoUserPools => {
            if authorizer.provider_arns.is_empty() {
                return Err(Bad::NoProviderArns.into());
            }
            let is_pool =
                |arn: &&String| arn.contains(":cognito-idp:") && arn.contains(":userpool/");
            match authorizer.provider_arns.iter().find(|arn| !is_pool(arn)) {
                Some(arn) => Err(Bad::ProviderArn(arn.clone()).into()),
                None => Ok(()),
            }
        }
        AuthorizerType::Jwt => Err(Error::NotBuilt("authorizers of type JWT".to_owned())),
        AuthorizerType::Token | AuthorizerType::Request => {
            let uri = authorizer.uri.as_deref().unwrap_or_default();
            if integration_target::function_arn(uri).is_none() {
                return Err(Bad::AuthorizerUri(uri.to_owned()).into());
            }
            // Without a cache nothing has to tell requests apart.
            let cached = authorizer.ttl_s != Some(0);
            if source.is_empty() && (cached || authorizer.kind.0 == AuthorizerType::Token) {
                return Err(Bad::NoIdentitySource.into());
            }
            Ok(())
        }
    }
}
