use super::{BAD, CONFLICT, MISSING, patches, refused};
use crate::testing::{World, texts, user};
use service::perform;
use wire::apigateway::{
    CreateRestApiInput, DeleteRestApiInput, EndpointConfiguration, EndpointType, GetResourcesInput,
    GetRestApiInput, GetRestApisInput, GetTagsInput, IpAddressType, RestApi, TagResourceInput,
    UntagResourceInput, UpdateRestApiInput,
};

fn named(name: &str) -> CreateRestApiInput {
    CreateRestApiInput {
        name: name.into(),
        ..Default::default()
    }
}

async fn get(world: &World, id: &str) -> Result<RestApi, wire::Fault> {
    world
        .call(GetRestApiInput {
            rest_api_id: id.into(),
        })
        .await
}

async fn update(
    world: &World,
    id: &str,
    list: &[(&str, &str, &str)],
) -> Result<RestApi, wire::Fault> {
    let input = UpdateRestApiInput {
        rest_api_id: id.into(),
        patch_operations: patches(list),
    };
    world.call(input).await
}

#[tokio::test]
async fn defaults() {
    let world = World::new();
    let created = world.call(named("test")).await.unwrap();
    let endpoint = created.endpoint_configuration.clone().unwrap();
    assert_eq!(endpoint.types, Some(vec![EndpointType::Edge]));
    assert_eq!(endpoint.ip_address_type, Some(IpAddressType::Ipv4));
    assert_eq!(created.disable_execute_api_endpoint, Some(false));
    assert_eq!(
        (created.tags.clone(), created.description.clone()),
        (None, None)
    );
    let id = created.id.clone().unwrap();
    assert_eq!(
        (id.len(), created.root_resource_id.as_ref().unwrap().len()),
        (10, 10)
    );
    // Get shows empty tags, Create and the list do not.
    let shown = get(&world, &id).await.unwrap();
    assert_eq!(shown.tags, Some(Default::default()));
    let listed = world
        .call(GetRestApisInput::default())
        .await
        .unwrap()
        .items
        .unwrap();
    assert_eq!(listed, [created]);
}

#[tokio::test]
async fn lists_and_deletes() {
    let world = World::new();
    let mut ids = Vec::new();
    for name in ["one", "two"] {
        ids.push(world.call(named(name)).await.unwrap().id.unwrap());
    }
    world
        .call(DeleteRestApiInput {
            rest_api_id: ids[0].clone(),
        })
        .await
        .unwrap();
    let listed = world
        .call(GetRestApisInput::default())
        .await
        .unwrap()
        .items
        .unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|api| api.id.clone().unwrap())
            .collect::<Vec<_>>(),
        ids[1..]
    );
    let message = format!("Invalid API identifier specified 111111111111:{}", ids[0]);
    refused(get(&world, &ids[0]).await, MISSING, &message);
    let again = world
        .call(DeleteRestApiInput {
            rest_api_id: ids[0].clone(),
        })
        .await;
    refused(again, MISSING, &message);
    let upper = ids[1].to_uppercase();
    let message = format!("Invalid API identifier specified 111111111111:{upper}");
    refused(get(&world, &upper).await, MISSING, &message);
}

/// Two callers that differ in region do not see each other's APIs.
#[tokio::test]
async fn regions_are_apart() {
    let world = World::new();
    let id = world.call(named("here")).await.unwrap().id.unwrap();
    let mut there = user("test");
    there.region = "eu-west-1".parse().unwrap();
    let input = GetRestApiInput { rest_api_id: id };
    let found = perform(&world.gateway, world.neighbours.as_ref(), there, input).await;
    assert!(found.is_err());
}

#[tokio::test]
async fn custom_ids() {
    let world = World::new();
    let create = |id: &str| CreateRestApiInput {
        tags: texts(&[("_custom_id_", id)]),
        ..named("x")
    };
    let created = world.call(create("my-api")).await.unwrap();
    assert_eq!(created.id.as_deref(), Some("my-api"));
    refused(
        world.call(create("my-api")).await,
        CONFLICT,
        "API identifier already exists: my-api",
    );
    refused(
        world.call(create("a/b")).await,
        BAD,
        "Invalid custom API identifier specified: a/b",
    );
}

