//! Projections: which parts of an item are wanted.
//!
//! The parts keep their place in maps; of a list the wanted elements stand together, in their
//! order. What the item does not have is left out.

use super::condition::{check_reserved, resolve};
use super::{ExpressionError, Invalid, Kind, Placeholders, check_length, parser};
use crate::item::{Item, Path, Step, Value};
use std::collections::BTreeMap;

/// The wanted paths, none of which leads through another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Projection {
    attributes: BTreeMap<String, Part>,
    has_steps: bool,
}

/// What is wanted of a value.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Whole,
    /// Some entries of a map, or some elements of a list; never both.
    Inside(BTreeMap<Step, Part>),
}

impl Projection {
    /// Reads a projection expression.
    ///
    /// # Errors
    /// [`Invalid`] with what AWS reports first.
    pub fn parse(text: &str, placeholders: &mut Placeholders) -> Result<Projection, Invalid> {
        let kind = Kind::Projection;
        check_length(kind, text)?;
        let syntax = parser::projection(text).map_err(|error| error.in_a(kind))?;
        let resolved = syntax.iter().try_for_each(check_reserved).and_then(|()| {
            let paths = syntax.iter().map(|path| resolve(path, placeholders));
            paths.collect::<Result<Vec<Path>, _>>()
        });
        let paths = resolved.map_err(|error| error.in_a(kind))?;
        check_apart(paths.iter()).map_err(|error| error.in_a(kind))?;
        Ok(Projection::of(paths))
    }

    /// The projection onto paths that do not overlap.
    pub fn of(paths: impl IntoIterator<Item = Path>) -> Projection {
        let mut projection = Projection::default();
        for Path { root, steps } in paths {
            projection.has_steps |= !steps.is_empty();
            let count = steps.len();
            let mut inside = enter(&mut projection.attributes, root, count == 0);
            for (index, step) in steps.into_iter().enumerate() {
                inside = inside.and_then(|parts| enter(parts, step, index + 1 == count));
            }
        }
        projection
    }

    /// The names of the attributes of which something is wanted.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(String::as_str)
    }

    /// The names of the attributes of which only parts are wanted.
    pub fn dissected(&self) -> impl Iterator<Item = &str> {
        let parts = self.attributes.iter();
        parts
            .filter(|(_, part)| **part != Part::Whole)
            .map(|(name, _)| name.as_str())
    }

    /// The wanted parts of `item`.
    pub fn apply(&self, item: Item) -> Item {
        if !self.has_steps {
            let wanted = |(name, _): &(String, Value)| self.attributes.contains_key(name);
            return item.into_iter().filter(wanted).collect();
        }
        let parts = self
            .attributes
            .iter()
            .filter_map(|(name, part)| Some((name.clone(), part.of(item.get(name)?)?)));
        parts.collect()
    }
}

/// The parts of the entry `key`, or nothing once all of it is wanted.
fn enter<K: Ord>(
    parts: &mut BTreeMap<K, Part>,
    key: K,
    is_whole: bool,
) -> Option<&mut BTreeMap<Step, Part>> {
    let part = parts
        .entry(key)
        .or_insert_with(|| Part::Inside(BTreeMap::new()));
    if is_whole {
        *part = Part::Whole;
    }
    match part {
        Part::Whole => None,
        Part::Inside(inside) => Some(inside),
    }
}

impl Part {
    /// This part of `value`, or nothing if the value has none of it.
    fn of(&self, value: &Value) -> Option<Value> {
        let Part::Inside(inside) = self else {
            return Some(value.clone());
        };
        match value {
            Value::M(map) => {
                let entries = inside.iter().filter_map(|(step, part)| match step {
                    Step::Key(name) => Some((name.clone(), part.of(map.get(name)?)?)),
                    Step::Index(_) => None,
                });
                let entries: Item = entries.collect();
                (!entries.is_empty()).then_some(Value::M(entries))
            }
            Value::L(list) => {
                let elements = inside.iter().filter_map(|(step, part)| match step {
                    Step::Index(index) => part.of(list.get(*index)?),
                    Step::Key(_) => None,
                });
                let elements: Vec<Value> = elements.collect();
                (!elements.is_empty()).then_some(Value::L(elements))
            }
            _ => None,
        }
    }
}

