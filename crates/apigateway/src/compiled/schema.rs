//! Request models: JSON schemas of draft 4, which may refer to other models of the API.

use crate::record::{Definition, Method};
use jsonschema::{Draft, Retrieve, Uri, Validator};
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;

/// How models refer to each other: `HOST/restapis/API/models/NAME`.
const MODELS_HOST: &str = "https://apigateway.amazonaws.com/restapis/";

/// A compiled model.
#[derive(Debug)]
pub enum BodyModel {
    Schema(Box<Validator>),
    /// A schema that cannot be compiled: nothing is valid by it.
    Broken(String),
}

/// What a body violates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub String);

impl BodyModel {
    /// Checks a body.
    ///
    /// # Errors
    /// What is wrong with it, for `$context.error.validationErrorString`.
    pub fn check(&self, body: &str) -> Result<(), Violations> {
        let validator = match self {
            BodyModel::Schema(validator) => validator,
            BodyModel::Broken(problem) => return Err(Violations(format!("[{problem}]"))),
        };
        let Ok(instance) = serde_json::from_str::<Value>(body) else {
            return Err(Violations(
                "[Unable to parse the request body as JSON]".to_owned(),
            ));
        };
        let problems: Vec<String> = validator
            .iter_errors(&instance)
            .take(10)
            .map(|error| error.to_string())
            .collect();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Violations(format!("[{}]", problems.join(", ")))),
        }
    }
}

/// The models of a method by content type.
pub(super) fn body_models(method: &Method, definition: &Definition) -> BTreeMap<String, BodyModel> {
    let models = method.request_models.iter().flatten();
    let compiled = models.map(|(content_type, name)| {
        let model = definition.models.get(name);
        let schema = model.map(|model| model.schema.as_str()).unwrap_or("false");
        (content_type.clone(), compile(schema, definition))
    });
    compiled.collect()
}

fn compile(schema: &str, definition: &Definition) -> BodyModel {
    let schema: Value = match serde_json::from_str(schema) {
        Ok(schema) => schema,
        Err(_) => return BodyModel::Broken("the model's schema is not JSON".to_owned()),
    };
    let models = definition.models.values();
    let models = models
        .map(|model| (model.name.clone(), model.schema.clone()))
        .collect();
    let built = jsonschema::options()
        .with_draft(Draft::Draft4)
        .with_retriever(Models(models))
        .build(&schema);
    match built {
        Ok(validator) => BodyModel::Schema(Box::new(validator)),
        Err(error) => BodyModel::Broken(error.to_string()),
    }
}

/// Finds other models of the API; nothing is ever fetched from anywhere.
struct Models(BTreeMap<String, String>);

#[derive(Debug, thiserror::Error)]
#[error("{0} is not a model of this API")]
struct UnknownModel(String);

impl Retrieve for Models {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let path = uri.as_str().strip_prefix(MODELS_HOST);
        let name = path
            .and_then(|path| path.split_once("/models/"))
            .map(|(_, name)| name);
        let schema = name.and_then(|name| self.0.get(name));
        let schema = schema.ok_or_else(|| UnknownModel(uri.as_str().to_owned()))?;
        Ok(serde_json::from_str(schema)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Model, tests::definition};

    fn model(name: &str, schema: &str) -> Model {
        Model {
            id: name.to_owned(),
            name: name.to_owned(),
            description: None,
            schema: schema.to_owned(),
            content_type: "application/json".to_owned(),
        }
    }

    #[test]
    fn schemas_and_references() {
        let mut definition = definition();
        let pet = r#"{"type":"object","properties":{"age":{"type":"integer","exclusiveMinimum":true,"minimum":0}}}"#;
        definition.models.insert("Pet".into(), model("Pet", pet));
        let pets = r#"{"type":"array","items":{"$ref":"https://apigateway.amazonaws.com/restapis/api1234567/models/Pet"}}"#;
        let compiled = compile(pets, &definition);
        assert_eq!(compiled.check(r#"[{"age":1}]"#), Ok(()));
        // `exclusiveMinimum` as a boolean is draft 4.
        assert!(compiled.check(r#"[{"age":0}]"#).is_err());
        assert!(compiled.check("not json").is_err());
        let Err(Violations(text)) = compiled.check("{}") else {
            panic!("an object is no array")
        };
        assert!(text.starts_with('[') && text.contains("array"), "{text}");
    }

    #[test]
    fn nothing_is_fetched() {
        for schema in [
            r#"{"$ref":"https://example.com/schema.json"}"#,
            r#"{"$ref":"file:///etc/passwd"}"#,
            r#"{"$ref":"https://apigateway.amazonaws.com/restapis/x/models/None"}"#,
            "{",
        ] {
            assert!(
                matches!(compile(schema, &definition()), BodyModel::Broken(_)),
                "{schema}"
            );
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself() {
        let list = r##"{"type":"object","properties":{"next":{"$ref":"#"}},"required":["v"]}"##;
        let compiled = compile(list, &definition());
        assert_eq!(compiled.check(r#"{"v":1,"next":{"v":2}}"#), Ok(()));
        assert!(compiled.check(r#"{"v":1,"next":{}}"#).is_err());
    }
}
