//! `AWS::ApiGateway::RestApi`, bare or with an OpenAPI definition.
//!
//! A definition is carried out as the resources and methods it stands for. When it changes, all of
//! them are made anew: what is deployed is a snapshot and does not notice.

use super::openapi::Definition;
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, method, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::{Map, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use std::collections::BTreeMap;
use wire::apigateway::{
    CreateResourceInput, CreateRestApiInput, DeleteMethodInput, DeleteResourceInput,
    DeleteRestApiInput, GetResourcesInput, Op, PatchOperation, Resource, UpdateRestApiInput,
};

const BODY: &str = "Body";

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::RestApi,
    name: "AWS::ApiGateway::RestApi",
    properties: &[
        Property::optional("ApiKeySourceType", Schema::Text).fixed(),
        Property::optional("BinaryMediaTypes", Schema::List(&Schema::Text)).fixed(),
        Property::optional(BODY, Schema::Json),
        Property::optional("Description", Schema::Text),
        Property::optional("DisableExecuteApiEndpoint", Schema::Flag).fixed(),
        Property::optional(
            "EndpointConfiguration",
            Schema::Object(&[
                Property::optional("IpAddressType", Schema::Text),
                Property::optional("Types", Schema::List(&Schema::Text)),
                Property::refused("VpcEndpointIds"),
            ]),
        )
        .fixed(),
        Property::optional("MinimumCompressionSize", Schema::Integer).fixed(),
        Property::optional("Name", Schema::Text),
        Property::optional("Policy", Schema::Json).fixed(),
        Property::optional("Tags", TAGS).fixed(),
        Property::refused("BodyS3Location"),
        Property::refused("CloneFrom"),
        Property::refused("EndpointAccessMode"),
        Property::refused("FailOnWarnings"),
        Property::refused("Mode"),
        Property::refused("Parameters"),
        Property::refused("SecurityPolicy"),
    ],
    attributes: &["RestApiId", "RootResourceId"],
    naming: None,
};

/// Checks what the schema cannot: the definition.
pub(super) fn inspect(properties: &Map) -> Result<(), TemplateError> {
    let definition = properties.get(BODY).map(Definition::read).transpose()?;
    let title = definition.map(|definition| definition.title);
    if title.as_ref().is_none_or(String::is_empty) && properties.get("Name").is_none() {
        let (owner, name) = (TYPE.name.to_owned(), "Name".to_owned());
        let mark = properties.iter().next().map(|(key, _)| key.mark);
        return Err(Problem::MissingProperty { owner, name }.at(mark.unwrap_or_default()));
    }
    Ok(())
}

/// The definition of properties that were inspected.
fn definition_of(properties: &Map) -> Result<Option<Definition>, Failure> {
    let definition = properties.get(BODY).map(Definition::read).transpose();
    definition.map_err(Failure::Template)
}

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let definition = definition_of(properties)?;
    let (name, description) = described(properties, definition.as_ref());
    let mut input = bare(properties, &name)?;
    input.description = description;
    input.version = definition.as_ref().and_then(|d| d.version.clone());
    let api = step.call(input).await?;
    let (id, root) = (
        api.id.unwrap_or_default(),
        api.root_resource_id.unwrap_or_default(),
    );
    let made = Made::named(id.as_str())
        .with("RestApiId", id.as_str())
        .with("RootResourceId", root.as_str());
    birth.exists(&made).await?;
    if let Some(definition) = definition {
        carry_out(step, &id, &root, &definition).await?;
    }
    Ok(made)
}

/// What CreateRestApi gets of properties without a definition.
fn bare(properties: &Map, name: &str) -> Result<CreateRestApiInput, Failure> {
    let mut input: CreateRestApiInput = Request::new()
        .text("name", name)
        .copy_small(
            properties,
            &[
                "BinaryMediaTypes",
                "DisableExecuteApiEndpoint",
                "MinimumCompressionSize",
            ],
        )
        .copy_small_objects(properties, &["EndpointConfiguration"])
        .copy_as(properties, "ApiKeySourceType", "apiKeySource")
        .tag_map(properties, "tags")
        .input()?;
    if properties.get("Policy").is_some() {
        input.policy = Some(super::json_of(properties, "Policy"));
    }
    Ok(input)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let id = &old.made.reference;
    let definition = definition_of(&wanted.properties)?;
    let before = definition_of(&old.properties)?;
    let was = described(&old.properties, before.as_ref());
    let becomes = described(&wanted.properties, definition.as_ref());
    let mut patch = Vec::new();
    if was.0 != becomes.0 {
        patch.push(replace("/name", becomes.0));
    }
    if was.1 != becomes.1 {
        patch.push(replace("/description", becomes.1.unwrap_or_default()));
    }
    if !patch.is_empty() {
        step.call(UpdateRestApiInput {
            rest_api_id: id.clone(),
            patch_operations: Some(patch),
        })
        .await?;
    }
    if old.properties.get(BODY) != wanted.properties.get(BODY) {
        let root = clear(step, id).await?;
        if let Some(definition) = definition {
            carry_out(step, id, &root, &definition).await?;
        }
    }
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let rest_api_id = old.made.reference.clone();
    step.remove(DeleteRestApiInput { rest_api_id }).await
}

