//! DynamoDB's number type: exact decimals of up to 38 significant digits between 1E-130 and
//! 9.9…9E+125, either sign, and zero.
//!
//! Invariant of [`Number`]: the coefficient has no trailing decimal zero and at most 38 digits, the
//! value is in range, and zero is `+0E0`; equal values are therefore equal structs. The limits and
//! the messages are AWS's (developer guide, "Supported data types"; messages as the service sends
//! them). This module knows nothing of attributes, JSON or storage.

mod ordered;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The most significant digits a number may have.
const MAX_DIGITS: u32 = 38;
/// The decimal exponent of the first digit of the largest and of the smallest magnitude.
const MAX_MAGNITUDE: i64 = 125;
const MIN_MAGNITUDE: i64 = -130;

/// An exact decimal: `coefficient * 10^exponent`.
///
/// The coefficient is kept as bytes so that a value stays small: 19 bytes, not 32.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    exponent: i16,
    coefficient: [u8; 16],
}

/// Why a text or a result is not a number that DynamoDB can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("The parameter cannot be converted to a numeric value: {0}")]
    NotNumeric(String),
    #[error(
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
    )]
    Overflow,
    #[error(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range"
    )]
    Underflow,
    #[error("Attempting to store more than 38 significant digits in a Number")]
    Precision,
}

impl Number {
    pub const ZERO: Number = Number {
        negative: false,
        exponent: 0,
        coefficient: [0; 16],
    };

    /// `coefficient * 10^exponent`, brought to canonical form.
    ///
    /// # Errors
    /// [`NumberError`] if the value is out of range or has too many significant digits.
    fn new(negative: bool, coefficient: u128, exponent: i64) -> Result<Number, NumberError> {
        if coefficient == 0 {
            return Ok(Number::ZERO);
        }
        let (coefficient, stripped) = strip_trailing_zeros(coefficient);
        let exponent = exponent + i64::from(stripped);
        let digits = digit_count(coefficient);
        check_magnitude(exponent + i64::from(digits) - 1)?;
        if digits > MAX_DIGITS {
            return Err(NumberError::Precision);
        }
        Ok(Number {
            negative,
            // In range after check_magnitude: between -167 and 125.
            exponent: i16::try_from(exponent).map_err(|_| NumberError::Overflow)?,
            coefficient: coefficient.to_le_bytes(),
        })
    }

    pub fn is_zero(self) -> bool {
        self == Number::ZERO
    }

    fn coefficient(self) -> u128 {
        u128::from_le_bytes(self.coefficient)
    }

    /// The power of ten of the first significant digit; zero for zero.
    fn magnitude(self) -> i32 {
        match digit_count(self.coefficient()) {
            0 => 0,
            digits => i32::from(self.exponent) + digits.cast_signed() - 1,
        }
    }

    /// The exact sum.
    ///
    /// # Errors
    /// [`NumberError`] if the sum is out of range or needs more than 38 digits, which AWS calls an
    /// overflow too.
    pub fn checked_add(self, other: Number) -> Result<Number, NumberError> {
        self.exact_sum(other).map_err(|error| match error {
            NumberError::Precision => NumberError::Overflow,
            other => other,
        })
    }

    fn exact_sum(self, other: Number) -> Result<Number, NumberError> {
        if self.is_zero() {
            return Ok(other);
        }
        if other.is_zero() {
            return Ok(self);
        }
        let (high, low) = if self.exponent >= other.exponent {
            (self, other)
        } else {
            (other, self)
        };
        // `low` ends in a non-zero digit below all of `high`, so a sum that does not fit 128 bits
        // has more than 38 digits.
        let gap = u32::from(high.exponent.abs_diff(low.exponent));
        let scale = 10u128.checked_pow(gap).ok_or(NumberError::Precision)?;
        let high_scaled = high.coefficient().checked_mul(scale);
        let high_scaled = high_scaled.ok_or(NumberError::Precision)?;
        let exponent = i64::from(low.exponent);
        if high.negative == low.negative {
            let sum = high_scaled.checked_add(low.coefficient());
            Number::new(high.negative, sum.ok_or(NumberError::Precision)?, exponent)
        } else {
            let difference = high_scaled.abs_diff(low.coefficient());
            let negative = if high_scaled > low.coefficient() {
                high.negative
            } else {
                low.negative
            };
            Number::new(negative, difference, exponent)
        }
    }

