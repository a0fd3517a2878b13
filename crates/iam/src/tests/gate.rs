use super::*;
use base::Arn;
use policy::{Dialect, Policy as Document};
use service::Principal;

#[tokio::test]
async fn denials_read_as_aws_words_them() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    let start = "User: arn:aws:iam::000000000000:user/bob is not authorized to perform: ";
    let check = async |requirement: Requirement, rest: &str| {
        let message = world.denial(&bob, requirement).await.unwrap();
        assert_eq!(message, format!("{start}{rest}"));
    };
    check(
        Requirement::new("dynamodb:PutItem", TABLE),
        "dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/t because \
         no identity-based policy allows the dynamodb:PutItem action",
    )
    .await;
    let deny = ALLOW_ALL.replace("Allow", "Deny");
    world.put_user_policy("bob", &deny).await;
    check(
        Requirement::new("dynamodb:PutItem", TABLE),
        "dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/t with an \
         explicit deny in an identity-based policy",
    )
    .await;
}

#[tokio::test]
async fn iam_names_what_exists_by_kind_and_name() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    let message = |outcome: (&str, String)| outcome.1;
    let check = |found: String, resource: &str, action: &str| {
        let expected = format!(
            "User: arn:aws:iam::000000000000:user/bob is not authorized to perform: {action} on \
             resource: {resource} because no identity-based policy allows the {action} action"
        );
        assert_eq!(found, expected);
    };
    let get = GetRoleInput {
        role_name: "r".to_owned(),
    };
    let found = message(refused(world.call_as(bob.clone(), get).await));
    check(found, "role r", "iam:GetRole");
    let create = CreateRoleInput {
        role_name: "r".to_owned(),
        assume_role_policy_document: LAMBDA_TRUST.to_owned(),
        ..CreateRoleInput::default()
    };
    let found = message(refused(world.call_as(bob.clone(), create).await));
    check(found, "arn:aws:iam::000000000000:role/r", "iam:CreateRole");
    let create = CreatePolicyInput {
        policy_name: "p".to_owned(),
        policy_document: ALLOW_ALL.to_owned(),
        ..CreatePolicyInput::default()
    };
    let found = message(refused(world.call_as(bob.clone(), create).await));
    check(found, "policy p", "iam:CreatePolicy");
    let get = GetPolicyInput {
        policy_arn: ADMINISTRATOR.to_owned(),
    };
    let found = message(refused(world.call_as(bob.clone(), get).await));
    check(found, &format!("policy {ADMINISTRATOR}"), "iam:GetPolicy");
    let found = message(refused(world.call_as(bob, ListUsersInput::default()).await));
    check(found, "arn:aws:iam::000000000000:user/", "iam:ListUsers");
}

#[tokio::test]
async fn rights_on_iam_are_told_by_arn_path_and_keys() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    let document = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iam:GetRole",
         "Resource":"arn:aws:iam::000000000000:role/mine/*"},
        {"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"*",
         "Condition":{"ArnLike":{"iam:PolicyARN":"arn:aws:iam::aws:policy/service-role/*"}}},
        {"Effect":"Allow","Action":"iam:TagUser","Resource":"*",
         "Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]},
                      "StringEquals":{"aws:RequestTag/team":"${aws:username}"}}}]}"#;
    world.put_user_policy("bob", document).await;
    for (name, path) in [("in", "/mine/"), ("out", "/")] {
        let create = CreateRoleInput {
            role_name: name.to_owned(),
            path: Some(path.to_owned()),
            assume_role_policy_document: LAMBDA_TRUST.to_owned(),
            ..CreateRoleInput::default()
        };
        world.call(create).await.unwrap();
        let get = GetRoleInput {
            role_name: name.to_owned(),
        };
        let allowed = world.call_as(bob.clone(), get).await.is_ok();
        assert_eq!(allowed, name == "in", "{name}");
    }
    for (policy, expected) in [
        ("service-role/AWSLambdaBasicExecutionRole", true),
        ("AdministratorAccess", false),
    ] {
        let attach = AttachRolePolicyInput {
            role_name: "out".to_owned(),
            policy_arn: format!("arn:aws:iam::aws:policy/{policy}"),
        };
        let allowed = world.call_as(bob.clone(), attach).await.is_ok();
        assert_eq!(allowed, expected, "{policy}");
    }
    for (key, value, expected) in [
        ("team", "bob", true),
        ("team", "eve", false),
        ("x", "bob", false),
    ] {
        let tag = TagUserInput {
            user_name: "bob".to_owned(),
            tags: vec![Tag {
                key: key.to_owned(),
                value: value.to_owned(),
            }],
        };
        let allowed = world.call_as(bob.clone(), tag).await.is_ok();
        assert_eq!(allowed, expected, "{key}={value}");
    }
}

