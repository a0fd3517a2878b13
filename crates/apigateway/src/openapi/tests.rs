use super::*;
use crate::record::{AuthorizationType, HttpMethod, Method, Passthrough, tests::definition};
use proptest::prelude::*;
use std::cell::Cell;

fn imported(text: &str, mode: Mode, into: Definition) -> Result<Definition, Error> {
    let document = Document::parse(text.as_bytes())?;
    let mut definition = into;
    let count = Cell::new(definition.resources.len());
    let new_id = || {
        count.set(count.get() + 1);
        format!("id{}", count.get())
    };
    let options = Options {
        mode,
        base_path: BasePath::Ignore,
    };
    import(&document, options, &mut definition, &new_id)?;
    Ok(definition)
}

fn import_new(text: &str) -> Definition {
    imported(text, Mode::Merge, definition()).unwrap_or_else(|error| panic!("{error}"))
}

fn method<'a>(definition: &'a Definition, path: &str, verb: HttpMethod) -> &'a Method {
    let found = definition
        .methods
        .iter()
        .find(|((id, v), _)| *v == verb && definition.path(id) == path);
    found.unwrap_or_else(|| panic!("{verb} {path}")).1
}

/// The shape in which SAM templates carry their APIs.
const INLINE: &str = r##"
openapi: 3.0.1
info: {title: manager, version: "1"}
paths:
  /manager:
    post:
      operationId: manage
      responses:
        "200":
          description: done
          headers: {X-Id: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Result"}}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: post
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:fn/invocations
        passthroughBehavior: when_no_templates
        requestTemplates: {application/json: "$input.json('$')"}
        responses:
          default: {statusCode: 200, responseParameters: {method.response.header.X-Id: "'1'"}}
  /{proxy+}:
    x-amazon-apigateway-any-method:
      parameters: [{name: proxy, in: path, required: true}]
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:fn/invocations
components:
  schemas:
    Result: {type: object, properties: {item: {$ref: "#/components/schemas/Item"}}}
    Item: {type: object}
"##;

#[test]
fn openapi_3_in_yaml() {
    let definition = import_new(INLINE);
    assert_eq!(definition.api.version.as_deref(), Some("1"));
    let post = method(&definition, "/manager", HttpMethod::Post);
    assert_eq!(post.operation_name.as_deref(), Some("manage"));
    let response = &post.responses["200"];
    assert_eq!(
        response.models.as_ref().unwrap()["application/json"],
        "Result"
    );
    assert!(
        response
            .parameters
            .as_ref()
            .unwrap()
            .contains_key("method.response.header.X-Id")
    );
    let integration = post.integration.as_ref().unwrap();
    assert_eq!(integration.http_method.as_deref(), Some("POST"));
    assert_eq!(integration.passthrough, Passthrough::WhenNoTemplates);
    assert_eq!(
        integration.request_templates.as_ref().unwrap()["application/json"],
        "$input.json('$')"
    );
    assert_eq!(integration.responses["200"].selection_pattern, None);
    let any = method(&definition, "/{proxy+}", HttpMethod::Any);
    assert!(any.request_parameters.as_ref().unwrap()["method.request.path.proxy"]);
    let schema = &definition.models["Result"].schema;
    assert!(
        schema.contains("https://apigateway.amazonaws.com/restapis/api1234567/models/Item"),
        "{schema}"
    );
}

const SWAGGER: &str = r##"{
  "swagger": "2.0",
  "info": {"title": "pets", "description": "all of them"},
  "basePath": "/v1",
  "consumes": ["application/json", "text/json"],
  "x-amazon-apigateway-binary-media-types": ["image/png"],
  "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": true, "validateRequestParameters": true}},
  "x-amazon-apigateway-request-validator": "all",
  "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": "444", "responseParameters": {"gatewayresponse.header.X": "'y'"}}},
  "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": []},
  "securityDefinitions": {
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
  },
  "paths": {"/pets/{id}": {
    "parameters": [{"$ref": "#/parameters/Id"}],
    "put": {
      "security": [{"key": [], "sigv4": []}],
      "parameters": [
        {"name": "q", "in": "query"},
        {"name": "body", "in": "body", "schema": {"type": "object", "required": ["name"]}}
      ],
      "responses": {"200": {"description": "ok"}, "default": {"description": "else"}},
      "x-amazon-apigateway-integration": {
        "type": "MOCK",
        "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "responses": {"2\\d{2}": {"statusCode": "200"}, "default": {"statusCode": "500"}}
      }
    }
  }},
  "parameters": {"Id": {"name": "id", "in": "path", "required": true, "type": "string"}}
}"##;

