//! The role that SAM makes for a function that names none.

use super::function_tags;
use super::policies::{self, Policy};
use crate::document::{Map, Mark, Node};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::Resource;

const BASIC_EXECUTION: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

/// Makes the role and gives its logical id. `needed` are managed policies without which what the
/// function asks for would not work.
pub(super) fn generate(
    function: &Resource,
    fields: &mut Fields<'_>,
    needed: &[Policy],
    made: &mut Vec<Resource>,
) -> Result<String, TemplateError> {
    let mark = function.mark;
    let logical_id = format!("{}Role", function.logical_id);
    let mut managed = vec![Node::text(mark, BASIC_EXECUTION)];
    let mut inline = Vec::new();
    let given = policies::read(fields.node("Policies"))?.into_iter();
    for (index, policy) in given.chain(needed.iter().cloned()).enumerate() {
        let arn = policy.managed().filter(|arn| !managed.contains(arn));
        managed.extend(arn);
        inline.extend(policy.inline(&format!("{logical_id}Policy{index}")));
    }
    let mut properties = Map::default();
    let given = fields.node("AssumeRolePolicyDocument").cloned();
    let trusted = given.unwrap_or_else(|| trust(mark));
    properties.set(mark, "AssumeRolePolicyDocument", trusted);
    properties.set(mark, "ManagedPolicyArns", Node::list(mark, managed));
    if !inline.is_empty() {
        properties.set(mark, "Policies", Node::list(mark, inline));
    }
    for (theirs, ours) in [
        ("PermissionsBoundary", "PermissionsBoundary"),
        ("RolePath", "Path"),
    ] {
        if let Some(node) = fields.node(theirs) {
            properties.set(mark, ours, node.clone());
        }
    }
    let tags = fields.node("Tags").and_then(Node::as_map);
    properties.set(mark, "Tags", function_tags(mark, tags));
    let mut role = Resource::generated(mark, logical_id.clone(), "AWS::IAM::Role", properties);
    role.condition.clone_from(&function.condition);
    made.push(role);
    Ok(logical_id)
}

/// Lets the Lambda service assume the role.
fn trust(mark: Mark) -> Node {
    let text = |text: &str| Node::text(mark, text);
    let service = Node::list(mark, [text("lambda.amazonaws.com")]);
    let statement = Node::map(
        mark,
        [
            ("Effect", text("Allow")),
            ("Principal", Node::map(mark, [("Service", service)])),
            ("Action", Node::list(mark, [text("sts:AssumeRole")])),
        ],
    );
    let statements = Node::list(mark, [statement]);
    Node::map(
        mark,
        [("Version", text("2012-10-17")), ("Statement", statements)],
    )
}
