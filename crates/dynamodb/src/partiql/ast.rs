//! Statements as trees: what the parser makes of a text, before anything is looked up or judged.
//!
//! A tree may say what DynamoDB has no use for, such as a join; whoever lowers it refuses that by
//! name. Every tree can be printed, see [`std::fmt::Display`] of [`Statement`].

use crate::expression::Comparator;
use std::fmt;

/// Where something stands in a statement, as DynamoDB's messages tell it: `line:column:length`,
/// in characters and from one.
///
/// It is no part of what a tree says: all spans are equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    pub line: usize,
    pub column: usize,
    pub length: usize,
}

impl PartialEq for Span {
    fn eq(&self, _: &Span) -> bool {
        true
    }
}

impl Eq for Span {}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.line, self.column, self.length)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    Select(Select),
    Insert(Insert),
    Update(Update),
    Delete(Delete),
    /// `EXISTS(SELECT ...)` on its own: a condition among the writes of a transaction.
    Exists(Select),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    pub is_distinct: bool,
    pub projection: Projection,
    pub sources: Vec<Source>,
    pub condition: Option<Expr>,
    pub group_by: Vec<Expr>,
    pub having: Option<Expr>,
    pub order_by: Vec<Ordering>,
    pub limit: Option<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Projection {
    /// `*`
    Star,
    Columns(Vec<Column>),
    /// `SELECT VALUE`
    Value(Expr),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub what: Expr,
    pub alias: Option<Name>,
}

/// What stands behind FROM, INTO or UPDATE.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub what: Expr,
    pub alias: Option<Name>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Ordering {
    pub by: Expr,
    pub direction: Option<Direction>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    pub into: Expr,
    pub what: Inserted,
    pub returning: Vec<Returned>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Inserted {
    /// `VALUE item [AT position]`
    Item { item: Expr, position: Option<Expr> },
    /// Anything else: several items.
    Items(Expr),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    pub form: UpdateForm,
    pub table: Source,
    pub modifications: Vec<Modification>,
    pub condition: Option<Expr>,
    pub returning: Vec<Returned>,
}

/// The two orders in which an update can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateForm {
    /// `UPDATE table SET ... WHERE ...`
    Update,
    /// `FROM table WHERE ... SET ...`
    From,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Modification {
    Set(Vec<Assignment>),
    Remove(Expr),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    pub target: Expr,
    pub value: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    pub table: Source,
    pub condition: Option<Expr>,
    pub returning: Vec<Returned>,
}

/// An element of a RETURNING clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Returned {
    pub mapping: Mapping,
    /// All of it, if nothing.
    pub column: Option<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapping {
    AllOld,
    AllNew,
    ModifiedOld,
    ModifiedNew,
}

impl Mapping {
    pub const fn text(self) -> &'static str {
        match self {
            Mapping::AllOld => "ALL OLD",
            Mapping::AllNew => "ALL NEW",
            Mapping::ModifiedOld => "MODIFIED OLD",
            Mapping::ModifiedNew => "MODIFIED NEW",
        }
    }
}

/// An identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    /// Whether it stood in double quotes, and so may be a reserved word.
    pub is_quoted: bool,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Literal(Literal, Span),
    /// `?`, and which of the parameters it stands for.
    Parameter(usize, Span),
    Variable(Name),
    /// A term and the steps from it.
    Path(Box<Expr>, Vec<PathStep>),
    Call(Call),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// A sign before anything but a number.
    Sign(Sign, Box<Expr>),
    Binary {
        operator: BinaryOperator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Between {
        operand: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    In {
        operand: Box<Expr>,
        list: Box<Expr>,
    },
    Is {
        operand: Box<Expr>,
        data_type: DataType,
    },
    List(Vec<Expr>, Span),
    Bag(Vec<Expr>, Span),
    Struct(Vec<(Expr, Expr)>, Span),
    Statement(Box<Statement>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum PathStep {
    /// `.name`
    Key(Name),
    /// `[expression]`
    Index(Expr),
    /// `[*]`
    Wildcard,
    /// `.*`
    Unpivot,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// In lower case.
    pub function: String,
    pub arguments: Vec<Expr>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    Null,
    Missing,
    Bool(bool),
    Number(NumberLiteral),
    String(String),
    /// What stands between backticks.
    Ion(String),
}

/// A number as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberLiteral {
    pub is_negative: bool,
    /// Digits with at most one point, perhaps an exponent; no sign.
    pub digits: String,
}

impl fmt::Display for NumberLiteral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        write!(f, "{sign}{}", self.digits)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Plus,
    Minus,
}

impl Sign {
    pub const fn text(self) -> &'static str {
        match self {
            Sign::Plus => "+",
            Sign::Minus => "-",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    Compare(Comparator),
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    Modulo,
    Like,
}

impl BinaryOperator {
    pub const fn text(self) -> &'static str {
        match self {
            BinaryOperator::Compare(comparator) => comparator.text(),
            BinaryOperator::Add => "+",
            BinaryOperator::Subtract => "-",
            BinaryOperator::Concatenate => "||",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Modulo => "%",
            BinaryOperator::Like => "LIKE",
        }
    }
}

/// The types that IS can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    Missing,
    Null,
    Boolean,
    SmallInt,
    Integer4,
    Integer8,
    Integer,
    Float,
    Real,
    DoublePrecision,
    Decimal,
    Numeric,
    Timestamp,
    Date,
    Time,
    Character,
    CharacterVarying,
    String,
    Symbol,
    Clob,
    Blob,
    Struct,
    Tuple,
    List,
    Sexp,
    Bag,
    Any,
}

