//! The operations over the memory store, through the gate.

use super::*;
use base::{AccountId, Entropy, Region, RequestId, Timestamp};
use service::{
    Authorizer, BoxFuture, Denial, LogLine, LogSink, Operate, Principal, Source, Verdict, perform,
};
use std::sync::Arc;
use std::time::Duration;
use wire::Fault;
use wire::logs::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_350_247_000);

/// Allows everything but one action.
struct AllBut(&'static str);

impl Authorizer for AllBut {
    fn decide<'a>(
        &'a self,
        _: &'a Caller,
        requirement: &'a Requirement,
    ) -> BoxFuture<'a, Result<Verdict, Fault>> {
        let message = format!("{} on {}", requirement.action, requirement.resource);
        let denied = requirement.action == self.0;
        let verdict = if denied {
            Verdict::Denied(Denial { message })
        } else {
            Verdict::Allowed
        };
        Box::pin(async move { Ok(verdict) })
    }
}

struct World {
    logs: Arc<Logs>,
    clock: Clock,
}

impl World {
    fn new() -> World {
        let clock = Clock::manual(NOW);
        World {
            logs: Arc::new(Logs::new(Store::in_memory(), clock.clone())),
            clock,
        }
    }

    fn caller(&self) -> Caller {
        Caller {
            account: AccountId::DEFAULT,
            region: Region::default_region(),
            principal: Principal::Root,
            request_id: RequestId::uuid(&Entropy::seeded(1)),
            time: self.clock.now(),
            source: Source::default(),
        }
    }

    async fn run<I: Operate<Logs>>(&self, input: I) -> Result<I::Output, Fault> {
        perform(&*self.logs, &AllBut("-"), self.caller(), input).await
    }

    async fn stream(&self, group: &str, stream: &str) {
        let _ = self
            .run(CreateLogGroupInput {
                log_group_name: group.into(),
                ..Default::default()
            })
            .await;
        let input = CreateLogStreamInput {
            log_group_name: group.into(),
            log_stream_name: stream.into(),
        };
        self.run(input).await.unwrap();
    }

    async fn put(&self, stream: &str, events: &[(i64, &str)]) -> Result<PutLogEventsOutput, Fault> {
        let log_events = events.iter().map(|(offset_ms, message)| InputLogEvent {
            timestamp: NOW.as_millis() + offset_ms,
            message: (*message).to_owned(),
        });
        self.run(PutLogEventsInput {
            log_group_name: "g".into(),
            log_stream_name: stream.into(),
            log_events: log_events.collect(),
            ..Default::default()
        })
        .await
    }

    async fn get(&self, token: Option<String>, limit: i32) -> GetLogEventsOutput {
        self.run(GetLogEventsInput {
            log_group_name: Some("g".into()),
            log_stream_name: "s".into(),
            start_from_head: Some(true),
            next_token: token,
            limit: Some(limit),
            ..Default::default()
        })
        .await
        .unwrap()
    }

    async fn filter(&self, input: FilterLogEventsInput) -> FilterLogEventsOutput {
        self.run(FilterLogEventsInput {
            log_group_name: Some("g".into()),
            ..input
        })
        .await
        .unwrap()
    }
}

fn messages(events: &Option<Vec<OutputLogEvent>>) -> Vec<&str> {
    events
        .iter()
        .flatten()
        .filter_map(|event| event.message.as_deref())
        .collect()
}

fn filtered(output: &FilterLogEventsOutput) -> Vec<&str> {
    output
        .events
        .iter()
        .flatten()
        .filter_map(|event| event.message.as_deref())
        .collect()
}

#[tokio::test]
async fn pages_forward_and_backward() {
    let world = World::new();
    world.stream("g", "s").await;
    world
        .put("s", &[(0, "a"), (0, "b"), (1, "c"), (2, "d")])
        .await
        .unwrap();
    let first = world.get(None, 3).await;
    assert_eq!(messages(&first.events), ["a", "b", "c"]);
    let second = world.get(first.next_forward_token.clone(), 3).await;
    assert_eq!(messages(&second.events), ["d"]);
    let end = world.get(second.next_forward_token.clone(), 3).await;
    assert_eq!(messages(&end.events), [""; 0]);
    assert_eq!(end.next_forward_token, second.next_forward_token);
    let back = world.get(second.next_backward_token.clone(), 2).await;
    assert_eq!(messages(&back.events), ["b", "c"]);
    world.put("s", &[(5, "e")]).await.unwrap();
    assert_eq!(
        messages(&world.get(end.next_forward_token, 3).await.events),
        ["e"]
    );
}

#[tokio::test]
async fn a_group_is_its_streams_merged_by_time() {
    let world = World::new();
    world.stream("g", "s").await;
    world.stream("g", "t").await;
    world
        .put("s", &[(0, "1 ok"), (2, "3 bad"), (4, "5 ok")])
        .await
        .unwrap();
    world.put("t", &[(1, "2 ok"), (3, "4 bad")]).await.unwrap();
    let mut seen = Vec::new();
    let mut next_token = None;
    loop {
        let input = FilterLogEventsInput {
            limit: Some(2),
            next_token,
            ..Default::default()
        };
        let page = world.filter(input).await;
        seen.extend(filtered(&page).into_iter().map(str::to_owned));
        next_token = page.next_token;
        if next_token.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["1 ok", "2 ok", "3 bad", "4 bad", "5 ok"]);
    let input = FilterLogEventsInput {
        filter_pattern: Some("bad".into()),
        ..Default::default()
    };
    assert_eq!(filtered(&world.filter(input).await), ["3 bad", "4 bad"]);
    let input = FilterLogEventsInput {
        start_time: Some(NOW.as_millis() + 1),
        end_time: Some(NOW.as_millis() + 2),
        ..Default::default()
    };
    assert_eq!(filtered(&world.filter(input).await), ["2 ok", "3 bad"]);
}

