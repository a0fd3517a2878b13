//! The vocabulary every other crate shares: accounts, regions, ARNs, request ids, secrets, and
//! the one seam through which time and randomness enter.
//!
//! Knows nothing of any service, protocol or store.

mod account;
mod arn;
mod clock;
mod entropy;
pub mod hex;
mod region;
mod request_id;
mod secret;
mod timestamp;

pub use account::{AccountId, InvalidAccountId};
pub use arn::{Arn, InvalidArn};
pub use clock::Clock;
pub use entropy::Entropy;
pub use region::{InvalidRegion, Region};
pub use request_id::RequestId;
pub use secret::Secret;
pub use timestamp::Timestamp;

/// The partition all our ARNs are in.
pub const PARTITION: &str = "aws";
