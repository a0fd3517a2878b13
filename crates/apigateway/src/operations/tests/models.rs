use super::{BAD, CONFLICT, MISSING, patches, refused};
use crate::testing::{World, texts};
use wire::apigateway::{
    CreateModelInput, CreateRequestValidatorInput, DeleteModelInput, DeleteRequestValidatorInput,
    GetModelInput, GetModelsInput, GetRequestValidatorInput, GetRequestValidatorsInput,
    UpdateMethodInput, UpdateModelInput, UpdateRequestValidatorInput,
};

const SCHEMA: &str = "Model schema must have at least 1 property or array items defined";

fn model(api_id: &str, name: &str, schema: Option<&str>) -> CreateModelInput {
    CreateModelInput {
        rest_api_id: api_id.into(),
        name: name.into(),
        schema: schema.map(str::to_owned),
        content_type: "application/json".into(),
        description: None,
    }
}

#[tokio::test]
async fn lifecycle() {
    let world = World::new();
    let api = world.draft().await;
    let created = world
        .call(model(&api.id, "CalcOutput", Some(r#"{"title":"Calc"}"#)))
        .await
        .unwrap();
    assert_eq!(created.schema.as_deref(), Some(r#"{"title":"Calc"}"#));
    let input = GetModelsInput {
        rest_api_id: api.id.clone(),
        ..Default::default()
    };
    let names: Vec<_> = world.call(input).await.unwrap().items.unwrap();
    let names: Vec<_> = names.into_iter().map(|model| model.name.unwrap()).collect();
    assert_eq!(names, ["CalcOutput", "Empty", "Error"]);
    let get = GetModelInput {
        rest_api_id: api.id.clone(),
        model_name: "CalcOutput".into(),
        flatten: None,
    };
    assert_eq!(world.call(get.clone()).await.unwrap(), created);
    let delete = DeleteModelInput {
        rest_api_id: api.id.clone(),
        model_name: "CalcOutput".into(),
    };
    world.call(delete.clone()).await.unwrap();
    let missing = "Invalid model name specified: CalcOutput";
    refused(world.call(get).await, MISSING, missing);
    refused(world.call(delete).await, MISSING, missing);
}

#[tokio::test]
async fn refused_models() {
    let world = World::new();
    let api = world.draft().await;
    let schema = Some(r#"{"title":"x"}"#);
    let no_api = "Invalid API identifier specified 111111111111:fake";
    refused(
        world.call(model("fake", "x", schema)).await,
        MISSING,
        no_api,
    );
    refused(
        world.call(model(&api.id, "Empty", schema)).await,
        CONFLICT,
        "Model name already exists for this REST API",
    );
    refused(
        world.call(model(&api.id, "", schema)).await,
        BAD,
        "Model name must be non-empty",
    );
    for schema in [None, Some(""), Some("{}")] {
        refused(world.call(model(&api.id, "x", schema)).await, BAD, SCHEMA);
    }
}

#[tokio::test]
async fn updates() {
    let world = World::new();
    let api = world.draft().await;
    world
        .call(model(&api.id, "Mine", Some(r#"{"title":"x"}"#)))
        .await
        .unwrap();
    let update = async |name: &str, patch| {
        let input = UpdateModelInput {
            rest_api_id: api.id.clone(),
            model_name: name.into(),
            patch_operations: patches(&[patch]),
        };
        world.call(input).await
    };
    let updated = update("Mine", ("replace", "/schema", r#"{"title":"y"}"#))
        .await
        .unwrap();
    assert_eq!(updated.schema.as_deref(), Some(r#"{"title":"y"}"#));
    refused(
        update("mySchema", ("replace", "/schema", "{}")).await,
        MISSING,
        "Invalid model name specified: mySchema",
    );
    let op = "Invalid patch path  '/wrong-path' specified for op 'add'. Please choose supported operations";
    refused(update("Mine", ("add", "/wrong-path", "x")).await, BAD, op);
    let path = "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]";
    refused(update("Mine", ("replace", "/name", "x")).await, BAD, path);
    refused(
        update("Mine", ("replace", "/schema", "")).await,
        BAD,
        SCHEMA,
    );
}

/// A model stays while a method refers to it.
#[tokio::test]
async fn models_in_use() {
    let world = World::new();
    let api = world.draft().await;
    for name in ["One", "Two"] {
        world
            .call(model(&api.id, name, Some(r#"{"title":"x"}"#)))
            .await
            .unwrap();
    }
    let used = |name: &str| texts(&[("application/json", name)]);
    api.method(&api.root_id, "ANY", |input| {
        input.request_models = used("One")
    })
    .await;
    let delete = |name: &str| DeleteModelInput {
        rest_api_id: api.id.clone(),
        model_name: name.into(),
    };
    let message = "Cannot delete model 'One', is referenced in method request: //ANY";
    refused(world.call(delete("One")).await, CONFLICT, message);
    let update = UpdateMethodInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
        patch_operations: patches(&[("replace", "/requestModels/application~1json", "Two")]),
    };
    world.call(update).await.unwrap();
    world.call(delete("One")).await.unwrap();
    let test = api.resource(&api.root_id, "test").await;
    api.method(&test, "GET", |input| input.request_models = used("Two"))
        .await;
    assert!(world.call(delete("Two")).await.is_err());
}

#[tokio::test]
async fn request_validators() {
    let world = World::new();
    let api = world.draft().await;
    let create = |api_id: &str| CreateRequestValidatorInput {
        rest_api_id: api_id.into(),
        name: Some("mine".into()),
        ..Default::default()
    };
    refused(
        world.call(create("fake")).await,
        BAD,
        "Invalid REST API identifier specified",
    );
    let created = world.call(create(&api.id)).await.unwrap();
    assert_eq!(
        (
            created.validate_request_body,
            created.validate_request_parameters
        ),
        (Some(false), Some(false))
    );
    let id = created.id.clone().unwrap();
    let get = GetRequestValidatorInput {
        rest_api_id: api.id.clone(),
        request_validator_id: id.clone(),
    };
    assert_eq!(world.call(get.clone()).await.unwrap(), created);
    let list = |api_id: &str| GetRequestValidatorsInput {
        rest_api_id: api_id.into(),
        ..Default::default()
    };
    assert_eq!(
        world.call(list(&api.id)).await.unwrap().items,
        Some(vec![created])
    );
    refused(
        world.call(list("fake")).await,
        MISSING,
        "Invalid API identifier specified 111111111111:fake",
    );
    let update = async |patch| {
        let input = UpdateRequestValidatorInput {
            rest_api_id: api.id.clone(),
            request_validator_id: id.clone(),
            patch_operations: patches(&[patch]),
        };
        world.call(input).await
    };
    let on = update(("replace", "/validateRequestBody", "true"))
        .await
        .unwrap();
    assert_eq!(on.validate_request_body, Some(true));
    let off = update(("replace", "/validateRequestBody", ""))
        .await
        .unwrap();
    assert_eq!(off.validate_request_body, Some(false));
    for op in ["add", "remove"] {
        let message = format!(
            "Invalid patch path  '/validateRequestBody' specified for op '{op}'. Please choose supported operations"
        );
        refused(
            update((op, "/validateRequestBody", "true")).await,
            BAD,
            &message,
        );
    }
    let path = "Invalid patch path  '/invalidPath' specified for op 'replace'. Must be one of: [/name, /validateRequestParameters, /validateRequestBody]";
    refused(update(("replace", "/invalidPath", "x")).await, BAD, path);
    refused(
        update(("replace", "/name", "")).await,
        BAD,
        "Request Validator name cannot be blank",
    );
    let delete = DeleteRequestValidatorInput {
        rest_api_id: api.id.clone(),
        request_validator_id: id.clone(),
    };
    world.call(delete.clone()).await.unwrap();
    let missing = "Invalid Request Validator identifier specified";
    refused(world.call(delete).await, MISSING, missing);
    refused(world.call(get).await, MISSING, missing);
}
