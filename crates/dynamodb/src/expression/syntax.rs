//! Syntax trees: what the grammars make of a text, before anything is looked up or judged.

use super::Comparator;

/// A condition. A bare operand is one where it is a function call.
#[derive(Debug, PartialEq)]
pub enum Node<'a> {
    And(Vec<Node<'a>>),
    Or(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    Compare {
        comparator: Comparator,
        left: Operand<'a>,
        right: Operand<'a>,
    },
    Between {
        operand: Operand<'a>,
        low: Operand<'a>,
        high: Operand<'a>,
    },
    In {
        operand: Operand<'a>,
        list: Vec<Operand<'a>>,
    },
    Operand(Operand<'a>),
}

#[derive(Debug, PartialEq)]
pub enum Operand<'a> {
    Path(PathSyntax<'a>),
    /// `:value`
    Value(&'a str),
    Call(Call<'a>),
}

#[derive(Debug, PartialEq)]
pub struct Call<'a> {
    pub function: &'a str,
    pub arguments: Vec<Operand<'a>>,
}

/// A path that starts with an attribute, so that its first element is never an index.
#[derive(Debug, PartialEq)]
pub struct PathSyntax<'a> {
    pub root: NameSyntax<'a>,
    pub steps: Vec<StepSyntax<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NameSyntax<'a> {
    Plain(&'a str),
    /// `#name`
    Placeholder(&'a str),
}

#[derive(Debug, PartialEq)]
pub enum StepSyntax<'a> {
    Key(NameSyntax<'a>),
    Index(usize),
}

/// The sections of an update expression, as often and in the order as they stand there.
#[derive(Debug, PartialEq)]
pub struct Section<'a> {
    pub keyword: SectionKeyword,
    pub actions: Vec<ActionSyntax<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionKeyword {
    Set,
    Remove,
    Add,
    Delete,
}

impl SectionKeyword {
    pub const ALL: [SectionKeyword; 4] = [
        SectionKeyword::Set,
        SectionKeyword::Remove,
        SectionKeyword::Add,
        SectionKeyword::Delete,
    ];

    pub const fn text(self) -> &'static str {
        match self {
            SectionKeyword::Set => "SET",
            SectionKeyword::Remove => "REMOVE",
            SectionKeyword::Add => "ADD",
            SectionKeyword::Delete => "DELETE",
        }
    }
}

#[derive(Debug, PartialEq)]
pub struct ActionSyntax<'a> {
    pub path: PathSyntax<'a>,
    pub argument: ArgumentSyntax<'a>,
}

#[derive(Debug, PartialEq)]
pub enum ArgumentSyntax<'a> {
    /// REMOVE has none.
    None,
    /// SET
    Assign(ValueSyntax<'a>),
    /// ADD and DELETE
    Value(&'a str),
}

#[derive(Debug, PartialEq)]
pub enum ValueSyntax<'a> {
    Operand(Operand<'a>),
    Sum(Operand<'a>, Operand<'a>),
    Difference(Operand<'a>, Operand<'a>),
}
