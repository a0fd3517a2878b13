//! OpenAPI 2 and 3 documents as definitions of REST APIs.
//!
//! A document is read into one tree, whether it is JSON or YAML, and laid over a [`Definition`]:
//! paths become resources, operations methods, schemas models, and `x-amazon-apigateway-*`
//! extensions what they are called after. What a document asks for and this is not built is
//! refused by name.

pub(crate) mod export;
mod extensions;
mod integration;
mod methods;
mod models;
pub(crate) mod node;
pub(crate) mod yaml;

pub use Version as ExportVersion;
pub use export::{Exporter, Extensions};

use crate::error::{Bad, Error};
use crate::json::{Dialect, Json};
use crate::record::{Definition, DocumentationLocation, Named, Resource, Texts};
use crate::resource_tree;
use node::Node;
use service::Caller;
use std::collections::BTreeSet;
use wire::Enumeration;
use wire::apigateway::DocumentationPartType;

/// What becomes of what was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It stays where the document says nothing else.
    Merge,
    /// It goes.
    Overwrite,
}

/// What to do with a base path in the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BasePath {
    #[default]
    Ignore,
    /// It comes in front of every path.
    Prepend,
    /// All but its first part comes in front of every path.
    Split,
}

impl BasePath {
    /// Reads a parameter of an import.
    ///
    /// # Errors
    /// An unknown value.
    pub fn parse(value: Option<&str>) -> Result<BasePath, Error> {
        match value {
            None | Some("ignore") => Ok(BasePath::Ignore),
            Some("prepend") => Ok(BasePath::Prepend),
            Some("split") => Ok(BasePath::Split),
            Some(other) => Err(Bad::Import(format!("unknown value of basepath: {other}")).into()),
        }
    }
}

/// How a document is imported.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub mode: Mode,
    pub base_path: BasePath,
}

impl Options {
    /// Reads the parameters of an import.
    ///
    /// # Errors
    /// An unknown value of `basepath`.
    pub fn new(mode: Mode, parameters: Option<&Texts>) -> Result<Options, Error> {
        let base_path = parameters.and_then(|parameters| parameters.get("basepath"));
        let base_path = BasePath::parse(base_path.map(String::as_str))?;
        Ok(Options { mode, base_path })
    }
}

/// The version of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Swagger 2.0
    Two,
    /// OpenAPI 3.x
    Three,
}

/// A document that is OpenAPI.
#[derive(Debug)]
pub struct Document {
    root: Json,
    version: Version,
}

impl Document {
    /// Reads JSON or YAML.
    ///
    /// # Errors
    /// [`Bad::ImportInput`] if it is neither, or no OpenAPI document.
    pub fn parse(body: &[u8]) -> Result<Document, Error> {
        let text = std::str::from_utf8(body).map_err(|_| Bad::ImportInput)?;
        let root = match Json::read(text, Dialect::Strict) {
            Ok(json) => json,
            Err(_) => yaml::read(text).ok_or(Bad::ImportInput)?,
        };
        let version_of = |name: &str| root.get(name).map(node::text).unwrap_or_default();
        let version = if version_of("openapi").starts_with('3') {
            Version::Three
        } else if version_of("swagger").starts_with('2') {
            Version::Two
        } else {
            return Err(Bad::ImportInput.into());
        };
        Ok(Document { root, version })
    }

    /// Reads JSON or YAML as an import does: `${AWS::Region}`, `${AWS::AccountId}` and
    /// `${AWS::Partition}` stand for what the importer's are.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub(crate) fn import(body: &[u8], caller: &Caller) -> Result<Document, Error> {
        let text = std::str::from_utf8(body).map_err(|_| Bad::ImportInput)?;
        if !text.contains("${AWS::") {
            return Document::parse(body);
        }
        let text = text
            .replace("${AWS::Region}", caller.region.as_str())
            .replace("${AWS::AccountId}", caller.account.as_str())
            .replace("${AWS::Partition}", base::PARTITION);
        Document::parse(text.as_bytes())
    }

    /// `info.title`, which names a new API.
    pub fn title(&self) -> String {
        let info = Node::root(&self.root).member("info");
        info.and_then(|info| info.text("title")).unwrap_or_default()
    }

    /// What is said wherever a role may be named, in integrations and authorizers, referred to or
    /// not.
    pub(crate) fn roles(&self) -> Vec<&str> {
        const MEMBERS: [&str; 2] = ["credentials", "authorizerCredentials"];
        let mut roles = Vec::new();
        let mut waiting = vec![&self.root];
        while let Some(json) = waiting.pop() {
            match json {
                Json::Array(items) => waiting.extend(items),
                Json::Object(members) => {
                    for (name, json) in members.iter() {
                        match json {
                            Json::String(text) if MEMBERS.contains(&name.as_str()) => {
                                roles.push(text.as_str());
                            }
                            json => waiting.push(json),
                        }
                    }
                }
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
            }
        }
        roles
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node::root(&self.root)
    }

    /// What comes in front of every path.
    pub(crate) fn prefix(&self, base_path: BasePath) -> String {
        let base = match self.version {
            Version::Two => self.root().text("basePath").unwrap_or_default(),
            Version::Three => self.server_path(),
        };
        let base = base.trim_matches('/');
        let rest = match base_path {
            BasePath::Ignore => "",
            BasePath::Prepend => base,
            BasePath::Split => base.split_once('/').map_or("", |(_, rest)| rest),
        };
        if rest.is_empty() {
            String::new()
        } else {
            format!("/{rest}")
        }
    }

    /// The path of the first server, with its variables' defaults.
    fn server_path(&self) -> String {
        let servers = self
            .root()
            .member("servers")
            .map(|node| node.items())
            .unwrap_or_default();
        let Some(server) = servers.first() else {
            return String::new();
        };
        let mut url = server.text("url").unwrap_or_default();
        for (name, variable) in server.members("variables") {
            let default = variable.text("default").unwrap_or_default();
            url = url.replace(&format!("{{{name}}}"), &default);
        }
        match url.split_once("://") {
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path).to_owned(),
            None => url,
        }
    }
}

