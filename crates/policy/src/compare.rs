//! Single comparisons between what a policy demands and what a request brings.
//!
//! A policy's operand that is not of its operator's type makes the comparison impossible, which
//! is an error and denies. A request's value that is not of that type merely differs.

use crate::Version;
use crate::arn_pattern::ArnPattern;
use crate::context::{Context, Value};
use crate::glob::{Glob, Wildcards};
use base::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::cmp::Ordering;
use std::net::IpAddr;

/// How a policy's operand and a request's value are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    String,
    StringIgnoringCase,
    StringLike,
    Numeric(Relation),
    Date(Relation),
    Bool,
    Binary,
    Ip,
    Arn,
}

/// How the request's value stands to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    fn holds(self, value_to_operand: Ordering) -> bool {
        match self {
            Relation::Equal => value_to_operand.is_eq(),
            Relation::Less => value_to_operand.is_lt(),
            Relation::LessOrEqual => value_to_operand.is_le(),
            Relation::Greater => value_to_operand.is_gt(),
            Relation::GreaterOrEqual => value_to_operand.is_ge(),
        }
    }
}

/// A value in a policy's condition, read once when the policy is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Exactly(Glob),
    AnyCase(Glob),
    Like(Glob),
    Arn(ArnPattern),
    /// A pattern that no ARN matches.
    NoArn,
    Number(Decimal),
    Date(Timestamp),
    Bool(bool),
    Binary(Vec<u8>),
    Ip(IpRange),
    /// Not of its operator's type.
    Unreadable,
}

/// The policy's operand is not of its operator's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl Operand {
    pub(crate) fn parse(test: Test, text: &str, version: Version) -> Operand {
        let glob = |wildcards| Glob::parse(text, wildcards, version);
        let typed = match test {
            Test::String => Some(Operand::Exactly(glob(Wildcards::Literal))),
            Test::StringIgnoringCase => Some(Operand::AnyCase(glob(Wildcards::Literal))),
            Test::StringLike => Some(Operand::Like(glob(Wildcards::Active))),
            Test::Arn => {
                let pattern = ArnPattern::parse(text, version);
                Some(pattern.map_or(Operand::NoArn, Operand::Arn))
            }
            Test::Numeric(_) => Decimal::parse(text).map(Operand::Number),
            Test::Date(_) => parse_date(text).map(Operand::Date),
            Test::Bool => parse_bool(text).map(Operand::Bool),
            Test::Binary => STANDARD.decode(text).ok().map(Operand::Binary),
            Test::Ip => IpRange::parse(text).map(Operand::Ip),
        };
        typed.unwrap_or(Operand::Unreadable)
    }

    /// The context keys of its policy variables.
    pub(crate) fn variables(&self) -> Vec<&str> {
        match self {
            Operand::Exactly(glob) | Operand::AnyCase(glob) | Operand::Like(glob) => {
                glob.variables().collect()
            }
            Operand::Arn(pattern) => pattern.variables().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether `value` stands to this operand as `test` demands.
    pub(crate) fn accepts(
        &self,
        test: Test,
        value: &Value,
        context: &Context,
    ) -> Result<bool, Unreadable> {
        let compare = |ordering: Option<Ordering>, relation: Relation| {
            ordering.is_some_and(|ordering| relation.holds(ordering))
        };
        Ok(match (self, test) {
            (Operand::Exactly(glob) | Operand::Like(glob), _) => {
                glob.matches(&value.text(), context)
            }
            (Operand::AnyCase(glob), _) => glob.equals_ignoring_case(&value.text(), context),
            (Operand::Arn(pattern), _) => pattern.matches(&value.text(), context),
            (Operand::NoArn, _) => false,
            (Operand::Number(operand), Test::Numeric(relation)) => {
                let number = Decimal::parse(&value.text());
                compare(number.map(|n| n.cmp(operand)), relation)
            }
            (Operand::Date(operand), Test::Date(relation)) => {
                compare(date_of(value).map(|d| d.cmp(operand)), relation)
            }
            (Operand::Bool(operand), _) => parse_bool(&value.text()) == Some(*operand),
            (Operand::Binary(operand), _) => binary_of(value).as_ref() == Some(operand),
            (Operand::Ip(range), _) => ip_of(value).is_some_and(|ip| range.contains(ip)),
            (Operand::Number(_) | Operand::Date(_) | Operand::Unreadable, _) => {
                return Err(Unreadable);
            }
        })
    }
}

/// `true` or `false` in any case.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// ISO 8601, also without the day, or seconds since the epoch.
pub(crate) fn parse_date(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) => Some(Timestamp::from_secs(seconds)),
        Err(_) => Timestamp::parse_iso8601(text)
            .or_else(|| Timestamp::parse_iso8601(&format!("{text}-01"))),
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn date_of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Date(date) => Some(*date),
        other => parse_date(&other.text()),
    }
}

fn binary_of(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Binary(bytes) => Some(bytes.clone()),
        other => STANDARD.decode(other.text().as_bytes()).ok(),
    }
}

