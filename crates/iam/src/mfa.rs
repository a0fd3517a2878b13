//! Second factors: time-based one-time passwords (RFC 6238) of virtual devices.

use crate::Iam;
use crate::error::Error;
use crate::record::{MfaDevice, User};
use crate::records::{Reader, Records};
use base::{Entropy, Timestamp};
use ring::hmac;
use service::{Caller, Principal};

/// Devices a user can have.
pub(crate) const MAX_DEVICES: usize = 8;

const SEED_CHARS: usize = 64;
const PERIOD_S: i64 = 30;
/// How many periods a device's clock may be off.
const DRIFT: i64 = 2;
const DIGITS: u32 = 1_000_000;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A secret as authenticator programs take it, in base32.
pub(crate) fn new_seed(entropy: &Entropy) -> String {
    let random = entropy.bytes::<SEED_CHARS>();
    let letters = random
        .iter()
        .filter_map(|byte| BASE32.get(usize::from(byte % 32)));
    letters.map(|letter| char::from(*letter)).collect()
}

fn decoded(seed: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0u32, 0u32, Vec::new());
    for letter in seed.bytes() {
        let Some(value) = BASE32.iter().position(|known| *known == letter) else {
            continue;
        };
        bits = (bits << 5) | u32::try_from(value).unwrap_or_default();
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.extend(u8::try_from((bits >> count) & 0xff));
        }
    }
    bytes
}

/// The code of one period.
pub(crate) fn code(seed: &str, period: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &decoded(seed));
    let tag = hmac::sign(&key, &period.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let four = tag.get(at..at + 4).unwrap_or_default();
    let number = four
        .iter()
        .fold(0u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % DIGITS)
}

fn periods(now: Timestamp) -> std::ops::RangeInclusive<i64> {
    let current = now.as_secs() / PERIOD_S;
    current - DRIFT..=current + DRIFT
}

/// The period of the second of two codes that follow one another.
///
/// # Errors
/// They do not, or are of another time.
pub(crate) fn consecutive(seed: &str, codes: [&str; 2], now: Timestamp) -> Result<i64, Error> {
    let [first, second] = codes;
    periods(now)
        .find(|period| code(seed, *period) == first && code(seed, period + 1) == second)
        .map(|period| period + 1)
        .ok_or(Error::InvalidMfaCode)
}

/// The device with this serial number that is enabled for the user.
///
/// # Errors
/// There is none.
pub(crate) async fn enabled<R: Reader>(
    records: &Records<R>,
    user: &User,
    serial: &str,
) -> Result<MfaDevice, Error> {
    let found: Option<MfaDevice> = records.find_by_arn(serial).await?;
    let is_theirs = |device: &MfaDevice| {
        let enabled = device.enabled.as_ref();
        enabled.is_some_and(|enabled| enabled.user_id == user.head.id)
    };
    found.filter(is_theirs).ok_or_else(|| Error::MfaNotEnabled {
        serial: serial.to_owned(),
        user: user.head.name.clone(),
    })
}

impl Iam {
    /// When the caller gave a second factor, if one is given: now.
    ///
    /// # Errors
    /// Only one of serial number and code is there, the caller is no user with long-term keys,
    /// the device is not theirs, or the code is wrong or was used before.
    pub(crate) async fn second_factor(
        &self,
        caller: &Caller,
        serial: Option<&str>,
        code: Option<&str>,
    ) -> Result<Option<Timestamp>, Error> {
        let (serial, code) = match (serial, code) {
            (None, None) => return Ok(None),
            (Some(serial), Some(code)) => (serial, code),
            _ => return Err(Error::NoSuchMfaDevice),
        };
        let Principal::User {
            name,
            session: false,
            ..
        } = &caller.principal
        else {
            return Err(Error::NoSuchMfaDevice);
        };
        self.change(caller.account, |records| async move {
            let user: User = records.get(name).await?;
            let device = enabled(&records, &user, serial).await;
            let mut device = device.map_err(|_| Error::NoSuchMfaDevice)?;
            let enabled = device.enabled.as_mut().ok_or(Error::NoSuchMfaDevice)?;
            let seed = &device.seed;
            let period = periods(caller.time)
                .find(|period| *period > enabled.last_period && self::code(seed, *period) == code);
            enabled.last_period = period.ok_or(Error::NoSuchMfaDevice)?;
            records.put_entity(&device);
            Ok(Some(caller.time))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (time_s, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(code(seed, time_s / PERIOD_S), expected);
        }
    }

    #[test]
    fn two_codes_must_follow_one_another() {
        let seed = new_seed(&Entropy::seeded(1));
        let now = Timestamp::from_secs(1_000_000_000);
        let period = now.as_secs() / PERIOD_S;
        let (a, b) = (code(&seed, period), code(&seed, period + 1));
        assert_eq!(consecutive(&seed, [&a, &b], now).unwrap(), period + 1);
        assert!(consecutive(&seed, [&b, &a], now).is_err());
        let later = Timestamp::from_secs(1_000_001_000);
        assert!(consecutive(&seed, [&a, &b], later).is_err());
    }
}
