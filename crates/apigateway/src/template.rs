//! Velocity, the language of mapping templates.
//!
//! A [`Template`] is parsed once and rendered many times. This module is the language alone:
//! text, references, directives, values and their methods. What `$input` and `$util` are, it
//! learns through the trait [`Host`]; it knows nothing of requests or of API Gateway, but for one
//! trait of API Gateway's dialect: a property, method or index that yields nothing is the empty
//! string, not a null that prints its own source (see `evaluate`).
//!
//! Rendering is bounded in steps, in depth and in output: a template cannot loop, recurse or
//! grow without end, and no input makes it panic.

mod ast;
mod cursor;
mod evaluate;
mod expression;
mod lexer;
mod methods;
mod operators;
mod parser;
mod strings;
mod value;

pub use evaluate::{Bindings, Host, RenderError};
pub use value::{Heap, Style, Value};

use ast::{Block, Macro, Slot};
use std::collections::HashMap;
use std::sync::Arc;

/// A parsed template.
#[derive(Debug)]
pub struct Template {
    body: Block,
    /// Bodies of `#define`.
    defines: Vec<Block>,
    macros: HashMap<Arc<str>, Macro>,
    /// Where each variable's value is kept while rendering.
    slots: HashMap<Arc<str>, Slot>,
}

/// Where and why a template cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at line {line}, column {column}")]
pub struct SyntaxError {
    pub problem: Problem,
    /// Counted from one.
    pub line: usize,
    /// Counted from one, in characters.
    pub column: usize,
}

/// What a template's text may violate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("unexpected {0}")]
    Unexpected(String),
    #[error("the template ends inside {0}")]
    Unclosed(&'static str),
    #[error("#{0} without an opening directive")]
    Stray(&'static str),
    #[error("directive #{0} is not supported")]
    Unsupported(String),
    #[error("nesting beyond {MAX_NESTING} levels")]
    TooDeep,
    #[error("text longer than {MAX_TEXT} bytes")]
    TooLong,
}

/// Longest template in bytes, as API Gateway's quota has it.
pub const MAX_TEXT: usize = 300 * 1024;
/// Deepest nesting of directives and expressions in a template's text.
pub const MAX_NESTING: usize = 64;

/// Bounds on one rendering.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Work: a node evaluated is one step, and so is every 16 bytes of text made.
    pub steps: u64,
    /// Bytes of output.
    pub output: usize,
    /// Nested evaluations: directives, expressions, macros.
    pub depth: usize,
    /// Iterations of one `#foreach`; further items are skipped without an error.
    pub iterations: usize,
}

impl Limits {
    /// What API Gateway's quotas say (10 MB of payload, 1,000 iterations), and bounds of our
    /// own where it says nothing.
    pub const STANDARD: Limits = Limits {
        steps: 2_000_000,
        output: 10 * 1024 * 1024,
        depth: 200,
        iterations: 1000,
    };
}

impl Template {
    /// # Errors
    /// [`SyntaxError`] with the place of the first problem.
    pub fn parse(text: &str) -> Result<Template, SyntaxError> {
        parser::parse(text)
    }

    /// Whether the template's text mentions the variable `name`.
    pub fn mentions(&self, name: &str) -> bool {
        self.slots.contains_key(name)
    }

    /// Renders with these variables and objects.
    ///
    /// # Errors
    /// A limit that was hit, or what the host refused.
    pub fn render<H: Host>(
        &self,
        bindings: &mut Bindings,
        host: &mut H,
        limits: Limits,
    ) -> Result<String, RenderError<H::Error>> {
        evaluate::render(self, bindings, host, limits)
    }
}

#[cfg(test)]
mod tests;
