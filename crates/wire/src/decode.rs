//! From [`Node`] to typed inputs, collecting every broken constraint on the way.
//!
//! A value of the wrong type stops the decoding at once ([`Malformed`]); broken constraints are
//! collected and reported together, as AWS does. Where a required member is missing the result
//! holds a default in its place, which nobody sees: violations make the whole input refused.

use crate::constraint::{self, Bounds, Held};
use crate::operation::{Input, OperationInfo, Protocol, ServiceInfo, Wording};
use crate::{Node, layered, named, query, strict};
use base::Timestamp;
use bytes::Bytes;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A shape that can be read from any protocol's tree.
pub trait Decode: Sized + Default {
    /// # Errors
    /// [`Malformed`] when the node is of another type than the shape.
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed>;
}

/// An enumeration of the model.
pub trait Enumeration: Sized + Copy + 'static {
    /// All names, in the model's order.
    const NAMES: &'static [&'static str];

    fn as_str(&self) -> &'static str;

    fn from_name(name: &str) -> Option<Self>;
}

/// Why an input is refused before its operation sees it.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    Malformed(Malformed),
    /// The whole message: `2 validation errors detected: ...`.
    Invalid(String),
}

/// A value of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// The body is no document of the protocol at all.
    Body,
    Type {
        expected: Expected,
        found: Found,
        place: Place,
    },
    /// Text that should have been base64, and its length.
    Base64 { length: usize },
    /// Text that is not one of a boolean's or number's forms.
    Unreadable { expected: Expected, text: String },
}

/// The type a shape has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Boolean,
    String,
    Integer,
    Long,
    Double,
    Blob,
    Timestamp,
    List,
    Map,
    /// A structure, by its name in the model.
    Structure(&'static str),
}

/// The type a value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    True,
    False,
    Number,
    Decimal,
    String,
    List,
    Map,
    Bytes,
}

/// Whether the value is a structure's member or stands in a list or map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Member,
    Element,
}

#[derive(Debug, Clone)]
pub(crate) enum Segment {
    Member(&'static str),
    Item(usize),
    Entry(String),
}

pub(crate) struct Violation {
    pub(crate) path: Vec<Segment>,
    /// As AWS prints it; none for a missing member.
    pub(crate) value: Option<String>,
    pub(crate) words: String,
}

/// Where the decoding stands, and what was found wrong so far.
pub struct Decoder {
    service: &'static ServiceInfo,
    operation: &'static OperationInfo,
    path: Vec<Segment>,
    violations: Vec<Violation>,
}

/// Reads an operation's input, checking every constraint of the model.
///
/// # Errors
/// [`Rejection`] with AWS's message.
pub fn decode_input<I: Input>(node: Node<'_>) -> Result<I, Rejection> {
    let mut at = Decoder {
        service: I::SERVICE,
        operation: I::OPERATION,
        path: Vec::new(),
        violations: Vec::new(),
    };
    let input = I::decode(node, &mut at).map_err(Rejection::Malformed)?;
    if at.violations.is_empty() {
        Ok(input)
    } else {
        Err(Rejection::Invalid(at.message()))
    }
}

/// The members of a structure that is being read.
pub struct Members<'a>(Vec<(Cow<'a, str>, Node<'a>)>);

impl<'a> Members<'a> {
    /// Takes the member, of a repeated name the last; null counts as absent.
    pub fn take(&mut self, name: &str) -> Option<Node<'a>> {
        let at = self.0.iter().rposition(|(given, _)| given == name)?;
        let (_, node) = self.0.swap_remove(at);
        (!matches!(node, Node::Null)).then_some(node)
    }

    /// What was not taken, nulls left out.
    pub fn rest(self) -> impl Iterator<Item = (Cow<'a, str>, Node<'a>)> {
        self.0
            .into_iter()
            .filter(|(_, node)| !matches!(node, Node::Null))
    }
}

