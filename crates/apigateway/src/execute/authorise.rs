//! Who may call a method.

use super::failure::Failure;
use super::{Signature, execute_arn};
use crate::Gateway;
use crate::compiled::{Api, Method, ResourcePolicy};
use crate::exchange::{Exchange, Identity};
use crate::record::AuthorizationType;
use service::{Caller, Principal, Requirement, Source, Verdict};
use wire::apigateway::GatewayResponseType;

impl Gateway {
    /// Authorises a request: by IAM or an authorizer as the method says, and by the API's policy if
    /// it has one. Answers the caller of a signed request.
    pub(super) async fn authorise(
        &self,
        api: &Api,
        method: &Method,
        exchange: &mut Exchange,
        signature: &Signature,
    ) -> Result<Option<Caller>, Failure> {
        let caller = match method.authorization_type {
            AuthorizationType::None => None,
            AuthorizationType::AwsIam => Some(signed(signature)?),
            AuthorizationType::Custom | AuthorizationType::CognitoUserPools => {
                let authorizer = method.authorizer.as_ref();
                let missing = || Failure::authorizer("there is no such authorizer".to_owned());
                let authorizer = authorizer.ok_or_else(missing)?;
                self.ask(authorizer, &method.authorization_scopes, exchange)
                    .await?;
                None
            }
        };
        let policy = match &api.policy {
            ResourcePolicy::None => None,
            ResourcePolicy::Policy(policy) => Some(policy.clone()),
            ResourcePolicy::Broken => {
                return Err(Failure::configuration("the resource policy cannot be read"));
            }
        };
        if caller.is_some() || policy.is_some() {
            let resource = execute_arn(exchange, &exchange.path);
            let requirement =
                Requirement::new("execute-api:Invoke", resource.clone()).resource_policy(policy);
            let asking = caller.clone().unwrap_or_else(|| anonymous(exchange));
            self.decide(&asking, &requirement, exchange, &resource)
                .await?;
        }
        if let Some(caller) = &caller {
            identify(caller, &mut exchange.identity);
        }
        Ok(caller)
    }

    pub(crate) async fn decide(
        &self,
        caller: &Caller,
        requirement: &Requirement,
        exchange: &Exchange,
        resource: &str,
    ) -> Result<(), Failure> {
        match self.neighbours.authorizer.decide(caller, requirement).await {
            Ok(Verdict::Allowed) => Ok(()),
            Ok(Verdict::Denied(denial)) => {
                let masked = masked(resource, exchange.account.as_str());
                Err(Failure::access_denied(
                    denial.message.replace(resource, &masked),
                ))
            }
            Err(fault) => {
                tracing::error!(%fault, "a request cannot be authorised");
                Err(Failure::configuration("authorisation failed"))
            }
        }
    }
}

pub(crate) fn signed(signature: &Signature) -> Result<Caller, Failure> {
    match signature {
        Signature::Valid(caller) => Ok(caller.as_ref().clone()),
        Signature::Absent => Err(Failure::signature(
            GatewayResponseType::MissingAuthenticationToken,
            "Missing Authentication Token".to_owned(),
        )),
        Signature::Refused {
            response,
            error_type,
            message,
        } => {
            let failure = Failure::signature(*response, message.clone());
            Err(failure.of_type(error_type))
        }
        Signature::Unknown => Err(Failure::configuration("a signature cannot be checked")),
    }
}

/// Somebody without a signature, for an API's policy to judge.
fn anonymous(exchange: &Exchange) -> Caller {
    caller(exchange, Principal::Anonymous)
}

/// A caller that acts within this exchange.
pub(crate) fn caller(exchange: &Exchange, principal: Principal) -> Caller {
    let via = match &principal {
        Principal::Service { name, .. } => vec![*name],
        _ => Vec::new(),
    };
    Caller {
        account: exchange.account,
        region: exchange.region.clone(),
        principal,
        request_id: exchange.request_id.clone(),
        time: exchange.time,
        source: Source {
            ip: exchange.identity.source_ip.parse().ok(),
            user_agent: exchange.identity.user_agent.clone(),
            referer: exchange.header("referer").map(str::to_owned),
            trace: exchange.header("x-amzn-trace-id").map(str::to_owned),
            secure: exchange.header("x-forwarded-proto") == Some("https"),
            via,
        },
    }
}

/// API Gateway shows all but the last four digits of an account as asterisks.
fn masked(arn: &str, account: &str) -> String {
    let shown = account.get(8..).unwrap_or_default();
    arn.replacen(account, &format!("********{shown}"), 1)
}

pub(crate) fn identify(caller: &Caller, identity: &mut Identity) {
    let unique_id = match &caller.principal {
        Principal::User { id, .. } => Some(id.clone()),
        Principal::Role(session) => Some(format!("{}:{}", session.role_id, session.session_name)),
        Principal::Federated(session) => Some(format!("{}:{}", caller.account, session.name)),
        Principal::Root => Some(caller.account.to_string()),
        Principal::Service { .. } | Principal::Anonymous => None,
    };
    identity.caller.clone_from(&unique_id);
    identity.user = unique_id;
    identity.user_arn = Some(caller.arn());
    identity.account_id = Some(caller.account.to_string());
    identity.access_key = caller.access_key_id().map(str::to_owned);
}
