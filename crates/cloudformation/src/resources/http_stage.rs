//! `AWS::ApiGatewayV2::Stage`: a name under which an HTTP API is served.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{CreateStageInput, DeleteStageInput, UpdateStageInput};

const SETTINGS: Schema = Schema::Object(&[
    Property::optional("DataTraceEnabled", Schema::Flag),
    Property::optional("DetailedMetricsEnabled", Schema::Flag),
    Property::optional("LoggingLevel", Schema::Text),
    Property::optional("ThrottlingBurstLimit", Schema::Integer),
    Property::optional("ThrottlingRateLimit", Schema::Json),
]);

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::HttpStage,
    name: "AWS::ApiGatewayV2::Stage",
    properties: &[
        Property::optional(
            "AccessLogSettings",
            Schema::Object(&[
                Property::optional("DestinationArn", Schema::Text),
                Property::optional("Format", Schema::Text),
            ]),
        ),
        Property::required("ApiId", Schema::Text).replaces(),
        Property::optional("AutoDeploy", Schema::Flag),
        Property::optional("DefaultRouteSettings", SETTINGS),
        Property::optional("DeploymentId", Schema::Text),
        Property::optional("Description", Schema::Text),
        Property::optional("RouteSettings", Schema::Map(&SETTINGS)),
        Property::required("StageName", Schema::Text).replaces(),
        Property::optional("StageVariables", Schema::Map(&Schema::Text)),
        Property::optional("Tags", Schema::Json).fixed(),
        Property::refused("AccessPolicyId"),
        Property::refused("ClientCertificateId"),
    ],
    attributes: &[],
    naming: None,
};

/// What both making and changing a stage take.
fn settings(properties: &Map) -> Request<'_> {
    Request::new()
        .copy(properties, &["ApiId"])
        .copy_small(
            properties,
            &[
                "AutoDeploy",
                "DeploymentId",
                "Description",
                "StageVariables",
            ],
        )
        .copy_small_objects(properties, &["AccessLogSettings", "DefaultRouteSettings"])
        .copy_small_map(properties, "RouteSettings")
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let request = settings(properties).copy_small(properties, &["StageName"]);
    let input: CreateStageInput = request.input()?;
    step.call(input).await?;
    Ok(Made::named(text_of(properties, "StageName")))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    _old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let properties = &wanted.properties;
    let request = settings(properties).copy(properties, &["StageName"]);
    let input: UpdateStageInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteStageInput {
        api_id: text_of(&old.properties, "ApiId"),
        stage_name: old.made.reference.clone(),
    })
    .await
}
