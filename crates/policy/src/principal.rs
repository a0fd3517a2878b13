//! Who makes a request, and whom a resource-based policy names.

use base::{AccountId, Arn};
use std::borrow::Cow;
use std::fmt;

/// Who makes a request, once its signature is known to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The account itself: may do everything its policies do not deny.
    Root { account: AccountId },
    /// An IAM user, with long-term keys or a session token of its own.
    User {
        /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
        arn: Arn,
        /// The unique id, `AIDA...`.
        id: String,
        name: String,
    },
    /// A session of a role.
    AssumedRole {
        /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
        role: Arn,
        /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
        session: Arn,
        /// The role's unique id, `AROA...`.
        role_id: String,
        session_name: String,
    },
    /// A session of GetFederationToken.
    FederatedUser {
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        session: Arn,
        name: String,
        /// The user who asked for it; `None` if it was the account's root.
        user: Option<Arn>,
    },
    /// Whom an identity provider vouches for, before a role is assumed.
    WebIdentity {
        /// The provider's ARN, or its domain for those AWS knows by itself.
        provider: String,
    },
    /// An AWS service acting by itself, such as `apigateway.amazonaws.com`.
    Service {
        name: String,
        /// Where it acts, as far as that is known: `logs.us-east-1.amazonaws.com` is
        /// `logs.amazonaws.com` in that region.
        region: Option<String>,
    },
    /// Nobody: the request was not signed.
    Anonymous,
}

impl Principal {
    /// The account the principal belongs to; services and anonymous callers have none.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Principal::Root { account } => Some(*account),
            Principal::User { arn, .. }
            | Principal::AssumedRole { session: arn, .. }
            | Principal::FederatedUser { session: arn, .. } => arn.account().parse().ok(),
            Principal::WebIdentity { .. } | Principal::Service { .. } | Principal::Anonymous => {
                None
            }
        }
    }

    /// The unique id that `aws:userid` shows and GetCallerIdentity answers.
    pub fn user_id(&self) -> Option<Cow<'_, str>> {
        match self {
            Principal::Root { account } => Some(Cow::Owned(account.to_string())),
            Principal::User { id, .. } => Some(Cow::Borrowed(id)),
            Principal::AssumedRole {
                role_id,
                session_name,
                ..
            } => Some(Cow::Owned(format!("{role_id}:{session_name}"))),
            Principal::FederatedUser { session, name, .. } => {
                Some(Cow::Owned(format!("{}:{name}", session.account())))
            }
            Principal::Anonymous => Some(Cow::Borrowed("anonymous")),
            Principal::WebIdentity { .. } | Principal::Service { .. } => None,
        }
    }

    /// The ARN that `aws:PrincipalArn` shows: for a session, that of its role.
    pub fn identity_arn(&self) -> Option<Cow<'_, str>> {
        match self {
            Principal::Root { account } => {
                let root = Arn::global("iam", *account, "root");
                Some(Cow::Owned(root.to_string()))
            }
            Principal::User { arn, .. }
            | Principal::AssumedRole { role: arn, .. }
            | Principal::FederatedUser { session: arn, .. } => Some(Cow::Borrowed(arn.as_str())),
            Principal::WebIdentity { .. } | Principal::Service { .. } | Principal::Anonymous => {
                None
            }
        }
    }
}

/// The principal as messages name it: a user's, session's or account's ARN, a service's name.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Principal::Root { account } => write!(f, "{}", Arn::global("iam", *account, "root")),
            Principal::User { arn, .. }
            | Principal::AssumedRole { session: arn, .. }
            | Principal::FederatedUser { session: arn, .. } => f.write_str(arn.as_str()),
            Principal::Service { name, .. } | Principal::WebIdentity { provider: name } => {
                f.write_str(name)
            }
            Principal::Anonymous => f.write_str("anonymous"),
        }
    }
}

/// One entry of a `Principal` or `NotPrincipal` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalPattern {
    /// `*`
    Anyone,
    /// Twelve digits or the ARN of the account's root: whoever the account lets.
    Account(AccountId),
    /// A user, a role or a role session, by ARN.
    Arn(Arn),
    /// A unique id, `AIDA...` or `AROA...`: what is left of an ARN whose owner was deleted.
    UniqueId(String),
    Service(String),
    Federated(String),
    CanonicalUser(String),
}

/// How closely a policy named the principal. This decides which other policies still limit the
/// grant: see [`crate::evaluate()`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Closeness {
    /// Through its account, which may let it or not.
    Account,
    /// A session through its role or user.
    Role,
    /// By its own ARN or id, or together with everyone.
    Itself,
}

