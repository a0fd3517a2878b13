use super::*;
use crate::document::{Source, parse};

/// The routes with their properties, or what is wrong.
fn read(paths: &str) -> Result<String, String> {
    let text = format!("openapi: 3.0.1\ninfo: {{title: T}}\npaths:\n{paths}");
    let node = parse(&Source::new("t.yaml", text)).map_err(|e| e.to_string())?;
    let definition = Definition::read(&node).map_err(|e| format!("{}: {e}", e.mark.line))?;
    let routes = definition.routes.into_iter().map(|route| {
        let properties = Node::new(Mark::default(), Value::Map(route.properties));
        format!("{} {} {properties}\n", route.method, route.path)
    });
    Ok(routes.collect())
}

#[test]
fn operations_become_methods() {
    let paths = r#"
  /items/{id}:
    parameters:
      - {name: id, in: path, required: true}
    get:
      summary: Reads
      operationId: readItem
      security: []
      parameters:
        - {name: q, in: query}
        - {name: body, in: body, schema: {type: object}}
      responses:
        200:
          description: OK
          headers: {X-Total: {type: string}}
        default: {description: Whatever}
      x-other: 1
      x-amazon-apigateway-auth: {type: AWS_IAM}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: post
        uri: arn:u
        passthroughBehavior: when_no_templates
        requestTemplates: {application/json: '$input.body'}
        responses:
          default: {statusCode: 200}
          '.*No.*': {statusCode: '404', responseTemplates: {application/json: '{}'}}
    x-amazon-apigateway-any-method: {}
"#;
    let routes = read(paths).unwrap();
    let mut routes = routes.lines();
    assert_eq!(
        routes.next().unwrap(),
        concat!(
            r#"GET /items/{id} {"OperationName":"readItem","AuthorizationType":"AWS_IAM","#,
            r#""RequestParameters":{"method.request.path.id":true,"#,
            r#""method.request.querystring.q":false},"#,
            r#""MethodResponses":[{"StatusCode":"200","#,
            r#""ResponseParameters":{"method.response.header.X-Total":false}}],"#,
            r#""Integration":{"IntegrationHttpMethod":"POST","#,
            r#""PassthroughBehavior":"WHEN_NO_TEMPLATES","#,
            r#""RequestTemplates":{"application/json":"$input.body"},"Type":"AWS","Uri":"arn:u","#,
            r#""IntegrationResponses":[{"StatusCode":"200"},{"SelectionPattern":".*No.*","#,
            r#""ResponseTemplates":{"application/json":"{}"},"StatusCode":"404"}]}}"#,
        )
    );
    assert_eq!(
        routes.next().unwrap(),
        concat!(
            r#"ANY /items/{id} {"RequestParameters":{"method.request.path.id":true},"#,
            r#""MethodResponses":[]}"#,
        )
    );
    assert_eq!(routes.next(), None);
}

#[test]
fn what_would_matter_and_is_not_built_is_refused() {
    for (paths, message) in [
        (
            "  items: {}",
            "4: a path must be text that starts with /, not \"items\"",
        ),
        (
            "  /a: {trace: {}}",
            "4: unknown property \"trace\" of the path /a",
        ),
        (
            "  /a: {get: {foo: 1}}",
            "4: unknown property \"foo\" of GET /a",
        ),
        (
            "  /a: {get: {security: [{key: []}]}}",
            "4: security of GET /a is not supported",
        ),
        (
            "  /a: {get: {x-amazon-apigateway-foo: 1}}",
            "4: unknown property \"x-amazon-apigateway-foo\" of GET /a",
        ),
        (
            "  /a: {get: {x-amazon-apigateway-integration: {uri: x}}}",
            "4: Integration of GET /a needs the property \"Type\"",
        ),
        (
            "  /a: {get: {x-amazon-apigateway-integration: {type: aws, connectionId: x}}}",
            "4: connectionId of the integration of GET /a is not supported",
        ),
        (
            "  /a: {get: {parameters: [{$ref: '#/x'}]}}",
            "4: $ref of a parameter is not supported",
        ),
        (
            "x-amazon-apigateway-policy: {}",
            "4: x-amazon-apigateway-policy of the definition is not supported",
        ),
    ] {
        assert_eq!(read(paths), Err(message.to_owned()), "{paths}");
    }
}

#[test]
fn the_version_is_known() {
    for (text, message) in [
        ("info: {}", "the definition needs the property \"openapi\""),
        ("openapi: 3.1.0", "openapi must be 3.0, not \"3.1.0\""),
        ("swagger: 1.2", "swagger must be 2.0, not \"1.2\""),
    ] {
        let node = parse(&Source::new("t.yaml", text)).unwrap();
        assert_eq!(Definition::read(&node).unwrap_err().to_string(), message);
    }
    let node = parse(&Source::new(
        "t.yaml",
        "swagger: 2.0\ninfo: {title: A, version: 1.0}",
    ))
    .unwrap();
    let definition = Definition::read(&node).unwrap();
    assert_eq!(
        (definition.title.as_str(), definition.version.as_deref()),
        ("A", Some("1.0"))
    );
}
