use super::*;

const OWN: &str = "arn:aws:iam::000000000000:policy/p";

fn attach(arn: &str) -> AttachRolePolicyInput {
    AttachRolePolicyInput {
        role_name: "r".to_owned(),
        policy_arn: arn.to_owned(),
    }
}

fn get(arn: &str) -> GetPolicyInput {
    GetPolicyInput {
        policy_arn: arn.to_owned(),
    }
}

#[tokio::test]
async fn life_of_a_managed_policy() {
    let world = World::new().await;
    let create = || CreatePolicyInput {
        policy_name: "p".to_owned(),
        policy_document: ALLOW_ALL.to_owned(),
        description: Some("all".to_owned()),
        ..CreatePolicyInput::default()
    };
    let made = world.call(create()).await.unwrap().policy.unwrap();
    assert_eq!(made.arn.as_deref(), Some(OWN));
    assert_eq!((made.description, made.tags), (None, None));
    assert_eq!(
        (made.attachment_count, made.is_attachable),
        (Some(0), Some(true))
    );
    assert_eq!(made.default_version_id.as_deref(), Some("v1"));
    let taken = "A policy called p already exists. Duplicate names are not allowed.";
    is(
        world.call(create()).await,
        "EntityAlreadyExistsException",
        taken,
    );

    world.role("r", LAMBDA_TRUST).await;
    world.call(attach(OWN)).await.unwrap();
    world.call(attach(OWN)).await.unwrap();
    let found = world.call(get(OWN)).await.unwrap().policy.unwrap();
    assert_eq!(
        (found.attachment_count, found.description.as_deref()),
        (Some(1), Some("all"))
    );
    assert_eq!(found.tags, Some(vec![]));
    let delete = || DeletePolicyInput {
        policy_arn: OWN.to_owned(),
    };
    let conflict = "Cannot delete a policy attached to entities.";
    is(
        world.call(delete()).await,
        "DeleteConflictException",
        conflict,
    );
    let detach = || DetachRolePolicyInput {
        role_name: "r".to_owned(),
        policy_arn: OWN.to_owned(),
    };
    world.call(detach()).await.unwrap();
    let none = format!("Policy {OWN} was not found.");
    is(world.call(detach()).await, "NoSuchEntityException", &none);
    world.call(delete()).await.unwrap();
    is(world.call(delete()).await, "NoSuchEntityException", &none);
    is(world.call(get(OWN)).await, "NoSuchEntityException", &none);
}

#[tokio::test]
async fn arns_that_lead_nowhere() {
    let world = World::new().await;
    world.role("r", LAMBDA_TRUST).await;
    let unreadable = "Invalid ARN:  Could not be parsed!";
    is(
        world.call(attach("longpolicynamebutnoarn")).await,
        "ValidationException",
        unreadable,
    );
    let other = "arn:aws:iam::000000000000:user/x";
    let message = format!("ARN {other} is not valid.");
    is(
        world.call(attach(other)).await,
        "ValidationException",
        &message,
    );
    for arn in [OWN, "arn:aws:iam::aws:policy/NoSuchPolicyOfAws"] {
        let message = format!("Policy {arn} does not exist or is not attachable.");
        is(
            world.call(attach(arn)).await,
            "NoSuchEntityException",
            &message,
        );
    }
    let delete = DeletePolicyInput {
        policy_arn: ADMINISTRATOR.to_owned(),
    };
    let message = "Policy is outside your own account.";
    is(world.call(delete).await, "AccessDeniedException", message);
    let boundary = PutRolePermissionsBoundaryInput {
        role_name: "r".to_owned(),
        permissions_boundary: OWN.to_owned(),
    };
    let message = format!("Scope ARN: {OWN} does not exist or is not attachable.");
    is(
        world.call(boundary).await,
        "NoSuchEntityException",
        &message,
    );
}

#[tokio::test]
async fn versions() {
    let world = World::new().await;
    world.policy("p", ALLOW_ALL).await;
    let add = |set_as_default| CreatePolicyVersionInput {
        policy_arn: OWN.to_owned(),
        policy_document: allow("s3:*", "*"),
        set_as_default,
    };
    let second = world.call(add(None)).await.unwrap().policy_version.unwrap();
    assert_eq!(second.version_id.as_deref(), Some("v2"));
    assert_eq!(
        (second.is_default_version, &second.document),
        (Some(false), &None)
    );
    let third = world
        .call(add(Some(true)))
        .await
        .unwrap()
        .policy_version
        .unwrap();
    assert_eq!(third.is_default_version, Some(true));
    let delete = |version: &str| DeletePolicyVersionInput {
        policy_arn: OWN.to_owned(),
        version_id: version.to_owned(),
    };
    let default = "Cannot delete the default version of a policy.";
    is(
        world.call(delete("v3")).await,
        "DeleteConflictException",
        default,
    );
    world.call(delete("v2")).await.unwrap();
    let none = format!("Policy {OWN} version v2 does not exist or is not attachable.");
    is(
        world.call(delete("v2")).await,
        "NoSuchEntityException",
        &none,
    );
    for _ in 0..3 {
        world.call(add(None)).await.unwrap();
    }
    let (code, _) = refused(world.call(add(None)).await);
    assert_eq!(code, "LimitExceededException");
    let list = ListPolicyVersionsInput {
        policy_arn: OWN.to_owned(),
        ..ListPolicyVersionsInput::default()
    };
    let listed = world.call(list).await.unwrap().versions.unwrap();
    let ids: Vec<_> = listed
        .iter()
        .map(|v| v.version_id.as_deref().unwrap())
        .collect();
    assert_eq!(ids, ["v6", "v5", "v4", "v3", "v1"]);
    let set = SetDefaultPolicyVersionInput {
        policy_arn: OWN.to_owned(),
        version_id: "v1".to_owned(),
    };
    world.call(set).await.unwrap();
    let get_version = |arn: &str, version: &str| GetPolicyVersionInput {
        policy_arn: arn.to_owned(),
        version_id: version.to_owned(),
    };
    let first = world
        .call(get_version(OWN, "v1"))
        .await
        .unwrap()
        .policy_version
        .unwrap();
    assert_eq!(first.is_default_version, Some(true));
    assert_eq!(first.document, Some(crate::document::encoded(ALLOW_ALL)));
    let aws = world.call(get_version(ADMINISTRATOR, "v1")).await.unwrap();
    assert!(aws.policy_version.unwrap().document.is_some());
    let conflict = "This policy has more than one version. Before you delete a policy, you must \
                    delete the policy's versions. The default version is deleted with the policy.";
    let delete_policy = DeletePolicyInput {
        policy_arn: OWN.to_owned(),
    };
    is(
        world.call(delete_policy).await,
        "DeleteConflictException",
        conflict,
    );
}

