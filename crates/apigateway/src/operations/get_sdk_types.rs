//! GetSdkTypes: the languages for which AWS generates clients. GetSdk itself is not built.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::page::page;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetSdkTypesInput, GetSdkTypesOutput, SdkConfigurationProperty, SdkType};

impl Operate<Gateway> for GetSdkTypesInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["sdktypes"]))
    }

    async fn operate(self, _: &Gateway, _: &Permit) -> Result<GetSdkTypesOutput, Error> {
        let types = TYPES.iter().collect();
        let (types, position) = page(types, self.position.as_deref(), self.limit, |t| t.id);
        Ok(GetSdkTypesOutput {
            position,
            items: Some(types.into_iter().map(Type::shape).collect()),
        })
    }
}

/// A language.
pub(super) struct Type {
    pub(super) id: &'static str,
    name: &'static str,
    /// What GetSdk must be told, by the names of its parameters.
    properties: &'static [(&'static str, &'static str)],
}

/// In the order of their ids.
pub(super) const TYPES: [Type; 6] = [
    Type {
        id: "android",
        name: "Android",
        properties: &[
            ("groupId", "Group ID"),
            ("artifactId", "Artifact ID"),
            ("artifactVersion", "Artifact Version"),
            ("invokerPackage", "Invoker package"),
        ],
    },
    Type {
        id: "java",
        name: "Java SDK",
        properties: &[
            ("serviceName", "Service Name"),
            ("javaPackageName", "Java Package Name"),
        ],
    },
    Type {
        id: "javascript",
        name: "JavaScript",
        properties: &[],
    },
    Type {
        id: "objectivec",
        name: "iOS (Objective-C)",
        properties: &[("classPrefix", "Prefix")],
    },
    Type {
        id: "ruby",
        name: "Ruby",
        properties: &[("service.name", "Service Name")],
    },
    Type {
        id: "swift",
        name: "iOS (Swift)",
        properties: &[("classPrefix", "Prefix")],
    },
];

impl Type {
    pub(super) fn shape(&self) -> SdkType {
        let property = |(name, friendly): &(&str, &str)| SdkConfigurationProperty {
            name: Some((*name).to_owned()),
            friendly_name: Some((*friendly).to_owned()),
            required: Some(true),
            ..SdkConfigurationProperty::default()
        };
        SdkType {
            id: Some(self.id.to_owned()),
            friendly_name: Some(self.name.to_owned()),
            description: Some(format!("{} client", self.name)),
            configuration_properties: Some(self.properties.iter().map(property).collect()),
        }
    }
}
