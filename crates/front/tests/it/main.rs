//! The front as clients see it: a listener on loopback, services that are small on purpose, and
//! clients that speak bytes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bad_input;
mod clients;
mod control_plane;
mod data_plane;
mod lifecycle;
mod services;
mod signatures;
