//! JSON web tokens: signatures by a user pool's or issuer's public keys, and claims.
//!
//! Only signatures with RSA and SHA-2 are taken (RS256, RS384, RS512): user pools make no others,
//! and an algorithm that the token could choose freely would be none.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A token that was signed by whoever holds a known key.
#[derive(Debug)]
pub struct Token {
    /// As they are in the token; numbers and lists are left as they are.
    pub claims: Map<String, Value>,
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

/// The public keys of an issuer.
#[derive(Debug, Default, Deserialize)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// A key in a set; those of other kinds are passed over.
#[derive(Debug, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "n")]
    modulus: Option<String>,
    #[serde(rename = "e")]
    exponent: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

/// The issuer that a token names, before anything about it is checked.
pub fn claimed_issuer(token: &str) -> Option<String> {
    let claims = token.split('.').nth(1)?;
    let claims: Map<String, Value> = serde_json::from_slice(&decode(claims)?).ok()?;
    claims.get("iss")?.as_str().map(str::to_owned)
}

impl KeySet {
    /// Reads a document with `keys`; none if it is no such document.
    pub fn read(document: &[u8]) -> Option<KeySet> {
        serde_json::from_slice(document).ok()
    }

    /// Checks who signed a token. What it claims, its times included, is not looked at.
    ///
    /// # Errors
    /// [`Untrusted`].
    pub fn verify(&self, token: &str) -> Result<Token, Untrusted> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Untrusted::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Untrusted::Malformed)?;
        let header: Header = decode(header)
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or(Untrusted::Malformed)?;
        let algorithm = algorithm(&header.alg).ok_or(Untrusted::Algorithm)?;
        let signature = decode(signature).ok_or(Untrusted::Malformed)?;
        let mut candidates = self
            .keys
            .iter()
            .filter(|key| key.kty == "RSA" && (header.kid.is_none() || key.kid == header.kid));
        let key = candidates.next().ok_or(Untrusted::Key)?;
        let part = |part: &Option<String>| part.as_deref().and_then(decode);
        let key = RsaPublicKeyComponents {
            n: part(&key.modulus).ok_or(Untrusted::Key)?,
            e: part(&key.exponent).ok_or(Untrusted::Key)?,
        };
        key.verify(algorithm, signed.as_bytes(), &signature)
            .map_err(|_| Untrusted::Signature)?;
        let claims = decode(claims).and_then(|json| serde_json::from_slice(&json).ok());
        Ok(Token {
            claims: claims.ok_or(Untrusted::Malformed)?,
        })
    }
}

fn algorithm(name: &str) -> Option<&'static RsaParameters> {
    match name {
        "RS256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}

impl Token {
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// A claim that is a moment, in seconds.
    pub fn seconds(&self, claim: &str) -> Option<f64> {
        self.claims.get(claim)?.as_f64()
    }

    /// `scope`, word by word.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.text("scope").unwrap_or_default().split_whitespace()
    }

    /// All claims as texts, as `$context.authorizer.claims` has them.
    pub fn texts(&self) -> Vec<(String, String)> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let items = items.iter().map(|item| item.as_str().unwrap_or_default());
                items.collect::<Vec<_>>().join(",")
            }
            value => value.to_string(),
        };
        let claims = self.claims.iter();
        claims
            .map(|(name, value)| (name.clone(), text(value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_trusted() {
        let set = KeySet::read(br#"{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}"#);
        let set = set.unwrap();
        let token = |header: &str| {
            let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
            format!(
                "{}.{}.{}",
                encode(header),
                encode(r#"{"iss":"i"}"#),
                encode("s")
            )
        };
        let refused = |text: &str| set.verify(text).err();
        for malformed in ["", "a.b", "a.b.c", "..", "!.!.!"] {
            assert_eq!(
                refused(malformed),
                Some(Untrusted::Malformed),
                "{malformed}"
            );
        }
        for algorithm in ["none", "HS256", "ES256"] {
            let text = token(&format!(r#"{{"alg":"{algorithm}","kid":"a"}}"#));
            assert_eq!(refused(&text), Some(Untrusted::Algorithm));
        }
        let unknown = token(r#"{"alg":"RS256","kid":"b"}"#);
        assert_eq!(refused(&unknown), Some(Untrusted::Key));
        let wrong = token(r#"{"alg":"RS256","kid":"a"}"#);
        assert_eq!(refused(&wrong), Some(Untrusted::Signature));
        assert_eq!(claimed_issuer(&wrong).as_deref(), Some("i"));
    }
}
