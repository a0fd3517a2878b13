//! Matching of ARNs, which is done part by part.

use crate::Version;
use crate::context::Context;
use crate::glob::{Glob, Token, Wildcards};

/// The six parts of an ARN: `arn`, partition, service, region, account, resource.
const PARTS: usize = 6;

/// A pattern for ARNs in which each part is matched separately, as `ArnLike` and `ArnEquals` do:
/// a wildcard does not reach beyond its part, except in the last, which may hold colons.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ArnPattern(Box<[Glob; PARTS]>);

impl ArnPattern {
    /// `None` if the text has fewer than six parts and does not end in a wildcard that could
    /// stand for the rest: such a pattern matches no ARN.
    pub(crate) fn parse(text: &str, version: Version) -> Option<ArnPattern> {
        let whole = Glob::parse(text, Wildcards::Active, version).tokens();
        let mut parts = split(&whole);
        if parts.len() < PARTS && whole.last() == Some(&Token::AnyRun) {
            parts.resize_with(PARTS, || vec![Token::AnyRun]);
        }
        ArnPattern::of(parts)
    }

    /// `None` unless these are six.
    fn of(parts: Vec<Vec<Token>>) -> Option<ArnPattern> {
        let globs: Vec<_> = parts.into_iter().map(Glob::from_tokens).collect();
        Some(ArnPattern(Box::new(globs.try_into().ok()?)))
    }

    /// The context keys of its policy variables.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(Glob::variables)
    }

    pub(crate) fn matches(&self, arn: &str, context: &Context) -> bool {
        let mut parts = arn.splitn(PARTS, ':');
        self.0
            .iter()
            .all(|glob| parts.next().is_some_and(|p| glob.matches(p, context)))
    }
}

/// One entry of a `Resource` or `NotResource` element.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ResourcePattern {
    /// The ARN is matched as one text: a wildcard at the end of a part reaches beyond it, as AWS
    /// documents for this element. So is anything that is no ARN.
    Whole(Glob),
    /// As above, and each part by itself, too: a wildcard elsewhere in a part keeps to it.
    Parts(Glob, ArnPattern),
    /// A policy variable stands before the fifth colon, where it is not replaced and nothing
    /// equals it.
    Nothing,
}

impl ResourcePattern {
    /// Missing parts at the end count as `*`.
    pub(crate) fn parse(text: &str, version: Version) -> ResourcePattern {
        let whole = Glob::parse(text, Wildcards::Active, version);
        let mut parts = split(&whole.tokens());
        if parts.len() == 1 {
            return ResourcePattern::Whole(whole);
        }
        parts.resize_with(PARTS, || vec![Token::AnyRun]);
        let whole = Glob::from_tokens(parts.join(&Token::Char(':')));
        let before_last = || parts.iter().take(PARTS - 1);
        if before_last()
            .flatten()
            .any(|t| matches!(t, Token::Variable(_)))
        {
            return ResourcePattern::Nothing;
        }
        let reaches = before_last().any(|part| part.last() == Some(&Token::AnyRun));
        let varies = before_last()
            .flatten()
            .any(|token| matches!(token, Token::AnyRun | Token::AnyOne));
        match ArnPattern::of(parts) {
            Some(parts) if varies && !reaches => ResourcePattern::Parts(whole, parts),
            _ => ResourcePattern::Whole(whole),
        }
    }

    /// What everything that matches starts and ends with; `None` if nothing matches.
    pub(crate) fn ends(&self) -> Option<(&str, &str)> {
        match self {
            ResourcePattern::Whole(glob) | ResourcePattern::Parts(glob, _) => Some(glob.ends()),
            ResourcePattern::Nothing => None,
        }
    }

