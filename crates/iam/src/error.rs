//! What IAM and STS refuse with, in AWS's words.

use crate::record::Kind;
use policy::Malformed;
use wire::{Common, Fault, iam, sts};

/// A refusal of an operation; `Display` is AWS's message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", no_such(*.0, .1))]
    NoSuch(Kind, String),
    #[error("{}", no_such_arn(*.0, .1))]
    NoSuchArn(Kind, String),
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
    #[error("Tag keys that begin with aws: are reserved.")]
    ReservedTagKey,
    #[error("Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles")]
    ReservedPath,
    #[error("Must specify userName when calling with non-User credentials")]
    UserNameNeeded,
    #[error(
        "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must \
         satisfy enum value set"
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
    #[error("Duplicate tag keys found. Please note that Tag keys are case insensitive.")]
    DuplicateSessionTagKeys,
    #[error(
        "One of the specified transitive tag keys can't be set because it conflicts with a \
         transitive tag key from the calling session."
    )]
    TransitiveTagGiven,
    #[error("The specified transitive tag key must be included in the requested tags.")]
    TransitiveTagMissing,
    #[error(
        "User: {caller} is not authorized to perform: sts:SetSourceIdentity on resource: {role}"
    )]
    MayNotSetSourceIdentity { caller: String, role: String },
    #[error(
        "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member \
         must have length less than or equal to 10"
    )]
    TooManySessionPolicies,
    #[error(
        "MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA \
         serial number is valid and associated with this user."
    )]
    NoSuchMfaDevice,
    #[error("Cannot call GetSessionToken with session credentials")]
    SessionWithinSession,
    #[error("The request must be signed by a user or by the account's root.")]
    NoIdentity,
    #[error("Cannot call GetFederationToken with session credentials")]
    NotForFederation,
    #[error("The specified value for AccessKeyId is invalid.")]
    InvalidAccessKeyId,
    #[error("Not authorized to perform sts:AssumeRoleWithWebIdentity")]
    MayNotAssumeWithIdentity,
    #[error("{0}")]
    InvalidIdentityToken(&'static str),
    #[error("Token expired")]
    IdentityTokenExpired,
    #[error("Invalid authorization message")]
    UnreadableAuthorizationMessage,

    // What users, roles and accounts have beside policies and keys.
    #[error("Login Profile for User {0} cannot be found.")]
    NoLoginProfile(String),
    #[error("Login Profile for user {0} already exists.")]
    LoginProfileExists(String),
    #[error("The Password Policy with domain name {0} cannot be found.")]
    NoPasswordPolicy(String),
    #[error("The account policy with name PasswordPolicy cannot be found.")]
    NoPasswordPolicyToDelete,
    #[error("{0}")]
    WeakPassword(&'static str),
    #[error("The old password was incorrect.")]
    WrongPassword,
    #[error("No such credential {0} exists")]
    NoSuchCredential(String),
    #[error("No such service {0} is supported for Service Specific Credentials")]
    NoSuchCredentialService(String),
    #[error("The Public Key with id {0} cannot be found.")]
    NoSuchSshKey(String),
    #[error("The Public Key is malformed or otherwise invalid.")]
    InvalidSshKey,
    #[error("The Public Key is encoded in neither the ssh-rsa nor the PEM format.")]
    UnrecognizedSshKey,
    #[error("The Public Key is already associated with the user.")]
    SshKeyExists,
    #[error("The Certificate with id {0} cannot be found.")]
    NoSuchSigningCertificate(String),
    #[error("The Certificate is already associated with the user.")]
    SigningCertificateExists,
    #[error("MFA device is already in use.")]
    MfaInUse,
    #[error("MFA Device invalid for user. No MFA device {serial} is enabled for {user}.")]
    MfaNotEnabled { serial: String, user: String },
    #[error("Authentication code for device is not valid.")]
    InvalidMfaCode,
    #[error("Custom suffix is not allowed for {0}")]
    SuffixNotAllowed(String),
    #[error("Service role name {0} has been taken in this account, please try a different suffix.")]
    ServiceLinkedRoleTaken(String),
    #[error(
        "Cannot perform the operation on the protected role '{0}' - this role is only modifiable \
         by AWS"
    )]
    ServiceLinkedRole(String),
    #[error("No deletion task with id {0}")]
    NoSuchDeletion(String),
    /// There is no scheme.
    #[error("Invalid Open ID Connect Provider URL")]
    NotAProviderUrl,
    #[error("Invalid Open ID Connect Provider URL. The URL must begin with https://.")]
    ProviderUrlScheme,
    #[error("Invalid Open ID Connect Provider URL.")]
    InvalidProviderUrl,
    #[error("Thumbprint list must contain fewer than 5 entries.")]
    TooManyThumbprints,
    #[error("{0}")]
    InvalidMetadata(&'static str),
    #[error("Unable to parse certificate. Please ensure the certificate is in PEM format.")]
    MalformedCertificate,
    #[error("The certificate and the private key do not belong together.")]
    CertificateKeyMismatch,
    #[error("There is no credential report: generate one first.")]
    NoReport,
    #[error("No job with id {0}")]
    NoSuchJob(String),
    #[error("{0}")]
    BadSimulation(String),
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
    #[error("Cannot delete entity, must remove roles from instance profile first.")]
    RoleInProfile,
    #[error("Cannot delete entity, must delete login profile first.")]
    LoginProfile,
    #[error("Cannot delete entity, must delete signing certificates first.")]
    SigningCertificates,
    #[error("Cannot delete entity, must delete MFA device first.")]
    MfaDevices,
    #[error("Cannot delete entity, must remove referenced objects first.")]
    Referenced,
    #[error("The MFA device is in use: deactivate it first.")]
    DeviceInUse,
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
    #[error("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")]
    RolesPerProfile,
    #[error("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")]
    ClientIds,
    #[error("Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2")]
    ServiceCredentials,
    #[error("Cannot exceed quota for SSHPublicKeysPerUser: 5")]
    SshKeys,
    #[error("Cannot exceed quota for SigningCertificatesPerUser: 2")]
    SigningCertificates,
    #[error("Cannot exceed quota for MFADevicesPerUser: 8")]
    MfaDevices,
}

