//! The binary form of a number, whose byte order is the numeric order.
//!
//! One byte holds the exponent to the base of 100, then come the base-100 digits, then a
//! terminator, so that the form is self-delimiting: 2 to 22 bytes. Without the terminator it is
//! the form DynamoDB itself hashes (found by others in the order of its scans): zero is `80`, a
//! positive number's digits are stored plus one, a negative one's as 101 minus the digit with the
//! exponent byte inverted, closed by 102 unless it has twenty of them.

use super::Number;

/// Below every digit of a positive number, and above every digit of a negative one.
const END_POSITIVE: u8 = 0x00;
const END_NEGATIVE: u8 = 0x66;
const ZERO: u8 = 0x80;
/// The exponent byte of the numbers from 1 to 99, less one.
const EXPONENT_BIAS: i32 = 192;
/// 38 digits at an odd position take this many base-100 digits.
const MAX_PAIRS: usize = 20;

impl Number {
    /// Appends the ordered, self-delimiting form: 2 to 22 bytes.
    pub fn encode_ordered(self, out: &mut Vec<u8>) {
        self.encode_hashed(out);
        if !self.negative {
            out.push(END_POSITIVE);
        } else if out.last() != Some(&END_NEGATIVE) {
            // Only twenty digits are left open by the hashed form, and no digit is the terminator.
            out.push(END_NEGATIVE);
        }
    }

    /// Appends the bytes that stand for this number where a partition key is hashed.
    pub fn encode_hashed(self, out: &mut Vec<u8>) {
        if self.is_zero() {
            out.push(ZERO);
            return;
        }
        // The first base-100 digit covers the powers `2 * pair` and `2 * pair + 1` of ten.
        let pair = self.magnitude().div_euclid(2);
        let exponent = u8::try_from(EXPONENT_BIAS + pair + 1).unwrap_or(u8::MAX);
        out.push(if self.negative { !exponent } else { exponent });
        let start = out.len();
        self.push_pairs_backwards(out);
        if let Some(pairs) = out.get_mut(start..) {
            pairs.reverse();
        }
        if self.negative && out.len() - start < MAX_PAIRS {
            out.push(END_NEGATIVE);
        }
    }

    /// Pushes the stored form of each base-100 digit, least significant first.
    fn push_pairs_backwards(self, out: &mut Vec<u8>) {
        let mut push = |digit: u128| {
            let digit = u8::try_from(digit).unwrap_or_default();
            out.push(if self.negative {
                101 - digit
            } else {
                digit + 1
            });
        };
        let mut coefficient = self.coefficient();
        // The last base-100 digit starts at an even power of ten.
        if self.exponent.rem_euclid(2) == 1 {
            push(coefficient % 10 * 10);
            coefficient /= 10;
        }
        while coefficient > 0 {
            push(coefficient % 100);
            coefficient /= 100;
        }
    }

    /// Reads a number from the front of `bytes` and moves past it; nothing if they hold none.
    pub fn decode_ordered(bytes: &mut &[u8]) -> Option<Number> {
        let (&first, mut rest) = bytes.split_first()?;
        let negative = first < ZERO;
        let end = if negative { END_NEGATIVE } else { END_POSITIVE };
        let exponent = if negative { !first } else { first };
        let mut pairs = PairScan::default();
        loop {
            let (&byte, tail) = rest.split_first()?;
            rest = tail;
            if byte == end {
                break;
            }
            pairs.push(if negative {
                101u8.checked_sub(byte)?
            } else {
                byte - 1
            })?;
        }
        let number = match pairs.count {
            0 => (first == ZERO).then_some(Number::ZERO)?,
            _ => pairs.finish(negative, exponent)?,
        };
        *bytes = rest;
        Some(number)
    }
}

/// Base-100 digits as they are read, most significant first.
#[derive(Default)]
struct PairScan {
    /// All digits but the last one: that may end in a zero which has no room in 128 bits.
    coefficient: u128,
    last: u8,
    count: i64,
}

impl PairScan {
    /// Nothing if this is no digit, or one that the shortest form would not start with.
    fn push(&mut self, digit: u8) -> Option<()> {
        if digit > 99 || (self.count == 0 && digit == 0) {
            return None;
        }
        let shifted = self.coefficient.checked_mul(100)?;
        self.coefficient = shifted.checked_add(u128::from(self.last))?;
        self.last = digit;
        self.count += 1;
        Some(())
    }

    fn finish(self, negative: bool, exponent_byte: u8) -> Option<Number> {
        let first_pair = i64::from(exponent_byte) - i64::from(EXPONENT_BIAS) - 1;
        let exponent = 2 * (first_pair - self.count + 1);
        let (scale, last, exponent) = match self.last {
            0 => return None,
            last if last.is_multiple_of(10) => (10, last / 10, exponent + 1),
            last => (100, last, exponent),
        };
        let coefficient = self.coefficient.checked_mul(scale)?;
        let coefficient = coefficient.checked_add(u128::from(last))?;
        Number::new(negative, coefficient, exponent).ok()
    }
}