    /// The exact difference; see [`Number::checked_add`].
    pub fn checked_sub(self, other: Number) -> Result<Number, NumberError> {
        self.checked_add(other.negated())
    }

    fn negated(self) -> Number {
        Number {
            negative: !self.negative && !self.is_zero(),
            ..self
        }
    }

    /// What the number counts for in an item's size, in bytes: one, one for every two significant
    /// digits on either side of the point, and one for a minus sign.
    pub fn size_bytes(self) -> usize {
        if self.is_zero() {
            return 1;
        }
        let digits = digit_count(self.coefficient()).cast_signed();
        let integer_digits = (self.magnitude() + 1).clamp(0, digits).unsigned_abs();
        let fraction_digits = digits.unsigned_abs() - integer_digits;
        let pairs = integer_digits.div_ceil(2) + fraction_digits.div_ceil(2);
        1 + usize::from(self.negative) + usize::try_from(pairs).unwrap_or(0)
    }

    /// The value as an index, if it is a whole number that fits.
    pub fn to_i64(self) -> Option<i64> {
        let scale = 10i64.checked_pow(u32::try_from(self.exponent).ok()?)?;
        let magnitude = i64::try_from(self.coefficient()).ok()?.checked_mul(scale)?;
        Some(if self.negative { -magnitude } else { magnitude })
    }

    fn cmp_magnitude(self, other: Number) -> Ordering {
        self.magnitude().cmp(&other.magnitude()).then_with(|| {
            // Same first digit: scale the shorter coefficient up. Both then have at most 38 digits.
            let gap = u32::from(self.exponent.abs_diff(other.exponent));
            let scale = 10u128.saturating_pow(gap);
            let (mut left, mut right) = (self.coefficient(), other.coefficient());
            if self.exponent > other.exponent {
                left = left.saturating_mul(scale);
            } else {
                right = right.saturating_mul(scale);
            }
            left.cmp(&right)
        })
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Number {
        let (coefficient, stripped) = strip_trailing_zeros(u128::from(value));
        Number {
            negative: false,
            exponent: i16::try_from(stripped).unwrap_or_default(),
            coefficient: coefficient.to_le_bytes(),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        let sign = |n: &Number| match (n.is_zero(), n.negative) {
            (true, _) => 0i8,
            (false, true) => -1,
            (false, false) => 1,
        };
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => self.cmp_magnitude(*other),
            _ => other.cmp_magnitude(*self),
        })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads DynamoDB's grammar: an optional sign, digits with at most one point among them, an
/// optional exponent. Nothing around it, not even a blank.
impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Number, NumberError> {
        let not_numeric = || NumberError::NotNumeric(text.to_owned());
        let mut scan = DigitScan::default();
        let mut bytes = text.bytes().peekable();
        let negative = bytes.next_if(|b| matches!(b, b'+' | b'-')) == Some(b'-');
        while let Some(byte) = bytes.next_if(|b| b.is_ascii_digit() || *b == b'.') {
            scan.push(byte).ok_or_else(not_numeric)?;
        }
        if scan.digits_read == 0 {
            return Err(not_numeric());
        }
        let mut exponent = 0;
        if bytes.next_if(|b| matches!(b, b'e' | b'E')).is_some() {
            exponent = read_exponent(&mut bytes).ok_or_else(not_numeric)?;
        }
        if bytes.next().is_some() {
            return Err(not_numeric());
        }
        scan.finish(negative, exponent)
    }
}

fn read_exponent(bytes: &mut std::iter::Peekable<std::str::Bytes<'_>>) -> Option<i64> {
    let negative = bytes.next_if(|b| matches!(b, b'+' | b'-')) == Some(b'-');
    let mut exponent: Option<i64> = None;
    while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
        let digit = i64::from(digit - b'0');
        // An exponent beyond 64 bits is, for AWS, not a number at all.
        exponent = Some(exponent.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
    }
    exponent.map(|e| if negative { -e } else { e })
}

/// What has been read of a coefficient.
#[derive(Default)]
struct DigitScan {
    /// Significant digits so far, without the run of zeros that `pending_zeros` counts.
    coefficient: u128,
    significant: u32,
    pending_zeros: u32,
    digits_read: usize,
    /// How many digits stood after the point, if there was one.
    fraction_digits: Option<i64>,
}

impl DigitScan {
    fn push(&mut self, byte: u8) -> Option<()> {
        if byte == b'.' {
            return match self.fraction_digits.replace(0) {
                None => Some(()),
                Some(_) => None,
            };
        }
        self.digits_read += 1;
        if let Some(fraction_digits) = &mut self.fraction_digits {
            *fraction_digits += 1;
        }
        if byte == b'0' {
            self.pending_zeros = self.pending_zeros.saturating_add(1);
            return Some(());
        }
        if self.significant > 0 {
            self.significant = self.significant.saturating_add(self.pending_zeros);
            self.scale(self.pending_zeros);
        }
        self.significant = self.significant.saturating_add(1);
        self.scale(1);
        self.coefficient = self.coefficient.saturating_add(u128::from(byte - b'0'));
        self.pending_zeros = 0;
        Some(())
    }

