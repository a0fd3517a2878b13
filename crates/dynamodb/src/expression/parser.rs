//! The grammars. Conditions nest without recursion, operands by recursive descent with bounded
//! depth.

mod condition;
mod update;

use super::lexer::{Kind as Lexeme, Token, Tokens};
use super::syntax::{Call, NameSyntax, Node, Operand, PathSyntax, Section, StepSyntax};
use super::{ExpressionError, MAX_NESTING, MAX_OPERATORS, MAX_PATH_ELEMENTS};

/// # Errors
/// The first [`ExpressionError`] of syntax, or of size.
pub fn condition(text: &str) -> Result<Node<'_>, ExpressionError> {
    let mut parser = Parser::new(text, &["BETWEEN", "IN", "AND", "OR", "NOT"]);
    let node = parser.condition()?;
    parser.end(node)
}

/// # Errors
/// See [`condition`].
pub fn update(text: &str) -> Result<Vec<Section<'_>>, ExpressionError> {
    let mut parser = Parser::new(text, &["SET", "REMOVE", "ADD", "DELETE"]);
    let sections = parser.sections()?;
    parser.end(sections)
}

/// # Errors
/// See [`condition`].
pub fn projection(text: &str) -> Result<Vec<PathSyntax<'_>>, ExpressionError> {
    let mut parser = Parser::new(text, &[]);
    let paths = parser.list(Parser::path)?;
    parser.end(paths)
}

struct Parser<'a> {
    tokens: Tokens<'a>,
    /// The words that are no names in this grammar.
    keywords: &'static [&'static str],
    operators: usize,
    nesting: usize,
    /// Whether parentheses stand directly around others. A syntax error is reported first.
    is_redundant: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, keywords: &'static [&'static str]) -> Parser<'a> {
        Parser {
            tokens: Tokens::new(text),
            keywords,
            operators: 0,
            nesting: 0,
            is_redundant: false,
        }
    }

    fn end<T>(self, tree: T) -> Result<T, ExpressionError> {
        if self.tokens.peek().kind != Lexeme::End {
            return Err(self.tokens.unexpected());
        }
        if self.is_redundant {
            return Err(ExpressionError::RedundantParentheses);
        }
        Ok(tree)
    }

    fn count_operator(&mut self) -> Result<(), ExpressionError> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return Err(ExpressionError::TooManyOperators);
        }
        Ok(())
    }

    /// Goes one level deeper, to be followed by [`Parser::leave`].
    fn enter(&mut self) -> Result<(), ExpressionError> {
        if self.nesting >= MAX_NESTING {
            return Err(ExpressionError::RedundantParentheses);
        }
        self.nesting += 1;
        Ok(())
    }

    /// Closes the parentheses of the level entered last.
    fn leave(&mut self) -> Result<(), ExpressionError> {
        self.nesting -= 1;
        self.tokens.expect_symbol(')')
    }

    /// One or more, separated by commas.
    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, ExpressionError>,
    ) -> Result<Vec<T>, ExpressionError> {
        let mut items = vec![item(self)?];
        while self.tokens.take_symbol(',') {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn is_keyword(&self, token: Token<'_>) -> bool {
        self.keywords
            .iter()
            .any(|keyword| token.is_keyword(keyword))
    }

    /// A path, a value or a function call.
    fn atom(&mut self) -> Result<Operand<'a>, ExpressionError> {
        if let Some(token) = self.tokens.take_if(Lexeme::Value) {
            return Ok(Operand::Value(token.text));
        }
        let next = self.tokens.peek();
        let is_call = next.kind == Lexeme::Word
            && !self.is_keyword(next)
            && self.tokens.ahead(1).kind == Lexeme::Symbol('(');
        if is_call {
            self.call().map(Operand::Call)
        } else {
            self.path().map(Operand::Path)
        }
    }

    fn call(&mut self) -> Result<Call<'a>, ExpressionError> {
        self.count_operator()?;
        let function = self.tokens.take().text;
        self.tokens.expect_symbol('(')?;
        self.enter()?;
        let arguments = self.list(Self::operand)?;
        self.leave()?;
        Ok(Call {
            function,
            arguments,
        })
    }

    /// An operand, possibly in parentheses.
    fn operand(&mut self) -> Result<Operand<'a>, ExpressionError> {
        if !self.tokens.take_symbol('(') {
            return self.atom();
        }
        self.is_redundant = self.is_redundant || self.is_inside_parentheses();
        self.enter()?;
        let operand = self.operand()?;
        self.leave()?;
        self.continued(operand)
    }

    /// Whether the parentheses just opened hold nothing but others.
    fn is_inside_parentheses(&self) -> bool {
        let mut open = 0usize;
        for by in 0.. {
            match self.tokens.ahead(by).kind {
                Lexeme::Symbol('(') => open += 1,
                Lexeme::Symbol(')') => open = open.saturating_sub(1),
                Lexeme::End => return false,
                _ => {}
            }
            if open == 0 {
                return by > 0 && self.tokens.ahead(by + 1).kind == Lexeme::Symbol(')');
            }
        }
        false
    }

    /// Goes on with a path that stood in parentheses: `(a.b)[0]`.
    fn continued(&mut self, operand: Operand<'a>) -> Result<Operand<'a>, ExpressionError> {
        match operand {
            Operand::Path(mut path) => {
                self.steps(&mut path.steps)?;
                Ok(Operand::Path(path))
            }
            other => Ok(other),
        }
    }

    fn path(&mut self) -> Result<PathSyntax<'a>, ExpressionError> {
        let root = self.name()?;
        let mut steps = Vec::new();
        self.steps(&mut steps)?;
        Ok(PathSyntax { root, steps })
    }

    fn steps(&mut self, steps: &mut Vec<StepSyntax<'a>>) -> Result<(), ExpressionError> {
        loop {
            if self.tokens.take_symbol('.') {
                steps.push(StepSyntax::Key(self.name()?));
            } else if self.tokens.take_symbol('[') {
                steps.push(StepSyntax::Index(self.index()?));
                self.tokens.expect_symbol(']')?;
            } else {
                break;
            }
        }
        match steps.len() + 1 {
            elements if elements > MAX_PATH_ELEMENTS => Err(ExpressionError::PathDepth(elements)),
            _ => Ok(()),
        }
    }

    fn name(&mut self) -> Result<NameSyntax<'a>, ExpressionError> {
        let token = self.tokens.peek();
        let name = match token.kind {
            Lexeme::Word if !self.is_keyword(token) => NameSyntax::Plain(token.text),
            Lexeme::Name => NameSyntax::Placeholder(token.text),
            _ => return Err(self.tokens.unexpected()),
        };
        self.tokens.take();
        Ok(name)
    }

    fn index(&mut self) -> Result<usize, ExpressionError> {
        let Some(token) = self.tokens.take_if(Lexeme::Digits) else {
            return Err(self.tokens.unexpected());
        };
        let index = token
            .text
            .parse::<i32>()
            .ok()
            .and_then(|index| usize::try_from(index).ok());
        index.ok_or_else(|| ExpressionError::IndexRange(token.text.to_owned()))
    }
}

#[cfg(test)]
mod tests;
