//! What Lambda's operations refuse with, and AWS's words for it.

use crate::engine::ThrottleReason;
use wire::lambda::errors;
use wire::{Common, Fault};

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// With the ARN as it was asked for.
    #[error("function not found: {0}")]
    FunctionNotFound(String),
    /// AWS says no more.
    #[error("the resource does not exist")]
    ResourceNotFound,
    #[error("alias not found: {0}")]
    AliasNotFound(String),
    /// The same, as operations say it that only refer to the alias.
    #[error("cannot find alias: {0}")]
    NoSuchAlias(String),
    /// Something else does not exist.
    #[error(transparent)]
    Absent(#[from] Absent),
    /// Something stands in the way.
    #[error(transparent)]
    Clash(#[from] Clash),
    #[error("no policy for {0}")]
    NoPolicyFound(String),
    #[error("no policy")]
    NoPolicyAssociated,
    #[error("no statement {0}")]
    StatementNotFound(String),
    #[error("function {0} exists")]
    FunctionExists(String),
    #[error("alias {0} exists")]
    AliasExists(String),
    #[error("statement {0} exists")]
    StatementExists(String),
    /// With the names of the aliases.
    #[error("aliases name the version: {0:?}")]
    VersionInUse(Vec<String>),
    #[error("an update is in progress for {0}")]
    UpdateInProgress(String),
    /// The function is being created.
    #[error("the function is pending")]
    Pending(String),
    #[error("the revision id is not the latest")]
    StaleRevision(Revised),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("the role cannot be assumed")]
    RoleNotAssumable,
    #[error("another account's function")]
    OtherAccount,
    #[error("a function of region {given}")]
    OtherRegion { given: String, ours: String },
    /// Something that AWS has and we have not.
    #[error("not built: {0}")]
    NotBuilt(String),
    #[error("the payload is not JSON: {0}")]
    InvalidPayload(String),
    #[error("Client context must be a valid Base64-encoded JSON object.")]
    ClientContext,
    #[error("the payload has {bytes} bytes")]
    PayloadTooLarge { bytes: usize, limit: usize },
    #[error("throttled")]
    Throttled(ThrottleReason),
    #[error("invoked too often in one chain")]
    Recursive,
    #[error("the policy would have {0} bytes")]
    PolicyTooLong(usize),
    /// A message for a destination.
    #[error("not delivered: {0}")]
    Undelivered(String),
    #[error("the server is stopping")]
    Stopping,
    #[error(transparent)]
    Store(#[from] kv::Error),
    /// Ours; what went wrong has been logged.
    #[error("an internal error")]
    Internal,
}

/// What a revision id belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revised {
    Function,
    Policy,
    LayerPolicy,
}

/// What does not exist, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub enum Absent {
    #[error("The function doesn't exist.")]
    EventConfigFunction,
    #[error("The function {0} doesn't have an EventInvokeConfig")]
    EventConfig(String),
    #[error("Function does not exist")]
    UrlFunction,
    #[error("The Lambda code signing configuration {0} can not be found.")]
    CodeSigning(String),
    #[error(
        "The code signing configuration cannot be found. Check that the provided configuration is \
         not deleted: {0}."
    )]
    NamedCodeSigning(String),
    #[error("No Provisioned Concurrency Config found for this function")]
    Provisioned,
    #[error("Layer version {0} does not exist.")]
    LayerVersion(String),
}

/// What stands in the way of a change, in AWS's words.
#[derive(Debug, thiserror::Error)]
pub enum Clash {
    #[error(
        "Failed to create function url config for [functionArn = {0}]. Error message:  \
         FunctionUrlConfig exists for this Lambda function"
    )]
    UrlExists(String),
    #[error(
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned \
         version"
    )]
    VersionProvisioned,
    #[error(
        "The event source arn (\" {stream} \") and function (\" {function} \") provided mapping \
         already exists. Please update or delete the existing mapping with UUID {uuid}"
    )]
    MappingExists {
        stream: String,
        function: String,
        uuid: String,
    },
    #[error("Version is pointed by a Provisioned Concurrency alias")]
    AliasProvisioned,
    #[error(
        "Cannot delete the code signing configuration {0} because it is in use by one or more \
         functions."
    )]
    CodeSigningInUse(String),
}

