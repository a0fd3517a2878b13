//! A token's parts, and its claims.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A token whose parts can be read and whose signature has not been looked at.
#[derive(Debug)]
pub struct Token<'t> {
    pub(crate) header: Header,
    pub(crate) signed: &'t str,
    pub(crate) signature: Vec<u8>,
    pub(crate) claims: Claims,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Header {
    pub alg: String,
    pub kid: Option<String>,
}

/// Why a token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    #[error("not a token")]
    Malformed,
    #[error("an algorithm that is not accepted")]
    Algorithm,
    #[error("an unknown key")]
    Key,
    #[error("a signature that is wrong")]
    Signature,
}

impl<'t> Token<'t> {
    /// # Errors
    /// [`Untrusted::Malformed`].
    pub fn parse(token: &'t str) -> Result<Token<'t>, Untrusted> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Untrusted::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Untrusted::Malformed)?;
        Ok(Token {
            header: part(header).ok_or(Untrusted::Malformed)?,
            signed,
            signature: decode(signature).ok_or(Untrusted::Malformed)?,
            claims: Claims(part(claims).ok_or(Untrusted::Malformed)?),
        })
    }

    /// The issuer that the token names, before anything about it is checked.
    pub fn claimed_issuer(&self) -> Option<&str> {
        self.claims.text("iss")
    }

    /// The claims in a form of the caller's, before anything about them is checked; none if they
    /// do not have it.
    pub fn claimed<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(Value::Object(self.claims.0.clone())).ok()
    }
}

pub(crate) fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&decode(text)?).ok()
}

/// What a token says, as it stands in it.
#[derive(Debug, Clone, Default)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim)?.as_str()
    }

    /// A claim that is a moment, in seconds.
    pub fn seconds(&self, claim: &str) -> Option<f64> {
        self.0.get(claim)?.as_f64()
    }

    /// A claim that is a list of texts, or a single one: `aud`.
    pub fn list(&self, claim: &str) -> Vec<&str> {
        match self.0.get(claim) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// `scope`, word by word.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.text("scope").unwrap_or_default().split_whitespace()
    }

    /// All claims by name, as they stand in the token.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}
