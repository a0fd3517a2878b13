//! Provisioned concurrency: instances of one version that are there because somebody asked for as
//! many. They start ahead of requests, stay however long they have nothing to do, and are replaced
//! when they end.

use super::instance::Instance;
use base::Timestamp;

/// Those of one pool, which starts them.
#[derive(Default)]
pub(super) struct Provision {
    wanted: usize,
    idle: Vec<Instance>,
    /// Those that have a request.
    busy: usize,
    /// One did not start, so that others would hardly.
    has_failed: bool,
    /// Somebody starts what is missing, one after the other.
    pub is_filling: bool,
}

/// How far a version has come to what is wanted of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allocation {
    pub instances: usize,
    pub has_failed: bool,
}

impl Provision {
    pub fn wanted(&self) -> usize {
        self.wanted
    }

    /// Asks for another number, and answers the idle ones that are too many now.
    pub fn ask(&mut self, wanted: usize) -> Vec<Instance> {
        self.wanted = wanted;
        self.has_failed = false;
        let keep = wanted.saturating_sub(self.busy).min(self.idle.len());
        self.idle.split_off(keep)
    }

    pub fn allocation(&self) -> Allocation {
        Allocation {
            instances: (self.idle.len() + self.busy).min(self.wanted),
            has_failed: self.has_failed,
        }
    }

    /// Whether one more is to be started.
    pub fn is_short(&self) -> bool {
        !self.has_failed && self.idle.len() + self.busy < self.wanted
    }

    pub fn failed(&mut self) {
        self.has_failed = true;
    }

    pub fn take(&mut self) -> Option<Instance> {
        self.idle.pop()
    }

    /// One of them has a request.
    pub fn began(&mut self) {
        self.busy += 1;
    }

    /// One of them has its request no more.
    pub fn ended(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }

    /// Keeps one that has nothing to do, or gives it back where it is one too many.
    pub fn keep(&mut self, instance: Instance) -> Option<Instance> {
        if self.idle.len() + self.busy >= self.wanted {
            return Some(instance);
        }
        self.idle.push(instance);
        None
    }

    /// Takes out those that can serve no more.
    pub fn unusable(&mut self, now: Timestamp) -> Vec<Instance> {
        let gone = self
            .idle
            .extract_if(.., |instance| !instance.is_usable(now));
        gone.collect()
    }
}
