//! JSON text to nodes. RFC 8259, one value, and nothing else.

use super::{Key, MAX_DEPTH, Map, Mark, Node, Value, is_number};
use crate::error::TemplateError;
use std::iter::Peekable;
use std::str::Chars;

/// Reads one JSON value that fills the text.
pub(super) fn parse(text: &str) -> Result<Node, TemplateError> {
    let mut reader = Reader {
        chars: text.chars().peekable(),
        mark: Mark { line: 1, column: 1 },
    };
    let node = reader.value(0)?;
    reader.blank();
    match reader.peek() {
        None => Ok(node),
        Some(c) => Err(reader.unexpected(c, "the end of the text")),
    }
}

struct Reader<'t> {
    chars: Peekable<Chars<'t>>,
    mark: Mark,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        self.chars.peek().copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            self.mark.line += 1;
            self.mark.column = 1;
        } else {
            self.mark.column += 1;
        }
        Some(c)
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn error(&self, message: &str) -> TemplateError {
        TemplateError::syntax(self.mark, message)
    }

    fn unexpected(&self, found: char, expected: &str) -> TemplateError {
        self.error(&format!("expected {expected}, found {found:?}"))
    }

    /// Takes `wanted`, or says what stands there instead.
    fn expect(&mut self, wanted: char) -> Result<(), TemplateError> {
        self.blank();
        match self.peek() {
            Some(c) if c == wanted => {
                self.next();
                Ok(())
            }
            Some(c) => Err(self.unexpected(c, &format!("{wanted:?}"))),
            None => Err(self.error(&format!("expected {wanted:?}, found the end of the text"))),
        }
    }

    /// Takes `wanted` if it stands there.
    fn take(&mut self, wanted: char) -> bool {
        self.blank();
        let there = self.peek() == Some(wanted);
        if there {
            self.next();
        }
        there
    }

    fn value(&mut self, depth: usize) -> Result<Node, TemplateError> {
        self.blank();
        let mark = self.mark;
        if depth > MAX_DEPTH {
            return Err(TemplateError::too_large(
                mark,
                format!("{MAX_DEPTH} levels"),
            ));
        }
        let value = match self.peek() {
            Some('{') => self.map(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Value::Text(self.string()?),
            Some(_) => self.word()?,
            None => return Err(self.error("expected a value, found the end of the text")),
        };
        Ok(Node::new(mark, value))
    }

    fn map(&mut self, depth: usize) -> Result<Value, TemplateError> {
        self.expect('{')?;
        let mut map = Map::default();
        if self.take('}') {
            return Ok(Value::Map(map));
        }
        loop {
            self.blank();
            let mark = self.mark;
            match self.peek() {
                Some('"') => {}
                Some(c) => return Err(self.unexpected(c, "a key in double quotes")),
                None => return Err(self.error("expected a key, found the end of the text")),
            }
            let text = self.string()?;
            self.expect(':')?;
            let node = self.value(depth + 1)?;
            map.push(Key { mark, text }, node)?;
            if !self.take(',') {
                self.expect('}')?;
                return Ok(Value::Map(map));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, TemplateError> {
        self.expect('[')?;
        let mut items = Vec::new();
        if self.take(']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.take(',') {
                self.expect(']')?;
                return Ok(Value::List(items));
            }
        }
    }

    /// `true`, `false`, `null` or a number.
    fn word(&mut self) -> Result<Value, TemplateError> {
        let start = self.mark;
        let mut word = String::new();
        while let Some(c) = self.peek() {
            if !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')) {
                break;
            }
            word.push(c);
            self.next();
        }
        match &*word {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            number if is_number(number) => Ok(Value::Number(word)),
            "" => {
                let found = self.peek().unwrap_or_default();
                Err(self.unexpected(found, "a value"))
            }
            _ => {
                let message = format!("expected a value, found {word:?}");
                Err(TemplateError::syntax(start, &message))
            }
        }
    }

    fn string(&mut self) -> Result<String, TemplateError> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if c < ' ' => {
                    return Err(self.error("control characters in a string must be escaped"));
                }
                Some(c) => text.push(c),
                None => return Err(self.error("a string is not closed")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, TemplateError> {
        match self.next() {
            Some(c @ ('"' | '\\' | '/')) => Ok(c),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => self.code_point(),
            _ => Err(self.error("unknown escape in a string")),
        }
    }

    /// `\uXXXX`, or two of them where the first is the high half of a surrogate pair.
    fn code_point(&mut self) -> Result<char, TemplateError> {
        let first = self.hex()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if self.next() != Some('\\') || self.next() != Some('u') {
                return Err(self.error("half of a surrogate pair in a string"));
            }
            let second = self.hex()?;
            let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400);
            let low = low.ok_or_else(|| self.error("half of a surrogate pair in a string"))?;
            0x10000 + ((first - 0xd800) << 10) + low
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair in a string"))
    }

    fn hex(&mut self) -> Result<u32, TemplateError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|c| c.to_digit(16));
            let digit = digit.ok_or_else(|| self.error("\\u takes four hexadecimal digits"))?;
            code = code * 16 + digit;
        }
        Ok(code)
    }
}
