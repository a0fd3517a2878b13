//! The untyped tree that every protocol reads a request into.

use bytes::Bytes;
use std::borrow::Cow;

/// One value of a request, borrowed from its bytes where it can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    Null,
    Bool(bool),
    /// A JSON number without fraction or exponent that fits.
    Integer(i64),
    /// Any other JSON number.
    Decimal(f64),
    /// A JSON string.
    String(Cow<'a, str>),
    /// Text whose type the protocol does not tell: form fields, query strings, headers, paths.
    Text(Cow<'a, str>),
    /// A body that is its member's value as it stands.
    Bytes(Bytes),
    List(Vec<Node<'a>>),
    /// In the order of the request; of a repeated name the last one counts.
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// A map without members.
    pub fn empty() -> Node<'a> {
        Node::Map(Vec::new())
    }

    /// The value as AWS's validation messages print it: `[a, b]`, `{k=v}`, plain scalars.
    pub fn shown(&self) -> String {
        match self {
            Node::Null => "null".to_owned(),
            Node::Bool(b) => b.to_string(),
            Node::Integer(n) => n.to_string(),
            Node::Decimal(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.1}"),
            Node::Decimal(n) => n.to_string(),
            Node::String(s) | Node::Text(s) => s.to_string(),
            Node::Bytes(b) => format!("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", b.len()),
            Node::List(items) => {
                let items: Vec<String> = items.iter().map(Node::shown).collect();
                format!("[{}]", items.join(", "))
            }
            Node::Map(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(k, v)| format!("{k}={}", v.shown()))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
        }
    }
}
