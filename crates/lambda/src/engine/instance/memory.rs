//! How much memory an instance uses. To look costs more than a short invocation, so it happens
//! every now and then.

use sandbox::Process;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

const INTERVAL: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct MemoryWatch {
    /// Until the next look. It goes on from one invocation to the next: a timer for each would wake
    /// the event loop for each.
    pause: tokio::sync::Mutex<Pin<Box<Sleep>>>,
    /// The most memory seen in use, and when that was looked at.
    peak: Mutex<Option<(Instant, u64)>>,
}

impl MemoryWatch {
    pub fn new() -> MemoryWatch {
        MemoryWatch {
            pause: tokio::sync::Mutex::new(Box::pin(sleep(INTERVAL))),
            peak: Mutex::default(),
        }
    }

    /// Waits until more is used than the function has.
    pub async fn is_exceeded(&self, process: &Process) {
        let mut pause = self.pause.lock().await;
        // It may have been over while nothing ran.
        if pause.deadline() <= Instant::now() {
            pause.as_mut().reset(Instant::now() + INTERVAL);
        }
        loop {
            pause.as_mut().await;
            if process.exceeds_memory() {
                return;
            }
            pause.as_mut().reset(Instant::now() + INTERVAL);
        }
    }

    /// The most that was in use, as of a short while ago at most.
    pub fn peak_bytes(&self, process: &Process) -> u64 {
        let mut peak = self.peak.lock().unwrap_or_else(PoisonError::into_inner);
        match *peak {
            Some((at, bytes)) if at.elapsed() < INTERVAL => bytes,
            seen => {
                let before = seen.map_or(0, |(_, bytes)| bytes);
                // An ended process has none any more.
                let bytes = process.memory().peak.max(before);
                *peak = Some((Instant::now(), bytes));
                bytes
            }
        }
    }
}
