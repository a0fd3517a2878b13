//! Work that goes on for as long as the server runs.

use std::future::Future;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long after a panic the work begins again.
const PAUSE: Duration = Duration::from_secs(1);

/// Does `work` until it ends by itself. A panic is told (as `what`), and the work begins anew:
/// without it tables would stay `CREATING`, events would wait for ever, and nobody would know.
///
/// To be called within a Tokio runtime.
pub fn keep_going<W, F>(what: &'static str, mut work: W) -> JoinHandle<()>
where
    W: FnMut() -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        while let Err(error) = tokio::spawn(work()).await {
            if error.is_cancelled() {
                return;
            }
            tracing::error!(what, %error, "work in the background has panicked; it begins anew");
            tokio::time::sleep(PAUSE).await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn work_that_panics_begins_anew() {
        let times = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&times);
        let kept = keep_going("counting", move || {
            let time = counted.fetch_add(1, Ordering::SeqCst);
            async move { assert!(time == 2, "the {time}th time") }
        });
        kept.await.unwrap();
        assert_eq!(times.load(Ordering::SeqCst), 3);
    }
}
