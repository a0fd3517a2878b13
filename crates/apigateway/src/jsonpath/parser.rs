//! Tokens to steps, by recursive descent.

use super::lexer::{Placed, Token, tokens};
use super::{Comparison, Condition, Error, JsonPath, MAX_LENGTH, Negation, Operand, Pattern, Step};
use crate::json::{Json, Number};

/// Deepest nesting of filters.
const MAX_DEPTH: usize = 16;

pub(super) fn parse(text: &str) -> Result<JsonPath, Error> {
    if text.len() > MAX_LENGTH {
        return Err(Error::TooComplex);
    }
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: tokens.into_iter().peekable(),
        depth: 0,
    };
    let mut steps = Vec::new();
    match parser.peek() {
        None => return Err(Error::End),
        Some(Token::Root | Token::Item) => parser.advance(),
        Some(Token::Word(_)) => steps.push(parser.named()?),
        Some(_) => {}
    }
    parser.steps(&mut steps)?;
    match parser.tokens.next() {
        None => Ok(JsonPath { steps }),
        Some(placed) => Err(unexpected(placed)),
    }
}

fn unexpected(placed: Placed) -> Error {
    Error::Unexpected {
        found: format!("{:?}", placed.token),
        at: placed.at,
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Placed>>,
    depth: usize,
}

impl Parser {
    fn peek(&mut self) -> Option<&Token> {
        self.tokens.peek().map(|placed| &placed.token)
    }

    fn advance(&mut self) {
        self.tokens.next();
    }

    fn next(&mut self) -> Result<Placed, Error> {
        self.tokens.next().ok_or(Error::End)
    }

    fn take(&mut self, token: &Token) -> bool {
        let here = self.peek() == Some(token);
        if here {
            self.advance();
        }
        here
    }

    fn expect(&mut self, token: &Token) -> Result<(), Error> {
        let placed = self.next()?;
        if placed.token == *token {
            Ok(())
        } else {
            Err(unexpected(placed))
        }
    }

    fn steps(&mut self, steps: &mut Vec<Step>) -> Result<(), Error> {
        loop {
            match self.peek() {
                Some(Token::Dot) => {
                    self.advance();
                    if self.peek() == Some(&Token::Open) {
                        steps.push(self.bracket()?);
                    } else {
                        steps.push(self.named()?);
                    }
                }
                Some(Token::DotDot) => {
                    self.advance();
                    steps.push(Step::Descent);
                    if self.peek() != Some(&Token::Open) {
                        steps.push(self.named()?);
                    }
                }
                Some(Token::Open) => steps.push(self.bracket()?),
                _ => return Ok(()),
            }
        }
    }

    /// What follows a dot.
    fn named(&mut self) -> Result<Step, Error> {
        let placed = self.next()?;
        let name = match placed.token {
            Token::Star => return Ok(Step::Every),
            Token::Word(name) | Token::Text(name) => name,
            Token::Integer(n) => n.to_string(),
            _ => return Err(unexpected(placed)),
        };
        if !self.take(&Token::ParenOpen) {
            return Ok(Step::Names(vec![name]));
        }
        self.expect(&Token::ParenClose)?;
        match name.as_str() {
            "length" | "size" => Ok(Step::Length),
            _ => Err(Error::Function(name)),
        }
    }

    fn bracket(&mut self) -> Result<Step, Error> {
        self.expect(&Token::Open)?;
        let step = match self.peek() {
            Some(Token::Star) => {
                self.advance();
                Step::Every
            }
            Some(Token::Question) => {
                self.advance();
                Step::Filter(self.nested(Parser::filter)?)
            }
            Some(Token::Text(_)) => self.names()?,
            _ => self.places()?,
        };
        self.expect(&Token::Close)?;
        Ok(step)
    }

    fn names(&mut self) -> Result<Step, Error> {
        let mut names = Vec::new();
        loop {
            let placed = self.next()?;
            match placed.token {
                Token::Text(name) => names.push(name),
                _ => return Err(unexpected(placed)),
            }
            if !self.take(&Token::Comma) {
                return Ok(Step::Names(names));
            }
        }
    }

    /// Indexes or a slice.
    fn places(&mut self) -> Result<Step, Error> {
        let from = self.integer();
        if self.take(&Token::Colon) {
            let to = self.integer();
            let by = if self.take(&Token::Colon) {
                self.integer()
            } else {
                None
            };
            return Ok(Step::Slice { from, to, by });
        }
        let Some(first) = from else {
            return Err(self.next().map_or_else(|error| error, unexpected));
        };
        let mut indexes = vec![first];
        while self.take(&Token::Comma) {
            match self.integer() {
                Some(index) => indexes.push(index),
                None => return Err(self.next().map_or_else(|error| error, unexpected)),
            }
        }
        Ok(Step::Indexes(indexes))
    }

    fn integer(&mut self) -> Option<i64> {
        match self.peek() {
            Some(Token::Integer(n)) => {
                let n = *n;
                self.advance();
                Some(n)
            }
            _ => None,
        }
    }

    /// Runs a part that may contain itself, within the bound on nesting.
    fn nested<T>(&mut self, part: fn(&mut Parser) -> Result<T, Error>) -> Result<T, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::TooComplex);
        }
        let result = part(self);
        self.depth -= 1;
        result
    }

    fn filter(&mut self) -> Result<Condition, Error> {
        self.expect(&Token::ParenOpen)?;
        let condition = self.any()?;
        self.expect(&Token::ParenClose)?;
        Ok(condition)
    }

    fn any(&mut self) -> Result<Condition, Error> {
        let first = self.all()?;
        let mut conditions = vec![first];
        while self.take(&Token::Or) {
            conditions.push(self.all()?);
        }
        Ok(single_or(conditions, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, Error> {
        let first = self.nested(Parser::term)?;
        let mut conditions = vec![first];
        while self.take(&Token::And) {
            conditions.push(self.nested(Parser::term)?);
        }
        Ok(single_or(conditions, Condition::All))
    }

    fn term(&mut self) -> Result<Condition, Error> {
        match self.peek() {
            Some(Token::Not) => {
                self.advance();
                Ok(Condition::Not(Box::new(self.nested(Parser::term)?)))
            }
            Some(Token::ParenOpen) => self.filter(),
            _ => self.test(),
        }
    }

    fn test(&mut self) -> Result<Condition, Error> {
        let left = self.operand()?;
        let comparison = match self.peek() {
            Some(Token::Equal) => Comparison::Equal,
            Some(Token::NotEqual) => Comparison::NotEqual,
            Some(Token::Less) => Comparison::Less,
            Some(Token::LessOrEqual) => Comparison::LessOrEqual,
            Some(Token::Greater) => Comparison::Greater,
            Some(Token::GreaterOrEqual) => Comparison::GreaterOrEqual,
            Some(Token::Matches) => {
                self.advance();
                return self
                    .pattern()
                    .map(|pattern| Condition::Matches(left, pattern));
            }
            Some(Token::Word(word)) if word == "in" || word == "nin" => {
                let negated = if word == "in" {
                    Negation::Plain
                } else {
                    Negation::Negated
                };
                self.advance();
                return Ok(Condition::In {
                    needle: left,
                    among: self.literals()?,
                    negated,
                });
            }
            _ => return Ok(Condition::Exists(left)),
        };
        self.advance();
        Ok(Condition::Compare(left, comparison, self.operand()?))
    }

    fn operand(&mut self) -> Result<Operand, Error> {
        match self.peek() {
            Some(Token::Item) => self.relative().map(Operand::Item),
            Some(Token::Root) => self.relative().map(Operand::Root),
            _ => self.literal().map(Operand::Literal),
        }
    }

    fn relative(&mut self) -> Result<JsonPath, Error> {
        self.advance();
        let mut steps = Vec::new();
        self.steps(&mut steps)?;
        Ok(JsonPath { steps })
    }

    fn literal(&mut self) -> Result<Json, Error> {
        let placed = self.next()?;
        match &placed.token {
            Token::Text(text) => Ok(Json::String(text.clone())),
            Token::Integer(n) => Ok(Json::Number(Number::Integer(*n))),
            Token::Double(n) => Ok(Json::Number(Number::Double(*n))),
            Token::Word(word) if word == "true" => Ok(Json::Bool(true)),
            Token::Word(word) if word == "false" => Ok(Json::Bool(false)),
            Token::Word(word) if word == "null" => Ok(Json::Null),
            _ => Err(unexpected(placed)),
        }
    }

    fn literals(&mut self) -> Result<Vec<Json>, Error> {
        self.expect(&Token::Open)?;
        let mut literals = Vec::new();
        if self.take(&Token::Close) {
            return Ok(literals);
        }
        loop {
            literals.push(self.literal()?);
            if !self.take(&Token::Comma) {
                self.expect(&Token::Close)?;
                return Ok(literals);
            }
        }
    }

    fn pattern(&mut self) -> Result<Pattern, Error> {
        let placed = self.next()?;
        let Token::Pattern { pattern, flags } = &placed.token else {
            return Err(unexpected(placed));
        };
        let flags = if flags.contains('i') { "(?i)" } else { "" };
        regex::RegexBuilder::new(&format!("^{flags}(?:{pattern})$"))
            .size_limit(1 << 20)
            .build()
            .map(Pattern)
            .map_err(|_| Error::Pattern(pattern.clone()))
    }
}

fn single_or(mut conditions: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        Some(last) => {
            conditions.push(last);
            many(conditions)
        }
        None => many(conditions),
    }
}
