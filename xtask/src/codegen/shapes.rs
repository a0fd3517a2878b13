//! The shapes that built operations reach, as Rust types with their codecs.

use super::service::has_namesake;
use super::{names, pattern};
use crate::models::{Model, Shape, ShapeRef};
use std::collections::{BTreeMap, BTreeSet};

/// Which way a shape travels, and so which codec it needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Direction {
    In,
    Out,
}

/// Shapes written by hand in `wire`.
const BY_HAND: &[&str] = &["AttributeValue"];

/// An item, and what stands for it where answers have one.
const ITEM: &str = "BTreeMap<String, AttributeValue>";
const ANSWERED_ITEM: &str = "Attributes";

/// Maps of texts in which AWS takes and gives nulls for empty ones, by shape and member.
const NULLABLE_TEXTS: &[(&str, &str)] = &[
    ("IntegrationResponse", "responseTemplates"),
    ("PutIntegrationResponseRequest", "responseTemplates"),
];

/// Secrets that the models do not call sensitive: session tokens.
const SECRETS: &[&str] = &["tokenType"];

/// The reached shapes of one model.
pub struct Shapes<'m> {
    model: &'m Model,
    reached: BTreeSet<(String, Direction)>,
    renamed: BTreeMap<String, String>,
    uses: BTreeMap<String, usize>,
}

