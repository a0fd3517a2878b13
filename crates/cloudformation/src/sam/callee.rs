//! What the events of a serverless function call: the function, or the alias that is published
//! for it (`AutoPublishAlias`).

use super::generated::Generated;
use super::{get_att, reference};
use crate::document::{Map, Mark, Node};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::{Removal, Resource, text};

pub(super) struct Callee<'a> {
    pub function: &'a Resource,
    alias: Option<Alias>,
}

struct Alias {
    logical_id: String,
    name: Node,
}

impl<'a> Callee<'a> {
    /// Takes what a function says of its alias; makes the version and the alias.
    ///
    /// A version is published whenever the code is another, as SAM does it; earlier ones stay, so
    /// that an alias can be pointed back to them.
    pub fn read(
        function: &'a Resource,
        fields: &mut Fields<'_>,
        generated: &mut Generated,
    ) -> Result<(Callee<'a>, Vec<Resource>), TemplateError> {
        let description = fields.node("VersionDescription").cloned();
        let provisioned = fields.node("ProvisionedConcurrencyConfig").cloned();
        let Some(name) = fields.node("AutoPublishAlias").cloned() else {
            if let Some(config) = provisioned {
                let what = "ProvisionedConcurrencyConfig without AutoPublishAlias".to_owned();
                return Err(TemplateError::not_supported(config.mark, what));
            }
            let alias = None;
            return Ok((Callee { function, alias }, Vec::new()));
        };
        let mark = name.mark;
        let id = &function.logical_id;
        let version_id = format!("{id}Version");
        let mut properties = Map::default();
        properties.set(mark, "FunctionName", reference(mark, id));
        properties.set(mark, "CodeSha256", get_att(mark, id, "CodeSha256"));
        if let Some(description) = description {
            properties.set(description.mark, "Description", description);
        }
        let kind = "AWS::Lambda::Version";
        let mut version = Resource::generated(mark, version_id.clone(), kind, properties);
        (version.on_delete, version.on_replace) = (Removal::Retain, Removal::Retain);
        let logical_id = format!("{id}Alias{}", text(&name, "AutoPublishAlias")?);
        generated.note(id, "Version", &version_id);
        generated.note(id, "Alias", &logical_id);
        let mut properties = Map::default();
        properties.set(mark, "FunctionName", reference(mark, id));
        let number = get_att(mark, &version_id, "Version");
        properties.set(mark, "FunctionVersion", number);
        properties.set(mark, "Name", name.clone());
        if let Some(config) = provisioned {
            properties.set(config.mark, "ProvisionedConcurrencyConfig", config);
        }
        let kind = "AWS::Lambda::Alias";
        let mut alias = Resource::generated(mark, logical_id.clone(), kind, properties);
        for made in [&mut version, &mut alias] {
            made.condition.clone_from(&function.condition);
        }
        let alias_of = Alias { logical_id, name };
        let callee = Callee {
            function,
            alias: Some(alias_of),
        };
        Ok((callee, vec![version, alias]))
    }

    /// The logical id of what is called.
    pub fn logical_id(&self) -> &str {
        match &self.alias {
            Some(alias) => &alias.logical_id,
            None => &self.function.logical_id,
        }
    }

    /// What is called, by its name or ARN.
    pub fn reference(&self, mark: Mark) -> Node {
        reference(mark, self.logical_id())
    }

    /// What stands for the ARN of what is called, between the braces of `Fn::Sub`.
    pub fn arn_placeholder(&self) -> String {
        match &self.alias {
            Some(alias) => alias.logical_id.clone(),
            None => format!("{}.Arn", self.function.logical_id),
        }
    }

    /// The alias's name, where a function and its qualifier are given apart.
    pub fn qualifier(&self) -> Option<&Node> {
        self.alias.as_ref().map(|alias| &alias.name)
    }
}