impl DataType {
    pub const ALL: [DataType; 27] = [
        DataType::Missing,
        DataType::Null,
        DataType::Boolean,
        DataType::SmallInt,
        DataType::Integer4,
        DataType::Integer8,
        DataType::Integer,
        DataType::Float,
        DataType::Real,
        DataType::DoublePrecision,
        DataType::Decimal,
        DataType::Numeric,
        DataType::Timestamp,
        DataType::Date,
        DataType::Time,
        DataType::Character,
        DataType::CharacterVarying,
        DataType::String,
        DataType::Symbol,
        DataType::Clob,
        DataType::Blob,
        DataType::Struct,
        DataType::Tuple,
        DataType::List,
        DataType::Sexp,
        DataType::Bag,
        DataType::Any,
    ];

    pub const fn text(self) -> &'static str {
        match self {
            DataType::Missing => "MISSING",
            DataType::Null => "NULL",
            DataType::Boolean => "BOOLEAN",
            DataType::SmallInt => "SMALLINT",
            DataType::Integer4 => "INTEGER4",
            DataType::Integer8 => "INTEGER8",
            DataType::Integer => "INTEGER",
            DataType::Float => "FLOAT",
            DataType::Real => "REAL",
            DataType::DoublePrecision => "DOUBLE PRECISION",
            DataType::Decimal => "DECIMAL",
            DataType::Numeric => "NUMERIC",
            DataType::Timestamp => "TIMESTAMP",
            DataType::Date => "DATE",
            DataType::Time => "TIME",
            DataType::Character => "CHARACTER",
            DataType::CharacterVarying => "CHARACTER VARYING",
            DataType::String => "STRING",
            DataType::Symbol => "SYMBOL",
            DataType::Clob => "CLOB",
            DataType::Blob => "BLOB",
            DataType::Struct => "STRUCT",
            DataType::Tuple => "TUPLE",
            DataType::List => "LIST",
            DataType::Sexp => "SEXP",
            DataType::Bag => "BAG",
            DataType::Any => "ANY",
        }
    }
}

impl Expr {
    /// What DynamoDB calls an expression where it has no use for one.
    pub fn kind(&self) -> &'static str {
        match self {
            Expr::Literal(..) => "Literal",
            Expr::Parameter(..) => "Parameter",
            Expr::Variable(_) => "VariableReference",
            Expr::Path(..) => "Path",
            Expr::Call(_) => "Call",
            Expr::And(_) => "AND",
            Expr::Or(_) => "OR",
            Expr::Not(_) => "NOT",
            Expr::Sign(sign, _) => sign.text(),
            Expr::Binary { operator, .. } => operator.text(),
            Expr::Between { .. } => "BETWEEN",
            Expr::In { .. } => "IN",
            Expr::Is { .. } => "IsType",
            Expr::List(..) => "List",
            Expr::Bag(..) => "Bag",
            Expr::Struct(..) => "Struct",
            Expr::Statement(_) => "Select",
        }
    }

    /// The token that the expression begins with, as far as messages have to point at one.
    pub fn span(&self) -> Span {
        match self {
            Expr::Literal(_, span)
            | Expr::Parameter(_, span)
            | Expr::List(_, span)
            | Expr::Bag(_, span)
            | Expr::Struct(_, span) => *span,
            Expr::Variable(name) => name.span,
            Expr::Call(call) => call.span,
            Expr::Path(inner, _) | Expr::Not(inner) | Expr::Sign(_, inner) => inner.span(),
            Expr::Binary { left: inner, .. }
            | Expr::Between { operand: inner, .. }
            | Expr::In { operand: inner, .. }
            | Expr::Is { operand: inner, .. } => inner.span(),
            Expr::And(terms) | Expr::Or(terms) => terms.first().map_or(Span::default(), Expr::span),
            Expr::Statement(_) => Span::default(),
        }
    }
}