#[tokio::test]
async fn refused_creations() {
    use EndpointType::{Edge, Private, Regional};
    let world = World::new();
    let with = |types: Option<Vec<EndpointType>>, ip_address_type| CreateRestApiInput {
        endpoint_configuration: Some(EndpointConfiguration {
            types,
            ip_address_type,
            ..Default::default()
        }),
        ..named("x")
    };
    let empty = CreateRestApiInput {
        description: Some(String::new()),
        ..with(Some(vec![Edge, Private]), None)
    };
    refused(
        world.call(empty).await,
        BAD,
        "Description cannot be an empty string",
    );
    let none = "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.";
    refused(world.call(with(Some(vec![]), None)).await, BAD, none);
    let two = "Cannot create an api with multiple Endpoint Types.";
    refused(
        world.call(with(Some(vec![Regional, Edge]), None)).await,
        BAD,
        two,
    );
    let private = "Only dualstack ipAddressType is supported for Private APIs.";
    refused(
        world
            .call(with(Some(vec![Private]), Some(IpAddressType::Ipv4)))
            .await,
        BAD,
        private,
    );
    let size = "Invalid minimum compression size, must be between 0 and 10485760";
    for bytes in [-1, 10_485_761] {
        let input = CreateRestApiInput {
            minimum_compression_size: Some(bytes),
            ..named("x")
        };
        refused(world.call(input).await, BAD, size);
    }
    for (types, expected) in [
        (Some(vec![Private]), IpAddressType::Dualstack),
        (Some(vec![Regional]), IpAddressType::Ipv4),
        (None, IpAddressType::Ipv4),
    ] {
        let created = world.call(with(types, None)).await.unwrap();
        assert_eq!(
            created.endpoint_configuration.unwrap().ip_address_type,
            Some(expected)
        );
    }
}

#[tokio::test]
async fn updates_of_lists_and_texts() {
    let world = World::new();
    let input = CreateRestApiInput {
        description: Some("this is my api".into()),
        ..named("x")
    };
    let id = world.call(input).await.unwrap().id.unwrap();
    let path = "/binaryMediaTypes/";
    let types = |api: RestApi| api.binary_media_types.unwrap();
    let added = update(
        &world,
        &id,
        &[
            ("add", &format!("{path}image~1png"), ""),
            ("add", &format!("{path}image~1jpeg"), ""),
        ],
    )
    .await
    .unwrap();
    assert_eq!(types(added), ["image/png", "image/jpeg"]);
    let replaced = update(
        &world,
        &id,
        &[("replace", &format!("{path}image~1png"), "image/gif")],
    )
    .await
    .unwrap();
    assert_eq!(types(replaced), ["image/jpeg", "image/gif"]);
    let removed = update(
        &world,
        &id,
        &[
            ("remove", &format!("{path}image~1gif"), ""),
            ("remove", "/description", ""),
        ],
    )
    .await
    .unwrap();
    assert_eq!(removed.description, None);
    assert_eq!(types(removed), ["image/jpeg"]);
    for op in ["add", "replace", "remove"] {
        let whole = update(&world, &id, &[(op, "/binaryMediaTypes", "x")]).await;
        refused(whole, BAD, "Invalid patch path /binaryMediaTypes");
    }
    let missing = update(&world, "api_id", &[("replace", "/name", "x")]).await;
    refused(
        missing,
        MISSING,
        "Invalid API identifier specified 111111111111:api_id",
    );
}

#[tokio::test]
async fn updates_of_compression() {
    let world = World::new();
    let id = world.call(named("x")).await.unwrap().id.unwrap();
    let path = "/minimumCompressionSize";
    for (value, expected) in [("10", Some(10)), ("", None), ("0", Some(0))] {
        let updated = update(&world, &id, &[("replace", path, value)])
            .await
            .unwrap();
        assert_eq!(updated.minimum_compression_size, expected);
    }
    let size = "Invalid minimum compression size, must be between 0 and 10485760";
    for bad in ["-1", "test"] {
        refused(
            update(&world, &id, &[("replace", path, bad)]).await,
            BAD,
            size,
        );
    }
    let op = "Invalid patch operation specified. Must be one of: [replace]";
    refused(update(&world, &id, &[("add", path, "10")]).await, BAD, op);
}