fn already_exists(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Policy => {
            format!("A policy called {name} already exists. Duplicate names are not allowed.")
        }
        Kind::InstanceProfile => format!("Instance Profile {name} already exists."),
        Kind::ServerCertificate => {
            format!("The Server Certificate with name {name} already exists.")
        }
        Kind::MfaDevice => "MFADevice entity at the same path and name already exists.".to_owned(),
        Kind::OidcProvider => {
            format!("Provider with url https://{name} already exists.")
        }
        Kind::SamlProvider => format!("SAML provider with name {name} already exists."),
        _ => format!("{} with name {name} already exists.", kind.title()),
    }
}

fn no_such(kind: Kind, name: &str) -> String {
    match kind {
        Kind::InstanceProfile => format!("Instance Profile {name} cannot be found."),
        Kind::ServerCertificate => {
            format!("The Server Certificate with name {name} cannot be found.")
        }
        _ => format!("The {} with name {name} cannot be found.", kind.word()),
    }
}

fn no_such_arn(kind: Kind, arn: &str) -> String {
    match kind {
        Kind::OidcProvider => format!("OpenIDConnect Provider not found for arn {arn}"),
        Kind::SamlProvider => format!("Manifest not found for arn {arn}"),
        Kind::MfaDevice => format!("VirtualMFADevice with serial number {arn} doesn't exist."),
        _ => format!("{arn} cannot be found."),
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        let modelled = match error {
            Error::NoSuch(..)
            | Error::NoSuchArn(..)
            | Error::NoLoginProfile(_)
            | Error::NoPasswordPolicy(_)
            | Error::NoPasswordPolicyToDelete
            | Error::NoSuchCredential(_)
            | Error::NoSuchCredentialService(_)
            | Error::NoSuchSshKey(_)
            | Error::NoSuchSigningCertificate(_)
            | Error::NoSuchJob(_)
            | Error::NoSuchDeletion(_)
            | Error::MfaNotEnabled { .. }
            | Error::NoSuchInlinePolicy(..)
            | Error::NoSuchPolicy(_)
            | Error::NotAttachable(_)
            | Error::NoSuchBoundary(_)
            | Error::NoSuchVersion { .. }
            | Error::NoSuchAccessKey(_)
            | Error::NoSuchAlias(_) => &iam::errors::NO_SUCH_ENTITY,
            Error::AlreadyExists(..)
            | Error::AliasExists(_)
            | Error::LoginProfileExists(_)
            | Error::MfaInUse => &iam::errors::ENTITY_ALREADY_EXISTS,
            Error::DeleteConflict(_) => &iam::errors::DELETE_CONFLICT,
            Error::LimitExceeded(_) => &iam::errors::LIMIT_EXCEEDED,
            Error::Malformed(_) | Error::NoSuchPrincipal(_) => {
                &iam::errors::MALFORMED_POLICY_DOCUMENT
            }
            Error::DuplicateTagKeys
            | Error::ReservedTagKey
            | Error::ReservedPath
            | Error::SuffixNotAllowed(_)
            | Error::ServiceLinkedRoleTaken(_)
            | Error::ProviderUrlScheme
            | Error::InvalidProviderUrl
            | Error::TooManyThumbprints
            | Error::InvalidMetadata(_)
            | Error::BadSimulation(_) => &iam::errors::INVALID_INPUT,
            Error::ServiceLinkedRole(_) => &iam::errors::UNMODIFIABLE_ENTITY,
            Error::WeakPassword(_) => &iam::errors::PASSWORD_POLICY_VIOLATION,
            Error::WrongPassword => &iam::errors::INVALID_USER_TYPE,
            Error::InvalidMfaCode => &iam::errors::INVALID_AUTHENTICATION_CODE,
            Error::MalformedCertificate => &iam::errors::MALFORMED_CERTIFICATE,
            Error::CertificateKeyMismatch => &iam::errors::KEY_PAIR_MISMATCH,
            Error::InvalidSshKey => &iam::errors::INVALID_PUBLIC_KEY,
            Error::UnrecognizedSshKey => &iam::errors::UNRECOGNIZED_PUBLIC_KEY_ENCODING,
            Error::SshKeyExists => &iam::errors::DUPLICATE_SSH_PUBLIC_KEY,
            Error::SigningCertificateExists => &iam::errors::DUPLICATE_CERTIFICATE,
            Error::NoReport => &iam::errors::CREDENTIAL_REPORT_NOT_PRESENT,
            Error::UnreadableAuthorizationMessage => &sts::errors::INVALID_AUTHORIZATION_MESSAGE,
            Error::IdentityTokenExpired => &sts::errors::EXPIRED_TOKEN,
            Error::InvalidIdentityToken(_) => &sts::errors::INVALID_IDENTITY_TOKEN,
            Error::PackedPolicyTooLarge(_) => &sts::errors::PACKED_POLICY_TOO_LARGE,
            Error::UnreadableArn
            | Error::NotAPolicyArn(_)
            | Error::InvalidMarker
            | Error::UserNameNeeded
            | Error::StatusNotForCallers
            | Error::NotAProviderUrl
            | Error::TooManySessionPolicies
            | Error::InvalidRoleArn(_)
            | Error::InvalidAccessKeyId
            | Error::LongerThanTheRoleAllows
            | Error::LongerThanChainsMayBe => return Fault::common(Common::Validation, message),
            Error::DuplicateSessionTagKeys
            | Error::TransitiveTagGiven
            | Error::TransitiveTagMissing => {
                return Fault::new(400, "InvalidParameterValue", message);
            }
            Error::OutsideAccount
            | Error::MayNotAssume { .. }
            | Error::MayNotSetSourceIdentity { .. }
            | Error::RootMayNotAssume
            | Error::NoSuchMfaDevice
            | Error::SessionWithinSession
            | Error::NotForFederation
            | Error::MayNotAssumeWithIdentity
            | Error::NoIdentity => return Fault::common(Common::AccessDenied, message),
            Error::NotBuilt(_) => return Fault::common(Common::NotImplemented, message),
            Error::Store(error) => return service::store_fault(&error),
        };
        Fault::modelled(modelled, message)
    }
}
