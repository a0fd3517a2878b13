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

/// What has been read of a condition around the place where the parser is: one for the whole text
/// and one for every parenthesis that is open.
#[derive(Default)]
struct Open<'a> {
    /// The terms that OR has joined so far.
    alternatives: Vec<Node<'a>>,
    /// The terms that AND has joined since the last OR.
    conjunction: Vec<Node<'a>>,
    /// How often NOT stands before the term that comes.
    negations: usize,
}

impl<'a> Open<'a> {
    /// The condition that ends with `last`, which stays an operand if nothing is joined to it.
    fn close(mut self, parser: &Parser<'a>, last: Node<'a>) -> Result<Node<'a>, ExpressionError> {
        if self.alternatives.is_empty() && self.conjunction.is_empty() {
            return Ok(last);
        }
        self.conjunction.push(parser.require_condition(last)?);
        self.end_alternative();
        Ok(joined(self.alternatives, Node::Or))
    }

    fn end_alternative(&mut self) {
        let terms = std::mem::take(&mut self.conjunction);
        self.alternatives.push(joined(terms, Node::And));
    }
}

/// One term as it is, and more as `join` has them.
fn joined<'a>(mut terms: Vec<Node<'a>>, join: fn(Vec<Node<'a>>) -> Node<'a>) -> Node<'a> {
    match (terms.pop(), terms.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            terms.extend(last);
            join(terms)
        }
    }
}

impl<'a> Parser<'a> {
    pub(super) fn condition(&mut self) -> Result<Node<'a>, ExpressionError> {
        let node = self.lone_operand_or_condition()?;
        self.require_condition(node)
    }

    /// Keeps what is open in a list of its own rather than on the stack: thousands of parentheses
    /// fit into an expression.
    fn lone_operand_or_condition(&mut self) -> Result<Node<'a>, ExpressionError> {
        let mut around = Vec::new();
        let mut open = Open::default();
        loop {
            open.negations = self.negations()?;
            if self.tokens.take_symbol('(') {
                self.is_redundant = self.is_redundant || self.is_inside_parentheses();
                around.push(std::mem::take(&mut open));
                continue;
            }
            let operand = self.atom()?;
            let mut node = self.compared(operand)?;
            // Closes as many parentheses as end here.
            loop {
                for _ in 0..std::mem::take(&mut open.negations) {
                    node = Node::Not(Box::new(self.require_condition(node)?));
                }
                let next = self.tokens.peek();
                if next.is_keyword("AND") {
                    open.conjunction.push(self.require_condition(node)?);
                    break;
                }
                if next.is_keyword("OR") {
                    open.conjunction.push(self.require_condition(node)?);
                    open.end_alternative();
                    break;
                }
                node = open.close(self, node)?;
                let Some(outer) = around.pop() else {
                    return Ok(node);
                };
                open = outer;
                self.tokens.expect_symbol(')')?;
                node = self.continued_node(node)?;
            }
            self.tokens.take();
            self.count_operator()?;
        }
    }

    fn negations(&mut self) -> Result<usize, ExpressionError> {
        let mut negations = 0;
        while self.tokens.take_keyword("NOT") {
            self.count_operator()?;
            negations += 1;
        }
        Ok(negations)
    }

    /// Goes on behind parentheses: an operand in them may be compared.
    fn continued_node(&mut self, node: Node<'a>) -> Result<Node<'a>, ExpressionError> {
        match node {
            Node::Operand(operand) => {
                let operand = self.continued(operand)?;
                self.compared(operand)
            }
            condition => Ok(condition),
        }
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
