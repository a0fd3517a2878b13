//! Passwords: checked against the account's policy, stored so that nobody can read them back.

use crate::error::Error;
use crate::keys;
use crate::record::{LoginProfile, PasswordPolicy};
use crate::records::{Reader, Records};
use base::Entropy;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::pbkdf2;
use std::num::NonZeroU32;

const ROUNDS: u32 = 100_000;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// What counts as a symbol ("Set an account password policy for IAM users").
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

impl PasswordPolicy {
    /// What holds while an account has set nothing: what UpdateAccountPasswordPolicy takes for
    /// members that are left out.
    pub(crate) fn unset() -> PasswordPolicy {
        PasswordPolicy {
            minimum_length: 6,
            symbols: false,
            numbers: false,
            uppercase: false,
            lowercase: false,
            users_may_change: false,
            max_age_days: None,
            reuse_prevention: None,
            hard_expiry: None,
        }
    }

    fn check(&self, password: &str) -> Result<(), Error> {
        let minimum = usize::try_from(self.minimum_length).unwrap_or_default();
        let has = |wanted: fn(char) -> bool| password.chars().any(wanted);
        let faults = [
            (
                password.chars().count() < minimum,
                "Password should have a minimum length",
            ),
            (
                self.symbols && !has(|c| SYMBOLS.contains(c)),
                "Password should have at least one symbol",
            ),
            (
                self.numbers && !has(|c| c.is_ascii_digit()),
                "Password should have at least one number",
            ),
            (
                self.uppercase && !has(|c| c.is_ascii_uppercase()),
                "Password should have at least one uppercase letter",
            ),
            (
                self.lowercase && !has(|c| c.is_ascii_lowercase()),
                "Password should have at least one lowercase letter",
            ),
        ];
        match faults.into_iter().find(|(broken, _)| *broken) {
            Some((_, fault)) => Err(Error::WeakPassword(fault)),
            None => Ok(()),
        }
    }
}

/// # Errors
/// The password breaks the account's policy.
pub(crate) async fn check<R: Reader>(records: &Records<R>, password: &str) -> Result<(), Error> {
    let policy: Option<PasswordPolicy> = records
        .read(&keys::password_policy(records.account))
        .await?;
    policy.unwrap_or_else(PasswordPolicy::unset).check(password)
}

fn rounds() -> NonZeroU32 {
    NonZeroU32::new(ROUNDS).unwrap_or(NonZeroU32::MIN)
}

/// A new salt, and the password's hash with it.
pub(crate) fn hashed(entropy: &Entropy, password: &str) -> (String, String) {
    let salt = entropy.bytes::<SALT_BYTES>();
    let mut hash = [0; HASH_BYTES];
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(algorithm, rounds(), &salt, password.as_bytes(), &mut hash);
    (STANDARD.encode(salt), STANDARD.encode(hash))
}

/// Whether it is this password; compared in constant time.
pub(crate) fn is(profile: &LoginProfile, password: &str) -> bool {
    let (Ok(salt), Ok(hash)) = (
        STANDARD.decode(&profile.salt),
        STANDARD.decode(&profile.hash),
    ) else {
        return false;
    };
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::verify(algorithm, rounds(), &salt, password.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_demands() {
        let policy = PasswordPolicy {
            minimum_length: 8,
            symbols: true,
            numbers: true,
            uppercase: true,
            lowercase: true,
            ..PasswordPolicy::unset()
        };
        let check = |password: &str, expected: bool| {
            assert_eq!(policy.check(password).is_ok(), expected, "{password}");
        };
        check("Abcdefg1!", true);
        for weak in ["Abc1!", "Abcdefg1", "Abcdefg!", "abcdefg1!", "ABCDEFG1!"] {
            check(weak, false);
        }
    }

    #[test]
    fn hashes_tell_passwords_apart() {
        let (salt, hash) = hashed(&Entropy::seeded(1), "secret");
        let profile = LoginProfile {
            salt,
            hash,
            created_s: 0,
            reset_required: false,
        };
        assert!(is(&profile, "secret"));
        assert!(!is(&profile, "Secret"));
    }
}