/// Name and description: the properties win over the definition.
fn described(properties: &Map, definition: Option<&Definition>) -> (String, Option<String>) {
    let given = |name: &str| {
        let text = properties.get(name).and_then(Node::as_text);
        text.map(str::to_owned)
    };
    let title = definition.map(|d| d.title.clone());
    let description = definition.and_then(|d| d.description.clone());
    (
        given("Name").or(title).unwrap_or_default(),
        given("Description").or(description),
    )
}

/// A patch that gives a path a new value.
pub(super) fn replace(path: impl Into<String>, value: impl Into<String>) -> PatchOperation {
    PatchOperation {
        op: Some(Op::Replace),
        path: Some(path.into()),
        value: Some(value.into()),
        from: None,
    }
}

/// Makes the resources and methods of a definition below the root.
async fn carry_out<A: Api>(
    step: &Step<'_, A>,
    api: &str,
    root: &str,
    definition: &Definition,
) -> Result<(), Failure> {
    let mut resources = BTreeMap::from([(String::new(), root.to_owned())]);
    for route in &definition.routes {
        let mut path = String::new();
        let mut resource = root.to_owned();
        for part in route.path.split('/').filter(|part| !part.is_empty()) {
            path.push('/');
            path.push_str(part);
            resource = match resources.get(&path) {
                Some(known) => known.clone(),
                None => {
                    let input: CreateResourceInput = Request::new()
                        .text("restApiId", api)
                        .text("parentId", &resource)
                        .text("pathPart", part)
                        .input()?;
                    let id = step.call(input).await?.id.unwrap_or_default();
                    resources.insert(path.clone(), id.clone());
                    id
                }
            };
        }
        method::put(step, api, &resource, &route.method, &route.properties).await?;
    }
    Ok(())
}

/// Removes every resource and method; gives the root's id.
async fn clear<A: Api>(step: &Step<'_, A>, api: &str) -> Result<String, Failure> {
    let resources = resources(step, api).await?;
    let mut root = String::new();
    for resource in &resources {
        if resource.path.as_deref() == Some("/") {
            root = resource.id.clone().unwrap_or_default();
            for http_method in resource
                .resource_methods
                .iter()
                .flatten()
                .map(|(name, _)| name)
            {
                step.remove(DeleteMethodInput {
                    rest_api_id: api.to_owned(),
                    resource_id: root.clone(),
                    http_method: http_method.clone(),
                })
                .await?;
            }
        }
    }
    // What hangs below goes with its parent.
    for resource in resources {
        if resource.parent_id.as_deref() == Some(root.as_str()) {
            step.remove(DeleteResourceInput {
                rest_api_id: api.to_owned(),
                resource_id: resource.id.unwrap_or_default(),
            })
            .await?;
        }
    }
    Ok(root)
}

async fn resources<A: Api>(step: &Step<'_, A>, api: &str) -> Result<Vec<Resource>, Failure> {
    let mut all = Vec::new();
    let mut position = None;
    loop {
        let page = step
            .call(GetResourcesInput {
                rest_api_id: api.to_owned(),
                position,
                limit: Some(500),
                embed: None,
            })
            .await?;
        all.extend(page.items.unwrap_or_default());
        position = page.position;
        if position.is_none() {
            return Ok(all);
        }
    }
}

/// The paths and methods of an API's recorded properties, for showing.
pub(crate) fn routes(properties: &Map) -> Vec<(String, String)> {
    let body = properties
        .get(BODY)
        .filter(|body| matches!(body.value, Value::Map(_)));
    let definition = body.and_then(|body| Definition::read(body).ok());
    let routes = definition
        .into_iter()
        .flat_map(|definition| definition.routes);
    routes.map(|route| (route.method, route.path)).collect()
}

/// The name an API has.
pub(crate) fn name(properties: &Map) -> String {
    let definition = properties
        .get(BODY)
        .and_then(|body| Definition::read(body).ok());
    match text_of(properties, "Name") {
        name if name.is_empty() => definition.map(|d| d.title).unwrap_or_default(),
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Mark;
    use wire::apigateway::{ApiKeySourceType, EndpointType, IpAddressType};

    #[test]
    fn nested_properties_keep_what_they_say() {
        let text = |text: &str| Node::text(Mark::default(), text);
        let types = Node::list(Mark::default(), [text("REGIONAL")]);
        let endpoint = [("Types", types), ("IpAddressType", text("dualstack"))];
        let mut properties = Map::default();
        let endpoint = Node::map(Mark::default(), endpoint);
        properties.set(Mark::default(), "EndpointConfiguration", endpoint);
        properties.set(Mark::default(), "ApiKeySourceType", text("AUTHORIZER"));
        let input = bare(&properties, "a").unwrap();
        let endpoint = input.endpoint_configuration.unwrap();
        assert_eq!(endpoint.types, Some(vec![EndpointType::Regional]));
        assert_eq!(endpoint.ip_address_type, Some(IpAddressType::Dualstack));
        assert_eq!(input.api_key_source, Some(ApiKeySourceType::Authorizer));
    }
}
