//! TypeScript and JavaScript functions that esbuild bundles (`BuildMethod: esbuild`), with SAM's
//! defaults.

use super::command::Tool;
use super::kept::Kept;
use super::{Packager, node};
use crate::document::{Map, Mark, Node};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::{text, wrong_type};
use std::path::{Path, PathBuf};

const PROGRAM: &str = "esbuild";
/// SAM's own, where the template says nothing.
const TARGET: &str = "es2020";
const FORMAT: &str = "cjs";

/// `BuildProperties` as arguments of esbuild, the entry points first.
#[derive(Debug, PartialEq)]
pub(super) struct Build {
    arguments: Vec<String>,
}

impl Build {
    pub fn read(mark: Mark, properties: Option<&Map>) -> Result<Build, TemplateError> {
        let nothing = Map::default();
        let mut fields = Fields::new("BuildProperties", mark, properties.unwrap_or(&nothing));
        let mut arguments = list(&mut fields, "EntryPoints")?;
        if arguments.is_empty() {
            arguments.push("app.ts".to_owned());
        }
        arguments.extend(["--bundle", "--platform=node"].map(str::to_owned));
        if fields.text("Minify")?.is_none_or(|value| value == "true") {
            arguments.push("--minify".to_owned());
        }
        for (name, option, default) in [
            ("Target", "target", Some(TARGET)),
            ("Format", "format", Some(FORMAT)),
            ("MainFields", "main-fields", None),
            ("SourcesContent", "sources-content", None),
        ] {
            let value = match fields.node(name).and_then(Node::as_list) {
                Some(_) => Some(list(&mut fields, name)?.join(",")),
                None => fields.text(name)?,
            };
            if let Some(value) = value.or(default.map(str::to_owned)) {
                arguments.push(format!("--{option}={value}"));
            }
        }
        match fields.text("Sourcemap")?.as_deref() {
            None | Some("false") => {}
            Some("true") => arguments.push("--sourcemap".to_owned()),
            Some(kind) => arguments.push(format!("--sourcemap={kind}")),
        }
        if fields.text("KeepNames")?.as_deref() == Some("true") {
            arguments.push("--keep-names".to_owned());
        }
        for (name, option) in [
            ("External", "external"),
            ("Loader", "loader"),
            ("OutExtension", "out-extension"),
            ("Banner", "banner"),
            ("Footer", "footer"),
            ("Define", "define"),
            ("Inject", "inject"),
        ] {
            let values = list(&mut fields, name)?;
            arguments.extend(values.iter().map(|value| format!("--{option}:{value}")));
        }
        // A map of packages for npm, which finds its own.
        fields.node("UseNpmCi");
        fields.finish()?;
        Ok(Build { arguments })
    }

    /// Bundles into a folder of the cache, with modules that npm installs where they are missing.
    pub async fn run(
        &self,
        mark: Mark,
        folder: &Path,
        packager: &Packager<'_>,
    ) -> Result<PathBuf, TemplateError> {
        let installed = node::install(mark, folder, node::Wanted::All, packager).await?;
        let place = folder.as_os_str().as_encoded_bytes();
        let options = self.arguments.join("\n");
        let kept = Kept::of(packager, PROGRAM, &[place, options.as_bytes()], mark)?;
        let bundle = kept.building().await?;
        let out = format!("--outdir={}", bundle.display());
        let modules = |folder: &Path| folder.join("node_modules");
        let own = [Some(folder), installed.as_deref()].into_iter().flatten();
        let own = own.map(|folder| modules(folder).join(".bin").join(PROGRAM));
        let own = own.filter(|program| program.is_file()).find_map(|program| {
            let program = std::path::absolute(program).ok()?;
            program.into_os_string().into_string().ok()
        });
        // Any other one is npm's to find, or to fetch.
        let (program, first) = match &own {
            Some(program) => (program.as_str(), Vec::new()),
            None => ("npx", vec!["--yes", PROGRAM]),
        };
        let arguments = self.arguments.iter().map(String::as_str);
        let arguments: Vec<&str> = first.into_iter().chain(arguments).chain([&*out]).collect();
        let installed = installed.map(|folder| modules(&folder).into_os_string());
        let variables = installed.iter().map(|path| ("NODE_PATH", path.as_os_str()));
        let tool = Tool {
            program,
            arguments: &arguments,
            variables: &variables.collect::<Vec<_>>(),
            folder,
            mark,
        };
        tool.run(packager.progress).await?;
        Ok(bundle)
    }
}

/// A property that is a list of texts, or one alone.
fn list(fields: &mut Fields<'_>, name: &str) -> Result<Vec<String>, TemplateError> {
    let Some(node) = fields.node(name) else {
        return Ok(Vec::new());
    };
    if let Some(one) = node.as_scalar() {
        return Ok(vec![one.to_owned()]);
    }
    let items = node.as_list();
    let items = items.ok_or_else(|| wrong_type(node, name, "a list"))?;
    items
        .iter()
        .map(|item| Ok(text(item, name)?.to_owned()))
        .collect()
}
