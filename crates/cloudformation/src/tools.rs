//! What `cdk synth` and `serverless package` write: templates whose code is in buckets of those
//! tools, and beside them the code.
//!
//! The CDK says in the manifest `NAME.assets.json` of `NAME.template.json` where assets lie; the
//! Serverless Framework puts its packages into the template's folder. Both are taken from there, as
//! they are, and what the tools deploy for themselves is left out.

use crate::document::{self, Map, Node};
use crate::error::TemplateError;
use crate::intrinsic::{Intrinsic, intrinsic};
use crate::resources::{function, layer_version};
use crate::schema::S3_KEY;
use crate::template::Template;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TEMPLATE: &str = ".template.json";
const MANIFEST: &str = ".assets.json";
/// Tells the toolkit's makers which constructs are used.
const METADATA: &str = "AWS::CDK::Metadata";
/// What the Serverless Framework would deploy in the end.
const SERVERLESS: &str = "cloudformation-template-update-stack.json";
/// Where it would put packages.
const SERVERLESS_BUCKET: &str = "ServerlessDeploymentBucket";
const SERVERLESS_OWN: [&str; 2] = [SERVERLESS_BUCKET, "ServerlessDeploymentBucketPolicy"];

/// A tool's template in a folder: the Serverless Framework's, or the CDK's if there is exactly one.
pub(crate) fn find_template(folder: &Path) -> Option<PathBuf> {
    let serverless = folder.join(SERVERLESS);
    match serverless.is_file() {
        true => Some(serverless),
        false => find_synthesised(folder),
    }
}

fn find_synthesised(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let mut templates = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().map(std::ffi::OsStr::to_string_lossy);
        name.is_some_and(|name| name.ends_with(TEMPLATE))
    });
    let first = templates.next()?;
    templates.next().is_none().then_some(first)
}

/// The name of the stack that a tool's template is for, where the file or its place tells it.
pub fn stack_of(template: &Path) -> Option<String> {
    let file = template.file_name()?.to_string_lossy();
    if file == SERVERLESS {
        let project = template.parent()?.parent()?.file_name()?;
        return Some(project.to_string_lossy().into_owned());
    }
    file.strip_suffix(TEMPLATE).map(str::to_owned)
}

/// Takes a tool's own resources out, and code from where it lies. `file` is the template's path.
///
/// # Errors
/// A manifest that is none.
pub(crate) fn adapt(template: &mut Template, file: &Path) -> Result<(), TemplateError> {
    template
        .resources
        .retain(|resource| resource.type_name != METADATA);
    let is_serverless = file.file_name().is_some_and(|name| name == SERVERLESS);
    if is_serverless {
        leave_out_bucket(template);
    }
    let assets = assets(file)?;
    for resource in &mut template.resources {
        let code = match resource.type_name.as_str() {
            name if name == function::TYPE.name => "Code",
            name if name == layer_version::TYPE.name => "Content",
            _ => continue,
        };
        let Some(node) = resource.properties.get(code) else {
            continue;
        };
        let key = node.as_map().and_then(|code| code.get(S3_KEY));
        let path = key
            .and_then(Node::as_text)
            .and_then(|key| match is_serverless {
                true => key.rsplit('/').next(),
                false => assets.get(key).map(String::as_str),
            });
        if let Some(path) = path {
            let (mark, path) = (node.mark, Node::text(node.mark, path));
            resource.properties.set(mark, code, path);
            resource.is_built = true;
        }
    }
    Ok(())
}

fn leave_out_bucket(template: &mut Template) {
    let is_own = |id: &str| SERVERLESS_OWN.contains(&id);
    template
        .resources
        .retain(|resource| !is_own(&resource.logical_id));
    template.outputs.retain(|output| {
        let value = intrinsic(&output.value);
        !matches!(value, Ok(Some(Intrinsic::Ref(SERVERLESS_BUCKET))))
    });
}

/// Where assets lie, by the keys under which the template knows them; none without a manifest.
fn assets(file: &Path) -> Result<BTreeMap<String, String>, TemplateError> {
    let name = file.file_name().map(std::ffi::OsStr::to_string_lossy);
    let Some(stack) = name.as_ref().and_then(|name| name.strip_suffix(TEMPLATE)) else {
        return Ok(BTreeMap::new());
    };
    let Ok(text) = std::fs::read_to_string(file.with_file_name(format!("{stack}{MANIFEST}")))
    else {
        return Ok(BTreeMap::new());
    };
    let manifest = document::parse_json(&text)?;
    let mut assets = BTreeMap::new();
    for asset in values(member(Some(&manifest), "files")) {
        let path = member(member(Some(asset), "source"), "path").and_then(Node::as_text);
        for destination in values(member(Some(asset), "destinations")) {
            let key = member(Some(destination), "objectKey").and_then(Node::as_text);
            if let (Some(path), Some(key)) = (path, key) {
                assets.insert(key.to_owned(), path.to_owned());
            }
        }
    }
    Ok(assets)
}

fn member<'n>(node: Option<&'n Node>, name: &str) -> Option<&'n Node> {
    node.and_then(Node::as_map).and_then(|map| map.get(name))
}

fn values(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    let map = node.and_then(Node::as_map).into_iter();
    map.flat_map(Map::iter).map(|(_, node)| node)
}
