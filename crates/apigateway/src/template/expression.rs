//! Expressions: operators by precedence, literals, argument lists.

use super::Problem;
use super::ast::{Expr, Node, Operator};
use super::cursor::Cursor;
use super::cursor::Fault;
use super::lexer::{self, Token};
use super::parser::Parser;
use std::sync::Arc;

impl Parser {
    pub(super) fn expression(&mut self, cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
        self.nested(cursor, |parser, cursor| parser.binary(cursor, 1))
    }

    /// Precedence climbing: an operand, then every operator that binds at least as tightly.
    fn binary(&mut self, cursor: &mut Cursor<'_>, weakest: u8) -> Result<Expr, Fault> {
        let mut left = self.unary(cursor)?;
        while let Some(operator) = operator_ahead(cursor, weakest) {
            let precedence = operator.precedence();
            let mut links = Vec::new();
            while let Some(operator) = operator_ahead(cursor, precedence) {
                lexer::next(cursor)?;
                links.push((operator, self.binary(cursor, precedence + 1)?));
            }
            left = Expr::Chain(Box::new(left), links);
        }
        Ok(left)
    }

    fn unary(&mut self, cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
        match lexer::peek(cursor)? {
            Token::Not => {
                lexer::next(cursor)?;
                let operand = self.nested(cursor, Parser::unary)?;
                Ok(Expr::Not(Box::new(operand)))
            }
            Token::Operator(Operator::Subtract) => {
                lexer::next(cursor)?;
                Ok(match self.nested(cursor, Parser::unary)? {
                    Expr::Int(n) => Expr::Int(n.wrapping_neg()),
                    Expr::Double(n) => Expr::Double(-n),
                    operand => Expr::Negate(Box::new(operand)),
                })
            }
            _ => self.primary(cursor),
        }
    }

    fn primary(&mut self, cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
        let before = *cursor;
        match lexer::next(cursor)? {
            Token::Reference => match self.reference(cursor)? {
                Some(reference) => Ok(Expr::Reference(reference)),
                None => Err(cursor.unexpected("an expression")),
            },
            Token::Int(n) => Ok(Expr::Int(n)),
            Token::Double(n) => Ok(Expr::Double(n)),
            Token::Bool(b) => Ok(Expr::Bool(b)),
            Token::Null => Ok(Expr::Null),
            Token::Literal(text) => Ok(Expr::Text(Arc::from(text))),
            Token::Interpolated(text) => self.string(text, &before),
            Token::Open => {
                let inner = self.expression(cursor)?;
                expect(cursor, &Token::Close, "parentheses")?;
                Ok(inner)
            }
            Token::ListOpen => self.list(cursor),
            Token::MapOpen => self.map(cursor),
            Token::End => Err(cursor.error(Problem::Unclosed("an expression"))),
            _ => {
                let mut before = before;
                before.space();
                Err(before.unexpected("an expression"))
            }
        }
    }

    fn string(&mut self, text: &str, place: &Cursor<'_>) -> Result<Expr, Fault> {
        let mut block = self.interpolated(text, place)?;
        Ok(match (block.0.pop(), block.0.is_empty()) {
            (None, _) => Expr::Text(Arc::from("")),
            (Some(Node::Text(text)), true) => Expr::Text(Arc::from(text)),
            (Some(last), _) => {
                block.0.push(last);
                Expr::Interpolated(block)
            }
        })
    }

    /// `[a, b]` or `[a..b]`, after the bracket.
    fn list(&mut self, cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
        if lexer::peek(cursor)? == Token::ListClose {
            lexer::next(cursor)?;
            return Ok(Expr::List(Vec::new()));
        }
        let first = self.expression(cursor)?;
        if lexer::peek(cursor)? == Token::Range {
            lexer::next(cursor)?;
            let last = self.expression(cursor)?;
            expect(cursor, &Token::ListClose, "a range")?;
            return Ok(Expr::Range(Box::new(first), Box::new(last)));
        }
        let mut items = vec![first];
        while lexer::peek(cursor)? == Token::Comma {
            lexer::next(cursor)?;
            items.push(self.expression(cursor)?);
        }
        expect(cursor, &Token::ListClose, "a list")?;
        Ok(Expr::List(items))
    }

    /// `{k: v, ...}`, after the brace.
    fn map(&mut self, cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
        let mut members = Vec::new();
        if lexer::peek(cursor)? == Token::MapClose {
            lexer::next(cursor)?;
            return Ok(Expr::Map(members));
        }
        loop {
            let key = self.expression(cursor)?;
            expect(cursor, &Token::Colon, "a map")?;
            members.push((key, self.expression(cursor)?));
            match lexer::peek(cursor)? {
                Token::Comma => lexer::next(cursor)?,
                _ => break,
            };
        }
        expect(cursor, &Token::MapClose, "a map")?;
        Ok(Expr::Map(members))
    }

    /// What stands between a call's parentheses, after the first one; separated by commas, or by
    /// white space only as macros allow.
    pub(super) fn arguments(&mut self, cursor: &mut Cursor<'_>) -> Result<Vec<Expr>, Fault> {
        let mut args = Vec::new();
        loop {
            match lexer::peek(cursor)? {
                Token::Close => {
                    lexer::next(cursor)?;
                    return Ok(args);
                }
                Token::Comma if !args.is_empty() => {
                    lexer::next(cursor)?;
                }
                Token::End => return Err(cursor.error(Problem::Unclosed("arguments"))),
                _ => {}
            }
            args.push(self.expression(cursor)?);
        }
    }
}

fn operator_ahead(cursor: &Cursor<'_>, weakest: u8) -> Option<Operator> {
    match lexer::peek(cursor) {
        Ok(Token::Operator(operator)) if operator.precedence() >= weakest => Some(operator),
        _ => None,
    }
}

fn expect(cursor: &mut Cursor<'_>, token: &Token<'_>, inside: &'static str) -> Result<(), Fault> {
    let before = *cursor;
    if lexer::next(cursor)? == *token {
        return Ok(());
    }
    let mut before = before;
    before.space();
    Err(before.unexpected(inside))
}
