//! A function's package: the zip that its code becomes.
//!
//! The same files give the same bytes, so that an unchanged folder is an unchanged function.
//! Everything is built before anything is deployed. Knows folders and build tools, no service.

mod archive;
mod cargo;
mod command;
mod esbuild;
mod kept;
mod makefile;
mod node;
mod python;

use crate::document::{Map, Mark, Node};
use crate::error::{Problem, TemplateError};
use crate::progress::{Event, Progress};
use crate::resources::layer_version;
use crate::schema::S3_KEY;
use crate::template::{Resource, text, wrong_value};
use bytes::Bytes;
use std::path::{Path, PathBuf};

/// Packages the functions of one template.
pub(crate) struct Packager<'p> {
    /// The template's folder: paths in it are relative to this.
    pub root: &'p Path,
    /// Where installed dependencies are kept from one deployment to the next.
    pub cache: &'p Path,
    pub progress: &'p Progress<'p>,
}

/// How a folder becomes a package.
#[derive(Debug, PartialEq)]
enum Build {
    /// The folder as it is, with what the manifests of this runtime ask for, in a folder of this
    /// name: a function's own has none.
    Folder {
        runtime: String,
        prefix: &'static str,
    },
    /// A Rust program, built by cargo; the binary's name where there are several.
    Cargo {
        binary: Option<String>,
    },
    Esbuild(esbuild::Build),
    Makefile,
}

impl Packager<'_> {
    /// The package of a function whose properties are checked; a container image is none, and
    /// neither is what the service finds in a bucket.
    ///
    /// # Errors
    /// Code that is not there or too large, or a build that fails; the place is the property's.
    pub async fn package(
        &self,
        function: &Resource,
        properties: &Map,
    ) -> Result<Option<Bytes>, TemplateError> {
        let Some(code) = properties.get("Code").or(properties.get("Content")) else {
            return Ok(None);
        };
        let runtime = properties.get("Runtime").and_then(Node::as_text);
        let runtime = runtime.unwrap_or_default();
        if let Some(inline) = code.as_map() {
            if inline.get("ImageUri").is_some() || inline.get(S3_KEY).is_some() {
                return Ok(None);
            }
            let text = inline.get("ZipFile").and_then(Node::as_text);
            return inline_code(code.mark, text.unwrap_or_default(), runtime).map(Some);
        }
        let path = self.root.join(text(code, "the path of code")?);
        let metadata = std::fs::metadata(&path).map_err(|e| unreadable(code.mark, &path, &e))?;
        if metadata.is_file() {
            return archive::read(code.mark, &path).await.map(Some);
        }
        self.progress.tell(Event::Packaging {
            logical_id: &function.logical_id,
        });
        if function.is_built {
            return archive::folders(code.mark, "", [Some(path), None])
                .await
                .map(Some);
        }
        let package = match build_method(function, runtime)? {
            Build::Cargo { binary } => {
                let build = cargo::Build {
                    folder: &path,
                    binary: binary.as_deref(),
                    mark: code.mark,
                };
                let bootstrap = build.run(self.progress).await?;
                archive::executable(code.mark, "bootstrap", bootstrap).await
            }
            Build::Folder { runtime, prefix } if runtime.starts_with("python") => {
                let installed = python::install(code.mark, &path, &runtime, self).await?;
                archive::folders(code.mark, prefix, [Some(path), installed]).await
            }
            Build::Folder { runtime, prefix } if runtime.starts_with("nodejs") => {
                let wanted = node::Wanted::ForRunning;
                let installed = node::install(code.mark, &path, wanted, self).await?;
                archive::folders(code.mark, prefix, [Some(path), installed]).await
            }
            Build::Esbuild(build) => {
                let bundle = build.run(code.mark, &path, self).await?;
                archive::folders(code.mark, "", [Some(bundle), None]).await
            }
            Build::Makefile => {
                let made = makefile::run(code.mark, &path, &function.logical_id, self).await?;
                archive::folders(code.mark, "", [Some(made), None]).await
            }
            Build::Folder { prefix, .. } => {
                archive::folders(code.mark, prefix, [Some(path), None]).await
            }
        };
        package.map(Some)
    }
}

/// A function written into the template: one file with the name Lambda gives it.
fn inline_code(mark: Mark, code: &str, runtime: &str) -> Result<Bytes, TemplateError> {
    let name = match runtime {
        python if python.starts_with("python") => "index.py",
        node if node.starts_with("nodejs") => "index.js",
        other => {
            let what = format!("ZipFile with the runtime {other:?}");
            return Err(TemplateError::not_supported(mark, what));
        }
    };
    archive::single(name, code.as_bytes())
        .map_err(|reason| unreadable(mark, Path::new(name), &reason))
}

/// `Metadata.BuildMethod`, as SAM's build command understands it.
fn build_method(function: &Resource, runtime: &str) -> Result<Build, TemplateError> {
    let metadata = function.metadata.as_ref();
    let Some(node) = metadata.and_then(|map| map.get("BuildMethod")) else {
        return Ok(Build::Folder {
            runtime: runtime.to_owned(),
            prefix: "",
        });
    };
    let properties = metadata.and_then(|map| map.get("BuildProperties"));
    let properties = properties.and_then(Node::as_map);
    match text(node, "BuildMethod")? {
        "makefile" => Ok(Build::Makefile),
        "esbuild" => esbuild::Build::read(node.mark, properties).map(Build::Esbuild),
        "rust-cargolambda" => {
            let binary = properties.and_then(|map| map.get("Binary"));
            let binary = binary.map(|node| text(node, "Binary")).transpose()?;
            Ok(Build::Cargo {
                binary: binary.map(str::to_owned),
            })
        }
        built if built.starts_with("python") || built.starts_with("nodejs") => {
            // A layer that is built has its modules where the runtime looks for them in /opt.
            let prefix = match (function.type_name == layer_version::TYPE.name, built) {
                (false, _) => "",
                (true, python) if python.starts_with("python") => "python/",
                (true, _) => "nodejs/",
            };
            Ok(Build::Folder {
                runtime: built.to_owned(),
                prefix,
            })
        }
        other => {
            let expected = "rust-cargolambda, esbuild, makefile or a Python or Node.js runtime";
            Err(wrong_value(node.mark, "BuildMethod", expected, other))
        }
    }
}

fn unreadable(mark: Mark, path: &Path, reason: &dyn std::fmt::Display) -> TemplateError {
    Problem::Unreadable {
        path: PathBuf::from(path),
        reason: reason.to_string(),
    }
    .at(mark)
}

#[cfg(test)]
mod tests;
