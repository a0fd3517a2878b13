//! The threads that serve connections.
//!
//! Each has an event loop of its own, and a connection stays on the one it was given to: what it
//! waits for wakes that thread and no other. Where threads take tasks from each other, a small
//! request wakes several of them, and each waking costs as much as the request.
//!
//! A loop that is kept busy keeps the connections on it waiting; so what takes long (unpacking,
//! compressing, reading what is not in memory) belongs on blocking threads.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::time::interval;

/// Shorter than the time-outs that requests come with.
const BEAT: Duration = Duration::from_secs(1);

/// The event loops that connections are spread over.
pub struct Workers(Vec<Worker>);

struct Worker {
    tasks: Handle,
    connections: Arc<AtomicUsize>,
    /// Dropped with the worker, which ends its thread; the caller's own loop has none.
    _thread: Option<oneshot::Sender<()>>,
}

/// One connection's place on a loop, for as long as it is served there.
pub(crate) struct Seat {
    pub(crate) tasks: Handle,
    connections: Arc<AtomicUsize>,
}

impl Workers {
    /// The loop that calls this, and `others` of their own threads. They run until this is dropped;
    /// what is still on them then is dropped with them.
    ///
    /// # Errors
    /// The system's, if it gives no more threads or files.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(others: usize) -> io::Result<Workers> {
        let mut workers = vec![Worker::new(Handle::current(), None)];
        for _ in 0..others {
            workers.push(Worker::start()?);
        }
        Ok(Workers(workers))
    }

    /// A place on the loop with the fewest connections; the caller's own, if there are several.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let load = |worker: &&Worker| worker.connections.load(Ordering::Relaxed);
        let worker = self.0.iter().min_by_key(load)?;
        worker.connections.fetch_add(1, Ordering::Relaxed);
        Some(Seat {
            tasks: worker.tasks.clone(),
            connections: Arc::clone(&worker.connections),
        })
    }
}

impl Worker {
    fn new(tasks: Handle, thread: Option<oneshot::Sender<()>>) -> Worker {
        Worker {
            tasks,
            connections: Arc::default(),
            _thread: thread,
        }
    }

    fn start() -> io::Result<Worker> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let tasks = runtime.handle().clone();
        let (held, released) = oneshot::channel();
        thread::Builder::new()
            .name("front-worker".to_owned())
            .spawn(|| run(runtime, released))?;
        Ok(Worker::new(tasks, Some(held)))
    }
}

fn run(runtime: Runtime, released: oneshot::Receiver<()>) {
    runtime.block_on(async {
        tokio::select! {
            // An error is the same news: whoever held the other end is gone.
            _ = released => {}
            () = beat() => {}
        }
    });
    runtime.shutdown_background();
}

/// Has a timer run at all times. Whenever one is set that is due before all others, the loop wakes
/// itself up, two system calls for each request; with this there is nearly always an earlier one.
async fn beat() {
    let mut beat = interval(BEAT);
    loop {
        beat.tick().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::{ThreadId, current};

    async fn thread_of(seat: &Seat) -> ThreadId {
        seat.tasks.spawn(async { current().id() }).await.unwrap()
    }

    #[tokio::test]
    async fn connections_go_where_the_fewest_are() {
        let workers = Workers::start(1).unwrap();
        let here = workers.seat().unwrap();
        let there = workers.seat().unwrap();
        assert_eq!(thread_of(&here).await, current().id());
        assert_ne!(thread_of(&there).await, current().id());
        let again = workers.seat().unwrap();
        assert_eq!(thread_of(&again).await, current().id());
        drop((here, again));
        assert_eq!(thread_of(&workers.seat().unwrap()).await, current().id());
    }

    #[tokio::test]
    async fn threads_end_with_their_workers() {
        let workers = Workers::start(1).unwrap();
        let (_here, there) = (workers.seat(), workers.seat().unwrap());
        let (held, dropped) = oneshot::channel::<()>();
        there.tasks.spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        drop(workers);
        assert!(dropped.await.is_err(), "what was on it is dropped");
    }
}
