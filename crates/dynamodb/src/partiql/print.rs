//! Statements as text that reads back as the same tree.
//!
//! Operands that are operations themselves stand in parentheses, needed or not.

use super::ast::{
    Assignment, Call, Column, Delete, Direction, Expr, Insert, Inserted, Literal, Modification,
    Name, Ordering, PathStep, Projection, Returned, Select, Source, Statement, Update, UpdateForm,
};
use super::reserved;
use std::fmt::{self, Display, Formatter};

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Statement::Select(select) => select.fmt(f),
            Statement::Insert(insert) => insert.fmt(f),
            Statement::Update(update) => update.fmt(f),
            Statement::Delete(delete) => delete.fmt(f),
            Statement::Exists(select) => write!(f, "EXISTS({select})"),
        }
    }
}

impl Display for Select {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT ")?;
        if self.is_distinct {
            f.write_str("DISTINCT ")?;
        }
        match &self.projection {
            Projection::Star => f.write_str("*")?,
            Projection::Columns(columns) => list(f, columns)?,
            Projection::Value(value) => write!(f, "VALUE {}", Whole(value))?,
        }
        f.write_str(" FROM ")?;
        list(f, &self.sources)?;
        clause(f, "WHERE", self.condition.as_ref())?;
        if !self.group_by.is_empty() {
            f.write_str(" GROUP BY ")?;
            list(f, self.group_by.iter().map(Whole))?;
        }
        clause(f, "HAVING", self.having.as_ref())?;
        if !self.order_by.is_empty() {
            f.write_str(" ORDER BY ")?;
            list(f, &self.order_by)?;
        }
        clause(f, "LIMIT", self.limit.as_ref())
    }
}

impl Display for Column {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Whole(&self.what).fmt(f)?;
        alias(f, self.alias.as_ref())
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Whole(&self.what).fmt(f)?;
        alias(f, self.alias.as_ref())
    }
}

impl Display for Ordering {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Whole(&self.by).fmt(f)?;
        f.write_str(match self.direction {
            None => "",
            Some(Direction::Ascending) => " ASC",
            Some(Direction::Descending) => " DESC",
        })
    }
}

impl Display for Insert {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "INSERT INTO {}", Whole(&self.into))?;
        match &self.what {
            Inserted::Item { item, position } => {
                write!(f, " VALUE {}", Whole(item))?;
                clause(f, "AT", position.as_ref())?;
            }
            Inserted::Items(items) => write!(f, " ({})", Whole(items))?,
        }
        returning(f, &self.returning)
    }
}

impl Display for Update {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let keyword = match self.form {
            UpdateForm::Update => "UPDATE",
            UpdateForm::From => "FROM",
        };
        write!(f, "{keyword} {}", self.table)?;
        if self.form == UpdateForm::From {
            clause(f, "WHERE", self.condition.as_ref())?;
        }
        for modification in &self.modifications {
            match modification {
                Modification::Set(assignments) => {
                    f.write_str(" SET ")?;
                    list(f, assignments)?;
                }
                Modification::Remove(path) => write!(f, " REMOVE {}", Whole(path))?,
            }
        }
        if self.form == UpdateForm::Update {
            clause(f, "WHERE", self.condition.as_ref())?;
        }
        returning(f, &self.returning)
    }
}

impl Display for Assignment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", Whole(&self.target), Whole(&self.value))
    }
}

impl Display for Delete {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "DELETE FROM {}", self.table)?;
        clause(f, "WHERE", self.condition.as_ref())?;
        returning(f, &self.returning)
    }
}

impl Display for Returned {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.mapping.text())?;
        match &self.column {
            None => f.write_str(" *"),
            Some(column) => write!(f, " {}", Whole(column)),
        }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.is_quoted {
            true => quoted(f, '"', &self.text),
            false => f.write_str(&self.text),
        }
    }
}

/// An expression that stands by itself.
struct Whole<'a>(&'a Expr);

/// An expression beside an operator.
struct Operand<'a>(&'a Expr);

