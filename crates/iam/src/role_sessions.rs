//! Services acting as roles that trust them.

use crate::access_keys::role_principal;
use crate::error::Error;
use crate::identity::trust_policy;
use crate::record::{Entity, Role, SessionOf};
use crate::records::Records;
use crate::{Iam, Mode};
use base::{AccountId, Arn, Region, RequestId};
use policy::{Context, NamedPolicy, PolicySet, Request, ResourcePolicy, evaluate};
use service::{
    AssumeError, BoxFuture, Caller, RoleSessions, ServiceSession, SessionCredentials, Source,
};
use std::sync::Arc;
use std::time::Duration;

/// The function whose code has the session ("Using source function ARN to control function access
/// behavior" of the Lambda developer guide).
const SOURCE_FUNCTION: &str = "lambda:SourceFunctionArn";

impl RoleSessions for Iam {
    fn assume<'a>(
        &'a self,
        role_arn: &'a str,
        session: ServiceSession<'a>,
    ) -> BoxFuture<'a, Result<(SessionCredentials, Caller), AssumeError>> {
        Box::pin(async move {
            let (account, role) = self.trusting_role(role_arn, session.service).await?;
            self.start(account, &role, session).map_err(unavailable)
        })
    }

    fn may_assume<'a>(
        &'a self,
        role_arn: &'a str,
        service: &'static str,
    ) -> BoxFuture<'a, Result<(), AssumeError>> {
        Box::pin(async move { self.trusting_role(role_arn, service).await.map(|_| ()) })
    }
}

impl Iam {
    /// The role that an ARN means, and its account.
    pub(crate) async fn find_role(&self, arn: &Arn) -> Result<Option<(AccountId, Role)>, Error> {
        let name = match (arn.service(), arn.resource().strip_prefix("role/")) {
            ("iam", Some(path)) => path.rsplit('/').next().unwrap_or_default(),
            _ => return Ok(None),
        };
        let Ok(account) = arn.account().parse() else {
            return Ok(None);
        };
        let records = Records::new(self.store.snapshot(), account);
        let found = records.find::<Role>(name).await?;
        Ok(found
            .filter(|role| role.arn(account) == *arn)
            .map(|role| (account, role)))
    }

    /// The role, if it exists and lets the service assume it.
    async fn trusting_role(
        &self,
        role_arn: &str,
        service: &'static str,
    ) -> Result<(AccountId, Role), AssumeError> {
        let none = || AssumeError::NoSuchRole(role_arn.to_owned());
        let arn: Arn = role_arn.parse().map_err(|_| none())?;
        let found = self.find_role(&arn).await.map_err(unavailable)?;
        let (account, role) = found.ok_or_else(none)?;
        let trust = NamedPolicy {
            name: Arc::from("trust policy"),
            policy: trust_policy(&role, account).map_err(unavailable)?,
        };
        let principal = policy::Principal::Service {
            name: service.to_owned(),
            region: None,
        };
        let mut context = Context::new();
        context.insert("aws:SourceAccount", account.as_str());
        let request = Request::new(&principal, "sts:AssumeRole", role_arn, context);
        let policies = PolicySet {
            resource: ResourcePolicy::Rules(&trust),
            ..PolicySet::default()
        };
        let asked = self.mode == Mode::Enforce;
        match !asked || evaluate(&request, &policies).is_allowed() {
            true => Ok((account, role)),
            false => Err(AssumeError::NotTrusted(service)),
        }
    }

    fn start(
        &self,
        account: AccountId,
        role: &Role,
        asked: ServiceSession<'_>,
    ) -> Result<(SessionCredentials, Caller), Error> {
        let function = asked.source_function.iter();
        let facts = function.map(|arn| (SOURCE_FUNCTION.to_owned(), (*arn).to_owned()));
        let of = SessionOf::Role {
            arn: role.arn(account).to_string(),
            id: role.head.id.clone(),
            session_name: asked.name.to_owned(),
            policies: Vec::new(),
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            source_identity: None,
            facts: facts.collect(),
        };
        let duration = Duration::from_secs(asked.duration_s.into());
        let session = self.mint_ahead(account, of, duration);
        let caller = Caller {
            account,
            region: Region::default_region(),
            principal: role_principal(&session)?,
            request_id: RequestId::uuid(&self.entropy),
            time: self.clock.now(),
            source: Source {
                user_agent: Some(asked.service.to_owned()),
                ..Source::default()
            },
        };
        Ok((session.credentials(), caller))
    }
}

fn unavailable(error: Error) -> AssumeError {
    AssumeError::Unavailable(error.into())
}
