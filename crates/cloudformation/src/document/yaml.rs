//! YAML text to nodes, from the parser's events and without recursion.
//!
//! Plain scalars follow YAML 1.2's core schema narrowed to JSON's numbers: `2012-10-17`, `012`
//! and `yes` are text, and whoever needs another type asks for it.
//!
//! Where YAML's rules are stricter than PyYAML, by which SAM and the AWS CLI read templates, PyYAML
//! is followed: a repeated key takes its last value, and lines inside brackets may start anywhere.

use super::flow::Layout;
use super::{Key, MAX_DEPTH, MAX_NODES, Map, Mark, Node, Value, is_number};
use crate::error::{Problem, TemplateError};
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// Reads the one document of a YAML text.
pub(super) fn parse(text: &str, remarks: &mut Vec<TemplateError>) -> Result<Node, TemplateError> {
    let mut layout = Layout::new(text);
    loop {
        let shifted = layout.text();
        let mut builder = Builder::default();
        match read(&shifted, &layout, &mut builder)? {
            Read::Shift(line) => layout.shift(line),
            Read::Done => {
                let empty = || TemplateError::syntax(Mark::default(), "the template is empty");
                remarks.append(&mut builder.remarks);
                return builder.root.ok_or_else(empty);
            }
        }
    }
}

/// How far a text was read.
enum Read {
    Done,
    /// Up to this line, which has to stand further to the right.
    Shift(usize),
}

fn read(text: &str, layout: &Layout<'_>, builder: &mut Builder) -> Result<Read, TemplateError> {
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.event(event, layout.mark(&span.start))?,
            Err(e) if layout.may_shift(e.marker().line(), e.info()) => {
                return Ok(Read::Shift(e.marker().line()));
            }
            Err(e) => return Err(TemplateError::syntax(layout.mark(e.marker()), e.info())),
        }
    }
    Ok(Read::Done)
}

/// A list or map whose end has not come yet.
struct Open {
    mark: Mark,
    anchor: usize,
    function: Option<String>,
    shape: Shape,
}

