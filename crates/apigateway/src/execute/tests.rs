//! The data plane from a request to its answer, over APIs made by the real operations.

mod custom;
mod endpoints;
mod gate;
mod mock;
mod proxy;
mod streams;
