use super::*;
use service::RoleSessions;

fn get(name: &str) -> GetRoleInput {
    GetRoleInput {
        role_name: name.to_owned(),
    }
}

#[tokio::test]
async fn life_of_a_role() {
    let world = World::new().await;
    let input = CreateRoleInput {
        path: Some("/service-role/".to_owned()),
        role_name: "r".to_owned(),
        assume_role_policy_document: LAMBDA_TRUST.to_owned(),
        description: Some("what it is for".to_owned()),
        ..CreateRoleInput::default()
    };
    let made = world.call(input).await.unwrap().role;
    assert_eq!(made.arn, "arn:aws:iam::000000000000:role/service-role/r");
    assert_eq!((made.role_id.len(), &made.role_id[..4]), (21, "AROA"));
    assert_eq!(
        (made.max_session_duration, &made.role_last_used),
        (None, &None)
    );
    assert_eq!(made.tags, None);
    let encoded = made.assume_role_policy_document.as_deref().unwrap();
    assert!(
        encoded.starts_with("%7B%22Version%22%3A%222012-10-17%22%2C%22"),
        "{encoded}"
    );

    let found = world.call(get("r")).await.unwrap().role;
    assert_eq!(found.max_session_duration, Some(3_600));
    assert_eq!(found.role_last_used, Some(RoleLastUsed::default()));
    let listed = world.call(ListRolesInput::default()).await.unwrap().roles;
    assert_eq!(
        (listed[0].max_session_duration, &listed[0].role_last_used),
        (Some(3_600), &None)
    );

    let update = UpdateRoleInput {
        role_name: "r".to_owned(),
        description: None,
        max_session_duration: Some(7_200),
    };
    world.call(update).await.unwrap();
    let describe = UpdateRoleDescriptionInput {
        role_name: "r".to_owned(),
        description: "other".to_owned(),
    };
    let described = world.call(describe).await.unwrap().role.unwrap();
    assert_eq!(described.description.as_deref(), Some("other"));
    assert_eq!(described.max_session_duration, Some(7_200));

    let profiles = ListInstanceProfilesForRoleInput {
        role_name: "r".to_owned(),
        ..ListInstanceProfilesForRoleInput::default()
    };
    assert_eq!(world.call(profiles).await.unwrap().instance_profiles, []);
    let delete = || DeleteRoleInput {
        role_name: "r".to_owned(),
    };
    world.call(delete()).await.unwrap();
    let gone = "The role with name r cannot be found.";
    is(world.call(delete()).await, "NoSuchEntityException", gone);
    is(world.call(get("r")).await, "NoSuchEntityException", gone);
}

