//! Terms: literals, names, calls, groups, collections, and paths from them.

use super::{Parsed, Parser};
use crate::partiql::ast::{Call, Expr, Literal, NumberLiteral, PathStep, Span};
use crate::partiql::error::SyntaxError;
use crate::partiql::lexer::{Lexeme, Symbol};

/// The keywords that are functions' names before a parenthesis.
const FUNCTIONS: [&str; 16] = [
    "exists",
    "count",
    "avg",
    "max",
    "min",
    "sum",
    "substring",
    "char_length",
    "character_length",
    "octet_length",
    "bit_length",
    "upper",
    "lower",
    "size",
    "list",
    "bag",
];

impl Parser {
    /// A term, and what of it a path leads to.
    pub(super) fn path(&mut self) -> Parsed<Expr> {
        let term = self.term()?;
        let mut steps = Vec::new();
        loop {
            if self.take_symbol(Symbol::Dot) {
                steps.push(self.key_step()?);
            } else if self.take_symbol(Symbol::OpenBracket) {
                steps.push(self.index_step()?);
            } else {
                break;
            }
        }
        Ok(match steps.is_empty() {
            true => term,
            false => Expr::Path(Box::new(term), steps),
        })
    }

    fn key_step(&mut self) -> Parsed<PathStep> {
        if self.take_symbol(Symbol::Star) {
            return Ok(PathStep::Unpivot);
        }
        let name = self.take_name().ok_or(SyntaxError::PathComponent)?;
        Ok(PathStep::Key(name))
    }

    fn index_step(&mut self) -> Parsed<PathStep> {
        let step = match self.take_symbol(Symbol::Star) {
            true => PathStep::Wildcard,
            false => PathStep::Index(self.expression()?),
        };
        self.expect_symbol(Symbol::CloseBracket, "RIGHT_BRACKET")?;
        Ok(step)
    }

    /// A path that starts with a name and has literals only between brackets.
    pub(super) fn simple_path(&mut self) -> Parsed<Expr> {
        if !matches!(self.peek(), Lexeme::Name(_) | Lexeme::Quoted(_)) {
            return Err(SyntaxError::NoPath);
        }
        let root = self.take_name().ok_or(SyntaxError::NoPath)?;
        let mut steps = Vec::new();
        loop {
            if self.take_symbol(Symbol::Dot) {
                if self.is_symbol(Symbol::Star) {
                    return Err(SyntaxError::SimplePathComponent);
                }
                steps.push(self.key_step()?);
            } else if self.take_symbol(Symbol::OpenBracket) {
                match self.index_step()? {
                    PathStep::Index(index @ (Expr::Literal(..) | Expr::Variable(_))) => {
                        steps.push(PathStep::Index(index));
                    }
                    _ => return Err(SyntaxError::SimplePathIndex),
                }
            } else {
                break;
            }
        }
        let root = Expr::Variable(root);
        Ok(match steps.is_empty() {
            true => root,
            false => Expr::Path(Box::new(root), steps),
        })
    }

    fn term(&mut self) -> Parsed<Expr> {
        let span = self.span();
        let literal = match self.peek() {
            Lexeme::Keyword(word) => match *word {
                "null" => Literal::Null,
                "missing" => Literal::Missing,
                "true" => Literal::Bool(true),
                "false" => Literal::Bool(false),
                word => return self.keyword_term(word, span),
            },
            Lexeme::String(text) => Literal::String(text.clone()),
            Lexeme::Ion(text) => Literal::Ion(text.clone()),
            Lexeme::Number(digits) => Literal::Number(NumberLiteral {
                is_negative: false,
                digits: digits.clone(),
            }),
            Lexeme::Name(_) | Lexeme::Quoted(_) => return self.name_term(span),
            Lexeme::Symbol(symbol) => return self.symbol_term(*symbol, span),
            Lexeme::End => return Err(SyntaxError::UnexpectedTerm),
        };
        self.advance();
        Ok(Expr::Literal(literal, span))
    }

    fn keyword_term(&mut self, word: &'static str, span: Span) -> Parsed<Expr> {
        match word {
            "and" | "or" | "is" | "in" | "between" | "like" | "union" | "except" | "intersect" => {
                Err(SyntaxError::UnexpectedOperator)
            }
            "select" | "insert" | "update" | "delete" | "from" | "set" | "remove" => {
                let statement = self.statement()?;
                Ok(Expr::Statement(Box::new(statement)))
            }
            "values" => {
                self.advance();
                let rows = self.list(Parser::row)?;
                Ok(Expr::Bag(rows, span))
            }
            _ if FUNCTIONS.contains(&word)
                && *self.ahead(1) == Lexeme::Symbol(Symbol::OpenParen) =>
            {
                self.advance();
                self.call(word.to_owned(), span)
            }
            _ => Err(SyntaxError::UnexpectedKeyword),
        }
    }

