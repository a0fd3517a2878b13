//! `AWS::Serverless::Function`: a function, the role it runs with, and what may call it.

use super::api::Apis;
use super::event::Event;
use super::http_api::HttpApis;
use super::{event, function_tags, get_att, role};
use crate::document::{Map, Mark, Node};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::template::{Resource, map};

/// Properties that a plain function has under the same name.
const COPIED: [&str; 9] = [
    "Architectures",
    "Description",
    "EphemeralStorage",
    "FunctionName",
    "Handler",
    "MemorySize",
    "ReservedConcurrentExecutions",
    "Runtime",
    "Timeout",
];

/// Properties of SAM that nothing here carries out.
const REFUSED: [&str; 27] = [
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "DeadLetterQueue",
    "DeploymentPreference",
    "DurableConfig",
    "EventInvokeConfig",
    "FileSystemConfigs",
    "FunctionScalingConfig",
    "FunctionUrlConfig",
    "ImageConfig",
    "ImageUri",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "ProvisionedConcurrencyConfig",
    "PublishToLatestPublished",
    "RecursiveLoop",
    "RuntimeManagementConfig",
    "SnapStart",
    "SourceKMSKeyArn",
    "TenancyConfig",
    "Tracing",
    "VpcConfig",
];

pub(super) fn transform(
    function: &Resource,
    (apis, http_apis): (&mut Apis, &mut HttpApis),
    made: &mut Vec<Resource>,
) -> Result<(), TemplateError> {
    let mark = function.mark;
    let mut fields = Fields::new(function.type_name.as_str(), mark, &function.properties);
    fields.refuse(&REFUSED)?;
    package_type(&mut fields)?;
    let mut properties = Map::default();
    properties.set(mark, "Code", code(&mut fields)?);
    let copied = COPIED.iter().chain(&["Environment"]);
    for name in copied {
        if let Some(node) = fields.node(name) {
            properties.set(node.mark, *name, node.clone());
        }
    }
    let given = fields.node("Role").cloned();
    let role = match given {
        Some(node) => {
            // SAM ignores what would have made a role.
            for name in ["Policies", "PermissionsBoundary", "RolePath"] {
                fields.node(name);
            }
            node
        }
        None => get_att(mark, &role::generate(function, &mut fields, made)?, "Arn"),
    };
    properties.set(mark, "Role", role);
    let tags = fields.node("Tags").map(|n| map(n, "Tags")).transpose()?;
    properties.set(mark, "Tags", function_tags(mark, tags));
    let events = fields.node("Events").cloned();
    fields.finish()?;

    let mut plain = function.clone();
    plain.type_name = "AWS::Lambda::Function".to_owned();
    plain.properties = properties;
    made.push(plain);
    if let Some(events) = events {
        for event in event::read(map(&events, "Events")?)? {
            made.push(match event {
                Event::Api(event) => apis.connect(function, &event)?,
                Event::HttpApi(event) => http_apis.connect(function, event)?,
            });
        }
    }
    Ok(())
}

fn package_type(fields: &mut Fields<'_>) -> Result<(), TemplateError> {
    let node = fields.node("PackageType").map(|node| node.mark);
    match fields.text("PackageType")?.as_deref() {
        None | Some("Zip") => Ok(()),
        Some(other) => {
            let what = format!("PackageType {other:?}");
            Err(TemplateError::not_supported(node.unwrap_or_default(), what))
        }
    }
}

/// Where the code is: `InlineCode` becomes `ZipFile`, `CodeUri` stays a path.
fn code(fields: &mut Fields<'_>) -> Result<Node, TemplateError> {
    let mark: Mark = fields.mark();
    match (fields.node("InlineCode"), fields.node("CodeUri")) {
        (Some(code), _) => Ok(Node::map(code.mark, [("ZipFile", code.clone())])),
        (None, Some(uri)) => Ok(uri.clone()),
        (None, None) => {
            let (owner, name) = (super::FUNCTION.to_owned(), "CodeUri".to_owned());
            Err(Problem::MissingProperty { owner, name }.at(mark))
        }
    }
}
