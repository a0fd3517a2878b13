//! What can be wrong with a template, and with carrying it out.
//!
//! A problem carries data and the place it is about; its text is rendered here and nowhere else.

use crate::document::{Mark, Source};
use std::path::PathBuf;

/// Something wrong in a template, and where.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct TemplateError {
    pub mark: Mark,
    pub problem: Problem,
}

/// What is wrong. Names stand as the template has them.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("{0}")]
    Syntax(String),
    #[error("the template is larger than {0}")]
    TooLarge(String),
    #[error("the key {key:?} is already given in line {}", first.line)]
    DuplicateKey { key: String, first: Mark },
    /// Only remarked upon: the last one counts.
    #[error("the key {key:?} is already given in line {}: this one counts", first.line)]
    RepeatedKey { key: String, first: Mark },
    #[error("unknown tag {0}")]
    UnknownTag(String),
    #[error("unknown section {0:?} of a template")]
    UnknownSection(String),
    #[error("unknown property {name:?} of {owner}")]
    UnknownProperty { owner: String, name: String },
    #[error("{owner} needs the property {name:?}")]
    MissingProperty { owner: String, name: String },
    #[error("unknown resource type {0:?}")]
    UnknownType(String),
    #[error(
        "unknown resource type {0:?}: add `Transform: AWS::Serverless-2016-10-31` to the template"
    )]
    TypeNeedsTransform(String),
    #[error("unknown intrinsic function {0:?}")]
    UnknownFunction(String),
    #[error("{function}: {reason}")]
    Function {
        function: String,
        reason: &'static str,
    },
    #[error("{0:?} is neither a parameter nor a resource of this template")]
    UnknownName(String),
    #[error("the resource {0:?} is not created: its condition is false")]
    NotCreated(String),
    #[error("a resource of type {type_name} has no attribute {attribute:?} ({resource:?})")]
    UnknownAttribute {
        resource: String,
        type_name: String,
        attribute: String,
    },
    #[error("unknown condition {0:?}")]
    UnknownCondition(String),
    #[error("the mapping {0} is not there")]
    UnknownMapping(String),
    #[error("these depend on each other in a circle: {}", .0.join(" -> "))]
    Cycle(Vec<String>),
    #[error("{what} must be {expected}, not {found}")]
    WrongType {
        what: String,
        expected: &'static str,
        found: String,
    },
    #[error("{what} must be {expected}, not {found:?}")]
    WrongValue {
        what: String,
        expected: String,
        found: String,
    },
    #[error("{0} is not supported")]
    NotSupported(String),
    /// Only remarked upon.
    #[error("the rules of a template are not checked")]
    RulesLeftOut,
    #[error(
        "the parameter {parameter:?} stands for {key:?} in the SSM Parameter Store, which is not \
         here: give its value with --parameter {parameter}=VALUE"
    )]
    StoredElsewhere { parameter: String, key: String },
    #[error(
        "{0} cannot be resolved, as neither Parameter Store nor Secrets Manager is here: use a \
         parameter of the template"
    )]
    DynamicReference(String),
    #[error("the parameter {0:?} needs a value")]
    ParameterMissing(String),
    #[error("the template has no parameter {0:?}")]
    ParameterUnknown(String),
    /// A message of its own file.
    #[error("{0}")]
    Included(String),
    #[error("{path} cannot be read: {reason}", path = path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{what} is larger than {limit_bytes} bytes")]
    PackageTooLarge { what: String, limit_bytes: u64 },
    #[error("`{command}` failed in {folder}\n{output}", folder = folder.display())]
    Build {
        command: String,
        folder: PathBuf,
        output: String,
    },
    #[error(
        "the change of {property} needs a new {type_name}, which cannot be made beside the old one \
         because the template names it {name:?}: give it another name"
    )]
    NamedReplacement {
        property: &'static str,
        type_name: String,
        name: String,
    },
}

impl Problem {
    pub fn at(self, mark: Mark) -> TemplateError {
        TemplateError {
            mark,
            problem: self,
        }
    }
}

impl TemplateError {
    pub(crate) fn syntax(mark: Mark, message: &str) -> TemplateError {
        Problem::Syntax(message.to_owned()).at(mark)
    }

    pub(crate) fn too_large(mark: Mark, limit: String) -> TemplateError {
        Problem::TooLarge(limit).at(mark)
    }

    pub(crate) fn duplicate_key(mark: Mark, key: &str, first: Mark) -> TemplateError {
        let key = key.to_owned();
        Problem::DuplicateKey { key, first }.at(mark)
    }

    pub(crate) fn unknown_tag(mark: Mark, tag: &str) -> TemplateError {
        Problem::UnknownTag(tag.to_owned()).at(mark)
    }

    pub(crate) fn not_supported(mark: Mark, what: impl Into<String>) -> TemplateError {
        Problem::NotSupported(what.into()).at(mark)
    }

    /// The message with its place in the file and the line itself, as a user reads it.
    pub fn explain(&self, source: &Source) -> String {
        source.explain(self.mark, &self.problem.to_string())
    }
}
