//! Comma-separated values: a record on each line, its columns named by the first line or beside
//! the file. Fields in double quotes may hold anything, a quote being doubled.

use super::FormatError;
use crate::item::{Item, Type, Value};
use crate::key::KeyAttribute;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, BufRead};

/// What a file's columns are.
#[derive(Debug, Clone)]
pub struct Columns {
    pub names: Vec<String>,
    /// The key attributes, which alone have other types than S.
    pub keys: Vec<KeyAttribute>,
}

/// A record does not go on beyond this many bytes: no item is as large, so a quote is stray. What
/// follows is read line by line again.
const MAX_RECORD_BYTES: usize = 4 << 20;

/// The fields of the next record; nothing at the end. Empty lines are no records.
///
/// # Errors
/// The reader's.
pub fn next_record(
    reader: &mut impl BufRead,
    delimiter: u8,
) -> Result<Option<Vec<String>>, io::Error> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut is_inside_quotes = false;
        loop {
            let before = line.len();
            if reader.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            let added = line.get(before..).unwrap_or_default();
            is_inside_quotes ^= added.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
            if !is_inside_quotes || line.len() > MAX_RECORD_BYTES {
                break;
            }
        }
        if line.is_empty() {
            return Ok(None);
        }
        while line.pop_if(|last| matches!(last, b'\n' | b'\r')).is_some() {}
        if !line.is_empty() {
            return Ok(Some(fields(&line, delimiter)));
        }
    }
}

fn fields(line: &[u8], delimiter: u8) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = Vec::new();
    let mut is_quoted = false;
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if is_quoted && bytes.next_if_eq(&b'"').is_some() => field.push(b'"'),
            b'"' => is_quoted = !is_quoted,
            byte if byte == delimiter && !is_quoted => fields.push(std::mem::take(&mut field)),
            byte => field.push(byte),
        }
    }
    fields.push(field);
    let text = |field: Vec<u8>| String::from_utf8_lossy(&field).into_owned();
    fields.into_iter().map(text).collect()
}

impl Columns {
    /// The item of a record. What is empty is left out.
    ///
    /// # Errors
    /// [`FormatError`] for another number of columns, and for keys of another type.
    pub fn item(&self, fields: Vec<String>) -> Result<Item, FormatError> {
        if fields.len() != self.names.len() {
            return Err(FormatError::Columns(fields.len(), self.names.len()));
        }
        let cells = self.names.iter().zip(fields);
        let cells = cells.filter(|(_, field)| !field.is_empty());
        cells
            .map(|(name, field)| Ok((name.clone(), self.value(name, field)?)))
            .collect()
    }

    fn value(&self, name: &str, field: String) -> Result<Value, FormatError> {
        let wrong = || FormatError::KeyType(name.to_owned());
        let key = self.keys.iter().find(|key| key.name == name);
        Ok(match key.map(|key| key.kind) {
            Some(Type::N) => Value::N(field.trim().parse().map_err(|_| wrong())?),
            Some(Type::B) => Value::B(STANDARD.decode(field).map_err(|_| wrong())?.into()),
            _ => Value::S(field),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<Vec<String>> {
        let mut reader = text.as_bytes();
        let mut records = Vec::new();
        while let Some(record) = next_record(&mut reader, b',').unwrap() {
            records.push(record);
        }
        records
    }

    /// A stray quote takes what a record may be with it, and no more.
    #[test]
    fn a_stray_quote() {
        let row = format!("1,{}\n", "x".repeat(97));
        let rows = 100_000;
        let text = format!("0,6\" pipe\n{}", row.repeat(rows));
        let found = records(&text);
        let lost = rows - (found.len() - 1);
        assert!(lost <= MAX_RECORD_BYTES / row.len() + 1, "{lost} lost");
        assert!(found.last().is_some_and(|last| last.len() == 2));
    }

    #[test]
    fn records_and_fields() {
        for (text, expected) in [
            ("", vec![]),
            ("a,b\n", vec![vec!["a", "b"]]),
            ("a,b\r\n\n,c", vec![vec!["a", "b"], vec!["", "c"]]),
            (r#""a,""b""",c"#, vec![vec![r#"a,"b""#, "c"]]),
            ("\"a\nb\",c\nd,e", vec![vec!["a\nb", "c"], vec!["d", "e"]]),
        ] {
            assert_eq!(records(text), expected, "{text}");
        }
    }

    #[test]
    fn keys_have_their_types() {
        let key = |name: &str, kind| KeyAttribute {
            name: name.to_owned(),
            kind,
        };
        let columns = Columns {
            names: ["n", "b", "x"].map(str::to_owned).to_vec(),
            keys: vec![key("n", Type::N), key("b", Type::B)],
        };
        let item = |fields: [&str; 3]| columns.item(fields.map(str::to_owned).to_vec());
        let read = item(["1.50", "AQI=", "1"]).unwrap();
        assert_eq!(read.get("n"), Some(&Value::N("1.5".parse().unwrap())));
        assert_eq!(read.get("b"), Some(&Value::B(vec![1, 2].into())));
        assert_eq!(read.get("x"), Some(&Value::S("1".to_owned())));
        assert_eq!(item(["1", "", ""]).unwrap().len(), 1);
        assert!(item(["x", "", ""]).is_err());
        assert!(item(["1", "?", ""]).is_err());
        assert!(columns.item(vec!["1".to_owned()]).is_err());
    }
}
