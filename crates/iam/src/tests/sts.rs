use super::*;
use std::time::Duration;
use wire::sts::{
    AssumeRoleInput, AssumeRoleOutput, GetCallerIdentityInput, GetSessionTokenInput,
    PolicyDescriptorType,
};

const ROLE: &str = "arn:aws:iam::000000000000:role/r";

fn trust(principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{principal},
            "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],
            "Condition":{{{condition}}}}}}}"#
    )
}

const ROOT: &str = r#"{"AWS":"arn:aws:iam::000000000000:root"}"#;

fn assume() -> AssumeRoleInput {
    AssumeRoleInput {
        role_arn: ROLE.to_owned(),
        role_session_name: "s".to_owned(),
        ..AssumeRoleInput::default()
    }
}

fn sts_tag(key: &str, value: &str) -> wire::sts::Tag {
    wire::sts::Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

async fn signer(world: &World, made: AssumeRoleOutput) -> Caller {
    let id = made.credentials.unwrap().access_key_id;
    world.signer(&id).await.unwrap()
}

#[tokio::test]
async fn who_am_i() {
    let world = World::new().await;
    let admin = world.admin().await;
    let me = world.sts(admin, GetCallerIdentityInput {}).await.unwrap();
    assert_eq!(
        me.arn.as_deref(),
        Some("arn:aws:iam::000000000000:user/test")
    );
    assert_eq!(me.account.as_deref(), Some("000000000000"));
    assert!(me.user_id.unwrap().starts_with("AIDA"));
    // A user without any rights may ask, too.
    let nobody = world.user("nobody").await;
    world.sts(nobody, GetCallerIdentityInput {}).await.unwrap();
}

#[tokio::test]
async fn a_session_may_what_its_role_may() {
    let world = World::new().await;
    let role = world.role("r", &trust(ROOT, "")).await;
    let admin = world.admin().await;
    let made = world.sts(admin, assume()).await.unwrap();
    let user = made.assumed_role_user.clone().unwrap();
    assert_eq!(user.arn, "arn:aws:sts::000000000000:assumed-role/r/s");
    assert_eq!(user.assumed_role_id, format!("{}:s", role.role_id));
    assert_eq!(made.packed_policy_size, None);
    let expiration = made.credentials.as_ref().unwrap().expiration;
    assert_eq!(expiration.as_secs(), world.clock.now().as_secs() + 3_600);
    let session = signer(&world, made).await;
    let me = world
        .sts(session.clone(), GetCallerIdentityInput {})
        .await
        .unwrap();
    assert_eq!(me.arn, Some(user.arn));
    assert_eq!(me.user_id, Some(user.assumed_role_id));

    assert!(!world.may_put(&session).await);
    let put = PutRolePolicyInput {
        role_name: "r".to_owned(),
        policy_name: "p".to_owned(),
        policy_document: allow("dynamodb:*", "*"),
    };
    world.call(put).await.unwrap();
    assert!(world.may_put(&session).await);
    let delete = DeleteRolePolicyInput {
        role_name: "r".to_owned(),
        policy_name: "p".to_owned(),
    };
    world.call(delete).await.unwrap();
    world
        .call(DeleteRoleInput {
            role_name: "r".to_owned(),
        })
        .await
        .unwrap();
    assert!(!world.may_put(&session).await);
}

#[tokio::test]
async fn only_whom_the_trust_policy_names() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    world.role("r", &trust(ROOT, "")).await;
    let start = "User: arn:aws:iam::000000000000:user/bob is not authorized to perform: \
                 sts:AssumeRole on resource: arn:aws:iam::000000000000:role/r";
    let set_trust = |document: String| UpdateAssumeRolePolicyInput {
        role_name: "r".to_owned(),
        policy_document: document,
    };
    // The account may, and leaves it to its policies.
    let (code, message) = refused(world.sts(bob.clone(), assume()).await);
    assert_eq!(code, "AccessDeniedException");
    assert_eq!(
        message,
        format!("{start} because no identity-based policy allows the sts:AssumeRole action")
    );
    world
        .put_user_policy("bob", &allow("sts:AssumeRole", ROLE))
        .await;
    world.sts(bob.clone(), assume()).await.unwrap();
    // Nobody but lambda may: an administrator's rights do not help.
    world
        .call(set_trust(LAMBDA_TRUST.to_owned()))
        .await
        .unwrap();
    let (_, message) = refused(world.sts(bob.clone(), assume()).await);
    assert_eq!(
        message,
        format!("{start} because no role trust policy allows the sts:AssumeRole action")
    );
    assert!(world.sts(world.admin().await, assume()).await.is_err());
    // Bob is named: no policy of his own is needed.
    let named = r#"{"AWS":"arn:aws:iam::000000000000:user/bob"}"#;
    world.put_user_policy("bob", &allow("s3:*", "*")).await;
    world.call(set_trust(trust(named, ""))).await.unwrap();
    world.sts(bob.clone(), assume()).await.unwrap();
    // With an external id only.
    let external = r#""StringEquals":{"sts:ExternalId":"x"}"#;
    world.call(set_trust(trust(named, external))).await.unwrap();
    assert!(world.sts(bob.clone(), assume()).await.is_err());
    let with_id = AssumeRoleInput {
        external_id: Some("x".to_owned()),
        ..assume()
    };
    world.sts(bob.clone(), with_id).await.unwrap();
    // A role that is not there looks like one that does not trust.
    let missing = AssumeRoleInput {
        role_arn: ROLE.replace("/r", "/none"),
        ..assume()
    };
    is(
        world.sts(bob, missing).await,
        "AccessDeniedException",
        &start.replace("/r", "/none"),
    );
}