#[tokio::test]
async fn updates_of_the_endpoint() {
    let world = World::new();
    let id = world.call(named("x")).await.unwrap().id.unwrap();
    let (kind, ip) = (
        "/endpointConfiguration/types/EDGE",
        "/endpointConfiguration/ipAddressType",
    );
    let private = update(&world, &id, &[("replace", kind, "PRIVATE")])
        .await
        .unwrap();
    let endpoint = private.endpoint_configuration.unwrap();
    assert_eq!(endpoint.types, Some(vec![EndpointType::Private]));
    assert_eq!(endpoint.ip_address_type, Some(IpAddressType::Dualstack));
    for (path, op, value, message) in [
        (
            ip,
            "replace",
            "ipv4",
            "Only dualstack ipAddressType is supported for Private APIs.",
        ),
        (
            ip,
            "replace",
            "wrong",
            "ipAddressType must be either ipv4 or dualstack.",
        ),
        (
            kind,
            "replace",
            "wrong",
            "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE",
        ),
        (
            ip,
            "add",
            "ipv4",
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (
            kind,
            "move",
            "x",
            "Invalid patch operation specified. Must be 'add'|'remove'|'replace'",
        ),
    ] {
        refused(
            update(&world, &id, &[(op, path, value)]).await,
            BAD,
            message,
        );
    }
}

#[tokio::test]
async fn tags() {
    let world = World::new();
    let created = world
        .call(CreateRestApiInput {
            tags: texts(&[("A", "1")]),
            ..named("x")
        })
        .await
        .unwrap();
    assert_eq!(created.tags, texts(&[("A", "1")]));
    let arn = format!(
        "arn:aws:apigateway:us-east-1::/restapis/{}",
        created.id.unwrap()
    );
    let tag = TagResourceInput {
        resource_arn: arn.clone(),
        tags: texts(&[("B", "2")]).unwrap(),
    };
    world.call(tag).await.unwrap();
    let untag = UntagResourceInput {
        resource_arn: arn.clone(),
        tag_keys: vec!["A".into()],
    };
    world.call(untag).await.unwrap();
    let shown = world
        .call(GetTagsInput {
            resource_arn: arn,
            ..Default::default()
        })
        .await
        .unwrap();
    assert_eq!(shown.tags, texts(&[("B", "2")]));
    for arn in [
        "",
        "arn:aws:s3:::x",
        "arn:aws:apigateway:us-east-1::/account",
    ] {
        let input = GetTagsInput {
            resource_arn: arn.into(),
            ..Default::default()
        };
        refused(
            world.call(input).await,
            MISSING,
            "Invalid resource ARN specified",
        );
    }
}

#[tokio::test]
async fn clones_have_everything_but_the_identity() {
    let world = World::new();
    let api = world.draft().await;
    let pets = api.resource(&api.root_id, "pets").await;
    api.mock(&pets, "GET").await;
    let input = CreateRestApiInput {
        clone_from: Some(api.id.clone()),
        ..named("clone")
    };
    let clone = world.call(input).await.unwrap();
    assert_ne!(clone.id.as_deref(), Some(api.id.as_str()));
    let input = GetResourcesInput {
        rest_api_id: clone.id.unwrap(),
        ..Default::default()
    };
    let resources = world.call(input).await.unwrap().items.unwrap();
    let paths: Vec<_> = resources
        .iter()
        .map(|resource| resource.path.as_deref().unwrap())
        .collect();
    assert_eq!(paths, ["/", "/pets"]);
    assert!(
        resources[1]
            .resource_methods
            .as_ref()
            .unwrap()
            .contains_key("GET")
    );
}

/// What each operation requires of its caller.
#[tokio::test]
async fn requirements() {
    let world = World::new();
    let created = world.call(named("x")).await.unwrap();
    let id = created.id.unwrap();
    get(&world, &id).await.unwrap();
    let asked: Vec<_> = world
        .neighbours
        .asked
        .lock()
        .iter()
        .map(|requirement| format!("{} {}", requirement.action, requirement.resource))
        .collect();
    let expected = [
        "apigateway:POST arn:aws:apigateway:us-east-1::/restapis".to_owned(),
        format!("apigateway:GET arn:aws:apigateway:us-east-1::/restapis/{id}"),
    ];
    assert_eq!(asked, expected);
    world.neighbours.denied.lock().push("apigateway:GET");
    assert_eq!(
        get(&world, &id).await.unwrap_err().code(),
        "AccessDeniedException"
    );
}
