//! REST APIs by their OpenAPI definitions.

use super::*;

const BODY: &str = concat!(
    r#"{"openapi":"3.0.1","info":{"title":"Demo"},"paths":{"/a/b":{"post":{"responses":"#,
    r#"{"200":{"description":"OK"}},"x-amazon-apigateway-integration":{"type":"aws","#,
    r#""httpMethod":"POST","uri":"arn:x","responses":{"default":{"statusCode":"200"}}}}}}}"#,
);

#[tokio::test]
async fn a_definition_is_imported() {
    let demo = Demo::new();
    let deployment = demo.deploy(API).await.unwrap();
    assert_eq!(
        demo.calls(),
        [
            "CreateRestApi Demo",
            &format!("PutRestApi api1 Some(Overwrite) {BODY}"),
            "CreateDeployment api1",
            "CreateStage test deployment2",
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
            &format!(
                "PutRestApi api1 Some(Overwrite) {}",
                BODY.replace("/a/b", "/c")
            ),
            "CreateDeployment api1",
            "UpdateStage test /deploymentId=deployment3",
            "DeleteDeployment deployment2",
        ]
    );
}

#[tokio::test]
async fn properties_win_over_the_definition() {
    let demo = Demo::new();
    let named = API.replace(
        "StageName: test",
        "StageName: test\n      Name: Other\n      Mode: merge",
    );
    let (calls, _) = demo.changes(&named).await;
    assert_eq!(
        calls[..3],
        [
            "CreateRestApi Other",
            &format!("PutRestApi api1 Some(Merge) {BODY}"),
            "UpdateRestApi api1 /name=Other",
        ]
    );
}