impl<'m> Shapes<'m> {
    pub fn new(model: &'m Model) -> Shapes<'m> {
        let mut uses: BTreeMap<String, usize> = BTreeMap::new();
        let members = model.shapes.values().flat_map(|shape| {
            let inner = [&shape.member, &shape.key, &shape.value]
                .into_iter()
                .flatten();
            shape.members.iter().map(|(_, member)| member).chain(inner)
        });
        let ends = model
            .operations
            .iter()
            .flat_map(|(_, o)| o.input.iter().chain(&o.output));
        for reference in members.chain(ends) {
            *uses.entry(reference.shape.clone()).or_default() += 1;
        }
        Shapes {
            model,
            reached: BTreeSet::new(),
            renamed: BTreeMap::new(),
            uses,
        }
    }

    /// Marks a shape and all it holds.
    pub fn reach(&mut self, shape: &str, direction: Direction) -> Result<(), String> {
        if BY_HAND.contains(&shape) || !self.reached.insert((shape.to_owned(), direction)) {
            return Ok(());
        }
        let model = self.model;
        let found = model
            .shapes
            .get(shape)
            .ok_or_else(|| format!("no shape {shape}"))?;
        if found.eventstream {
            // Whoever makes the events frames them.
            return Ok(());
        }
        if !matches!(found.timestamp_format.as_deref(), None | Some("iso8601")) {
            return Err(format!("{shape}: this kind of shape is not generated yet"));
        }
        let inner = [&found.member, &found.key, &found.value]
            .into_iter()
            .flatten();
        for reference in found.members.iter().map(|(_, member)| member).chain(inner) {
            self.reach(&reference.shape, direction)?;
        }
        Ok(())
    }

    /// Names an operation's own input or output after it; a shape used elsewhere keeps its name,
    /// unless it is an input, which must be the operation's alone.
    pub fn rename(&mut self, shape: &str, operation: &str, suffix: &str) {
        let shared = self.uses.get(shape).is_some_and(|uses| *uses > 1);
        if !shared || suffix == "Input" {
            self.renamed
                .insert(shape.to_owned(), format!("{operation}{suffix}"));
        }
    }

    /// The Rust type of a shape.
    pub fn type_of(&self, shape: &str) -> String {
        if BY_HAND.contains(&shape) {
            return shape.to_owned();
        }
        let found = &self.model.shapes[shape];
        let inner = |r: &Option<ShapeRef>| {
            r.as_ref()
                .map_or("()".to_owned(), |r| self.type_of(&r.shape))
        };
        match found.kind.as_str() {
            _ if found.eventstream => "ByteStream".to_owned(),
            "string" if found.values.is_empty() => "String".to_owned(),
            "boolean" => "bool".to_owned(),
            "integer" => "i32".to_owned(),
            "long" => "i64".to_owned(),
            "double" | "float" => "f64".to_owned(),
            "blob" => "Bytes".to_owned(),
            "timestamp" if found.timestamp_format.is_some() => "IsoTimestamp".to_owned(),
            "timestamp" => "Timestamp".to_owned(),
            "list" => format!("Vec<{}>", inner(&found.member)),
            "map" => format!("BTreeMap<String, {}>", inner(&found.value)),
            _ => self
                .renamed
                .get(shape)
                .cloned()
                .unwrap_or_else(|| names::type_name(shape)),
        }
    }

    /// All types, their codecs and the tables of their limits.
    pub fn emit(&self) -> Result<String, String> {
        let mut out = String::new();
        let mut patterns: BTreeMap<&str, usize> = BTreeMap::new();
        let names: BTreeSet<&str> = self.reached.iter().map(|(name, _)| name.as_str()).collect();
        for name in names {
            let shape = &self.model.shapes[name];
            let (reads, writes) = (
                self.goes(name, Direction::In),
                self.goes(name, Direction::Out),
            );
            match shape.kind.as_str() {
                _ if shape.eventstream => {}
                "structure" => out.push_str(&self.structure(name, shape, reads, writes)),
                "string" if !shape.values.is_empty() => {
                    out.push_str(&self.enumeration(name, shape, reads, writes));
                }
                _ => {}
            }
            if reads && self.is_bounded(name) {
                out.push_str(&self.bounds(name, shape, &mut patterns));
            }
        }
        for (java, number) in &patterns {
            let regex = pattern::translate(java);
            out.push_str(&format!(
                "static PATTERN_{number}: Pattern = Pattern::new({java:?}, {regex:?});\n"
            ));
        }
        let all: Vec<String> = patterns.values().map(|n| format!("&PATTERN_{n}")).collect();
        out.push_str(&format!(
            "/// Every pattern, for the test that all of them compile.\n#[cfg(test)]\n\
             pub(crate) static PATTERNS: &[&Pattern] = &[{}];\n\n",
            all.join(", ")
        ));
        Ok(out)
    }

    fn goes(&self, shape: &str, direction: Direction) -> bool {
        self.reached.contains(&(shape.to_owned(), direction))
    }

    fn is_query(&self) -> bool {
        self.model.metadata.protocol == "query"
    }

    fn structure(&self, name: &str, shape: &Shape, reads: bool, writes: bool) -> String {
        let ty = self.type_of(name);
        let mut fields = String::new();
        for (member, reference) in &shape.members {
            let inner = if NULLABLE_TEXTS.contains(&(name, member)) {
                "NullableTexts".to_owned()
            } else if reads {
                self.type_of(&reference.shape)
            } else {
                self.type_of(&reference.shape).replace(ITEM, ANSWERED_ITEM)
            };
            let field = names::field(member);
            if shape.required.contains(member) {
                fields.push_str(&format!("pub {field}: {inner},"));
            } else {
                fields.push_str(&format!("pub {field}: Option<{inner}>,"));
            }
        }
        let debug = self.debug_impl(shape, &ty);
        let derived = if debug.is_some() { "" } else { "Debug, " };
        let mut out = format!(
            "/// `{name}`.\n#[derive(Clone, {derived}Default, PartialEq)]\npub struct {ty} {{ {fields} }}\n\n"
        );
        out.push_str(&debug.unwrap_or_default());
        if reads {
            out.push_str(&self.decode_impl(name, shape, &ty));
        }
        if writes {
            out.push_str(&self.encode_impl(shape, &ty));
            if self.is_output(name) {
                out.push_str(&self.output_impl(shape, &ty));
            }
        }
        out
    }

    /// A `Debug` that hides what may not be shown, for structures that have such members.
    fn debug_impl(&self, shape: &Shape, ty: &str) -> Option<String> {
        let hides = |reference: &ShapeRef| {
            let name = reference.shape.as_str();
            self.model.shapes[name].sensitive || SECRETS.contains(&name)
        };
        if !shape.members.iter().any(|(_, reference)| hides(reference)) {
            return None;
        }
        let fields = shape.members.iter().map(|(member, reference)| {
            let field = names::field(member);
            match hides(reference) {
                true => format!(".field(\"{field}\", &Hidden)"),
                false => format!(".field(\"{field}\", &self.{field})"),
            }
        });
        let fields: String = fields.collect();
        Some(format!(
            "impl fmt::Debug for {ty} {{ fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result \
             {{ f.debug_struct(\"{ty}\"){fields}.finish() }} }}\n\n"
        ))
    }

    fn is_output(&self, name: &str) -> bool {
        self.model
            .operations
            .iter()
            .any(|(_, o)| o.output.as_ref().is_some_and(|o| o.shape == name))
    }

    fn decode_impl(&self, name: &str, shape: &Shape, ty: &str) -> String {
        let mut reads = String::new();
        let is_input = self
            .model
            .operations
            .iter()
            .any(|(_, o)| o.input.as_ref().is_some_and(|i| i.shape == name));
        for (member, reference) in &shape.members {
            let how = if shape.required.contains(member) {
                "required"
            } else {
                "optional"
            };
            let bound = is_input
                && (reference.location.is_some()
                    || shape.payload.as_deref() == Some(member)
                    || has_namesake(shape, reference));
            let key = if bound {
                member
            } else {
                self.wire_name(member, reference)
            };
            let bounds = if self.is_bounded(&reference.shape) {
                format!("Some(&{})", bounds_name(&reference.shape))
            } else {
                "None".to_owned()
            };
            reads.push_str(&format!(
                "{}: at.{how}(&mut members, {key:?}, {bounds})?,",
                names::field(member)
            ));
        }
        format!(
            "impl Decode for {ty} {{ fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {{ \
             let mut members = at.structure(node, {name:?})?; Ok(Self {{ {reads} }}) }} }}\n\n"
        )
    }

    fn encode_impl(&self, shape: &Shape, ty: &str) -> String {
        let mut members = String::new();
        for (member, reference) in &shape.members {
            if reference.location.is_some() || shape.payload.as_deref() == Some(member) {
                continue;
            }
            members.push_str(&format!(
                "out.member({:?}, {});",
                self.wire_name(member, reference),
                value_of(member, shape)
            ));
        }
        if self.is_query() {
            format!(
                "impl EncodeXml for {ty} {{ fn xml(&self, out: &mut XmlWriter) {{ {members} }} }}\n\n"
            )
        } else {
            format!(
                "impl EncodeJson for {ty} {{ fn json(&self, out: &mut JsonWriter) {{ \
                 out.object(|out| {{ {members} }}); }} }}\n\n"
            )
        }
    }

    fn output_impl(&self, shape: &Shape, ty: &str) -> String {
        let body = match self.model.metadata.protocol.as_str() {
            "query" => {
                // Even a result without members is there: clients look for it.
                "Reply::query(operation.name, service.protocol, request_id, \
                 Some(&|out| self.xml(out)))"
                    .to_owned()
            }
            "json" => {
                let version = self.model.metadata.json_version.as_deref().unwrap_or("1.1");
                format!(
                    "let mut out = JsonWriter::new(); self.json(&mut out); \
                     Reply::json(operation.status, json_content_type({version:?}), out)"
                )
            }
            _ => rest_output(shape, self.model),
        };
        format!(
            "impl Output for {ty} {{ fn reply(self, service: &ServiceInfo, operation: &OperationInfo, \
             request_id: &RequestId) -> Reply {{ {body} }} }}\n\n"
        )
    }

    fn enumeration(&self, name: &str, shape: &Shape, reads: bool, writes: bool) -> String {
        let ty = self.type_of(name);
        let variants = names::variants(&shape.values);
        let declared: Vec<String> = variants
            .iter()
            .enumerate()
            .map(|(at, v)| {
                if at == 0 {
                    format!("#[default] {v}")
                } else {
                    v.clone()
                }
            })
            .collect();
        let pairs = || variants.iter().zip(&shape.values);
        let to: String = pairs()
            .map(|(v, s)| format!("Self::{v} => {s:?},"))
            .collect();
        let from: String = pairs()
            .map(|(v, s)| format!("{s:?} => Some(Self::{v}),"))
            .collect();
        let mut out = format!(
            "/// `{name}`.\n#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]\n\
             pub enum {ty} {{ {} }}\n\n\
             impl Enumeration for {ty} {{ const NAMES: &'static [&'static str] = &{:?};\n\
             fn as_str(&self) -> &'static str {{ match self {{ {to} }} }}\n\
             fn from_name(name: &str) -> Option<Self> {{ match name {{ {from} _ => None }} }} }}\n\n",
            declared.join(", "),
            shape.values,
        );
        if reads {
            out.push_str(&format!(
                "impl Decode for {ty} {{ fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> \
                 {{ enumeration(node, at) }} }}\n\n"
            ));
        }
        if writes {
            let (encode, method, writer, call) = if self.is_query() {
                ("EncodeXml", "xml", "XmlWriter", "text")
            } else {
                ("EncodeJson", "json", "JsonWriter", "string")
            };
            out.push_str(&format!(
                "impl {encode} for {ty} {{ fn {method}(&self, out: &mut {writer}) \
                 {{ out.{call}(self.as_str()); }} }}\n\
                 impl HeaderText for {ty} {{ fn header_text(&self) -> String {{ self.as_str().to_owned() }} }}\n\n"
            ));
        }
        out
    }

    /// Whether a shape has limits of its own or on what it holds.
    fn is_bounded(&self, name: &str) -> bool {
        let shape = &self.model.shapes[name];
        if shape.kind == "structure" {
            return false;
        }
        let held = [&shape.member, &shape.value, &shape.key]
            .into_iter()
            .flatten();
        has_limits(shape)
            || held
                .into_iter()
                .any(|held| has_limits(&self.model.shapes[&held.shape]))
    }

    fn bounds<'a>(
        &'a self,
        name: &str,
        shape: &'a Shape,
        patterns: &mut BTreeMap<&'a str, usize>,
    ) -> String {
        let mut limits = String::new();
        if let Some(min) = shape.min {
            limits.push_str(&format!("min: Some({min:?}),"));
        }
        if let Some(max) = shape.max {
            limits.push_str(&format!("max: Some({max:?}),"));
        }
        if matches!(shape.kind.as_str(), "double" | "float") {
            limits.push_str("fractional: true,");
        }
        if let Some(pattern) = &shape.pattern {
            let next = patterns.len();
            let number = *patterns.entry(pattern).or_insert(next);
            limits.push_str(&format!("pattern: Some(&PATTERN_{number}),"));
        }
        if !shape.values.is_empty() {
            limits.push_str(&format!("values: {}::NAMES,", self.type_of(name)));
        }
        for (limit, held) in [
            ("each", shape.member.as_ref().or(shape.value.as_ref())),
            ("keys", shape.key.as_ref()),
        ] {
            if let Some(held) = held.filter(|held| has_limits(&self.model.shapes[&held.shape])) {
                limits.push_str(&format!("{limit}: Some(&{}),", bounds_name(&held.shape)));
            }
        }
        format!(
            "static {}: Bounds = Bounds {{ {limits} ..Bounds::NONE }};\n\n",
            bounds_name(name)
        )
    }

