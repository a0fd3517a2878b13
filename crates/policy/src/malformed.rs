//! Why a document is not a policy, in the words IAM uses in `MalformedPolicyDocument`.
//!
//! IAM reads identity-based policies with one parser and trust policies, like the resource-based
//! policies of other services, with another; the two word the same faults differently.

/// A document that is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    // Identity-based policies.
    #[error("Syntax errors in policy.")]
    Syntax,
    #[error("Policy document must be version 2012-10-17 or greater.")]
    OldVersion,
    #[error("The policy failed legacy parsing")]
    LegacyParsing,
    #[error("Policy document should not specify a principal.")]
    PrincipalInIdentityPolicy,
    #[error(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
         expression [0-9A-Za-z]*"
    )]
    SidCharacters,
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    DuplicateSid,
    #[error("Policy statement must contain actions.")]
    NoActions,
    #[error("Policy statement must contain resources.")]
    NoResources,
    #[error("Resource {0} must be in ARN format or \"*\".")]
    ResourceNotArn(String),
    /// The ARN is shown with `*` for the parts it lacks.
    #[error("Partition \"{partition}\" is not valid for resource \"{arn}\".")]
    Partition { partition: String, arn: String },
    #[error("Resource vendor must be fully qualified and cannot contain regexes.")]
    ResourceVendor,
    #[error("IAM resource {0} cannot contain region information.")]
    IamRegion(String),
    #[error("Resource {0} can not contain region information.")]
    S3Region(String),
    #[error(
        "IAM resource path must either be \"*\", root, or start with user/, federated-user/, \
         role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, \
         saml-provider/, oidc-provider/, report/, access-report/."
    )]
    IamPath,
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    ActionWithoutVendor,
    #[error("Actions/Condition can contain only one colon.")]
    ActionColons,
    #[error("Vendor {0} is not valid")]
    ActionVendor(String),

    // Trust policies and other resource-based policies.
    #[error("This policy contains invalid Json")]
    InvalidJson,
    #[error("Unknown field {0}")]
    UnknownField(String),
    #[error("Missing required field {0}")]
    MissingField(&'static str),
    #[error("The policy must contain a valid version string")]
    InvalidVersion,
    #[error("Could not parse the policy: Statement is empty!")]
    EmptyStatement,
    #[error("Invalid effect: {0}")]
    InvalidEffect(String),
    /// An element has the wrong type, or excludes another that is also there.
    #[error("Syntax error in policy.")]
    StatementSyntax,
    #[error("The Statement Ids in the policy are not unique")]
    StatementIdsNotUnique,
    #[error("Missing required field Principal cannot be empty!")]
    EmptyPrincipal,
    /// The provider in capitals, as AWS shows it.
    #[error("Invalid principal in policy: \"{provider}\":\"{value}\"")]
    InvalidPrincipal { provider: String, value: String },
    #[error("AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\".")]
    StarInTrustPolicy,
    #[error("Allow with NotPrincipal is not allowed.")]
    AllowWithNotPrincipal,
    #[error("AssumeRole policy must not contain NotPrincipal field.")]
    NotPrincipalInTrustPolicy,
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    NotAnAssumeRoleAction,
    #[error("Has prohibited field Resource")]
    ResourceInTrustPolicy,
    #[error("AssumeRole policy must not contain resources.")]
    NotResourceInTrustPolicy,
}
