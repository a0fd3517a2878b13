//! The grammar, by precedence climbing with bounded depth.
//!
//! A statement is a term like any other, so that what follows a misspelt first word is still read;
//! complaints come out as the reference parser's do.

mod expression;
mod statement;
mod term;

use super::ast::{Call, Expr, Name, PathStep, Projection, Span, Statement};
use super::ast::{Inserted, Modification, Returned, Select, Source};
use super::error::{StatementError, SyntaxError};
use super::lexer::{Lexeme, Symbol, Token, tokens};

/// How deep expressions may nest in the text, which bounds the stack here.
const MAX_NESTING: usize = 100;
/// How deep trees may be, which bounds the stack of those who walk them. Chains of operators make
/// deep trees of flat texts.
const MAX_DEPTH: usize = 200;

type Parsed<T> = Result<T, SyntaxError>;

/// Reads a statement.
///
/// # Errors
/// [`StatementError::Syntax`], or [`StatementError::Operation`] for what is no statement.
pub fn parse(text: &str) -> Result<Statement, StatementError> {
    parse_counting(text).map(|(statement, _)| statement)
}

/// Reads a statement, and counts the parameters that it wants.
///
/// # Errors
/// As [`parse`].
pub fn parse_counting(text: &str) -> Result<(Statement, usize), StatementError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        nesting: 0,
        parameters: 0,
    };
    let expr = parser.expression()?;
    parser.end()?;
    check_depth(&expr)?;
    Ok((statement(expr)?, parser.parameters))
}

fn statement(expr: Expr) -> Result<Statement, StatementError> {
    match expr {
        Expr::Statement(statement) => Ok(*statement),
        Expr::Call(Call {
            function,
            arguments,
            span,
        }) if function == "exists" => match <[Expr; 1]>::try_from(arguments) {
            Ok([Expr::Statement(statement)]) => match *statement {
                Statement::Select(select) => Ok(Statement::Exists(select)),
                _ => Err(StatementError::ExistsCondition),
            },
            _ => Err(StatementError::Function {
                name: function,
                at: span,
            }),
        },
        other => Err(StatementError::Operation(other.kind())),
    }
}

struct Parser {
    /// Never empty: the last one is [`Lexeme::End`].
    tokens: Vec<Token>,
    at: usize,
    nesting: usize,
    /// How many parameters there were so far.
    parameters: usize,
}

impl Parser {
    fn ahead(&self, count: usize) -> &Lexeme {
        self.tokens
            .get(self.at + count)
            .map_or(&Lexeme::End, |token| &token.lexeme)
    }

    fn peek(&self) -> &Lexeme {
        self.ahead(0)
    }

    fn span(&self) -> Span {
        self.tokens
            .get(self.at)
            .map_or(Span::default(), |token| token.span)
    }

    fn advance(&mut self) {
        self.at += 1;
    }

    /// Whether `count` tokens ahead is this keyword.
    fn is_keyword_ahead(&self, count: usize, keyword: &str) -> bool {
        matches!(self.ahead(count), Lexeme::Keyword(word) if *word == keyword)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        self.is_keyword_ahead(0, keyword)
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_there = self.is_keyword(keyword);
        if is_there {
            self.advance();
        }
        is_there
    }

    /// Takes two keywords that stand together.
    fn take_keywords(&mut self, first: &str, second: &str) -> bool {
        let are_there = self.is_keyword(first) && self.is_keyword_ahead(1, second);
        if are_there {
            self.at += 2;
        }
        are_there
    }

    fn is_symbol(&self, symbol: Symbol) -> bool {
        *self.peek() == Lexeme::Symbol(symbol)
    }

    fn take_symbol(&mut self, symbol: Symbol) -> bool {
        let is_there = self.is_symbol(symbol);
        if is_there {
            self.advance();
        }
        is_there
    }

    /// Takes a symbol that must be there; `name` is what the refusal calls it.
    fn expect_symbol(&mut self, symbol: Symbol, name: &'static str) -> Parsed<()> {
        match self.take_symbol(symbol) {
            true => Ok(()),
            false => Err(SyntaxError::Expected(name)),
        }
    }

    /// Takes an identifier, if one is there.
    fn take_name(&mut self) -> Option<Name> {
        let (text, is_quoted) = match self.peek() {
            Lexeme::Name(text) => (text.clone(), false),
            Lexeme::Quoted(text) => (text.clone(), true),
            _ => return None,
        };
        let span = self.span();
        self.advance();
        Some(Name {
            text,
            is_quoted,
            span,
        })
    }

