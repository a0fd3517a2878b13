//! Init processes in stock: made before it is known for which program, because the kernel takes
//! longer over namespaces and control groups than over all else that a start needs.
//!
//! One that waits has namespaces in which nothing but the groundwork of every program was done and,
//! if it is to execute a program, is in the program's control group. It is used for one program only. The stock owns those that wait,
//! and they end with it: with the sandbox, with the launcher that is their parent, or when it has
//! not been used for a while. It is filled only once programs are started.

use crate::cgroup::{Cgroup, Cgroups};
use crate::message::{self, Holding, Origin, Plan};
use crate::sandbox::{Begun, Link, begin, merged};
use crate::script::Script;
use crate::{Command, Error, Output};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many wait.
const MOST: usize = 3;
/// How long the replacement of one waits, so as not to compete with the start that took it.
pub(crate) const REFILL_PAUSE: Duration = Duration::from_millis(20);

/// See the module.
#[derive(Debug)]
pub(crate) struct Stock {
    link: Arc<tokio::sync::Mutex<Link>>,
    cgroups: Option<Arc<Cgroups>>,
    holding: Holding,
    /// What is done before the program is known.
    groundwork: Script,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    waiting: Vec<Place>,
    coming: usize,
    used: Option<Instant>,
    is_closed: bool,
}

/// Where a program writes, and the init process that it will have.
#[derive(Debug)]
pub(crate) struct Place {
    pub output: Output,
    pub outputs: [OwnedFd; 2],
    pub init: Init,
}

/// The init process of a program that is about to start.
#[derive(Debug)]
pub(crate) enum Init {
    Waiting(Waiting),
    /// It is still to be made, in this control group.
    New(Option<Cgroup>),
}

/// An init process without a program, and the control group that it is in. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Waiting {
    held: Option<(Begun, Option<Cgroup>)>,
}

impl Place {
    /// One without an init process.
    pub fn new(cgroups: Option<&Arc<Cgroups>>) -> Result<Place, Error> {
        let (output, outputs) = merged()?;
        let cgroup = cgroups.map(|cgroups| cgroups.create()).transpose();
        let init = Init::New(cgroup.map_err(Error::Cgroup)?);
        Ok(Place {
            output,
            outputs,
            init,
        })
    }
}

impl Init {
    /// Whether the groundwork for its program is still to be done.
    pub fn is_new(&self) -> bool {
        matches!(self, Init::New(_))
    }

    pub fn cgroup(&self) -> Option<&Cgroup> {
        match self {
            Init::Waiting(waiting) => waiting.held.as_ref()?.1.as_ref(),
            Init::New(cgroup) => cgroup.as_ref(),
        }
    }

    /// The way into the control groups that it is still to enter.
    pub fn doors(&self) -> Result<Vec<OwnedFd>, Error> {
        match self {
            Init::New(Some(cgroup)) => cgroup.doors().map_err(Error::Cgroup),
            Init::New(None) | Init::Waiting(_) => Ok(Vec::new()),
        }
    }

    /// What it consists of, which is the caller's to end from now on.
    pub fn into_parts(self) -> (Option<Begun>, Option<Cgroup>) {
        match self {
            Init::New(cgroup) => (None, cgroup),
            Init::Waiting(mut waiting) => match waiting.held.take() {
                Some((begun, cgroup)) => (Some(begun), cgroup),
                None => (None, None),
            },
        }
    }

    #[cfg(test)]
    fn id(&self) -> Option<i32> {
        match self {
            Init::Waiting(waiting) => waiting.held.as_ref().map(|(begun, _)| begun.id()),
            Init::New(_) => None,
        }
    }

    /// Its init process, if it is there already.
    pub fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Init::Waiting(waiting) => waiting.held.as_ref().map(|(begun, _)| begun.pidfd()),
            Init::New(_) => None,
        }
    }

    pub fn has_ended(&self) -> bool {
        match self {
            Init::Waiting(Waiting {
                held: Some((begun, _)),
            }) => begun.has_ended(),
            Init::Waiting(_) | Init::New(_) => false,
        }
    }
}

