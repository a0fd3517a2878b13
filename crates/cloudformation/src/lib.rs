//! CloudFormation and SAM templates, deployed as resources through the services' own operations.
//!
//! A template goes through these stages, each in a module of its own: text to a tree with places
//! (`document`), files it includes put in (`include`), the tree to sections (`template`), serverless resources to plain ones (`sam`),
//! names to values (`scope`), values checked against their type (`schema`, `catalog`), compared
//! with what is recorded (`plan`, `stack`), and carried out (`apply`, `resources`).
//!
//! Nothing is changed before everything that can be checked has been. Knows no HTTP, and of the
//! services nothing but their operations' inputs and outputs.

mod api;
mod apply;
mod catalog;
mod deploy;
mod deployed;
mod document;
mod error;
mod fields;
mod global_table;
mod graph;
mod include;
mod intrinsic;
mod name;
mod package;
mod plan;
mod progress;
mod public_layers;
mod resources;
mod sam;
mod schema;
mod scope;
mod stack;
mod template;
mod tools;

pub use api::Api;
pub use deploy::{DeployError, Deployer, Options, find_template};
pub use deployed::{ApiKind, DeployedApi, DeployedUrl, Deployment};
pub use document::{Mark, Source};
pub use error::{Problem, TemplateError};
pub use name::stack_name;
pub use progress::{Action, Event, Progress};
pub use tools::stack_of;