/// A parameter whose value AWS refuses beyond what its model says.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    #[error("The derived qualifier from the function name does not match the specified qualifier.")]
    QualifierMismatch,
    #[error(
        "1 validation error detected: Value '{0}' at 'functionName' failed to satisfy constraint: \
         Member must have length less than or equal to 64"
    )]
    NameTooLong(String),
    #[error(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must have value less than or equal to {most}"
    )]
    TooMuch {
        member: &'static str,
        value: u32,
        most: u32,
    },
    #[error(
        "This operation is permitted on Lambda functions only. Aliases and versions do not \
         support this operation. Please specify either a function name or an unqualified function \
         ARN."
    )]
    OnQualifier,
    #[error("$LATEST version cannot be deleted without deleting the function.")]
    DeleteLatest,
    #[error("Deletion of aliases is not currently supported.")]
    DeleteAlias,
    #[error("Unrecognized event source.")]
    EventSource,
    #[error("The role defined for the function cannot be assumed by Lambda.")]
    Role,
    #[error(
        "The runtime parameter of {0} is no longer supported for creating or updating AWS Lambda \
         functions. We recommend you use a supported runtime while creating or updating functions."
    )]
    DeprecatedRuntime(String),
    #[error(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages."
    )]
    RuntimeAndHandler,
    #[error("Could not unzip uploaded file. Please check your file, then try to upload again.")]
    Zip,
    #[error("Unzipped size must be smaller than {0} bytes")]
    UnzippedSize(u64),
    #[error("Please provide a source for function code.")]
    NoCode,
    #[error("Please provide ImageUri when creating a function with packageType Image.")]
    NoImageUri,
    #[error(
        "Please don't provide Handler or Runtime or Layer when the intended function PackageType \
         is Image."
    )]
    ZipSettings,
    #[error("Please don't provide ImageUri when creating a function with packageType Zip.")]
    ImageUriForZip,
    #[error("Please don't provide ImageUri when updating a function with packageType Zip.")]
    ImageUriForZipFunction,
    #[error("Please provide ImageUri when updating a function with packageType Image.")]
    ZipForImageFunction,
    #[error("Please don't provide ImageConfig when the intended function PackageType is Zip.")]
    ImageConfigForZip,
    #[error("Source image {0} does not exist. Provide a valid source image.")]
    NoImage(String),
    #[error("Source image {uri} is not valid. Provide a valid source image: {reason}.")]
    Image { uri: String, reason: String },
    #[error(
        "Source image {0} is not valid. Provide a valid source image: images are not fetched from \
         registries, so give the absolute path of an OCI layout or of a tar file, as skopeo copy \
         docker://IMAGE oci:/FOLDER:TAG or docker save -o FILE IMAGE make them."
    )]
    ImageElsewhere(String),
    #[error("{0} is not the absolute path of a folder.")]
    NoFolder(String),
    #[error("Please do not provide other FunctionCode parameters when providing a ZipFile.")]
    CodeSources,
    #[error("Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}")]
    GetObject {
        /// S3's.
        code: &'static str,
        message: String,
    },
    #[error(
        "Lambda was unable to configure your environment variables because the environment \
         variables you have provided contains reserved keys that are currently not supported for \
         modification. Reserved keys used in this request: {0}"
    )]
    ReservedVariables(String),
    #[error(
        "Lambda was unable to configure your environment variables because the environment \
         variables you have provided exceeded the 4KB limit. String measured: {0}"
    )]
    VariablesTooLarge(String),
    #[error("Number of tags exceeds resource tag limit.")]
    TooManyTags,
    #[error(
        "Tags on function aliases and versions are not supported. Please specify a function ARN."
    )]
    TagsOnQualifier,
    #[error("An error occurred and the request cannot be processed.")]
    NoTags,
    #[error("We currently do not support adding policies for $LATEST.")]
    PolicyOnLatest,
    #[error("The provided principal was invalid. Please check the principal and try again.")]
    Principal,
    #[error(
        "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). Please \
         try again with the CodeSHA256 in $LATEST."
    )]
    CodeSha256 { given: String, current: String },
    #[error("Number of items in AdditionalVersionWeights cannot be greater than 1")]
    TooManyWeights,
    #[error(
        "Invalid function version {0}. Function version {0} is already included in routing \
         configuration."
    )]
    SameVersionWeighted(String),
    #[error("$LATEST is not supported for an alias pointing to more than 1 version")]
    LatestWeighted,
    #[error(
        "Specified ReservedConcurrentExecutions for function decreases account's \
         UnreservedConcurrentExecution below its minimum value of [100]."
    )]
    TooMuchReserved,
    #[error(
        " ReservedConcurrentExecutions  {reserved} should not be lower than function's total \
         provisioned concurrency [{provisioned}]."
    )]
    ReservedBelowProvisioned { reserved: u32, provisioned: u32 },
    #[error(
        "Value {0} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \
         [{list}] or be a valid ARN",
        list = wire::CREATABLE_RUNTIMES.join(", ")
    )]
    NoRuntime(String),
    #[error("You must specify at least one of error handling or destination setting.")]
    NoEventSetting,
    #[error("The destination ARN {0} is invalid.")]
    DestinationArn(String),
    #[error("You can't specify the function as a destination for itself.")]
    OwnDestination,
    #[error(
        "The provided destination config DestinationConfig(onSuccess={on_success}, \
         onFailure={on_failure}) is invalid."
    )]
    Destination {
        on_success: String,
        on_failure: String,
    },
    #[error("The function resource provided must be an alias or a published version.")]
    ProvisionedTarget,
    #[error("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")]
    ProvisionedLatest,
    #[error(
        "Specified ConcurrentExecutions for function is greater than account's unreserved \
         concurrency [{0}]."
    )]
    ProvisionedTooMuch(usize),
    #[error(
        "Specified ConcurrentExecutions for function decreases account's \
         UnreservedConcurrentExecution below its minimum value of [100]."
    )]
    ProvisionedBelowMinimum,
    #[error(
        "Requested Provisioned Concurrency should not be greater than the \
         reservedConcurrentExecution for function"
    )]
    ProvisionedOverReserved,
    #[error("You must specify a Runtime Version Arn when the Runtime Update Mode is Manual.")]
    NoRuntimeVersion,
    #[error("You can only specify a Runtime Version Arn when the Runtime Update Mode is Manual.")]
    RuntimeVersionNotManual,
    #[error("Layer Version Cannot be less than 1")]
    LayerVersionNumber,
    #[error("Cannot reference more than 5 layers.")]
    TooManyLayers,
    #[error(
        "Layers are not in the same region as the function. Layers are expected to be in region \
         {0}."
    )]
    LayerRegion(String),
    #[error("Layer version {0} does not exist.")]
    NoLayerVersion(String),
    #[error(
        "Two different versions of the same layer are not allowed to be referenced in the same \
         function. {0} and {1} are versions of the same layer."
    )]
    SameLayer(String, String),
    #[error(
        "Function code combined with layers exceeds the maximum allowed size of {limit} bytes. The \
         actual size is {actual} bytes."
    )]
    CodeWithLayers { limit: u64, actual: u64 },
    #[error("{0} is not supported for SnapStart enabled functions.")]
    SnapStartRuntime(String),
    #[error(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy \
         constraint: Member must not be null."
    )]
    NoStartingPosition,
    #[error("StartingPositionTimestamp must be specified when StartingPosition is AT_TIMESTAMP.")]
    NoStartingTime,
    #[error("Invalid filter pattern definition.")]
    FilterPattern,
    #[error("Stream not found: {0}")]
    NoStream(String),
    #[error(
        "Cannot access stream {0}. Please ensure the role can perform the GetRecords, \
         GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
    )]
    StreamAccess(String),
    #[error("ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is JSON.")]
    LogLevelOfText,
}

