//! Nodes as JSON: the texts that services take (policies, mapping templates) and the stack's own
//! record of a resource's properties. Keys keep the order of the file, numbers their digits.

use super::{Node, Value};
use std::fmt::{self, Write};

impl fmt::Display for Node {
    /// Compact JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(digits) => f.write_str(digits),
            Value::Text(text) => quoted(text, f),
            Value::List(items) => {
                f.write_char('[')?;
                for (at, item) in items.iter().enumerate() {
                    comma(at, f)?;
                    write!(f, "{item}")?;
                }
                f.write_char(']')
            }
            Value::Map(map) => {
                f.write_char('{')?;
                for (at, (key, item)) in map.iter().enumerate() {
                    comma(at, f)?;
                    quoted(&key.text, f)?;
                    write!(f, ":{item}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn comma(at: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if at > 0 { f.write_char(',') } else { Ok(()) }
}

fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c < ' ' => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
