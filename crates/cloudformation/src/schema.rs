//! What properties a resource type has: their types, which must be there, which are not built, and
//! what a change of each means for a resource that exists.
//!
//! Checking a resource against its schema gives properties of exactly these types, with every
//! scalar coerced as CloudFormation does, ready to become a service's input.

use crate::document::{Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::template::{text, wrong_type, wrong_value};

/// The type of a property.
#[derive(Debug)]
pub(crate) enum Schema {
    Text,
    Integer,
    Decimal,
    Flag,
    /// Anything: policy documents, API definitions.
    Json,
    List(&'static Schema),
    /// An object with keys of the user's choice.
    Map(&'static Schema),
    Object(&'static [Property]),
    /// A path, `{ZipFile}`, `{ImageUri}` or an object in a bucket.
    Code,
    /// A path, or an object in a bucket.
    Content,
}

/// Whether a property has to be, may be, or cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
    Refused,
}

/// What a change of a property takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OnChange {
    Update,
    /// Not built: the deployment stops and says so.
    Refuse,
    Replace,
}

#[derive(Debug)]
pub(crate) struct Property {
    pub name: &'static str,
    on_change: OnChange,
    /// What a change takes, where that depends on the other properties.
    decision: Option<fn(&Map, &Map) -> OnChange>,
    schema: Schema,
    need: Need,
}

impl Property {
    pub const fn required(name: &'static str, schema: Schema) -> Property {
        Property {
            name,
            on_change: OnChange::Update,
            decision: None,
            schema,
            need: Need::Required,
        }
    }

    pub const fn optional(name: &'static str, schema: Schema) -> Property {
        Property {
            need: Need::Optional,
            ..Property::required(name, schema)
        }
    }

    /// AWS knows the property; nothing here carries it out.
    pub const fn refused(name: &'static str) -> Property {
        Property {
            need: Need::Refused,
            ..Property::required(name, Schema::Json)
        }
    }

    /// What a change takes is told by a function of the properties before and after.
    pub const fn decided_by(self, decision: fn(&Map, &Map) -> OnChange) -> Property {
        // A struct update would drop `self`, which a constant function may not.
        let mut property = self;
        property.decision = Some(decision);
        property
    }

    /// What it takes to get from one to the other, if this property differs.
    pub fn change(&self, old: &Map, new: &Map) -> Option<OnChange> {
        if old.get(self.name) == new.get(self.name) {
            return None;
        }
        let decided = self.decision.map(|decide| decide(old, new));
        Some(decided.unwrap_or(self.on_change))
    }

    /// A change makes a new resource.
    pub const fn replaces(self) -> Property {
        self.on(OnChange::Replace)
    }

    /// A change is not carried out.
    pub const fn fixed(self) -> Property {
        self.on(OnChange::Refuse)
    }

    const fn on(self, on_change: OnChange) -> Property {
        // A struct update would drop `self`, which a constant function may not.
        let mut property = self;
        property.on_change = on_change;
        property
    }
}

/// `[{Key, Value}]`.
pub(crate) const TAGS: Schema = Schema::List(&Schema::Object(&[
    Property::required("Key", Schema::Text),
    Property::required("Value", Schema::Text),
]));

/// Checks an object against its properties; `owner` names it in messages.
pub(crate) fn check(
    owner: &str,
    mark: Mark,
    properties: &[Property],
    map: &Map,
) -> Result<Map, TemplateError> {
    for property in properties.iter().filter(|p| p.need == Need::Required) {
        if map
            .get(property.name)
            .is_none_or(|n| n.value == Value::Null)
        {
            let (owner, name) = (owner.to_owned(), property.name.to_owned());
            return Err(Problem::MissingProperty { owner, name }.at(mark));
        }
    }
    check_given(owner, properties, map)
}

/// Checks what is given, whatever else may be needed.
pub(crate) fn check_given(
    owner: &str,
    properties: &[Property],
    map: &Map,
) -> Result<Map, TemplateError> {
    let mut checked = Map::default();
    for (key, node) in map.iter() {
        let Some(property) = properties.iter().find(|p| p.name == key.text) else {
            let (owner, name) = (owner.to_owned(), key.text.clone());
            return Err(Problem::UnknownProperty { owner, name }.at(key.mark));
        };
        if node.value == Value::Null {
            continue;
        }
        let path = format!("{} of {owner}", key.text);
        if property.need == Need::Refused {
            return Err(TemplateError::not_supported(key.mark, path));
        }
        let node = property.schema.check(&path, node)?;
        checked.set(key.mark, key.text.as_str(), node);
    }
    Ok(checked)
}

impl Schema {
    fn check(&self, path: &str, node: &Node) -> Result<Node, TemplateError> {
        let value = match self {
            Schema::Text => Value::Text(text(node, path)?.to_owned()),
            Schema::Integer => Value::Number(integer(path, node)?),
            Schema::Decimal => Value::Number(decimal(path, node)?),
            Schema::Flag => Value::Bool(flag(path, node)?),
            Schema::Json => node.value.clone(),
            Schema::List(item) => {
                let items = node.as_list();
                let items = items.ok_or_else(|| wrong_type(node, path, "a list"))?;
                let items = items.iter().map(|node| item.check(path, node));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            Schema::Map(value) => {
                let map = node.as_map();
                let map = map.ok_or_else(|| wrong_type(node, path, "an object"))?;
                let mut checked = Map::default();
                for (key, node) in map.iter() {
                    let node = value.check(&format!("{} in {path}", key.text), node)?;
                    checked.set(key.mark, key.text.as_str(), node);
                }
                Value::Map(checked)
            }
            Schema::Object(properties) => {
                let map = node.as_map();
                let map = map.ok_or_else(|| wrong_type(node, path, "an object"))?;
                Value::Map(check(path, node.mark, properties, map)?)
            }
            Schema::Code => return code(path, node, &CODE),
            Schema::Content => return code(path, node, &CONTENT),
        };
        Ok(Node::new(node.mark, value))
    }
}

fn integer(path: &str, node: &Node) -> Result<String, TemplateError> {
    let digits = text(node, path)?;
    match digits.parse::<i64>() {
        Ok(number) => Ok(number.to_string()),
        Err(_) => Err(wrong_value(node.mark, path, "a whole number", digits)),
    }
}

fn decimal(path: &str, node: &Node) -> Result<String, TemplateError> {
    let digits = text(node, path)?;
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(digits.to_owned()),
        _ => Err(wrong_value(node.mark, path, "a number", digits)),
    }
}

fn flag(path: &str, node: &Node) -> Result<bool, TemplateError> {
    match node.as_scalar() {
        Some("true" | "True" | "TRUE") => Ok(true),
        Some("false" | "False" | "FALSE") => Ok(false),
        _ => Err(wrong_type(node, path, "true or false")),
    }
}

/// Where code is that lies in a bucket.
pub(crate) const S3_BUCKET: &str = "S3Bucket";
pub(crate) const S3_KEY: &str = "S3Key";
pub(crate) const S3_VERSION: &str = "S3ObjectVersion";

const CODE: [Property; 6] = [
    Property::optional("ZipFile", Schema::Text),
    Property::optional("ImageUri", Schema::Text),
    Property::optional(S3_BUCKET, Schema::Text),
    Property::optional(S3_KEY, Schema::Text),
    Property::optional(S3_VERSION, Schema::Text),
    Property::refused("SourceKMSKeyArn"),
];
const CONTENT: [Property; 3] = [
    Property::required(S3_BUCKET, Schema::Text),
    Property::required(S3_KEY, Schema::Text),
    Property::optional(S3_VERSION, Schema::Text),
];

fn code(path: &str, node: &Node, properties: &'static [Property]) -> Result<Node, TemplateError> {
    match &node.value {
        Value::Map(map) => {
            let checked = check(path, node.mark, properties, map)?;
            Ok(Node::new(node.mark, Value::Map(checked)))
        }
        Value::Text(uri) => match uri.strip_prefix("s3://").map(|rest| rest.split_once('/')) {
            None => Ok(node.clone()),
            Some(Some((bucket, key))) => {
                let text = |text| Node::text(node.mark, text);
                let object = [(S3_BUCKET, text(bucket)), (S3_KEY, text(key))];
                Ok(Node::map(node.mark, object))
            }
            Some(None) => Err(wrong_value(node.mark, path, "s3://BUCKET/KEY", uri)),
        },
        _ => Err(wrong_type(node, path, "a path or an object")),
    }
}

#[cfg(test)]
mod tests;
