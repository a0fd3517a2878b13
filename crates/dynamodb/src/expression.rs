//! Expressions: conditions, filters, key conditions, projections and updates.
//!
//! ```text
//! text --lexer--> tokens --grammar--> syntax tree --check--> typed tree --> evaluated on items
//! ```
//!
//! The grammars are pure syntax; everything else that can be wrong with an expression is found by
//! a check of the whole tree, in the order in which AWS reports it, and the check replaces
//! placeholders by what they stand for. The typed trees ([`Condition`], [`Projection`],
//! [`Update`]) know nothing of text, so that other front ends can build them too: the legacy
//! parameters, and PartiQL. Nesting is bounded, so no text can overflow the stack.

pub mod condition;
mod evaluate;
pub mod key_condition;
mod lexer;
mod parser;
mod placeholders;
pub mod projection;
mod reserved;
mod syntax;
pub mod update;

pub use condition::{Comparator, Condition, Operand};
pub use key_condition::{KeyCondition, KeyConditionError};
pub use placeholders::{Placeholder, PlaceholderError, Placeholders};
pub use projection::Projection;
pub use update::{Update, UpdateError};

use crate::item::{Path, Type, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lexer::{Kind as Lexeme, Tokens};
use std::collections::BTreeMap;
use std::fmt;
use syntax::{NameSyntax, Node, PathSyntax};

/// The most bytes an expression may have.
pub const MAX_EXPRESSION_BYTES: usize = 4096;
/// The most operators and functions an expression may have.
const MAX_OPERATORS: usize = 300;
/// The most operands that IN may compare with.
pub(crate) const MAX_IN_OPERANDS: usize = 100;
/// How deep parentheses and function calls may nest within an operand, which bounds the stack.
/// Deeper ones have redundant parentheses in any case, or a function that cannot stand there.
const MAX_NESTING: usize = 150;

/// How many elements a document path may have, the attribute included. It bounds the stack too.
pub(crate) const MAX_PATH_ELEMENTS: usize = 32;

/// Which parameter an expression came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Condition,
    Filter,
    KeyCondition,
    Projection,
    Update,
}

impl Kind {
    pub const fn parameter(self) -> &'static str {
        match self {
            Kind::Condition => "ConditionExpression",
            Kind::Filter => "FilterExpression",
            Kind::KeyCondition => "KeyConditionExpression",
            Kind::Projection => "ProjectionExpression",
            Kind::Update => "UpdateExpression",
        }
    }
}

/// An expression that is refused: `Invalid ConditionExpression: ...`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("Invalid {}: {error}", kind.parameter())]
pub struct Invalid {
    pub kind: Kind,
    pub error: ExpressionError,
}

