//! The public keys of an issuer, and signatures by them.

use crate::token::{Claims, Token, Untrusted, decode};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;

/// The public keys of an issuer: a JSON Web Key Set (RFC 7517).
#[derive(Debug, Default, Deserialize)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// A key; those of other kinds than RSA and EC P-256 verify nothing.
#[derive(Debug, Deserialize)]
struct Key {
    kid: Option<String>,
    #[serde(flatten)]
    material: Material,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { x: String, y: String },
    #[serde(other)]
    Other,
}

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Es256,
}

impl Algorithm {
    /// Those with RSA and SHA-2, which are all that user pools use.
    pub const RSA: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512];

    fn parse(name: &str) -> Option<Algorithm> {
        Some(match name {
            "RS256" => Algorithm::Rs256,
            "RS384" => Algorithm::Rs384,
            "RS512" => Algorithm::Rs512,
            "ES256" => Algorithm::Es256,
            _ => return None,
        })
    }

    /// What RSA takes; none for others.
    fn rsa(self) -> Option<&'static RsaParameters> {
        match self {
            Algorithm::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
            Algorithm::Es256 => None,
        }
    }
}

impl KeySet {
    /// Reads a document with `keys`; none if it is no such document.
    pub fn read(document: &[u8]) -> Option<KeySet> {
        serde_json::from_slice(document).ok()
    }

    /// What a token says, if one of the keys signed it by one of these algorithms.
    ///
    /// # Errors
    /// [`Untrusted`].
    pub fn verify(&self, token: Token<'_>, accepted: &[Algorithm]) -> Result<Claims, Untrusted> {
        let algorithm = Algorithm::parse(&token.header.alg)
            .filter(|algorithm| accepted.contains(algorithm))
            .ok_or(Untrusted::Algorithm)?;
        let named = |key: &&Key| match (&token.header.kid, &key.kid) {
            (Some(wanted), Some(kid)) => wanted == kid,
            _ => true,
        };
        let fits = |key: &&Key| named(key) && key.material.is_for(algorithm);
        let mut candidates = self.keys.iter().filter(fits).peekable();
        candidates.peek().ok_or(Untrusted::Key)?;
        match candidates.any(|key| key.material.verifies(algorithm, &token)) {
            true => Ok(token.claims),
            false => Err(Untrusted::Signature),
        }
    }
}

impl Material {
    fn is_for(&self, algorithm: Algorithm) -> bool {
        match self {
            Material::Rsa { .. } => algorithm.rsa().is_some(),
            Material::Ec { .. } => algorithm == Algorithm::Es256,
            Material::Other => false,
        }
    }

    fn verifies(&self, algorithm: Algorithm, token: &Token<'_>) -> bool {
        let signed = token.signed.as_bytes();
        match (self, algorithm.rsa()) {
            (Material::Rsa { n, e }, Some(parameters)) => {
                let (Some(n), Some(e)) = (decode(n), decode(e)) else {
                    return false;
                };
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, signed, &token.signature).is_ok()
            }
            (Material::Ec { x, y }, None) => {
                let (Some(x), Some(y)) = (decode(x), decode(y)) else {
                    return false;
                };
                let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(signed, &token.signature).is_ok()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    fn encode(bytes: impl AsRef<[u8]>) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    #[test]
    fn what_is_not_trusted() {
        let set = KeySet::read(br#"{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}"#);
        let set = set.unwrap();
        let token = |header: &str| {
            let claims = encode(r#"{"iss":"i"}"#);
            format!("{}.{claims}.{}", encode(header), encode("s"))
        };
        let refused = |text: &str| {
            let verified = Token::parse(text).and_then(|token| set.verify(token, &Algorithm::RSA));
            verified.err()
        };
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
        let read = Token::parse(&wrong).unwrap();
        assert_eq!(read.claimed_issuer(), Some("i"));
    }

    #[test]
    fn elliptic_curves() {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let [x, y] = [1, 33].map(|at| encode(&point[at..at + 32]));
        let keys = format!(r#"{{"keys":[{{"kty":"oct"}},{{"kty":"EC","x":"{x}","y":"{y}"}}]}}"#);
        let set = KeySet::read(keys.as_bytes()).unwrap();
        let signed = format!("{}.{}", encode(r#"{"alg":"ES256"}"#), encode("{}"));
        let signature = pair.sign(&random, signed.as_bytes()).unwrap();
        let token = format!("{signed}.{}", encode(signature));
        let verify = |accepted: &[Algorithm]| set.verify(Token::parse(&token).unwrap(), accepted);
        assert!(verify(&[Algorithm::Es256]).is_ok());
        assert_eq!(verify(&Algorithm::RSA).err(), Some(Untrusted::Algorithm));
    }
}
