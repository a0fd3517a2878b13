//! Tokens of identity providers: JSON Web Tokens, checked with keys that a file brings.
//!
//! Providers are never asked over the network: their keys come with the configuration, so that
//! what is accepted does not depend on who answers under a name.

use crate::error::Error;
use base::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The public keys of identity providers, by issuer: `https://HOST/PATH`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct IdentityKeys(BTreeMap<String, KeySet>);

impl IdentityKeys {
    /// Reads `{"https://issuer": {"keys": [...]}}`: a JSON Web Key Set (RFC 7517) for each
    /// issuer.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<IdentityKeys, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[derive(Clone, Debug, Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

/// A key; those of other types than RSA and EC P-256 verify nothing.
#[derive(Clone, Debug, Deserialize)]
struct Key {
    kid: Option<String>,
    #[serde(flatten)]
    material: Material,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kty")]
enum Material {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { x: String, y: String },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

/// What a token says, once it is verified.
#[derive(Debug)]
pub(crate) struct Claims {
    pub subject: String,
    pub audiences: Vec<String>,
    methods: Vec<String>,
}

#[derive(Deserialize)]
struct Payload {
    iss: String,
    sub: String,
    #[serde(default)]
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    nbf: Option<i64>,
    #[serde(default)]
    amr: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Default for Audience {
    fn default() -> Audience {
        Audience::Many(Vec::new())
    }
}

/// How far clocks may differ.
const SKEW_S: i64 = 300;

/// A token whose parts can be read and whose signature has not been looked at.
pub(crate) struct WebIdentityToken<'t> {
    header: Header,
    payload: Payload,
    signed: &'t str,
    signature: Vec<u8>,
}

const NOT_A_TOKEN: Error = Error::InvalidIdentityToken(
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access \
     Token)",
);
const NO_KEY: Error = Error::InvalidIdentityToken(
    "Couldn't retrieve verification key from your identity provider,  please reference \
     AssumeRoleWithWebIdentity documentation for requirements",
);

impl<'t> WebIdentityToken<'t> {
    /// # Errors
    /// The text is no signed JSON Web Token.
    pub(crate) fn parse(token: &'t str) -> Result<WebIdentityToken<'t>, Error> {
        let (signed, signature) = token.rsplit_once('.').ok_or(NOT_A_TOKEN)?;
        let (header, payload) = signed.split_once('.').ok_or(NOT_A_TOKEN)?;
        Ok(WebIdentityToken {
            header: part(header)?,
            payload: part(payload)?,
            signed,
            signature: bytes(signature).ok_or(NOT_A_TOKEN)?,
        })
    }

    /// The issuer without `https://`, as providers are named.
    pub(crate) fn provider_name(&self) -> &str {
        let issuer = self.payload.iss.as_str();
        issuer.strip_prefix("https://").unwrap_or(issuer)
    }

    /// What the token says, if one of its issuer's keys signed it, it is in force, and it is for
    /// one of these clients.
    ///
    /// # Errors
    /// Which of these does not hold.
    pub(crate) fn verify(
        self,
        keys: &IdentityKeys,
        client_ids: &[String],
        now: Timestamp,
    ) -> Result<Claims, Error> {
        let set = keys.0.get(&self.payload.iss).ok_or(NO_KEY)?;
        let mut candidates = set
            .keys
            .iter()
            .filter(|key| match (&self.header.kid, &key.kid) {
                (Some(wanted), Some(kid)) => wanted == kid,
                _ => true,
            });
        if !candidates.any(|key| key.verifies(&self.header.alg, self.signed, &self.signature)) {
            return Err(Error::InvalidIdentityToken("Invalid signature in token"));
        }
        if now.as_secs() >= self.payload.exp {
            return Err(Error::IdentityTokenExpired);
        }
        let begins_later = |begins: i64| now.as_secs() + SKEW_S < begins;
        if self.payload.nbf.is_some_and(begins_later) {
            return Err(Error::InvalidIdentityToken("The token is not in force yet"));
        }
        let audiences = match self.payload.aud {
            Audience::One(audience) => vec![audience],
            Audience::Many(audiences) => audiences,
        };
        let mut clients = audiences.iter().chain(&self.payload.azp);
        if !clients.any(|client| client_ids.contains(client)) {
            return Err(Error::InvalidIdentityToken("Incorrect token audience"));
        }
        Ok(Claims {
            subject: self.payload.sub,
            audiences,
            methods: self.payload.amr,
        })
    }
}

impl Key {
    fn verifies(&self, algorithm: &str, signed: &str, signature: &[u8]) -> bool {
        match (&self.material, algorithm) {
            (Material::Rsa { n, e }, "RS256") => {
                let (Some(n), Some(e)) = (bytes(n), bytes(e)) else {
                    return false;
                };
                let key = RsaPublicKeyComponents { n, e };
                let verified =
                    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), signature);
                verified.is_ok()
            }
            (Material::Ec { x, y }, "ES256") => {
                let (Some(x), Some(y)) = (bytes(x), bytes(y)) else {
                    return false;
                };
                let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(signed.as_bytes(), signature).is_ok()
            }
            _ => false,
        }
    }
}

impl Claims {
    /// The condition keys of the provider: `NAME:sub`, `NAME:aud`, `NAME:amr`.
    pub(crate) fn facts(&self, provider_name: &str) -> Vec<(String, String)> {
        let key = |claim: &str| format!("{provider_name}:{claim}");
        let mut facts = vec![(key("sub"), self.subject.clone())];
        facts.extend(
            self.audiences
                .first()
                .map(|audience| (key("aud"), audience.clone())),
        );
        facts.extend(
            self.methods
                .first()
                .map(|method| (key("amr"), method.clone())),
        );
        facts
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Error> {
    let json = bytes(text).ok_or(NOT_A_TOKEN)?;
    serde_json::from_slice(&json).map_err(|_| NOT_A_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn token(pair: &EcdsaKeyPair, payload: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let signed = format!(
            "{}.{}",
            encode(r#"{"alg":"ES256","kid":"1"}"#),
            encode(payload)
        );
        let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn pair() -> (EcdsaKeyPair, IdentityKeys) {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let [x, y] = [1, 33].map(|at| URL_SAFE_NO_PAD.encode(&point[at..at + 32]));
        let keys = format!(
            r#"{{"https://i":{{"keys":[{{"kty":"EC","kid":"1","x":"{x}","y":"{y}"}},
                {{"kty":"oct","k":"AA"}}]}}}}"#
        );
        (pair, IdentityKeys::parse(&keys).unwrap())
    }

