//! What a template's text says.

use std::sync::Arc;

/// Index of a variable's value while rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(pub usize);

#[derive(Debug, Clone, Default)]
pub(super) struct Block(pub Vec<Node>);

#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(Box<str>),
    Reference(Reference),
    Set {
        target: Reference,
        value: Expr,
    },
    If {
        arms: Vec<(Expr, Block)>,
        otherwise: Block,
    },
    Foreach {
        variable: Slot,
        source: Expr,
        body: Block,
    },
    /// Gives a variable the block of this index in `Template::defines`.
    Define {
        variable: Slot,
        block: usize,
    },
    /// `#name(args)`; if there is no such macro, the text as it stands.
    Call {
        name: Arc<str>,
        args: Vec<Expr>,
        source: Box<str>,
    },
    Break,
    Stop,
}

#[derive(Debug, Clone)]
pub(super) struct Macro {
    pub parameters: Vec<Slot>,
    pub body: Block,
}

/// `$root.a.b(c)[d]`, in any notation.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub root: Slot,
    pub path: Vec<Access>,
}

#[derive(Debug, Clone)]
pub(super) enum Access {
    Property(Arc<str>),
    Method(Arc<str>, Vec<Expr>),
    Index(Expr),
}

#[derive(Debug, Clone)]
pub(super) enum Expr {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Arc<str>),
    /// `"..."` with references or directives inside.
    Interpolated(Block),
    Reference(Reference),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Range(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    /// Operators of one precedence, from left to right. Flat, so that a long sum is not a deep
    /// tree.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    /// How tightly the operator binds, from one up.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And => 2,
            Operator::Equal | Operator::NotEqual => 3,
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => 4,
            Operator::Add | Operator::Subtract => 5,
            Operator::Multiply | Operator::Divide | Operator::Remainder => 6,
        }
    }
}