    /// The member's name in documents.
    fn wire_name<'a>(&self, member: &'a str, reference: &'a ShapeRef) -> &'a str {
        reference.location_name.as_deref().unwrap_or(member)
    }
}

/// Limits of its own, leaving out those of what it holds.
fn has_limits(shape: &Shape) -> bool {
    let sized = shape.min.is_some() || shape.max.is_some();
    sized || shape.pattern.is_some() || !shape.values.is_empty()
}

fn bounds_name(shape: &str) -> String {
    format!("LIMITS_{}", names::constant(shape).trim_start_matches('_'))
}

/// An expression of type `Option<&T>` for a member.
fn value_of(member: &str, shape: &Shape) -> String {
    let field = names::field(member);
    if shape.required.iter().any(|required| required == member) {
        format!("Some(&self.{field})")
    } else {
        format!("self.{field}.as_ref()")
    }
}

fn rest_output(shape: &Shape, model: &Model) -> String {
    let mut out = String::new();
    let payload = shape.payload.as_deref();
    let is_stream = shape
        .members
        .iter()
        .any(|(_, member)| model.shapes[&member.shape].eventstream);
    let has_document = payload.is_none()
        && shape
            .members
            .iter()
            .any(|(_, member)| member.location.is_none());
    if let Some(payload) = payload.filter(|_| is_stream) {
        let field = names::field(payload);
        out.push_str(&format!(
            "let mut reply = Reply::events(operation.status, self.{field}.clone());"
        ));
    } else if let Some(payload) = payload {
        let field = names::field(payload);
        out.push_str(&format!(
            "let mut reply = Reply::empty(operation.status); \
             reply.body.bytes = self.{field}.clone().unwrap_or_default();"
        ));
    } else if has_document {
        out.push_str(
            "let mut out = JsonWriter::new(); self.json(&mut out); \
             let mut reply = Reply::json(operation.status, \"application/json\", out);",
        );
    } else {
        out.push_str("let mut reply = Reply::empty(operation.status);");
    }
    for (member, reference) in &shape.members {
        let field = names::field(member);
        let wire_name = reference.location_name.as_deref().unwrap_or(member);
        match reference.location.as_deref() {
            Some("statusCode") => out.push_str(&format!(
                "if let Some(status) = self.{field}.and_then(|s| u16::try_from(s).ok()) {{ reply.status = status; }}"
            )),
            // The events' own type stands there.
            Some("header") if is_stream && wire_name == "Content-Type" => {}
            Some("header") => {
                let value = if shape.required.contains(member) {
                    format!("Some(&self.{field} as &dyn HeaderText)")
                } else {
                    format!("self.{field}.as_ref().map(|v| v as &dyn HeaderText)")
                };
                out.push_str(&format!("reply.header({wire_name:?}, {value});"));
            }
            _ => {}
        }
    }
    out.push_str("reply");
    out
}
