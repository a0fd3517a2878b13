//! The tokens of Ion text.

use crate::formats::FormatError;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    OpenStruct,
    CloseStruct,
    OpenList,
    CloseList,
    Comma,
    Colon,
    /// `::`, after an annotation.
    Annotates,
    /// In double or three single quotes.
    Text(String),
    /// Without quotes or in single ones.
    Symbol(String),
    /// A number or anything else that begins with a digit or a sign.
    Number(String),
    /// What stands between `{{` and `}}`.
    Blob(String),
}

/// Walks over a text, token by token.
#[derive(Debug, Clone)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, at: 0 }
    }

    /// The error of whatever comes next.
    pub fn error(&self) -> FormatError {
        FormatError::Ion(self.at)
    }

    /// Goes behind the end of the line, where a new value may begin.
    pub fn skip_line(&mut self) {
        let length = self.rest().find('\n').map(|end| end + 1);
        self.at += length.unwrap_or(self.rest().len());
    }

    /// The next token; nothing at the end.
    ///
    /// # Errors
    /// [`FormatError::Ion`]
    pub fn next(&mut self) -> Result<Option<Token>, FormatError> {
        self.skip_blanks()?;
        let Some(first) = self.rest().chars().next() else {
            return Ok(None);
        };
        let fixed = [
            ("::", Token::Annotates),
            (":", Token::Colon),
            (",", Token::Comma),
            ("[", Token::OpenList),
            ("]", Token::CloseList),
            ("}", Token::CloseStruct),
        ];
        if self.eat("{{") {
            return self.blob().map(Some);
        }
        if self.eat("{") {
            return Ok(Some(Token::OpenStruct));
        }
        for (text, token) in fixed {
            if self.eat(text) {
                return Ok(Some(token));
            }
        }
        Ok(Some(match first {
            '"' => {
                self.at += 1;
                Token::Text(self.quoted("\"")?)
            }
            '\'' if self.rest().starts_with("'''") => Token::Text(self.long_text()?),
            '\'' => {
                self.at += 1;
                Token::Symbol(self.quoted("'")?)
            }
            c if c.is_ascii_digit() || matches!(c, '-' | '+') => Token::Number(self.word()),
            c if is_word(c) => Token::Symbol(self.word()),
            _ => return Err(self.error()),
        }))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, text: &str) -> bool {
        let is_there = self.rest().starts_with(text);
        if is_there {
            self.at += text.len();
        }
        is_there
    }

    fn skip_blanks(&mut self) -> Result<(), FormatError> {
        loop {
            let trimmed = self.rest().trim_start();
            self.at = self.text.len() - trimmed.len();
            if self.eat("//") {
                self.skip_line();
            } else if self.eat("/*") {
                let end = self.rest().find("*/").ok_or_else(|| self.error())?;
                self.at += end + 2;
            } else {
                return Ok(());
            }
        }
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let is_part = |c: char| is_word(c) || matches!(c, '.' | '-' | '+');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default().to_owned()
    }

    fn blob(&mut self) -> Result<Token, FormatError> {
        let rest = self.rest();
        let (content, _) = rest.split_once("}}").ok_or_else(|| self.error())?;
        self.at += content.len() + 2;
        Ok(Token::Blob(content.split_whitespace().collect()))
    }

    /// Long texts that follow each other are one.
    fn long_text(&mut self) -> Result<String, FormatError> {
        let mut text = String::new();
        loop {
            let before = self.at;
            self.skip_blanks()?;
            if !self.eat("'''") {
                self.at = before;
                return Ok(text);
            }
            text.push_str(&self.quoted("'''")?);
        }
    }

    fn quoted(&mut self, end: &str) -> Result<String, FormatError> {
        let mut text = String::new();
        while !self.eat(end) {
            let c = self.char()?;
            match c {
                '\\' => text.extend(self.escaped()?),
                c => text.push(c),
            }
        }
        Ok(text)
    }

    fn char(&mut self) -> Result<char, FormatError> {
        let c = self.rest().chars().next().ok_or_else(|| self.error())?;
        self.at += c.len_utf8();
        Ok(c)
    }

    /// The character behind a backslash; an escaped line end stands for nothing.
    fn escaped(&mut self) -> Result<Option<char>, FormatError> {
        Ok(Some(match self.char()? {
            '\n' => return Ok(None),
            'a' => '\u{7}',
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            'v' => '\u{b}',
            '0' => '\0',
            'x' => self.coded(2)?,
            'u' => self.coded(4)?,
            'U' => self.coded(8)?,
            c @ ('"' | '\'' | '\\' | '/' | '?') => c,
            _ => return Err(self.error()),
        }))
    }

    fn coded(&mut self, digits: usize) -> Result<char, FormatError> {
        let text = self.rest().get(..digits).ok_or_else(|| self.error())?;
        let code = u32::from_str_radix(text, 16).ok();
        let c = code.and_then(char::from_u32).ok_or_else(|| self.error())?;
        self.at += digits;
        Ok(c)
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$')
}
