//! What a value is compared with.

use super::lexer::{Operator, Token};
use regex::{Regex, RegexBuilder};

/// Bytes that a regular expression may take once it is compiled.
const REGEX_LIMIT: usize = 1 << 20;

/// An operator and what stands on its right side.
#[derive(Debug)]
pub enum Condition {
    /// A number, with any operator; how it was written.
    Number(Operator, f64, Wildcard),
    /// A text, with `=` or `!=`.
    Text {
        equal: bool,
        pattern: Wildcard,
    },
    Regex {
        equal: bool,
        pattern: Regex,
    },
}

impl Condition {
    /// None if the two do not go together.
    pub fn new(operator: Operator, operand: Token) -> Option<Condition> {
        let equal = match operator {
            Operator::Equal => Some(true),
            Operator::Unequal => Some(false),
            _ => None,
        };
        match operand {
            Token::Word(word) => match number(&word) {
                Some(number) => Some(Condition::Number(operator, number, Wildcard::new(&word))),
                None => Some(Condition::Text {
                    equal: equal?,
                    pattern: Wildcard::new(&word),
                }),
            },
            Token::Quoted(text) => Some(Condition::Text {
                equal: equal?,
                pattern: Wildcard::new(&text),
            }),
            Token::Regex(pattern) => Some(Condition::Regex {
                equal: equal?,
                pattern: regex(&pattern)?,
            }),
            _ => None,
        }
    }

    /// Whether a text fulfils it, as the number that it may be.
    pub fn holds_for_text(&self, text: &str) -> bool {
        match self {
            Condition::Number(operator, wanted, written) => match (number(text), operator) {
                (Some(value), _) => compare(value, *operator, *wanted),
                (None, Operator::Equal) => written.matches(text),
                (None, Operator::Unequal) => !written.matches(text),
                (None, _) => false,
            },
            Condition::Text { equal, pattern } => pattern.matches(text) == *equal,
            Condition::Regex { equal, pattern } => pattern.is_match(text) == *equal,
        }
    }

    pub fn holds_for_number(&self, value: f64, written: &str) -> bool {
        match self {
            Condition::Number(operator, wanted, _) => compare(value, *operator, *wanted),
            Condition::Text { .. } | Condition::Regex { .. } => self.holds_for_text(written),
        }
    }
}

/// A number as patterns write it; not `inf` or `nan`.
fn number(text: &str) -> Option<f64> {
    let begins = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.');
    text.starts_with(begins)
        .then(|| text.parse().ok())
        .flatten()
}

fn compare(value: f64, operator: Operator, wanted: f64) -> bool {
    match operator {
        #[expect(clippy::float_cmp, reason = "equal is what the pattern asks for")]
        Operator::Equal => value == wanted,
        #[expect(clippy::float_cmp, reason = "as above")]
        Operator::Unequal => value != wanted,
        Operator::Less => value < wanted,
        Operator::LessOrEqual => value <= wanted,
        Operator::Greater => value > wanted,
        Operator::GreaterOrEqual => value >= wanted,
    }
}

/// A regular expression of a pattern, with a bound on what it takes.
pub fn regex(pattern: &str) -> Option<Regex> {
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(REGEX_LIMIT).dfa_size_limit(REGEX_LIMIT);
    builder.build().ok()
}

/// A text in which asterisks stand for anything.
#[derive(Debug)]
pub struct Wildcard {
    /// Between the asterisks.
    parts: Vec<String>,
}

impl Wildcard {
    pub fn new(text: &str) -> Wildcard {
        Wildcard {
            parts: text.split('*').map(str::to_owned).collect(),
        }
    }

    pub fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.parts.split_first() else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return text == first;
        };
        let Some(mut left) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        // The earliest place is as good as any.
        for part in middle {
            match left.split_once(part.as_str()) {
                Some((_, after)) => left = after,
                None => return false,
            }
        }
        left.ends_with(last.as_str())
    }
}
