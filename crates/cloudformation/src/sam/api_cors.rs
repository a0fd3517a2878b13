//! `Cors` of a REST API: an OPTIONS method on every path that answers without an integration.

use crate::document::{Map, Mark, Node, Value};
use crate::error::TemplateError;
use crate::fields::Fields;
use std::collections::BTreeSet;

const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
const EVERY: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// What an API lets browsers do. Values are what headers shall hold, with the quotes that mappings
/// want.
pub(super) struct Cors {
    mark: Mark,
    origin: Node,
    headers: Option<Node>,
    methods: Option<Node>,
    max_age: Option<Node>,
    credentials: bool,
}

impl Cors {
    pub fn read(node: &Node) -> Result<Cors, TemplateError> {
        let mark = node.mark;
        let mut cors = Cors {
            mark,
            origin: Node::text(mark, "'*'"),
            headers: None,
            methods: None,
            max_age: None,
            credentials: false,
        };
        let members = [
            "AllowCredentials",
            "AllowHeaders",
            "AllowMethods",
            "AllowOrigin",
            "MaxAge",
        ];
        let is_settings = |map: &Map| {
            map.iter()
                .next()
                .is_none_or(|(key, _)| !is_intrinsic(&key.text))
        };
        match node.as_map().filter(|map| is_settings(map)) {
            None => cors.origin = node.clone(),
            Some(map) => {
                let mut fields = Fields::new("Cors", mark, map);
                let [_, headers, methods, origin, max_age] = members.map(|name| fields.node(name));
                cors.headers = headers.cloned();
                cors.methods = methods.cloned();
                cors.max_age = max_age.cloned();
                if let Some(origin) = origin {
                    cors.origin = origin.clone();
                }
                cors.credentials = fields.flag("AllowCredentials")?.unwrap_or_default();
                fields.finish()?;
            }
        }
        Ok(cors)
    }

    /// The OPTIONS operation of a path with these methods, unless it has one.
    pub fn operation(&self, methods: &Map) -> Option<Map> {
        let has_own = methods.get("options").is_some();
        (!has_own).then(|| self.answer(&allowed(methods)))
    }

    fn answer(&self, methods: &str) -> Map {
        let mark = self.mark;
        let text = |text: &str| Node::text(mark, text);
        let given = |node: &Option<Node>| node.clone();
        let methods = given(&self.methods).or_else(|| Some(text(methods)));
        let credentials = self.credentials.then(|| text("'true'"));
        let (mut parameters, mut headers) = (Map::default(), Map::default());
        for (header, value) in [
            ("Access-Control-Allow-Credentials", credentials),
            ("Access-Control-Allow-Headers", given(&self.headers)),
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Origin", Some(self.origin.clone())),
            ("Access-Control-Max-Age", given(&self.max_age)),
        ] {
            if let Some(value) = value {
                parameters.set(mark, format!("method.response.header.{header}"), value);
                headers.set(mark, header, Node::map(mark, [("type", text("string"))]));
            }
        }
        let node = |map| Node::new(mark, Value::Map(map));
        let json = |body: &str| Node::map(mark, [("application/json", text(body))]);
        let answered = Node::map(
            mark,
            [
                ("statusCode", text("200")),
                ("responseParameters", node(parameters)),
                ("responseTemplates", json("{}\n")),
            ],
        );
        let integration = Node::map(
            mark,
            [
                ("type", text("mock")),
                ("requestTemplates", json("{\n  \"statusCode\" : 200\n}\n")),
                ("responses", Node::map(mark, [("default", answered)])),
            ],
        );
        let described = Node::map(
            mark,
            [
                ("description", text("Default response for CORS method")),
                ("headers", node(headers)),
            ],
        );
        let mut operation = Map::default();
        operation.set(mark, "summary", text("CORS support"));
        operation.set(mark, "x-amazon-apigateway-integration", integration);
        operation.set(mark, "responses", Node::map(mark, [("200", described)]));
        operation
    }
}

fn is_intrinsic(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

/// The methods of a path and OPTIONS, as a header has them.
fn allowed(methods: &Map) -> String {
    let names: BTreeSet<String> = match methods.get(ANY_METHOD) {
        Some(_) => EVERY.map(str::to_owned).into(),
        None => {
            let own = methods.iter().map(|(key, _)| key.text.to_uppercase());
            own.chain(["OPTIONS".to_owned()]).collect()
        }
    };
    format!("'{}'", names.into_iter().collect::<Vec<_>>().join(","))
}
