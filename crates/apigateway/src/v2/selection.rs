//! Selection expressions: what of a message names its route, its template or its response.
//!
//! `$request.body.action` alone, or literals with `${...}` between them:
//! `${request.body.service}/${request.body.action}`. A backslash takes the next character as it
//! is, so that `\$default` is the text `$default`; and `$default` itself is, too.

use super::routes::DEFAULT_KEY;
use crate::json::Json;
use crate::jsonpath::{Found, JsonPath};

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Variable(Variable),
}

/// What an expression may name.
#[derive(Clone, Debug, PartialEq)]
pub enum Variable {
    /// A place in the message's body, or the whole of it.
    Body(JsonPath),
    Header(String),
    Query(String),
    Stage(String),
    Context(String),
    /// The status of an integration's answer.
    IntegrationStatus,
    IntegrationHeader(String),
}

/// Makes a variable of a name.
type Named = fn(String) -> Variable;

impl Selection {
    /// Reads an expression; none if it is no expression or names what there is not.
    pub fn parse(text: &str) -> Option<Selection> {
        if text == DEFAULT_KEY {
            return Some(Selection(vec![Piece::Text(text.to_owned())]));
        }
        if let Some(name) = text.strip_prefix('$').filter(|name| !name.starts_with('{')) {
            return Some(Selection(vec![Piece::Variable(Variable::parse(name)?)]));
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\\' => literal.push(rest.next()?),
                '$' => {
                    let (name, after) = rest.as_str().strip_prefix('{')?.split_once('}')?;
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Variable(Variable::parse(name)?));
                    rest = after.chars();
                }
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        (!pieces.is_empty()).then_some(Selection(pieces))
    }

    /// The text that the expression makes; none if something that it names is not there.
    pub fn select(&self, value: impl Fn(&Variable) -> Option<String>) -> Option<String> {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Variable(variable) => value(variable),
        });
        pieces.collect()
    }
}

impl Variable {
    fn parse(name: &str) -> Option<Variable> {
        if let Some(path) = name.strip_prefix("request.body") {
            let is_inside = path.is_empty() || path.starts_with(['.', '[']);
            let path = JsonPath::parse(&format!("${path}")).ok()?;
            return (is_inside && path.is_definite()).then_some(Variable::Body(path));
        }
        if name == "integration.response.statuscode" {
            return Some(Variable::IntegrationStatus);
        }
        let named: [(&str, Named); 5] = [
            ("request.header.", Variable::Header),
            ("request.querystring.", Variable::Query),
            ("stageVariables.", Variable::Stage),
            ("context.", Variable::Context),
            ("integration.response.header.", Variable::IntegrationHeader),
        ];
        let mut named = named.into_iter();
        named.find_map(|(prefix, variable)| {
            let name = name.strip_prefix(prefix)?;
            (!name.is_empty()).then(|| variable(name.to_owned()))
        })
    }
}

/// A place in a body as text; null, and what is not there, is none.
pub fn in_body(path: &JsonPath, body: Option<&Json>) -> Option<String> {
    let text = |found: Found<'_>| match found {
        Found::One(Json::String(text)) => Some(text.clone()),
        Found::One(Json::Null) | Found::Nothing | Found::Many(_) => None,
        Found::One(value) => Some(value.to_text()),
    };
    path.evaluate(body?, text).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Dialect;
    use proptest::prelude::*;

    fn select(expression: &str, body: &str) -> Option<String> {
        let body = Json::read(body, Dialect::Strict).ok();
        let value = |variable: &Variable| match variable {
            Variable::Body(path) => in_body(path, body.as_ref()),
            Variable::IntegrationStatus => Some("200".to_owned()),
            Variable::Header(name) | Variable::Stage(name) => Some(format!("<{name}>")),
            _ => None,
        };
        Selection::parse(expression).and_then(|parsed| parsed.select(value))
    }

    #[track_caller]
    fn check(expression: &str, body: &str, expected: Option<&str>) {
        assert_eq!(
            select(expression, body).as_deref(),
            expected,
            "{expression}"
        );
    }

    #[test]
    fn selections() {
        let body = r#"{"action": "join", "deep": {"n": [1, "two"]}, "none": null, "yes": true}"#;
        for (expression, expected) in [
            ("$request.body.action", Some("join")),
            ("${request.body.action}", Some("join")),
            (
                "${request.body.action}/${request.body.deep.n[1]}",
                Some("join/two"),
            ),
            ("$request.body.deep.n[0]", Some("1")),
            ("$request.body.yes", Some("true")),
            ("v1-${request.body.action}!", Some("v1-join!")),
            ("$request.body.missing", None),
            ("$request.body.none", None),
            ("${request.body.action}/${request.body.missing}", None),
            ("$default", Some("$default")),
            (r"\$default", Some("$default")),
            ("${integration.response.statuscode}", Some("200")),
            ("$integration.response.statuscode", Some("200")),
            ("$stageVariables.a", Some("<a>")),
            ("$request.header.x-api-key", Some("<x-api-key>")),
        ] {
            check(expression, body, expected);
        }
        check("$request.body.action", "hello", None);
        check("$request.body.action", "[]", None);
    }

    #[test]
    fn no_expressions() {
        for bad in [
            "",
            "$",
            "${",
            "${}",
            "${request.body.a",
            "$request",
            "$request.bodyx",
            "a$b",
            "$request.header.",
            "${nothing.a}",
            "$request.body.*",
            "$request.body..a",
            "\\",
        ] {
            assert_eq!(Selection::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[$\\\\{}a-z./]{0,24}") {
            let _ = Selection::parse(&text);
        }

        #[test]
        fn texts_without_signs_are_themselves(text in "[a-z/ .{}]{1,24}") {
            prop_assert_eq!(select(&text, "{}"), Some(text));
        }

        #[test]
        fn a_member_is_found_by_its_name(name in "[a-z][a-zA-Z0-9]{0,8}", value in "[^\"\\\\\\p{C}]{0,12}") {
            let body = format!("{{\"{name}\": \"{value}\"}}");
            prop_assert_eq!(select(&format!("$request.body.{name}"), &body), Some(value));
        }
    }
}
