//! Expressions of operators.

use super::{Parsed, Parser};
use crate::expression::Comparator;
use crate::partiql::ast::{BinaryOperator, DataType, Expr, Literal, Sign};
use crate::partiql::error::SyntaxError;
use crate::partiql::lexer::{Lexeme, Symbol};

/// How tightly operators bind.
mod precedence {
    pub const NONE: u8 = 0;
    pub const OR: u8 = 10;
    pub const AND: u8 = 20;
    pub const NOT: u8 = 30;
    pub const EQUALITY: u8 = 40;
    pub const COMPARISON: u8 = 50;
    pub const SUM: u8 = 60;
    pub const PRODUCT: u8 = 70;
}

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Infix {
    And,
    Or,
    Is,
    In,
    Between,
    Binary(BinaryOperator),
}

impl Infix {
    const fn precedence(self) -> u8 {
        match self {
            Infix::Or => precedence::OR,
            Infix::And => precedence::AND,
            Infix::Is | Infix::In => precedence::EQUALITY,
            Infix::Between => precedence::COMPARISON,
            Infix::Binary(operator) => match operator {
                BinaryOperator::Compare(Comparator::Equal | Comparator::NotEqual) => {
                    precedence::EQUALITY
                }
                BinaryOperator::Compare(_) | BinaryOperator::Like => precedence::COMPARISON,
                BinaryOperator::Add | BinaryOperator::Subtract | BinaryOperator::Concatenate => {
                    precedence::SUM
                }
                BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Modulo => {
                    precedence::PRODUCT
                }
            },
        }
    }

    fn of_symbol(symbol: Symbol) -> Option<Infix> {
        let operator = match symbol {
            Symbol::Equal => BinaryOperator::Compare(Comparator::Equal),
            Symbol::NotEqual | Symbol::BangEqual => BinaryOperator::Compare(Comparator::NotEqual),
            Symbol::Less => BinaryOperator::Compare(Comparator::Less),
            Symbol::LessOrEqual => BinaryOperator::Compare(Comparator::LessOrEqual),
            Symbol::Greater => BinaryOperator::Compare(Comparator::Greater),
            Symbol::GreaterOrEqual => BinaryOperator::Compare(Comparator::GreaterOrEqual),
            Symbol::Plus => BinaryOperator::Add,
            Symbol::Minus => BinaryOperator::Subtract,
            Symbol::Concatenate => BinaryOperator::Concatenate,
            Symbol::Star => BinaryOperator::Multiply,
            Symbol::Slash => BinaryOperator::Divide,
            Symbol::Percent => BinaryOperator::Modulo,
            _ => return None,
        };
        Some(Infix::Binary(operator))
    }

    fn of_keyword(keyword: &str) -> Option<Infix> {
        match keyword {
            "and" => Some(Infix::And),
            "or" => Some(Infix::Or),
            "is" => Some(Infix::Is),
            "in" => Some(Infix::In),
            "between" => Some(Infix::Between),
            "like" => Some(Infix::Binary(BinaryOperator::Like)),
            _ => None,
        }
    }
}

/// An operator that comes next, perhaps negated, and how many tokens it has.
struct Next {
    infix: Infix,
    is_negated: bool,
    tokens: usize,
}

