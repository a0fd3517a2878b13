//! What the kernel knows of this process's threads: whether they wait, or only want for a processor.

use nix::sys::resource::{UsageWho, getrusage};
use rustix::thread::{Pid, gettid};
use std::fs;

thread_local! {
    static ID: Pid = gettid();
}

/// The calling thread. The kernel is asked once.
pub(crate) fn id() -> Pid {
    ID.with(|id| *id)
}

/// How often the calling thread has given up its processor to wait for something.
pub(crate) fn waits() -> Option<i64> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
    Some(usage.voluntary_context_switches())
}

/// Whether the thread neither runs nor could: it sleeps, or a disk keeps it. True for one of which
/// nothing can be learned.
pub(crate) fn is_waiting(thread: Pid) -> bool {
    let Ok(stat) = fs::read(format!("/proc/self/task/{thread}/stat")) else {
        return true;
    };
    // Its name comes before, in parentheses, and may have some itself.
    let after_name = stat.rsplit(|byte| *byte == b')').next();
    after_name.is_none_or(|rest| !rest.starts_with(b" R "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread::{spawn, yield_now};

    #[test]
    fn who_waits_is_told_from_who_runs() {
        assert!(!is_waiting(id()));
        let (tell, hear) = mpsc::channel();
        let (end, wait) = mpsc::channel::<()>();
        let other = spawn(move || {
            let before = waits();
            tell.send(id()).unwrap();
            wait.recv().unwrap();
            waits() > before
        });
        let thread = hear.recv().unwrap();
        while !is_waiting(thread) {
            yield_now();
        }
        end.send(()).unwrap();
        assert!(other.join().unwrap(), "waiting is counted");
    }
}
