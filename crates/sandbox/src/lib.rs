//! The one door through which Fogbank starts processes, and the only crate with unsafe code.
//!
//! A [`Sandbox`] owns a *launcher*: a small, single-threaded process forked off the server, which
//! forks everything else on request. Each [`Process`] started through it has an *init* process
//! of its own between launcher and program. That gives three guarantees, each the kernel's:
//!
//! - Ending a process ends everything it has spawned, however deeply it hid: where the kernel
//!   lets us, init is process 1 of a PID namespace and takes all of it down with it; elsewhere
//!   init is the reaper of all orphans below it and kills until none is left.
//! - Nothing survives the server, not even `kill -9`: launcher and init die with their parents.
//! - A program inherits nothing: no environment, no open file, no terminal, no signal handler.
//!
//! A program may also come out of a [`Zygote`]: a process that has loaded what programs of its
//! kind have in common, and forks a child into namespaces that were prepared for it.
//!
//! A program is either trusted, and then has the server's rights, or confined: see
//! [`Confinement`] and [`Level`].
//!
//! The launcher is forked early and stays small, so a start costs the same however much memory
//! the server holds, and no running program pins stale copies of the server's pages.
//!
//! Knows nothing of functions, runtimes or AWS.

#[cfg(not(target_os = "linux"))]
compile_error!("processes are started with Linux's own means; no other system is supported yet");

mod cgroup;
mod command;
mod confine;
mod error;
mod launcher;
mod level;
mod message;
mod output;
mod packet;
mod process;
mod readiness;
mod sandbox;
mod script;
mod socket;
mod status;
mod stock;
mod zygote;

pub use command::Command;
pub use confine::{Confinement, Listen};
pub use error::Error;
pub use level::{Containment, Level, Probe};
pub use output::{LineSplitter, Output};
pub use process::{Exit, Memory, Process, Streams};
pub use sandbox::{Confined, Sandbox};
pub use socket::{Dialer, Socket};
pub use zygote::Zygote;
