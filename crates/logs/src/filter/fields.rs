//! Patterns on JSON: `{ ($.level = "ERROR" || $.status >= 500) && $.user IS NULL }`.

use super::condition::Condition;
use super::lexer::{Token, tokens};
use super::selector::Selector;
use serde_json::Value;
use std::collections::BTreeMap;

/// How deep parentheses may lie in each other.
const MOST_DEPTH: usize = 32;

#[derive(Debug)]
pub struct Fields(Expression);

#[derive(Debug)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Test(Selector, Test),
}

#[derive(Debug)]
enum Test {
    Compares(Condition),
    IsNull,
    Is(bool),
    NotExists,
}

impl Fields {
    pub fn parse(pattern: &str) -> Option<Fields> {
        let inside = pattern.strip_prefix('{')?.strip_suffix('}')?;
        let mut reader = Reader {
            tokens: tokens(inside)?.into_iter().peekable(),
            depth: 0,
        };
        let expression = reader.any()?;
        reader.tokens.next().is_none().then_some(Fields(expression))
    }

    pub fn matches(&self, message: &str) -> bool {
        document(message).is_some_and(|document| self.0.holds(&document))
    }

    /// The fields that the pattern names.
    pub fn extract(&self, message: &str) -> Option<BTreeMap<String, String>> {
        let document = document(message).filter(|document| self.0.holds(document))?;
        let mut found = BTreeMap::new();
        self.0.collect(&document, &mut found);
        Some(found)
    }
}

fn document(message: &str) -> Option<Value> {
    let message = message.trim();
    // Most lines are no JSON, and this is cheaper than to find out.
    let is_object = message.starts_with('{');
    is_object
        .then(|| serde_json::from_str(message).ok())
        .flatten()
}

impl Expression {
    fn holds(&self, document: &Value) -> bool {
        match self {
            Expression::All(all) => all.iter().all(|one| one.holds(document)),
            Expression::Any(any) => any.iter().any(|one| one.holds(document)),
            Expression::Test(selector, test) => test.holds(selector.find(document)),
        }
    }

    fn collect(&self, document: &Value, found: &mut BTreeMap<String, String>) {
        match self {
            Expression::All(several) | Expression::Any(several) => {
                several.iter().for_each(|one| one.collect(document, found));
            }
            Expression::Test(selector, _) => {
                if let Some(value) = selector.find(document) {
                    found.insert(selector.to_string(), shown(value));
                }
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Test::NotExists, value) => value.is_none(),
            (Test::IsNull, Some(Value::Null)) => true,
            (Test::Is(wanted), Some(Value::Bool(value))) => wanted == value,
            (Test::Compares(condition), Some(Value::String(text))) => {
                condition.holds_for_text(text)
            }
            (Test::Compares(condition), Some(Value::Number(number))) => {
                let value = number.as_f64().unwrap_or(f64::NAN);
                condition.holds_for_number(value, &number.to_string())
            }
            (Test::Compares(condition), Some(Value::Bool(value))) => {
                condition.holds_for_text(if *value { "true" } else { "false" })
            }
            _ => false,
        }
    }
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Reader {
    fn any(&mut self) -> Option<Expression> {
        self.several(&Token::Or, Reader::all, Expression::Any)
    }

    fn all(&mut self) -> Option<Expression> {
        self.several(&Token::And, Reader::one, Expression::All)
    }

    /// One or more, with the same sign between them.
    fn several(
        &mut self,
        sign: &Token,
        read: fn(&mut Reader) -> Option<Expression>,
        made: fn(Vec<Expression>) -> Expression,
    ) -> Option<Expression> {
        let mut found = vec![read(self)?];
        while self.tokens.next_if_eq(sign).is_some() {
            found.push(read(self)?);
        }
        match found.len() {
            1 => found.pop(),
            _ => Some(made(found)),
        }
    }

    fn one(&mut self) -> Option<Expression> {
        match self.tokens.next()? {
            Token::Open if self.depth < MOST_DEPTH => {
                self.depth += 1;
                let inside = self.any()?;
                self.depth -= 1;
                self.tokens.next_if_eq(&Token::Close)?;
                Some(inside)
            }
            Token::Selector(selector) => Some(Expression::Test(selector, self.test()?)),
            _ => None,
        }
    }

    fn test(&mut self) -> Option<Test> {
        match self.tokens.next()? {
            Token::Operator(operator) => {
                let operand = self.tokens.next()?;
                Condition::new(operator, operand).map(Test::Compares)
            }
            Token::Word(word) if is(&word, "IS") => match self.tokens.next()? {
                Token::Word(word) if is(&word, "NULL") => Some(Test::IsNull),
                Token::Word(word) if is(&word, "TRUE") => Some(Test::Is(true)),
                Token::Word(word) if is(&word, "FALSE") => Some(Test::Is(false)),
                _ => None,
            },
            Token::Word(word) if is(&word, "NOT") => match self.tokens.next()? {
                Token::Word(word) if is(&word, "EXISTS") => Some(Test::NotExists),
                _ => None,
            },
            _ => None,
        }
    }
}

fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}
