//! What `cdk synth` writes beside and into a template: assets, and the toolkit's own resources.
//!
//! Code in a bucket of the toolkit lies beside the template, where the manifest
//! `NAME.assets.json` of `NAME.template.json` says; it is taken from there, as it is.

use crate::document::{self, Map, Node};
use crate::error::TemplateError;
use crate::resources::{function, layer_version};
use crate::schema::S3_KEY;
use crate::template::Template;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TEMPLATE: &str = ".template.json";
const MANIFEST: &str = ".assets.json";
/// Tells the toolkit's makers which constructs are used.
const METADATA: &str = "AWS::CDK::Metadata";

/// The only template of the CDK in a folder, if there is exactly one.
pub(crate) fn find_template(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let mut templates = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().map(std::ffi::OsStr::to_string_lossy);
        name.is_some_and(|name| name.ends_with(TEMPLATE))
    });
    let first = templates.next()?;
    templates.next().is_none().then_some(first)
}

/// Takes the toolkit's resources out, and assets from where they lie. `file` is the template's path.
///
/// # Errors
/// A manifest that is none.
pub(crate) fn adapt(template: &mut Template, file: &Path) -> Result<(), TemplateError> {
    template
        .resources
        .retain(|resource| resource.type_name != METADATA);
    let Some(assets) = assets(file)? else {
        return Ok(());
    };
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
        let path = key.and_then(Node::as_text).and_then(|key| assets.get(key));
        if let Some(path) = path {
            let (mark, path) = (node.mark, Node::text(node.mark, path));
            resource.properties.set(mark, code, path);
            resource.is_built = true;
        }
    }
    Ok(())
}

/// Where assets lie, by the keys under which the template knows them; none without a manifest.
fn assets(file: &Path) -> Result<Option<BTreeMap<String, String>>, TemplateError> {
    let name = file.file_name().map(std::ffi::OsStr::to_string_lossy);
    let Some(stack) = name.as_ref().and_then(|name| name.strip_suffix(TEMPLATE)) else {
        return Ok(None);
    };
    let Ok(text) = std::fs::read_to_string(file.with_file_name(format!("{stack}{MANIFEST}")))
    else {
        return Ok(None);
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
    Ok(Some(assets))
}

fn member<'n>(node: Option<&'n Node>, name: &str) -> Option<&'n Node> {
    node.and_then(Node::as_map).and_then(|map| map.get(name))
}

fn values(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    let map = node.and_then(Node::as_map).into_iter();
    map.flat_map(Map::iter).map(|(_, node)| node)
}
