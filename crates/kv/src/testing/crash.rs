//! kill -9 while writing: everything acknowledged is there, and nothing is there by halves.
//!
//! The test starts its own program again as a child that commits as fast as it can and prints each
//! acknowledgement. The parent kills it after some of them, or while it opens the store, opens the
//! same folder and compares. Every writer of the child has one transaction under way at a time,
//! and every transaction moves the writer's whole state to the next: so the parent knows, to the
//! byte, the two states that it may find.

use super::run;
use crate::{Engine, Error, KeyRange, Order, Store, Txn};
use base::Entropy;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const FOLDER_VARIABLE: &str = "KV_CRASH_FOLDER";
const ROUNDS_VARIABLE: &str = "KV_CRASH_ROUNDS";
const WRITERS: u8 = 6;
/// Transactions whose keys are kept; older ones are deleted.
const KEPT: u64 = 12;

/// One engine's test.
pub struct CrashTest {
    /// The name of the test in the same program that calls [`crash_child`].
    pub child: &'static str,
    /// How often the child is killed, unless the variable `KV_CRASH_ROUNDS` says otherwise.
    pub rounds: u32,
}

impl CrashTest {
    /// Panics if anything acknowledged is lost, or anything is there by halves.
    pub fn run(&self, open: impl Fn(&Path) -> Box<dyn Engine>) {
        let rounds = std::env::var(ROUNDS_VARIABLE).ok();
        let rounds = rounds.map_or(self.rounds, |rounds| rounds.parse().expect("a number"));
        let folder = tempfile::tempdir().expect("a folder");
        let entropy = Entropy::seeded(u64::from(rounds));
        let mut heads = BTreeMap::new();
        for round in 0..rounds {
            let mut child = self.start(folder.path());
            // In every fifth round it dies while it opens the store.
            let acknowledgements = match round % 5 {
                0 => 0,
                _ => entropy.u64() % 300 + 1,
            };
            listen(&mut child, acknowledgements, &mut heads);
            let store = Store::new(open(folder.path()));
            heads = run(check(&store, &heads));
            if round % 2 == 0 {
                store.close().expect("to close");
            }
        }
        let committed: u64 = heads.values().sum();
        assert!(
            committed > u64::from(rounds),
            "the child has hardly written"
        );
    }

    fn start(&self, folder: &Path) -> Child {
        Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", self.child, "--nocapture", "--test-threads=1"])
            .env(FOLDER_VARIABLE, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a child")
    }
}

/// Reads what the child has to say, kills it after so many acknowledgements, and reads the rest.
/// `heads` becomes the last acknowledged transaction of each writer.
fn listen(child: &mut Child, acknowledgements: u64, heads: &mut BTreeMap<u8, u64>) {
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let (mut heard, mut line) = (0, String::new());
    while lines.read_line(&mut line).expect("text") > 0 {
        // Without its end, the line may be cut short.
        if let Some(said) = line.strip_suffix('\n') {
            heard += u64::from(acknowledged(said, heads));
            if said == "opening" && acknowledgements == 0 || heard == acknowledgements && heard > 0
            {
                child.kill().expect("to kill it");
            }
        }
        line.clear();
    }
    let status = child.wait().expect("a status");
    assert_eq!(status.code(), None, "the child ended by itself: {status}");
}

fn acknowledged(line: &str, heads: &mut BTreeMap<u8, u64>) -> bool {
    let mut words = line.split(' ');
    let (Some("ack"), Some(writer), Some(n)) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    let (writer, n) = (
        writer.parse().expect("a writer"),
        n.parse().expect("a number"),
    );
    heads.insert(writer, n);
    true
}

/// Compares what is there with what was acknowledged; answers what is there.
async fn check(store: &Store, acknowledged: &BTreeMap<u8, u64>) -> BTreeMap<u8, u64> {
    let mut heads = BTreeMap::new();
    for writer in 0..WRITERS {
        let least = acknowledged.get(&writer).copied().unwrap_or(0);
        let head = head(store, writer).await;
        assert!(
            head >= least,
            "writer {writer}: {least} was acknowledged, {head} is there"
        );
        assert!(
            head <= least + 1,
            "writer {writer}: {head} is there, {least} was the last"
        );
        let mut scan = store
            .snapshot()
            .scan(KeyRange::prefix(&[b'p', writer]), Order::Ascending);
        let first = (head + 1).saturating_sub(KEPT).max(1);
        for (key, value) in (first..=head).flat_map(|n| parts(writer, n)) {
            let found = scan.next().await.expect("to read");
            assert_eq!(
                found,
                Some((key, value)),
                "writer {writer}, transaction {head}"
            );
        }
        assert_eq!(scan.next().await.expect("to read"), None, "writer {writer}");
        heads.insert(writer, head);
    }
    heads
}

async fn head(store: &Store, writer: u8) -> u64 {
    let head = store.get(&[b'h', writer]).await.expect("to read");
    head.map_or(0, |head| {
        u64::from_be_bytes(head.as_ref().try_into().expect("a number"))
    })
}

/// What a transaction writes beside the head: between 1 and 8 entries of up to 4 KB.
fn parts(writer: u8, n: u64) -> Vec<(Bytes, Bytes)> {
    let entropy = Entropy::seeded(n << 8 | u64::from(writer));
    let count = u8::try_from(entropy.u64() % 8 + 1).expect("small");
    let entry = |part| {
        let key = [&[b'p', writer], n.to_be_bytes().as_slice(), &[part]].concat();
        let len = usize::try_from(entropy.u64() % 4096).expect("small");
        let mut value = vec![0; len];
        entropy.fill(&mut value);
        (key.into(), value.into())
    };
    (0..count).map(entry).collect()
}

/// The child's side. Returns at once when this process is no such child.
pub fn crash_child(open: impl Fn(&Path) -> Box<dyn Engine>) {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE) else {
        return;
    };
    // The test harness leaves its own line unfinished.
    say("\nopening");
    let store = Store::new(open(Path::new(&folder)));
    run(async {
        let writers = (0..WRITERS).map(|writer| tokio::spawn(write(store.clone(), writer)));
        for writer in writers.collect::<Vec<_>>() {
            writer.await.expect("a writer never ends");
        }
    });
}

async fn write(store: Store, writer: u8) {
    let mut n = head(&store, writer).await;
    loop {
        n += 1;
        let body = |txn: Txn| async move {
            txn.put(vec![b'h', writer], n.to_be_bytes().to_vec());
            parts(writer, n)
                .into_iter()
                .for_each(|(key, value)| txn.put(key, value));
            if let Some(old) = n.checked_sub(KEPT).filter(|old| *old > 0) {
                parts(writer, old)
                    .into_iter()
                    .for_each(|(key, _)| txn.delete(key));
            }
            Ok::<(), Error>(())
        };
        store.transact(body).await.expect("to commit");
        say(&format!("ack {writer} {n}"));
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .expect("a listener");
}
