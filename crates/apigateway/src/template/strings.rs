//! The methods of Java's strings. Positions count UTF-16 units, as Java's do.

use super::methods::Outcome;
use super::value::{Heap, Style, Value};
use crate::java_regex::JavaRegex;

pub(super) fn call(heap: &mut Heap, text: &str, method: &str, args: &[Value]) -> Outcome {
    // Whatever is asked, it may take a look at all of them.
    let lengths = args.iter().map(|arg| match arg {
        Value::Text(text) => text.len(),
        _ => 0,
    });
    heap.charge_read(text.len() + lengths.sum::<usize>());
    match (method, args) {
        ("length", []) => length(text).into(),
        ("isEmpty", []) => text.is_empty().into(),
        ("isBlank", []) => text.trim().is_empty().into(),
        ("toString", []) => made(heap, text.to_owned()),
        ("trim", []) => made(heap, text.trim_matches(|c| c <= ' ').to_owned()),
        ("strip", []) => made(heap, text.trim().to_owned()),
        ("toLowerCase", []) => made(heap, text.to_lowercase()),
        ("toUpperCase", []) => made(heap, text.to_uppercase()),
        ("hashCode", []) => Outcome::Value(Value::Int(i64::from(hash(text)))),
        ("contains", [Value::Text(part)]) => text.contains(part.as_ref()).into(),
        ("endsWith", [Value::Text(part)]) => text.ends_with(part.as_ref()).into(),
        ("startsWith", [Value::Text(part)]) => text.starts_with(part.as_ref()).into(),
        ("startsWith", [Value::Text(part), Value::Int(at)]) => tail(text, *at)
            .is_some_and(|tail| tail.starts_with(part.as_ref()))
            .into(),
        ("equalsIgnoreCase", [Value::Text(other)]) => {
            (text.to_lowercase() == other.to_lowercase()).into()
        }
        ("equalsIgnoreCase", [_]) => false.into(),
        ("compareTo", [Value::Text(other)]) => compare(text, other),
        ("compareToIgnoreCase", [Value::Text(other)]) => {
            compare(&text.to_lowercase(), &other.to_lowercase())
        }
        ("concat", [Value::Text(other)]) => made(heap, format!("{text}{other}")),
        ("substring" | "subSequence", _) => substring(heap, text, args),
        ("charAt", [Value::Int(at)]) => match usize::try_from(*at).ok() {
            Some(at) => units(text, at, at + 1)
                .map(Value::text)
                .map_or(Outcome::Missing, Outcome::Value),
            None => Outcome::Missing,
        },
        ("indexOf", _) => index_of(text, args),
        ("lastIndexOf", [Value::Text(part)]) => text
            .rfind(part.as_ref())
            .map(|at| length(before(text, at)))
            .into(),
        ("replace", [Value::Text(old), Value::Text(new)]) => {
            match JavaRegex::literal(old).replace_with_text(text, new) {
                Ok(text) => made(heap, text),
                Err(error) => Outcome::Regex(error),
            }
        }
        ("toCharArray", []) if heap.charge(text.len()) => {
            let chars = text.chars().map(|c| Value::text(c.to_string())).collect();
            Outcome::Value(heap.list(chars, Style::Java))
        }
        _ => regex_method(heap, text, method, args),
    }
}

fn regex_method(heap: &mut Heap, text: &str, method: &str, args: &[Value]) -> Outcome {
    let Some((Value::Text(pattern), rest)) = args.split_first() else {
        return Outcome::Missing;
    };
    if !matches!(method, "matches" | "replaceAll" | "replaceFirst" | "split") {
        return Outcome::Missing;
    }
    heap.charge(pattern.len() + text.len() / 16);
    let regex = match heap.pattern(pattern) {
        Ok(regex) => regex,
        Err(error) => return Outcome::Regex(error),
    };
    let result = match (method, rest) {
        ("matches", []) => regex.matches(text).map(Outcome::from),
        ("replaceAll", [Value::Text(new)]) => {
            regex.replace_all(text, new).map(|text| made(heap, text))
        }
        ("replaceFirst", [Value::Text(new)]) => {
            regex.replace_first(text, new).map(|text| made(heap, text))
        }
        ("split", []) => regex.split(text, 0).map(|parts| list(heap, parts)),
        ("split", [Value::Int(limit)]) => regex.split(text, *limit).map(|parts| list(heap, parts)),
        _ => return Outcome::Missing,
    };
    result.unwrap_or_else(Outcome::Regex)
}

fn made(heap: &mut Heap, text: String) -> Outcome {
    heap.charge(text.len() / 16);
    Outcome::Value(Value::text(text))
}

fn list(heap: &mut Heap, parts: Vec<String>) -> Outcome {
    let items = parts.into_iter().map(Value::text).collect();
    Outcome::Value(heap.list(items, Style::Java))
}

fn length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

fn before(text: &str, at: usize) -> &str {
    text.get(..at).unwrap_or_default()
}

/// The byte position of a UTF-16 position; none beyond the end or inside a pair.
fn byte_position(text: &str, unit: usize) -> Option<usize> {
    if text.is_ascii() {
        return (unit <= text.len()).then_some(unit);
    }
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= unit {
            return (units == unit).then_some(at);
        }
        units += c.len_utf16();
    }
    (units == unit).then_some(text.len())
}

fn units(text: &str, from: usize, to: usize) -> Option<&str> {
    text.get(byte_position(text, from)?..byte_position(text, to)?)
}

fn tail(text: &str, from: i64) -> Option<&str> {
    text.get(byte_position(text, usize::try_from(from).ok()?)?..)
}

fn substring(heap: &mut Heap, text: &str, args: &[Value]) -> Outcome {
    let part = match args {
        [Value::Int(from)] => tail(text, *from),
        [Value::Int(from), Value::Int(to)] => {
            let range = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
            range.and_then(|(from, to)| units(text, from, to))
        }
        _ => None,
    };
    part.map_or(Outcome::Missing, |part| made(heap, part.to_owned()))
}

fn index_of(text: &str, args: &[Value]) -> Outcome {
    let (part, from) = match args {
        [Value::Text(part)] => (part, 0),
        [Value::Text(part), Value::Int(from)] => (part, (*from).max(0)),
        _ => return Outcome::Missing,
    };
    let found = tail(text, from).and_then(|tail| {
        let start = text.len() - tail.len();
        tail.find(part.as_ref())
            .map(|at| length(before(text, start + at)))
    });
    found.into()
}

fn compare(left: &str, right: &str) -> Outcome {
    let mut pairs = left.encode_utf16().zip(right.encode_utf16());
    let difference = match pairs.find(|(a, b)| a != b) {
        Some((a, b)) => i64::from(a) - i64::from(b),
        None => {
            let length = |text| i64::try_from(length(text)).unwrap_or(i64::MAX);
            length(left) - length(right)
        }
    };
    Outcome::Value(Value::Int(difference))
}

/// Java's `String.hashCode`.
fn hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}