impl Document {
    /// The parts under `x-amazon-apigateway-documentation`: where each belongs, and its properties
    /// as JSON.
    ///
    /// # Errors
    /// A part for something unknown.
    pub fn documentation(&self) -> Result<Vec<(DocumentationLocation, String)>, Error> {
        let root = Node::root(&self.root);
        let documentation = root.member("x-amazon-apigateway-documentation");
        let parts = documentation.and_then(|node| node.member("documentationParts"));
        let parts = parts.map(|node| node.items()).unwrap_or_default();
        let part = |part: Node<'_>| {
            let unknown = || Bad::Import("a documentation part without a location".to_owned());
            let location = part.member("location").ok_or_else(unknown)?;
            let kind = location.text("type").unwrap_or_default();
            let kind = DocumentationPartType::from_name(&kind).ok_or_else(unknown)?;
            let location = DocumentationLocation {
                kind: Named(kind),
                path: location.text("path"),
                method: location.text("method"),
                status_code: location.text("statusCode"),
                name: location.text("name"),
            }
            .completed();
            let properties = part.member("properties");
            let properties =
                properties.map_or_else(|| "{}".to_owned(), |node| node.json().to_text());
            Ok((location, properties))
        };
        parts.into_iter().map(part).collect()
    }
}

/// Lays a document over a definition; `new_id` makes the ids of what is new.
///
/// # Errors
/// What the document says wrong, or asks for and is not built.
pub fn import(
    document: &Document,
    options: Options,
    definition: &mut Definition,
    new_id: &dyn Fn() -> String,
) -> Result<(), Error> {
    let mut importer = Importer {
        root: Node::root(&document.root),
        version: document.version,
        prefix: document.prefix(options.base_path),
        definition,
        new_id,
    };
    if options.mode == Mode::Overwrite {
        importer.clear();
    }
    importer.info();
    importer.extensions()?;
    importer.models()?;
    let named = importer.paths()?;
    if options.mode == Mode::Overwrite {
        importer.keep_only(&named);
    }
    Ok(())
}

struct Importer<'a> {
    root: Node<'a>,
    version: Version,
    prefix: String,
    definition: &'a mut Definition,
    new_id: &'a dyn Fn() -> String,
}

impl Importer<'_> {
    /// Forgets what was there. Resources stay until the end, so that those whose paths come back
    /// keep their ids.
    fn clear(&mut self) {
        self.definition.methods.clear();
        self.definition.validators.clear();
        self.definition.gateway_responses.clear();
        self.definition.authorizers.clear();
        self.definition
            .models
            .retain(|name, _| name == "Empty" || name == "Error");
    }

    fn info(&mut self) {
        let Some(info) = self.root.member("info") else {
            return;
        };
        self.definition.api.version = info.text("version").filter(|text| !text.is_empty());
        self.definition.api.description = info.text("description").filter(|text| !text.is_empty());
    }

    /// Imports all paths and answers their resources.
    fn paths(&mut self) -> Result<BTreeSet<String>, Error> {
        let prefix = self.prefix.clone();
        let mut named = BTreeSet::new();
        for (path, item) in self.root.members("paths") {
            if path.starts_with("x-") {
                continue;
            }
            let id = self.resource(&format!("{prefix}/{}", path.trim_start_matches('/')))?;
            self.methods(&id, item)?;
            named.insert(id);
        }
        Ok(named)
    }

    /// Drops every resource that is neither named nor above one that is.
    fn keep_only(&mut self, named: &BTreeSet<String>) {
        let mut kept = named.clone();
        kept.insert(self.definition.api.root_resource_id.clone());
        for id in named {
            let mut at = self.definition.resources.get(id);
            while let Some(parent_id) = at.and_then(|resource| resource.parent_id.as_ref()) {
                if !kept.insert(parent_id.clone()) {
                    break;
                }
                at = self.definition.resources.get(parent_id);
            }
        }
        self.definition.resources.retain(|id, _| kept.contains(id));
    }

    /// The resource of a path, made with all above it if it is not there.
    fn resource(&mut self, path: &str) -> Result<String, Error> {
        let mut at = self.definition.api.root_resource_id.clone();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let child = self.definition.resources.values().find(|resource| {
                resource.parent_id.as_ref() == Some(&at) && resource.path_part == part
            });
            if let Some(child) = child {
                at = child.id.clone();
                continue;
            }
            let resource = Resource {
                id: (self.new_id)(),
                parent_id: Some(at),
                path_part: part.to_owned(),
            };
            resource_tree::check(&self.definition.resources, &resource)?;
            at = resource.id.clone();
            self.definition.resources.insert(at.clone(), resource);
        }
        Ok(at)
    }
}

#[cfg(test)]
mod tests;
