//! Tokens of identity providers: what they must say to stand for somebody.
//!
//! Providers' keys are where the configuration says, so that what is accepted does not depend on
//! who answers under a name.

use crate::error::Error;
use base::Timestamp;
use jwt::{Algorithm, KeySet, Token};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a token says, once it is verified.
#[derive(Debug)]
pub(crate) struct Claims {
    pub subject: String,
    /// Whom the token is for: the authorized party, if it names one.
    pub audience: String,
    /// The audiences of a token that names an authorized party.
    original_audiences: Vec<String>,
    methods: Vec<String>,
    pub session_tags: SessionTags,
    pub source_identity: Option<String>,
}

/// The claim by which an issuer gives the session tags ("Pass session tags in AWS STS" of the IAM
/// user guide).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct SessionTags {
    principal_tags: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    pub transitive_tag_keys: Vec<String>,
}

#[derive(Deserialize)]
struct Payload {
    iss: String,
    sub: String,
    #[serde(default)]
    aud: OneOrMany,
    azp: Option<String>,
    exp: i64,
    nbf: Option<i64>,
    #[serde(default)]
    amr: Vec<String>,
    #[serde(default, rename = "https://aws.amazon.com/tags")]
    tags: SessionTags,
    #[serde(rename = "https://aws.amazon.com/source_identity")]
    source_identity: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            OneOrMany::One(value) => vec![value],
            OneOrMany::Many(values) => values,
        }
    }

    fn first(&self) -> Option<&String> {
        match self {
            OneOrMany::One(value) => Some(value),
            OneOrMany::Many(values) => values.first(),
        }
    }
}

impl Default for OneOrMany {
    fn default() -> OneOrMany {
        OneOrMany::Many(Vec::new())
    }
}

/// The algorithms that providers sign with.
const ACCEPTED: [Algorithm; 2] = [Algorithm::Rs256, Algorithm::Es256];

/// How far clocks may differ.
const SKEW_S: i64 = 300;

/// A token whose parts can be read and whose signature has not been looked at.
pub(crate) struct WebIdentityToken<'t> {
    token: Token<'t>,
    payload: Payload,
}

const NOT_A_TOKEN: Error = Error::InvalidIdentityToken(
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access \
     Token)",
);
pub(crate) const NO_KEY: Error = Error::InvalidIdentityToken(
    "Couldn't retrieve verification key from your identity provider,  please reference \
     AssumeRoleWithWebIdentity documentation for requirements",
);

impl<'t> WebIdentityToken<'t> {
    /// # Errors
    /// The text is no signed JSON Web Token.
    pub(crate) fn parse(token: &'t str) -> Result<WebIdentityToken<'t>, Error> {
        let token = Token::parse(token).map_err(|_| NOT_A_TOKEN)?;
        let payload = token.claimed().ok_or(NOT_A_TOKEN)?;
        Ok(WebIdentityToken { token, payload })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.payload.iss
    }

    /// The issuer without `https://`, as providers are named.
    pub(crate) fn provider_name(&self) -> &str {
        let issuer = self.payload.iss.as_str();
        issuer.strip_prefix("https://").unwrap_or(issuer)
    }

    /// What the token says, if one of these keys, its issuer's, signed it, it is in force, and it
    /// is for one of these clients.
    ///
    /// # Errors
    /// Which of these does not hold.
    pub(crate) fn verify(
        self,
        keys: &KeySet,
        client_ids: &[String],
        now: Timestamp,
    ) -> Result<Claims, Error> {
        keys.verify(self.token, &ACCEPTED)
            .map_err(|_| Error::InvalidIdentityToken("Invalid signature in token"))?;
        if now.as_secs() >= self.payload.exp {
            return Err(Error::IdentityTokenExpired);
        }
        let begins_later = |begins: i64| now.as_secs() + SKEW_S < begins;
        if self.payload.nbf.is_some_and(begins_later) {
            return Err(Error::InvalidIdentityToken("The token is not in force yet"));
        }
        let mut original_audiences = self.payload.aud.into_vec();
        let is_client = |audience: &String| client_ids.contains(audience);
        let audience = match self.payload.azp {
            Some(party) => Some(party).filter(is_client),
            None => std::mem::take(&mut original_audiences)
                .into_iter()
                .find(is_client),
        };
        let audience = audience.ok_or(Error::InvalidIdentityToken("Incorrect token audience"))?;
        Ok(Claims {
            subject: self.payload.sub,
            audience,
            original_audiences,
            methods: self.payload.amr,
            session_tags: self.payload.tags,
            source_identity: self.payload.source_identity,
        })
    }
}

impl SessionTags {
    /// Each key with its value; a key that has several keeps the first.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        let tags = self.principal_tags.iter();
        tags.filter_map(|(key, values)| Some((key.as_str(), values.first()?.as_str())))
    }
}

impl Claims {
    /// The condition keys of the provider: `NAME:sub`, `NAME:aud`, `NAME:oaud`, `NAME:amr`.
    pub(crate) fn facts(&self, provider_name: &str) -> Vec<(String, String)> {
        let key = |claim: &str| format!("{provider_name}:{claim}");
        let mut facts = vec![
            (key("sub"), self.subject.clone()),
            (key("aud"), self.audience.clone()),
        ];
        let original = self.original_audiences.first();
        facts.extend(original.map(|audience| (key("oaud"), audience.clone())));
        facts.extend(
            self.methods
                .first()
                .map(|method| (key("amr"), method.clone())),
        );
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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

    fn pair() -> (EcdsaKeyPair, KeySet) {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let [x, y] = [1, 33].map(|at| URL_SAFE_NO_PAD.encode(&point[at..at + 32]));
        let keys = format!(
            r#"{{"keys":[{{"kty":"EC","kid":"1","x":"{x}","y":"{y}"}},{{"kty":"oct","k":"AA"}}]}}"#
        );
        (pair, KeySet::read(keys.as_bytes()).unwrap())
    }

    #[test]
    fn tokens_give_tags_and_a_source_identity() {
        let (signer, keys) = pair();
        let claims = r#"{"iss":"https://i","sub":"s","aud":"x","azp":"c","exp":2000,
            "https://aws.amazon.com/source_identity":"ada",
            "https://aws.amazon.com/tags":{"principal_tags":{"team":["a"],"none":[]},
                "transitive_tag_keys":["team"]}}"#;
        let token = token(&signer, claims);
        let token = WebIdentityToken::parse(&token).unwrap();
        let claims = token.verify(&keys, &["c".to_owned()], NOW).unwrap();
        let tags: Vec<_> = claims.session_tags.pairs().collect();
        assert_eq!(tags, [("team", "a")]);
        assert_eq!(claims.session_tags.transitive_tag_keys, ["team"]);
        assert_eq!(claims.source_identity.as_deref(), Some("ada"));
        let facts = claims.facts("i").into_iter();
        let facts: Vec<String> = facts.map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(facts, ["i:sub=s", "i:aud=c", "i:oaud=x"]);
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
        let of_party = |aud: &str, party: &str| {
            let claims = format!(
                r#"{{"iss":"https://i","sub":"s","aud":"{aud}","azp":"{party}","exp":2000}}"#
            );
            token(&signer, &claims)
        };
        check(&of_party("x", "c"), Ok("s"));
        check(&of_party("c", "x"), Err("audience"));
        for bad in ["", "a", "a.b", "a.b.c", "e30.e30.e30"] {
            check(bad, Err("not a valid JWT"));
        }
    }
}
