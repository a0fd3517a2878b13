//! Why a signature was refused, in AWS's words. Codes and statuses differ by protocol and are not
//! known here: [`Kind`] is what they hang on.

use base::Timestamp;
use std::time::Duration;

/// A part of a signature that was not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Credential,
    Signature,
    SignedHeaders,
    Date,
}

/// A refusal. `Display` gives AWS's text.
///
/// The `Authorization` header itself is never repeated, only its hash: that is what AWS does, so
/// that a log of errors is not a log of credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Request is missing Authentication Token")]
    Unsigned,
    #[error(
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    )]
    SignedTwice,
    #[error(
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 \
         and encoded with Base64): '{header_hash}'."
    )]
    NotKeyValue { header_hash: String },
    #[error(
        "{}(Hashed with SHA-256 and encoded with Base64) Authorization={header_hash}",
        header_requirements(.missing)
    )]
    IncompleteHeader {
        missing: Vec<Missing>,
        header_hash: String,
    },
    #[error("{}Re-examine the query-string parameters.", query_requirements(.missing))]
    IncompleteQuery { missing: Vec<Missing> },
    #[error("The query string contains a syntax error.")]
    MalformedQuery,
    #[error(
        "Date must be in ISO-8601 'basic format'. Got '{got}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )]
    Date { got: String },
    #[error("X-Amz-Expires should be a number of seconds from 1 to 604800, got '{got}'.")]
    Expires { got: String },
    #[error(
        "Signature expired: {} is now earlier than {} ({} - {}.)",
        .signed_at.compact(), .now.saturating_sub(*.valid_for).compact(), .now.compact(),
        span(*.valid_for)
    )]
    SignatureExpired {
        signed_at: Timestamp,
        now: Timestamp,
        valid_for: Duration,
    },
    #[error(
        "Signature not yet current: {} is still later than {} ({} + {}.)",
        .signed_at.compact(), .now.saturating_add(crate::SKEW).compact(), .now.compact(),
        span(crate::SKEW)
    )]
    NotYetCurrent {
        signed_at: Timestamp,
        now: Timestamp,
    },
    #[error("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    HostNotSigned,
    #[error("'{name}' must be a 'SignedHeader' in the AWS Authorization.")]
    HeaderNotSigned { name: String },
    #[error("Unsupported AWS 'algorithm': '{got}'.")]
    Algorithm { got: String },
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. \
         keyid/date/region/service/term, got '{got}'"
    )]
    Credential { got: String },
    /// `wrong` is the list of complaints, which depend on one another only by standing in a row.
    #[error("{wrong}")]
    Scope { wrong: String },
    #[error("Credential should be scoped to correct service: '{expected}'. ")]
    WrongService { expected: String },
    #[error("The security token included in the request is invalid.")]
    UnknownAccessKey,
    // Without the period: that is how AWS tells a wrong token from an unknown key.
    #[error("The security token included in the request is invalid")]
    InvalidToken,
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    #[error(
        "The request signature we calculated does not match the signature you provided. Check \
         your AWS Secret Access Key and signing method. Consult the service documentation for \
         details."
    )]
    Mismatch,
}

/// What kind of refusal it is: the error codes that AWS has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `MissingAuthenticationToken`: there is no signature.
    Missing,
    /// `IncompleteSignature`: its parts are absent or unreadable.
    Incomplete,
    /// `MalformedQueryString`.
    MalformedQuery,
    /// `InvalidClientTokenId`, `UnrecognizedClientException`: nobody has such a key or token.
    UnknownClient,
    /// `ExpiredToken`.
    ExpiredToken,
    /// `SignatureDoesNotMatch`, `InvalidSignatureException`: wrong, stale, or for something else.
    Invalid,
}

impl Error {
    pub fn kind(&self) -> Kind {
        match self {
            Error::Unsigned => Kind::Missing,
            Error::NotKeyValue { .. }
            | Error::IncompleteHeader { .. }
            | Error::IncompleteQuery { .. }
            | Error::Date { .. }
            | Error::Expires { .. }
            | Error::Algorithm { .. }
            | Error::Credential { .. } => Kind::Incomplete,
            Error::MalformedQuery => Kind::MalformedQuery,
            Error::UnknownAccessKey | Error::InvalidToken => Kind::UnknownClient,
            Error::ExpiredToken => Kind::ExpiredToken,
            Error::SignedTwice
            | Error::SignatureExpired { .. }
            | Error::NotYetCurrent { .. }
            | Error::HostNotSigned
            | Error::HeaderNotSigned { .. }
            | Error::Scope { .. }
            | Error::WrongService { .. }
            | Error::Mismatch => Kind::Invalid,
        }
    }
}

impl Missing {
    fn name(self) -> &'static str {
        match self {
            Missing::Credential => "Credential",
            Missing::Signature => "Signature",
            Missing::SignedHeaders => "SignedHeaders",
            Missing::Date => "Date",
        }
    }
}

fn header_requirements(missing: &[Missing]) -> String {
    let sentence = |missing: &Missing| match missing {
        Missing::Date => {
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                .to_owned()
        }
        part => format!(
            "Authorization header requires '{}' parameter. ",
            part.name()
        ),
    };
    missing.iter().map(sentence).collect()
}

fn query_requirements(missing: &[Missing]) -> String {
    let sentence = |missing: &Missing| {
        format!(
            "AWS query-string parameters must include 'X-Amz-{}'. ",
            missing.name()
        )
    };
    missing.iter().map(sentence).collect()
}

fn span(duration: Duration) -> String {
    match duration.as_secs() {
        secs if secs % 60 == 0 => format!("{} min", secs / 60),
        secs => format!("{secs} sec"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let now = Timestamp::parse_compact("20160801T011602Z").unwrap();
        let expired = Error::SignatureExpired {
            signed_at: Timestamp::parse_compact("20160801T010000Z").unwrap(),
            now,
            valid_for: crate::SKEW,
        };
        assert_eq!(
            expired.to_string(),
            "Signature expired: 20160801T010000Z is now earlier than 20160801T010102Z \
             (20160801T011602Z - 15 min.)"
        );
        let early = Error::NotYetCurrent {
            signed_at: Timestamp::parse_compact("20160801T013602Z").unwrap(),
            now,
        };
        assert_eq!(
            early.to_string(),
            "Signature not yet current: 20160801T013602Z is still later than 20160801T013102Z \
             (20160801T011602Z + 15 min.)"
        );
        let incomplete = Error::IncompleteHeader {
            missing: vec![
                Missing::Credential,
                Missing::Signature,
                Missing::SignedHeaders,
                Missing::Date,
            ],
            header_hash: "abc=".to_owned(),
        };
        assert_eq!(
            incomplete.to_string(),
            "Authorization header requires 'Credential' parameter. Authorization header requires \
             'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. \
             Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
             (Hashed with SHA-256 and encoded with Base64) Authorization=abc="
        );
        let incomplete = Error::IncompleteQuery {
            missing: vec![Missing::Signature, Missing::Date],
        };
        assert_eq!(
            incomplete.to_string(),
            "AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string \
             parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."
        );
    }
}
