//! Schemas of a document as models.

use super::node::Node;
use super::{Importer, Version};
use crate::error::Error;
use crate::json::{Json, push_string};
use crate::record::Model;
use std::fmt::Write;

impl Importer<'_> {
    /// All named schemas.
    pub(super) fn models(&mut self) -> Result<(), Error> {
        let schemas = match self.version {
            Version::Two => self.root.members("definitions"),
            Version::Three => {
                let components = self.root.member("components");
                components
                    .map(|components| components.members("schemas"))
                    .unwrap_or_default()
            }
        };
        for (name, schema) in schemas {
            // Names of models are letters and digits.
            let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            self.add_model(name, schema);
        }
        Ok(())
    }

    fn add_model(&mut self, name: String, schema: Node<'_>) {
        let earlier = self
            .definition
            .models
            .get(&name)
            .map(|model| model.id.clone());
        let model = Model {
            id: earlier.unwrap_or_else(|| (self.new_id)()),
            name: name.clone(),
            description: schema.text("description"),
            schema: self.schema_text(schema.json()),
            content_type: "application/json".to_owned(),
        };
        self.definition.models.insert(name, model);
    }

    /// The model that a schema names, or a new one for a schema that stands in place.
    pub(super) fn model_of(&mut self, schema: Node<'_>) -> String {
        if let Some(name) = schema
            .json()
            .get("$ref")
            .and_then(Json::as_str)
            .and_then(model_name)
        {
            return name;
        }
        let text = self.schema_text(schema.json());
        let same = self
            .definition
            .models
            .values()
            .find(|model| model.schema == text);
        if let Some(model) = same {
            return model.name.clone();
        }
        let name = format!("MODEL{}", (self.new_id)());
        self.add_model(name.clone(), schema);
        name
    }

    /// A schema's text, with references to other schemas as references to models.
    fn schema_text(&self, schema: &Json) -> String {
        let mut out = String::new();
        self.write(schema, &mut out);
        out
    }

    fn write(&self, json: &Json, out: &mut String) {
        match json {
            Json::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    self.write(item, out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (at, (name, member)) in members.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    push_string(name, out);
                    out.push(':');
                    match member
                        .as_str()
                        .filter(|_| name == "$ref")
                        .and_then(model_name)
                    {
                        Some(model) => push_string(&self.model_uri(&model), out),
                        None => self.write(member, out),
                    }
                }
                out.push('}');
            }
            scalar => scalar.write(out),
        }
    }

    fn model_uri(&self, model: &str) -> String {
        let mut uri = String::from("https://apigateway.amazonaws.com/restapis/");
        // Writing to a String cannot fail.
        let _ = write!(uri, "{}/models/{model}", self.definition.api.id);
        uri
    }
}

/// The name in `#/definitions/NAME` or `#/components/schemas/NAME`.
fn model_name(reference: &str) -> Option<String> {
    let name = reference
        .strip_prefix("#/definitions/")
        .or_else(|| reference.strip_prefix("#/components/schemas/"))?;
    Some(name.chars().filter(char::is_ascii_alphanumeric).collect())
}
