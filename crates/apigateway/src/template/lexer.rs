//! Tokens of expressions: what stands between a directive's or a method's parentheses.
//!
//! References are not tokens: white space ends them, and only the parser knows their notation.
//! The lexer says that one starts.

use super::Problem;
use super::ast::Operator;
use super::cursor::{Cursor, Fault};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// A `$`, not yet stepped over.
    Reference,
    Int(i64),
    Double(f64),
    /// What stands between single quotes.
    Literal(String),
    /// What stands between double quotes, yet to be parsed for references.
    Interpolated(&'a str),
    Bool(bool),
    Null,
    Operator(Operator),
    Not,
    Open,
    Close,
    ListOpen,
    ListClose,
    MapOpen,
    MapClose,
    Comma,
    Colon,
    Range,
    Assign,
    /// `in` of `#foreach`.
    In,
    End,
}

const SYMBOLS: [(&str, Token<'static>); 24] = [
    ("..", Token::Range),
    ("&&", Token::Operator(Operator::And)),
    ("||", Token::Operator(Operator::Or)),
    ("==", Token::Operator(Operator::Equal)),
    ("!=", Token::Operator(Operator::NotEqual)),
    ("<=", Token::Operator(Operator::LessOrEqual)),
    (">=", Token::Operator(Operator::GreaterOrEqual)),
    ("<", Token::Operator(Operator::Less)),
    (">", Token::Operator(Operator::Greater)),
    ("+", Token::Operator(Operator::Add)),
    ("-", Token::Operator(Operator::Subtract)),
    ("*", Token::Operator(Operator::Multiply)),
    ("/", Token::Operator(Operator::Divide)),
    ("%", Token::Operator(Operator::Remainder)),
    ("!", Token::Not),
    ("=", Token::Assign),
    ("(", Token::Open),
    (")", Token::Close),
    ("[", Token::ListOpen),
    ("]", Token::ListClose),
    ("{", Token::MapOpen),
    ("}", Token::MapClose),
    (",", Token::Comma),
    (":", Token::Colon),
];

/// The next token; the cursor moves past it, except over the `$` of a reference.
pub(super) fn next<'a>(cursor: &mut Cursor<'a>) -> Result<Token<'a>, Fault> {
    cursor.space();
    match cursor.peek() {
        None => Ok(Token::End),
        Some('$') => Ok(Token::Reference),
        Some('\'') => single_quoted(cursor).map(Token::Literal),
        Some('"') => double_quoted(cursor).map(Token::Interpolated),
        Some('0'..='9') => number(cursor),
        Some(c) if c.is_ascii_alphabetic() => word(cursor),
        Some(_) => symbol(cursor),
    }
}

/// The next token without moving.
pub(super) fn peek<'a>(cursor: &Cursor<'a>) -> Result<Token<'a>, Fault> {
    let mut ahead = *cursor;
    next(&mut ahead)
}

fn symbol<'a>(cursor: &mut Cursor<'a>) -> Result<Token<'a>, Fault> {
    for (symbol, token) in SYMBOLS {
        if cursor.take(symbol) {
            return Ok(token);
        }
    }
    Err(cursor.unexpected("an expression"))
}

fn word<'a>(cursor: &mut Cursor<'a>) -> Result<Token<'a>, Fault> {
    let start = *cursor;
    let word = cursor.identifier().unwrap_or_default();
    Ok(match word {
        "true" => Token::Bool(true),
        "false" => Token::Bool(false),
        "null" => Token::Null,
        "and" => Token::Operator(Operator::And),
        "or" => Token::Operator(Operator::Or),
        "eq" => Token::Operator(Operator::Equal),
        "ne" => Token::Operator(Operator::NotEqual),
        "lt" => Token::Operator(Operator::Less),
        "le" => Token::Operator(Operator::LessOrEqual),
        "gt" => Token::Operator(Operator::Greater),
        "ge" => Token::Operator(Operator::GreaterOrEqual),
        "not" => Token::Not,
        "in" => Token::In,
        _ => {
            let found = format!("'{word}' in an expression");
            return Err(start.error(Problem::Unexpected(found)));
        }
    })
}

fn number<'a>(cursor: &mut Cursor<'a>) -> Result<Token<'a>, Fault> {
    let start = *cursor;
    cursor.take_while(|c| c.is_ascii_digit());
    let before_fraction = *cursor;
    // `1..5` is a range, not a number with a dot.
    let fraction = cursor.take(".") && !cursor.take_while(|c| c.is_ascii_digit()).is_empty();
    if fraction {
        exponent(cursor);
        let token = cursor.since(&start).parse().map(Token::Double);
        return token.map_err(|_| start.unexpected("a number"));
    }
    *cursor = before_fraction;
    let digits = cursor.since(&start);
    match digits.parse() {
        Ok(integer) => Ok(Token::Int(integer)),
        Err(_) => digits
            .parse()
            .map(Token::Double)
            .map_err(|_| start.unexpected("a number")),
    }
}

fn exponent(cursor: &mut Cursor<'_>) {
    let before = *cursor;
    let exponent = (cursor.take("e") || cursor.take("E")) && {
        let _ = cursor.take("-") || cursor.take("+");
        !cursor.take_while(|c| c.is_ascii_digit()).is_empty()
    };
    if !exponent {
        *cursor = before;
    }
}

/// Everything is literal; a quote is written twice.
fn single_quoted(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    cursor.bump();
    let mut text = String::new();
    loop {
        text.push_str(cursor.take_while(|c| c != '\''));
        if !cursor.take("'") {
            return Err(cursor.error(Problem::Unclosed("a string")));
        }
        if !cursor.take("'") {
            return Ok(text);
        }
        text.push('\'');
    }
}

/// Backslashes are literal in Velocity's strings; a quote is written twice.
fn double_quoted<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Fault> {
    cursor.bump();
    let start = *cursor;
    loop {
        cursor.take_while(|c| c != '"');
        let end = *cursor;
        if !cursor.take("\"") {
            return Err(cursor.error(Problem::Unclosed("a string")));
        }
        if !cursor.take("\"") {
            return Ok(end.since(&start));
        }
    }
}