    /// One or more, separated by commas.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take_symbol(Symbol::Comma) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// The end, perhaps behind one semicolon.
    fn end(&mut self) -> Parsed<()> {
        let is_closed = self.take_symbol(Symbol::Semicolon);
        match (self.peek(), is_closed) {
            (Lexeme::End, _) => Ok(()),
            (_, true) => Err(SyntaxError::SecondStatement),
            (_, false) => Err(SyntaxError::Leftover),
        }
    }
}

/// # Errors
/// [`SyntaxError::TooDeep`]
fn check_depth(expr: &Expr) -> Parsed<()> {
    let mut open = vec![(expr, 1)];
    while let Some((expr, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(SyntaxError::TooDeep);
        }
        each_child(expr, &mut |child| open.push((child, depth + 1)));
    }
    Ok(())
}

/// Calls `visit` with every expression that is directly in another.
fn each_child<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match expr {
        Expr::Literal(..) | Expr::Parameter(..) | Expr::Variable(_) => {}
        Expr::Path(root, steps) => {
            visit(root);
            for step in steps {
                if let PathStep::Index(index) = step {
                    visit(index);
                }
            }
        }
        Expr::Call(Call { arguments, .. }) => arguments.iter().for_each(visit),
        Expr::And(terms) | Expr::Or(terms) | Expr::List(terms, _) | Expr::Bag(terms, _) => {
            terms.iter().for_each(visit);
        }
        Expr::Not(inner) | Expr::Sign(_, inner) => visit(inner),
        Expr::Is { operand, .. } => visit(operand),
        Expr::Binary { left, right, .. } => [left, right].into_iter().for_each(|e| visit(e)),
        Expr::In { operand, list } => [operand, list].into_iter().for_each(|e| visit(e)),
        Expr::Between { operand, low, high } => {
            [operand, low, high].into_iter().for_each(|e| visit(e));
        }
        Expr::Struct(members, _) => members.iter().for_each(|(key, value)| {
            visit(key);
            visit(value);
        }),
        Expr::Statement(statement) => each_expr(statement, visit),
    }
}

/// Calls `visit` with every expression that is directly in a statement.
fn each_expr<'a>(statement: &'a Statement, visit: &mut dyn FnMut(&'a Expr)) {
    match statement {
        Statement::Select(select) | Statement::Exists(select) => each_of_select(select, visit),
        Statement::Insert(insert) => {
            visit(&insert.into);
            match &insert.what {
                Inserted::Item { item, position } => {
                    visit(item);
                    position.iter().for_each(&mut *visit);
                }
                Inserted::Items(items) => visit(items),
            }
            each_returned(&insert.returning, visit);
        }
        Statement::Update(update) => {
            visit(&update.table.what);
            for modification in &update.modifications {
                match modification {
                    Modification::Set(assignments) => assignments.iter().for_each(|assignment| {
                        visit(&assignment.target);
                        visit(&assignment.value);
                    }),
                    Modification::Remove(path) => visit(path),
                }
            }
            update.condition.iter().for_each(&mut *visit);
            each_returned(&update.returning, visit);
        }
        Statement::Delete(delete) => {
            visit(&delete.table.what);
            delete.condition.iter().for_each(&mut *visit);
            each_returned(&delete.returning, visit);
        }
    }
}

fn each_of_select<'a>(select: &'a Select, visit: &mut dyn FnMut(&'a Expr)) {
    match &select.projection {
        Projection::Star => {}
        Projection::Columns(columns) => columns.iter().for_each(|column| visit(&column.what)),
        Projection::Value(value) => visit(value),
    }
    select
        .sources
        .iter()
        .for_each(|Source { what, .. }| visit(what));
    let order = select.order_by.iter().map(|ordering| &ordering.by);
    let clauses = select.condition.iter().chain(&select.having);
    let clauses = clauses.chain(&select.group_by).chain(&select.limit);
    clauses.chain(order).for_each(visit);
}

fn each_returned<'a>(returning: &'a [Returned], visit: &mut dyn FnMut(&'a Expr)) {
    let columns = returning
        .iter()
        .filter_map(|returned| returned.column.as_ref());
    columns.for_each(visit);
}