fn ip_of(value: &Value) -> Option<IpAddr> {
    match value {
        Value::Ip(address) => Some(*address),
        other => other.text().parse().ok(),
    }
}

/// A range of addresses: `203.0.113.0/24`, `2001:db8::/32`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IpRange {
    network: IpAddr,
    prefix_bits: u32,
}

impl IpRange {
    fn parse(text: &str) -> Option<IpRange> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().ok()?;
        let widest = if network.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|bits| *bits <= widest)?,
            None => widest,
        };
        Some(IpRange {
            network,
            prefix_bits,
        })
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(32 - self.prefix_bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(128 - self.prefix_bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// A decimal number of any length, compared exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    /// Without leading zeros.
    whole: String,
    /// Without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// Reads `-12.50`; no exponents, as the language has none.
    fn parse(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction)
        {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        Some(Decimal {
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }

    fn magnitude(&self, other: &Decimal) -> Ordering {
        self.whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts<'a>(
        test: Test,
        operand: &str,
        value: impl Into<Value<'a>>,
    ) -> Result<bool, Unreadable> {
        let operand = Operand::parse(test, operand, Version::V2012);
        operand.accepts(test, &value.into(), &Context::new())
    }

    proptest! {
        #[test]
        fn decimals_order_like_scaled_integers(a in -20_000i64..20_000, b in -20_000i64..20_000) {
            let text = |n: i64| {
                let sign = if n < 0 { "-" } else { "" };
                format!("{sign}{}.{:03}", n.abs() / 1000, n.abs() % 1000)
            };
            let (x, y) = (Decimal::parse(&text(a)).unwrap(), Decimal::parse(&text(b)).unwrap());
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x == y, a == b);
        }

        #[test]
        fn ranges_agree_with_bit_by_bit(network: u32, address: u32, bits in 0u32..=32) {
            let text = format!("{}/{bits}", std::net::Ipv4Addr::from_bits(network));
            let range = IpRange::parse(&text).unwrap();
            let same = (0..bits).all(|bit| (network ^ address) >> (31 - bit) & 1 == 0);
            prop_assert_eq!(range.contains(std::net::Ipv4Addr::from_bits(address).into()), same);
        }
    }

    #[test]
    fn operands_of_the_wrong_type_are_errors_and_values_are_not() {
        for (test, bad) in [
            (Test::Numeric(Relation::Equal), "ten"),
            (Test::Numeric(Relation::Equal), ""),
            (Test::Numeric(Relation::Equal), "."),
            (Test::Numeric(Relation::Equal), "1e3"),
            (Test::Date(Relation::Less), "soon"),
            (Test::Bool, "yes"),
            (Test::Binary, "*"),
            (Test::Ip, "300.1.1.1"),
            (Test::Ip, "10.0.0.0/33"),
        ] {
            assert_eq!(accepts(test, bad, "1"), Err(Unreadable), "{test:?} {bad}");
        }
        assert_eq!(
            accepts(Test::Numeric(Relation::Less), "5", "abc"),
            Ok(false)
        );
        assert_eq!(
            accepts(Test::Ip, "10.0.0.0/8", "lambda.amazonaws.com"),
            Ok(false)
        );
    }

    #[test]
    fn each_type() {
        let check = |test, operand: &str, value: Value, expected: bool| {
            assert_eq!(
                accepts(test, operand, value),
                Ok(expected),
                "{test:?} {operand}"
            );
        };
        check(
            Test::Numeric(Relation::LessOrEqual),
            "10.0",
            Value::Integer(10),
            true,
        );
        check(
            Test::Numeric(Relation::Greater),
            "-0.5",
            Value::Integer(0),
            true,
        );
        check(Test::Numeric(Relation::Equal), "-0", "0.00".into(), true);
        let noon = Timestamp::parse_iso8601("2026-01-01T12:00:00Z").unwrap();
        check(
            Test::Date(Relation::Greater),
            "2026-01-01T11:00:00Z",
            noon.into(),
            true,
        );
        check(
            Test::Date(Relation::Equal),
            &noon.as_secs().to_string(),
            noon.into(),
            true,
        );
        check(
            Test::Date(Relation::Less),
            "2026-01-01T13:00:00+01:00",
            noon.into(),
            false,
        );
        check(Test::Bool, "TRUE", Value::Bool(true), true);
        check(Test::Bool, "false", "true".into(), false);
        check(Test::Binary, "QUJD", Value::Binary(b"ABC".to_vec()), true);
        check(Test::Binary, "QUJD", "QUJE".into(), false);
        check(Test::Ip, "2001:db8::/32", "2001:db8::1".into(), true);
        check(Test::Ip, "10.0.0.0/8", "::ffff:10.1.2.3".into(), true);
        check(Test::Ip, "0.0.0.0/0", "9.9.9.9".into(), true);
        check(Test::Ip, "10.0.0.1", "10.0.0.2".into(), false);
        check(Test::String, "a*", "ab".into(), false);
        check(Test::StringLike, "a*", "ab".into(), true);
        check(Test::StringIgnoringCase, "ÄB", "äb".into(), true);
    }
}
