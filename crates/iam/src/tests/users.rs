use super::*;

fn create(name: &str) -> CreateUserInput {
    CreateUserInput {
        user_name: name.to_owned(),
        ..CreateUserInput::default()
    }
}

fn get(name: &str) -> GetUserInput {
    GetUserInput {
        user_name: Some(name.to_owned()),
    }
}

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn life_of_a_user() {
    let world = World::new().await;
    let input = CreateUserInput {
        path: Some("/team/".to_owned()),
        tags: Some(vec![tag("b", "2"), tag("a", "1")]),
        ..create("Ada")
    };
    let made = world.call(input).await.unwrap().user.unwrap();
    assert_eq!(made.arn, "arn:aws:iam::000000000000:user/team/Ada");
    assert_eq!((made.user_id.len(), &made.user_id[..4]), (21, "AIDA"));
    assert_eq!(made.create_date.as_millis() % 1_000, 0);
    assert_eq!(made.tags.as_ref().unwrap()[0], tag("a", "1"));

    assert_eq!(world.call(get("Ada")).await.unwrap().user, made);
    is(
        world.call(create("ADA")).await,
        "EntityAlreadyExistsException",
        "User with name ADA already exists.",
    );
    let listed = world.call(ListUsersInput::default()).await.unwrap();
    let names: Vec<_> = listed.users.iter().map(|u| u.user_name.as_str()).collect();
    assert_eq!(names, ["Ada", "test"]);
    assert_eq!(
        (listed.is_truncated, &listed.users[0].tags),
        (Some(false), &None)
    );
    let of_team = ListUsersInput {
        path_prefix: Some("/team/".to_owned()),
        ..ListUsersInput::default()
    };
    assert_eq!(world.call(of_team).await.unwrap().users.len(), 1);

    let rename = UpdateUserInput {
        user_name: "Ada".to_owned(),
        new_path: Some("/".to_owned()),
        new_user_name: Some("lovelace".to_owned()),
    };
    world.call(rename).await.unwrap();
    let renamed = world.call(get("lovelace")).await.unwrap().user;
    assert_eq!(renamed.arn, "arn:aws:iam::000000000000:user/lovelace");
    assert_eq!(renamed.user_id, made.user_id);
    let gone = "The user with name Ada cannot be found.";
    is(world.call(get("Ada")).await, "NoSuchEntityException", gone);
}

#[tokio::test]
async fn a_user_that_owns_something_stays() {
    let world = World::new().await;
    world.user("bob").await;
    let delete = || DeleteUserInput {
        user_name: "bob".to_owned(),
    };
    let conflict = |text: &'static str| ("DeleteConflictException", text.to_owned());
    world.put_user_policy("bob", ALLOW_ALL).await;
    let attach = AttachUserPolicyInput {
        user_name: "bob".to_owned(),
        policy_arn: ADMINISTRATOR.to_owned(),
    };
    world.call(attach).await.unwrap();
    let attached = "Cannot delete entity, must detach all policies first.";
    assert_eq!(refused(world.call(delete()).await), conflict(attached));
    let detach = DetachUserPolicyInput {
        user_name: "bob".to_owned(),
        policy_arn: ADMINISTRATOR.to_owned(),
    };
    world.call(detach).await.unwrap();
    let inline = "Cannot delete entity, must delete policies first.";
    assert_eq!(refused(world.call(delete()).await), conflict(inline));
    let delete_policy = DeleteUserPolicyInput {
        user_name: "bob".to_owned(),
        policy_name: "INLINE".to_owned(),
    };
    world.call(delete_policy).await.unwrap();
    let keys = "Cannot delete entity, must delete access keys first.";
    assert_eq!(refused(world.call(delete()).await), conflict(keys));
    let list = ListAccessKeysInput {
        user_name: Some("bob".to_owned()),
        ..ListAccessKeysInput::default()
    };
    for key in world.call(list).await.unwrap().access_key_metadata {
        let delete_key = DeleteAccessKeyInput {
            user_name: Some("bob".to_owned()),
            access_key_id: key.access_key_id.unwrap(),
        };
        world.call(delete_key).await.unwrap();
    }
    world.call(delete()).await.unwrap();
    let gone = "The user with name bob cannot be found.";
    is(world.call(delete()).await, "NoSuchEntityException", gone);
}

#[tokio::test]
async fn tags() {
    let world = World::new().await;
    world.call(create("bob")).await.unwrap();
    let put = |tags: Vec<Tag>| TagUserInput {
        user_name: "bob".to_owned(),
        tags,
    };
    world
        .call(put(vec![tag("Team", "a"), tag("x", "1")]))
        .await
        .unwrap();
    world.call(put(vec![tag("TEAM", "b")])).await.unwrap();
    let list = || ListUserTagsInput {
        user_name: "bob".to_owned(),
        max_items: Some(1),
        marker: None,
    };
    let first = world.call(list()).await.unwrap();
    assert_eq!(
        (first.tags, first.is_truncated),
        (vec![tag("TEAM", "b")], Some(true))
    );
    let next = ListUserTagsInput {
        marker: first.marker,
        ..list()
    };
    assert_eq!(world.call(next).await.unwrap().tags, [tag("x", "1")]);
    let twice = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    let duplicate = put(vec![tag("a", "1"), tag("A", "2")]);
    is(world.call(duplicate).await, "InvalidInputException", twice);
    let many = (0..49).map(|n| tag(&format!("k{n}"), "v")).collect();
    let full = "The number of tags has reached the maximum limit.";
    is(world.call(put(many)).await, "LimitExceededException", full);
    let untag = UntagUserInput {
        user_name: "bob".to_owned(),
        tag_keys: vec!["team".to_owned(), "none".to_owned()],
    };
    world.call(untag).await.unwrap();
    assert_eq!(world.call(list()).await.unwrap().tags, [tag("x", "1")]);
}

#[tokio::test]
async fn whoever_names_no_user_means_themselves() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    world
        .put_user_policy("bob", &allow("iam:GetUser", "*"))
        .await;
    let myself = GetUserInput::default();
    let found = world.call_as(bob, myself).await.unwrap().user;
    assert_eq!(found.user_name, "bob");
}