#[tokio::test]
async fn boundaries_limit() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    world.put_user_policy("bob", ALLOW_ALL).await;
    assert!(world.may_put(&bob).await);
    let reading = world
        .policy("reading", &allow("dynamodb:GetItem", "*"))
        .await;
    let put = PutUserPermissionsBoundaryInput {
        user_name: "bob".to_owned(),
        permissions_boundary: reading.clone(),
    };
    world.call(put).await.unwrap();
    let denial = world
        .denial(&bob, Requirement::new("dynamodb:PutItem", TABLE))
        .await
        .unwrap();
    assert!(denial.ends_with("because no permissions boundary allows the dynamodb:PutItem action"));
    let shown = GetUserInput {
        user_name: Some("bob".to_owned()),
    };
    let shown = world
        .call(shown)
        .await
        .unwrap()
        .user
        .permissions_boundary
        .unwrap();
    assert_eq!(
        shown.permissions_boundary_arn.as_deref(),
        Some(reading.as_str())
    );
    let delete = DeletePolicyInput {
        policy_arn: reading,
    };
    assert_eq!(
        refused(world.call(delete).await).0,
        "DeleteConflictException"
    );
    let remove = DeleteUserPermissionsBoundaryInput {
        user_name: "bob".to_owned(),
    };
    world.call(remove).await.unwrap();
    assert!(world.may_put(&bob).await);
}

#[tokio::test]
async fn conditions_see_the_connection() {
    let world = World::new().await;
    let mut bob = world.user("bob").await;
    bob.source.referer = Some("https://app.example.com/a".to_owned());
    let when = |condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*",
                "Resource":"*","Condition":{{{condition}}}}}}}"#
        )
    };
    for (condition, expected) in [
        (r#""IpAddress":{"aws:SourceIp":"127.0.0.0/8"}"#, true),
        (r#""NotIpAddress":{"aws:SourceIp":"127.0.0.0/8"}"#, false),
        (
            r#""StringLike":{"aws:referer":"https://app.example.com/*"}"#,
            true,
        ),
        (
            r#""StringLike":{"aws:Referer":"https://example.com/*"}"#,
            false,
        ),
        (r#""Bool":{"aws:SecureTransport":"true"}"#, false),
        (r#""Bool":{"aws:ViaAWSService":"false"}"#, true),
        (
            r#""StringEquals":{"aws:RequestedRegion":"us-east-1"}"#,
            true,
        ),
        (
            r#""DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}"#,
            true,
        ),
        (r#""NumericLessThan":{"aws:EpochTime":"1795350247"}"#, false),
        (
            r#""StringEquals":{"aws:PrincipalType":"User","aws:username":"bob"}"#,
            true,
        ),
        (r#""Null":{"aws:MultiFactorAuthPresent":"true"}"#, true),
        (
            r#""StringEquals":{"AWS:PrincipalAccount":"000000000000"}"#,
            true,
        ),
    ] {
        world.put_user_policy("bob", &when(condition)).await;
        assert_eq!(world.may_put(&bob).await, expected, "{condition}");
    }
}

#[tokio::test]
async fn services_are_let_in_by_the_resource() {
    let world = World::new().await;
    let mut caller = world.admin().await;
    caller.principal = Principal::Service {
        name: "apigateway.amazonaws.com",
        source_arn: "arn:aws:execute-api:us-east-1:000000000000:api/test/POST/x"
            .parse::<Arn>()
            .unwrap(),
        source_account: account(),
    };
    let function = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let requirement = |source: &str| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",
                "Principal":{{"Service":"apigateway.amazonaws.com"}},
                "Action":"lambda:InvokeFunction","Resource":"{function}",
                "Condition":{{"ArnLike":{{"AWS:SourceArn":"{source}"}}}}}}}}"#
        );
        let policy = Document::parse(&document, Dialect::Resource).unwrap();
        Requirement::new("lambda:InvokeFunction", function).resource_policy(Some(Arc::new(policy)))
    };
    let any_stage = requirement("arn:aws:execute-api:*:*:api/*/POST/x");
    assert_eq!(world.denial(&caller, any_stage).await, None);
    let other = requirement("arn:aws:execute-api:*:*:other/*");
    assert!(world.denial(&caller, other).await.is_some());
    let none = Requirement::new("lambda:InvokeFunction", function);
    assert!(world.denial(&caller, none).await.is_some());
}
