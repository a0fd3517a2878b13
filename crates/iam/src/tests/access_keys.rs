use super::*;

fn of(user: &str) -> CreateAccessKeyInput {
    CreateAccessKeyInput {
        user_name: Some(user.to_owned()),
    }
}

#[tokio::test]
async fn keys_work_until_they_are_switched_off() {
    let world = World::new().await;
    world.user("bob").await;
    let key = world.call(of("bob")).await.unwrap().access_key;
    let id = key.access_key_id.clone();
    assert_eq!(
        (id.len(), &id[..4], key.secret_access_key.len()),
        (20, "AKIA", 40)
    );
    let stored = world.iam.find(&id).await.unwrap().unwrap();
    assert_eq!(stored.secret.expose(), key.secret_access_key);
    let quota = "Cannot exceed quota for AccessKeysPerUser: 2";
    is(world.call(of("bob")).await, "LimitExceededException", quota);

    let update = |status| UpdateAccessKeyInput {
        user_name: Some("bob".to_owned()),
        access_key_id: id.clone(),
        status,
    };
    world.call(update(StatusType::Inactive)).await.unwrap();
    assert!(world.signer(&id).await.is_none());
    world.call(update(StatusType::Active)).await.unwrap();
    assert!(world.signer(&id).await.is_some());
    let (code, _) = refused(world.call(update(StatusType::Expired)).await);
    assert_eq!(code, "ValidationException");

    let used = GetAccessKeyLastUsedInput {
        access_key_id: id.clone(),
    };
    let used = world.call(used).await.unwrap();
    assert_eq!(used.user_name.as_deref(), Some("bob"));
    assert_eq!(used.access_key_last_used.unwrap().region, "N/A");

    let delete = |user: &str| DeleteAccessKeyInput {
        user_name: Some(user.to_owned()),
        access_key_id: id.clone(),
    };
    let message = format!("The Access Key with id {id} cannot be found.");
    is(
        world.call(delete("test")).await,
        "NoSuchEntityException",
        &message,
    );
    world.call(delete("bob")).await.unwrap();
    is(
        world.call(delete("bob")).await,
        "NoSuchEntityException",
        &message,
    );
    assert!(world.signer(&id).await.is_none());
    assert!(world.signer("AKIANOBODYNOBODYNOBO").await.is_none());
}

#[tokio::test]
async fn a_renamed_user_signs_under_the_new_name() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    let rename = UpdateUserInput {
        user_name: "bob".to_owned(),
        new_path: None,
        new_user_name: Some("rob".to_owned()),
    };
    world.call(rename).await.unwrap();
    let id = bob.access_key_id().unwrap();
    let signer = world.signer(id).await.unwrap();
    assert_eq!(signer.arn(), "arn:aws:iam::000000000000:user/rob");
}
