//! `AWS::Serverless::Function`: a function, the role it runs with, and what may call it.

use super::api::Apis;
use super::callee::Callee;
use super::event::Event;
use super::generated::Generated;
use super::http_api::HttpApis;
use super::policies::{self, Policy};
use super::{event, function_tags, get_att, invocations, role};
use crate::document::{Map, Node, Value};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::schema::{S3_BUCKET, S3_KEY, S3_VERSION};
use crate::template::{Resource, map};

/// Properties that a plain function has under the same name.
const COPIED: [&str; 16] = [
    "Architectures",
    "Description",
    "EphemeralStorage",
    "FunctionName",
    "Handler",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "ReservedConcurrentExecutions",
    "Runtime",
    "SnapStart",
    "Timeout",
    "VpcConfig",
];

/// Properties of SAM that nothing here carries out.
const REFUSED: [&str; 11] = [
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "DeadLetterQueue",
    "DurableConfig",
    "FileSystemConfigs",
    "FunctionScalingConfig",
    "PublishToLatestPublished",
    "RecursiveLoop",
    "RuntimeManagementConfig",
    "SourceKMSKeyArn",
    "TenancyConfig",
];

pub(super) fn transform(
    function: &Resource,
    called_by: Option<(&mut Apis, &mut HttpApis)>,
    generated: &mut Generated,
    made: &mut Vec<Resource>,
) -> Result<(), TemplateError> {
    let mark = function.mark;
    let mut fields = Fields::new(function.type_name.as_str(), mark, &function.properties);
    fields.refuse(&REFUSED)?;
    let mut properties = Map::default();
    properties.set(mark, "Code", code(function, &mut fields)?);
    let copied = COPIED.iter().chain(&["Environment"]);
    for name in copied {
        if let Some(node) = fields.node(name) {
            properties.set(node.mark, *name, node.clone());
        }
    }
    let mut needed = Vec::new();
    if let Some(mode) = fields.node("Tracing") {
        let config = Node::map(mode.mark, [("Mode", mode.clone())]);
        properties.set(mode.mark, "TracingConfig", config);
        needed.push(policies::managed(mode.mark, "AWSXRayDaemonWriteAccess"));
    }
    if let Some(network) = properties.get("VpcConfig") {
        let name = "AWSLambdaVPCAccessExecutionRole";
        needed.push(policies::managed(network.mark, name));
    }
    // How traffic shifts, and what else would publish, makes no difference to one who deploys here.
    for name in [
        "AutoPublishAliasAllProperties",
        "AutoPublishCodeSha256",
        "DeploymentPreference",
    ] {
        fields.node(name);
    }
    let (callee, published) = Callee::read(function, &mut fields, generated)?;
    let around = around(&callee, &mut fields, called_by, &mut needed)?;
    let role = role(function, &mut fields, &needed, made)?;
    properties.set(mark, "Role", role);
    let tags = fields.node("Tags").map(|n| map(n, "Tags")).transpose()?;
    properties.set(mark, "Tags", function_tags(mark, tags));
    fields.finish()?;

    let mut plain = function.clone();
    plain.type_name = "AWS::Lambda::Function".to_owned();
    plain.properties = properties;
    made.push(plain);
    made.extend(published);
    made.extend(around);
    Ok(())
}

/// What is made beside the function: what calls it, and how. What its role needs for that joins
/// `needed`.
fn around(
    callee: &Callee<'_>,
    fields: &mut Fields<'_>,
    mut called_by: Option<(&mut Apis, &mut HttpApis)>,
    needed: &mut Vec<Policy>,
) -> Result<Vec<Resource>, TemplateError> {
    let mut around = Vec::new();
    if let Some(config) = fields.object("EventInvokeConfig")? {
        around.push(invocations::settings(callee, config, needed)?);
    }
    if let Some(config) = fields.object("FunctionUrlConfig")? {
        around.extend(invocations::url(callee, config)?);
    }
    if let Some(events) = fields.node("Events") {
        for event in event::read(map(events, "Events")?)? {
            let made = match (event, &mut called_by) {
                (Event::Api(event), Some((apis, _))) => apis.connect(callee, event)?,
                (Event::HttpApi(event), Some((_, apis))) => apis.connect(callee, event)?,
                (Event::Api(_) | Event::HttpApi(_), None) => continue,
                (Event::Stream(event), _) => {
                    let name = "AWSLambdaDynamoDBExecutionRole";
                    needed.push(policies::managed(event.mark, name));
                    event.mapping(callee)
                }
            };
            around.push(made);
        }
    }
    Ok(around)
}

/// The role that the template gives, or one of the function's own.
fn role(
    function: &Resource,
    fields: &mut Fields<'_>,
    needed: &[Policy],
    made: &mut Vec<Resource>,
) -> Result<Node, TemplateError> {
    let Some(given) = fields.node("Role").cloned() else {
        let id = role::generate(function, fields, needed, made)?;
        return Ok(get_att(function.mark, &id, "Arn"));
    };
    // SAM ignores what would have made a role.
    for name in [
        "AssumeRolePolicyDocument",
        "PermissionsBoundary",
        "Policies",
        "RolePath",
    ] {
        fields.node(name);
    }
    Ok(given)
}

/// Where the code is: `InlineCode` becomes `ZipFile`, `CodeUri` stays a path. That of a container
/// image is its `ImageUri`. SAM ignores what is of the other kind.
fn code(function: &Resource, fields: &mut Fields<'_>) -> Result<Node, TemplateError> {
    if fields.text("PackageType")?.as_deref() == Some("Image") {
        fields.node("InlineCode");
        fields.node("CodeUri");
        let unbuilt = function.metadata.as_ref();
        let unbuilt = unbuilt.and_then(|metadata| metadata.entry("Dockerfile"));
        if let (None, Some((key, _))) = (fields.node("ImageUri"), unbuilt) {
            let what = "building a container image: give ImageUri the path of one that is built \
                        (an OCI layout, or what `docker save` writes). To do so here";
            return Err(TemplateError::not_supported(key.mark, what));
        }
        let uri = fields.required("ImageUri")?;
        return Ok(Node::map(uri.mark, [("ImageUri", uri.clone())]));
    }
    fields.node("ImageUri");
    match (fields.node("InlineCode"), fields.node("CodeUri")) {
        (Some(code), _) => Ok(Node::map(code.mark, [("ZipFile", code.clone())])),
        (None, Some(uri)) => in_bucket(uri),
        // The folder of the template, as `sam build` takes it.
        (None, None) => Ok(Node::text(fields.mark(), ".")),
    }
}

/// `{Bucket, Key, Version}`, as SAM has it, is what Lambda calls by longer names.
pub(super) fn in_bucket(uri: &Node) -> Result<Node, TemplateError> {
    let Some(object) = uri.as_map().filter(|map| map.get("Bucket").is_some()) else {
        return Ok(uri.clone());
    };
    let mut fields = Fields::new("CodeUri", uri.mark, object);
    let mut code = Map::default();
    code.set(uri.mark, S3_BUCKET, fields.required("Bucket")?.clone());
    code.set(uri.mark, S3_KEY, fields.required("Key")?.clone());
    if let Some(version) = fields.node("Version") {
        code.set(version.mark, S3_VERSION, version.clone());
    }
    fields.finish()?;
    Ok(Node::new(uri.mark, Value::Map(code)))
}
