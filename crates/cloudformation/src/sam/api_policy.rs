//! `Auth.ResourcePolicy` of a REST API: the API's policy, written from lists of accounts and
//! addresses and from statements.
//!
//! The policy becomes the API's `Policy`, which is what SAM's `x-amazon-apigateway-policy` ends as.

use crate::document::{Map, Mark, Node};
use crate::error::TemplateError;
use crate::fields::Fields;

/// Lists that speak of networks, which are not here.
const REFUSED: [&str; 6] = [
    "IntrinsicVpcBlacklist",
    "IntrinsicVpcWhitelist",
    "IntrinsicVpceBlacklist",
    "IntrinsicVpceWhitelist",
    "SourceVpcBlacklist",
    "SourceVpcWhitelist",
];

/// A list and what it does to those in it.
const ACCOUNTS: [(&str, &str); 2] = [
    ("AwsAccountWhitelist", "Allow"),
    ("AwsAccountBlacklist", "Deny"),
];
/// A list of addresses, and the condition under which a request is denied.
const ADDRESSES: [(&str, &str); 2] = [
    ("IpRangeWhitelist", "NotIpAddress"),
    ("IpRangeBlacklist", "IpAddress"),
];

pub(super) struct ResourcePolicy {
    mark: Mark,
    accounts: Vec<(&'static str, Node)>,
    addresses: Vec<(&'static str, Node)>,
    statements: Vec<Node>,
}

impl ResourcePolicy {
    pub fn read(mut fields: Fields<'_>) -> Result<ResourcePolicy, TemplateError> {
        fields.refuse(&REFUSED)?;
        let mut lists = |names: [(&str, &'static str); 2]| {
            let lists = names.into_iter().filter_map(|(name, does)| {
                let node = fields.node(name)?;
                Some((does, node.clone()))
            });
            lists.collect()
        };
        let (accounts, addresses) = (lists(ACCOUNTS), lists(ADDRESSES));
        let statements = match fields.node("CustomStatements") {
            None => Vec::new(),
            Some(node) => match node.as_list() {
                Some(items) => items.to_vec(),
                None => vec![node.clone()],
            },
        };
        let mark = fields.mark();
        fields.finish()?;
        Ok(ResourcePolicy {
            mark,
            accounts,
            addresses,
            statements,
        })
    }

    /// The policy of an API with this definition and stage; none if nothing is asked for.
    pub fn write(&self, definition: &Node, stage: &Node) -> Option<Node> {
        let mut statements = Vec::new();
        let paths = definition.as_map().and_then(|map| map.get("paths"));
        for (path, item) in paths.and_then(Node::as_map).into_iter().flat_map(Map::iter) {
            let methods = item.as_map().into_iter().flat_map(Map::iter);
            let methods = methods.map(|(method, _)| self.resource(&path.text, &method.text, stage));
            let resources = Node::list(self.mark, methods);
            self.of_path(&resources, &mut statements);
        }
        statements.extend(self.statements.iter().cloned());
        if statements.is_empty() {
            return None;
        }
        let policy = [
            ("Version", self.text("2012-10-17")),
            ("Statement", Node::list(self.mark, statements)),
        ];
        Some(Node::map(self.mark, policy))
    }

    fn of_path(&self, resources: &Node, statements: &mut Vec<Node>) {
        for (effect, accounts) in &self.accounts {
            let principal = Node::map(self.mark, [("AWS", accounts.clone())]);
            statements.push(self.statement(effect, resources, principal, None));
        }
        for (test, addresses) in &self.addresses {
            let everybody = || self.text("*");
            let allow = self.statement("Allow", resources, everybody(), None);
            if !statements.contains(&allow) {
                statements.push(allow);
            }
            let key = Node::map(self.mark, [("aws:SourceIp", addresses.clone())]);
            let condition = Node::map(self.mark, [(*test, key)]);
            statements.push(self.statement("Deny", resources, everybody(), Some(condition)));
        }
    }

    fn statement(
        &self,
        effect: &str,
        resources: &Node,
        principal: Node,
        condition: Option<Node>,
    ) -> Node {
        let mut statement = Map::default();
        statement.set(self.mark, "Effect", self.text(effect));
        statement.set(self.mark, "Action", self.text("execute-api:Invoke"));
        statement.set(self.mark, "Resource", resources.clone());
        statement.set(self.mark, "Principal", principal);
        if let Some(condition) = condition {
            statement.set(self.mark, "Condition", condition);
        }
        Node::new(self.mark, crate::document::Value::Map(statement))
    }

    fn resource(&self, path: &str, method: &str, stage: &Node) -> Node {
        let method = match method {
            "x-amazon-apigateway-any-method" => "*".to_owned(),
            method => method.to_uppercase(),
        };
        // API Gateway's own paths do not end with a slash.
        let path = match path {
            "/" => path,
            path => path.trim_end_matches('/'),
        };
        let pattern = self.text(&format!("execute-api:/${{__Stage__}}/{method}{path}"));
        let variables = Node::map(self.mark, [("__Stage__", stage.clone())]);
        let arguments = Node::list(self.mark, [pattern, variables]);
        Node::map(self.mark, [("Fn::Sub", arguments)])
    }

    fn text(&self, text: &str) -> Node {
        Node::text(self.mark, text)
    }
}
