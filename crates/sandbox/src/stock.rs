//! Init processes kept in stock: each in namespaces and a control group of its own, waiting to be
//! told what for.
//!
//! Making namespaces takes a millisecond, and moving a process into a control group ten: both are
//! done by the time a program is to start. The stock is filled with the first confined program and
//! refilled with each.

use crate::cgroup::Cgroup;
use crate::message::{self, Holding, Origin, Plan};
use crate::sandbox::{Begun, Start, merged};
use crate::script::Script;
use crate::{Command, Error, Sandbox};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are kept.
const MOST: usize = 2;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Stock(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    ready: Vec<Stocked>,
    coming: usize,
    /// Not while it is being found out what this machine allows.
    is_open: bool,
}

#[derive(Debug)]
pub(crate) struct Stocked {
    pub begun: Begun,
    pub cgroup: Option<Cgroup>,
}

impl Stocked {
    fn is_alive(&self) -> bool {
        // A pidfd is readable once its process has ended.
        let mut pidfd = [PollFd::new(&self.begun.pidfd, PollFlags::IN)];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut pidfd, Some(&at_once)) == Ok(0)
    }
}

impl Stock {
    /// Keeps some from the next confined program on.
    pub fn open(&self) {
        self.lock().is_open = true;
    }

    /// Ends them all, and keeps none any more.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_open = false;
        for stocked in state.ready.drain(..) {
            let _ = rustix::process::pidfd_send_signal(&stocked.begun.pidfd, Signal::KILL);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sandbox {
    /// One from the stock, if there is one.
    pub(crate) fn take_stocked(&self) -> Option<Stocked> {
        if self.holding() == Holding::Shared {
            return None;
        }
        let mut state = self.stock().lock();
        let mut ready = std::iter::from_fn(|| state.ready.pop());
        let taken = ready.find(Stocked::is_alive);
        while state.is_open && state.ready.len() + state.coming < MOST {
            state.coming += 1;
            tokio::spawn(self.clone().restock());
        }
        taken
    }

    async fn restock(self) {
        let made = self.make_stocked().await;
        let mut state = self.stock().lock();
        state.coming -= 1;
        match made {
            Ok(stocked) if state.is_open => state.ready.push(stocked),
            // It ends when nobody can ask it for anything any more.
            Ok(_) => {}
            // Who needs one will meet the error, and tell.
            Err(error) => tracing::debug!(%error, "nothing was added to the stock"),
        }
    }

    async fn make_stocked(&self) -> Result<Stocked, Error> {
        let cgroup = self.new_cgroup()?;
        let doors = cgroup.as_ref().map_or(Ok(Vec::new()), Cgroup::doors);
        let (nothing, no_calls) = (Command::new("", "/"), Script::default());
        let plan = Plan {
            holding: self.holding(),
            origin: Origin::Later,
            listeners: 0,
            cgroups: doors.map_err(Error::Cgroup)?.len(),
            setup: &no_calls,
            entry: &no_calls,
            program: &nothing.program,
            cwd: &nothing.cwd,
        };
        let (_, outputs) = merged()?;
        let mut start = Start {
            packet: message::encode(&nothing, &plan)?,
            outputs,
            cgroup,
            holding: self.holding(),
            memory_bytes: None,
            is_confined: true,
            join: None,
            begun: None,
        };
        let (begun, _) = self.begin(&start).await?;
        let cgroup = start.cgroup.take();
        Ok(Stocked { begun, cgroup })
    }
}
