//! The tokens of patterns in braces and brackets.

use super::selector::Selector;

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Open,
    Close,
    Comma,
    And,
    Or,
    Ellipsis,
    Operator(Operator),
    /// `$.a[0].b`
    Selector(Selector),
    /// A word as it stands.
    Word(String),
    Quoted(String),
    /// What stands between percent signs.
    Regex(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The tokens of a text; none if it has anything else.
pub fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (token, after) = token(rest)?;
        tokens.push(token);
        rest = after.trim_start();
    }
    Some(tokens)
}

/// Signs, the longer ones before those they begin with.
const SIGNS: [(&str, Token); 12] = [
    ("...", Token::Ellipsis),
    ("&&", Token::And),
    ("||", Token::Or),
    ("!=", Token::Operator(Operator::Unequal)),
    ("<=", Token::Operator(Operator::LessOrEqual)),
    (">=", Token::Operator(Operator::GreaterOrEqual)),
    ("=", Token::Operator(Operator::Equal)),
    ("<", Token::Operator(Operator::Less)),
    (">", Token::Operator(Operator::Greater)),
    ("(", Token::Open),
    (")", Token::Close),
    (",", Token::Comma),
];

fn token(text: &str) -> Option<(Token, &str)> {
    for (sign, token) in SIGNS {
        if let Some(after) = text.strip_prefix(sign) {
            return Some((token, after));
        }
    }
    if text.starts_with('$') {
        let (selector, after) = Selector::read(text)?;
        return Some((Token::Selector(selector), after));
    }
    if let Some(inside) = text.strip_prefix('"') {
        let (quoted, after) = quoted(inside)?;
        return Some((Token::Quoted(quoted), after));
    }
    if let Some(inside) = text.strip_prefix('%') {
        let (regex, after) = inside.split_once('%')?;
        return Some((Token::Regex(regex.to_owned()), after));
    }
    let ends = |c: char| c.is_whitespace() || "()[]{},\"%=!<>&|".contains(c);
    let (word, after) = text.split_at(text.find(ends).unwrap_or(text.len()));
    (!word.is_empty()).then(|| (Token::Word(word.to_owned()), after))
}

/// What stands before the next quotation mark, and what comes after it. A backslash takes what
/// follows as it is.
pub fn quoted(text: &str) -> Option<(String, &str)> {
    let mut inside = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some((inside, chars.as_str())),
            '\\' => inside.push(chars.next()?),
            other => inside.push(other),
        }
    }
    None
}
