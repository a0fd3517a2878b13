//! JSON Web Tokens: who signed them, by the public keys of issuers, and what they claim.
//!
//! [`Issuers`] has the keys, from where the configuration says or from the issuer itself;
//! [`KeySet::verify`] checks a signature by algorithms that the verifier names, as one that the
//! token could choose freely would be none. What claims mean, their times included, is for
//! whoever asks to say.

mod issuers;
mod key_set;
mod token;

pub use issuers::{Issuers, KeySources};
pub use key_set::{Algorithm, KeySet};
pub use token::{Claims, Token, Untrusted};
