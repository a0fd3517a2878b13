//! Policies as they are evaluated: typed, with every pattern read once.

use crate::arn_pattern::ResourcePattern;
use crate::compare::Unreadable;
use crate::condition::Condition;
use crate::draft::{Draft, DraftPrincipal, DraftStatement};
use crate::glob::{Glob, Wildcards};
use crate::index::Index;
use crate::json::Span;
use crate::principal::{Closeness, PrincipalPattern};
use crate::request::Request;
use crate::{Malformed, identity, trust};

/// The longest document IAM's model lets through, in bytes. The quotas per kind of policy are
/// smaller and the business of whoever stores them.
pub const MAX_DOCUMENT_BYTES: usize = 131_072;

/// Where a policy is to stand, which decides what it must and must not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Attached to a user, group, role or session, or used as a permissions boundary: names no
    /// principal.
    Identity,
    /// As [`Dialect::Identity`], and on its way to become a managed policy, which has to be of
    /// the current version of the language.
    Managed,
    /// As [`Dialect::Identity`], answered by a Lambda authorizer. A statement may apply to an empty
    /// list of resources there: that is how chalice refuses a caller everything.
    Authorizer,
    /// Attached to a resource: names principals.
    Resource,
    /// A role's trust policy: names principals, and no resource.
    Trust,
}

/// The language's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, also where none is given: has no policy variables.
    V2008,
    /// `2012-10-17`
    V2012,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

/// An element such as `Action`, or its opposite, such as `NotAction`.
#[derive(Clone, Debug, PartialEq)]
pub enum Element<T> {
    Is(Vec<T>),
    IsNot(Vec<T>),
}

impl<T> Element<T> {
    fn admits(&self, matches: impl Fn(&T) -> bool) -> bool {
        match self {
            Element::Is(patterns) => patterns.iter().any(matches),
            Element::IsNot(patterns) => !patterns.iter().any(matches),
        }
    }

    /// All patterns, whichever of the two it is.
    pub fn patterns(&self) -> &[T] {
        match self {
            Element::Is(patterns) | Element::IsNot(patterns) => patterns,
        }
    }

    fn map<U, E>(self, convert: impl FnMut(T) -> Result<U, E>) -> Result<Element<U>, E> {
        Ok(match self {
            Element::Is(items) => Element::Is(collect(items, convert)?),
            Element::IsNot(items) => Element::IsNot(collect(items, convert)?),
        })
    }
}

fn collect<T, U, E>(items: Vec<T>, convert: impl FnMut(T) -> Result<U, E>) -> Result<Vec<U>, E> {
    items.into_iter().map(convert).collect()
}

/// A policy: statements that allow or deny.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    version: Version,
    id: Option<String>,
    statements: Vec<Statement>,
    index: Index,
}

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    span: Span,
    sid: Option<String>,
    effect: Effect,
    principals: Option<Element<PrincipalPattern>>,
    /// In lower case.
    actions: Element<Glob>,
    /// Absent in trust policies, which are about the role they belong to.
    resources: Option<Element<ResourcePattern>>,
    conditions: Vec<Condition>,
}

fn applies_to_something(statement: &DraftStatement) -> bool {
    !matches!(&statement.resources, Some(Element::Is(resources)) if resources.is_empty())
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// What AWS would say of the document.
    pub fn parse(document: &str, dialect: Dialect) -> Result<Policy, Malformed> {
        let draft = match document.len() {
            0..=MAX_DOCUMENT_BYTES => Draft::parse(document),
            _ => Err(Malformed::InvalidJson),
        };
        let draft = match dialect {
            Dialect::Identity | Dialect::Managed | Dialect::Authorizer => {
                let mut draft = draft.map_err(|_| Malformed::Syntax)?;
                if dialect == Dialect::Authorizer {
                    draft.statements.retain(applies_to_something);
                }
                if dialect == Dialect::Managed && draft.version != Some(Version::V2012) {
                    return Err(Malformed::OldVersion);
                }
                identity::check(&draft)?;
                draft
            }
            Dialect::Resource => {
                let draft = draft?;
                trust::check_resource_policy(&draft)?;
                draft
            }
            Dialect::Trust => {
                let draft = draft?;
                trust::check_trust_policy(&draft)?;
                draft
            }
        };
        let version = draft.version.unwrap_or(Version::V2008);
        let statements = draft.statements.into_iter();
        let statements = statements
            .map(|statement| Statement::compile(statement, version))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Policy {
            version,
            id: draft.id,
            index: Index::of(&statements),
            statements,
        })
    }

    pub fn version(&self) -> Version {
        self.version
    }

    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// All statements of this effect that can be about the request, with their positions, in no
    /// order and some perhaps twice. Most of those that are not about it are left out.
    pub(crate) fn candidates(
        &self,
        effect: Effect,
        request: &Request,
    ) -> impl Iterator<Item = (usize, &Statement)> {
        let positions = self.index.candidates(effect, request);
        positions.filter_map(|at| Some((at, self.statements.get(at)?)))
    }

    /// Whether it allows any action of a service, by the namespace of its actions.
    pub fn names_service(&self, namespace: &str) -> bool {
        let allows = self.statements.iter().filter(|s| s.effect == Effect::Allow);
        let mut actions = allows.flat_map(|statement| statement.actions.patterns());
        actions.any(|action| action.starts_with(namespace))
    }

    /// The context keys that its conditions and variables look at, in the order and spelling of
    /// the document, each once.
    pub fn context_keys(&self) -> Vec<&str> {
        distinct(self.statements.iter().flat_map(Statement::context_keys))
    }
}