/// # Errors
/// [`ExpressionError`] naming the first path that overlaps an earlier one; if there is none, the
/// first that conflicts with one.
pub fn check_apart<'a>(
    paths: impl Iterator<Item = &'a Path> + Clone,
) -> Result<(), ExpressionError> {
    let pairs = paths.clone().enumerate().flat_map(|(count, later)| {
        paths
            .clone()
            .take(count)
            .map(move |earlier| (earlier, later))
    });
    let owned = |(one, two): (&Path, &Path)| (one.clone(), two.clone());
    if let Some((one, two)) = pairs
        .clone()
        .find(|(one, two)| one.overlaps(two))
        .map(owned)
    {
        return Err(ExpressionError::PathOverlap(one, two));
    }
    if let Some((one, two)) = pairs
        .clone()
        .find(|(one, two)| one.conflicts(two))
        .map(owned)
    {
        return Err(ExpressionError::PathConflict(one, two));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::{item, n, s};

    fn names() -> BTreeMap<String, String> {
        BTreeMap::from([("#c".into(), "c".into()), ("#d".into(), "[3]".into())])
    }

    fn subject() -> Item {
        let inner = |k: &str| Value::M(item([("a", s(k)), ("b", n("1"))]));
        item([
            ("c", s("top")),
            ("l", Value::L(vec![inner("0"), inner("1"), inner("2")])),
            ("m", Value::M(item([("x", inner("x")), ("y", s("y"))]))),
        ])
    }

    #[track_caller]
    fn check(text: &str, shown: &str) {
        let mut placeholders = Placeholders::new(names(), []);
        let projection = Projection::parse(text, &mut placeholders).unwrap();
        assert_eq!(
            format!("{:?}", projection.apply(subject())),
            shown,
            "{text}"
        );
    }

    #[test]
    fn parts_of_an_item() {
        check("#c", r#"{"c": "top"}"#);
        check("nothing, c", r#"{"c": "top"}"#);
        check("m.y, c", r#"{"c": "top", "m": {"y": "y"}}"#);
        check("m.x.a", r#"{"m": {"x": {"a": "x"}}}"#);
        check("m.x.zzz", "{}");
        check("m[0]", "{}");
        check("c.d", "{}");
        check("l[2].a, l[0].a", r#"{"l": [{"a": "0"}, {"a": "2"}]}"#);
        check("l[0].a, l[0].b", r#"{"l": [{"a": "0", "b": 1}]}"#);
        check("l[9]", "{}");
    }

    #[track_caller]
    fn check_refused(text: &str, message: &str) {
        let mut placeholders = Placeholders::new(names(), []);
        let error = Projection::parse(text, &mut placeholders).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("Invalid ProjectionExpression: {message}"),
            "{text}"
        );
    }

    #[test]
    fn refusals() {
        check_refused("", "The expression can not be empty;");
        let long = "a".repeat(4097);
        check_refused(
            &long,
            "Expression size has exceeded the maximum allowed size; expression size: 4097",
        );
        check_refused(
            "#x, abort",
            "Attribute name is a reserved keyword; reserved keyword: abort",
        );
        check_refused(
            "c, #x",
            "An expression attribute name used in the document path is not defined; attribute name: #x",
        );
        check_refused(
            "d[1], d.b, c[1].a, #c",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [c, [1], a], path two: [c]",
        );
        check_refused(
            "#c[3].#d, #c.#d[3]",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [c, [3], [3]], path two: [c, [3], [3]]",
        );
    }
}
