use super::{BAD, CONFLICT, MISSING, patches, refused};
use crate::testing::{Draft, World};
use wire::Fault;
use wire::apigateway::{
    CreateResourceInput, DeleteResourceInput, GetResourceInput, GetResourcesInput, Resource,
    UpdateResourceInput,
};

const NO_RESOURCE: &str = "Invalid Resource identifier specified";

async fn create(
    world: &World,
    api: &Draft<'_>,
    parent: &str,
    part: &str,
) -> Result<Resource, Fault> {
    let input = CreateResourceInput {
        rest_api_id: api.id.clone(),
        parent_id: parent.into(),
        path_part: part.into(),
    };
    world.call(input).await
}

async fn update(
    world: &World,
    api: &Draft<'_>,
    id: &str,
    patch: (&str, &str, &str),
) -> Result<Resource, Fault> {
    let input = UpdateResourceInput {
        rest_api_id: api.id.clone(),
        resource_id: id.into(),
        patch_operations: patches(&[patch]),
    };
    world.call(input).await
}

async fn paths(world: &World, api: &Draft<'_>) -> Vec<String> {
    let input = GetResourcesInput {
        rest_api_id: api.id.clone(),
        ..Default::default()
    };
    let items = world.call(input).await.unwrap().items.unwrap();
    items
        .into_iter()
        .map(|resource| resource.path.unwrap())
        .collect()
}

#[tokio::test]
async fn lifecycle() {
    let world = World::new();
    let api = world.draft().await;
    let root = GetResourceInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        embed: None,
    };
    let root = world.call(root).await.unwrap();
    assert_eq!(
        (root.path.as_deref(), root.path_part, root.parent_id),
        (Some("/"), None, None)
    );
    let pets = create(&world, &api, &api.root_id, "pets").await.unwrap();
    assert_eq!(pets.path.as_deref(), Some("/pets"));
    let id = pets.id.unwrap();
    create(&world, &api, &id, "subpets").await.unwrap();
    assert_eq!(paths(&world, &api).await, ["/", "/pets", "/pets/subpets"]);
    let renamed = update(&world, &api, &id, ("replace", "/pathPart", "dogs"))
        .await
        .unwrap();
    assert_eq!(
        (renamed.path.as_deref(), renamed.path_part.as_deref()),
        (Some("/dogs"), Some("dogs"))
    );
    let delete = || DeleteResourceInput {
        rest_api_id: api.id.clone(),
        resource_id: id.clone(),
    };
    world.call(delete()).await.unwrap();
    assert_eq!(paths(&world, &api).await, ["/"]);
    refused(world.call(delete()).await, MISSING, NO_RESOURCE);
    refused(
        create(&world, &api, "fake-parent", "x").await,
        MISSING,
        NO_RESOURCE,
    );
}

#[tokio::test]
async fn refused_updates() {
    let world = World::new();
    let api = world.draft().await;
    let pets = api.resource(&api.root_id, "pets").await;
    let subpets = api.resource(&pets, "subpets").await;
    let deep = api.resource(&subpets, "pets").await;
    let refuse = async |id: &str, patch: (&str, &str, &str), code: &str, message: &str| {
        refused(update(&world, &api, id, patch).await, code, message);
    };
    refuse(
        "fake",
        ("replace", "/pathPart", "dogs"),
        MISSING,
        NO_RESOURCE,
    )
    .await;
    let path = "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]";
    refuse(&pets, ("replace", "/invalid", "x"), BAD, path).await;
    refuse(
        &pets,
        ("replace", "/parentId", "fake"),
        MISSING,
        NO_RESOURCE,
    )
    .await;
    let sibling = "Another resource with the same parent already has this name: pets";
    refuse(
        &deep,
        ("replace", "/parentId", &api.root_id),
        CONFLICT,
        sibling,
    )
    .await;
    refuse(
        &pets,
        ("replace", "/parentId", &subpets),
        BAD,
        "Resources cannot be cyclical.",
    )
    .await;
    let moved = update(
        &world,
        &api,
        &subpets,
        ("replace", "/parentId", &api.root_id),
    )
    .await
    .unwrap();
    assert_eq!(moved.path.as_deref(), Some("/subpets"));
    refuse(
        &subpets,
        ("replace", "/pathPart", "pets"),
        CONFLICT,
        sibling,
    )
    .await;
    for op in ["remove", "add"] {
        let message = format!(
            "Invalid patch path  '/pathPart' specified for op '{op}'. Please choose supported operations"
        );
        refuse(&subpets, (op, "/pathPart", "x"), BAD, &message).await;
    }
    let root = api.root_id.as_str();
    refuse(
        root,
        ("replace", "/pathPart", "x"),
        BAD,
        "Root resource cannot update its pathPart.",
    )
    .await;
    refuse(
        root,
        ("replace", "/parentId", "x"),
        BAD,
        "Root resource cannot update its parentId.",
    )
    .await;
}

#[tokio::test]
async fn variables_and_greedy_variables() {
    let world = World::new();
    let api = world.draft().await;
    let greedy = api.resource(&api.root_id, "{proxy+}").await;
    let sibling = "A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed";
    refused(
        create(&world, &api, &api.root_id, "{other}").await,
        BAD,
        sibling,
    );
    let child = "Cannot create a child of a resource with a greedy path variable: {proxy+}";
    for part in ["static", "{dynamic}"] {
        refused(create(&world, &api, &greedy, part).await, BAD, child);
    }
    let parent = api.resource(&api.root_id, "parent").await;
    api.resource(&parent, "{child+}").await;
    api.resource(&parent, "static").await;
    for bad in ["", "a/b", "{", "{}", "{+}", "a b", "{a}b", "é"] {
        assert!(create(&world, &api, &parent, bad).await.is_err(), "{bad}");
    }
    for good in ["a.b", "a-b_c", "a:b", "v1~x"] {
        assert!(create(&world, &api, &parent, good).await.is_ok(), "{good}");
    }
}

#[tokio::test]
async fn pages() {
    let world = World::new();
    let api = world.draft().await;
    for n in 0..30 {
        api.resource(&api.root_id, &format!("r{n:02}")).await;
    }
    let mut seen = Vec::new();
    let mut position = None;
    loop {
        let input = GetResourcesInput {
            rest_api_id: api.id.clone(),
            position: position.clone(),
            limit: Some(12),
            embed: None,
        };
        let page = world.call(input).await.unwrap();
        seen.extend(
            page.items
                .unwrap()
                .into_iter()
                .map(|resource| resource.path.unwrap()),
        );
        position = page.position;
        if position.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 31);
    assert!(seen.is_sorted());
}