/// Each key once; keys ignore case.
pub(crate) fn distinct<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = Vec::new();
    for key in keys {
        if !distinct.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            distinct.push(key);
        }
    }
    distinct
}

impl Statement {
    fn compile(draft: DraftStatement, version: Version) -> Result<Statement, Malformed> {
        let action = |text: String| {
            let folded = text.to_ascii_lowercase();
            Ok(Glob::parse(&folded, Wildcards::Active, Version::V2008))
        };
        let resource = |text: String| Ok(ResourcePattern::parse(&text, version));
        let principal = |draft: DraftPrincipal| match draft {
            DraftPrincipal::Star => Ok(PrincipalPattern::Anyone),
            DraftPrincipal::Provided { provider, value } => trust::principal(&provider, &value),
        };
        let conditions = draft.conditions.iter();
        Ok(Statement {
            span: draft.span,
            sid: draft.sid,
            effect: match draft.effect.as_str() {
                "Allow" => Effect::Allow,
                _ => Effect::Deny,
            },
            principals: draft.principals.map(|p| p.map(principal)).transpose()?,
            actions: draft.actions.ok_or(Malformed::NoActions)?.map(action)?,
            resources: draft.resources.map(|r| r.map(resource)).transpose()?,
            conditions: conditions
                .map(|c| Condition::new(c.operator, &c.key, &c.values, version))
                .collect(),
        })
    }

    /// Where the statement stands in its document.
    pub fn span(&self) -> Span {
        self.span
    }

    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The principals it names, if it is of a resource-based policy.
    pub fn principals(&self) -> Option<&Element<PrincipalPattern>> {
        self.principals.as_ref()
    }

    pub(crate) fn actions(&self) -> &Element<Glob> {
        &self.actions
    }

    pub(crate) fn resources(&self) -> Option<&Element<ResourcePattern>> {
        self.resources.as_ref()
    }

    /// The context keys that its conditions and variables look at.
    pub(crate) fn context_keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.iter().flat_map(Element::patterns);
        let variables = resources.flat_map(ResourcePattern::variables);
        variables.chain(self.conditions.iter().flat_map(Condition::keys))
    }

    /// Whether its action and resource are those of the request.
    pub(crate) fn concerns(&self, request: &Request) -> bool {
        let context = &request.context;
        let action = |glob: &Glob| glob.matches(&request.folded_action, context);
        let resource = |pattern: &ResourcePattern| pattern.matches(request.resource, context);
        self.actions.admits(action) && self.resources.as_ref().is_none_or(|r| r.admits(resource))
    }

    /// Whether the statement is about this request, its principal not considered.
    pub(crate) fn covers(&self, request: &Request) -> Result<bool, Unreadable> {
        let context = &request.context;
        if !self.concerns(request) {
            return Ok(false);
        }
        let mut outcome = Ok(true);
        for condition in &self.conditions {
            match condition.holds(context) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(unreadable) => outcome = Err(unreadable),
            }
        }
        outcome
    }

    /// How closely the statement names the principal of the request; `None` if not at all.
    /// Whoever `NotPrincipal` does not except is covered as one of everyone.
    pub(crate) fn names(&self, request: &Request) -> Option<Closeness> {
        let principal = &request.principal;
        match self.principals.as_ref()? {
            Element::Is(patterns) => patterns.iter().filter_map(|p| p.names(principal)).max(),
            Element::IsNot(patterns) => {
                let excepted = |p: &PrincipalPattern| match self.effect {
                    Effect::Deny => p.spares(principal),
                    Effect::Allow => p.names(principal).is_some(),
                };
                match patterns.iter().any(excepted) {
                    true => None,
                    false => PrincipalPattern::Anyone.names(principal),
                }
            }
        }
    }
}
