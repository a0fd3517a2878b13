//! Deciding and verifying by themselves, in this process: what a request pays for them.

use crate::Failure;
use crate::report::{Report, quantile};
use base::{Clock, Entropy, Region, RequestId, Secret};
use http::{Request, request};
use iam::{Iam, SEEDED_ACCESS_KEY_ID};
use kv::Store;
use service::{AccessKeys, Authorizer, Caller, Operate, Requirement, Source, Verdict, perform};
use sigv4::{Credentials, Known, PayloadHash, Presented, SigningKeys, sign};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use wire::iam::{
    AddUserToGroupInput, AttachGroupPolicyInput, AttachUserPolicyInput, CreateAccessKeyInput,
    CreateGroupInput, CreatePolicyInput, CreateUserInput, Tag, TagUserInput,
};

const POLICIES: usize = 20;
const STATEMENTS: usize = 10;
const WARM: usize = 20_000;
const COLD: usize = 500;
const VERIFIED: usize = 20_000;
const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";

pub async fn measure(report: &mut Report) -> Result<(), Failure> {
    let world = World::new().await?;
    let caller = world.user_with_policies().await?;
    let requirement = Requirement::new("dynamodb:GetItem", TABLE)
        .with("dynamodb:LeadingKeys", ["1"])
        .with("dynamodb:Attributes", ["id"]);

    let mut cold = Vec::with_capacity(COLD);
    for number in 0..COLD {
        world.change(number).await?;
        cold.push(world.decide_us(&caller, &requirement).await?);
    }
    let mut warm = Vec::with_capacity(WARM);
    for _ in 0..WARM {
        warm.push(world.decide_us(&caller, &requirement).await?);
    }
    let what = format!("deciding, {POLICIES} policies of {STATEMENTS} statements");
    report.at_most(format!("{what}, p50"), quantile(&mut warm, 0.5), 3.0, "us");
    report.at_most(
        format!("{what}, after a change, p50"),
        quantile(&mut cold, 0.5),
        50.0,
        "us",
    );

    let mut verified = verifications_us()?;
    let what = "verifying a signature, body of 1 KB, p50";
    report.at_most(what, quantile(&mut verified, 0.5), 8.0, "us");
    Ok(())
}

struct World {
    iam: Arc<Iam>,
    clock: Clock,
}

impl World {
    async fn new() -> Result<World, Failure> {
        let clock = Clock::system();
        let iam = Iam::new(Store::in_memory(), clock.clone(), Entropy::seeded(1));
        iam.seed().await.map_err(wire::Fault::from)?;
        Ok(World {
            iam: Arc::new(iam),
            clock,
        })
    }

    async fn signer(&self, access_key_id: &str) -> Result<Caller, Failure> {
        let key = self.iam.find(access_key_id).await?;
        let key = key.ok_or("the key is not there")?;
        Ok(Caller {
            account: key.account,
            region: Region::default_region(),
            principal: key.principal,
            request_id: RequestId::uuid(&Entropy::seeded(3)),
            time: self.clock.now(),
            source: Source {
                ip: Some("127.0.0.1".parse()?),
                ..Source::default()
            },
        })
    }

    async fn call<I: Operate<Iam>>(&self, input: I) -> Result<I::Output, Failure> {
        let admin = self.signer(SEEDED_ACCESS_KEY_ID).await?;
        Ok(perform(&*self.iam, &*self.iam, admin, input).await?)
    }

