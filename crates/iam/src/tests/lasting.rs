//! What lasts beyond a restart, and what must not last beyond a change.

use super::*;
use kv::{ApplyError, Engine, MemoryEngine, View, WriteSet};
use service::RoleSessions;
use std::sync::{Condvar, Mutex};

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    world.put_user_policy("bob", ALLOW_ALL).await;
    let role = world.role("r", LAMBDA_TRUST).await;
    let (made, _) = world.iam.assume(&role.arn, of_lambda(None)).await.unwrap();
    until(|| !world.iam.unsaved.has(&made.access_key_id)).await;
    let restarted = world.restarted();
    let again = restarted
        .signer(bob.access_key_id().unwrap())
        .await
        .unwrap();
    assert_eq!(again.principal, bob.principal);
    assert!(restarted.may_put(&again).await);
    let key = restarted
        .iam
        .find(&made.access_key_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(key.secret, made.secret_access_key);
    assert_eq!(key.session.unwrap().token, made.session_token);
}

#[tokio::test]
async fn seeding_happens_once() {
    let world = World::new().await;
    let detach = DetachUserPolicyInput {
        user_name: "test".to_owned(),
        policy_arn: ADMINISTRATOR.to_owned(),
    };
    world.call(detach).await.unwrap();
    let restarted = world.restarted();
    restarted.iam.seed().await.unwrap();
    let admin = restarted.admin().await;
    assert!(!restarted.may_put(&admin).await);
    let unseeded = World::over(Store::in_memory(), world.clock.clone(), 1);
    assert!(unseeded.signer(SEEDED_ACCESS_KEY_ID).await.is_none());
}

#[tokio::test]
async fn the_next_decision_sees_every_change() {
    let world = World::new().await;
    let bob = world.user("bob").await;
    let policy = world.policy("p", &allow("s3:*", "*")).await;
    let attach = AttachUserPolicyInput {
        user_name: "bob".to_owned(),
        policy_arn: policy.clone(),
    };
    world.call(attach).await.unwrap();
    assert!(!world.may_put(&bob).await);
    for (action, expected) in [("dynamodb:*", true), ("s3:*", false)] {
        let version = CreatePolicyVersionInput {
            policy_arn: policy.clone(),
            policy_document: allow(action, "*"),
            set_as_default: Some(true),
        };
        world.call(version).await.unwrap();
        assert_eq!(world.may_put(&bob).await, expected, "{action}");
    }
}

/// An engine whose writes wait while the door is closed.
struct Doored {
    inner: MemoryEngine,
    door: Arc<Door>,
}

#[derive(Default)]
struct Door {
    state: Mutex<DoorState>,
    moved: Condvar,
}

#[derive(Default)]
struct DoorState {
    closed: bool,
    waiting: bool,
}

impl Door {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        while state.closed {
            state.waiting = true;
            state = self.moved.wait(state).unwrap();
        }
    }

    fn set(&self, closed: bool) {
        self.state.lock().unwrap().closed = closed;
        self.moved.notify_all();
    }

    fn has_someone_waiting(&self) -> bool {
        self.state.lock().unwrap().waiting
    }
}

impl Engine for Doored {
    fn name(&self) -> &'static str {
        "doored"
    }

    fn view(&self) -> Result<Arc<dyn View>, kv::Error> {
        self.inner.view()
    }

    fn apply(&self, batch: &WriteSet) -> Result<(), ApplyError> {
        self.door.pass();
        self.inner.apply(batch)
    }

    fn room(&self) -> Result<kv::Room, kv::Error> {
        self.inner.room()
    }

    fn close(&self) -> Result<(), kv::Error> {
        self.inner.close()
    }
}

async fn until(happened: impl Fn() -> bool) {
    while !happened() {
        tokio::task::yield_now().await;
    }
}

