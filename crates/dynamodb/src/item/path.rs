//! Document paths: `a.b[3].c`.

use super::{Item, Value};
use std::fmt;

/// A path to a value: an attribute and the steps into it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    pub root: String,
    pub steps: Vec<Step>,
}

/// One step into a map or a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    /// A whole attribute.
    pub fn attribute(name: impl Into<String>) -> Path {
        Path {
            root: name.into(),
            steps: Vec::new(),
        }
    }

    /// The value at this path, if there is one.
    pub fn resolve<'a>(&self, item: &'a Item) -> Option<&'a Value> {
        item.get(&self.root)?.at(&self.steps)
    }

    /// Whether one path is the other or leads to it.
    pub fn overlaps(&self, other: &Path) -> bool {
        self.root == other.root && self.steps.iter().zip(&other.steps).all(|(a, b)| a == b)
    }

    /// Whether the paths take the same value for a list and for a map.
    pub fn conflicts(&self, other: &Path) -> bool {
        if self.root != other.root {
            return false;
        }
        let fork = self.steps.iter().zip(&other.steps).find(|(a, b)| a != b);
        matches!(
            fork,
            Some((Step::Key(_), Step::Index(_)) | (Step::Index(_), Step::Key(_)))
        )
    }
}

impl Value {
    /// The value that the steps lead to, if there is one.
    pub fn at(&self, steps: &[Step]) -> Option<&Value> {
        steps
            .iter()
            .try_fold(self, |value, step| match (step, value) {
                (Step::Key(name), Value::M(map)) => map.get(name),
                (Step::Index(index), Value::L(list)) => list.get(*index),
                _ => None,
            })
    }

    /// See [`Value::at`].
    pub fn at_mut(&mut self, steps: &[Step]) -> Option<&mut Value> {
        steps
            .iter()
            .try_fold(self, |value, step| match (step, value) {
                (Step::Key(name), Value::M(map)) => map.get_mut(name),
                (Step::Index(index), Value::L(list)) => list.get_mut(*index),
                _ => None,
            })
    }
}

/// `[a, b, [3], c]`, as AWS names a path in its messages.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}", self.root)?;
        for step in &self.steps {
            match step {
                Step::Key(name) => write!(f, ", {name}")?,
                Step::Index(index) => write!(f, ", [{index}]")?,
            }
        }
        f.write_str("]")
    }
}