enum Shape {
    List(Vec<Node>),
    Map {
        map: Map,
        /// A key that waits for its value.
        key: Option<Key>,
        /// Maps of `<<` keys; their entries count only where the map has none itself.
        merged: Vec<Map>,
    },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    /// Finished nodes by the parser's number for their anchor.
    anchors: HashMap<usize, Node>,
    nodes: usize,
    documents: usize,
    remarks: Vec<TemplateError>,
    root: Option<Node>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, mark: Mark) -> Result<(), TemplateError> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(TemplateError::syntax(mark, "a template is one document"));
                }
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, mark),
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, anchor, tag, mark),
            Event::SequenceStart(anchor, tag) => {
                self.start(mark, anchor, tag, Shape::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let shape = Shape::Map {
                    map: Map::default(),
                    key: None,
                    merged: Vec::new(),
                };
                self.start(mark, anchor, tag, shape)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
        }
    }

    /// Copies a named node in. The copy keeps its places: an error points to what is wrong there.
    fn alias(&mut self, anchor: usize, mark: Mark) -> Result<(), TemplateError> {
        let inside = || TemplateError::syntax(mark, "an alias cannot stand inside what it names");
        let node = self.anchors.get(&anchor).cloned().ok_or_else(inside)?;
        let (size, depth) = measure(&node);
        self.count(size, mark)?;
        if self.open.len() + depth > MAX_DEPTH {
            return Err(TemplateError::too_large(
                mark,
                format!("{MAX_DEPTH} levels"),
            ));
        }
        if self.awaits_key() {
            return Err(TemplateError::syntax(mark, "a key must be a plain string"));
        }
        self.value(node)
    }

    fn count(&mut self, nodes: usize, mark: Mark) -> Result<(), TemplateError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            let limit = format!("{MAX_NODES} values, aliases included");
            return Err(TemplateError::too_large(mark, limit));
        }
        Ok(())
    }

    fn start(
        &mut self,
        mark: Mark,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        shape: Shape,
    ) -> Result<(), TemplateError> {
        self.count(1, mark)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(TemplateError::too_large(
                mark,
                format!("{MAX_DEPTH} levels"),
            ));
        }
        if self.awaits_key() {
            return Err(TemplateError::syntax(mark, "a key must be a plain string"));
        }
        let function = match tag {
            None => None,
            Some(tag) if tag.is_yaml_core_schema() && matches!(&*tag.suffix, "map" | "seq") => None,
            Some(tag) => Some(function_of(&tag, mark)?),
        };
        self.open.push(Open {
            mark,
            anchor,
            function,
            shape,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), TemplateError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.shape {
            Shape::List(items) => Value::List(items),
            Shape::Map {
                mut map, merged, ..
            } => {
                for (key, node) in merged.into_iter().flat_map(|m| m.entries) {
                    if map.get(&key.text).is_none() {
                        map.push(key, node)?;
                    }
                }
                Value::Map(map)
            }
        };
        let node = called(open.function, open.mark, Node::new(open.mark, value));
        self.finish(open.anchor, node)
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        mark: Mark,
    ) -> Result<(), TemplateError> {
        self.count(1, mark)?;
        if self.awaits_key() {
            if tag.is_some() {
                return Err(TemplateError::syntax(mark, "a key cannot have a tag"));
            }
            let text = text.into_owned();
            self.key(Key { mark, text });
            return Ok(());
        }
        let plain = matches!(style, ScalarStyle::Plain);
        let node = match tag {
            None if plain => Node::new(mark, plain_value(text)),
            None => Node::text(mark, text),
            Some(tag) if tag.is_yaml_core_schema() => match &*tag.suffix {
                "str" => Node::text(mark, text),
                "null" | "bool" | "int" | "float" => Node::new(mark, plain_value(text)),
                _ => return Err(TemplateError::unknown_tag(mark, &tag.to_string())),
            },
            Some(tag) => {
                let function = function_of(&tag, mark)?;
                called(Some(function), mark, Node::text(mark, text))
            }
        };
        self.finish(anchor, node)
    }

    fn awaits_key(&self) -> bool {
        let shape = self.open.last().map(|open| &open.shape);
        matches!(shape, Some(Shape::Map { key: None, .. }))
    }

    fn key(&mut self, new: Key) {
        if let Some(Shape::Map { map, key, .. }) = self.open.last_mut().map(|o| &mut o.shape) {
            if let Some((first, _)) = map.entry(&new.text) {
                let (key, first) = (new.text.clone(), first.mark);
                let remark = Problem::RepeatedKey { key, first }.at(new.mark);
                self.remarks.push(remark);
            }
            *key = Some(new);
        }
    }

    fn finish(&mut self, anchor: usize, node: Node) -> Result<(), TemplateError> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.value(node)
    }

    /// Puts a finished node where it belongs.
    fn value(&mut self, node: Node) -> Result<(), TemplateError> {
        match self.open.last_mut().map(|open| &mut open.shape) {
            None => self.root = Some(node),
            Some(Shape::List(items)) => items.push(node),
            Some(Shape::Map { map, key, merged }) => match key.take() {
                Some(key) if key.text == "<<" => merged.extend(mergeable(key.mark, node)?),
                Some(key) => map.put(key, node)?,
                None => {
                    return Err(TemplateError::syntax(
                        node.mark,
                        "a key must be a plain string",
                    ));
                }
            },
        }
        Ok(())
    }
}

/// The maps a `<<` key brings in: one, or a list of them.
fn mergeable(mark: Mark, node: Node) -> Result<Vec<Map>, TemplateError> {
    let nodes = match node.value {
        Value::List(items) => items,
        _ => vec![node],
    };
    let maps = nodes.into_iter().map(|node| match node.value {
        Value::Map(map) => Ok(map),
        _ => Err(TemplateError::syntax(
            mark,
            "`<<` takes an object or a list of objects",
        )),
    });
    maps.collect()
}

/// The long name of a short tag: `!Sub` is `Fn::Sub`.
fn function_of(tag: &Tag, mark: Mark) -> Result<String, TemplateError> {
    match (&*tag.handle, &*tag.suffix) {
        ("!", name @ ("Ref" | "Condition")) => Ok(name.to_owned()),
        ("!", name) if crate::intrinsic::is_known(&format!("Fn::{name}")) => {
            Ok(format!("Fn::{name}"))
        }
        _ => Err(TemplateError::unknown_tag(mark, &tag.to_string())),
    }
}

fn called(function: Option<String>, mark: Mark, argument: Node) -> Node {
    match function {
        Some(name) => Node::map(mark, [(name, argument)]),
        None => argument,
    }
}

fn plain_value(text: Cow<'_, str>) -> Value {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        number if is_number(number) => Value::Number(text.into_owned()),
        _ => Value::Text(text.into_owned()),
    }
}

/// How many nodes a tree has and how many levels.
fn measure(node: &Node) -> (usize, usize) {
    let sum = |(size, depth): (usize, usize), child: &Node| {
        let (more, below) = measure(child);
        (size + more, depth.max(below + 1))
    };
    match &node.value {
        Value::List(items) => items.iter().fold((1, 1), sum),
        Value::Map(map) => map.iter().map(|(_, child)| child).fold((1, 1), sum),
        _ => (1, 1),
    }
}