/// What is wrong with an expression, whatever item it is evaluated on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExpressionError {
    #[error("The expression can not be empty;")]
    Empty,
    #[error("Expression size has exceeded the maximum allowed size; expression size: {0}")]
    TooLong(usize),
    #[error("Syntax error; token: \"{token}\", near: \"{near}\"")]
    Syntax { token: String, near: String },
    #[error("The expression contains too many operators; operator count: {}", MAX_OPERATORS + 1)]
    TooManyOperators,
    #[error("The IN operator is provided with too many operands; number of operands: {0}")]
    TooManyOperands(usize),
    #[error("The expression has redundant parentheses;")]
    RedundantParentheses,
    #[error("List index is not within the allowable range; index: [{0}]")]
    IndexRange(String),
    #[error("The document path has too many nesting levels; nesting levels: {0}")]
    PathDepth(usize),
    #[error("Invalid function name; function: {0}")]
    UnknownFunction(String),
    #[error("The function is not allowed in {context} expression; function: {name}")]
    ForbiddenFunction { context: &'static str, name: String },
    #[error("The function is not allowed to be used this way in an expression; function: {0}")]
    MisusedFunction(String),
    #[error("Attribute name is a reserved keyword; reserved keyword: {0}")]
    Reserved(String),
    #[error(
        "An expression attribute name used in the document path is not defined; attribute name: {0}"
    )]
    UndefinedName(String),
    #[error(
        "An expression attribute value used in expression is not defined; attribute value: {0}"
    )]
    UndefinedValue(String),
    #[error(
        "Incorrect number of operands for operator or function; operator or function: {function}, number of operands: {count}"
    )]
    OperandCount { function: String, count: usize },
    #[error("Operator or function requires a document path; operator or function: {0}")]
    PathRequired(String),
    #[error(
        "Incorrect operand type for operator or function; operator or function: {function}, operand type: {given}"
    )]
    OperandType { function: String, given: Given },
    #[error(
        "Incorrect operand type for operator or function; operator: {section}, operand type: {}, typeSet: ALLOWED_FOR_{section}_OPERAND",
        spelled_out(*.given)
    )]
    SectionOperandType { section: &'static str, given: Type },
    #[error(
        "Invalid attribute type name found; type: {0}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
    )]
    TypeName(String),
    #[error(
        "The first operand must be distinct from the remaining operands for this operator or function; operator: {operator}, first operand: {operand}"
    )]
    SameOperand { operator: String, operand: Path },
    #[error(
        "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: {low}, upper bound operand: {high}"
    )]
    BoundTypes { low: Bound, high: Bound },
    #[error(
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: {low}, upper bound operand: {high}"
    )]
    BoundOrder { low: Bound, high: Bound },
    #[error("The \"{0}\" section can only be used once in an update expression;")]
    RepeatedSection(&'static str),
    #[error(
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: {0}, path two: {1}"
    )]
    PathOverlap(Path, Path),
    #[error(
        "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: {0}, path two: {1}"
    )]
    PathConflict(Path, Path),
}

impl ExpressionError {
    pub fn in_a(self, kind: Kind) -> Invalid {
        Invalid { kind, error: self }
    }
}

/// The type of an operand, which only the item decides if the operand is a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    Type(Type),
    Any,
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Given::Type(given) => fmt::Display::fmt(given, f),
            Given::Any => f.write_str("{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"),
        }
    }
}

/// A bound of BETWEEN, as AWS shows it: `AttributeValue: {S:a}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub kind: Type,
    pub text: String,
}

impl From<&Value> for Bound {
    fn from(value: &Value) -> Bound {
        let text = match value {
            Value::S(text) => text.clone(),
            Value::N(number) => number.to_string(),
            Value::B(bytes) => STANDARD.encode(bytes),
            other => format!("{other:?}"),
        };
        Bound {
            kind: value.type_of(),
            text,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttributeValue: {{{}:{}}}", self.kind, self.text)
    }
}

/// How the refusals of ADD and DELETE name a type.
fn spelled_out(given: Type) -> &'static str {
    match given {
        Type::S => "STRING",
        Type::N => "NUMBER",
        Type::B => "Binary",
        Type::L => "LIST",
        Type::M => "MAP",
        other => other.name(),
    }
}

/// # Errors
/// [`Invalid`] for a text without a character, or with too many.
fn check_length(kind: Kind, text: &str) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(ExpressionError::Empty.in_a(kind));
    }
    if text.len() > MAX_EXPRESSION_BYTES {
        return Err(ExpressionError::TooLong(text.len()).in_a(kind));
    }
    Ok(())
}

