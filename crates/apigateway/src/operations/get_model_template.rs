//! GetModelTemplate: a mapping template whose output has a model's structure, with samples for
//! values.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Bad, Error};
use crate::json::{Dialect, Json, push_string};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetModelTemplateInput, GetModelTemplateOutput};

/// How deep samples go: a schema may refer to itself only through `$ref`, which is not followed.
const MAX_DEPTH: usize = 16;

impl Operate<Gateway> for GetModelTemplateInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let model = ["restapis", &self.rest_api_id, "models", &self.model_name];
        let path = [model.as_slice(), &["default_template"]].concat();
        Ok(require(caller, "GET", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetModelTemplateOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        let model = scope.load_model(&view, &self.model_name).await?;
        let schema =
            Json::read(&model.schema, Dialect::Strict).map_err(|_| Bad::ModelSchemaJson)?;
        Ok(GetModelTemplateOutput {
            value: Some(template(&schema)),
        })
    }
}

fn template(schema: &Json) -> String {
    let mut out = String::from("#set($inputRoot = $input.path('$'))\n");
    sample(schema, "$inputRoot", 0, &mut out);
    out
}

/// Writes a sample of a schema; `at` is the reference to where it stands in the input.
fn sample(schema: &Json, at: &str, depth: usize, out: &mut String) {
    let kind = schema.get("type").and_then(Json::as_str);
    match kind {
        _ if depth > MAX_DEPTH => out.push_str("{}"),
        Some("object") => object(schema, at, depth, out),
        Some("array") => array(schema, at, depth, out),
        Some("integer") => out.push_str("42"),
        Some("number") => out.push_str("3.14"),
        Some("boolean") => out.push_str("true"),
        Some("null") => out.push_str("null"),
        Some("string") => out.push_str("\"foo\""),
        _ if schema.get("properties").is_some() => object(schema, at, depth, out),
        _ => out.push_str("{}"),
    }
}

fn object(schema: &Json, at: &str, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    out.push('{');
    let members = match schema.get("properties") {
        Some(Json::Object(members)) => members.iter().collect(),
        _ => Vec::new(),
    };
    for (number, (name, schema)) in members.into_iter().enumerate() {
        out.push_str(if number > 0 { ",\n" } else { "\n" });
        out.push_str(&indent);
        out.push_str("  ");
        push_string(name, out);
        out.push_str(" : ");
        sample(schema, &format!("{at}.{name}"), depth + 1, out);
    }
    out.push('\n');
    out.push_str(&indent);
    out.push('}');
}

fn array(schema: &Json, at: &str, depth: usize, out: &mut String) {
    out.push_str("[\n##TODO: Update this foreach loop to reference array from input json\n");
    out.push_str(&format!("#foreach($elem in {at})\n "));
    match schema.get("items") {
        Some(items) => sample(items, "$elem", depth + 1, out),
        None => out.push_str("{}"),
    }
    out.push_str("\n#if($foreach.hasNext),#end\n#end\n]");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &str, expected: &str) {
        let schema = Json::read(schema, Dialect::Strict).unwrap();
        let template = template(&schema);
        let body = template.strip_prefix("#set($inputRoot = $input.path('$'))\n");
        assert_eq!(body, Some(expected));
    }

    #[test]
    fn samples() {
        check(r#"{"type": "object"}"#, "{\n}");
        check(
            r#"{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"properties": {"c": {"type": "string"}}}}}"#,
            "{\n  \"a\" : 42,\n  \"b\" : {\n    \"c\" : \"foo\"\n  }\n}",
        );
        check(
            r#"{"type": "array", "items": {"type": "number"}}"#,
            "[\n##TODO: Update this foreach loop to reference array from input json\n#foreach($elem in $inputRoot)\n 3.14\n#if($foreach.hasNext),#end\n#end\n]",
        );
    }
}