#[tokio::test]
async fn trust_policies_are_checked() {
    let world = World::new().await;
    let create = |document: &str| CreateRoleInput {
        role_name: "r".to_owned(),
        assume_role_policy_document: document.to_owned(),
        ..CreateRoleInput::default()
    };
    let malformed = "MalformedPolicyDocumentException";
    is(
        world.call(create("{,}")).await,
        malformed,
        "This policy contains invalid Json",
    );
    let with_resource = LAMBDA_TRUST.replace("\"Effect\"", "\"Resource\":\"*\",\"Effect\"");
    is(
        world.call(create(&with_resource)).await,
        malformed,
        "Has prohibited field Resource",
    );
    let of = |arn: &str| {
        LAMBDA_TRUST.replace(
            r#"{"Service":"lambda.amazonaws.com"}"#,
            &format!(r#"{{"AWS":"{arn}"}}"#),
        )
    };
    for missing in ["user/nobody", "role/none", "user/path/test", "role/test"] {
        let arn = format!("arn:aws:iam::000000000000:{missing}");
        let message = format!("Invalid principal in policy: \"AWS\":\"{arn}\"");
        is(world.call(create(&of(&arn))).await, malformed, &message);
    }
    let long = LAMBDA_TRUST.replace(
        "\"Effect\"",
        &format!("\"Sid\":\"{}\",\"Effect\"", "x".repeat(2_048)),
    );
    let quota = "Cannot exceed quota for ACLSizePerRole: 2048";
    is(
        world.call(create(&long)).await,
        "LimitExceededException",
        quota,
    );
    world
        .call(create(&of("arn:aws:iam::000000000000:user/test")))
        .await
        .unwrap();
    let update = UpdateAssumeRolePolicyInput {
        role_name: "r".to_owned(),
        policy_document: of("arn:aws:iam::000000000000:role/r"),
    };
    world.call(update).await.unwrap();
    let taken = "Role with name r already exists.";
    is(
        world.call(create(LAMBDA_TRUST)).await,
        "EntityAlreadyExistsException",
        taken,
    );
}

#[tokio::test]
async fn inline_policies_of_a_role() {
    let world = World::new().await;
    world.role("r", LAMBDA_TRUST).await;
    let put = |name: &str, document: &str| PutRolePolicyInput {
        role_name: "r".to_owned(),
        policy_name: name.to_owned(),
        policy_document: document.to_owned(),
    };
    world.call(put("p", ALLOW_ALL)).await.unwrap();
    world.call(put("P2", ALLOW_ALL)).await.unwrap();
    let document = &allow("s3:*", "*");
    world.call(put("p", document)).await.unwrap();
    let get = |name: &str| GetRolePolicyInput {
        role_name: "r".to_owned(),
        policy_name: name.to_owned(),
    };
    let found = world.call(get("p")).await.unwrap();
    assert_eq!(found.policy_document, crate::document::encoded(document));
    let none = "The role policy with name q cannot be found.";
    is(world.call(get("q")).await, "NoSuchEntityException", none);
    let list = ListRolePoliciesInput {
        role_name: "r".to_owned(),
        ..ListRolePoliciesInput::default()
    };
    assert_eq!(world.call(list).await.unwrap().policy_names, ["p", "P2"]);
    let broken = "Syntax errors in policy.";
    is(
        world.call(put("p", "x")).await,
        "MalformedPolicyDocumentException",
        broken,
    );
    let long = ALLOW_ALL.replace(
        "\"Effect\"",
        &format!("\"Sid\":\"{}\",\"Effect\"", "x".repeat(10_240)),
    );
    let quota = "Maximum policy size of 10240 bytes exceeded for role r";
    is(
        world.call(put("p", &long)).await,
        "LimitExceededException",
        quota,
    );
    let delete = || DeleteRoleInput {
        role_name: "r".to_owned(),
    };
    let conflict = "Cannot delete entity, must delete policies first.";
    is(
        world.call(delete()).await,
        "DeleteConflictException",
        conflict,
    );
}

#[tokio::test]
async fn services_assume_roles_that_trust_them() {
    let world = World::new().await;
    let role = world.role("r", LAMBDA_TRUST).await;
    let attach = AttachRolePolicyInput {
        role_name: "r".to_owned(),
        policy_arn: "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess".to_owned(),
    };
    world.call(attach).await.unwrap();
    let lambda = "lambda.amazonaws.com";
    world.iam.may_assume(&role.arn, lambda).await.unwrap();
    let (credentials, in_process) = world.iam.assume(&role.arn, of_lambda(None)).await.unwrap();
    assert!(credentials.access_key_id.starts_with("ASIA"));
    assert_eq!(
        credentials.expires_at.as_secs() - world.clock.now().as_secs(),
        900
    );
    let signer = world.signer(&credentials.access_key_id).await.unwrap();
    assert_eq!(signer.principal, in_process.principal);
    assert_eq!(signer.arn(), "arn:aws:sts::000000000000:assumed-role/r/f");
    assert!(world.may_put(&signer).await);
    let other = world
        .iam
        .may_assume(&role.arn, "apigateway.amazonaws.com")
        .await;
    assert!(
        matches!(other, Err(service::AssumeError::NotTrusted(_))),
        "{other:?}"
    );
    for missing in [
        "arn:aws:iam::000000000000:role/none",
        "x",
        &role.arn.replace("/r", "/p/r"),
    ] {
        let found = world.iam.may_assume(missing, lambda).await;
        assert!(
            matches!(found, Err(service::AssumeError::NoSuchRole(_))),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn what_the_code_of_a_function_asks_for_says_which() {
    let world = World::new().await;
    let role = world.role("r", LAMBDA_TRUST).await;
    let function = |name| format!("arn:aws:lambda:us-east-1:000000000000:function:{name}");
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": function("f")}},
    }});
    let put = wire::iam::PutRolePolicyInput {
        role_name: "r".to_owned(),
        policy_name: "p".to_owned(),
        policy_document: document.to_string(),
    };
    world.call(put).await.unwrap();
    let (own, other) = (function("f"), function("g"));
    for (source, may) in [(Some(&own), true), (Some(&other), false), (None, false)] {
        let asked = of_lambda(source.map(String::as_str));
        let (credentials, in_process) = world.iam.assume(&role.arn, asked).await.unwrap();
        let signer = world.signer(&credentials.access_key_id).await.unwrap();
        assert_eq!(world.may_put(&signer).await, may, "{source:?}");
        assert_eq!(world.may_put(&in_process).await, may, "{source:?}");
    }
}
