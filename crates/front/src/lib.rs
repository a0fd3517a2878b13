//! The front door: listener, limits, and the path of every request to a service and back.
//!
//! Knows HTTP, protocols and the order of stages. It knows services only by the small traits in
//! [`Services`], and never what an operation does. Whatever a client sends, it gets an answer or a
//! closed connection, within bounded memory and time; a panic behind the door is a 500 and a line
//! in the log.
//!
//! Read `pipeline.rs` first.

mod admission;
mod authenticate;
mod body;
mod calls;
mod coding;
mod connection;
mod content;
mod cors;
mod data_plane;
mod endpoints;
mod front;
mod head_tap;
mod identify;
mod invoke_url;
mod limits;
mod listener;
mod metrics;
mod origin;
mod pipeline;
mod record;
mod reply;
mod reports;
mod services;
mod stages;
mod stream;
mod traced;
mod upgrade;
mod websocket;
mod workers;

pub use calls::Calls;
pub use content::Content;
pub use data_plane::{DataPlane, InvokeRequest, Signature};
pub use front::Front;
pub use invoke_url::{InvokeTarget, InvokeUrl};
pub use limits::Limits;
pub use listener::Listeners;
pub use metrics::{Metrics, MetricsNotInstalled};
pub use origin::Origins;
pub use services::Services;
pub use upgrade::Upgrade;
pub use workers::Workers;
