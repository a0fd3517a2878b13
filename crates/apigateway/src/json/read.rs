//! JSON text in: a reader that names what it stumbled over.

use super::{Json, MAX_DEPTH, Number};
use indexmap::IndexMap;
use std::fmt;

/// How forgiving the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 8259.
    Strict,
    /// Names may stand without quotes and strings in single quotes, as the request template of a
    /// MOCK integration may have it: `{statusCode: 200}`.
    Relaxed,
}

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{trouble} at line {line}, column {column}")]
pub struct ReadError {
    pub trouble: Trouble,
    /// Counted from one.
    pub line: usize,
    /// Counted from one, in characters.
    pub column: usize,
}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A word that is no literal.
    Token(String),
    /// A character that cannot stand here, and what could.
    Character { found: char, expected: &'static str },
    /// The text ends too early.
    End { inside: &'static str },
    /// Nesting beyond [`MAX_DEPTH`].
    TooDeep,
    /// A number that is not one.
    Number,
    /// An escape that does not exist.
    Escape(char),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Token(token) => write!(
                f,
                "Unrecognized token '{token}': was expecting ('true', 'false' or 'null')"
            ),
            Trouble::Character { found, expected } => write!(
                f,
                "Unexpected character ('{found}' (code {})): {expected}",
                u32::from(*found)
            ),
            Trouble::End { inside } => write!(f, "Unexpected end-of-input{inside}"),
            Trouble::TooDeep => write!(f, "Document nesting depth exceeds {MAX_DEPTH}"),
            Trouble::Number => f.write_str("Invalid numeric value"),
            Trouble::Escape(c) => write!(
                f,
                "Unrecognized character escape '{c}' (code {})",
                u32::from(*c)
            ),
        }
    }
}

const VALUE: &str =
    "expected a valid value (number, String, array, object, 'true', 'false' or 'null')";
const NAME: &str = "was expecting double-quote to start field name";
const COLON: &str = "was expecting a colon to separate field name and value";
const ARRAY_NEXT: &str = "was expecting comma to separate Array entries";
const OBJECT_NEXT: &str = "was expecting comma to separate Object entries";
const IN_ARRAY: &str = ": expected close marker for Array";
const IN_OBJECT: &str = ": expected close marker for Object";
const IN_STRING: &str = ": was expecting closing quote for a string value";