    /// The values of an item, as SQL has them.
    fn row(&mut self) -> Parsed<Expr> {
        let span = self.span();
        self.expect_symbol(Symbol::OpenParen, "LEFT_PAREN for row value constructor")?;
        let values = self.list(Parser::expression)?;
        self.expect_symbol(Symbol::CloseParen, "RIGHT_PAREN")?;
        Ok(Expr::List(values, span))
    }

    fn name_term(&mut self, span: Span) -> Parsed<Expr> {
        let name = self.take_name().ok_or(SyntaxError::UnexpectedTerm)?;
        if self.is_symbol(Symbol::OpenParen) {
            return self.call(name.text.to_ascii_lowercase(), span);
        }
        Ok(Expr::Variable(name))
    }

    /// The arguments of a function.
    fn call(&mut self, function: String, span: Span) -> Parsed<Expr> {
        self.expect_symbol(Symbol::OpenParen, "LEFT_PAREN")?;
        let mut arguments = Vec::new();
        if self.is_symbol(Symbol::Star) {
            // Counting is the one thing that can be done with everything.
            if function != "count" {
                return Err(SyntaxError::CallWithStar(function));
            }
            self.advance();
        } else if !self.is_symbol(Symbol::CloseParen) {
            arguments = self.list(Parser::expression)?;
        }
        self.expect_symbol(Symbol::CloseParen, "RIGHT_PAREN")?;
        Ok(Expr::Call(Call {
            function,
            arguments,
            span,
        }))
    }

    fn symbol_term(&mut self, symbol: Symbol, span: Span) -> Parsed<Expr> {
        match symbol {
            Symbol::Question => {
                self.advance();
                self.parameters += 1;
                Ok(Expr::Parameter(self.parameters - 1, span))
            }
            Symbol::OpenParen => self.group(span),
            Symbol::OpenBracket => {
                let elements = self.elements(Symbol::CloseBracket, "RIGHT_BRACKET")?;
                Ok(Expr::List(elements, span))
            }
            Symbol::OpenBag => {
                let elements = self.elements(Symbol::CloseBag, "RIGHT_DOUBLE_ANGLE_BRACKET")?;
                Ok(Expr::Bag(elements, span))
            }
            Symbol::OpenCurly => self.members(span),
            Symbol::LessOrEqual
            | Symbol::GreaterOrEqual
            | Symbol::NotEqual
            | Symbol::BangEqual
            | Symbol::Concatenate
            | Symbol::Less
            | Symbol::Greater
            | Symbol::Equal
            | Symbol::Slash
            | Symbol::Percent
            | Symbol::At
            | Symbol::Tilde => Err(SyntaxError::UnexpectedOperator),
            _ => Err(SyntaxError::UnexpectedTerm),
        }
    }

    /// Parentheses stand around one expression, or around several that make a list.
    fn group(&mut self, span: Span) -> Parsed<Expr> {
        self.advance();
        let first = self.expression()?;
        let mut elements = vec![first];
        while self.take_symbol(Symbol::Comma) {
            elements.push(self.expression()?);
        }
        self.expect_symbol(Symbol::CloseParen, "RIGHT_PAREN")?;
        Ok(match <[Expr; 1]>::try_from(elements) {
            Ok([alone]) => alone,
            Err(several) => Expr::List(several, span),
        })
    }

    fn elements(&mut self, close: Symbol, name: &'static str) -> Parsed<Vec<Expr>> {
        self.advance();
        if self.take_symbol(close) {
            return Ok(Vec::new());
        }
        let elements = self.list(Parser::expression)?;
        self.expect_symbol(close, name)?;
        Ok(elements)
    }

    fn members(&mut self, span: Span) -> Parsed<Expr> {
        self.advance();
        if self.take_symbol(Symbol::CloseCurly) {
            return Ok(Expr::Struct(Vec::new(), span));
        }
        let members = self.list(|parser| {
            let key = parser.expression()?;
            parser.expect_symbol(Symbol::Colon, "COLON")?;
            Ok((key, parser.expression()?))
        })?;
        self.expect_symbol(Symbol::CloseCurly, "RIGHT_CURLY")?;
        Ok(Expr::Struct(members, span))
    }
}