impl Decoder {
    /// The members of a node that should be the structure `shape`.
    ///
    /// # Errors
    /// [`Malformed`] when the node is no structure.
    pub fn structure<'a>(
        &self,
        node: Node<'a>,
        shape: &'static str,
    ) -> Result<Members<'a>, Malformed> {
        match node {
            Node::Map(members) => Ok(Members(members)),
            Node::Text(text) if text.is_empty() => Ok(Members(Vec::new())),
            other => Err(self.mismatch(Expected::Structure(shape), &other)),
        }
    }

    /// Reads a member that must be there; where it is not, notes so and gives a default.
    ///
    /// # Errors
    /// [`Malformed`] when the member is of another type.
    pub fn required<T: Decode>(
        &mut self,
        members: &mut Members<'_>,
        name: &'static str,
        bounds: Option<&Bounds>,
    ) -> Result<T, Malformed> {
        match self.optional(members, name, bounds)? {
            Some(value) => Ok(value),
            None => {
                self.path.push(Segment::Member(name));
                self.violations.push(Violation {
                    path: self.path.clone(),
                    value: None,
                    words: "Member must not be null".to_owned(),
                });
                self.path.pop();
                Ok(T::default())
            }
        }
    }

    /// Reads a member that may be absent.
    ///
    /// # Errors
    /// [`Malformed`] when the member is of another type.
    pub fn optional<T: Decode>(
        &mut self,
        members: &mut Members<'_>,
        name: &'static str,
        bounds: Option<&Bounds>,
    ) -> Result<Option<T>, Malformed> {
        let Some(node) = members.take(name) else {
            return Ok(None);
        };
        self.path.push(Segment::Member(name));
        let value = self.checked(node, bounds)?;
        self.path.pop();
        Ok(Some(value))
    }

    /// The mismatch of `node` with what is expected here.
    pub fn mismatch(&self, expected: Expected, node: &Node<'_>) -> Malformed {
        let found = match node {
            Node::Bool(true) => Found::True,
            Node::Bool(false) => Found::False,
            Node::Integer(_) => Found::Number,
            Node::Decimal(_) => Found::Decimal,
            Node::Null | Node::String(_) | Node::Text(_) => Found::String,
            Node::List(_) => Found::List,
            Node::Map(_) => Found::Map,
            Node::Bytes(_) => Found::Bytes,
        };
        let place = match self.path.last() {
            Some(Segment::Item(_) | Segment::Entry(_)) => Place::Element,
            Some(Segment::Member(_)) | None => Place::Member,
        };
        Malformed::Type {
            expected,
            found,
            place,
        }
    }

    /// Reads an item of a list.
    ///
    /// # Errors
    /// [`Malformed`] when the item is of another type.
    pub fn item<T: Decode>(&mut self, index: usize, node: Node<'_>) -> Result<T, Malformed> {
        self.path.push(Segment::Item(index));
        let value = T::decode(node, self)?;
        self.path.pop();
        Ok(value)
    }

    /// Reads an entry of a map.
    ///
    /// # Errors
    /// [`Malformed`] when the entry is of another type.
    pub fn entry<T: Decode>(&mut self, key: &str, node: Node<'_>) -> Result<T, Malformed> {
        self.path.push(Segment::Entry(key.to_owned()));
        let value = T::decode(node, self)?;
        self.path.pop();
        Ok(value)
    }

    fn checked<T: Decode>(
        &mut self,
        node: Node<'_>,
        bounds: Option<&Bounds>,
    ) -> Result<T, Malformed> {
        let Some(bounds) = bounds else {
            return T::decode(node, self);
        };
        let node = self.normalised(node);
        let mut words = Vec::new();
        // Numbers that arrive as text are compared as numbers.
        let held = match self.service.wording {
            Wording::Strict => Held::LimitsAndPresence,
            _ => Held::Limits,
        };
        constraint::broken(&numeric(&node, bounds), bounds, held, &mut words);
        if !words.is_empty() {
            let value = fractional(&node, bounds).shown();
            self.violations
                .extend(words.into_iter().map(|words| Violation {
                    path: self.path.clone(),
                    value: Some(value.clone()),
                    words,
                }));
        }
        T::decode(node, self)
    }

    /// The query protocol's lists and maps in the form the other protocols have them.
    fn normalised<'a>(&self, node: Node<'a>) -> Node<'a> {
        let is_query = matches!(self.service.protocol, Protocol::Query { .. });
        match node {
            Node::Map(members) if is_query && has_only(&members, "member") => {
                Node::List(query::list_items(members).unwrap_or_default())
            }
            Node::Map(members) if is_query && has_only(&members, "entry") => {
                Node::Map(query::map_entries(members).unwrap_or_default())
            }
            other => other,
        }
    }

    fn list_items<'a>(&self, node: Node<'a>) -> Result<Vec<Node<'a>>, Malformed> {
        match self.normalised(node) {
            Node::List(items) => Ok(items),
            Node::Text(text) if text.is_empty() => Ok(Vec::new()),
            // A query parameter that stands once is a list of one.
            text @ Node::Text(_) => Ok(vec![text]),
            other => Err(self.mismatch(Expected::List, &other)),
        }
    }

    /// `1 validation error detected: ...`
    fn message(&self) -> String {
        if self.service.wording == Wording::Layered {
            return layered::message(self.operation.name, &self.violations);
        }
        let mut ordered: Vec<&Violation> = match self.service.wording {
            Wording::Named => named::told(&self.violations),
            _ => self.violations.iter().collect(),
        };
        if self.service.wording == Wording::Named
            && let Some(message) = named::message(&ordered)
        {
            return message;
        }
        let count = ordered.len();
        let noun = if count == 1 { "error" } else { "errors" };
        if self.service.wording == Wording::BodyUnderInput {
            // What stands in the body comes first.
            ordered.sort_by_key(|violation| self.is_outside_body(violation));
        }
        if self.service.wording == Wording::Strict {
            ordered.sort_by_key(|violation| strict::rank(violation));
        }
        let all: Vec<String> = ordered.into_iter().map(|v| self.render(v)).collect();
        format!("{count} validation {noun} detected: {}", all.join("; "))
    }

    fn is_outside_body(&self, violation: &Violation) -> bool {
        let first = violation.path.first();
        matches!(first, Some(Segment::Member(member)) if self.operation.is_bound(member))
    }

    fn render(&self, violation: &Violation) -> String {
        let path = self.shown_path(&violation.path);
        let subject = match (self.service.wording, &violation.value) {
            (Wording::Named, _) => "Value".to_owned(),
            (_, Some(value)) => format!("Value '{value}'"),
            (_, None) => "Value null".to_owned(),
        };
        format!(
            "{subject} at '{path}' failed to satisfy constraint: {}",
            self.words(violation)
        )
    }

    fn words<'a>(&self, violation: &'a Violation) -> Cow<'a, str> {
        let own = match self.service.wording {
            Wording::Strict => strict::words(violation),
            Wording::Named => return Cow::Borrowed(named::words(violation)),
            _ => None,
        };
        own.map_or(Cow::Borrowed(&violation.words), Cow::Owned)
    }

    fn shown_path(&self, path: &[Segment]) -> String {
        let mut text = String::new();
        let prefixed = self.service.wording == Wording::BodyUnderInput
            && matches!(path.first(), Some(Segment::Member(m)) if !self.operation.is_bound(m));
        if prefixed {
            text.push_str(&lower_first(self.operation.name));
            text.push_str("Input");
        }
        for segment in path {
            if !text.is_empty() {
                text.push('.');
            }
            match segment {
                Segment::Member(name) => text.push_str(&lower_first(name)),
                Segment::Item(index) => text.push_str(&format!("{}.member", index + 1)),
                Segment::Entry(key) => text.push_str(&format!("{key}.member")),
            }
        }
        text
    }
}

