use super::{BAD, MISSING, patches, refused};
use crate::testing::World;
use wire::apigateway::{
    CreateDeploymentInput, DeleteDeploymentInput, DeleteStageInput, GetDeploymentInput,
    GetDeploymentsInput, GetStageInput, ImportRestApiInput, PutMode, PutRestApiInput,
    UpdateDeploymentInput,
};

fn create(api_id: &str, stage: Option<&str>) -> CreateDeploymentInput {
    CreateDeploymentInput {
        rest_api_id: api_id.into(),
        stage_name: stage.map(str::to_owned),
        ..Default::default()
    }
}

#[tokio::test]
async fn only_complete_apis_are_deployed() {
    let world = World::new();
    let api = world.draft().await;
    let no_api = "Invalid API identifier specified 111111111111:fake";
    refused(world.call(create("fake", None)).await, MISSING, no_api);
    refused(
        world.call(create(&api.id, None)).await,
        BAD,
        "The REST API doesn't contain any methods",
    );
    api.method(&api.root_id, "GET", |_| ()).await;
    refused(
        world.call(create(&api.id, None)).await,
        BAD,
        "No integration defined for method",
    );
    api.integration(
        &api.root_id,
        "GET",
        wire::apigateway::IntegrationType::Mock,
        |_| (),
    )
    .await;
    let created = world.call(create(&api.id, None)).await.unwrap();
    assert_eq!((created.description, created.api_summary), (None, None));
    let get = GetDeploymentInput {
        rest_api_id: api.id.clone(),
        deployment_id: created.id.unwrap(),
        embed: Some(vec!["apisummary".into()]),
    };
    let summary = world.call(get).await.unwrap().api_summary.unwrap();
    assert_eq!(
        summary["/"]["GET"].authorization_type.as_deref(),
        Some("NONE")
    );
}

#[tokio::test]
async fn lifecycle() {
    let world = World::new();
    let api = world.draft().await;
    api.mock(&api.root_id, "GET").await;
    let id = world
        .call(create(&api.id, Some("dev")))
        .await
        .unwrap()
        .id
        .unwrap();
    let stage = GetStageInput {
        rest_api_id: api.id.clone(),
        stage_name: "dev".into(),
    };
    assert_eq!(
        world.call(stage).await.unwrap().deployment_id.as_deref(),
        Some(id.as_str())
    );
    let update = UpdateDeploymentInput {
        rest_api_id: api.id.clone(),
        deployment_id: id.clone(),
        patch_operations: patches(&[("replace", "/description", "first")]),
    };
    assert_eq!(
        world.call(update).await.unwrap().description.as_deref(),
        Some("first")
    );
    let list = GetDeploymentsInput {
        rest_api_id: api.id.clone(),
        ..Default::default()
    };
    assert_eq!(world.call(list).await.unwrap().items.unwrap().len(), 1);
    let delete = || DeleteDeploymentInput {
        rest_api_id: api.id.clone(),
        deployment_id: id.clone(),
    };
    let used = "Active stages pointing to this deployment must be moved or deleted";
    refused(world.call(delete()).await, BAD, used);
    world
        .call(DeleteStageInput {
            rest_api_id: api.id.clone(),
            stage_name: "dev".into(),
        })
        .await
        .unwrap();
    world.call(delete()).await.unwrap();
    refused(
        world.call(delete()).await,
        MISSING,
        "Invalid Deployment identifier specified",
    );
}

const DOCUMENT: &str = r#"
openapi: 3.0.1
info: {title: imported, version: "1"}
paths:
  /hello:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: 200, responseTemplates: {application/json: "hello"}}}
"#;

#[tokio::test]
async fn imported_apis_run() {
    let world = World::new();
    let input = ImportRestApiInput {
        body: DOCUMENT.into(),
        ..Default::default()
    };
    let imported = world.call(input).await.unwrap();
    assert_eq!(
        (imported.name.as_deref(), imported.version.as_deref()),
        (Some("imported"), Some("1"))
    );
    let api = crate::testing::Draft::of(
        &world,
        imported.id.unwrap(),
        imported.root_resource_id.unwrap(),
    );
    api.deploy().await;
    assert_eq!(api.send("GET /test/hello").await.text(), "hello");
    let put = |body: String, mode| PutRestApiInput {
        rest_api_id: api.id.clone(),
        body: body.into(),
        mode: Some(mode),
        ..Default::default()
    };
    let bye = DOCUMENT.replace("hello", "bye");
    world.call(put(bye.clone(), PutMode::Merge)).await.unwrap();
    api.deploy().await;
    assert_eq!(api.send("GET /test/hello").await.text(), "hello");
    assert_eq!(api.send("GET /test/bye").await.text(), "bye");
    world.call(put(bye, PutMode::Overwrite)).await.unwrap();
    api.deploy().await;
    assert_eq!(api.send("GET /test/hello").await.status, 403);
    assert_eq!(api.send("GET /test/bye").await.text(), "bye");
    let bad = put("not a document: [".into(), PutMode::Merge);
    refused(
        world.call(bad).await,
        BAD,
        "Unable to build importer with provided input.",
    );
}
