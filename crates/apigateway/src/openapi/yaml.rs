//! YAML as JSON: the core schema's scalars, string keys, aliases expanded within bounds.

use crate::json::{Json, MAX_DEPTH, Number};
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
        fn never_panics(text in "[a-c:\\-\\[\\]{}&*!|> \n'\"#,?0-9]{0,48}") {
            let _ = read(&text);
        }
    }
}
