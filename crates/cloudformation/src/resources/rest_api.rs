//! `AWS::ApiGateway::RestApi`, bare or with an OpenAPI definition.
//!
//! A definition is imported by the service. When it changes it is imported over what is there: what
//! is deployed is a snapshot and does not notice.

use super::definition::{self, BODY};
use super::patch::{self, Patched};
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, json_of, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::error::{Problem, TemplateError};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use bytes::Bytes;
use wire::apigateway::{
    CreateRestApiInput, DeleteRestApiInput, PatchOperation, PutMode, PutRestApiInput,
    UpdateRestApiInput,
};

const BINARY_MEDIA_TYPES: &str = "BinaryMediaTypes";
const MODE: &str = "Mode";
const PARAMETERS: &str = "Parameters";
const POLICY: &str = "Policy";

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::RestApi,
    name: "AWS::ApiGateway::RestApi",
    properties: &[
        Property::optional("ApiKeySourceType", Schema::Text),
        Property::optional(BINARY_MEDIA_TYPES, Schema::List(&Schema::Text)),
        Property::optional(BODY, Schema::Json),
        Property::optional("Description", Schema::Text),
        Property::optional("DisableExecuteApiEndpoint", Schema::Flag),
        Property::optional(
            "EndpointConfiguration",
            Schema::Object(&[
                Property::optional("IpAddressType", Schema::Text),
                Property::optional("Types", Schema::List(&Schema::Text)),
                Property::refused("VpcEndpointIds"),
            ]),
        )
        .fixed(),
        // What an import here cannot carry out is an error already.
        Property::optional("FailOnWarnings", Schema::Flag),
        Property::optional("MinimumCompressionSize", Schema::Integer),
        Property::optional(MODE, Schema::Text),
        Property::optional("Name", Schema::Text),
        Property::optional(PARAMETERS, Schema::Map(&Schema::Text)),
        Property::optional(POLICY, Schema::Json),
        Property::optional("Tags", TAGS).fixed(),
        Property::refused("BodyS3Location"),
        Property::refused("CloneFrom"),
        Property::refused("EndpointAccessMode"),
        Property::refused("SecurityPolicy"),
    ],
    attributes: &["RestApiId", "RootResourceId"],
    naming: None,
};

/// What UpdateRestApi changes.
const PATCHED: [Patched; 5] = [
    Patched::or("ApiKeySourceType", "/apiKeySource", "HEADER"),
    Patched::text("Description", "/description"),
    Patched::or(
        "DisableExecuteApiEndpoint",
        "/disableExecuteApiEndpoint",
        "false",
    ),
    Patched::text("MinimumCompressionSize", "/minimumCompressionSize"),
    Patched::kept("Name", "/name"),
];

/// Checks what the schema cannot: the definition.
pub(super) fn inspect(properties: &Map) -> Result<(), TemplateError> {
    if let Some(body) = properties.get(BODY) {
        definition::check(body)?;
    }
    if definition::name(properties).is_empty() {
        let (owner, name) = (TYPE.name.to_owned(), "Name".to_owned());
        let mark = properties.iter().next().map(|(key, _)| key.mark);
        return Err(Problem::MissingProperty { owner, name }.at(mark.unwrap_or_default()));
    }
    Ok(())
}

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let api = step.call(bare(properties)?).await?;
    let id = api.id.unwrap_or_default();
    let made = Made::named(id.as_str())
        .with("RestApiId", id.as_str())
        .with("RootResourceId", api.root_resource_id.unwrap_or_default());
    birth.exists(&made).await?;
    if properties.get(BODY).is_some() {
        import(step, &id, properties).await?;
    }
    Ok(made)
}

