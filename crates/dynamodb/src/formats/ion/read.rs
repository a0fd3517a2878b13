//! Reading.

use super::lexer::{Lexer, Token};
use crate::formats::FormatError;
use crate::item::{Item, MAX_DEPTH, Set, Value};
use crate::number::Number;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// What introduces a value, and may stand before each.
const VERSION_MARKER: &str = "$ion_1_0";

/// Reads the items of a text, one after the other.
#[derive(Debug)]
pub struct Reader<'a> {
    lexer: Lexer<'a>,
    /// A token that was looked at.
    ahead: Option<Token>,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Reader<'a> {
        Reader {
            lexer: Lexer::new(text),
            ahead: None,
        }
    }

    /// The next item, or what is wrong with it; nothing at the end. After an error the next line
    /// is tried.
    pub fn next_item(&mut self) -> Option<Result<Item, FormatError>> {
        let read = self.top().transpose()?;
        if read.is_err() {
            self.ahead = None;
            self.lexer.skip_line();
        }
        Some(read)
    }

    fn top(&mut self) -> Result<Option<Item>, FormatError> {
        loop {
            match self.take()? {
                None => return Ok(None),
                Some(Token::Symbol(marker)) if marker == VERSION_MARKER => {}
                Some(Token::OpenStruct) => break,
                Some(_) => return Err(self.lexer.error()),
            }
        }
        let mut found = None;
        for (name, value) in self.structure(0)? {
            match value {
                Value::M(item) if name == "Item" => found = Some(item),
                _ => return Err(FormatError::NotAnItem),
            }
        }
        found.map(Some).ok_or(FormatError::NotAnItem)
    }

    fn take(&mut self) -> Result<Option<Token>, FormatError> {
        match self.ahead.take() {
            Some(token) => Ok(Some(token)),
            None => self.lexer.next(),
        }
    }

    fn need(&mut self) -> Result<Token, FormatError> {
        self.take()?.ok_or_else(|| self.lexer.error())
    }

    /// Takes the next token if it is this one.
    fn eat(&mut self, wanted: &Token) -> Result<bool, FormatError> {
        let token = self.take()?;
        let is_there = token.as_ref() == Some(wanted);
        if !is_there {
            self.ahead = token;
        }
        Ok(is_there)
    }

    /// What follows an opening brace.
    fn structure(&mut self, depth: usize) -> Result<Item, FormatError> {
        let mut item = Item::new();
        while !self.eat(&Token::CloseStruct)? {
            let name = match self.need()? {
                Token::Symbol(name) | Token::Text(name) => name,
                _ => return Err(self.lexer.error()),
            };
            if !self.eat(&Token::Colon)? {
                return Err(self.lexer.error());
            }
            let value = self.value(depth)?;
            item.insert(name, value);
            self.separator(&Token::CloseStruct)?;
        }
        Ok(item)
    }

    /// A comma, which may be missing before the end.
    fn separator(&mut self, end: &Token) -> Result<(), FormatError> {
        if self.eat(&Token::Comma)? {
            return Ok(());
        }
        match self.eat(end)? {
            true => {
                self.ahead = Some(end.clone());
                Ok(())
            }
            false => Err(self.lexer.error()),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, FormatError> {
        // A guard of the stack alone: how deep an item may be is judged by who takes it.
        if depth > 2 * MAX_DEPTH {
            return Err(FormatError::Value);
        }
        Ok(match self.need()? {
            Token::OpenStruct => Value::M(self.structure(depth + 1)?),
            Token::OpenList => Value::L(self.list(depth)?),
            Token::Text(text) => Value::S(text),
            Token::Number(text) => Value::N(self.number(&text)?),
            Token::Blob(text) => Value::B(self.blob(&text)?),
            Token::Symbol(symbol) if self.eat(&Token::Annotates)? => {
                self.annotated(&symbol, depth)?
            }
            Token::Symbol(symbol) => match symbol.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                null if null == "null" || null.starts_with("null.") => Value::Null,
                _ => Value::S(symbol),
            },
            _ => return Err(self.lexer.error()),
        })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Value>, FormatError> {
        let mut list = Vec::new();
        while !self.eat(&Token::CloseList)? {
            list.push(self.value(depth + 1)?);
            self.separator(&Token::CloseList)?;
        }
        Ok(list)
    }

    /// A set; other annotations mean nothing.
    fn annotated(&mut self, annotation: &str, depth: usize) -> Result<Value, FormatError> {
        let value = self.value(depth + 1)?;
        match (annotation, value) {
            ("$dynamodb_SS", Value::L(list)) => Ok(Value::Ss(set(list, |value| match value {
                Value::S(text) => Some(text),
                _ => None,
            })?)),
            ("$dynamodb_NS", Value::L(list)) => Ok(Value::Ns(set(list, |value| match value {
                Value::N(number) => Some(number),
                _ => None,
            })?)),
            ("$dynamodb_BS", Value::L(list)) => Ok(Value::Bs(set(list, |value| match value {
                Value::B(bytes) => Some(bytes),
                _ => None,
            })?)),
            (name, _) if name.starts_with("$dynamodb_") => Err(FormatError::Value),
            (_, value) => Ok(value),
        }
    }

    /// Decimals have their exponent behind a `d`.
    fn number(&self, text: &str) -> Result<Number, FormatError> {
        let plain = text.replace('_', "").replace(['d', 'D'], "e");
        plain.parse().map_err(|_| self.lexer.error())
    }

    fn blob(&self, text: &str) -> Result<Bytes, FormatError> {
        let bytes = STANDARD.decode(text);
        Ok(bytes.map_err(|_| self.lexer.error())?.into())
    }
}

fn set<T: Ord>(
    list: Vec<Value>,
    element: impl Fn(Value) -> Option<T>,
) -> Result<Set<T>, FormatError> {
    let elements: Option<Vec<T>> = list.into_iter().map(element).collect();
    Set::new(elements.ok_or(FormatError::Value)?).map_err(|_| FormatError::Value)
}