pub(super) fn document(text: &str, dialect: Dialect) -> Result<Json, ReadError> {
    let mut reader = Reader {
        text,
        rest: text,
        dialect,
    };
    let value = reader.value(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(value),
        Some(found) => Err(reader.unexpected(found, VALUE)),
    }
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    dialect: Dialect,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Takes everything up to the first character that does not belong.
    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn error(&self, trouble: Trouble) -> ReadError {
        let read = self.text.strip_suffix(self.rest).unwrap_or(self.text);
        let line_start = read.rfind('\n').map_or(0, |at| at + 1);
        let column = read.get(line_start..).unwrap_or_default().chars().count() + 1;
        ReadError {
            trouble,
            line: read.matches('\n').count() + 1,
            column,
        }
    }

    fn unexpected(&self, found: char, expected: &'static str) -> ReadError {
        self.error(Trouble::Character { found, expected })
    }

    fn end(&self, inside: &'static str) -> ReadError {
        self.error(Trouble::End { inside })
    }

    fn value(&mut self, depth: usize) -> Result<Json, ReadError> {
        if depth > MAX_DEPTH {
            return Err(self.error(Trouble::TooDeep));
        }
        self.space();
        match self.peek() {
            None => Err(self.end("")),
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => self.string('"').map(Json::String),
            Some('\'') if self.dialect == Dialect::Relaxed => self.string('\'').map(Json::String),
            Some('-' | '0'..='9') => self.number(),
            Some(c) if c.is_alphabetic() => self.literal(),
            Some(found) => Err(self.unexpected(found, VALUE)),
        }
    }

    fn literal(&mut self) -> Result<Json, ReadError> {
        let token = self.take(|c| c.is_alphanumeric() || c == '_' || c == '$');
        match token {
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            "null" => Ok(Json::Null),
            _ => Err(self.error(Trouble::Token(token.chars().take(64).collect()))),
        }
    }

    fn number(&mut self) -> Result<Json, ReadError> {
        let token = self.take(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        number(token)
            .map(Json::Number)
            .ok_or_else(|| self.error(Trouble::Number))
    }

    fn array(&mut self, depth: usize) -> Result<Json, ReadError> {
        self.bump();
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                None => return Err(self.end(IN_ARRAY)),
                Some(']') if items.is_empty() => break,
                Some(_) => items.push(self.value(depth + 1)?),
            }
            self.space();
            match self.peek() {
                Some(',') => self.bump(),
                Some(']') => break,
                Some(found) => return Err(self.unexpected(found, ARRAY_NEXT)),
                None => return Err(self.end(IN_ARRAY)),
            };
        }
        self.bump();
        Ok(Json::Array(items))
    }

    fn object(&mut self, depth: usize) -> Result<Json, ReadError> {
        self.bump();
        let mut members = IndexMap::new();
        loop {
            self.space();
            match self.peek() {
                None => return Err(self.end(IN_OBJECT)),
                Some('}') if members.is_empty() => break,
                Some(_) => {
                    let name = self.name()?;
                    self.space();
                    match self.peek() {
                        Some(':') => self.bump(),
                        Some(found) => return Err(self.unexpected(found, COLON)),
                        None => return Err(self.end(IN_OBJECT)),
                    };
                    members.insert(name, self.value(depth + 1)?);
                }
            }
            self.space();
            match self.peek() {
                Some(',') => self.bump(),
                Some('}') => break,
                Some(found) => return Err(self.unexpected(found, OBJECT_NEXT)),
                None => return Err(self.end(IN_OBJECT)),
            };
        }
        self.bump();
        Ok(Json::Object(Box::new(members)))
    }

    fn name(&mut self) -> Result<String, ReadError> {
        let relaxed = self.dialect == Dialect::Relaxed;
        match self.peek() {
            Some('"') => self.string('"'),
            Some('\'') if relaxed => self.string('\''),
            Some(c) if relaxed && (c.is_alphabetic() || c == '_' || c == '$') => Ok(self
                .take(|c| c.is_alphanumeric() || c == '_' || c == '$' || c == '-')
                .to_owned()),
            Some(found) => Err(self.unexpected(found, NAME)),
            None => Err(self.end(IN_OBJECT)),
        }
    }

    fn string(&mut self, quote: char) -> Result<String, ReadError> {
        self.bump();
        let mut text = String::new();
        loop {
            text.push_str(self.take(|c| c != quote && c != '\\' && c >= ' '));
            match self.bump() {
                Some(c) if c == quote => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(found) => {
                    let expected =
                        "has to be escaped using backslash to be included in string value";
                    return Err(self.unexpected(found, expected));
                }
                None => return Err(self.end(IN_STRING)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ReadError> {
        match self.bump() {
            Some('n') => Ok('\n'),
            Some('t') => Ok('\t'),
            Some('r') => Ok('\r'),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some(c @ ('"' | '\\' | '/')) => Ok(c),
            Some('\'') if self.dialect == Dialect::Relaxed => Ok('\''),
            Some('u') => self.unicode(),
            Some(c) => Err(self.error(Trouble::Escape(c))),
            None => Err(self.end(IN_STRING)),
        }
    }

    /// A UTF-16 unit, or two that belong together; half of a pair alone becomes U+FFFD, since
    /// our text is UTF-8.
    fn unicode(&mut self) -> Result<char, ReadError> {
        let first = self.unit()?;
        if !(0xD800..0xDC00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let Some(rest) = self.rest.strip_prefix("\\u") else {
            return Ok(char::REPLACEMENT_CHARACTER);
        };
        let before = self.rest;
        self.rest = rest;
        let second = self.unit()?;
        if (0xDC00..0xE000).contains(&second) {
            let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        } else {
            self.rest = before;
            Ok(char::REPLACEMENT_CHARACTER)
        }
    }

    fn unit(&mut self) -> Result<u32, ReadError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = match self.bump() {
                Some(c) => c
                    .to_digit(16)
                    .ok_or_else(|| self.error(Trouble::Escape(c)))?,
                None => return Err(self.end(IN_STRING)),
            };
            unit = unit * 16 + digit;
        }
        Ok(unit)
    }
}

/// Reads a number by JSON's grammar; none if the token does not follow it.
fn number(token: &str) -> Option<Number> {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let signless = |s: &str| all_digits(s.strip_prefix(['+', '-']).unwrap_or(s));
    let canonical = all_digits(whole) && (whole == "0" || !whole.starts_with('0'));
    if !canonical || !fraction.is_none_or(all_digits) || !exponent.is_none_or(signless) {
        return None;
    }
    if fraction.is_some() || exponent.is_some() {
        return token.parse().ok().map(Number::Double);
    }
    let integer = token.parse().map(Number::Integer);
    Some(integer.unwrap_or_else(|_| Number::Big(token.into())))
}