#[test]
fn swagger_2_in_json() {
    let definition = import_new(SWAGGER);
    let put = method(&definition, "/pets/{id}", HttpMethod::Put);
    assert_eq!(put.authorization_type, AuthorizationType::AwsIam);
    assert!(put.api_key_required);
    let parameters = put.request_parameters.as_ref().unwrap();
    assert!(parameters["method.request.path.id"]);
    assert!(!parameters["method.request.querystring.q"]);
    let models = put.request_models.as_ref().unwrap();
    assert_eq!(
        models.keys().collect::<Vec<_>>(),
        ["application/json", "text/json"]
    );
    assert!(
        definition.models[&models["text/json"]]
            .schema
            .contains("required")
    );
    let validator = &definition.validators[put.request_validator_id.as_ref().unwrap()];
    assert!(validator.validate_body && validator.validate_parameters);
    let integration = put.integration.as_ref().unwrap();
    assert_eq!(
        integration.responses["200"].selection_pattern.as_deref(),
        Some(r"2\d{2}")
    );
    assert_eq!(integration.responses["500"].selection_pattern, None);
    assert_eq!(put.responses.keys().collect::<Vec<_>>(), ["200"]);
    assert_eq!(definition.api.binary_media_types, ["image/png"]);
    assert_eq!(
        definition.gateway_responses["DEFAULT_4XX"].status,
        Some(444)
    );
    assert!(definition.api.policy.is_some());
}

#[test]
fn merge_keeps_and_overwrite_forgets() {
    let first = import_new(SWAGGER);
    let kept = |definition: &Definition| {
        definition
            .methods
            .keys()
            .filter(|(id, _)| definition.path(id) == "/pets/{id}")
            .count()
    };
    let merged = imported(INLINE, Mode::Merge, first.clone()).unwrap();
    assert_eq!((merged.methods.len(), kept(&merged)), (3, 1));
    let overwritten = imported(INLINE, Mode::Overwrite, first.clone()).unwrap();
    assert_eq!((overwritten.methods.len(), kept(&overwritten)), (2, 0));
    assert!(overwritten.validators.is_empty());
    let paths: Vec<String> = overwritten
        .resources
        .keys()
        .map(|id| overwritten.path(id))
        .collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    // The same document again changes nothing.
    assert_eq!(
        imported(SWAGGER, Mode::Overwrite, first.clone())
            .unwrap()
            .resources,
        first.resources
    );
}

#[test]
fn base_paths() {
    let document = Document::parse(SWAGGER.replace("/v1", "/v1/eu").as_bytes()).unwrap();
    for (base_path, expected) in [
        (BasePath::Ignore, "/pets/{id}"),
        (BasePath::Prepend, "/v1/eu/pets/{id}"),
        (BasePath::Split, "/eu/pets/{id}"),
    ] {
        let mut definition = definition();
        let count = Cell::new(0);
        let new_id = || {
            count.set(count.get() + 1);
            format!("id{}", count.get())
        };
        let options = Options {
            mode: Mode::Merge,
            base_path,
        };
        import(&document, options, &mut definition, &new_id).unwrap();
        method(&definition, expected, HttpMethod::Put);
    }
}

#[test]
fn refused() {
    let error = |text: &str| match imported(text, Mode::Merge, definition()) {
        Ok(_) => panic!("{text}"),
        Err(error) => error.to_string(),
    };
    for bad in ["", "[]", "{}", "openapi: 4.0", "a: [", "\u{0}"] {
        assert_eq!(
            error(bad),
            "Unable to build importer with provided input.",
            "{bad}"
        );
    }
    let authorizer = INLINE.replace(
        "      operationId: manage\n",
        "      security: [{token: []}]\n",
    ) + "  securitySchemes:\n    token: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authorizer: {type: token}}\n";
    assert!(error(&authorizer).starts_with("Invalid Authorizer URI: "));
    assert_eq!(
        error(&INLINE.replace("type: aws\n", "type: wrong\n")),
        "Invalid OpenAPI input: invalid type of an integration: WRONG"
    );
    assert_eq!(
        error(&(INLINE.to_owned() + "x-amazon-apigateway-new: 1\n")),
        "Not implemented: the extension x-amazon-apigateway-new"
    );
}

proptest! {
    #[test]
    fn never_panics(at in 0usize..1500, cut in 0usize..40, with in "[a-z{}:\\[\\]\"$#/ \n]{0,8}") {
        for text in [INLINE, SWAGGER] {
            let mut changed: Vec<u8> = text.as_bytes().to_vec();
            let from = at.min(changed.len());
            let to = (at + cut).min(changed.len());
            changed.splice(from..to, with.bytes());
            if let Ok(text) = String::from_utf8(changed) {
                let _ = imported(&text, Mode::Overwrite, definition());
            }
        }
    }
}
