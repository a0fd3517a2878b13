//! Places in JSON documents: `$.a.b[0]`, `$.['name.with.dots']`.

use serde_json::Value;
use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub struct Selector {
    /// As it was written.
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Member(String),
    Element(usize),
}

impl Selector {
    /// Reads a selector, and what comes after it.
    pub fn read(text: &str) -> Option<(Selector, &str)> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        loop {
            let (step, after) = if let Some(inside) = rest.strip_prefix("['") {
                let (name, after) = inside.split_once("']")?;
                (Step::Member(name.to_owned()), after)
            } else if let Some(inside) = rest.strip_prefix('[') {
                let (index, after) = inside.split_once(']')?;
                (Step::Element(index.trim().parse().ok()?), after)
            } else if let Some(after) = rest.strip_prefix('.') {
                match after.starts_with('[') {
                    true => {
                        rest = after;
                        continue;
                    }
                    false => member(after)?,
                }
            } else {
                break;
            };
            steps.push(step);
            rest = after;
        }
        let read = text.len() - rest.len();
        let text = text.get(..read)?.to_owned();
        (!steps.is_empty()).then_some((Selector { text, steps }, rest))
    }

    pub fn find<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(document, |at, step| match step {
            Step::Member(name) => at.get(name),
            Step::Element(index) => at.get(index),
        })
    }
}

fn member(text: &str) -> Option<(Step, &str)> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '/' | ':');
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (!name.is_empty()).then(|| (Step::Member(name.to_owned()), after))
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
