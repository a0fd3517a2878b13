//! A template's sections, read from its tree.
//!
//! Everything a template declares by name ends here with its place; what stands in properties is
//! left as nodes. Knows the anatomy of templates, no resource type.

mod entries;
mod parameter;

pub(crate) use entries::{Output, Removal, Resource};
pub(crate) use parameter::{Parameter, ParameterValue, values as parameter_values};

use crate::document::{self, Key, Map, Mark, Node, Source, Value};
use crate::error::{Problem, TemplateError};
use crate::include;
use std::path::Path;

/// How many resources a template may declare: CloudFormation's own limit.
const MAX_RESOURCES: usize = 500;
const SERVERLESS: &str = "AWS::Serverless-2016-10-31";

/// A template as written, or after the SAM transform.
#[derive(Debug, Clone, Default)]
pub(crate) struct Template {
    pub parameters: Vec<Parameter>,
    pub mappings: Map,
    pub conditions: Map,
    pub globals: Map,
    pub resources: Vec<Resource>,
    pub outputs: Vec<Output>,
    /// Whether the template asks for the SAM transform.
    pub serverless: bool,
}

impl Template {
    /// Reads a template's text, with files that it includes from `folder`. What is odd about it and goes all the same joins `remarks`.
    ///
    /// # Errors
    /// Text that does not parse, an unknown section, or an entry of the wrong shape.
    pub fn parse(
        source: &Source,
        folder: &Path,
        remarks: &mut Vec<TemplateError>,
    ) -> Result<Template, TemplateError> {
        let root = include::expand(&document::parse(source, remarks)?, folder)?;
        let Value::Map(sections) = root.value else {
            return Err(TemplateError::syntax(root.mark, "a template is an object"));
        };
        let mut template = Template::default();
        for (key, node) in sections.iter() {
            template.section(key, node, remarks)?;
        }
        if let Some((key, _)) = sections.entry("Globals")
            && !template.serverless
        {
            let what = format!("the section Globals without `Transform: {SERVERLESS}`");
            return Err(TemplateError::not_supported(key.mark, what));
        }
        if template.resources.is_empty() {
            return Err(TemplateError::syntax(
                root.mark,
                "a template needs resources",
            ));
        }
        Ok(template)
    }

    fn section(
        &mut self,
        key: &Key,
        node: &Node,
        remarks: &mut Vec<TemplateError>,
    ) -> Result<(), TemplateError> {
        match key.text.as_str() {
            "AWSTemplateFormatVersion" => {
                text(node, "AWSTemplateFormatVersion").and_then(|version| match version {
                    "2010-09-09" => Ok(()),
                    other => Err(wrong_value(
                        node.mark,
                        "AWSTemplateFormatVersion",
                        "2010-09-09",
                        other,
                    )),
                })?;
            }
            "Description" | "Metadata" => {}
            "Transform" => self.transform(node)?,
            "Globals" => self.globals = map(node, "Globals")?.clone(),
            "Mappings" => self.mappings = map(node, "Mappings")?.clone(),
            "Conditions" => self.conditions = map(node, "Conditions")?.clone(),
            "Parameters" => {
                self.parameters = entries(node, "Parameters", Parameter::read)?;
            }
            "Resources" => {
                self.resources = entries(node, "Resources", Resource::read)?;
                if self.resources.len() > MAX_RESOURCES {
                    let limit = format!("{MAX_RESOURCES} resources");
                    return Err(TemplateError::too_large(key.mark, limit));
                }
            }
            "Outputs" => self.outputs = entries(node, "Outputs", Output::read)?,
            "Rules" => remarks.push(Problem::RulesLeftOut.at(key.mark)),
            "Hooks" => {
                let what = format!("the section {}", key.text);
                return Err(TemplateError::not_supported(key.mark, what));
            }
            _ => return Err(Problem::UnknownSection(key.text.clone()).at(key.mark)),
        }
        Ok(())
    }

    fn transform(&mut self, node: &Node) -> Result<(), TemplateError> {
        let names = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for name in names {
            match text(name, "Transform")? {
                SERVERLESS => self.serverless = true,
                other => {
                    let what = format!("the transform {other:?}");
                    return Err(TemplateError::not_supported(name.mark, what));
                }
            }
        }
        Ok(())
    }

    pub fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.logical_id == logical_id)
    }
}

/// Reads every entry of a section whose keys are alphanumeric names.
fn entries<T>(
    node: &Node,
    section: &str,
    read: fn(&Key, &Node) -> Result<T, TemplateError>,
) -> Result<Vec<T>, TemplateError> {
    let entries = map(node, section)?.iter().map(|(key, node)| {
        let named = !key.text.is_empty() && key.text.bytes().all(|b| b.is_ascii_alphanumeric());
        if named {
            read(key, node)
        } else {
            let what = format!("a name in {section}");
            Err(wrong_value(
                key.mark,
                &what,
                "letters and digits",
                &key.text,
            ))
        }
    });
    entries.collect()
}

pub(crate) fn map<'n>(node: &'n Node, what: &str) -> Result<&'n Map, TemplateError> {
    node.as_map()
        .ok_or_else(|| wrong_type(node, what, "an object"))
}

pub(crate) fn text<'n>(node: &'n Node, what: &str) -> Result<&'n str, TemplateError> {
    node.as_scalar()
        .ok_or_else(|| wrong_type(node, what, "a string"))
}

pub(crate) fn wrong_type(node: &Node, what: &str, expected: &'static str) -> TemplateError {
    let (what, found) = (what.to_owned(), node.kind().to_owned());
    Problem::WrongType {
        what,
        expected,
        found,
    }
    .at(node.mark)
}

pub(crate) fn wrong_value(mark: Mark, what: &str, expected: &str, found: &str) -> TemplateError {
    Problem::WrongValue {
        what: what.to_owned(),
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
    .at(mark)
}

#[cfg(test)]
mod tests;