const RECURSIVE: &str = "Lambda has detected your function being invoked in a recursive loop with \
                         other Amazon Web Services resources and stopped your function's \
                         invocation.";

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        if let Some(message) = error.absence() {
            return Fault::modelled(&errors::RESOURCE_NOT_FOUND, message);
        }
        if let Some(message) = error.conflict() {
            return Fault::modelled(&errors::RESOURCE_CONFLICT, message);
        }
        match error {
            Error::Absent(absent) => of_absent(&absent),
            Error::Clash(clash) => Fault::modelled(&errors::RESOURCE_CONFLICT, clash.to_string()),
            Error::StaleRevision(revised) => stale_revision(revised),
            Error::Invalid(invalid) => of_invalid(&invalid),
            Error::RoleNotAssumable => {
                Fault::common(Common::AccessDenied, Invalid::Role.to_string())
            }
            Error::OtherAccount => {
                Fault::common(Common::AccessDenied, "").with("Message", "null".to_owned())
            }
            Error::NotBuilt(what) => Fault::common(Common::NotImplemented, what),
            Error::InvalidPayload(reason) => invalid_payload(&reason),
            Error::ClientContext => {
                Fault::modelled(&errors::INVALID_REQUEST_CONTENT, error.to_string())
            }
            Error::PayloadTooLarge { bytes, limit } => payload_too_large(bytes, limit),
            Error::Throttled(reason) => throttled(reason),
            Error::Recursive => Fault::modelled(&errors::RECURSIVE_INVOCATION, RECURSIVE),
            Error::PolicyTooLong(bytes) => policy_too_long(bytes),
            Error::Stopping => Fault::common(
                Common::ServiceUnavailable,
                "The server is stopping; try again.",
            ),
            Error::Store(error) => of_store(&error),
            // What is left here has been told above, or is ours.
            _ => Fault::internal(),
        }
    }
}