#[tokio::test]
async fn role_arns_that_are_none() {
    let world = World::new().await;
    for arn in [
        "nothing-valid-in-here",
        "arn::b:::something/test-role",
        "arn:a::::something/test-role",
        "arn:a:::something/test-role",
        "arn:a:a::aaaaaaaaaa:",
    ] {
        let input = AssumeRoleInput {
            role_arn: arn.to_owned(),
            ..assume()
        };
        let outcome = world.sts(world.admin().await, input).await;
        is(outcome, "ValidationException", &format!("{arn} is invalid"));
    }
}

#[tokio::test]
async fn durations() {
    let world = World::new().await;
    let input = CreateRoleInput {
        role_name: "r".to_owned(),
        assume_role_policy_document: trust(r#"{"AWS":"*"}"#, ""),
        max_session_duration: Some(7_200),
        ..CreateRoleInput::default()
    };
    world.call(input).await.unwrap();
    let lasting = |seconds| AssumeRoleInput {
        duration_seconds: Some(seconds),
        ..assume()
    };
    let long = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    let admin = world.admin().await;
    is(
        world.sts(admin.clone(), lasting(7_201)).await,
        "ValidationException",
        long,
    );
    let made = world.sts(admin, lasting(7_200)).await.unwrap();
    let id = made.credentials.as_ref().unwrap().access_key_id.clone();
    let session = signer(&world, made).await;
    let chained = "The requested DurationSeconds exceeds the 1 hour session limit for roles \
                   assumed by role chaining.";
    is(
        world.sts(session.clone(), lasting(3_601)).await,
        "ValidationException",
        chained,
    );
    world.sts(session, lasting(3_600)).await.unwrap();

    // Ended sessions are known for an hour more, then swept.
    world.clock.advance(Duration::from_secs(7_200 + 3_599));
    world.iam.sweep().await.unwrap();
    assert!(world.restarted().signer(&id).await.is_some());
    world.clock.advance(Duration::from_secs(2));
    world.iam.sweep().await.unwrap();
    assert!(world.restarted().signer(&id).await.is_none());
    let left = world.store.snapshot().scan(
        kv::KeyRange::prefix(&[kv::Space::Sts.byte()]),
        kv::Order::Ascending,
    );
    let mut left = left;
    assert!(left.next().await.unwrap().is_none());
}

#[tokio::test]
async fn session_policies_narrow() {
    let world = World::new().await;
    world.role("r", &trust(ROOT, "")).await;
    let attach = AttachRolePolicyInput {
        role_name: "r".to_owned(),
        policy_arn: ADMINISTRATOR.to_owned(),
    };
    world.call(attach).await.unwrap();
    let reading = world
        .policy("reading", &allow("dynamodb:GetItem", "*"))
        .await;
    let with = |policy: Option<String>, arns: Option<&str>| AssumeRoleInput {
        policy,
        policy_arns: arns.map(|arn| {
            vec![PolicyDescriptorType {
                arn: Some(arn.to_owned()),
            }]
        }),
        ..assume()
    };
    let admin = world.admin().await;
    let made = world
        .sts(admin.clone(), with(None, Some(&reading)))
        .await
        .unwrap();
    assert!(made.packed_policy_size.unwrap() > 0);
    let session = signer(&world, made).await;
    let message = world
        .denial(&session, Requirement::new("dynamodb:PutItem", TABLE))
        .await
        .unwrap();
    assert!(message.ends_with("because no session policy allows the dynamodb:PutItem action"));
    let both = with(Some(allow("dynamodb:PutItem", "*")), Some(&reading));
    let session = signer(&world, world.sts(admin.clone(), both).await.unwrap()).await;
    assert!(world.may_put(&session).await);

    let broken = with(Some("{}".to_owned()), None);
    let syntax = "Syntax errors in policy.";
    is(
        world.sts(admin.clone(), broken).await,
        "MalformedPolicyDocumentException",
        syntax,
    );
    let long = with(Some(allow(&format!("s3:{}", "x".repeat(3_000)), "*")), None);
    assert_eq!(
        refused(world.sts(admin, long).await).0,
        "PackedPolicyTooLargeException"
    );
}

#[tokio::test]
async fn session_tags_and_source_identity() {
    let world = World::new().await;
    let tagged = r#""StringEquals":{"aws:RequestTag/team":"blue"}"#;
    world.role("r", &trust(ROOT, tagged)).await;
    let admin = world.admin().await;
    assert!(world.sts(admin.clone(), assume()).await.is_err());
    let input = AssumeRoleInput {
        tags: Some(vec![sts_tag("team", "blue"), sts_tag("mood", "good")]),
        transitive_tag_keys: Some(vec!["team".to_owned()]),
        source_identity: Some("ada".to_owned()),
        ..assume()
    };
    let made = world.sts(admin, input).await.unwrap();
    assert_eq!(made.source_identity.as_deref(), Some("ada"));
    let session = signer(&world, made).await;
    let put = PutRolePolicyInput {
        role_name: "r".to_owned(),
        policy_name: "p".to_owned(),
        policy_document: r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow",
            "Action":["dynamodb:*","sts:*"],"Resource":"*","Condition":{"StringEquals":{
            "aws:PrincipalTag/team":"blue","aws:SourceIdentity":"ada"}}}}"#
            .to_owned(),
    };
    world.call(put).await.unwrap();
    assert!(world.may_put(&session).await);

    // The next role inherits what is transitive, and whose session it is.
    let next = "arn:aws:iam::000000000000:role/next";
    world.role("next", &trust(ROOT, "")).await;
    let chained = |tags| AssumeRoleInput {
        role_arn: next.to_owned(),
        tags,
        ..assume()
    };
    let over = chained(Some(vec![sts_tag("TEAM", "red")]));
    assert_eq!(
        refused(world.sts(session.clone(), over).await).0,
        "InvalidParameterValue"
    );
    let made = world.sts(session, chained(None)).await.unwrap();
    let service::Principal::Role(inner) = signer(&world, made).await.principal else {
        panic!("no role's session")
    };
    assert_eq!(inner.tags, [("team".to_owned(), "blue".to_owned())]);
    assert_eq!(inner.source_identity.as_deref(), Some("ada"));
}

