use super::*;
use bytes::Bytes;

#[track_caller]
fn check(kind: impl Into<Error>, wording: Wording, message: &str) {
    assert_eq!(kind.into().worded(wording).message(), message);
}

#[test]
fn repeated_elements() {
    let texts = |elements: &[&str]| elements.iter().map(|&e| e.to_owned()).collect::<Vec<_>>();
    let strings = || ValueError::RepeatedString(texts(&["b", "a", "b", "C"]), 2);
    check(
        strings(),
        Wording::Enveloped,
        "1 validation error detected: One or more parameter values were invalid: Input collection [\"a\", \"b\", \"b\", \"C\"] contains duplicates.",
    );
    check(
        strings(),
        Wording::Older,
        "One or more parameter values were invalid: Input collection [b, a, b, C] contains duplicates.",
    );
    let blobs = || {
        let b = Bytes::from_static(b"b");
        ValueError::RepeatedBinary(vec![b.clone(), b], 1)
    };
    check(
        blobs(),
        Wording::Bare,
        "One or more parameter values were invalid: Input collection [\"Yg==\",\"Yg==\"]of type BS contains duplicates.",
    );
    check(
        blobs(),
        Wording::Older,
        "One or more parameter values were invalid: Input collection [Yg==, Yg==]of type BS contains duplicates.",
    );
}

#[test]
fn expression_values() {
    let error = |error: ValueError| ErrorKind::ExpressionValue {
        key: ":b".into(),
        error,
    };
    check(
        error(ValueError::Unset),
        Wording::Enveloped,
        "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :b",
    );
    let empty_number = || ValueError::Number(NumberError::NotNumeric(String::new()));
    check(
        error(empty_number()),
        Wording::Enveloped,
        "1 validation error detected: The parameter cannot be converted to a numeric value: ",
    );
    check(
        error(empty_number()),
        Wording::Older,
        "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value for key :b",
    );
}

#[test]
fn what_is_stored_is_refused_without_the_envelope() {
    check(
        KeyError::Schema,
        Wording::Enveloped,
        "The provided key element does not match the schema",
    );
    check(
        UpdateError::Path,
        Wording::Enveloped,
        "The document path provided in the update expression is invalid for update",
    );
}

#[test]
fn a_failed_condition_may_show_the_item() {
    let item = crate::item::tests::item([("pk", crate::item::tests::s("a"))]);
    let fault = Fault::from(Error::from(ErrorKind::ConditionalCheckFailed(Some(item))));
    assert_eq!(fault.code(), "ConditionalCheckFailedException");
    assert_eq!(fault.message(), "The conditional request failed");
    let id = base::RequestId::uuid(&base::Entropy::seeded(1));
    let reply = wire::error_reply(&wire::dynamodb::SERVICE, &fault, &id);
    assert_eq!(
        String::from_utf8_lossy(&reply.body.bytes),
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Message":"The conditional request failed","Item":{"pk":{"S":"a"}}}"#,
        "as recorded from the service"
    );
}
