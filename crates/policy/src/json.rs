//! JSON text as a tree that remembers where each value stood and keeps every object entry.
//!
//! `serde_json`'s own values know neither positions (a denial names its statement's line) nor
//! repeated keys (which a policy must not have), so the structure is read here and only the
//! scalars are left to `serde_json`. Depth is bounded, so hostile nesting cannot exhaust the
//! stack.

use std::collections::HashSet;

/// Deeper nesting than any policy has: document, statements, condition, operator, key, values.
const MAX_DEPTH: usize = 32;

/// A place in a document, counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

impl Position {
    /// The place behind a character that stands here.
    pub(crate) fn after(self, character: char) -> Position {
        match character {
            '\n' => Position {
                line: self.line + 1,
                column: 1,
            },
            _ => Position {
                column: self.column + 1,
                ..self
            },
        }
    }
}

/// From a value's first character to just behind its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: Position,
    pub end: Position,
}

/// The text is not JSON, nests too deeply, or repeats a key in one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidJson;

#[derive(Debug)]
pub(crate) struct Node {
    pub span: Span,
    pub value: Json,
}

#[derive(Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A number as it was written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// Entries in the order of the document; no key stands twice.
    Object(Vec<(String, Node)>),
}

/// Reads one JSON value that is the whole text.
pub(crate) fn read(text: &str) -> Result<Node, InvalidJson> {
    let mut reader = Reader {
        text,
        at: 0,
        position: Position { line: 1, column: 1 },
    };
    reader.skip_space();
    let node = reader.node(0)?;
    reader.skip_space();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(InvalidJson),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    position: Position,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        self.position = self.position.after(next);
        Some(next)
    }

    fn skip_space(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&wanted) {
            self.bump();
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn expect(&mut self, wanted: char) -> Result<(), InvalidJson> {
        match self.bump() {
            Some(found) if found == wanted => Ok(()),
            _ => Err(InvalidJson),
        }
    }

    fn node(&mut self, depth: usize) -> Result<Node, InvalidJson> {
        if depth > MAX_DEPTH {
            return Err(InvalidJson);
        }
        let start = self.position;
        let value = match self.peek().ok_or(InvalidJson)? {
            '{' => Json::Object(self.object(depth)?),
            '[' => Json::List(self.list(depth)?),
            '"' => Json::Text(self.string()?),
            '-' | '0'..='9' => Json::Number(self.number()?),
            _ => self.word()?,
        };
        let end = self.position;
        Ok(Node {
            span: Span { start, end },
            value,
        })
    }

    fn object(&mut self, depth: usize) -> Result<Vec<(String, Node)>, InvalidJson> {
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        self.separated('{', '}', |reader| {
            let key = reader.string()?;
            if !seen.insert(key.clone()) {
                return Err(InvalidJson);
            }
            reader.skip_space();
            reader.expect(':')?;
            reader.skip_space();
            entries.push((key, reader.node(depth + 1)?));
            Ok(())
        })?;
        Ok(entries)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, InvalidJson> {
        let mut items = Vec::new();
        self.separated('[', ']', |reader| {
            items.push(reader.node(depth + 1)?);
            Ok(())
        })?;
        Ok(items)
    }

    /// Reads `open item, item, ... close`.
    fn separated(
        &mut self,
        open: char,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<(), InvalidJson>,
    ) -> Result<(), InvalidJson> {
        self.expect(open)?;
        self.skip_space();
        if self.peek() == Some(close) {
            self.bump();
            return Ok(());
        }
        loop {
            item(self)?;
            self.skip_space();
            match self.bump() {
                Some(',') => self.skip_space(),
                Some(found) if found == close => return Ok(()),
                _ => return Err(InvalidJson),
            }
        }
    }

    fn string(&mut self) -> Result<String, InvalidJson> {
        let start = self.at;
        self.expect('"')?;
        loop {
            match self.bump().ok_or(InvalidJson)? {
                '"' => break,
                '\\' => {
                    self.bump();
                }
                _ => {}
            }
        }
        let literal = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(literal).map_err(|_| InvalidJson)
    }

    fn number(&mut self) -> Result<String, InvalidJson> {
        let literal = self.take_while(|c| matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'));
        match serde_json::from_str::<serde_json::Number>(literal) {
            Ok(_) => Ok(literal.to_owned()),
            Err(_) => Err(InvalidJson),
        }
    }

    fn word(&mut self) -> Result<Json, InvalidJson> {
        match self.take_while(|c| c.is_ascii_alphabetic()) {
            "null" => Ok(Json::Null),
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            _ => Err(InvalidJson),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(node: &Node) -> serde_json::Value {
        match &node.value {
            Json::Null => serde_json::Value::Null,
            Json::Bool(b) => (*b).into(),
            Json::Number(n) => serde_json::from_str(n).unwrap(),
            Json::Text(t) => t.clone().into(),
            Json::List(items) => items.iter().map(plain).collect::<Vec<_>>().into(),
            Json::Object(entries) => {
                let entries = entries.iter().map(|(k, v)| (k.clone(), plain(v)));
                serde_json::Value::Object(entries.collect())
            }
        }
    }

    #[test]
    fn positions_are_lines_and_columns() {
        let node = read("{\n  \"é\": [1,\n \"x\"] }").unwrap();
        let Json::Object(entries) = &node.value else {
            panic!("not an object")
        };
        let span = entries[0].1.span;
        assert_eq!(span.start, Position { line: 2, column: 8 });
        assert_eq!(span.end, Position { line: 3, column: 6 });
    }

    #[test]
    fn refused() {
        let deep = "[".repeat(100_000);
        let deep_closed = format!("{}{}", "[".repeat(40), "]".repeat(40));
        for bad in [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "nul",
            "01",
            "1 2",
            "\"\\x\"",
            "\"\n\"",
            "\"",
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"\\u0061\":2}",
            "'a'",
            &deep,
            &deep_closed,
        ] {
            assert_eq!(read(bad).map(|_| ()), Err(InvalidJson), "{bad:.40}");
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i32>().prop_map(Into::into),
            ".{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_writes(value in any_json()) {
            prop_assert_eq!(plain(&read(&value.to_string()).unwrap()), value.clone());
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(plain(&read(&pretty).unwrap()), value);
        }

        #[test]
        fn never_accepts_what_serde_json_refuses(text in "[\\[\\]{}\":,0-9a-e. \\\\-]{0,24}") {
            if let Ok(node) = read(&text) {
                let reference: serde_json::Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(plain(&node), reference);
            }
        }
    }
}