fn has_only(members: &[(Cow<'_, str>, Node<'_>)], name: &str) -> bool {
    matches!(members, [(only, Node::Map(_))] if only == name)
}

/// Text as the number it stands for when the limits are those of a number.
fn numeric<'a>(node: &Node<'a>, bounds: &Bounds) -> Node<'a> {
    let is_number = bounds.pattern.is_none() && bounds.values.is_empty() && bounds.keys.is_none();
    match node {
        Node::Text(text) if is_number => text.parse().map_or_else(|_| node.clone(), Node::Integer),
        other => other.clone(),
    }
}

/// Whole numbers with a fraction, as AWS prints them where the model has one.
fn fractional<'a>(node: &Node<'a>, bounds: &Bounds) -> Node<'a> {
    #[expect(clippy::cast_precision_loss, reason = "it is only shown")]
    match (node, bounds.each) {
        (Node::Integer(number), _) if bounds.fractional => Node::Decimal(*number as f64),
        (Node::Map(members), Some(each)) => {
            let members = members.iter();
            Node::Map(
                members
                    .map(|(key, value)| (key.clone(), fractional(value, each)))
                    .collect(),
            )
        }
        _ => node.clone(),
    }
}

pub(crate) fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

impl Decode for String {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        match node {
            Node::String(text) | Node::Text(text) => Ok(text.into_owned()),
            other => Err(at.mismatch(Expected::String, &other)),
        }
    }
}

