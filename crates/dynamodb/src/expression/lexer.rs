//! From an expression's text to its tokens.
//!
//! A character that no token starts with is a token of its own, which no grammar accepts: so it is
//! reported like any other token in the wrong place. Knows no keywords and no grammar.

use super::ExpressionError;

/// A token, and where it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    start: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An attribute's name, a function's name or a keyword: a letter first, then also digits and
    /// underscores.
    Word,
    /// `#name`
    Name,
    /// `:value`
    Value,
    /// Digits; a zero always stands alone, as AWS reads it.
    Digits,
    /// A comparison operator: `=`, `<>`, `<`, `<=`, `>`, `>=`.
    Comparator,
    /// Any other character, those of the grammars included.
    Symbol(char),
    End,
}

/// The tokens of a text, and the place in it.
#[derive(Debug)]
pub struct Tokens<'a> {
    source: &'a str,
    /// Ends with [`Kind::End`].
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub fn new(source: &'a str) -> Tokens<'a> {
        let mut tokens = Vec::with_capacity(source.len() / 4 + 2);
        let mut rest = source;
        loop {
            rest = rest.trim_ascii_start();
            let start = source.len() - rest.len();
            let (kind, length) = first_token(rest);
            let (text, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
            tokens.push(Token { kind, text, start });
            if kind == Kind::End {
                break;
            }
            rest = tail;
        }
        Tokens {
            source,
            tokens,
            at: 0,
        }
    }

    /// The token that is next.
    pub fn peek(&self) -> Token<'a> {
        self.ahead(0)
    }

    /// The token `by` places after the next.
    pub fn ahead(&self, by: usize) -> Token<'a> {
        let end = Token {
            kind: Kind::End,
            text: "",
            start: self.source.len(),
        };
        self.tokens.get(self.at + by).copied().unwrap_or(end)
    }

    /// Takes the next token; the end stays.
    pub fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    /// Takes the next token if it is this symbol.
    pub fn take_symbol(&mut self, symbol: char) -> bool {
        self.take_if(Kind::Symbol(symbol)).is_some()
    }

    /// Takes the next token if it is of this kind.
    pub fn take_if(&mut self, kind: Kind) -> Option<Token<'a>> {
        (self.peek().kind == kind).then(|| self.take())
    }

    /// Takes the next token if it is this keyword, in any case.
    pub fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.peek().is_keyword(keyword);
        if found {
            self.take();
        }
        found
    }

    /// # Errors
    /// The syntax error at the next token, if it is not this symbol.
    pub fn expect_symbol(&mut self, symbol: char) -> Result<(), ExpressionError> {
        if self.take_symbol(symbol) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    /// The error that the next token is not what the grammar wants: AWS shows it with the token
    /// before and the one after it, as they stand in the text.
    pub fn unexpected(&self) -> ExpressionError {
        let token = self.peek();
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let near = match (token.kind, before) {
            // Nothing but blanks.
            (Kind::End, None) => self.source,
            (Kind::End, Some(last)) => last.text,
            (_, before) => {
                let from = before.map_or(token.start, |before| before.start);
                let after = self.ahead(1);
                let to = match after.kind {
                    Kind::End => token.start + token.text.len(),
                    _ => after.start + after.text.len(),
                };
                self.source.get(from..to).unwrap_or_default()
            }
        };
        let token = if token.kind == Kind::End {
            "<EOF>"
        } else {
            token.text
        };
        ExpressionError::Syntax {
            token: token.to_owned(),
            near: near.to_owned(),
        }
    }
}

impl Token<'_> {
    pub fn is_keyword(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// The kind and length in bytes of the token that `rest` starts with.
fn first_token(rest: &str) -> (Kind, usize) {
    let Some(first) = rest.chars().next() else {
        return (Kind::End, 0);
    };
    let word_len = |from: usize| {
        let tail = rest.bytes().skip(from);
        from + tail
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
            .count()
    };
    match first {
        'a'..='z' | 'A'..='Z' => (Kind::Word, word_len(0)),
        '#' if word_len(1) > 1 => (Kind::Name, word_len(1)),
        ':' if word_len(1) > 1 => (Kind::Value, word_len(1)),
        '0' => (Kind::Digits, 1),
        '1'..='9' => (
            Kind::Digits,
            rest.bytes().take_while(u8::is_ascii_digit).count(),
        ),
        '=' => (Kind::Comparator, 1),
        '<' if rest.starts_with("<>") || rest.starts_with("<=") => (Kind::Comparator, 2),
        '>' if rest.starts_with(">=") => (Kind::Comparator, 2),
        '<' | '>' => (Kind::Comparator, 1),
        other => (Kind::Symbol(other), other.len_utf8()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_every_kind() {
        let tokens = Tokens::new("a1>=:v AND #n[007] <>x.y(\u{e9})+-");
        let all: Vec<_> = tokens.tokens.iter().map(|t| t.text).collect();
        assert_eq!(
            all,
            [
                "a1", ">=", ":v", "AND", "#n", "[", "0", "0", "7", "]", "<>", "x", ".", "y", "(",
                "\u{e9}", ")", "+", "-", ""
            ]
        );
    }

    #[track_caller]
    fn check_unexpected(source: &str, skip: usize, token: &str, near: &str) {
        let mut tokens = Tokens::new(source);
        (0..skip).for_each(|_| {
            tokens.take();
        });
        let expected = ExpressionError::Syntax {
            token: token.into(),
            near: near.into(),
        };
        assert_eq!(tokens.unexpected(), expected, "{source}");
    }

    #[test]
    fn an_error_shows_the_tokens_around_it() {
        check_unexpected("INVALID SYNTAX HERE", 0, "INVALID", "INVALID SYNTAX");
        check_unexpected("!!! INVALID !!!", 0, "!", "!!");
        check_unexpected("(a) x  y", 3, "x", ") x  y");
        check_unexpected("a =", 2, "<EOF>", "=");
        check_unexpected(" \t ", 0, "<EOF>", " \t ");
        check_unexpected(":v \u{20ac}", 1, "\u{20ac}", ":v \u{20ac}");
        check_unexpected("a \u{1f600} = :v", 1, "\u{1f600}", "a \u{1f600} =");
        check_unexpected("a\u{a0}b", 1, "\u{a0}", "a\u{a0}b");
        check_unexpected("l[00]", 3, "0", "00]");
        check_unexpected("SET _123 = :v", 1, "_", "SET _123");
    }
}