    /// Saturates once there are too many digits to be a number anyway.
    fn scale(&mut self, digits: u32) {
        let factor = 10u128.saturating_pow(digits);
        self.coefficient = self.coefficient.saturating_mul(factor);
    }

    fn finish(self, negative: bool, exponent: i64) -> Result<Number, NumberError> {
        let exponent = exponent.saturating_sub(self.fraction_digits.unwrap_or(0));
        if self.significant == 0 {
            // AWS holds a zero to the range as well, as if its last digit were a one.
            check_magnitude(exponent)?;
            return Ok(Number::ZERO);
        }
        let exponent = exponent.saturating_add(i64::from(self.pending_zeros));
        check_magnitude(exponent.saturating_add(i64::from(self.significant) - 1))?;
        if self.significant > MAX_DIGITS {
            return Err(NumberError::Precision);
        }
        Number::new(negative, self.coefficient, exponent)
    }
}

fn check_magnitude(magnitude: i64) -> Result<(), NumberError> {
    if magnitude > MAX_MAGNITUDE {
        return Err(NumberError::Overflow);
    }
    if magnitude < MIN_MAGNITUDE {
        return Err(NumberError::Underflow);
    }
    Ok(())
}

fn digit_count(coefficient: u128) -> u32 {
    coefficient.checked_ilog10().map_or(0, |log| log + 1)
}

/// The coefficient without its trailing zeros, and how many there were.
fn strip_trailing_zeros(mut coefficient: u128) -> (u128, u32) {
    let mut stripped = 0;
    while coefficient != 0 {
        // 128-bit division is slow, and most coefficients are short.
        if let Ok(short) = u64::try_from(coefficient) {
            let mut short = short;
            while short.is_multiple_of(10) {
                short /= 10;
                stripped += 1;
            }
            return (u128::from(short), stripped);
        }
        if !coefficient.is_multiple_of(10) {
            break;
        }
        coefficient /= 10;
        stripped += 1;
    }
    (coefficient, stripped)
}

/// The text AWS answers with: plain digits, never an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let coefficient = self.coefficient();
        let Ok(fraction_digits) = usize::try_from(-i32::from(self.exponent)) else {
            return write!(
                f,
                "{coefficient}{:0<width$}",
                "",
                width = usize::from(self.exponent.unsigned_abs())
            );
        };
        if fraction_digits == 0 {
            return write!(f, "{coefficient}");
        }
        let integer_digits = usize::try_from(self.magnitude() + 1).unwrap_or(0);
        if integer_digits == 0 {
            return write!(f, "0.{coefficient:0>fraction_digits$}");
        }
        let scale = 10u128.saturating_pow(u32::from(self.exponent.unsigned_abs()));
        let (integer, fraction) = (coefficient / scale, coefficient % scale);
        write!(f, "{integer}.{fraction:0>fraction_digits$}")
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
