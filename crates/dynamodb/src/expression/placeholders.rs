//! `ExpressionAttributeNames` and `ExpressionAttributeValues`: what placeholders stand for, and
//! whether any is left unused.

use super::ExpressionError;
use crate::item::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The placeholders of one request, which all its expressions share.
#[derive(Debug, Default)]
pub struct Placeholders {
    names: BTreeMap<String, Entry<String>>,
    values: BTreeMap<String, Entry<Arc<Value>>>,
}

#[derive(Debug)]
struct Entry<T> {
    meaning: T,
    is_used: bool,
}

/// What is wrong with the placeholders of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceholderError {
    #[error("{} must not be empty", .0.parameter())]
    Empty(Placeholder),
    #[error("{} contains invalid key: Syntax error; key: \"{key}\"", placeholder.parameter())]
    Key {
        placeholder: Placeholder,
        key: String,
    },
    #[error(
        "Value provided in {} unused in expressions: keys: {{{}}}",
        placeholder.parameter(),
        keys.join(", ")
    )]
    Unused {
        placeholder: Placeholder,
        keys: Vec<String>,
    },
}

/// The two kinds of placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    Name,
    Value,
}

impl Placeholder {
    pub const fn parameter(self) -> &'static str {
        match self {
            Placeholder::Name => "ExpressionAttributeNames",
            Placeholder::Value => "ExpressionAttributeValues",
        }
    }

    const fn sigil(self) -> char {
        match self {
            Placeholder::Name => '#',
            Placeholder::Value => ':',
        }
    }

    /// Checks the keys of one of the two parameters.
    ///
    /// # Errors
    /// [`PlaceholderError`] if there are none, or one is no placeholder.
    pub fn check_keys<'a>(
        self,
        keys: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), PlaceholderError> {
        let mut keys = keys.into_iter().peekable();
        if keys.peek().is_none() {
            return Err(PlaceholderError::Empty(self));
        }
        match keys.find(|key| !self.is_key(key)) {
            Some(key) => Err(PlaceholderError::Key {
                placeholder: self,
                key: key.clone(),
            }),
            None => Ok(()),
        }
    }

    fn is_key(self, key: &str) -> bool {
        let word = key.strip_prefix(self.sigil()).unwrap_or_default();
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    }
}

impl Placeholders {
    /// Takes placeholders whose keys have been checked.
    pub fn new(
        names: BTreeMap<String, String>,
        values: impl IntoIterator<Item = (String, Value)>,
    ) -> Placeholders {
        let names = names.into_iter().map(|(key, name)| (key, entry(name)));
        let values = values
            .into_iter()
            .map(|(key, value)| (key, entry(Arc::new(value))));
        Placeholders {
            names: names.collect(),
            values: values.collect(),
        }
    }

    /// The values by their keys.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values
            .iter()
            .map(|(key, entry)| (key.as_str(), &*entry.meaning))
    }

    /// What `#name` stands for.
    ///
    /// # Errors
    /// [`ExpressionError::UndefinedName`]
    pub(super) fn name(&mut self, key: &str) -> Result<&str, ExpressionError> {
        let entry = self.names.get_mut(key);
        let entry = entry.ok_or_else(|| ExpressionError::UndefinedName(key.to_owned()))?;
        entry.is_used = true;
        Ok(&entry.meaning)
    }

    /// What `:value` stands for.
    ///
    /// # Errors
    /// [`ExpressionError::UndefinedValue`]
    pub(super) fn value(&mut self, key: &str) -> Result<Arc<Value>, ExpressionError> {
        let entry = self.values.get_mut(key);
        let entry = entry.ok_or_else(|| ExpressionError::UndefinedValue(key.to_owned()))?;
        entry.is_used = true;
        Ok(Arc::clone(&entry.meaning))
    }

    /// To be called once every expression of the request has been checked.
    ///
    /// # Errors
    /// [`PlaceholderError::Unused`]
    pub fn check_used(&self) -> Result<(), PlaceholderError> {
        check_used(Placeholder::Name, &self.names)?;
        check_used(Placeholder::Value, &self.values)
    }
}

fn entry<T>(meaning: T) -> Entry<T> {
    Entry {
        meaning,
        is_used: false,
    }
}

fn check_used<T>(
    placeholder: Placeholder,
    entries: &BTreeMap<String, Entry<T>>,
) -> Result<(), PlaceholderError> {
    let unused = entries.iter().filter(|(_, entry)| !entry.is_used);
    let keys: Vec<String> = unused.map(|(key, _)| key.clone()).collect();
    if keys.is_empty() {
        Ok(())
    } else {
        Err(PlaceholderError::Unused { placeholder, keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_a_sigil_and_a_word() {
        let check = |placeholder: Placeholder, key: &str, is_key: bool| {
            assert_eq!(
                placeholder.check_keys([&key.to_owned()]).is_ok(),
                is_key,
                "{key}"
            );
        };
        check(Placeholder::Name, "#a_1", true);
        check(Placeholder::Name, "#4g", true);
        check(Placeholder::Value, ":v", true);
        for key in ["", "#", "a", ":a", "#a-b", "#é", "# a", "##a"] {
            check(Placeholder::Name, key, false);
        }
        assert_eq!(
            Placeholder::Value.check_keys([]).unwrap_err().to_string(),
            "ExpressionAttributeValues must not be empty"
        );
    }

    #[test]
    fn unused_ones_are_listed() {
        let names = BTreeMap::from(["#b", "#a", "#c"].map(|k| (k.to_owned(), "n".to_owned())));
        let mut placeholders = Placeholders::new(names, []);
        assert_eq!(placeholders.name("#c"), Ok("n"));
        assert_eq!(
            placeholders.name("#x"),
            Err(ExpressionError::UndefinedName("#x".into()))
        );
        assert_eq!(
            placeholders.check_used().unwrap_err().to_string(),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"
        );
    }
}