/// A control group can go once nothing is in it.
impl Drop for Waiting {
    fn drop(&mut self) {
        let Some((begun, cgroup)) = self.held.take() else {
            return;
        };
        begun.kill();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                begun.end().await;
                drop(cgroup);
            });
        }
    }
}

impl Stock {
    pub fn new(
        link: Arc<tokio::sync::Mutex<Link>>,
        cgroups: Option<Arc<Cgroups>>,
        holding: Holding,
        groundwork: Script,
    ) -> Arc<Stock> {
        Arc::new(Stock {
            link,
            cgroups,
            holding,
            groundwork,
            shelf: Mutex::default(),
        })
    }

    /// One that waits, if any does; it is replaced.
    pub fn take(self: &Arc<Self>) -> Option<Place> {
        let mut shelf = self.lock();
        shelf.waiting.retain(|place| !place.init.has_ended());
        let taken = shelf.waiting.pop();
        drop(shelf);
        self.fill();
        taken
    }

    /// Sees to it that there will be some.
    pub fn fill(self: &Arc<Self>) {
        let mut shelf = self.lock();
        if shelf.is_closed {
            return;
        }
        shelf.used = Some(Instant::now());
        while shelf.waiting.len() + shelf.coming < MOST {
            shelf.coming += 1;
            tokio::spawn(add(Arc::downgrade(self)));
        }
    }

    /// Ends those that wait, if none was used since `since`.
    pub fn reclaim(&self, since: Instant) {
        let mut shelf = self.lock();
        if shelf.used.is_some_and(|used| used < since) {
            shelf.waiting.clear();
        }
    }

    /// Ends all, and makes no more.
    pub fn close(&self) {
        let mut shelf = self.lock();
        shelf.is_closed = true;
        shelf.waiting.clear();
    }

    /// The process ids of those that wait.
    #[cfg(test)]
    pub fn waiting(&self) -> Vec<i32> {
        let shelf = self.lock();
        let waiting = shelf.waiting.iter();
        waiting.filter_map(|place| place.init.id()).collect()
    }

    /// One for a program that a guardian forks: what it forks is in the guardian's own groups.
    pub async fn make_without_group(&self) -> Result<Place, Error> {
        self.make(None).await
    }

    async fn make(&self, cgroups: Option<&Arc<Cgroups>>) -> Result<Place, Error> {
        let place = Place::new(cgroups)?;
        let doors = place.init.doors()?;
        let nothing = Script::default();
        let plan = Plan {
            holding: self.holding,
            origin: Origin::Awaited,
            listeners: 0,
            cgroups: doors.len(),
            setup: &self.groundwork,
            entry: &nothing,
            program: Path::new(""),
            cwd: Path::new("/"),
        };
        let packet = message::encode(&Command::new("", "/"), &plan)?;
        let doors: Vec<_> = doors.iter().map(AsFd::as_fd).collect();
        let begun = begin(&self.link, &packet, &place.outputs, &doors).await?;
        begun.is_ready().await?;
        let (_, cgroup) = place.init.into_parts();
        let held = Some((begun, cgroup));
        Ok(Place {
            output: place.output,
            outputs: place.outputs,
            init: Init::Waiting(Waiting { held }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds one to a stock, if it still is there.
async fn add(stock: Weak<Stock>) {
    sleep(REFILL_PAUSE).await;
    let Some(stock) = stock.upgrade() else {
        return;
    };
    let made = stock.make(stock.cgroups.as_ref()).await;
    let mut shelf = stock.lock();
    let is_closed = shelf.is_closed;
    shelf.coming -= 1;
    // An error will be met, and told, by who starts a program without the stock.
    shelf.waiting.extend(made.ok().filter(|_| !is_closed));
}