impl Parser {
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.expression_above(precedence::NONE)
    }

    /// An expression of operators that bind more tightly than `least`.
    fn expression_above(&mut self, least: u8) -> Parsed<Expr> {
        if self.nesting >= super::MAX_NESTING {
            return Err(SyntaxError::TooDeep);
        }
        self.nesting += 1;
        let mut expr = self.unary()?;
        // The operator of the chain that `expr` is, which goes on with the same operator.
        let mut chain = None;
        while let Some(next) = self.infix().filter(|next| next.infix.precedence() > least) {
            expr = self.operation(expr, &next, chain)?;
            chain = (!next.is_negated).then_some(next.infix);
        }
        self.nesting -= 1;
        Ok(expr)
    }

    fn infix(&self) -> Option<Next> {
        let (infix, is_negated, tokens) = match (self.peek(), self.ahead(1)) {
            (Lexeme::Symbol(symbol), _) => (Infix::of_symbol(*symbol)?, false, 1),
            (Lexeme::Keyword("is"), Lexeme::Keyword("not")) => (Infix::Is, true, 2),
            (Lexeme::Keyword("not"), Lexeme::Keyword(word @ ("in" | "between" | "like"))) => {
                (Infix::of_keyword(word)?, true, 2)
            }
            (Lexeme::Keyword(word), _) => (Infix::of_keyword(word)?, false, 1),
            _ => return None,
        };
        Some(Next {
            infix,
            is_negated,
            tokens,
        })
    }

    /// Goes on from `left` with an operator.
    fn operation(&mut self, left: Expr, next: &Next, chain: Option<Infix>) -> Parsed<Expr> {
        self.at += next.tokens;
        let expr = match next.infix {
            Infix::And => match (left, chain) {
                (Expr::And(mut terms), Some(Infix::And)) => {
                    terms.push(self.right(next)?);
                    Expr::And(terms)
                }
                (left, _) => Expr::And(vec![left, self.right(next)?]),
            },
            Infix::Or => match (left, chain) {
                (Expr::Or(mut terms), Some(Infix::Or)) => {
                    terms.push(self.right(next)?);
                    Expr::Or(terms)
                }
                (left, _) => Expr::Or(vec![left, self.right(next)?]),
            },
            Infix::Is => Expr::Is {
                operand: Box::new(left),
                data_type: self.data_type()?,
            },
            Infix::In => Expr::In {
                operand: Box::new(left),
                list: Box::new(self.in_list()?),
            },
            Infix::Between => self.between(left, next)?,
            Infix::Binary(operator) => Expr::Binary {
                operator,
                left: Box::new(left),
                right: Box::new(self.right(next)?),
            },
        };
        Ok(match next.is_negated {
            true => Expr::Not(Box::new(expr)),
            false => expr,
        })
    }

    fn right(&mut self, next: &Next) -> Parsed<Expr> {
        if *self.peek() == Lexeme::End {
            return Err(SyntaxError::MissingOperand);
        }
        self.expression_above(next.infix.precedence())
    }

    fn between(&mut self, operand: Expr, next: &Next) -> Parsed<Expr> {
        let low = self.right(next)?;
        if !self.take_keyword("and") {
            return Err(SyntaxError::ExpectedKeyword("AND"));
        }
        if *self.peek() == Lexeme::End {
            return Err(SyntaxError::Expected("expression after AND"));
        }
        let high = self.expression_above(next.infix.precedence())?;
        Ok(Expr::Between {
            operand: Box::new(operand),
            low: Box::new(low),
            high: Box::new(high),
        })
    }

    /// Parentheses behind IN stand around a list, even of one element; without them there is a
    /// single term, for no operator makes lists.
    fn in_list(&mut self) -> Parsed<Expr> {
        let is_query = self.is_keyword_ahead(1, "select") || self.is_keyword_ahead(1, "values");
        if *self.peek() == Lexeme::End {
            return Err(SyntaxError::MissingOperand);
        }
        if !self.is_symbol(Symbol::OpenParen) || is_query {
            return self.path();
        }
        let span = self.span();
        self.advance();
        let elements = self.list(Parser::expression)?;
        self.expect_symbol(Symbol::CloseParen, "RIGHT_PAREN")?;
        Ok(Expr::List(elements, span))
    }

    fn data_type(&mut self) -> Parsed<DataType> {
        let Lexeme::Keyword(word) = *self.peek() else {
            return Err(SyntaxError::TypeName);
        };
        let name = match (word, self.ahead(1)) {
            ("double", Lexeme::Keyword("precision")) => "DOUBLE PRECISION",
            ("character" | "char", Lexeme::Keyword("varying")) => "CHARACTER VARYING",
            ("varchar", _) => "CHARACTER VARYING",
            ("char", _) => "CHARACTER",
            ("dec", _) => "DECIMAL",
            ("int", _) => "INTEGER",
            ("int2" | "integer2", _) => "SMALLINT",
            ("int4", _) => "INTEGER4",
            ("int8" | "bigint", _) => "INTEGER8",
            ("bool", _) => "BOOLEAN",
            (word, _) => word,
        };
        let is_pair = matches!(word, "double" | "character" | "char") && name.contains(' ');
        let is_it = |data_type: &DataType| data_type.text().eq_ignore_ascii_case(name);
        let found = DataType::ALL.into_iter().find(is_it);
        let data_type = found.ok_or(SyntaxError::TypeName)?;
        self.at += if is_pair { 2 } else { 1 };
        if self.take_symbol(Symbol::OpenParen) {
            // Lengths and precisions say nothing here.
            self.list(Parser::expression)?;
            self.expect_symbol(Symbol::CloseParen, "RIGHT_PAREN")?;
        }
        Ok(data_type)
    }

    /// A term behind any signs and NOTs.
    fn unary(&mut self) -> Parsed<Expr> {
        let sign = match self.peek() {
            Lexeme::Symbol(Symbol::Plus) => Sign::Plus,
            Lexeme::Symbol(Symbol::Minus) => Sign::Minus,
            Lexeme::Keyword("not") => {
                self.advance();
                let inner = self.expression_above(precedence::NOT)?;
                return Ok(Expr::Not(Box::new(inner)));
            }
            _ => return self.path(),
        };
        if self.nesting >= super::MAX_NESTING {
            return Err(SyntaxError::TooDeep);
        }
        self.advance();
        self.nesting += 1;
        let term = self.unary()?;
        self.nesting -= 1;
        Ok(signed(sign, term))
    }
}

/// A sign before a number is part of it.
fn signed(sign: Sign, term: Expr) -> Expr {
    match (sign, term) {
        (Sign::Plus, number @ Expr::Literal(Literal::Number(_), _)) => number,
        (Sign::Minus, Expr::Literal(Literal::Number(mut number), span)) => {
            number.is_negative = !number.is_negative;
            Expr::Literal(Literal::Number(number), span)
        }
        (sign, term) => Expr::Sign(sign, Box::new(term)),
    }
}
