use super::*;
use proptest::prelude::*;

fn check(text: &str, expected: &str) {
    let json = Json::read(text, Dialect::Strict).unwrap();
    assert_eq!(json.to_text(), expected, "{text}");
}

#[test]
fn documents() {
    check(" null ", "null");
    check(
        r#"{"b":1,"a":[true,false,null]}"#,
        r#"{"b":1,"a":[true,false,null]}"#,
    );
    check(
        r#"{ "a" : 1 , "b" : [ ] , "a" : { } }"#,
        r#"{"a":{},"b":[]}"#,
    );
    check(r#""\u00e9\ud83d\ude00\n\/""#, "\"é😀\\n/\"");
    check(r#""\ud83dx""#, "\"\u{FFFD}x\"");
    check("\"\u{7f}\"", "\"\u{7f}\"");
    check(r#""\u0001""#, r#""\u0001""#);
}

/// Doubles print as `Double.toString` of Java does; integers keep every digit.
#[test]
fn numbers() {
    check("-0", "0");
    check("9223372036854775807", "9223372036854775807");
    check("9223372036854775808", "9223372036854775808");
    check("1.0", "1.0");
    check("10.50", "10.5");
    check("1e3", "1000.0");
    check("1e7", "1.0E7");
    check("12345678.9", "1.23456789E7");
    check("0.001", "0.001");
    check("0.00015", "1.5E-4");
    check("-2.5e-10", "-2.5E-10");
    check("[1e999,-1e999]", r#"["Infinity","-Infinity"]"#);
    for bad in ["01", "1.", ".5", "-", "1e", "+1", "1e+", "--1", "0x1"] {
        assert!(Json::read(bad, Dialect::Strict).is_err(), "{bad}");
    }
}

fn check_error(text: &str, expected: &str) {
    let error = Json::read(text, Dialect::Strict).unwrap_err();
    assert_eq!(error.to_string(), expected, "{text}");
}

#[test]
fn errors_name_the_place() {
    check_error(
        "foo",
        "Unrecognized token 'foo': was expecting ('true', 'false' or 'null') at line 1, column 4",
    );
    check_error(
        "{\"a\":1,\n }",
        "Unexpected character ('}' (code 125)): was expecting double-quote to start field name \
         at line 2, column 2",
    );
    check_error(
        "{",
        "Unexpected end-of-input: expected close marker for Object at line 1, column 2",
    );
    check_error("", "Unexpected end-of-input at line 1, column 1");
    assert!(Json::read("{statusCode: 200}", Dialect::Strict).is_err());
    assert!(Json::read("[1,]", Dialect::Strict).is_err());
    assert!(Json::read("[1] 2", Dialect::Strict).is_err());
}

#[test]
fn relaxed() {
    let read = |text| Json::read(text, Dialect::Relaxed).unwrap().to_text();
    assert_eq!(read("{statusCode: 200}"), r#"{"statusCode":200}"#);
    assert_eq!(read("{'statusCode': '200'}"), r#"{"statusCode":"200"}"#);
}

#[test]
fn depth_is_bounded() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(Json::read(&nested(MAX_DEPTH), Dialect::Strict).is_ok());
    let error = Json::read(&nested(100_000), Dialect::Strict).unwrap_err();
    assert_eq!(error.trouble, Trouble::TooDeep);
}

proptest! {
    #[test]
    fn never_panics(text in "[\\[\\]{}\",:'a-z0-9\\\\.eE+\\- \n]{0,64}") {
        let _ = Json::read(&text, Dialect::Strict);
        let _ = Json::read(&text, Dialect::Relaxed);
    }

    #[test]
    fn strings_round_trip(text in "\\PC{0,40}|[\u{0}-\u{7f}]{0,40}") {
        let json = Json::String(text);
        prop_assert_eq!(Json::read(&json.to_text(), Dialect::Strict).unwrap(), json);
    }
}
