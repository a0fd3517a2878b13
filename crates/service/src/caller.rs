//! Who calls, and from where.

use base::{AccountId, Arn, Region, RequestId, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;

/// An authenticated caller in one request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account in which the request acts: the principal's own.
    pub account: AccountId,
    /// From the signature's scope.
    pub region: Region,
    pub principal: Principal,
    pub request_id: RequestId,
    /// When the request arrived.
    pub time: Timestamp,
    pub source: Source,
}

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    /// The address of the page that led to it, as the client says.
    pub referer: Option<String>,
    /// The X-Ray header that it came with, which tells what led to it.
    pub trace: Option<String>,
    /// Whether it came over TLS.
    pub secure: bool,
    /// Services through which the call came, outermost first: `apigateway.amazonaws.com`.
    pub via: Vec<&'static str>,
}

/// An authenticated identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The account's root user.
    Root,
    User {
        arn: Arn,
        /// `AIDA...`
        id: String,
        name: String,
        access_key_id: String,
        /// Whether it came with temporary credentials of GetSessionToken.
        session: bool,
    },
    Role(Arc<RoleSession>),
    Federated(Arc<FederatedSession>),
    /// An AWS service that acts by itself, such as `apigateway.amazonaws.com`, for a resource.
    Service {
        name: &'static str,
        source_arn: Arn,
        source_account: AccountId,
    },
    Anonymous,
}

/// A session of an assumed role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSession {
    pub role_arn: Arn,
    /// `AROA...`
    pub role_id: String,
    pub session_name: String,
    pub access_key_id: String,
    /// Policies given when the role was assumed, as JSON: they narrow the role's own.
    pub session_policies: Vec<String>,
    /// Tags of the session, for `aws:PrincipalTag`.
    pub tags: Vec<(String, String)>,
    /// Keys of tags that a role assumed from this session inherits.
    pub transitive_tag_keys: Vec<String>,
    /// Who is behind the session, if whoever assumed the role said so.
    pub source_identity: Option<String>,
    pub issued_at: Timestamp,
    /// Further condition keys that follow from how the session was made, such as
    /// `aws:FederatedProvider`, each with its value.
    pub facts: Vec<(String, String)>,
}

/// A session that a user gave to somebody else: GetFederationToken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedSession {
    /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
    pub arn: Arn,
    pub name: String,
    /// The user who asked for it, as ARN and unique id; `None` if it was the account's root.
    pub user: Option<(Arn, String)>,
    pub access_key_id: String,
    /// Policies given with it, as JSON: without any, it may do nothing.
    pub session_policies: Vec<String>,
    /// Tags of the session, for `aws:PrincipalTag`.
    pub tags: Vec<(String, String)>,
    pub issued_at: Timestamp,
}

impl RoleSession {
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    pub fn arn(&self) -> String {
        let role = self
            .role_arn
            .resource()
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let account = self.role_arn.account();
        format!(
            "arn:{}:sts::{account}:assumed-role/{role}/{}",
            base::PARTITION,
            self.session_name
        )
    }
}

impl Caller {
    /// The principal's ARN as AWS's messages print it; a service's name for services.
    pub fn arn(&self) -> String {
        match &self.principal {
            Principal::Root => Arn::global("iam", self.account, "root").to_string(),
            Principal::User { arn, .. } => arn.to_string(),
            Principal::Role(session) => session.arn(),
            Principal::Federated(session) => session.arn.to_string(),
            Principal::Service { name, .. } => (*name).to_owned(),
            Principal::Anonymous => "anonymous".to_owned(),
        }
    }

    /// The caller as the policy language sees it.
    pub fn policy_principal(&self) -> policy::Principal {
        match &self.principal {
            Principal::Root => policy::Principal::Root {
                account: self.account,
            },
            Principal::User { arn, id, name, .. } => policy::Principal::User {
                arn: arn.clone(),
                id: id.clone(),
                name: name.clone(),
            },
            Principal::Role(session) => {
                let role_name = session.role_arn.resource().rsplit('/').next();
                let resource = format!(
                    "assumed-role/{}/{}",
                    role_name.unwrap_or_default(),
                    session.session_name
                );
                policy::Principal::AssumedRole {
                    role: session.role_arn.clone(),
                    session: Arn::global("sts", self.account, &resource),
                    role_id: session.role_id.clone(),
                    session_name: session.session_name.clone(),
                }
            }
            Principal::Federated(session) => policy::Principal::FederatedUser {
                session: session.arn.clone(),
                name: session.name.clone(),
                user: session.user.as_ref().map(|(arn, _)| arn.clone()),
            },
            Principal::Service { name, .. } => policy::Principal::Service {
                name: (*name).to_owned(),
                region: Some(self.region.to_string()),
            },
            Principal::Anonymous => policy::Principal::Anonymous,
        }
    }

    /// The access key that signed the request, if one did.
    pub fn access_key_id(&self) -> Option<&str> {
        match &self.principal {
            Principal::User { access_key_id, .. } => Some(access_key_id),
            Principal::Role(session) => Some(&session.access_key_id),
            Principal::Federated(session) => Some(&session.access_key_id),
            Principal::Root | Principal::Service { .. } | Principal::Anonymous => None,
        }
    }
}