#[tokio::test]
async fn listings() {
    let world = World::new().await;
    world.role("r", LAMBDA_TRUST).await;
    world.policy("b", ALLOW_ALL).await;
    world.policy("a", ALLOW_ALL).await;
    let scoped = |scope| ListPoliciesInput {
        scope: Some(scope),
        ..ListPoliciesInput::default()
    };
    let names = |policies: Option<Vec<Policy>>| -> Vec<String> {
        policies
            .unwrap()
            .into_iter()
            .map(|p| p.policy_name.unwrap())
            .collect()
    };
    let own = world.call(scoped(PolicyScopeType::Local)).await.unwrap();
    assert_eq!(names(own.policies), ["a", "b"]);
    let aws = world.call(scoped(PolicyScopeType::Aws)).await.unwrap();
    assert_eq!(names(aws.policies).len(), crate::aws_managed::ALL.len());
    let attached = ListPoliciesInput {
        only_attached: Some(true),
        ..ListPoliciesInput::default()
    };
    let attached = world.call(attached).await.unwrap();
    assert_eq!(names(attached.policies), ["AdministratorAccess"]);
    let service_roles = ListPoliciesInput {
        path_prefix: Some("/service-role/".to_owned()),
        max_items: Some(3),
        ..ListPoliciesInput::default()
    };
    let page = world.call(service_roles).await.unwrap();
    assert_eq!(
        (names(page.policies).len(), page.is_truncated),
        (3, Some(true))
    );

    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    world.call(attach(basic)).await.unwrap();
    world
        .call(attach("arn:aws:iam::000000000000:policy/b"))
        .await
        .unwrap();
    let of_role = |path_prefix: Option<&str>| ListAttachedRolePoliciesInput {
        role_name: "r".to_owned(),
        path_prefix: path_prefix.map(str::to_owned),
        ..ListAttachedRolePoliciesInput::default()
    };
    let listed = world
        .call(of_role(None))
        .await
        .unwrap()
        .attached_policies
        .unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(
        listed[0].policy_name.as_deref(),
        Some("AWSLambdaBasicExecutionRole")
    );
    let listed = world.call(of_role(Some("/service-role/"))).await.unwrap();
    let listed = listed.attached_policies.unwrap();
    assert_eq!(
        (listed.len(), listed[0].policy_arn.as_deref()),
        (1, Some(basic))
    );

    let entities = ListEntitiesForPolicyInput {
        policy_arn: ADMINISTRATOR.to_owned(),
        ..ListEntitiesForPolicyInput::default()
    };
    let entities = world.call(entities).await.unwrap();
    let users = entities.policy_users.unwrap();
    assert_eq!(
        (users.len(), users[0].user_name.as_deref()),
        (1, Some("test"))
    );
    assert_eq!(entities.policy_roles, Some(vec![]));
}

#[tokio::test]
async fn the_account() {
    let world = World::new().await;
    let alias = |name: &str| CreateAccountAliasInput {
        account_alias: name.to_owned(),
    };
    world.call(alias("first")).await.unwrap();
    world.call(alias("second")).await.unwrap();
    let taken = "The account alias second already exists.";
    is(
        world.call(alias("second")).await,
        "EntityAlreadyExistsException",
        taken,
    );
    let list = world
        .call(ListAccountAliasesInput::default())
        .await
        .unwrap();
    assert_eq!(list.account_aliases, ["second"]);
    let delete = || DeleteAccountAliasInput {
        account_alias: "second".to_owned(),
    };
    world.call(delete()).await.unwrap();
    assert_eq!(
        refused(world.call(delete()).await).0,
        "NoSuchEntityException"
    );
    world.policy("p", ALLOW_ALL).await;
    let summary = world
        .call(GetAccountSummaryInput {})
        .await
        .unwrap()
        .summary_map
        .unwrap();
    let number = |key: &str| summary.get(key).copied();
    assert_eq!((number("Users"), number("Policies")), (Some(1), Some(1)));
    assert_eq!(
        (number("PolicyVersionsInUse"), number("UsersQuota")),
        (Some(1), Some(5_000))
    );
}
