//! What an event of a REST API says of its requests: the model of their body and their parameters.

use crate::document::{Map, Mark, Node, Value};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::{map, text, wrong_value};

/// What a method's requests have.
#[derive(Default)]
pub(super) struct Requests {
    model: Option<Model>,
    parameters: Vec<Parameter>,
}

struct Model {
    mark: Mark,
    name: String,
    required: bool,
    validate_body: Option<bool>,
    validate_parameters: Option<bool>,
}

struct Parameter {
    mark: Mark,
    /// `method.request.querystring.q`
    full_name: String,
    place: &'static str,
    name: String,
    required: bool,
    caching: bool,
}

/// Which of the validators that a definition may have a method uses.
pub(super) const VALIDATORS: [(&str, bool, bool); 4] = [
    ("NONE", false, false),
    ("body-only", true, false),
    ("full", true, true),
    ("params-only", false, true),
];

impl Requests {
    pub fn read(fields: &mut Fields<'_>) -> Result<Requests, TemplateError> {
        let model = fields.object("RequestModel")?.map(read_model).transpose()?;
        let mut parameters = Vec::new();
        for item in fields.items("RequestParameters")? {
            match item.as_map() {
                None => {
                    let name = text(item, "RequestParameters")?;
                    parameters.push(parameter(item.mark, name, None)?);
                }
                Some(named) => {
                    for (key, settings) in named.iter() {
                        let what = format!("the parameter {}", key.text);
                        map(settings, &what)?;
                        let fields = Fields::of(what, settings)?;
                        parameters.push(parameter(key.mark, &key.text, Some(fields))?);
                    }
                }
            }
        }
        Ok(Requests { model, parameters })
    }

    /// The integration's cache key.
    pub fn cache_key(&self) -> Option<Node> {
        let keys = self.parameters.iter().filter(|parameter| parameter.caching);
        let keys: Vec<_> = keys
            .map(|parameter| Node::text(parameter.mark, parameter.full_name.as_str()))
            .collect();
        let mark = keys.first()?.mark;
        Some(Node::list(mark, keys))
    }

    /// The name of the validator that is asked for.
    pub fn validator(&self) -> Option<&'static str> {
        let model = self.model.as_ref()?;
        if model.validate_body.is_none() && model.validate_parameters.is_none() {
            return None;
        }
        let wanted = (
            model.validate_body.unwrap_or_default(),
            model.validate_parameters.unwrap_or_default(),
        );
        let is_it = |(_, body, parameters): &&(&str, bool, bool)| (*body, *parameters) == wanted;
        VALIDATORS.iter().find(is_it).map(|(name, ..)| *name)
    }

    /// Writes into an operation what its requests have.
    pub fn describe(&self, operation: &mut Map, is_three: bool) {
        let mut described: Vec<Node> = Vec::new();
        for parameter in &self.parameters {
            described.push(parameter.node(is_three));
        }
        if let Some(model) = &self.model {
            match is_three {
                true => operation.set(model.mark, "requestBody", model.body()),
                false => described.push(model.parameter()),
            }
        }
        if let Some(first) = described.first() {
            let mark = first.mark;
            operation.set(mark, "parameters", Node::list(mark, described));
        }
        if let (Some(name), Some(model)) = (self.validator(), &self.model) {
            let name = Node::text(model.mark, name);
            operation.set(model.mark, "x-amazon-apigateway-request-validator", name);
        }
    }
}

fn read_model(mut fields: Fields<'_>) -> Result<Model, TemplateError> {
    let model = Model {
        mark: fields.mark(),
        name: fields.required_text("Model")?,
        required: fields.flag("Required")?.unwrap_or_default(),
        validate_body: fields.flag("ValidateBody")?,
        validate_parameters: fields.flag("ValidateParameters")?,
    };
    fields.finish()?;
    Ok(model)
}

fn parameter(
    mark: Mark,
    full_name: &str,
    settings: Option<Fields<'_>>,
) -> Result<Parameter, TemplateError> {
    let place = |prefix: &str| {
        full_name
            .strip_prefix("method.request.")?
            .strip_prefix(prefix)
    };
    let found = [
        ("header.", "header"),
        ("querystring.", "query"),
        ("path.", "path"),
    ]
    .into_iter()
    .find_map(|(prefix, kind)| place(prefix).map(|name| (kind, name)));
    let Some((place, name)) = found else {
        let expected = "method.request.header, .querystring or .path and a name";
        return Err(wrong_value(
            mark,
            "a request parameter",
            expected,
            full_name,
        ));
    };
    let mut parameter = Parameter {
        mark,
        full_name: full_name.to_owned(),
        place,
        name: name.to_owned(),
        // A path always has its variables.
        required: place == "path",
        caching: false,
    };
    if let Some(mut settings) = settings {
        if let Some(required) = settings.flag("Required")? {
            parameter.required = required;
        }
        parameter.caching = settings.flag("Caching")?.unwrap_or_default();
        settings.finish()?;
    }
    Ok(parameter)
}

impl Parameter {
    fn node(&self, is_three: bool) -> Node {
        let mark = self.mark;
        let text = |text: &str| Node::text(mark, text);
        let mut node = Map::default();
        node.set(mark, "in", text(self.place));
        node.set(mark, "name", text(&self.name));
        node.set(
            mark,
            "required",
            Node::new(mark, Value::Bool(self.required)),
        );
        let kind = Node::map(mark, [("type", text("string"))]);
        match is_three {
            true => node.set(mark, "schema", kind),
            false => node.set(mark, "type", text("string")),
        }
        Node::new(mark, Value::Map(node))
    }
}

impl Model {
    fn schema(&self, place: &str) -> Node {
        let pointer = Node::text(self.mark, format!("#/{place}/{}", self.name));
        Node::map(self.mark, [("$ref", pointer)])
    }

    fn required(&self) -> Node {
        Node::new(self.mark, Value::Bool(self.required))
    }

    /// As OpenAPI 3 has it.
    fn body(&self) -> Node {
        let media = Node::map(self.mark, [("schema", self.schema("components/schemas"))]);
        let content = Node::map(self.mark, [("application/json", media)]);
        Node::map(
            self.mark,
            [("content", content), ("required", self.required())],
        )
    }

    /// As Swagger 2 has it.
    fn parameter(&self) -> Node {
        let text = |text: String| Node::text(self.mark, text);
        let parameter = [
            ("in", text("body".to_owned())),
            ("name", text(self.name.to_lowercase())),
            ("schema", self.schema("definitions")),
            ("required", self.required()),
        ];
        Node::map(self.mark, parameter)
    }
}
