//! Tokens of a JSONPath.

use super::Error;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Root,
    Item,
    Dot,
    DotDot,
    Star,
    Open,
    Close,
    ParenOpen,
    ParenClose,
    Comma,
    Colon,
    Question,
    Not,
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    /// A bare word: a name, a keyword, a function.
    Word(String),
    Text(String),
    Integer(i64),
    Double(f64),
    /// `/pattern/flags`
    Pattern {
        pattern: String,
        flags: String,
    },
}

/// A token and where it starts, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub token: Token,
    pub at: usize,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, Error> {
    let mut lexer = Lexer {
        rest: text,
        length: text.len(),
    };
    let mut tokens = Vec::new();
    while let Some(placed) = lexer.next()? {
        tokens.push(placed);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    rest: &'a str,
    length: usize,
}

/// Longest first, so that `..` is not two dots.
const SYMBOLS: [(&str, Token); 22] = [
    ("..", Token::DotDot),
    ("&&", Token::And),
    ("||", Token::Or),
    ("==", Token::Equal),
    ("=~", Token::Matches),
    ("!=", Token::NotEqual),
    ("<=", Token::LessOrEqual),
    (">=", Token::GreaterOrEqual),
    ("$", Token::Root),
    ("@", Token::Item),
    (".", Token::Dot),
    ("*", Token::Star),
    ("[", Token::Open),
    ("]", Token::Close),
    ("(", Token::ParenOpen),
    (")", Token::ParenClose),
    (",", Token::Comma),
    (":", Token::Colon),
    ("?", Token::Question),
    ("!", Token::Not),
    ("<", Token::Less),
    (">", Token::Greater),
];

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '#') || (!c.is_ascii() && !c.is_whitespace())
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Option<Placed>, Error> {
        self.rest = self.rest.trim_start();
        let at = self.length - self.rest.len();
        let Some(first) = self.rest.chars().next() else {
            return Ok(None);
        };
        let token = match first {
            '\'' | '"' => self.text(first)?,
            '/' => self.pattern()?,
            c if is_word(c) => self.word(),
            _ => self.symbol(at, first)?,
        };
        Ok(Some(Placed { token, at }))
    }

    fn symbol(&mut self, at: usize, first: char) -> Result<Token, Error> {
        for (symbol, token) in SYMBOLS {
            if let Some(rest) = self.rest.strip_prefix(symbol) {
                self.rest = rest;
                return Ok(token);
            }
        }
        Err(Error::Unexpected {
            found: format!("'{first}'"),
            at,
        })
    }

    /// A number if all of it is one, else a name: members may be called `1st` or `a-b`.
    fn word(&mut self) -> Token {
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let Ok(integer) = word.parse::<i64>() else {
            return Token::Word(word.to_owned());
        };
        let fraction = self.rest.strip_prefix('.').map(|rest| {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            rest.split_at(digits)
        });
        if let Some((digits, rest)) = fraction.filter(|(digits, _)| !digits.is_empty())
            && let Ok(double) = format!("{word}.{digits}").parse()
        {
            self.rest = rest;
            return Token::Double(double);
        }
        Token::Integer(integer)
    }

    fn text(&mut self, quote: char) -> Result<Token, Error> {
        let mut text = String::new();
        let mut chars = self.rest.chars();
        chars.next();
        loop {
            match chars.next() {
                None => return Err(Error::End),
                Some(c) if c == quote => break,
                Some('\\') => text.push(match chars.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(c) => c,
                    None => return Err(Error::End),
                }),
                Some(c) => text.push(c),
            }
        }
        self.rest = chars.as_str();
        Ok(Token::Text(text))
    }

    fn pattern(&mut self) -> Result<Token, Error> {
        let mut pattern = String::new();
        let mut chars = self.rest.chars();
        chars.next();
        loop {
            match chars.next() {
                None => return Err(Error::End),
                Some('/') => break,
                Some('\\') => match chars.next() {
                    Some('/') => pattern.push('/'),
                    Some(c) => pattern.extend(['\\', c]),
                    None => return Err(Error::End),
                },
                Some(c) => pattern.push(c),
            }
        }
        let rest = chars.as_str();
        let end = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let (flags, rest) = rest.split_at(end);
        self.rest = rest;
        Ok(Token::Pattern {
            pattern,
            flags: flags.to_owned(),
        })
    }
}