    /// Half of the policies are the user's, half its group's; the last statement of the last one
    /// allows.
    async fn user_with_policies(&self) -> Result<Caller, Failure> {
        let (user, group) = ("user".to_owned(), "group".to_owned());
        self.call(CreateUserInput {
            user_name: user.clone(),
            ..CreateUserInput::default()
        })
        .await?;
        self.call(CreateGroupInput {
            group_name: group.clone(),
            ..CreateGroupInput::default()
        })
        .await?;
        let member = AddUserToGroupInput {
            group_name: group.clone(),
            user_name: user.clone(),
        };
        self.call(member).await?;
        for number in 0..POLICIES {
            let policy = CreatePolicyInput {
                policy_name: format!("policy-{number}"),
                policy_document: document(number),
                ..CreatePolicyInput::default()
            };
            let made = self.call(policy).await?.policy;
            let policy_arn = made.and_then(|policy| policy.arn).ok_or("no ARN")?;
            if number % 2 == 0 {
                let user_name = user.clone();
                self.call(AttachUserPolicyInput {
                    user_name,
                    policy_arn,
                })
                .await?;
            } else {
                let group_name = group.clone();
                self.call(AttachGroupPolicyInput {
                    group_name,
                    policy_arn,
                })
                .await?;
            }
        }
        let key = CreateAccessKeyInput {
            user_name: Some(user),
        };
        let key = self.call(key).await?.access_key;
        self.signer(&key.access_key_id).await
    }

    /// A change after which everything is read again.
    async fn change(&self, number: usize) -> Result<(), Failure> {
        let tag = Tag {
            key: "number".to_owned(),
            value: number.to_string(),
        };
        self.call(TagUserInput {
            user_name: "user".to_owned(),
            tags: vec![tag],
        })
        .await?;
        Ok(())
    }

    async fn decide_us(&self, caller: &Caller, requirement: &Requirement) -> Result<f64, Failure> {
        let started = Instant::now();
        let verdict = self
            .iam
            .decide(black_box(caller), black_box(requirement))
            .await?;
        let took_us = started.elapsed().as_secs_f64() * 1e6;
        match verdict {
            Verdict::Allowed => Ok(took_us),
            Verdict::Denied(denial) => Err(denial.message.into()),
        }
    }
}

/// Statements as one meets them: about other tables and other services, with a condition each.
fn document(policy: usize) -> String {
    let statements = (0..STATEMENTS).map(|number| {
        let table = match policy + 1 == POLICIES && number + 1 == STATEMENTS {
            true => "orders".to_owned(),
            false => format!("table-{policy}-{number}"),
        };
        serde_json::json!({
            "Sid": format!("S{number}"),
            "Effect": "Allow",
            "Action": ["dynamodb:Get*", "dynamodb:Query", "s3:GetObject"],
            "Resource": [
                format!("arn:aws:dynamodb:*:000000000000:table/{table}"),
                format!("arn:aws:s3:::bucket-{policy}-{number}/*"),
            ],
            "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
        })
    });
    let statements: Vec<_> = statements.collect();
    serde_json::json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn verifications_us() -> Result<Vec<f64>, Failure> {
    let body = vec![b'x'; 1_024];
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let now = Clock::system().now();
    let parts = signed(&body, &secret, now)?;
    let keys = SigningKeys::new(16);
    let known = Known {
        secret: &secret,
        session: None,
    };
    let mut times = Vec::with_capacity(VERIFIED);
    for _ in 0..VERIFIED {
        let started = Instant::now();
        let presented = Presented::parse((&parts).into(), now).map_err(|e| e.to_string())?;
        let payload = PayloadHash::of(black_box(&body));
        let outcome = presented.verify(&known, &payload, now, &keys);
        times.push(started.elapsed().as_secs_f64() * 1e6);
        outcome.map_err(|error| error.to_string())?;
    }
    Ok(times)
}

fn signed(body: &[u8], secret: &Secret, now: base::Timestamp) -> Result<request::Parts, Failure> {
    let request = Request::builder()
        .method("POST")
        .uri("http://127.0.0.1:4566/")
        .header("host", "127.0.0.1:4566")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.PutItem")
        .body(())?;
    let (mut parts, ()) = request.into_parts();
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret: secret.clone(),
        session_token: None,
    };
    let region = Region::default_region();
    let payload = PayloadHash::of(body);
    sign(&mut parts, &payload, &credentials, &region, "dynamodb", now)
        .map_err(|e| e.to_string())?;
    Ok(parts)
}
