//! YAML as JSON: the core schema's scalars, string keys, aliases expanded within bounds; and JSON as
//! YAML, in blocks.

use crate::json::{Json, MAX_DEPTH, Number, push_string};
use indexmap::IndexMap;
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::HashMap;

/// Values that a document may have once its aliases are expanded.
const MAX_VALUES: usize = 200_000;

/// Reads one document; none if it is not YAML, has custom tags or goes beyond the bounds.
pub fn read(text: &str) -> Option<Json> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.ok()?;
        builder.take(event)?;
    }
    builder.document
}

/// Writes a document: collections in blocks, texts in quotes.
pub fn write(document: &Json) -> String {
    let mut out = String::from("---\n");
    block(document, 0, &mut out);
    out
}

/// Writes a value that begins a line, or stands behind `- `.
fn block(value: &Json, depth: usize, out: &mut String) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    indent(depth, out);
                }
                key(name, out);
                below(member, depth + 1, out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    indent(depth, out);
                }
                out.push_str("- ");
                block(item, depth + 1, out);
            }
        }
        scalar => {
            // Texts, numbers and empty collections are written as in JSON, which YAML contains.
            out.push_str(&scalar.to_text());
            out.push('\n');
        }
    }
}

/// Writes a member's value behind its name.
fn below(value: &Json, depth: usize, out: &mut String) {
    let has_lines = match value {
        Json::Object(members) => !members.is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => false,
    };
    if has_lines {
        out.push('\n');
        indent(depth, out);
    } else {
        out.push(' ');
    }
    block(value, depth, out);
}

fn indent(depth: usize, out: &mut String) {
    out.push_str(&"  ".repeat(depth));
}

/// A name, in quotes unless it is a plain word that no reader takes for something else.
fn key(name: &str, out: &mut String) {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '$'));
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.$+{}".contains(c);
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if starts && name.chars().all(plain) && !reserved.contains(&name.to_ascii_lowercase().as_str())
    {
        out.push_str(name);
    } else {
        push_string(name, out);
    }
    out.push(':');
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, (Json, usize)>,
    document: Option<Json>,
    values: usize,
}

/// A collection that is not yet closed.
struct Open {
    anchor: usize,
    collection: Collection,
    /// `values` when it was opened.
    values_before: usize,
}

enum Collection {
    List(Vec<Json>),
    Map(IndexMap<String, Json>, Option<String>),
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Option<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let known = tag.is_none_or(|tag| tag.is_yaml_core_schema());
                self.count(1).filter(|()| known)?;
                let value = if style == ScalarStyle::Plain {
                    plain(&text)
                } else {
                    Json::String(text.into_owned())
                };
                self.remember(anchor, &value, 1);
                self.add(value)
            }
            Event::SequenceStart(anchor, tag) => {
                let known = tag.is_none_or(|tag| tag.is_yaml_core_schema());
                self.open(anchor, Collection::List(Vec::new()))
                    .filter(|()| known)
            }
            Event::MappingStart(anchor, tag) => {
                let known = tag.is_none_or(|tag| tag.is_yaml_core_schema());
                self.open(anchor, Collection::Map(IndexMap::new(), None))
                    .filter(|()| known)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => {
                let (value, size) = self.anchors.get(&anchor).cloned()?;
                self.count(size)?;
                self.add(value)
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Some(()),
        }
    }

    fn count(&mut self, values: usize) -> Option<()> {
        self.values = self.values.saturating_add(values);
        (self.values <= MAX_VALUES).then_some(())
    }

    fn remember(&mut self, anchor: usize, value: &Json, size: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), size));
        }
    }

    fn open(&mut self, anchor: usize, collection: Collection) -> Option<()> {
        self.count(1)?;
        self.open.push(Open {
            anchor,
            collection,
            values_before: self.values,
        });
        (self.open.len() <= MAX_DEPTH).then_some(())
    }

    fn close(&mut self) -> Option<()> {
        let open = self.open.pop()?;
        let value = match open.collection {
            Collection::List(items) => Json::Array(items),
            Collection::Map(members, _) => Json::Object(Box::new(members)),
        };
        let size = self.values - open.values_before + 1;
        self.remember(open.anchor, &value, size);
        self.add(value)
    }

    fn add(&mut self, value: Json) -> Option<()> {
        match self.open.last_mut().map(|open| &mut open.collection) {
            None => self.document = Some(value),
            Some(Collection::List(items)) => items.push(value),
            Some(Collection::Map(members, key)) => match key.take() {
                None => *key = Some(key_text(value)?),
                Some(key) => {
                    members.insert(key, value);
                }
            },
        }
        Some(())
    }
}

