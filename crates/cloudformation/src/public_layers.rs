//! Layers that AWS publishes from accounts of its own and that templates name by their ARNs. What is
//! in them is made here, of the same packages; a layer that only reports to services that are not
//! here is left out.
//!
//! Any other layer of another account is the service's to find, or to refuse.

use crate::document::{Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::resources::{function, layer_version};
use crate::template::{Resource, Template};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A published layer.
struct Published {
    account: &'static str,
    /// What its name begins with.
    name: &'static str,
    content: Content,
}

enum Content {
    /// What pip installs by this line, for the version of Python in the layer's name or of the
    /// function.
    Python(&'static str),
    /// What npm installs: packages, all of this version.
    Nodejs(&'static [&'static str], &'static str),
    /// Nothing that would be missed.
    Nothing,
}

const PUBLISHED: [Published; 4] = [
    Published {
        account: "017000801446",
        name: "AWSLambdaPowertoolsPythonV3",
        content: Content::Python("aws-lambda-powertools[all]>=3,<4"),
    },
    Published {
        account: "017000801446",
        name: "AWSLambdaPowertoolsPythonV2",
        content: Content::Python("aws-lambda-powertools[all]>=2,<3"),
    },
    Published {
        account: "094274105915",
        name: "AWSLambdaPowertoolsTypeScriptV2",
        content: Content::Nodejs(
            &[
                "@aws-lambda-powertools/batch",
                "@aws-lambda-powertools/commons",
                "@aws-lambda-powertools/event-handler",
                "@aws-lambda-powertools/idempotency",
                "@aws-lambda-powertools/jmespath",
                "@aws-lambda-powertools/logger",
                "@aws-lambda-powertools/metrics",
                "@aws-lambda-powertools/parameters",
                "@aws-lambda-powertools/parser",
                "@aws-lambda-powertools/tracer",
                "@aws-lambda-powertools/validation",
            ],
            "^2",
        ),
    },
    Published {
        account: "580247275435",
        name: "LambdaInsightsExtension",
        content: Content::Nothing,
    },
];

/// The runtime for which Node.js packages are installed; they are the same for all.
const NODEJS: &str = "nodejs22.x";

/// Makes layers of the template of the published ones that its functions name. Their manifests are
/// written below `cache`.
///
/// # Errors
/// A manifest that cannot be written.
pub(crate) fn rewrite(template: &mut Template, cache: &Path) -> Result<(), TemplateError> {
    let mut made = BTreeMap::new();
    for resource in &mut template.resources {
        if resource.type_name != function::TYPE.name {
            continue;
        }
        let runtime = resource.properties.get("Runtime").and_then(Node::as_text);
        let runtime = runtime.unwrap_or_default().to_owned();
        let Some(layers) = resource.properties.get("Layers") else {
            continue;
        };
        let Some(items) = layers.as_list() else {
            continue;
        };
        let mut kept = Vec::with_capacity(items.len());
        for item in items {
            match published(item) {
                None => kept.push(item.clone()),
                Some((
                    Published {
                        content: Content::Nothing,
                        ..
                    },
                    _,
                )) => {}
                Some((layer, name)) => {
                    let (id, layer) = layer.resource(item.mark, name, &runtime, cache)?;
                    made.entry(id.clone()).or_insert(layer);
                    let reference = Node::text(item.mark, id);
                    kept.push(Node::map(item.mark, [("Ref", reference)]));
                }
            }
        }
        let layers = Node::list(layers.mark, kept);
        resource.properties.set(layers.mark, "Layers", layers);
    }
    template.resources.extend(made.into_values());
    Ok(())
}

/// The published layer that an ARN names, which may hold the region as a placeholder, and the
/// layer's own name.
fn published(node: &Node) -> Option<(&'static Published, &str)> {
    let text = match node.as_map().and_then(Map::single) {
        Some((key, argument)) if key.text == "Fn::Sub" => argument.as_text(),
        _ => node.as_text(),
    };
    // A placeholder has colons of its own.
    let (before, after) = text?.split_once(":layer:")?;
    let (_, account) = before.rsplit_once(':')?;
    let (name, _version) = after.split_once(':')?;
    let mut all = PUBLISHED.iter();
    let found = all.find(|layer| layer.account == account && name.starts_with(layer.name))?;
    Some((found, name))
}

impl Published {
    /// The layer as a resource of the template, and its logical id.
    fn resource(
        &self,
        mark: Mark,
        name: &str,
        runtime: &str,
        cache: &Path,
    ) -> Result<(String, Resource), TemplateError> {
        let (runtime, file, manifest) = match &self.content {
            Content::Python(line) => {
                let runtime = python_of(name).unwrap_or_else(|| runtime.to_owned());
                (runtime, "requirements.txt", format!("{line}\n"))
            }
            Content::Nodejs(packages, version) => {
                let packages = packages.iter();
                let lines = packages.map(|package| format!("    \"{package}\": \"{version}\""));
                let lines = lines.collect::<Vec<_>>().join(",\n");
                let manifest = format!("{{\n  \"dependencies\": {{\n{lines}\n  }}\n}}\n");
                (NODEJS.to_owned(), "package.json", manifest)
            }
            Content::Nothing => (runtime.to_owned(), "empty", String::new()),
        };
        let mut id = format!("{name}{runtime}");
        id.retain(|c| c.is_ascii_alphanumeric());
        let folder = cache.join("layers").join(&id);
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        write(mark, &folder, file, &manifest)?;
        let text = |text: &str| Node::text(mark, text);
        let mut properties = Map::default();
        properties.set(mark, "LayerName", text(name));
        properties.set(mark, "Content", text(&folder.to_string_lossy()));
        let kind = layer_version::TYPE.name;
        let mut layer = Resource::generated(mark, id.clone(), kind, properties);
        let mut metadata = Map::default();
        metadata.set(mark, "BuildMethod", Node::new(mark, Value::Text(runtime)));
        layer.metadata = Some(metadata);
        Ok((id, layer))
    }
}

/// `python3.12` of `AWSLambdaPowertoolsPythonV3-python312-x86_64`.
fn python_of(layer: &str) -> Option<String> {
    let (_, rest) = layer.split_once("-python3")?;
    let (minor, _) = rest.split_once('-')?;
    Some(format!("python3.{minor}"))
}

fn write(mark: Mark, folder: &Path, file: &str, manifest: &str) -> Result<(), TemplateError> {
    let unwritable = |path: PathBuf| {
        move |error: std::io::Error| {
            let reason = error.to_string();
            Problem::Unreadable { path, reason }.at(mark)
        }
    };
    std::fs::create_dir_all(folder).map_err(unwritable(folder.to_owned()))?;
    let path = folder.join(file);
    std::fs::write(&path, manifest).map_err(unwritable(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_known_by_account_and_name() {
        let mark = Mark::default();
        let sub = |text: &str| Node::map(mark, [("Fn::Sub", Node::text(mark, text))]);
        for (node, expected) in [
            (
                Node::text(
                    mark,
                    "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:3",
                ),
                Some("AWSLambdaPowertoolsPythonV3-python312-x86_64"),
            ),
            (
                sub("arn:aws:lambda:${AWS::Region}:580247275435:layer:LambdaInsightsExtension:38"),
                Some("LambdaInsightsExtension"),
            ),
            (
                sub("arn:aws:lambda:${AWS::Region}:111111111111:layer:LambdaInsightsExtension:38"),
                None,
            ),
            (Node::text(mark, "arn:aws:lambda"), None),
        ] {
            assert_eq!(published(&node).map(|(_, name)| name), expected, "{node}");
        }
        assert_eq!(
            python_of("X-python312-arm64").as_deref(),
            Some("python3.12")
        );
        assert_eq!(python_of("AWSLambdaPowertoolsPythonV2"), None);
    }

    #[test]
    fn published_layers_become_layers_of_the_template() {
        let cache = tempfile::tempdir().unwrap();
        let text = r"
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Layers:
        - !Ref Own
        - !Sub arn:aws:lambda:${AWS::Region}:017000801446:layer:AWSLambdaPowertoolsPythonV2:51
        - arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension-Arm64:1
";
        let source = crate::document::Source::new("t.yaml", text);
        let mut template = Template::parse(&source, Path::new("nowhere"), &mut Vec::new()).unwrap();
        rewrite(&mut template, cache.path()).unwrap();
        let [function, layer] = template.resources.as_slice() else {
            panic!("{template:?}")
        };
        let id = "AWSLambdaPowertoolsPythonV2python311";
        let layers = function.properties.get("Layers").unwrap().to_string();
        assert_eq!(layers, format!(r#"[{{"Ref":"Own"}},{{"Ref":"{id}"}}]"#));
        assert_eq!(layer.logical_id, id);
        let folder = layer.properties.get("Content").and_then(Node::as_text);
        let manifest = Path::new(folder.unwrap()).join("requirements.txt");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        assert_eq!(manifest, "aws-lambda-powertools[all]>=2,<3\n");
    }
}
