use super::Filter;
use proptest::prelude::*;

const EVENT: &str = r#"{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"], "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": null, "cluster.name": "c", "status": 500, "latency": 1.5e2, "text": "42",
    "ok": true, "user": {"id": 1, "email": "a@example.com"}}"#;
const LINE: &str =
    r#"127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#;

#[track_caller]
fn check(pattern: &str, message: &str, want: bool) {
    let filter = Filter::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    assert_eq!(filter.matches(message), want, "{pattern} on {message}");
    assert_eq!(filter.extract(message).is_some(), want, "{pattern}");
}

#[test]
fn terms() {
    check("", "anything", true);
    check("ERROR", "an ERROR here", true);
    check("ERROR", "an error here", false);
    check("ERROR here", "an ERROR here", true);
    check("\"ERROR here\"", "here ERROR", false);
    check("?ERROR ?WARN", "a WARN", true);
    check("?ERROR ?WARN", "an INFO", false);
    check("-DEBUG", "a DEBUG", false);
    check("\"a \\\" quote\"", "has a \" quote", true);
    check("%ERR(OR)?%", "an ERR", true);
    check("%^an%", "not an ERR", false);
    check("-%[0-9]{3}%", "code 404", false);
}

#[test]
fn fields() {
    for (pattern, want) in [
        (r#"{ $.eventType = "UpdateTrail" }"#, true),
        (r#"{ $.eventType = UpdateTrail }"#, true),
        (r#"{ $.eventType = "Update" }"#, false),
        (r#"{ $.eventType = "Update*" }"#, true),
        (r#"{ $.eventType = * }"#, true),
        (r#"{ $.eventType = %Trail$% }"#, true),
        (r#"{ $.eventType != %Trail$% }"#, false),
        (r#"{ $.sourceIPAddress != 123.123.* }"#, true),
        (r#"{ $.sourceIPAddress = 111.111.* }"#, true),
        (r#"{ $.arrayKey[0] = "value" }"#, true),
        (r#"{ $.arrayKey[2] = "value" }"#, false),
        (r#"{ $.objectList[1].id = 2 }"#, true),
        (r#"{ $.['cluster.name'] = "c" }"#, true),
        (r#"{ $.SomeObject IS NULL }"#, true),
        (r#"{ $.eventType IS NULL }"#, false),
        (r#"{ $.SomeOtherObject NOT EXISTS }"#, true),
        (r#"{ $.SomeObject NOT EXISTS }"#, false),
        (r#"{ $.ok IS TRUE }"#, true),
        (r#"{ $.ok IS FALSE }"#, false),
        (r#"{ $.status = 500 }"#, true),
        (r#"{ $.status != 500 }"#, false),
        (r#"{ $.status >= 5e2 && $.status < 501 }"#, true),
        (r#"{ $.status = 5* }"#, true),
        (r#"{ $.latency > 150 }"#, false),
        (r#"{ $.latency <= 150.0 }"#, true),
        (r#"{ $.text = 42 }"#, true),
        (r#"{ $.missing != "a" }"#, false),
        (r#"{ $.user = "a" }"#, false),
        (r#"{ $.user.id = 2 || $.user.email = "a@*.com" }"#, true),
        (
            r#"{ $.user.id = 1 && $.ok IS FALSE || $.status = 500 }"#,
            true,
        ),
        (
            r#"{ $.user.id = 1 && ($.ok IS FALSE || $.status = 400) }"#,
            false,
        ),
        (r#"{(($.status=500)&&($.user.id=1))}"#, true),
    ] {
        check(pattern, EVENT, want);
    }
    check("{ $.a = 1 }", "no JSON", false);
    check("{ $.a = 1 }", "text {\"a\": 1}", false);
}

#[test]
fn columns() {
    for (pattern, want) in [
        (
            "[ip, user, username, timestamp, request = *.html*, status_code = 4*, bytes]",
            true,
        ),
        (
            "[ip, user, username, timestamp, request, status_code = 5*, bytes]",
            false,
        ),
        ("[..., status_code = 404, bytes > 1000]", true),
        ("[ip, ..., bytes]", true),
        ("[ip, user]", false),
        ("[ip = %127\\.0\\.0\\.[12]%, ...]", true),
        ("[..., status >= 400 && status < 500, bytes]", true),
        ("[..., status = 200 || status = 404, bytes]", true),
        ("[..., status = 200 || status = 201, bytes]", false),
        ("[ip != 10.*, *, ...]", true),
    ] {
        check(pattern, LINE, want);
    }
    check("[]", "", true);
    check("[]", "word", false);
}

#[test]
fn what_is_extracted() {
    let extract = |pattern: &str, message: &str| {
        let found = Filter::parse(pattern).unwrap().extract(message).unwrap();
        let pairs = found
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join(" | ")
    };
    assert_eq!(
        extract("[ip, *, , timestamp, ..., bytes]", LINE),
        "$2=Prod | $3=frank | $bytes=1534 | $ip=127.0.0.1 | $timestamp=10/Oct/2000:13:25:15 -0700"
    );
    assert_eq!(
        extract(
            "{ $.status = 500 && $.user.id = * || $.missing = 1 }",
            EVENT
        ),
        "$.status=500 | $.user.id=1"
    );
    assert_eq!(extract("ERROR", "an ERROR"), "");
}

#[test]
fn refused() {
    for bad in [
        "\"open",
        "-",
        "?",
        "%open",
        "%(%",
        "{",
        "{ }",
        "{ $.a }",
        "{ $.a = }",
        "{ $.a = 1",
        "{ a = 1 }",
        "{ $ = 1 }",
        "{ $.a < \"x\" }",
        "{ $.a < %x% }",
        "{ $.a IS 1 }",
        "{ $.a EXISTS }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a[x] = 1 }",
        "[a, ..., ...]",
        "[a = 1 || b = 2]",
        "[a = ]",
        "[a b]",
        "[a",
    ] {
        assert!(Filter::parse(bad).is_err(), "{bad}");
    }
    let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(400), ")".repeat(400));
    assert!(Filter::parse(&deep).is_err());
}

proptest! {
    #[test]
    fn never_panics(pattern in "[{\\[]?[ -~é]{0,60}[}\\]]?", message in "\\PC{0,60}") {
        if let Ok(filter) = Filter::parse(&pattern) {
            prop_assert_eq!(filter.matches(&message), filter.extract(&message).is_some());
        }
    }

    /// A text without signs of its own is found where it stands.
    #[test]
    fn quoted_terms_are_found(before in "\\PC{0,10}", term in "[a-z ?%{\\[-]{1,10}", after in "\\PC{0,10}") {
        let filter = Filter::parse(&format!("\"{term}\"")).unwrap();
        let message = format!("{before}{term}{after}");
        prop_assert!(filter.matches(&message));
    }
}
