//! Signing keys: derived from a secret for one day, region and service, and remembered.

use crate::credential::Credential;
use base::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A derived key, as an HMAC that has already taken it in.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    pub(crate) fn derive(secret: &Secret, date: &str, region: &str, service: &str) -> SigningKey {
        let secret = Secret::new(format!("AWS4{}", secret.expose()));
        let parts = [date, region, service, "aws4_request"];
        let key = parts
            .iter()
            .fold(hmac(secret.expose().as_bytes()), |key, part| {
                hmac(&mac(key, part.as_bytes()))
            });
        SigningKey(key)
    }

    pub(crate) fn sign(&self, text: &str) -> [u8; 32] {
        mac(self.0.clone(), text.as_bytes())
    }

    /// Whether `signature` is that of `text`, in time that does not depend on where they differ.
    pub(crate) fn verifies(&self, text: &str, signature: &[u8; 32]) -> bool {
        let mut mac = self.0.clone();
        mac.update(text.as_bytes());
        mac.verify_slice(signature).is_ok()
    }
}

fn mac(mut key: Hmac<Sha256>, text: &[u8]) -> [u8; 32] {
    key.update(text);
    key.finalize().into_bytes().into()
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}

/// A bounded memory of derived keys, so that a request costs one HMAC instead of five.
///
/// Two generations of at most half the capacity each: what is asked for stays in or returns to
/// the young one, and when that is full it becomes the old one, and the former old one is
/// forgotten. A remembered key is used only for the secret it was derived from.
pub struct SigningKeys {
    half: usize,
    generations: Mutex<Generations>,
}

#[derive(Default)]
struct Generations {
    young: HashMap<Box<str>, Derived>,
    old: HashMap<Box<str>, Derived>,
}

struct Derived {
    from: Secret,
    key: SigningKey,
}

impl SigningKeys {
    /// Remembers about `capacity` keys, at least two.
    pub fn new(capacity: usize) -> SigningKeys {
        SigningKeys {
            half: (capacity / 2).max(1),
            generations: Mutex::default(),
        }
    }

    pub(crate) fn key(&self, credential: &Credential<'_>, secret: &Secret) -> SigningKey {
        if let Some(key) = self.recall(credential.as_str(), secret) {
            return key;
        }
        let key = SigningKey::derive(
            secret,
            credential.date(),
            credential.region().as_str(),
            credential.service(),
        );
        let derived = Derived {
            from: secret.clone(),
            key: key.clone(),
        };
        self.with_generations(|generations| {
            generations.remember(credential.as_str().into(), derived, self.half);
        });
        key
    }

    fn recall(&self, credential: &str, secret: &Secret) -> Option<SigningKey> {
        self.with_generations(|generations| {
            if let Some(derived) = generations.young.get(credential) {
                return (derived.from == *secret).then(|| derived.key.clone());
            }
            let (credential, derived) = generations.old.remove_entry(credential)?;
            let key = (derived.from == *secret).then(|| derived.key.clone());
            generations.remember(credential, derived, self.half);
            key
        })
    }

    /// No step under the lock can panic halfway, so a poisoned lock still guards a sound map.
    fn with_generations<T>(&self, f: impl FnOnce(&mut Generations) -> T) -> T {
        let lock = self.generations.lock();
        f(&mut lock.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Generations {
    fn remember(&mut self, credential: Box<str>, derived: Derived, half: usize) {
        if self.young.len() >= half && !self.young.contains_key(&credential) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(credential, derived);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn credential(access_key_id: &str) -> Credential<'static> {
        let text = format!("{access_key_id}/20150830/us-east-1/iam/aws4_request");
        Credential::parse(Cow::Owned(text), "20150830T123600Z").unwrap()
    }

    /// The example of AWS's documentation of the signing key.
    #[test]
    fn derivation() {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let key = SigningKey::derive(&secret, "20150830", "us-east-1", "iam");
        let expected = SigningKey(hmac(&[
            0xc4, 0xaf, 0xb1, 0xcc, 0x57, 0x71, 0xd8, 0x71, 0x76, 0x3a, 0x39, 0x3e, 0x44, 0xb7,
            0x03, 0x57, 0x1b, 0x55, 0xcc, 0x28, 0x42, 0x4d, 0x1a, 0x5e, 0x86, 0xda, 0x6e, 0xd3,
            0xc1, 0x54, 0xa4, 0xb9,
        ]));
        assert_eq!(key.sign("text"), expected.sign("text"));
    }

    #[test]
    fn remembers_per_secret_and_within_bounds() {
        let keys = SigningKeys::new(8);
        let secrets = [Secret::new("one"), Secret::new("two")];
        for round in 0..3 {
            for n in 0..40 {
                let credential = credential(&format!("AKIA{n}"));
                for secret in &secrets {
                    let key = keys.key(&credential, secret).sign("text");
                    let fresh = SigningKey::derive(secret, "20150830", "us-east-1", "iam");
                    assert_eq!(key, fresh.sign("text"), "{n} in round {round}");
                }
            }
        }
        let held = keys.with_generations(|g| g.young.len() + g.old.len());
        assert!(held <= 8, "{held}");
    }

    #[test]
    fn what_is_used_stays() {
        let keys = SigningKeys::new(4);
        let secret = Secret::new("s");
        let favourite = credential("FAVOURITE");
        keys.key(&favourite, &secret);
        for n in 0..20 {
            assert!(keys.recall(favourite.as_str(), &secret).is_some());
            keys.key(&credential(&format!("AKIA{n}")), &secret);
        }
    }
}
