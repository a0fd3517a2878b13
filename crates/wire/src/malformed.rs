//! AWS's words for values of the wrong type.

use crate::decode::{Expected, Found, Malformed, Place, Rejection};
use crate::fault::{Common, Fault};
use crate::operation::{Protocol, ServiceInfo};

impl Rejection {
    /// The error that a client of `service` gets.
    pub fn fault(self, service: &ServiceInfo) -> Fault {
        match self {
            Rejection::Invalid(message) => Fault::common(Common::Validation, message),
            Rejection::Malformed(malformed) => {
                let message = match service.protocol {
                    Protocol::Json { .. } => malformed.json_words(service),
                    Protocol::Rest => malformed.rest_words(),
                    Protocol::Query { .. } => malformed.query_words(),
                };
                Fault::common(Common::Serialization, message)
            }
        }
    }
}

impl Malformed {
    /// As awsJson services answer; the facts are dynalite's, taken from DynamoDB.
    fn json_words(&self, service: &ServiceInfo) -> String {
        match self {
            Malformed::Body => String::new(),
            Malformed::Base64 { length } if length % 4 != 0 => {
                format!(
                    "Base64 encoded length is expected a multiple of 4 bytes but found: {length}"
                )
            }
            Malformed::Base64 { .. } => {
                "Invalid last non-pad Base64 character dectected".to_owned()
            }
            Malformed::Unreadable {
                expected: Expected::Boolean,
                ..
            } => "Unexpected token received from parser".to_owned(),
            Malformed::Unreadable { expected, .. } => {
                format!(
                    "STRING_VALUE cannot be converted to {}",
                    expected.java_name()
                )
            }
            Malformed::Type {
                expected,
                found,
                place,
            } => type_words(service, *expected, *found, *place),
        }
    }

    /// As API Gateway answers in recordings of the real service.
    fn rest_words(&self) -> String {
        match self {
            Malformed::Body => "Could not parse request body into json".to_owned(),
            Malformed::Base64 { .. } => "Could not decode base64 value".to_owned(),
            Malformed::Unreadable { expected, text } => {
                format!(
                    "'{text}' can not be converted to an {}",
                    expected.java_name()
                )
            }
            Malformed::Type {
                expected, found, ..
            } => {
                format!(
                    "{} can not be converted to an {}",
                    found.java_class(),
                    expected.java_name()
                )
            }
        }
    }

    fn query_words(&self) -> String {
        match self {
            Malformed::Body => "The request body is not a valid form".to_owned(),
            Malformed::Base64 { .. } => "A value is not valid base64".to_owned(),
            Malformed::Unreadable { expected, text } => {
                format!("'{text}' is not a valid {}", expected.java_name())
            }
            Malformed::Type { expected, .. } => {
                format!("A value is not a valid {}", expected.java_name())
            }
        }
    }
}

fn type_words(service: &ServiceInfo, expected: Expected, found: Found, place: Place) -> String {
    let class = |shape: &str| format!("{}.{shape}", service.error_namespace);
    match (expected, found) {
        (Expected::Structure(shape), Found::List) => {
            format!("Unrecognized collection type class {}", class(shape))
        }
        (Expected::Map, Found::List) => {
            format!(
                "Unrecognized collection type java.util.Map<java.lang.String, {}>",
                class("AttributeValue")
            )
        }
        (Expected::Structure(_), _) if place == Place::Element => {
            "Unexpected value type in payload".to_owned()
        }
        (Expected::Structure(_) | Expected::Map, _) => "Unexpected field type".to_owned(),
        (_, Found::Map) => "Start of structure or map found where not expected".to_owned(),
        (Expected::List, _) => "Unexpected field type".to_owned(),
        (Expected::Blob, Found::List) => {
            "Unrecognized collection type class java.nio.ByteBuffer".to_owned()
        }
        (_, Found::List) => {
            format!(
                "Unrecognized collection type class java.lang.{}",
                expected.java_name()
            )
        }
        (Expected::Blob, _) => "only base-64-encoded strings are convertible to bytes".to_owned(),
        (_, _) => format!(
            "{} cannot be converted to {}",
            found.token(),
            expected.java_name()
        ),
    }
}

impl Expected {
    fn java_name(self) -> &'static str {
        match self {
            Expected::Boolean => "Boolean",
            Expected::String => "String",
            Expected::Integer => "Integer",
            Expected::Long => "Long",
            Expected::Double => "Double",
            Expected::Blob => "Blob",
            Expected::Timestamp => "Timestamp",
            Expected::List => "List",
            Expected::Map => "Map",
            Expected::Structure(_) => "Object",
        }
    }
}

impl Found {
    fn token(self) -> &'static str {
        match self {
            Found::True => "TRUE_VALUE",
            Found::False => "FALSE_VALUE",
            Found::Number => "NUMBER_VALUE",
            Found::Decimal => "DECIMAL_VALUE",
            Found::String | Found::Bytes => "STRING_VALUE",
            Found::List => "START_ARRAY",
            Found::Map => "START_OBJECT",
        }
    }

    fn java_class(self) -> &'static str {
        match self {
            Found::True | Found::False => "class java.lang.Boolean",
            Found::Number | Found::Decimal => {
                "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
            }
            Found::String | Found::Bytes => "class java.lang.String",
            Found::List => "class java.util.ArrayList",
            Found::Map => "class java.util.HashMap",
        }
    }
}