    /// The context keys of its policy variables.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        let whole = match self {
            ResourcePattern::Whole(glob) | ResourcePattern::Parts(glob, _) => Some(glob),
            ResourcePattern::Nothing => None,
        };
        whole.into_iter().flat_map(Glob::variables)
    }

    pub(crate) fn matches(&self, resource: &str, context: &Context) -> bool {
        match self {
            ResourcePattern::Whole(glob) => glob.matches(resource, context),
            ResourcePattern::Parts(glob, parts) => {
                glob.matches(resource, context) && parts.matches(resource, context)
            }
            ResourcePattern::Nothing => false,
        }
    }
}

/// Splits at the first five colons that are not inside a policy variable.
fn split(whole: &[Token]) -> Vec<Vec<Token>> {
    whole
        .splitn(PARTS, |token| *token == Token::Char(':'))
        .map(<[Token]>::to_vec)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/t";

    #[test]
    fn resources() {
        let check = |pattern: &str, resource: &str, expected: bool| {
            let parsed = ResourcePattern::parse(pattern, Version::V2012);
            let found = parsed.matches(resource, &Context::new());
            assert_eq!(found, expected, "{pattern} {resource}");
        };
        check("*", TABLE, true);
        check("*", "*", true);
        check(TABLE, TABLE, true);
        check(TABLE, "*", false);
        check("arn:aws:dynamodb:*:*:table/*", TABLE, true);
        check("arn:aws:dynamodb:*", TABLE, true);
        check("arn:aws:dynamodb", TABLE, true);
        check("arn:aws:dynamodb:us-*-1:000000000000:table/t", TABLE, true);
        check("arn:aws:dynamodb:us-*1:000000000000:table/t", TABLE, true);
        check("arn:aws:dynamodb:u*t-1:000000000000:table/T", TABLE, false);
        check("arn:aws:dynamodb:*/t", TABLE, false);
        check("arn:aws:dynamodb:us-east-1:*:table/t", TABLE, true);
        check("arn:aws:s3:::b*t/k", "arn:aws:s3:::bucket/k", true);
        check("arn:aws:d*b:us-east-1:000000000000:table/t", TABLE, true);
        check("arn:*b:us-east-1:000000000000:table/t", TABLE, false);
        let function = "arn:aws:lambda:eu-west-1:000000000000:function:f";
        check(
            "arn:aws:lambda:eu-west-1:000000000000:function:f",
            function,
            true,
        );
        check(
            "arn:aws:lambda:eu-west-1:000000000000:function:f*",
            &format!("{function}:1"),
            true,
        );
        check(
            "arn:aws:lambda:eu-west-1:000000000000:function:?",
            function,
            true,
        );
    }

    #[test]
    fn a_variable_may_hold_colons_and_commas() {
        let mut context = Context::new();
        context.insert("aws:username", "bob");
        let pattern = "arn:aws:iam::*:user/${aws:username, 'a:b'}";
        let pattern = ResourcePattern::parse(pattern, Version::V2012);
        assert!(pattern.matches("arn:aws:iam::000000000000:user/bob", &context));
        assert!(!pattern.matches("arn:aws:iam::000000000000:user/eve", &context));
        assert!(pattern.matches("arn:aws:iam::000000000000:user/a:b", &Context::new()));
    }

    #[test]
    fn arn_operators_stay_inside_their_part() {
        let check = |pattern: &str, arn: &str, expected: bool| {
            let found = ArnPattern::parse(pattern, Version::V2012)
                .is_some_and(|p| p.matches(arn, &Context::new()));
            assert_eq!(found, expected, "{pattern} {arn}");
        };
        check("arn:aws:dynamodb:*:*:table/t", TABLE, true);
        check("arn:aws:dynamodb:*:table/t", TABLE, false);
        check("arn:aws:*", TABLE, true);
        check("*", TABLE, true);
        check("arn:aws:dynamodb:us-east-1:0000*00:table/?", TABLE, true);
        check(
            "arn:aws:execute-api:*:*:id/*/POST/*",
            "arn:aws:execute-api:r:1:id/s/POST/p:q",
            true,
        );
        check("arn:aws:x", "arn:aws:x", false);
        check("arn:aws:iam::*:role/r", "arn:aws:iam::1", false);
    }
}
