//! Why a request has no answer of its integration.

use wire::apigateway::GatewayResponseType;

/// A failure: which gateway response it gets, and what goes into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub response: GatewayResponseType,
    pub status: u16,
    pub message: String,
    /// What validation found, for `$context.error.validationErrorString`.
    pub validation: Option<String>,
    /// An `x-amzn-ErrorType` other than the response's own.
    pub error_type: Option<&'static str>,
    /// For the execution log only.
    pub reason: Option<String>,
}

impl Failure {
    fn new(response: GatewayResponseType, status: u16, message: impl Into<String>) -> Failure {
        Failure {
            response,
            status,
            message: message.into(),
            validation: None,
            error_type: None,
            reason: None,
        }
    }

    /// Whether what is behind the method did not answer, or not in time.
    pub fn is_integration(&self) -> bool {
        use GatewayResponseType::{IntegrationFailure, IntegrationTimeout};
        matches!(self.response, IntegrationFailure | IntegrationTimeout)
    }

    fn because(mut self, reason: impl Into<String>) -> Failure {
        self.reason = Some(reason.into());
        self
    }

    /// Sets an `x-amzn-ErrorType` other than the response's own.
    pub fn of_type(mut self, error_type: &'static str) -> Failure {
        self.error_type = Some(error_type);
        self
    }

    /// No such path or method.
    pub fn no_route() -> Failure {
        Failure::new(
            GatewayResponseType::MissingAuthenticationToken,
            403,
            "Missing Authentication Token",
        )
    }

    /// The endpoint is disabled.
    pub fn forbidden() -> Failure {
        let mut failure = Failure::new(GatewayResponseType::AccessDenied, 403, "Forbidden");
        failure.error_type = Some("ForbiddenException");
        failure
    }

    /// A signature that is missing, wrong or expired.
    pub fn signature(response: GatewayResponseType, message: String) -> Failure {
        Failure::new(response, 403, message)
    }

    pub fn access_denied(message: String) -> Failure {
        Failure::new(GatewayResponseType::AccessDenied, 403, message)
    }

    /// Nobody whom the authorizer knows.
    pub fn unauthorized() -> Failure {
        Failure::new(GatewayResponseType::Unauthorized, 401, "Unauthorized")
            .because("Unauthorized request")
    }

    /// A user pool's token whose time is over.
    pub fn expired_token() -> Failure {
        let message = "The incoming token has expired";
        Failure::new(GatewayResponseType::Unauthorized, 401, message)
    }

    /// An authorizer that fails, or answers what is no authorization. Its message is null.
    pub fn authorizer(reason: String) -> Failure {
        let kind = GatewayResponseType::AuthorizerConfigurationError;
        let reason = format!("Execution failed due to configuration error: {reason}");
        Failure::new(kind, 500, "").because(reason)
    }

    pub fn throttled() -> Failure {
        Failure::new(GatewayResponseType::Throttled, 429, "Too Many Requests")
    }

    pub fn quota() -> Failure {
        Failure::new(GatewayResponseType::QuotaExceeded, 429, "Limit Exceeded")
    }

    pub fn api_key() -> Failure {
        Failure::new(GatewayResponseType::InvalidApiKey, 403, "Forbidden")
    }

    pub fn missing_parameters(names: &[&str]) -> Failure {
        let names = names.join(", ");
        let message = format!("Missing required request parameters: [{names}]");
        let mut failure = Failure::new(
            GatewayResponseType::BadRequestParameters,
            400,
            message.clone(),
        );
        failure.validation = Some(message);
        failure
    }

    pub fn body(violations: String) -> Failure {
        let mut failure = Failure::new(
            GatewayResponseType::BadRequestBody,
            400,
            "Invalid request body",
        );
        failure.validation = Some(violations);
        failure
    }

    /// A body that a template or mapping cannot read.
    pub fn unreadable_body(message: String) -> Failure {
        let reason = format!("Execution failed: {message}");
        Failure::new(GatewayResponseType::BadRequestBody, 400, message).because(reason)
    }

    /// An event that is larger than functions take.
    pub fn event_too_large(reason: String) -> Failure {
        let kind = GatewayResponseType::RequestTooLarge;
        let failure = Failure::new(kind, 413, "Request Too Long").because(reason);
        failure.of_type("BadRequestException")
    }

    pub fn media_type() -> Failure {
        Failure::new(
            GatewayResponseType::UnsupportedMediaType,
            415,
            "Unsupported Media Type",
        )
    }

    /// Something is wrong with the API; the client only learns that.
    pub fn configuration(reason: &str) -> Failure {
        Failure::new(
            GatewayResponseType::ApiConfigurationError,
            500,
            "Internal server error",
        )
        .because(format!(
            "Execution failed due to configuration error: {reason}"
        ))
    }

    /// A function failed behind a proxy integration, or answered what is no answer.
    pub fn bad_gateway(reason: String) -> Failure {
        let message = "Internal server error";
        Failure::new(GatewayResponseType::IntegrationFailure, 502, message).because(reason)
    }

    pub fn timeout() -> Failure {
        let message = "Endpoint request timed out";
        let reason = "Execution failed due to a timeout error";
        Failure::new(GatewayResponseType::IntegrationTimeout, 504, message).because(reason)
    }

    /// An endpoint that cannot be reached, or breaks off.
    pub fn network(reason: String) -> Failure {
        let message = "Network error communicating with endpoint";
        Failure::new(GatewayResponseType::IntegrationFailure, 504, message).because(reason)
    }

    /// An endpoint's answer that is too large to be passed on.
    pub fn answer_too_large(reason: String) -> Failure {
        let message = "Internal server error";
        Failure::new(GatewayResponseType::IntegrationFailure, 500, message).because(reason)
    }

    /// Something that AWS has and this is not built.
    pub fn not_built(what: &str) -> Failure {
        let message = format!("Not implemented: {what}");
        let mut failure = Failure::new(
            GatewayResponseType::ApiConfigurationError,
            501,
            message.clone(),
        );
        failure.error_type = Some("NotImplemented");
        failure.because(message)
    }
}