impl Decode for bool {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        let (Node::String(text) | Node::Text(text)) = &node else {
            return match node {
                Node::Bool(value) => Ok(value),
                other => Err(at.mismatch(Expected::Boolean, &other)),
            };
        };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(unreadable(Expected::Boolean, text)),
        }
    }
}

impl Decode for i32 {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        let wide = integer(node, Expected::Integer, at)?;
        i32::try_from(wide).map_err(|_| unreadable(Expected::Integer, &wide.to_string()))
    }
}

impl Decode for i64 {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        integer(node, Expected::Long, at)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "AWS drops fractions of integers"
)]
fn integer(node: Node<'_>, expected: Expected, at: &Decoder) -> Result<i64, Malformed> {
    match node {
        Node::Integer(n) => Ok(n),
        Node::Decimal(n) if n.abs() < 9e15 => Ok(n.floor() as i64),
        Node::Decimal(n) => Err(unreadable(expected, &n.to_string())),
        Node::Text(text) => text.parse().map_err(|_| unreadable(expected, &text)),
        other => Err(at.mismatch(expected, &other)),
    }
}

impl Decode for f64 {
    #[expect(clippy::cast_precision_loss, reason = "JSON numbers are doubles here")]
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        match node {
            Node::Integer(n) => Ok(n as f64),
            Node::Decimal(n) => Ok(n),
            Node::Text(text) => text
                .parse()
                .map_err(|_| unreadable(Expected::Double, &text)),
            other => Err(at.mismatch(Expected::Double, &other)),
        }
    }
}

impl Decode for Bytes {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        use base64::Engine as _;
        match node {
            Node::Bytes(bytes) => Ok(bytes),
            Node::String(text) | Node::Text(text) => base64::engine::general_purpose::STANDARD
                .decode(&*text)
                .map(Bytes::from)
                .map_err(|_| Malformed::Base64 { length: text.len() }),
            other => Err(at.mismatch(Expected::Blob, &other)),
        }
    }
}

impl Decode for Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        match node {
            Node::Integer(secs) => Ok(Timestamp::from_secs(secs)),
            Node::Decimal(secs) if secs.abs() < 1e12 => {
                Ok(Timestamp::from_millis((secs * 1000.0).round() as i64))
            }
            Node::String(text) | Node::Text(text) => {
                let seconds = text.parse().ok().map(Timestamp::from_secs);
                seconds
                    .or_else(|| Timestamp::parse_iso8601(&text))
                    .ok_or_else(|| unreadable(Expected::Timestamp, &text))
            }
            other => Err(at.mismatch(Expected::Timestamp, &other)),
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        let items = at.list_items(node)?.into_iter().enumerate();
        items.map(|(index, item)| at.item(index, item)).collect()
    }
}

impl<T: Decode> Decode for BTreeMap<String, T> {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        match at.normalised(node) {
            Node::Map(members) => {
                // Collecting would sort first, in code of its own for every shape.
                let mut map = BTreeMap::new();
                for (key, node) in members {
                    if !matches!(node, Node::Null) {
                        let value = at.entry(&key, node)?;
                        map.insert(key.into_owned(), value);
                    }
                }
                Ok(map)
            }
            Node::Text(text) if text.is_empty() => Ok(BTreeMap::new()),
            other => Err(at.mismatch(Expected::Map, &other)),
        }
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        T::decode(node, at).map(Box::new)
    }
}

/// Reads an enumeration; the unknown name has been noted by its bounds already.
pub(crate) fn enumeration<T: Enumeration + Default>(
    node: Node<'_>,
    at: &Decoder,
) -> Result<T, Malformed> {
    match node {
        Node::String(text) | Node::Text(text) => Ok(T::from_name(&text).unwrap_or_default()),
        other => Err(at.mismatch(Expected::String, &other)),
    }
}

fn unreadable(expected: Expected, text: &str) -> Malformed {
    Malformed::Unreadable {
        expected,
        text: text.to_owned(),
    }
}
