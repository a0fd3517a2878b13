//! Columns: values that are answered by names of their own, wherever they are in the item.

use crate::item::{Item, Path, Step, Value};

/// A value that is wanted, and its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    path: Path,
    name: String,
}

impl Column {
    /// The column of a path is named after its last named element and the indexes behind that:
    /// `c[0]` for `a.b.c[0]`.
    pub fn of_path(path: Path) -> Column {
        let mut name = path.root.clone();
        for step in &path.steps {
            match step {
                Step::Key(key) => name.clone_from(key),
                Step::Index(index) => name.push_str(&format!("[{index}]")),
            }
        }
        Column { path, name }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name and value, if the item has one there.
    pub fn of(&self, item: &Item) -> Option<(String, Value)> {
        Some((self.name.clone(), self.path.resolve(item)?.clone()))
    }
}

/// The attributes that columns are in, each once, in their order.
pub fn attributes(columns: &[Column]) -> Vec<&str> {
    let mut names = Vec::new();
    for column in columns {
        let name = column.path.root.as_str();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::{item, s};

    #[test]
    fn names_and_values() {
        let map = |name: &str, value: Value| Value::M(item([(name, value)]));
        let subject = item([("a", map("b", Value::L(vec![s("x"), map("c", s("y"))])))]);
        let check = |steps: &[Step], name: &str, value: Option<Value>| {
            let column = Column::of_path(Path {
                root: "a".to_owned(),
                steps: steps.to_vec(),
            });
            assert_eq!(column.name(), name);
            assert_eq!(column.of(&subject).map(|(_, value)| value), value, "{name}");
        };
        let key = |name: &str| Step::Key(name.to_owned());
        check(&[], "a", subject.get("a").cloned());
        check(&[key("b"), Step::Index(0)], "b[0]", Some(s("x")));
        check(&[key("b"), Step::Index(1), key("c")], "c", Some(s("y")));
        check(&[key("z")], "z", None);
        check(&[Step::Index(0), Step::Index(2)], "a[0][2]", None);
    }
}
