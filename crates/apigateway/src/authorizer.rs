//! Authorizers made ready: where they find who is asking, and who they ask.

use crate::exchange::Exchange;
use crate::integration_target;
use crate::java_regex::JavaRegex;
use crate::record;
use std::borrow::Cow;
use std::time::Duration;
use wire::apigateway::AuthorizerType;

/// How long an answer is kept if nobody says so.
const DEFAULT_TTL_S: i32 = 300;

/// An authorizer that can be asked.
#[derive(Debug)]
pub struct Authorizer {
    pub id: String,
    pub kind: Kind,
    pub sources: Vec<IdentitySource>,
    /// What a token has to look like; none matches a broken pattern.
    pub validation: Option<Result<JavaRegex, ()>>,
    /// How long an answer is kept; zero keeps none.
    pub ttl: Duration,
}

/// Who decides.
#[derive(Debug)]
pub enum Kind {
    /// A function that gets the token.
    Token(Function),
    /// A function that gets the request.
    Request(Function),
    /// User pools, by their ARNs.
    UserPools(Vec<String>),
}

/// A function that answers with a policy.
#[derive(Debug)]
pub struct Function {
    /// Stage variables in it are not yet resolved.
    pub arn: String,
    /// The role to invoke it as.
    pub credentials: Option<String>,
}

/// A part of a request that tells who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    Header(String),
    Query(String),
    StageVariable(String),
    Context(String),
}

impl Authorizer {
    pub fn new(record: &record::Authorizer) -> Authorizer {
        let uri = record.uri.as_deref().unwrap_or_default();
        let function = || Function {
            arn: integration_target::function_arn(uri)
                .unwrap_or_default()
                .to_owned(),
            credentials: record.credentials.clone(),
        };
        let expressions = record.identity_source.as_deref().unwrap_or_default();
        let validation = record.identity_validation.as_deref();
        let validation = validation.filter(|pattern| !pattern.is_empty());
        let ttl_s = record.ttl_s.unwrap_or(DEFAULT_TTL_S);
        Authorizer {
            id: record.id.clone(),
            kind: match record.kind.0 {
                AuthorizerType::Token => Kind::Token(function()),
                AuthorizerType::Request => Kind::Request(function()),
                // Authorizers with issuers of their own cannot be made; one would know nobody.
                AuthorizerType::CognitoUserPools | AuthorizerType::Jwt => {
                    Kind::UserPools(record.provider_arns.clone())
                }
            },
            sources: expressions
                .split(',')
                .filter_map(|expression| IdentitySource::parse(expression.trim()))
                .collect(),
            validation: validation.map(|pattern| JavaRegex::new(pattern).map_err(drop)),
            ttl: Duration::from_secs(u64::try_from(ttl_s).unwrap_or_default()),
        }
    }

    /// The values that tell who is asking; none if one of them is missing.
    pub fn identity<'a>(&'a self, exchange: &'a Exchange) -> Option<Vec<Cow<'a, str>>> {
        let values = self.sources.iter().map(|source| source.value(exchange));
        values.collect()
    }

    /// Whether a token looks as it has to.
    pub fn accepts(&self, token: &str) -> bool {
        match &self.validation {
            None => true,
            Some(Ok(pattern)) => pattern.matches(token).unwrap_or(false),
            Some(Err(())) => false,
        }
    }
}

impl IdentitySource {
    /// `method.request.header.X`, `method.request.querystring.X`, `stageVariables.X`, `context.X`.
    pub fn parse(expression: &str) -> Option<IdentitySource> {
        let (prefix, make): (_, fn(String) -> IdentitySource) = [
            (
                "method.request.header.",
                IdentitySource::Header as fn(String) -> _,
            ),
            ("method.request.querystring.", IdentitySource::Query),
            ("stageVariables.", IdentitySource::StageVariable),
            ("context.", IdentitySource::Context),
        ]
        .into_iter()
        .find(|(prefix, _)| expression.starts_with(prefix))?;
        let name = expression.strip_prefix(prefix)?;
        (!name.is_empty()).then(|| make(name.to_owned()))
    }

    /// Its value in a request; an empty one is none.
    fn value<'a>(&self, exchange: &'a Exchange) -> Option<Cow<'a, str>> {
        let value = match self {
            IdentitySource::Header(name) => exchange.header(name).map(Cow::Borrowed),
            IdentitySource::Query(name) => exchange.query_value(name).map(Cow::Borrowed),
            IdentitySource::StageVariable(name) => {
                let value = exchange.stage_variables.get(name);
                value.map(|value| Cow::Borrowed(value.as_str()))
            }
            IdentitySource::Context(path) => exchange.context_value(path),
        };
        value.filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_sources() {
        let parse = IdentitySource::parse;
        let header = IdentitySource::Header("Authorization".into());
        assert_eq!(parse("method.request.header.Authorization"), Some(header));
        assert_eq!(
            parse("stageVariables.x"),
            Some(IdentitySource::StageVariable("x".into()))
        );
        for bad in [
            "",
            "method.request.header.",
            "method.request.path.id",
            "$request.header.A",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
