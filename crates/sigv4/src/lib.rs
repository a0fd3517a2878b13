//! AWS Signature Version 4: who claims to have signed a request, whether they did, and how to
//! sign one.
//!
//! Verification takes two steps, because between them a secret has to be looked up:
//! [`Presented::parse`] reads the claim (access key, scope, token) and refuses everything that can
//! be refused without a secret; [`Presented::verify`] then compares signatures in constant time.
//! A request of which `verify` answered `Ok` was made by a holder of that secret, for this method,
//! path, query, body and these signed headers, within the time it is valid.
//!
//! Pure: no store, no server, no clock. Secrets go in and never come out, neither in an error nor
//! in any `Debug`. Nothing here knows which services exist, except that S3 has canonical rules of
//! its own.
//!
//! Texts and their order of precedence follow what the services answer; the rules are those of the
//! IAM user guide, "Create a signed AWS API request".

mod canonical;
mod claim;
mod credential;
mod date;
mod error;
mod keys;
mod payload;
mod presented;
mod query;
mod sign;

pub use claim::claimed_service;
pub use error::{Error, Kind, Missing};
pub use keys::SigningKeys;
pub use payload::{PayloadHash, PayloadHasher};
pub use presented::{Head, Known, Presented, Session};
pub use sign::{Credentials, UnsignableRequest, sign};

use std::time::Duration;

/// The only algorithm there is.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// How far a request's time may be from ours, either way.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// How long a presigned URL may be valid at most.
const MAX_EXPIRES_SECS: u64 = 7 * 24 * 60 * 60;
