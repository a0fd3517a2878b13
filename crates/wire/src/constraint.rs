//! The model's constraints, and AWS's words for breaking them.

use crate::Node;
use std::sync::OnceLock;

/// Limits on one value, as the model states them for its shape.
pub struct Bounds {
    /// Least length (text, bytes, lists, maps) or value (numbers).
    pub min: Option<f64>,
    /// Greatest length or value.
    pub max: Option<f64>,
    /// Whether it is a number with a fraction, of which AWS prints at least one digit.
    pub fractional: bool,
    pub pattern: Option<&'static Pattern>,
    /// The names of an enumeration; empty for anything else.
    pub values: &'static [&'static str],
    /// Limits on each item of a list or value of a map, if those are scalars.
    pub each: Option<&'static Bounds>,
    /// Limits on each key of a map.
    pub keys: Option<&'static Bounds>,
}

impl Bounds {
    /// No limits; codegen's tables override what the model states.
    pub const NONE: Bounds = Bounds {
        min: None,
        max: None,
        fractional: false,
        pattern: None,
        values: &[],
        each: None,
        keys: None,
    };

    /// Whether there is anything to check.
    const fn is_none(&self) -> bool {
        self.min.is_none() && self.max.is_none() && self.pattern.is_none() && self.values.is_empty()
    }
}

/// A pattern of the model, compiled at its first use.
pub struct Pattern {
    /// As AWS prints it.
    pub text: &'static str,
    /// The same in the syntax of our regular expressions, anchored.
    pub regex: &'static str,
    pub compiled: OnceLock<Option<fancy_regex::Regex>>,
}

impl Pattern {
    pub const fn new(text: &'static str, regex: &'static str) -> Pattern {
        Pattern {
            text,
            regex,
            compiled: OnceLock::new(),
        }
    }

    /// Whether the whole text matches. A pattern our engine cannot read matches everything;
    /// a test makes sure there is none.
    pub fn matches(&self, text: &str) -> bool {
        let compiled = self
            .compiled
            .get_or_init(|| fancy_regex::Regex::new(self.regex).ok());
        compiled
            .as_ref()
            .is_none_or(|regex| regex.is_match(text).unwrap_or(false))
    }
}

/// What a service states of items of lists and of values of maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The limits of the model.
    Limits,
    /// And that they must be there.
    LimitsAndPresence,
}

/// Appends the words for each limit that `node` breaks: `Member must ...`.
pub(crate) fn broken(node: &Node<'_>, bounds: &Bounds, held: Held, words: &mut Vec<String>) {
    words.extend(own_limits(node, bounds));
    if let Some(keys) = bounds.keys.filter(|keys| !keys.is_none())
        && let Node::Map(members) = node
        && members
            .iter()
            .any(|(key, _)| breaks(&Node::String(key.clone()), keys))
    {
        words.push(format!(
            "Map keys must satisfy constraint: [{}]",
            stated(keys, Held::Limits).join(", ")
        ));
    }
    let Some(each) = bounds.each.filter(|each| !each.is_none()) else {
        return;
    };
    match node {
        Node::List(items) if items.iter().any(|item| breaks(item, each)) => {
            words.push(format!(
                "Member must satisfy constraint: [{}]",
                stated(each, held).join(", ")
            ));
        }
        Node::Map(members) if members.iter().any(|(_, value)| breaks(value, each)) => {
            words.push(format!(
                "Map value must satisfy constraint: [{}]",
                stated(each, held).join(", ")
            ));
        }
        _ => {}
    }
}

fn breaks(node: &Node<'_>, bounds: &Bounds) -> bool {
    !matches!(node, Node::Null) && !own_limits(node, bounds).is_empty()
}

fn own_limits(node: &Node<'_>, bounds: &Bounds) -> Vec<String> {
    if bounds.is_none() {
        return Vec::new();
    }
    let mut words = Vec::new();
    let (size, noun) = measure(node);
    let noun = match bounds.fractional {
        true => Noun::Fraction,
        false => noun,
    };
    if let (Some(size), Some(max)) = (size, bounds.max)
        && size > max
    {
        words.push(max_words(noun, max));
    }
    if let (Some(size), Some(min)) = (size, bounds.min)
        && size < min
    {
        words.push(min_words(noun, min));
    }
    if let Node::String(text) | Node::Text(text) = node {
        if let Some(pattern) = bounds.pattern.filter(|pattern| !pattern.matches(text)) {
            words.push(pattern_words(pattern));
        }
        if !bounds.values.is_empty() && !bounds.values.contains(&&**text) {
            words.push(values_words(bounds.values));
        }
    }
    words
}

/// Every limit in words, whether broken or not, as AWS lists them for items of lists.
fn stated(bounds: &Bounds, held: Held) -> Vec<String> {
    let noun = match bounds.fractional {
        true => Noun::Fraction,
        false => Noun::Length,
    };
    let mut words = Vec::new();
    words.extend(bounds.max.map(|max| max_words(noun, max)));
    words.extend(bounds.min.map(|min| min_words(noun, min)));
    words.extend(bounds.pattern.map(pattern_words));
    if !bounds.values.is_empty() {
        words.push(values_words(bounds.values));
    }
    if held == Held::LimitsAndPresence {
        words.push("Member must not be null".to_owned());
    }
    words
}

#[derive(Clone, Copy)]
enum Noun {
    Length,
    Value,
    /// A value with a fraction.
    Fraction,
}

/// What min and max speak of for a value. Text counts characters as Java does: UTF-16 units.
#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
fn measure(node: &Node<'_>) -> (Option<f64>, Noun) {
    match node {
        Node::Integer(n) => (Some(*n as f64), Noun::Value),
        Node::Decimal(n) => (Some(*n), Noun::Value),
        Node::String(s) => (Some(s.encode_utf16().count() as f64), Noun::Length),
        Node::Bytes(b) => (Some(b.len() as f64), Noun::Length),
        Node::List(items) => (Some(items.len() as f64), Noun::Length),
        Node::Map(members) => (Some(members.len() as f64), Noun::Length),
        Node::Text(s) => (Some(s.encode_utf16().count() as f64), Noun::Length),
        Node::Null | Node::Bool(_) => (None, Noun::Length),
    }
}

fn max_words(noun: Noun, max: f64) -> String {
    match noun {
        Noun::Length => format!("Member must have length less than or equal to {max}"),
        Noun::Value => format!("Member must have value less than or equal to {max}"),
        Noun::Fraction => format!("Member must have value less than or equal to {max:?}"),
    }
}

fn min_words(noun: Noun, min: f64) -> String {
    match noun {
        Noun::Length => format!("Member must have length greater than or equal to {min}"),
        Noun::Value => format!("Member must have value greater than or equal to {min}"),
        Noun::Fraction => format!("Member must have value greater than or equal to {min:?}"),
    }
}

fn pattern_words(pattern: &Pattern) -> String {
    format!(
        "Member must satisfy regular expression pattern: {}",
        pattern.text
    )
}

fn values_words(values: &[&str]) -> String {
    format!(
        "Member must satisfy enum value set: [{}]",
        values.join(", ")
    )
}