#[tokio::test]
async fn sessions_of_users() {
    let world = World::new().await;
    let admin = world.admin().await;
    let made = world
        .sts(admin.clone(), GetSessionTokenInput::default())
        .await
        .unwrap();
    let credentials = made.credentials.unwrap();
    assert_eq!(
        credentials.expiration.as_secs(),
        world.clock.now().as_secs() + 43_200
    );
    let key = world
        .iam
        .find(&credentials.access_key_id)
        .await
        .unwrap()
        .unwrap();
    let session = key.session.unwrap();
    assert_eq!(session.token.expose(), credentials.session_token);
    assert_eq!(session.expires_at, credentials.expiration);
    let session = world.signer(&credentials.access_key_id).await.unwrap();
    assert_eq!(session.arn(), admin.arn());
    assert!(world.may_put(&session).await);
    let again = world
        .sts(session.clone(), GetSessionTokenInput::default())
        .await;
    let message = "Cannot call GetSessionToken with session credentials";
    is(again, "AccessDeniedException", message);
    let iam = world.call_as(session, GetUserInput::default()).await;
    let message = "The security token included in the request is invalid";
    is(iam, "UnrecognizedClientException", message);
    let mfa = GetSessionTokenInput {
        serial_number: Some("arn:aws:iam::000000000000:mfa/x".to_owned()),
        ..GetSessionTokenInput::default()
    };
    assert_eq!(
        refused(world.sts(admin, mfa).await).0,
        "AccessDeniedException"
    );
}
