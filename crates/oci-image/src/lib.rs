//! Container images on the machine's own disk: OCI layouts and what `docker save` writes, as
//! folders or as tar files.
//!
//! Whatever is read is checked against the digest that names it, and nothing that an image says is
//! believed further than that: unpacking writes below its target only. Knows neither who runs
//! images nor registries.

mod blobs;
mod image;
mod manifest;
mod program;
mod reference;
mod unpack;

pub use image::{Image, ImageError};
pub use manifest::Config;
pub use program::find_program;
pub use reference::{Reference, ReferenceError};
pub use unpack::UnpackError;