impl Error {
    /// What is told of something that does not exist.
    fn absence(&self) -> Option<String> {
        Some(match self {
            Error::FunctionNotFound(arn) => format!("Function not found: {arn}"),
            Error::ResourceNotFound => "The resource you requested does not exist.".to_owned(),
            Error::AliasNotFound(arn) => format!("Alias not found: {arn}"),
            Error::NoSuchAlias(arn) => format!("Cannot find alias arn: {arn}"),
            Error::NoPolicyFound(arn) => format!("No policy found for: {arn}"),
            Error::NoPolicyAssociated => {
                "No policy is associated with the given resource.".to_owned()
            }
            Error::StatementNotFound(id) => {
                format!("Statement {id} is not found in resource policy.")
            }
            Error::OtherRegion { given, ours } => {
                format!("Functions from '{given}' are not reachable in this region ('{ours}')")
            }
            _ => return None,
        })
    }

    /// What is told of something that exists, or is being changed.
    fn conflict(&self) -> Option<String> {
        Some(match self {
            Error::FunctionExists(name) => format!("Function already exist: {name}"),
            Error::AliasExists(arn) => format!("Alias already exists: {arn}"),
            Error::StatementExists(id) => format!(
                "The statement id ({id}) provided already exists. Please provide a new statement \
                 id, or remove the existing statement."
            ),
            Error::VersionInUse(aliases) => format!(
                "Unable to delete version because the following aliases reference it: [{}]",
                aliases.join(", ")
            ),
            Error::UpdateInProgress(arn) => format!(
                "The operation cannot be performed at this time. An update is in progress for \
                 resource: {arn}"
            ),
            Error::Pending(_) => "The operation cannot be performed at this time. The function is \
                                  currently in the following state: Pending"
                .to_owned(),
            _ => return None,
        })
    }
}

fn of_absent(absent: &Absent) -> Fault {
    let error = match absent {
        Absent::NamedCodeSigning(_) => &errors::CODE_SIGNING_CONFIG_NOT_FOUND,
        Absent::Provisioned => &errors::PROVISIONED_CONCURRENCY_CONFIG_NOT_FOUND,
        _ => &errors::RESOURCE_NOT_FOUND,
    };
    let fault = Fault::modelled(error, absent.to_string());
    match absent {
        Absent::CodeSigning(_) => fault.untyped(),
        _ => fault,
    }
}

fn of_invalid(invalid: &Invalid) -> Fault {
    let fault = Fault::modelled(&errors::INVALID_PARAMETER_VALUE, invalid.to_string());
    match invalid {
        Invalid::LatestWeighted
        | Invalid::TooMuchReserved
        | Invalid::ReservedBelowProvisioned { .. }
        | Invalid::ProvisionedTooMuch(_)
        | Invalid::ProvisionedBelowMinimum => fault.untyped(),
        Invalid::TooMuch { .. } => Fault::new(400, "ValidationException", invalid.to_string()),
        _ => fault,
    }
}

fn invalid_payload(reason: &str) -> Fault {
    let message = format!(
        "Could not parse request body into json: Could not parse payload into json: {reason}"
    );
    Fault::modelled(&errors::INVALID_REQUEST_CONTENT, message)
}

fn payload_too_large(bytes: usize, limit: usize) -> Fault {
    let message =
        format!("{bytes} byte payload is too large for the invocation (limit {limit} bytes)");
    Fault::modelled(&errors::REQUEST_TOO_LARGE, message)
}

fn policy_too_long(bytes: usize) -> Fault {
    let message = format!("The final policy size ({bytes}) is bigger than the limit (20480).");
    Fault::modelled(&errors::POLICY_LENGTH_EXCEEDED, message)
}

fn stale_revision(revised: Revised) -> Fault {
    let call = match revised {
        Revised::Function => "GetFunction/GetAlias",
        Revised::Policy => "GetPolicy",
        Revised::LayerPolicy => "GetLayerPolicy",
    };
    let message = format!(
        "The Revision Id provided does not match the latest Revision Id. Call the {call} API to \
         retrieve the latest Revision Id"
    );
    Fault::modelled(&errors::PRECONDITION_FAILED, message)
}

fn throttled(reason: ThrottleReason) -> Fault {
    let reason = match reason {
        ThrottleReason::ConcurrentInvocationLimitExceeded => "ConcurrentInvocationLimitExceeded",
        ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded
        | ThrottleReason::FunctionSwitchedOff => {
            "ReservedFunctionConcurrentInvocationLimitExceeded"
        }
    };
    Fault::modelled(&errors::TOO_MANY_REQUESTS, "Rate Exceeded.")
        .with("Reason", format!("\"{reason}\""))
}

fn of_store(error: &kv::Error) -> Fault {
    tracing::error!(error = error as &dyn std::error::Error, "the store failed");
    match error {
        kv::Error::Conflict | kv::Error::Unavailable(_) | kv::Error::Full => Fault::common(
            Common::ServiceUnavailable,
            "The store is not available; try again.",
        ),
        kv::Error::UnknownOutcome(_) | kv::Error::Corrupt(_) | kv::Error::TooLarge { .. } => {
            Fault::internal()
        }
    }
}
