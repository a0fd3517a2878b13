use super::*;
use proptest::prelude::*;

fn number(text: &str) -> Number {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[track_caller]
fn check_text(text: &str, canonical: &str) {
    assert_eq!(number(text).to_string(), canonical, "{text}");
}

#[test]
fn canonical_text() {
    check_text("0", "0");
    check_text("-0", "0");
    check_text("0.0", "0");
    check_text("0e5", "0");
    check_text("+5", "5");
    check_text("007", "7");
    check_text("5.", "5");
    check_text(".5", "0.5");
    check_text("-.50", "-0.5");
    check_text("1.200", "1.2");
    check_text("100", "100");
    check_text("1e2", "100");
    check_text("1E+2", "100");
    check_text("12e-1", "1.2");
    check_text("-12e-5", "-0.00012");
    check_text("123.456", "123.456");
    check_text("1E125", &format!("1{}", "0".repeat(125)));
    check_text("1E-130", &format!("0.{}1", "0".repeat(129)));
    let longest = "9".repeat(38);
    check_text(&longest, &longest);
    check_text(
        &format!("{longest}{}", "0".repeat(88)),
        &format!("{longest}{}", "0".repeat(88)),
    );
    check_text(&format!("0.{longest}"), &format!("0.{longest}"));
    check_text(&format!("{}1", "0".repeat(5000)), "1");
    check_text(&format!("1{}e-4999", "0".repeat(5000)), "10");
}

#[track_caller]
fn check_refused(text: &str, error: NumberError) {
    assert_eq!(text.parse::<Number>(), Err(error), "{text}");
}

#[test]
fn refused_text() {
    for text in [
        "",
        "a",
        "1a",
        "--1",
        "+-1",
        "1.2.3",
        ".",
        "+",
        "e5",
        "1e",
        "1e+",
        " 1",
        "1 ",
        "1_0",
        "NaN",
        "Infinity",
        "0x1",
        "١",
        "1e99999999999999999999",
    ] {
        check_refused(text, NumberError::NotNumeric(text.to_owned()));
    }
    for text in ["1e126", "-1e126", "0e126", "1e99999999999", "0.1e127"] {
        check_refused(text, NumberError::Overflow);
    }
    for text in ["1e-131", "-1e-131", "0e-131", "1e-99999999999", "0.0e-130"] {
        check_refused(text, NumberError::Underflow);
    }
    check_refused(&"1".repeat(39), NumberError::Precision);
    check_refused(
        "-1.23456789012345678901234567890123456789",
        NumberError::Precision,
    );
    check_refused(&"1".repeat(100_000), NumberError::Overflow);
}

#[test]
fn sums() {
    let check = |left: &str, right: &str, sum: Result<&str, NumberError>| {
        let got = number(left)
            .checked_add(number(right))
            .map(|n| n.to_string());
        assert_eq!(got, sum.map(str::to_owned), "{left} + {right}");
    };
    check("0.1", "0.2", Ok("0.3"));
    check("1", "-1", Ok("0"));
    check("1", "-1.5", Ok("-0.5"));
    check("-3", "1", Ok("-2"));
    check("0", "-7", Ok("-7"));
    check("99", "1", Ok("100"));
    let longest = "9".repeat(38);
    check(&longest, "1", Ok(&format!("1{}", "0".repeat(38))));
    check(&longest, "2", Err(NumberError::Overflow));
    check("1e38", "1", Err(NumberError::Overflow));
    check("1e37", "1", Ok(&format!("1{}1", "0".repeat(36))));
    check("1e125", "1e-130", Err(NumberError::Overflow));
    check("9e125", "1e125", Err(NumberError::Overflow));
    check("1.1e-130", "-1e-130", Err(NumberError::Underflow));
}

/// Measured by others on the service, by bisecting the item size limit.
#[test]
fn sizes() {
    for (text, size) in [
        ("0", 1),
        ("-0", 1),
        ("1", 2),
        ("42", 2),
        ("-42", 3),
        ("123", 3),
        ("12.3", 3),
        ("1.23", 3),
        ("0.0000001", 2),
        ("1E125", 2),
        ("12000", 2),
        ("12345678901234567890123456789012345678", 20),
        ("1.2345678901234567890123456789012345678", 21),
    ] {
        assert_eq!(number(text).size_bytes(), size, "{text}");
    }
}

fn ordered(number: Number) -> Vec<u8> {
    let mut bytes = Vec::new();
    number.encode_ordered(&mut bytes);
    bytes
}

#[test]
fn ordered_form_is_the_hashed_one_and_a_terminator() {
    let check = |text: &str, bytes: &[u8]| assert_eq!(ordered(number(text)), bytes, "{text}");
    check("0", &[0x80, 0]);
    check("251", &[194, 3, 52, 0]);
    check("2388", &[194, 24, 89, 0]);
    check("100", &[194, 2, 0]);
    check("-1", &[62, 100, 102]);
    check("0.1", &[192, 11, 0]);
}

fn any_number() -> impl Strategy<Value = Number> {
    let digits = prop_oneof![
        0..1000u128,
        any::<u64>().prop_map(u128::from),
        0..10u128.pow(38)
    ];
    let exponent = prop_oneof![-3..4i64, -167..126i64];
    (any::<bool>(), digits, exponent).prop_filter_map("in range", |(negative, digits, exponent)| {
        Number::new(negative, digits, exponent).ok()
    })
}

proptest! {
    #[test]
    fn text_round_trips(n in any_number()) {
        prop_assert_eq!(n.to_string().parse::<Number>(), Ok(n));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[-+]?[0-9.eE+-]{0,50}") {
        let _ = text.parse::<Number>();
    }

    #[test]
    fn ordered_form_keeps_the_order(a in any_number(), b in any_number()) {
        prop_assert_eq!(ordered(a).cmp(&ordered(b)), a.cmp(&b));
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
    }

    #[test]
    fn ordered_form_round_trips(n in any_number(), tail in any::<[u8; 3]>()) {
        let mut bytes = ordered(n);
        bytes.extend(tail);
        let mut rest = bytes.as_slice();
        prop_assert_eq!(Number::decode_ordered(&mut rest), Some(n));
        prop_assert_eq!(rest, tail);
    }

    #[test]
    fn ordered_form_is_unique(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
        let mut rest = bytes.as_slice();
        if let Some(n) = Number::decode_ordered(&mut rest) {
            prop_assert_eq!(ordered(n), &bytes[..bytes.len() - rest.len()]);
        }
    }

    #[test]
    fn order_and_sum_are_those_of_integers(a in any::<i64>(), b in any::<i64>(), e in -20..20i64) {
        let n = |i: i64| Number::new(i < 0, u128::from(i.unsigned_abs()), e).unwrap();
        prop_assert_eq!(n(a).cmp(&n(b)), a.cmp(&b));
        let wide = |i: i128| Number::new(i < 0, i.unsigned_abs(), e);
        prop_assert_eq!(n(a).checked_add(n(b)), wide(i128::from(a) + i128::from(b)));
        prop_assert_eq!(n(a).checked_sub(n(b)), wide(i128::from(a) - i128::from(b)));
    }

    #[test]
    fn sums_do_not_depend_on_the_order(a in any_number(), b in any_number()) {
        prop_assert_eq!(a.checked_add(b), b.checked_add(a));
    }
}