/// A caller that goes away in the middle of a change: the change happens all the same, and the
/// gate must not go on with what it knew before.
#[tokio::test]
async fn an_abandoned_change_is_seen() {
    let door = Arc::new(Door::default());
    let engine = Doored {
        inner: MemoryEngine::new(),
        door: door.clone(),
    };
    let clock = Clock::manual(Timestamp::from_secs(1_795_350_247));
    let world = Arc::new(World::over(Store::new(Box::new(engine)), clock, 1));
    world.iam.seed().await.unwrap();
    let bob = world.user("bob").await;
    let generation = world.iam.generation.current();

    door.set(true);
    let changing = world.clone();
    let change = tokio::spawn(async move { changing.put_user_policy("bob", ALLOW_ALL).await });
    until(|| door.has_someone_waiting()).await;
    change.abort();
    assert!(change.await.unwrap_err().is_cancelled());
    assert!(!world.may_put(&bob).await);
    door.set(false);
    // Once when it was abandoned, once when it was settled.
    until(|| world.iam.generation.current() == generation + 2).await;
    assert!(world.may_put(&bob).await);
}

#[tokio::test]
async fn sessions_of_services_do_not_wait_for_the_disk() {
    let door = Arc::new(Door::default());
    let engine = Doored {
        inner: MemoryEngine::new(),
        door: door.clone(),
    };
    let clock = Clock::manual(Timestamp::from_secs(1_795_350_247));
    let world = World::over(Store::new(Box::new(engine)), clock, 1);
    world.iam.seed().await.unwrap();
    let role = world.role("r", LAMBDA_TRUST).await;
    door.set(true);
    let (made, _) = world.iam.assume(&role.arn, of_lambda(None)).await.unwrap();
    let id = &made.access_key_id;
    assert!(world.signer(id).await.is_some());
    assert!(world.restarted().signer(id).await.is_none(), "not on disk");
    door.set(false);
    until(|| !world.iam.unsaved.has(id)).await;
    assert!(world.restarted().signer(id).await.is_some());
}

#[tokio::test]
async fn a_change_compiles_anew_only_what_it_changed() {
    let world = World::new().await;
    let arns = [
        world.policy("p", &allow("s3:*", "*")).await,
        world.policy("q", &allow("sqs:*", "*")).await,
    ];
    let mut callers = Vec::new();
    for user in ["bob", "eve"] {
        callers.push(world.user(user).await);
        for policy_arn in arns.clone() {
            let user_name = user.to_owned();
            let attach = AttachUserPolicyInput {
                user_name,
                policy_arn,
            };
            world.call(attach).await.unwrap();
        }
    }
    world.put_user_policy("bob", &allow("sns:*", "*")).await;
    let (world, callers) = (&world, &callers);
    let compiled = async |caller: usize| {
        let loaded = world.iam.loaded(&callers[caller]).await.unwrap();
        let policies = loaded.policies.iter().map(|named| named.policy.clone());
        policies.collect::<Vec<_>>()
    };
    let [inline, p, q] = &compiled(0).await[..] else {
        panic!()
    };
    assert!(Arc::ptr_eq(p, &compiled(1).await[0]));

    let version = CreatePolicyVersionInput {
        policy_arn: arns[0].clone(),
        policy_document: ALLOW_ALL.to_owned(),
        set_as_default: Some(true),
    };
    world.call(version).await.unwrap();
    let [still_inline, other_p, still_q] = &compiled(0).await[..] else {
        panic!()
    };
    assert!(!Arc::ptr_eq(p, other_p) && p != other_p);
    assert!(Arc::ptr_eq(q, still_q) && Arc::ptr_eq(inline, still_inline));

    let (user_name, policy_arn) = ("bob".to_owned(), arns[0].clone());
    let detach = DetachUserPolicyInput {
        user_name,
        policy_arn,
    };
    world.call(detach).await.unwrap();
    assert!(Arc::ptr_eq(q, &compiled(0).await[1]));
    assert!(Arc::ptr_eq(other_p, &compiled(1).await[0]));

    world.put_user_policy("bob", ALLOW_ALL).await;
    assert!(!Arc::ptr_eq(inline, &compiled(0).await[0]));
}

#[tokio::test]
async fn the_seeded_key_works_only_where_it_was_asked_for() {
    let world = World::new().await;
    let store = world.iam.store.clone();
    let elsewhere = Iam::new(store, world.iam.clock.clone(), world.iam.entropy.clone());
    world.iam.seed().await.unwrap();
    assert!(world.iam.find("test").await.unwrap().is_some());
    assert!(elsewhere.find("test").await.unwrap().is_none());
    assert!(!elsewhere.has_own_keys().await.unwrap());
}
