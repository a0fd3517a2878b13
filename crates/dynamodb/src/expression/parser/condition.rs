//! The grammar of conditions, filters and key conditions.
//!
//! ```text
//! condition = condition OR condition | condition AND condition | NOT condition
//!           | ( condition ) | call
//!           | operand comparator operand
//!           | operand BETWEEN operand AND operand
//!           | operand IN ( operand {, operand} )
//! ```
//! NOT binds tightest, then AND, then OR.

use super::super::lexer::Kind as Lexeme;
use super::super::syntax::{Node, Operand};
use super::super::{Comparator, ExpressionError, MAX_IN_OPERANDS};
use super::Parser;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
}

impl<'a> Parser<'a> {
    pub(super) fn condition(&mut self) -> Result<Node<'a>, ExpressionError> {
        let node = self.joined(Binding::Or)?;
        self.require_condition(node)
    }

    /// A condition of operators that bind at least like `binding`, or a lone operand.
    fn joined(&mut self, binding: Binding) -> Result<Node<'a>, ExpressionError> {
        let mut left = self.negated()?;
        loop {
            let next = self.tokens.peek();
            if binding <= Binding::And && next.is_keyword("AND") {
                let terms = self.terms(left, "AND", Binding::Not)?;
                left = Node::And(terms);
            } else if binding <= Binding::Or && next.is_keyword("OR") {
                let terms = self.terms(left, "OR", Binding::And)?;
                left = Node::Or(terms);
            } else {
                return Ok(left);
            }
        }
    }

    /// The terms that `keyword` joins to `first`.
    fn terms(
        &mut self,
        first: Node<'a>,
        keyword: &str,
        binding: Binding,
    ) -> Result<Vec<Node<'a>>, ExpressionError> {
        let mut terms = vec![self.require_condition(first)?];
        while self.tokens.take_keyword(keyword) {
            self.count_operator()?;
            let term = self.joined(binding)?;
            terms.push(self.require_condition(term)?);
        }
        Ok(terms)
    }

    fn negated(&mut self) -> Result<Node<'a>, ExpressionError> {
        let mut negations = 0;
        while self.tokens.take_keyword("NOT") {
            self.count_operator()?;
            negations += 1;
        }
        let mut node = self.primary()?;
        for _ in 0..negations {
            node = Node::Not(Box::new(self.require_condition(node)?));
        }
        Ok(node)
    }

    fn primary(&mut self) -> Result<Node<'a>, ExpressionError> {
        let operand = if self.tokens.take_symbol('(') {
            self.is_redundant |= self.is_inside_parentheses();
            self.enter()?;
            let node = self.joined(Binding::Or)?;
            self.leave()?;
            match node {
                Node::Operand(operand) => self.continued(operand)?,
                condition => return Ok(condition),
            }
        } else {
            self.atom()?
        };
        self.compared(operand)
    }

    /// Goes on after an operand with what it is compared with, if anything.
    fn compared(&mut self, operand: Operand<'a>) -> Result<Node<'a>, ExpressionError> {
        if let Some(token) = self.tokens.take_if(Lexeme::Comparator) {
            self.count_operator()?;
            let comparator = Comparator::from_text(token.text);
            return Ok(Node::Compare {
                comparator,
                left: operand,
                right: self.operand()?,
            });
        }
        if self.tokens.take_keyword("BETWEEN") {
            self.count_operator()?;
            let low = self.operand()?;
            if !self.tokens.take_keyword("AND") {
                return Err(self.tokens.unexpected());
            }
            return Ok(Node::Between {
                operand,
                low,
                high: self.operand()?,
            });
        }
        if self.tokens.take_keyword("IN") {
            self.count_operator()?;
            self.tokens.expect_symbol('(')?;
            let list = self.list(Self::operand)?;
            self.tokens.expect_symbol(')')?;
            if list.len() > MAX_IN_OPERANDS {
                return Err(ExpressionError::TooManyOperands(list.len()));
            }
            return Ok(Node::In { operand, list });
        }
        Ok(Node::Operand(operand))
    }

    /// # Errors
    /// The syntax error at the next token, if `node` is an operand that cannot be a condition.
    fn require_condition(&self, node: Node<'a>) -> Result<Node<'a>, ExpressionError> {
        match node {
            Node::Operand(Operand::Path(_) | Operand::Value(_)) => Err(self.tokens.unexpected()),
            condition => Ok(condition),
        }
    }
}