/// Keys are scalars, and in JSON all of them are text.
fn key_text(value: Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text),
        Json::Array(_) | Json::Object(_) => None,
        scalar => Some(scalar.to_text()),
    }
}

/// A plain scalar by the core schema.
fn plain(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "true" | "True" | "TRUE" => return Json::Bool(true),
        "false" | "False" | "FALSE" => return Json::Bool(false),
        _ => {}
    }
    if let Ok(integer) = text.parse::<i64>() {
        return Json::Number(Number::Integer(integer));
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    match text.parse::<f64>() {
        Ok(double) if numeric && double.is_finite() => Json::Number(Number::Double(double)),
        _ => Json::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Dialect;
    use proptest::prelude::*;

    #[track_caller]
    fn check(yaml: &str, json: &str) {
        assert_eq!(
            read(yaml).map(|value| value.to_text()).as_deref(),
            Some(json),
            "{yaml}"
        );
    }

    #[test]
    fn documents() {
        check(
            "a: 1\nb: [x, 'y', \"2\", 2.5, true, ~]\n200: {c: null}",
            r#"{"a":1,"b":["x","y","2",2.5,true,null],"200":{"c":null}}"#,
        );
        check("a: &x {k: v}\nb: *x", r#"{"a":{"k":"v"},"b":{"k":"v"}}"#);
        check(
            "text: |\n  line 1\n  line 2\n",
            r#"{"text":"line 1\nline 2\n"}"#,
        );
        check("arn: arn:aws:x:y", r#"{"arn":"arn:aws:x:y"}"#);
        check("v: 3.0.1", r#"{"v":"3.0.1"}"#);
        check("n: .nan", r#"{"n":".nan"}"#);
    }

    #[test]
    fn blocks() {
        let json = r#"{"swagger":"2.0","info":{"version":"1"},"paths":{"/a/{b+}":{"get":{"tags":[],"x-y":[{"a":1,"b":[2,null]},"c\nd"]}}},"200":true,"no":{}}"#;
        let document = Json::read(json, Dialect::Strict).unwrap();
        let expected = "---\nswagger: \"2.0\"\ninfo:\n  version: \"1\"\npaths:\n  /a/{b+}:\n    get:\n      tags: []\n      x-y:\n        - a: 1\n          b:\n            - 2\n            - null\n        - \"c\\nd\"\n\"200\": true\n\"no\": {}\n";
        assert_eq!(write(&document), expected);
    }

    fn documents_of_any_kind() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            any::<i64>().prop_map(|n| Json::Number(Number::Integer(n))),
            "(\\PC|\n){0,12}".prop_map(Json::String),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
                prop::collection::vec(("\\PC{0,6}", inner), 0..4)
                    .prop_map(|members| Json::Object(Box::new(members.into_iter().collect()))),
            ]
        })
    }

    #[test]
    fn refused() {
        for bad in ["a: [1", "{", "a: !Ref b", "? [a]\n: b", "*nothing", ""] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let deep = "[".repeat(10_000);
        assert_eq!(read(&deep), None);
    }

    /// Every line doubles what the one before it stands for.
    #[test]
    fn aliases_are_bounded() {
        let mut bomb = String::from("a0: &a0 [x, x]\n");
        for n in 1..40 {
            bomb += &format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1);
        }
        assert_eq!(read(&bomb), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(document in documents_of_any_kind()) {
            prop_assert_eq!(read(&write(&document)), Some(document));
        }

        #[test]
        fn never_panics(text in "[a-c:\\-\\[\\]{}&*!|> \n'\"#,?0-9]{0,48}") {
            let _ = read(&text);
        }
    }
}