/// The names of the attributes that an expression looks at, without reading it properly: for those
/// who have to know before it is judged. Placeholders that stand for nothing are left out.
pub fn attribute_names(text: &str, placeholders: Option<&BTreeMap<String, String>>) -> Vec<String> {
    const KEYWORDS: [&str; 5] = ["BETWEEN", "IN", "AND", "OR", "NOT"];
    // These begin a section of an update; elsewhere they are names.
    const SECTIONS: [&str; 4] = ["SET", "REMOVE", "ADD", "DELETE"];
    let mut tokens = Tokens::new(text);
    let mut names = Vec::new();
    let mut is_step = false;
    let mut is_listed = false;
    loop {
        let token = tokens.take();
        let next = tokens.peek().kind;
        let is_call = next == Lexeme::Symbol('(');
        let is_keyword =
            |keywords: &[&str]| keywords.iter().any(|keyword| token.is_keyword(keyword));
        let begins_section =
            !is_listed && matches!(next, Lexeme::Word | Lexeme::Name) && is_keyword(&SECTIONS);
        match token.kind {
            Lexeme::End => return names,
            Lexeme::Word if !is_step && !is_call && !begins_section && !is_keyword(&KEYWORDS) => {
                names.push(token.text.to_owned());
            }
            Lexeme::Name if !is_step => {
                names.extend(
                    placeholders
                        .and_then(|names| names.get(token.text))
                        .cloned(),
                );
            }
            _ => {}
        }
        is_step = token.kind == Lexeme::Symbol('.');
        is_listed = token.kind == Lexeme::Symbol(',');
    }
}

/// The placeholder of the value that a key condition wants `attribute` to equal, if it says so: for
/// those who have to know before it is judged.
pub fn equated<'a>(
    text: &'a str,
    attribute: &str,
    placeholders: Option<&BTreeMap<String, String>>,
) -> Option<&'a str> {
    check_length(Kind::KeyCondition, text).ok()?;
    let is_wanted = |path: &PathSyntax<'_>| {
        let name = match path.root {
            NameSyntax::Plain(name) => Some(name),
            NameSyntax::Placeholder(key) => placeholders?.get(key).map(String::as_str),
        };
        Some(path.steps.is_empty() && name? == attribute)
    };
    let mut nodes = vec![parser::condition(text).ok()?];
    while let Some(node) = nodes.pop() {
        match node {
            Node::And(terms) => nodes.extend(terms),
            Node::Compare {
                comparator: Comparator::Equal,
                left,
                right,
            } => match (left, right) {
                // Either may come first.
                (syntax::Operand::Path(path), syntax::Operand::Value(key))
                | (syntax::Operand::Value(key), syntax::Operand::Path(path))
                    if is_wanted(&path) == Some(true) =>
                {
                    return Some(key);
                }
                _ => {}
            },
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equated_placeholders() {
        let placeholders = BTreeMap::from([("#c".to_owned(), "see".to_owned())]);
        let equated = |text, attribute| equated(text, attribute, Some(&placeholders));
        assert_eq!(equated("a = :a AND (#c = :c)", "see"), Some(":c"));
        assert_eq!(equated("a = :a AND b > :b", "a"), Some(":a"));
        assert_eq!(equated("b > :b AND (:a = a)", "a"), Some(":a"));
        for (text, attribute) in [("a > :a", "a"), ("a = :a", "b"), ("a = ", "a"), ("", "a")] {
            assert_eq!(equated(text, attribute), None, "{text}");
        }
    }

    #[test]
    fn attribute_names_of_any_expression() {
        let placeholders = BTreeMap::from([("#c".to_owned(), "see".to_owned())]);
        let names = |text: &str| attribute_names(text, Some(&placeholders)).join(" ");
        assert_eq!(names("id,remove"), "id remove");
        assert_eq!(names("remove"), "remove");
        assert_eq!(
            names("SET a = :v REMOVE b, remove ADD d :x"),
            "a b remove d"
        );
        assert_eq!(names("a.b[0].#c = :v and size(#c) > d"), "a see d");
        assert_eq!(
            names("SET a = if_not_exists(b, :v) REMOVE c.d ADD #x :n"),
            "a b c"
        );
        assert_eq!(names("a, b.c, #c"), "a b see");
        assert_eq!(names("NOT (a IN (:v, b))"), "a b");
    }
}