/// What CreateRestApi gets of properties, whatever their definition.
fn bare(properties: &Map) -> Result<CreateRestApiInput, Failure> {
    let mut input: CreateRestApiInput = Request::new()
        .own_text("name", definition::name(properties))
        .copy_small(
            properties,
            &[
                BINARY_MEDIA_TYPES,
                "Description",
                "DisableExecuteApiEndpoint",
                "MinimumCompressionSize",
            ],
        )
        .copy_small_objects(properties, &["EndpointConfiguration"])
        .copy_as(properties, "ApiKeySourceType", "apiKeySource")
        .tag_map(properties, "tags")
        .input()?;
    if properties.get(POLICY).is_some() {
        input.policy = Some(json_of(properties, POLICY));
    }
    Ok(input)
}

/// Lays the definition over the API. What properties say besides wins.
async fn import<A: Api>(step: &Step<'_, A>, id: &str, properties: &Map) -> Result<(), Failure> {
    let mode = match text_of(properties, MODE).as_str() {
        "merge" => PutMode::Merge,
        _ => PutMode::Overwrite,
    };
    let parameters = patch::object(properties, PARAMETERS).into_iter();
    let parameters = parameters.flat_map(Map::iter).map(|(key, value)| {
        let value = value.as_text().unwrap_or_default();
        (key.text.clone(), value.to_owned())
    });
    step.call(PutRestApiInput {
        rest_api_id: id.to_owned(),
        mode: Some(mode),
        fail_on_warnings: None,
        parameters: Some(parameters.collect()),
        body: Bytes::from(json_of(properties, BODY)),
    })
    .await?;
    change(step, id, patches(&Map::default(), properties)).await
}

/// What differs, but for media types, which are merged with those of the definition.
fn patches(old: &Map, new: &Map) -> Vec<PatchOperation> {
    let mut patch = patch::scalars(old, new, &PATCHED);
    if old.get(POLICY) != new.get(POLICY) {
        patch.push(patch::replace("/policy", json_of(new, POLICY)));
    }
    patch
}

async fn change<A: Api>(
    step: &Step<'_, A>,
    id: &str,
    patch: Vec<PatchOperation>,
) -> Result<(), Failure> {
    if !patch.is_empty() {
        step.call(UpdateRestApiInput {
            rest_api_id: id.to_owned(),
            patch_operations: Some(patch),
        })
        .await?;
    }
    Ok(())
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let (id, was, properties) = (&old.made.reference, &old.properties, &wanted.properties);
    let mut patch = patches(was, properties);
    let path = "/binaryMediaTypes";
    patch.extend(patch::members_below(
        was,
        properties,
        BINARY_MEDIA_TYPES,
        path,
    ));
    change(step, id, patch).await?;
    let imported = [BODY, MODE, PARAMETERS];
    let differs = imported
        .iter()
        .any(|name| was.get(name) != properties.get(name));
    if differs && properties.get(BODY).is_some() {
        import(step, id, properties).await?;
    }
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let rest_api_id = old.made.reference.clone();
    step.remove(DeleteRestApiInput { rest_api_id }).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Mark, Node};
    use wire::apigateway::{ApiKeySourceType, EndpointType, IpAddressType};

    #[test]
    fn nested_properties_keep_what_they_say() {
        let text = |text: &str| Node::text(Mark::default(), text);
        let types = Node::list(Mark::default(), [text("REGIONAL")]);
        let endpoint = [("Types", types), ("IpAddressType", text("dualstack"))];
        let mut properties = Map::default();
        let endpoint = Node::map(Mark::default(), endpoint);
        properties.set(Mark::default(), "Name", text("a"));
        properties.set(Mark::default(), "EndpointConfiguration", endpoint);
        properties.set(Mark::default(), "ApiKeySourceType", text("AUTHORIZER"));
        let input = bare(&properties).unwrap();
        let endpoint = input.endpoint_configuration.unwrap();
        assert_eq!(endpoint.types, Some(vec![EndpointType::Regional]));
        assert_eq!(endpoint.ip_address_type, Some(IpAddressType::Dualstack));
        assert_eq!(input.api_key_source, Some(ApiKeySourceType::Authorizer));
    }
}
