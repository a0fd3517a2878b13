//! `AWS::ApiGateway::Method`: a method with its integration and responses.

use super::patch::objects;
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::{Map, Node};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigateway::{
    DeleteMethodInput, PutIntegrationInput, PutIntegrationResponseInput, PutMethodInput,
    PutMethodResponseInput,
};

const TEXTS: Schema = Schema::Map(&Schema::Text);
const FLAGS: Schema = Schema::Map(&Schema::Flag);

const INTEGRATION: Schema = Schema::Object(&[
    Property::optional("CacheKeyParameters", Schema::List(&Schema::Text)),
    Property::optional("CacheNamespace", Schema::Text),
    Property::optional("ConnectionType", Schema::Text),
    Property::optional("ContentHandling", Schema::Text),
    Property::optional("Credentials", Schema::Text),
    Property::optional("IntegrationHttpMethod", Schema::Text),
    Property::optional(
        "IntegrationResponses",
        Schema::List(&Schema::Object(&[
            Property::optional("ContentHandling", Schema::Text),
            Property::optional("ResponseParameters", TEXTS),
            Property::optional("ResponseTemplates", TEXTS),
            Property::optional("SelectionPattern", Schema::Text),
            Property::required("StatusCode", Schema::Text),
        ])),
    ),
    Property::optional("PassthroughBehavior", Schema::Text),
    Property::optional("RequestParameters", TEXTS),
    Property::optional("RequestTemplates", TEXTS),
    Property::optional("ResponseTransferMode", Schema::Text),
    Property::optional("TimeoutInMillis", Schema::Integer),
    Property::required("Type", Schema::Text),
    Property::optional("Uri", Schema::Text),
    Property::refused("ConnectionId"),
    Property::refused("IntegrationTarget"),
]);

/// Properties that the operations take under the same name with a small first letter.
const OF_METHOD: [&str; 7] = [
    "ApiKeyRequired",
    "AuthorizationScopes",
    "AuthorizerId",
    "OperationName",
    "RequestModels",
    "RequestParameters",
    "RequestValidatorId",
];
const OF_METHOD_RESPONSE: [&str; 3] = ["StatusCode", "ResponseModels", "ResponseParameters"];
const OF_INTEGRATION: [&str; 12] = [
    "CacheKeyParameters",
    "CacheNamespace",
    "ConnectionType",
    "ContentHandling",
    "Credentials",
    "PassthroughBehavior",
    "RequestParameters",
    "RequestTemplates",
    "ResponseTransferMode",
    "TimeoutInMillis",
    "Type",
    "Uri",
];
const OF_INTEGRATION_RESPONSE: [&str; 5] = [
    "StatusCode",
    "SelectionPattern",
    "ResponseParameters",
    "ResponseTemplates",
    "ContentHandling",
];

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Method,
    name: "AWS::ApiGateway::Method",
    properties: &[
        Property::optional("ApiKeyRequired", Schema::Flag),
        Property::optional("AuthorizationScopes", Schema::List(&Schema::Text)),
        Property::optional("AuthorizationType", Schema::Text),
        Property::optional("AuthorizerId", Schema::Text),
        Property::required("HttpMethod", Schema::Text).replaces(),
        Property::optional("Integration", INTEGRATION),
        Property::optional(
            "MethodResponses",
            Schema::List(&Schema::Object(&[
                Property::optional("ResponseModels", TEXTS),
                Property::optional("ResponseParameters", FLAGS),
                Property::required("StatusCode", Schema::Text),
            ])),
        ),
        Property::optional("OperationName", Schema::Text),
        Property::optional("RequestModels", TEXTS),
        Property::optional("RequestParameters", FLAGS),
        Property::required("ResourceId", Schema::Text).replaces(),
        Property::required("RestApiId", Schema::Text).replaces(),
        Property::optional("RequestValidatorId", Schema::Text),
    ],
    attributes: &[],
    naming: None,
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let made = Made::named(wanted.name.as_str());
    birth.exists(&made).await?;
    put(step, &wanted.properties).await?;
    Ok(made)
}

/// Made anew: a deployed stage keeps what it has until the next deployment.
pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    delete(step, old).await?;
    put(step, &wanted.properties).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteMethodInput {
        rest_api_id: text_of(&old.properties, "RestApiId"),
        resource_id: text_of(&old.properties, "ResourceId"),
        http_method: text_of(&old.properties, "HttpMethod"),
    })
    .await
}

/// Puts a method, its responses, its integration and the integration's responses, in the order in
/// which each needs the one before.
async fn put<A: Api>(step: &Step<'_, A>, properties: &Map) -> Result<(), Failure> {
    let request = || {
        let names = ["RestApiId", "ResourceId", "HttpMethod"];
        Request::new().copy_small(properties, &names)
    };
    let authorization = match text_of(properties, "AuthorizationType") {
        none if none.is_empty() => "NONE".to_owned(),
        given => given,
    };
    let input: PutMethodInput = request()
        .own_text("authorizationType", authorization)
        .copy_small(properties, &OF_METHOD)
        .input()?;
    step.call(input).await?;
    for response in objects(properties, "MethodResponses") {
        let request = request().copy_small(response, &OF_METHOD_RESPONSE);
        let input: PutMethodResponseInput = request.input()?;
        step.call(input).await?;
    }
    let Some(integration) = properties.get("Integration").and_then(Node::as_map) else {
        return Ok(());
    };
    step.call(integration_input(request(), integration)?)
        .await?;
    for response in objects(integration, "IntegrationResponses") {
        let request = request().copy_small(response, &OF_INTEGRATION_RESPONSE);
        let input: PutIntegrationResponseInput = request.input()?;
        step.call(input).await?;
    }
    Ok(())
}

fn integration_input<'p>(
    request: Request<'p>,
    integration: &'p Map,
) -> Result<PutIntegrationInput, Failure> {
    let mut input: PutIntegrationInput =
        request.copy_small(integration, &OF_INTEGRATION).input()?;
    // On the wire this member shares its name with the method's own, which travels in the path.
    let http_method = integration
        .get("IntegrationHttpMethod")
        .and_then(Node::as_text);
    input.integration_http_method = http_method.map(str::to_owned);
    Ok(input)
}