#[tokio::test]
async fn batches_are_checked() {
    let world = World::new();
    world.stream("g", "s").await;
    let fault = world.put("nope", &[(0, "a")]).await.unwrap_err();
    assert_eq!(fault.message(), "The specified log stream does not exist.");
    let fault = world.put("s", &[(1, "a"), (0, "b")]).await.unwrap_err();
    assert_eq!(
        fault.message(),
        "Log events in a single PutLogEvents request must be in chronological order."
    );
    let day_ms = 86_400_000;
    let old = world.put("s", &[(-15 * day_ms, "old")]).await.unwrap();
    let rejected = old.rejected_log_events_info.unwrap();
    assert_eq!(rejected.too_old_log_event_end_index, Some(1));
    let new = world
        .put("s", &[(0, "now"), (day_ms / 2, "new")])
        .await
        .unwrap();
    let rejected = new.rejected_log_events_info.unwrap();
    assert_eq!(rejected.too_new_log_event_start_index, Some(1));
    assert_eq!(messages(&world.get(None, 10).await.events), ["now"]);
}

#[tokio::test]
async fn retention_hides_and_sweeps() {
    let world = World::new();
    world.stream("g", "s").await;
    world.put("s", &[(0, "old")]).await.unwrap();
    let input = PutRetentionPolicyInput {
        log_group_name: "g".into(),
        retention_in_days: 1,
    };
    world.run(input).await.unwrap();
    world.clock.advance(Duration::from_secs(2 * 86_400));
    world.put("s", &[(2 * 86_400_000, "new")]).await.unwrap();
    assert_eq!(messages(&world.get(None, 10).await.events), ["new"]);
    world.logs.sweep().await.unwrap();
    let input = DeleteRetentionPolicyInput {
        log_group_name: "g".into(),
    };
    world.run(input).await.unwrap();
    assert_eq!(messages(&world.get(None, 10).await.events), ["new"]);
    let input = PutRetentionPolicyInput {
        log_group_name: "g".into(),
        retention_in_days: 2,
    };
    assert!(
        world
            .run(input)
            .await
            .unwrap_err()
            .message()
            .contains("'retentionInDays'")
    );
}

#[tokio::test]
async fn a_deleted_group_leaves_nothing_behind() {
    let world = World::new();
    world.stream("g", "s").await;
    let many: Vec<(i64, &str)> = (0..2_500).map(|at| (at, "line")).collect();
    world.put("s", &many).await.unwrap();
    world
        .run(DeleteLogGroupInput {
            log_group_name: "g".into(),
        })
        .await
        .unwrap();
    let again = DeleteLogGroupInput {
        log_group_name: "g".into(),
    };
    assert_eq!(
        world.run(again).await.unwrap_err().message(),
        "The specified log group does not exist."
    );
    world.stream("g", "s").await;
    assert_eq!(messages(&world.get(None, 10).await.events), [""; 0]);
}

#[tokio::test]
async fn groups_are_listed_in_pages() {
    let world = World::new();
    for name in ["a/1", "a/2", "a/3", "b"] {
        let input = CreateLogGroupInput {
            log_group_name: name.into(),
            ..Default::default()
        };
        world.run(input).await.unwrap();
    }
    let list = |next_token| DescribeLogGroupsInput {
        log_group_name_prefix: Some("a/".into()),
        limit: Some(2),
        next_token,
        ..Default::default()
    };
    let page = world.run(list(None)).await.unwrap();
    let groups = page.log_groups.unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!(
        groups[0].arn.as_deref(),
        Some("arn:aws:logs:us-east-1:000000000000:log-group:a/1:*")
    );
    let page = world.run(list(page.next_token)).await.unwrap();
    assert_eq!(page.log_groups.unwrap().len(), 1);
    assert_eq!(page.next_token, None);
}

#[tokio::test]
async fn the_sink_makes_what_is_missing_as_far_as_its_caller_may() {
    let world = World::new();
    let line = |message: &str| {
        vec![LogLine {
            time: NOW,
            message: message.to_owned(),
        }]
    };
    let denied = Sink::new(world.logs.clone(), Arc::new(AllBut("logs:CreateLogGroup")));
    let refused = denied
        .append(&world.caller(), "g", "s", line("x"))
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "logs:CreateLogGroup on arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:"
    );
    let allowed = Sink::new(world.logs.clone(), Arc::new(AllBut("-")));
    allowed
        .append(&world.caller(), "g", "s", line("one"))
        .await
        .unwrap();
    denied
        .append(&world.caller(), "g", "s", line("two"))
        .await
        .unwrap();
    assert_eq!(messages(&world.get(None, 10).await.events), ["one", "two"]);
}