    #[test]
    fn tokens_are_verified() {
        let (signer, keys) = pair();
        let (stranger, _) = pair();
        let clients = ["c".to_owned()];
        let check = |token: &str, expected: Result<&str, &str>| {
            let verified =
                WebIdentityToken::parse(token).and_then(|token| token.verify(&keys, &clients, NOW));
            let found = verified
                .map(|claims| claims.subject)
                .map_err(|e| e.to_string());
            let found = found.as_deref().map_err(String::as_str);
            match expected {
                Ok(subject) => assert_eq!(found, Ok(subject)),
                Err(part) => assert!(found.unwrap_err().contains(part), "{found:?}"),
            }
        };
        let good = r#"{"iss":"https://i","sub":"s","aud":"c","exp":2000}"#;
        check(&token(&signer, good), Ok("s"));
        check(&token(&stranger, good), Err("Invalid signature"));
        let changed = token(&signer, good).replacen('.', ".A", 1);
        assert!(WebIdentityToken::parse(&changed).is_err());
        check(
            &token(
                &signer,
                r#"{"iss":"https://i","sub":"s","aud":"c","exp":999}"#,
            ),
            Err("expired"),
        );
        check(
            &token(
                &signer,
                r#"{"iss":"https://i","sub":"s","aud":["x"],"exp":2000}"#,
            ),
            Err("audience"),
        );
        check(
            &token(
                &signer,
                r#"{"iss":"https://j","sub":"s","aud":"c","exp":2000}"#,
            ),
            Err("verification key"),
        );
        for bad in ["", "a", "a.b", "a.b.c", "e30.e30.e30"] {
            check(bad, Err("not a valid JWT"));
        }
    }
}
