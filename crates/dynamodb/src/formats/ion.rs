//! Amazon Ion in its text form, as far as items need it.
//!
//! | attribute | Ion |
//! | --- | --- |
//! | S, BOOL, NULL, B | string, bool, null, blob |
//! | N | decimal |
//! | L, M | list, struct |
//! | SS, NS, BS | list with the annotation `$dynamodb_SS`, `$dynamodb_NS`, `$dynamodb_BS` |

mod lexer;
mod read;
mod write;

pub use read::Reader;
pub use write::{write, write_record};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::{any_item, item, n, s};
    use proptest::prelude::*;

    #[test]
    fn items_are_written_as_aws_does() {
        let item = item([
            ("Id", n("103")),
            ("Price", n("-20.5")),
            ("a b", s("x\"y\n")),
        ]);
        let mut line = Vec::new();
        write(&mut line, [("Item", &item)]);
        let text = String::from_utf8(line).unwrap();
        assert_eq!(
            text,
            "$ion_1_0 {Item:{Id:103.,Price:-20.5,'a b':\"x\\\"y\\n\"}}\n"
        );
    }

    #[test]
    fn other_ways_to_write_the_same() {
        let text = r#"
            $ion_1_0 // a comment
            { "Item" : { 'p' : '''long ''' '''text''', n: 1_000, d: 6d2, f: 1.5e1, /* and
            another */ l: [1, null, null.string, true], b: {{ AQI= }},
            ss: $dynamodb_SS::["a", b], e: "\u00e9\x41", }, }
            {Item: {p: "next"}}
        "#;
        let mut reader = Reader::new(text);
        let first = reader.next_item().unwrap().unwrap();
        let expected = r#"{"b": b"\x01\x02", "d": 600, "e": "éA", "f": 15, "l": [1, null, null, true], "n": 1000, "p": "long text", "ss": {"a", "b"}}"#;
        assert_eq!(format!("{first:?}"), expected);
        let second = reader.next_item().unwrap().unwrap();
        assert_eq!(format!("{second:?}"), r#"{"p": "next"}"#);
        assert!(reader.next_item().is_none());
    }

    #[test]
    fn what_is_no_item() {
        for text in [
            "{",
            "{Item: 1}",
            "{Item: {a: (b)}}",
            "[]",
            "{Item: {a: \"x}}",
            "{Item: {a: {{?}}}}",
            "{Item: {a: 1x}}",
            "{Item: {a: $dynamodb_SS::[1]}}",
        ] {
            let first = Reader::new(text).next_item();
            assert!(first.is_none_or(|item| item.is_err()), "{text}");
        }
        let deep = format!("{{Item: {{a: {}1{}}}}}", "[".repeat(5000), "]".repeat(5000));
        assert!(Reader::new(&deep).next_item().unwrap().is_err());
    }

    proptest! {
        #[test]
        fn reading_is_the_inverse_of_writing(item in any_item()) {
            let mut line = Vec::new();
            write(&mut line, [("Item", &item)]);
            let text = String::from_utf8(line).unwrap();
            prop_assert_eq!(Reader::new(&text).next_item(), Some(Ok(item)));
        }

        #[test]
        fn nothing_panics(text in ".{0,80}") {
            let mut reader = Reader::new(&text);
            for _ in 0..100 {
                if reader.next_item().is_none() {
                    break;
                }
            }
        }
    }
}
