//! From text to tokens.

use super::ast::Span;
use super::error::SyntaxError;
use super::reserved;
use std::iter::Peekable;
use std::str::Chars;

/// One token, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub lexeme: Lexeme,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Lexeme {
    /// A reserved word, in lower case.
    Keyword(&'static str),
    /// An identifier that is no reserved word.
    Name(String),
    /// An identifier in double quotes.
    Quoted(String),
    /// A text in single quotes.
    String(String),
    /// Digits, perhaps with a point and an exponent.
    Number(String),
    /// What stands between backticks.
    Ion(String),
    Symbol(Symbol),
    End,
}

macro_rules! symbols {
    ($($variant:ident = $text:literal),* $(,)?) => {
        /// Punctuation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Symbol { $($variant),* }

        impl Symbol {
            /// The longer ones before those that they start with.
            const ALL: &[(&str, Symbol)] = &[$(($text, Symbol::$variant)),*];
        }
    };
}

symbols! {
    OpenBag = "<<",
    CloseBag = ">>",
    LessOrEqual = "<=",
    GreaterOrEqual = ">=",
    NotEqual = "<>",
    BangEqual = "!=",
    Concatenate = "||",
    Less = "<",
    Greater = ">",
    Equal = "=",
    Plus = "+",
    Minus = "-",
    Slash = "/",
    Percent = "%",
    Star = "*",
    At = "@",
    Tilde = "~",
    OpenParen = "(",
    CloseParen = ")",
    OpenBracket = "[",
    CloseBracket = "]",
    OpenCurly = "{",
    CloseCurly = "}",
    Colon = ":",
    Comma = ",",
    Semicolon = ";",
    Dot = ".",
    Question = "?",
}

/// The tokens of a text; the last one is [`Lexeme::End`].
///
/// # Errors
/// [`SyntaxError::Unreadable`]
pub fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer {
        rest: text,
        line: 1,
        column: 1,
    };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let (line, column, before) = (lexer.line, lexer.column, lexer.rest);
        let lexeme = lexer.lexeme()?;
        let taken = before.len() - lexer.rest.len();
        let length = before.get(..taken).map_or(0, |text| text.chars().count());
        let is_end = lexeme == Lexeme::End;
        tokens.push(Token {
            lexeme,
            span: Span {
                line,
                column,
                length,
            },
        });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
}

impl<'a> Lexer<'a> {
    /// Takes so many bytes, which must end with a character.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for character in taken.chars() {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.rest = rest;
        taken
    }

    /// Takes all characters that `is_one` holds for.
    fn take_while(&mut self, is_one: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is_one(c)).unwrap_or(self.rest.len());
        self.take(end)
    }

    /// Passes blanks and comments.
    fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.take_while(|c| c.is_ascii_whitespace());
            if self.rest.starts_with("--") {
                self.take_while(|c| c != '\n' && c != '\r');
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                let end = comment.find("*/").ok_or(SyntaxError::Unreadable)?;
                self.take(end + 4);
            } else {
                return Ok(());
            }
        }
    }

    fn lexeme(&mut self) -> Result<Lexeme, SyntaxError> {
        let mut characters = self.rest.chars();
        let Some(first) = characters.next() else {
            return Ok(Lexeme::End);
        };
        let second = characters.next();
        match first {
            'a'..='z' | 'A'..='Z' | '_' | '$' => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
                let word = self.take_while(is_part);
                Ok(match reserved::keyword(word) {
                    Some(keyword) => Lexeme::Keyword(keyword),
                    None => Lexeme::Name(word.to_owned()),
                })
            }
            '0'..='9' => self.number(),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(),
            '\'' => self.quoted('\'').map(Lexeme::String),
            '"' => self.quoted('"').map(Lexeme::Quoted),
            '`' => self.quoted('`').map(Lexeme::Ion),
            _ => {
                let symbol = Symbol::ALL.iter();
                let symbol = symbol
                    .copied()
                    .find(|(text, _)| self.rest.starts_with(text));
                let (text, symbol) = symbol.ok_or(SyntaxError::Unreadable)?;
                self.take(text.len());
                Ok(Lexeme::Symbol(symbol))
            }
        }
    }

    /// What stands between two `quote`s, in which two of them stand for one.
    fn quoted(&mut self, quote: char) -> Result<String, SyntaxError> {
        let mut text = String::new();
        self.take(quote.len_utf8());
        loop {
            text.push_str(self.take_while(|c| c != quote));
            if !self.rest.starts_with(quote) {
                return Err(SyntaxError::Unreadable);
            }
            self.take(quote.len_utf8());
            if !self.rest.starts_with(quote) {
                return Ok(text);
            }
            text.push_str(self.take(quote.len_utf8()));
        }
    }

    fn number(&mut self) -> Result<Lexeme, SyntaxError> {
        let end = number_end(self.rest).ok_or(SyntaxError::Unreadable)?;
        Ok(Lexeme::Number(self.take(end).to_owned()))
    }
}

/// Where the number at the start of `text` ends; nothing if its exponent has no digits or does not
/// fit, by itself or as the scale that it leaves, in 32 bits.
fn number_end(text: &str) -> Option<usize> {
    let mut characters = text.chars().peekable();
    let mut end = digits(&mut characters);
    let mut fraction = 0;
    if characters.next_if_eq(&'.').is_some() {
        fraction = digits(&mut characters);
        end += 1 + fraction;
    }
    if characters.next_if(|c| matches!(c, 'e' | 'E')).is_none() {
        return Some(end);
    }
    let exponent_start = end + 1;
    let sign = usize::from(characters.next_if(|c| matches!(c, '+' | '-')).is_some());
    end = exponent_start + sign + digits(&mut characters);
    let exponent: i32 = text.get(exponent_start..end)?.parse().ok()?;
    let scale = i64::try_from(fraction).ok()? - i64::from(exponent);
    i32::try_from(scale).ok()?;
    Some(end)
}

/// Passes digits and counts them.
fn digits(characters: &mut Peekable<Chars<'_>>) -> usize {
    let mut count = 0;
    while characters.next_if(char::is_ascii_digit).is_some() {
        count += 1;
    }
    count
}
