//! Patterns on columns: `[ip, user, ..., status = 4* || status >= 500, bytes]`.
//!
//! Columns of a line lie between white space; what stands in brackets or quotation marks is one.

use super::condition::Condition;
use super::lexer::{Token, tokens};
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct Columns {
    before: Vec<Column>,
    /// What comes after an ellipsis, which stands for any number of columns.
    after: Option<Vec<Column>>,
}

#[derive(Debug, Default)]
struct Column {
    name: Option<String>,
    /// Of the conditions of one of these, all have to hold; none at all asks for nothing.
    any: Vec<Vec<Condition>>,
}

impl Columns {
    pub fn parse(pattern: &str) -> Option<Columns> {
        let inside = pattern.strip_prefix('[')?.strip_suffix(']')?;
        let tokens = tokens(inside)?;
        let mut columns = Columns {
            before: Vec::new(),
            after: None,
        };
        if tokens.is_empty() {
            return Some(columns);
        }
        for part in tokens.split(|token| *token == Token::Comma) {
            if part == [Token::Ellipsis] {
                if columns.after.replace(Vec::new()).is_some() {
                    return None;
                }
                continue;
            }
            let column = Column::parse(part)?;
            columns
                .after
                .as_mut()
                .unwrap_or(&mut columns.before)
                .push(column);
        }
        Some(columns)
    }

    /// The columns by their names, `$1` for one without, if all are as they should be.
    pub fn extract(&self, message: &str) -> Option<BTreeMap<String, String>> {
        let found = split(message);
        let after = self.after.as_deref().unwrap_or_default();
        let wanted = self.before.len() + after.len();
        let fits = match self.after {
            Some(_) => found.len() >= wanted,
            None => found.len() == wanted,
        };
        if !fits {
            return None;
        }
        let skipped = found.len() - wanted;
        let places = (0..self.before.len()).chain(self.before.len() + skipped..found.len());
        let columns = self.before.iter().chain(after);
        let mut values = BTreeMap::new();
        for (place, column) in places.zip(columns) {
            let text = *found.get(place)?;
            if !column.holds_for(text) {
                return None;
            }
            let name = match &column.name {
                Some(name) => format!("${name}"),
                None => format!("${}", place + 1),
            };
            values.insert(name, text.to_owned());
        }
        Some(values)
    }
}

impl Column {
    /// `name`, or conditions that all name it.
    fn parse(tokens: &[Token]) -> Option<Column> {
        let named = |name: &str| (name != "*").then(|| name.to_owned());
        match tokens {
            [] => return Some(Column::default()),
            [Token::Word(name)] => {
                return Some(Column {
                    name: named(name),
                    any: Vec::new(),
                });
            }
            _ => {}
        }
        let mut column = Column::default();
        for alternative in tokens.split(|token| *token == Token::Or) {
            let mut all = Vec::new();
            for condition in alternative.split(|token| *token == Token::And) {
                let [Token::Word(name), Token::Operator(operator), operand] = condition else {
                    return None;
                };
                if *column.name.get_or_insert_with(|| name.clone()) != *name {
                    return None;
                }
                all.push(Condition::new(*operator, operand.clone())?);
            }
            column.any.push(all);
        }
        Some(column)
    }

    fn holds_for(&self, text: &str) -> bool {
        let all_hold = |all: &Vec<Condition>| all.iter().all(|one| one.holds_for_text(text));
        self.any.is_empty() || self.any.iter().any(all_hold)
    }
}

/// The columns of a line, without what encloses them.
fn split(line: &str) -> Vec<&str> {
    let mut columns = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let enclosed = [('[', ']'), ('"', '"')]
            .into_iter()
            .find_map(|(open, close)| {
                let inside = rest.strip_prefix(open)?;
                inside.split_once(close)
            });
        let (column, after) = enclosed.unwrap_or_else(|| {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest.split_at(end)
        });
        columns.push(column);
        rest = after.trim_start();
    }
    columns
}
