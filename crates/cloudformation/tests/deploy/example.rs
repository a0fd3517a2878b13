//! What is told of a deployment, and the example's.

use super::*;

#[tokio::test]
async fn it_tells_what_it_does() {
    let demo = Demo::new();
    let told = std::sync::Mutex::new(Vec::new());
    let listener = |event: &Event<'_>| {
        let line = match event {
            Event::Planned { changes } => format!("{changes} changes"),
            Event::Started { logical_id, .. } => format!("{logical_id}..."),
            Event::Finished {
                logical_id, action, ..
            } => {
                format!("{logical_id} {}", action.as_str())
            }
            _ => return,
        };
        told.lock().unwrap().push(line);
    };
    let deployer = Deployer {
        progress: Progress::new(&listener),
        ..demo.deployer()
    };
    let source = Source::new("t.yaml", SERVICE);
    for _ in 0..2 {
        let done = deployer
            .deploy_source(&source, Path::new("."), &demo.options)
            .await;
        done.unwrap();
    }
    assert_eq!(
        told.into_inner().unwrap().join("; "),
        "3 changes; Table...; Table create; Role...; Role create; Function...; Function create; \
         0 changes"
    );
}

#[tokio::test]
async fn the_example_deploys() {
    let mut demo = Demo::new();
    demo.options.stack_name = "dynamodb-manager".to_owned();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/dynamodb-manager");
    let template = find_template(&folder).unwrap();
    let deployment = demo
        .deployer()
        .deploy(&template, &demo.options)
        .await
        .unwrap();
    assert_eq!(
        shown(&deployment.changes)
            .replace("create ", "")
            .split(", ")
            .collect::<Vec<_>>()
            .len(),
        7
    );
    assert_eq!(deployment.outputs["TableName"], "dynamodb-manager-items");
    assert_eq!(deployment.outputs["FunctionName"], "dynamodb-manager");
    assert_eq!(deployment.functions["ManagerFunction"], "dynamodb-manager");
    assert_eq!(
        deployment.apis[0].routes,
        [("POST".to_owned(), "/DynamoDBManager".to_owned())]
    );
    let permission = demo
        .calls()
        .into_iter()
        .find(|call| call.starts_with("AddPermission"));
    assert_eq!(
        permission.unwrap(),
        "AddPermission dynamodb-manager apigateway.amazonaws.com \
         arn:aws:execute-api:us-east-1:000000000000:api1/*/POST/DynamoDBManager"
    );
    let again = demo
        .deployer()
        .deploy(&template, &demo.options)
        .await
        .unwrap();
    assert_eq!(shown(&again.changes), "");
}

#[tokio::test]
async fn a_folder_without_template_says_what_it_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let error = find_template(folder.path()).unwrap_err();
    assert!(matches!(error, DeployError::NoTemplate(_)));
    assert!(
        error
            .to_string()
            .ends_with("has no template: expected template.yaml, template.yml, template.json"),
        "{error}"
    );
}
