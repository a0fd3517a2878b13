//! Second factors: time-based one-time passwords (RFC 6238) of virtual devices.

use crate::Iam;
use crate::error::Error;
use crate::record::{MfaDevice, User};
use crate::records::{Reader, Records};
use base::{AccountId, Entropy, Timestamp};
use parking_lot::Mutex;
use ring::hmac;
use service::{Caller, Principal};
use std::collections::HashMap;
use std::time::Duration;

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
    /// the device is not theirs, the code is wrong or was used before, or too many were wrong of
    /// late.
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
        let place = &(caller.account, serial.to_owned());
        if !self.guesses.may_try(place, caller.time) {
            return Err(Error::NoSuchMfaDevice);
        }
        let tried = self.try_code(caller, name, serial, code).await;
        match &tried {
            Ok(_) => self.guesses.right(place),
            Err(Error::NoSuchMfaDevice) => self.guesses.wrong(place, caller.time),
            Err(_) => {}
        }
        tried
    }

    async fn try_code(
        &self,
        caller: &Caller,
        name: &str,
        serial: &str,
        code: &str,
    ) -> Result<Option<Timestamp>, Error> {
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

/// Wrong codes in a row for which a device is not yet closed.
const MOST_GUESSES: u32 = 5;
/// How long a device is closed after the first wrong code too many; doubled by each that follows,
/// so that a code of six digits is not to be found.
const CLOSED: Duration = Duration::from_secs(1);
const CLOSED_AT_MOST: Duration = Duration::from_secs(3600);
/// Devices that are remembered; beyond that all are forgotten.
const MOST_DEVICES: usize = 10_000;

/// A device, by its account and serial number.
type Place = (AccountId, String);

/// Wrong codes of late, for each device.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<HashMap<Place, Wrong>>);

#[derive(Clone, Copy, Debug)]
struct Wrong {
    times: u32,
    closed_until: Timestamp,
}

impl Guesses {
    fn may_try(&self, place: &Place, now: Timestamp) -> bool {
        let wrong = self.0.lock().get(place).copied();
        wrong.is_none_or(|wrong| wrong.closed_until <= now)
    }

    fn right(&self, place: &Place) {
        self.0.lock().remove(place);
    }

    fn wrong(&self, place: &Place, now: Timestamp) {
        let mut guesses = self.0.lock();
        if guesses.len() >= MOST_DEVICES {
            guesses.clear();
        }
        let wrong = guesses.entry(place.clone()).or_insert(Wrong {
            times: 0,
            closed_until: now,
        });
        wrong.times = wrong.times.saturating_add(1);
        if let Some(more) = wrong.times.checked_sub(MOST_GUESSES) {
            let closed = CLOSED.saturating_mul(1 << more.min(16)).min(CLOSED_AT_MOST);
            wrong.closed_until = now.saturating_add(closed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_slow() {
        let guesses = Guesses::default();
        let place = (
            AccountId::DEFAULT,
            "arn:aws:iam::000000000000:mfa/d".to_owned(),
        );
        let mut now = Timestamp::from_millis(0);
        for _ in 1..MOST_GUESSES {
            guesses.wrong(&place, now);
            assert!(guesses.may_try(&place, now));
        }
        let mut tried = 0;
        let end = now.saturating_add(Duration::from_secs(24 * 3600));
        while now < end {
            if guesses.may_try(&place, now) {
                guesses.wrong(&place, now);
                tried += 1;
            }
            now = now.saturating_add(Duration::from_secs(1));
        }
        assert!(tried < 50, "{tried}");
        guesses.right(&place);
        assert!(guesses.may_try(&place, Timestamp::from_millis(0)));
    }

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
