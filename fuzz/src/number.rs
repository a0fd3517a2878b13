//! DynamoDB's numbers as text, against arithmetic on decimal digits that knows nothing of theirs.

use crate::input::two_texts;
use dynamodb::number::{Number, NumberError};
use std::cmp::Ordering;

/// Two texts, one a line.
pub fn check(data: &[u8]) {
    let Some((left, right)) = two_texts(data) else {
        return;
    };
    let (left, right) = (one(left), one(right));
    if let (Some((a, plain_a)), Some((b, plain_b))) = (left, right) {
        assert_eq!(a.cmp(&b), plain_a.compare(&plain_b), "{a} {b}");
        if let Ok(sum) = a.checked_add(b) {
            assert_eq!(sum.checked_sub(b).ok().unwrap_or(a), a, "{a} + {b}");
            assert_eq!(b.checked_add(a), Ok(sum));
        }
    }
}

fn one(text: &str) -> Option<(Number, Plain)> {
    let read: Result<Number, NumberError> = text.parse();
    let plain = Plain::read(text);
    let Ok(number) = read else {
        let refused = plain.is_none_or(|plain| plain.digits.len() > 38 || !plain.is_in_range());
        assert!(refused, "{text:?} is a number: {read:?}");
        return None;
    };
    let plain = plain.unwrap_or_else(|| panic!("{text:?} is no number, but {number}"));
    assert!(
        plain.digits.len() <= 38 && plain.is_in_range(),
        "{text:?} as {number}"
    );
    let shown = number.to_string();
    assert_eq!(shown, plain.show(), "of {text:?}");
    assert_eq!(shown.parse(), Ok(number), "shown and read again");
    Some((number, plain))
}

/// `0.DIGITS * 10^point`, without zeros at either end; zero has no digits.
struct Plain {
    is_negative: bool,
    digits: Vec<u8>,
    point: i128,
    /// The power of ten of the last digit that was written, be it zero.
    last: i128,
}

impl Plain {
    fn read(text: &str) -> Option<Plain> {
        let (is_negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
            None => (unsigned, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.map_or(Some(0), read_exponent)?;
        let leading = digits.len() - digits.trim_start_matches('0').len();
        let significant = digits.trim_matches('0');
        Some(Plain {
            is_negative: is_negative && !significant.is_empty(),
            digits: significant.bytes().collect(),
            point: whole.len() as i128 - leading as i128 + exponent,
            last: exponent - fraction.len() as i128,
        })
    }

    /// A zero is held to the range as if its last digit were a one.
    fn is_in_range(&self) -> bool {
        match self.digits.is_empty() {
            true => (-130..=125).contains(&self.last),
            false => (-129..=126).contains(&self.point),
        }
    }

    fn show(&self) -> String {
        let digits = String::from_utf8(self.digits.clone()).unwrap();
        let sign = if self.is_negative { "-" } else { "" };
        let count = digits.len() as i128;
        let zeros = |count: i128| "0".repeat(usize::try_from(count).unwrap());
        match self.point {
            _ if digits.is_empty() => "0".to_owned(),
            point if point <= 0 => format!("{sign}0.{}{digits}", zeros(-point)),
            point if point >= count => format!("{sign}{digits}{}", zeros(point - count)),
            point => {
                let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap());
                format!("{sign}{whole}.{fraction}")
            }
        }
    }

    fn compare(&self, other: &Plain) -> Ordering {
        let key = |plain: &Plain| match (plain.digits.is_empty(), plain.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let magnitude = |a: &Plain, b: &Plain| (a.point, &a.digits).cmp(&(b.point, &b.digits));
        key(self).cmp(&key(other)).then_with(|| match key(self) {
            0 => Ordering::Equal,
            1 => magnitude(self, other),
            _ => magnitude(other, self),
        })
    }
}

/// Nothing beyond 64 bits, which DynamoDB does not take for a number.
fn read_exponent(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = i128::from(unsigned.parse::<i64>().ok()?);
    Some(if text.starts_with('-') { -size } else { size })
}