impl Display for Whole<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::Literal(literal, _) => literal.fmt(f),
            Expr::Parameter(..) => f.write_str("?"),
            Expr::Variable(name) => name.fmt(f),
            Expr::Path(root, steps) => path(f, root, steps),
            Expr::Call(call) => call.fmt(f),
            Expr::And(terms) => joined(f, " AND ", terms.iter().map(Operand)),
            Expr::Or(terms) => joined(f, " OR ", terms.iter().map(Operand)),
            Expr::Not(inner) => write!(f, "NOT {}", Operand(inner)),
            Expr::Sign(sign, inner) => write!(f, "{} {}", sign.text(), Operand(inner)),
            Expr::Binary {
                operator,
                left,
                right,
            } => write!(
                f,
                "{} {} {}",
                Operand(left),
                operator.text(),
                Operand(right)
            ),
            Expr::Between { operand, low, high } => {
                let (operand, low, high) = (Operand(operand), Operand(low), Operand(high));
                write!(f, "{operand} BETWEEN {low} AND {high}")
            }
            // Parentheses behind IN would make a list.
            Expr::In { operand, list } => write!(f, "{} IN {}", Operand(operand), Whole(list)),
            Expr::Is { operand, data_type } => {
                write!(f, "{} IS {}", Operand(operand), data_type.text())
            }
            Expr::List(elements, _) => {
                f.write_str("[")?;
                list(f, elements.iter().map(Whole))?;
                f.write_str("]")
            }
            Expr::Bag(elements, _) => {
                f.write_str("<<")?;
                list(f, elements.iter().map(Operand))?;
                f.write_str(">>")
            }
            Expr::Struct(members, _) => {
                f.write_str("{")?;
                list(f, members.iter().map(|(key, value)| Member(key, value)))?;
                f.write_str("}")
            }
            Expr::Statement(statement) => write!(f, "({statement})"),
        }
    }
}

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let is_term = matches!(
            self.0,
            Expr::Literal(..)
                | Expr::Parameter(..)
                | Expr::Variable(_)
                | Expr::Path(..)
                | Expr::Call(_)
                | Expr::List(..)
                | Expr::Bag(..)
                | Expr::Struct(..)
                | Expr::Statement(_)
        );
        match is_term {
            true => Whole(self.0).fmt(f),
            false => write!(f, "({})", Whole(self.0)),
        }
    }
}

struct Member<'a>(&'a Expr, &'a Expr);

impl Display for Member<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Whole(self.0), Whole(self.1))
    }
}

fn path(f: &mut Formatter<'_>, root: &Expr, steps: &[PathStep]) -> fmt::Result {
    match root {
        Expr::Variable(name) => name.fmt(f)?,
        // A point behind digits would be part of the number.
        other => write!(f, "({})", Whole(other))?,
    }
    for step in steps {
        match step {
            PathStep::Key(name) => write!(f, ".{name}")?,
            PathStep::Index(index) => write!(f, "[{}]", Whole(index))?,
            PathStep::Wildcard => f.write_str("[*]")?,
            PathStep::Unpivot => f.write_str(".*")?,
        }
    }
    Ok(())
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match is_plain_name(&self.function) {
            true => f.write_str(&self.function)?,
            false => quoted(f, '"', &self.function)?,
        }
        f.write_str("(")?;
        list(f, self.arguments.iter().map(Whole))?;
        f.write_str(")")
    }
}

/// Whether a function's name is one without quotes. Those that are reserved words are quoted, which
/// the parser minds as little.
fn is_plain_name(name: &str) -> bool {
    let is_word = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_' || c == '$')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    is_word && reserved::keyword(name).is_none()
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("NULL"),
            Literal::Missing => f.write_str("MISSING"),
            Literal::Bool(true) => f.write_str("TRUE"),
            Literal::Bool(false) => f.write_str("FALSE"),
            Literal::Number(number) => number.fmt(f),
            Literal::String(text) => quoted(f, '\'', text),
            Literal::Ion(text) => quoted(f, '`', text),
        }
    }
}

fn quoted(f: &mut Formatter<'_>, quote: char, text: &str) -> fmt::Result {
    write!(f, "{quote}")?;
    for character in text.chars() {
        if character == quote {
            write!(f, "{quote}")?;
        }
        write!(f, "{character}")?;
    }
    write!(f, "{quote}")
}

fn list<T: Display>(f: &mut Formatter<'_>, items: impl IntoIterator<Item = T>) -> fmt::Result {
    joined(f, ", ", items)
}

fn joined<T: Display>(
    f: &mut Formatter<'_>,
    separator: &str,
    items: impl IntoIterator<Item = T>,
) -> fmt::Result {
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            f.write_str(separator)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

fn clause(f: &mut Formatter<'_>, keyword: &str, expr: Option<&Expr>) -> fmt::Result {
    match expr {
        Some(expr) => write!(f, " {keyword} {}", Whole(expr)),
        None => Ok(()),
    }
}

fn alias(f: &mut Formatter<'_>, alias: Option<&Name>) -> fmt::Result {
    match alias {
        Some(alias) => write!(f, " AS {alias}"),
        None => Ok(()),
    }
}

fn returning(f: &mut Formatter<'_>, returning: &[Returned]) -> fmt::Result {
    if returning.is_empty() {
        return Ok(());
    }
    f.write_str(" RETURNING ")?;
    list(f, returning)
}
