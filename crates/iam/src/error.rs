//! What IAM and STS refuse with, in AWS's words.

use crate::record::Kind;
use policy::Malformed;
use wire::{Common, Fault, iam, sts};

/// A refusal of an operation; `Display` is AWS's message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("The {} with name {} cannot be found.", .0.word(), .1)]
    NoSuch(Kind, String),
    #[error("The {} policy with name {} cannot be found.", .0.word(), .1)]
    NoSuchInlinePolicy(Kind, String),
    #[error("Policy {0} was not found.")]
    NoSuchPolicy(String),
    #[error("Policy {0} does not exist or is not attachable.")]
    NotAttachable(String),
    #[error("Scope ARN: {0} does not exist or is not attachable.")]
    NoSuchBoundary(String),
    #[error("Policy {arn} version {version} does not exist or is not attachable.")]
    NoSuchVersion { arn: String, version: String },
    #[error("The Access Key with id {0} cannot be found.")]
    NoSuchAccessKey(String),
    #[error("The account alias with name {0} cannot be found.")]
    NoSuchAlias(String),
    #[error("{}", already_exists(*.0, .1))]
    AlreadyExists(Kind, String),
    #[error("The account alias {0} already exists.")]
    AliasExists(String),
    #[error("{0}")]
    DeleteConflict(Conflict),
    #[error("{0}")]
    LimitExceeded(Limit),
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// A principal of this account that does not exist.
    #[error("Invalid principal in policy: \"AWS\":\"{0}\"")]
    NoSuchPrincipal(String),
    // Two spaces: the place of the ARN, which AWS leaves out.
    #[error("Invalid ARN:  Could not be parsed!")]
    UnreadableArn,
    #[error("ARN {0} is not valid.")]
    NotAPolicyArn(String),
    #[error("Policy is outside your own account.")]
    OutsideAccount,
    #[error("Invalid Marker.")]
    InvalidMarker,
    #[error("Duplicate tag keys found. Please note that Tag keys are case insensitive.")]
    DuplicateTagKeys,
    #[error("Must specify userName when calling with non-User credentials")]
    UserNameNeeded,
    #[error(
        "1 validation error detected: Value 'Expired' at 'status' failed to satisfy constraint: \
         Member must satisfy enum value set: [Active, Inactive]"
    )]
    StatusNotForCallers,

    // STS.
    #[error("{0} is invalid")]
    InvalidRoleArn(String),
    #[error("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}")]
    MayNotAssume { caller: String, role: String },
    #[error("Roles may not be assumed by root accounts.")]
    RootMayNotAssume,
    #[error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")]
    LongerThanTheRoleAllows,
    #[error(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
         role chaining."
    )]
    LongerThanChainsMayBe,
    #[error("Packed policy consumes {0}% of allotted space, please use smaller policy.")]
    PackedPolicyTooLarge(usize),
    #[error("The specified tag key {0} cannot be passed: it is inherited and transitive.")]
    TransitiveTagGiven(String),
    #[error(
        "MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA \
         serial number is valid and associated with this user."
    )]
    NoSuchMfaDevice,
    #[error("Cannot call GetSessionToken with session credentials")]
    SessionWithinSession,
    #[error("The request must be signed by a user or by the account's root.")]
    NoIdentity,
    /// A parameter that this service knows of and does not act on.
    #[error("The parameter {0} is not implemented by Fogbank.")]
    NotBuilt(&'static str),

    #[error("the store failed: {0}")]
    Store(#[from] kv::Error),
}

/// Why something cannot be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    #[error("Cannot delete entity, must detach all policies first.")]
    AttachedPolicies,
    #[error("Cannot delete entity, must delete policies first.")]
    InlinePolicies,
    #[error("Cannot delete entity, must delete access keys first.")]
    AccessKeys,
    #[error("Cannot delete entity, must remove users from group first.")]
    Members,
    #[error("Cannot delete a policy attached to entities.")]
    InUse,
    #[error(
        "This policy has more than one version. Before you delete a policy, you must delete the \
         policy's versions. The default version is deleted with the policy."
    )]
    Versions,
    #[error("Cannot delete the default version of a policy.")]
    DefaultVersion,
}

/// A quota. The numbers are AWS's defaults ("IAM and AWS STS quotas" of the IAM user guide).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    #[error("Cannot exceed quota for AccessKeysPerUser: 2")]
    AccessKeys,
    #[error(
        "A managed policy can have up to 5 versions. Before you create a new version, you must \
         delete an existing version."
    )]
    Versions,
    #[error("Cannot exceed quota for PoliciesPer{}: 10", .0.title())]
    AttachedPolicies(Kind),
    #[error("Cannot exceed quota for GroupsPerUser: 10")]
    GroupsPerUser,
    #[error("Cannot exceed quota for PolicySize: 6144")]
    ManagedPolicySize,
    #[error("Cannot exceed quota for ACLSizePerRole: 2048")]
    TrustPolicySize,
    #[error("Maximum policy size of {max} bytes exceeded for {} {name}", kind.word())]
    InlinePolicySize {
        kind: Kind,
        name: String,
        max: usize,
    },
    #[error("The number of tags has reached the maximum limit.")]
    Tags,
}

fn already_exists(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Policy => {
            format!("A policy called {name} already exists. Duplicate names are not allowed.")
        }
        _ => format!("{} with name {name} already exists.", kind.title()),
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        let modelled = match error {
            Error::NoSuch(..)
            | Error::NoSuchInlinePolicy(..)
            | Error::NoSuchPolicy(_)
            | Error::NotAttachable(_)
            | Error::NoSuchBoundary(_)
            | Error::NoSuchVersion { .. }
            | Error::NoSuchAccessKey(_)
            | Error::NoSuchAlias(_) => &iam::errors::NO_SUCH_ENTITY,
            Error::AlreadyExists(..) | Error::AliasExists(_) => &iam::errors::ENTITY_ALREADY_EXISTS,
            Error::DeleteConflict(_) => &iam::errors::DELETE_CONFLICT,
            Error::LimitExceeded(_) => &iam::errors::LIMIT_EXCEEDED,
            Error::Malformed(_) | Error::NoSuchPrincipal(_) => {
                &iam::errors::MALFORMED_POLICY_DOCUMENT
            }
            Error::DuplicateTagKeys => &iam::errors::INVALID_INPUT,
            Error::PackedPolicyTooLarge(_) => &sts::errors::PACKED_POLICY_TOO_LARGE,
            Error::UnreadableArn
            | Error::NotAPolicyArn(_)
            | Error::InvalidMarker
            | Error::UserNameNeeded
            | Error::StatusNotForCallers
            | Error::InvalidRoleArn(_)
            | Error::LongerThanTheRoleAllows
            | Error::LongerThanChainsMayBe => return Fault::common(Common::Validation, message),
            Error::TransitiveTagGiven(_) => {
                return Fault::new(400, "InvalidParameterValue", message);
            }
            Error::OutsideAccount
            | Error::MayNotAssume { .. }
            | Error::RootMayNotAssume
            | Error::NoSuchMfaDevice
            | Error::SessionWithinSession
            | Error::NoIdentity => return Fault::common(Common::AccessDenied, message),
            Error::NotBuilt(_) => return Fault::common(Common::NotImplemented, message),
            Error::Store(error) => return service::store_fault(&error),
        };
        Fault::modelled(modelled, message)
    }
}
