//! REST APIs by their OpenAPI definitions.

use super::*;

#[tokio::test]
async fn a_definition_becomes_resources_and_methods() {
    let demo = Demo::new();
    let deployment = demo.deploy(API).await.unwrap();
    assert_eq!(
        demo.calls(),
        [
            "CreateRestApi Demo",
            "CreateResource root a",
            "CreateResource resource2 b",
            "PutMethod resource3 POST NONE",
            "PutMethodResponse 200",
            "PutIntegration Aws Some(\"POST\") arn:x",
            "PutIntegrationResponse 200 None",
            "CreateDeployment api1",
            "CreateStage test deployment4",
        ]
    );
    let api = &deployment.apis[0];
    assert_eq!((api.api_id.as_str(), api.name.as_str()), ("api1", "Demo"));
    assert_eq!(api.stage, "test");
    assert_eq!(api.routes, [("POST".to_owned(), "/a/b".to_owned())]);
}

#[tokio::test]
async fn a_changed_definition_is_deployed_anew() {
    let demo = Demo::new();
    demo.changes(API).await;
    let (calls, _) = demo.changes(&API.replace("/a/b", "/c")).await;
    assert_eq!(
        calls,
        [
            "GetResources api1",
            "DeleteMethod root GET",
            "DeleteResource child",
            "CreateResource root c",
            "PutMethod resource5 POST NONE",
            "PutMethodResponse 200",
            "PutIntegration Aws Some(\"POST\") arn:x",
            "PutIntegrationResponse 200 None",
            "CreateDeployment api1",
            "UpdateStage test /deploymentId=deployment6",
            "DeleteDeployment deployment4",
        ]
    );
}
