use super::*;

#[tokio::test]
async fn what_a_group_may_its_members_may() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    let create = || CreateGroupInput {
        path: None,
        group_name: "Devs".to_owned(),
    };
    let group = world.call(create()).await.unwrap().group;
    assert_eq!(group.arn, "arn:aws:iam::000000000000:group/Devs");
    assert_eq!(&group.group_id[..4], "AGPA");
    let taken = "Group with name Devs already exists.";
    is(
        world.call(create()).await,
        "EntityAlreadyExistsException",
        taken,
    );

    let put = PutGroupPolicyInput {
        group_name: "Devs".to_owned(),
        policy_name: "p".to_owned(),
        policy_document: allow("dynamodb:PutItem", TABLE),
    };
    world.call(put).await.unwrap();
    assert!(!world.may_put(&bob).await);
    let add = || AddUserToGroupInput {
        group_name: "Devs".to_owned(),
        user_name: "bob".to_owned(),
    };
    world.call(add()).await.unwrap();
    world.call(add()).await.unwrap();
    assert!(world.may_put(&bob).await);

    let get = GetGroupInput {
        group_name: "devs".to_owned(),
        ..GetGroupInput::default()
    };
    let found = world.call(get).await.unwrap();
    assert_eq!(
        (found.users.len(), found.users[0].user_name.as_str()),
        (1, "bob")
    );
    let of_bob = ListGroupsForUserInput {
        user_name: "bob".to_owned(),
        ..ListGroupsForUserInput::default()
    };
    assert_eq!(world.call(of_bob).await.unwrap().groups, [group]);
    assert_eq!(
        world
            .call(ListGroupsInput::default())
            .await
            .unwrap()
            .groups
            .len(),
        1
    );

    let rename = UpdateGroupInput {
        group_name: "Devs".to_owned(),
        new_path: None,
        new_group_name: Some("ops".to_owned()),
    };
    world.call(rename).await.unwrap();
    assert!(world.may_put(&bob).await);
    let delete = || DeleteGroupInput {
        group_name: "ops".to_owned(),
    };
    let conflict = "Cannot delete entity, must remove users from group first.";
    is(
        world.call(delete()).await,
        "DeleteConflictException",
        conflict,
    );
    let remove = RemoveUserFromGroupInput {
        group_name: "ops".to_owned(),
        user_name: "bob".to_owned(),
    };
    world.call(remove).await.unwrap();
    assert!(!world.may_put(&bob).await);
    let conflict = "Cannot delete entity, must delete policies first.";
    is(
        world.call(delete()).await,
        "DeleteConflictException",
        conflict,
    );
    let delete_policy = DeleteGroupPolicyInput {
        group_name: "ops".to_owned(),
        policy_name: "p".to_owned(),
    };
    world.call(delete_policy).await.unwrap();
    world.call(delete()).await.unwrap();
}