impl PrincipalPattern {
    /// Whether a statement that denies all but this entry spares the principal: only its own ARN
    /// does that, not that of its account, nor that of a session's role ("AWS JSON policy elements: NotPrincipal"
    /// of the IAM user guide).
    pub(crate) fn spares(&self, principal: &Principal) -> bool {
        match self.names(principal) {
            Some(Closeness::Itself) => true,
            Some(Closeness::Account) => matches!(principal, Principal::Root { .. }),
            Some(Closeness::Role) | None => false,
        }
    }

    pub(crate) fn names(&self, principal: &Principal) -> Option<Closeness> {
        let matched = |yes: bool, closeness| yes.then_some(closeness);
        match (self, principal) {
            (PrincipalPattern::Anyone, _) => Some(Closeness::Itself),
            (PrincipalPattern::Account(account), _) => {
                matched(principal.account() == Some(*account), Closeness::Account)
            }
            (PrincipalPattern::Arn(named), Principal::User { arn, .. }) => {
                matched(named == arn, Closeness::Itself)
            }
            (PrincipalPattern::Arn(named), Principal::AssumedRole { role, session, .. }) => {
                matched(named == session, Closeness::Itself)
                    .or(matched(named == role, Closeness::Role))
            }
            (PrincipalPattern::Arn(named), Principal::FederatedUser { session, user, .. }) => {
                matched(named == session, Closeness::Itself)
                    .or(matched(Some(named) == user.as_ref(), Closeness::Role))
            }
            (PrincipalPattern::Federated(named), Principal::WebIdentity { provider }) => {
                matched(named == provider, Closeness::Itself)
            }
            (PrincipalPattern::UniqueId(named), Principal::User { id, .. }) => {
                matched(named == id, Closeness::Itself)
            }
            (PrincipalPattern::UniqueId(named), Principal::AssumedRole { role_id, .. }) => {
                matched(named == role_id, Closeness::Role)
            }
            (PrincipalPattern::Service(named), Principal::Service { name, region }) => {
                let region = region.as_deref();
                let is_regional = || regional_name(name, region).as_ref() == Some(named);
                matched(named == name || is_regional(), Closeness::Itself)
            }
            _ => None,
        }
    }
}

/// The name that a service has in one region.
pub(crate) fn regional_name(name: &str, region: Option<&str>) -> Option<String> {
    let (service, domain) = name.split_once('.')?;
    region.map(|region| format!("{service}.{region}.{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closeness_of_each_form() {
        let arn = |text: &str| text.parse::<Arn>().unwrap();
        let user = Principal::User {
            arn: arn("arn:aws:iam::111111111111:user/a/bob"),
            id: "AIDA1".into(),
            name: "bob".into(),
        };
        let session = Principal::AssumedRole {
            role: arn("arn:aws:iam::111111111111:role/p/r"),
            session: arn("arn:aws:sts::111111111111:assumed-role/r/s"),
            role_id: "AROA1".into(),
            session_name: "s".into(),
        };
        let service = Principal::Service {
            name: "lambda.amazonaws.com".into(),
            region: Some("eu-west-1".into()),
        };
        let named = |text: &str| PrincipalPattern::Arn(arn(text));
        let account = PrincipalPattern::Account("111111111111".parse().unwrap());
        let check = |pattern: &PrincipalPattern, principal: &Principal, expected| {
            assert_eq!(
                pattern.names(principal),
                expected,
                "{pattern:?} {principal}"
            );
        };
        check(&PrincipalPattern::Anyone, &user, Some(Closeness::Itself));
        check(&PrincipalPattern::Anyone, &session, Some(Closeness::Itself));
        check(&PrincipalPattern::Anyone, &service, Some(Closeness::Itself));
        check(&account, &user, Some(Closeness::Account));
        check(&account, &session, Some(Closeness::Account));
        check(&account, &service, None);
        check(
            &named("arn:aws:iam::111111111111:user/a/bob"),
            &user,
            Some(Closeness::Itself),
        );
        check(&named("arn:aws:iam::111111111111:user/bob"), &user, None);
        check(
            &named("arn:aws:iam::111111111111:role/p/r"),
            &session,
            Some(Closeness::Role),
        );
        let own = named("arn:aws:sts::111111111111:assumed-role/r/s");
        check(&own, &session, Some(Closeness::Itself));
        check(
            &PrincipalPattern::UniqueId("AROA1".into()),
            &session,
            Some(Closeness::Role),
        );
        let lambda = PrincipalPattern::Service("lambda.amazonaws.com".into());
        check(&lambda, &service, Some(Closeness::Itself));
        check(&lambda, &user, None);
        let regional = PrincipalPattern::Service("lambda.eu-west-1.amazonaws.com".into());
        check(&regional, &service, Some(Closeness::Itself));
        let elsewhere = PrincipalPattern::Service("lambda.us-east-1.amazonaws.com".into());
        check(&elsewhere, &service, None);
        assert_eq!(session.user_id().as_deref(), Some("AROA1:s"));
        assert_eq!(user.account(), session.account());
    }
}
