//! Text with wildcards and policy variables, and matching against it.
//!
//! A pattern is plain text at both ends and a list of tokens between: most texts that do not match
//! differ in what is plain. Variables are filled in from the request's context just before
//! matching, as literal text: a `*` in a variable's value matches only `*`. Matching remembers
//! one wildcard only, so its time is bounded by pattern length times text length whatever the
//! pattern.

use crate::Version;
use crate::context::Context;
use std::borrow::Cow;
use std::str::Chars;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Char(char),
    /// `?`
    AnyOne,
    /// `*`
    AnyRun,
    Variable(Box<Variable>),
}

impl Token {
    /// The character that stands for itself.
    fn plain(&self) -> Option<char> {
        match self {
            Token::Char(c) => Some(*c),
            _ => None,
        }
    }
}

/// `${key}` or `${key, 'default'}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    key: String,
    default: Option<String>,
}

/// Whether `*` and `?` stand for other characters or for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Active,
    Literal,
}

/// Text in which some characters stand for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    /// What stands for itself before everything that does not.
    head: Box<str>,
    /// From the first token that stands for others to the last; empty if there is none.
    middle: Box<[Token]>,
    /// What stands for itself after that.
    tail: Box<str>,
}

impl Glob {
    /// Reads a pattern. Policy variables exist since version 2012-10-17; before that, `${` is
    /// text. So is a `${` that is never closed.
    pub(crate) fn parse(text: &str, wildcards: Wildcards, version: Version) -> Glob {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if version == Version::V2012
                && let Some((token, length)) = variable(rest)
            {
                tokens.push(token);
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            tokens.push(match next {
                '*' if wildcards == Wildcards::Active => Token::AnyRun,
                '?' if wildcards == Wildcards::Active => Token::AnyOne,
                other => Token::Char(other),
            });
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
        Glob::from_tokens(tokens)
    }

    pub(crate) fn from_tokens(tokens: Vec<Token>) -> Glob {
        let plain = |tokens: &[Token]| tokens.iter().map_while(Token::plain).collect::<String>();
        let head: String = plain(&tokens);
        let first = head.chars().count();
        let after_last = tokens.iter().rposition(|token| token.plain().is_none());
        let end = after_last.map_or(first, |last| last + 1);
        Glob {
            tail: plain(tokens.get(end..).unwrap_or_default()).into(),
            middle: tokens.get(first..end).unwrap_or_default().into(),
            head: head.into(),
        }
    }

    pub(crate) fn tokens(&self) -> Vec<Token> {
        let plain = |text: &str| text.chars().map(Token::Char).collect::<Vec<_>>();
        [plain(&self.head), self.middle.to_vec(), plain(&self.tail)].concat()
    }

    /// What everything that matches starts and ends with.
    pub(crate) fn ends(&self) -> (&str, &str) {
        (&self.head, &self.tail)
    }

    /// Whether, up to the first colon, it can be this text.
    pub(crate) fn starts_with(&self, text: &str) -> bool {
        let tokens = self.tokens();
        let before_colon = tokens.split(|token| *token == Token::Char(':')).next();
        matches(before_colon.unwrap_or_default(), text)
    }

    /// The context keys of its policy variables.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.middle.iter().filter_map(|token| match token {
            Token::Variable(variable) => Some(variable.key.as_str()),
            _ => None,
        })
    }

    /// Whether `text` matches. A variable whose key the context lacks, or has several values
    /// for, and which has no default, matches nothing.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> bool {
        let Some(rest) = text.strip_prefix(&*self.head) else {
            return false;
        };
        let Some(rest) = rest.strip_suffix(&*self.tail) else {
            return false;
        };
        match &*self.middle {
            [] => rest.is_empty(),
            [Token::AnyRun] => true,
            _ => self.resolve(context).is_some_and(|t| matches(&t, rest)),
        }
    }

    /// Whether `text` is this text in any case, wildcards not considered.
    pub(crate) fn equals_ignoring_case(&self, text: &str, context: &Context) -> bool {
        let Some(middle) = self.resolve(context) else {
            return false;
        };
        let middle = middle.iter().filter_map(Token::plain);
        let mut own = self.head.chars().chain(middle).chain(self.tail.chars());
        let mut other = text.chars();
        loop {
            match (own.next(), other.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a == b || a.to_lowercase().eq(b.to_lowercase()) => {}
                _ => return false,
            }
        }
    }

    /// The middle with its variables filled in.
    fn resolve(&self, context: &Context) -> Option<Cow<'_, [Token]>> {
        if self.variables().next().is_none() {
            return Some(Cow::Borrowed(&self.middle));
        }
        let mut tokens = Vec::with_capacity(self.middle.len() + 16);
        for token in &self.middle {
            match token {
                Token::Variable(variable) => {
                    let text = match context.single(&variable.key) {
                        Some(value) => value.text(),
                        None => Cow::Borrowed(variable.default.as_deref()?),
                    };
                    tokens.extend(text.chars().map(Token::Char));
                }
                other => tokens.push(other.clone()),
            }
        }
        Some(Cow::Owned(tokens))
    }
}

/// Reads `${...}` at the start of `text`: its token and its length in bytes.
fn variable(text: &str) -> Option<(Token, usize)> {
    let inside = text.strip_prefix("${")?;
    let end = inside.find('}')?;
    let content = inside.get(..end)?;
    let token = match content {
        "*" | "?" | "$" => Token::Char(content.chars().next()?),
        _ => {
            let (key, default) = match content.split_once(',') {
                Some((key, default)) => (key, Some(unquote(default.trim())?)),
                None => (content, None),
            };
            Token::Variable(Box::new(Variable {
                key: key.trim().to_owned(),
                default: default.map(str::to_owned),
            }))
        }
    };
    Some((token, "${".len() + end + "}".len()))
}

fn unquote(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'')
}

/// Matches without variables. On a mismatch only the last `*` seen is made longer: whatever an
/// earlier one could still take, the last one can take as well.
fn matches(tokens: &[Token], text: &str) -> bool {
    let mut tokens = tokens.iter();
    let mut chars = text.chars();
    let mut retry: Option<(std::slice::Iter<'_, Token>, Chars<'_>)> = None;
    loop {
        let before = chars.clone();
        let fits = match tokens.next() {
            Some(Token::AnyRun) => {
                if tokens.as_slice().is_empty() {
                    return true;
                }
                retry = Some((tokens.clone(), before));
                continue;
            }
            Some(Token::AnyOne) => chars.next().is_some(),
            Some(Token::Char(wanted)) => chars.next() == Some(*wanted),
            Some(Token::Variable(_)) => false,
            None if chars.as_str().is_empty() => return true,
            None => false,
        };
        if !fits {
            let Some((after_star, from)) = &mut retry else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            tokens = after_star.clone();
            chars = from.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn glob(text: &str) -> Glob {
        Glob::parse(text, Wildcards::Active, Version::V2012)
    }

    /// Tries everything.
    fn obviously(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|taken| obviously(rest, &text[taken..])),
            Some(('?', rest)) => !text.is_empty() && obviously(rest, &text[1..]),
            Some((c, rest)) => text.first() == Some(c) && obviously(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_trying_everything(pattern in "[ab*?]{0,9}", text in "[ab]{0,9}") {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                glob(&pattern).matches(&text, &Context::new()),
                obviously(&chars(&pattern), &chars(&text))
            );
        }
    }

    #[test]
    fn hostile_patterns_stay_cheap() {
        let pattern = "*a".repeat(2_000) + "b";
        assert!(!glob(&pattern).matches(&"a".repeat(8_000), &Context::new()));
    }

    #[test]
    fn variables() {
        let mut context = Context::new();
        context.insert("aws:username", "bob");
        context.insert("aws:PrincipalTag/team", "a*b");
        context.insert_all("aws:TagKeys", ["x", "y"]);
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(
                glob(pattern).matches(text, &context),
                expected,
                "{pattern} {text}"
            );
        };
        check("home/${aws:username}/*", "home/bob/x", true);
        check("home/${AWS:USERNAME}/*", "home/alice/x", false);
        check("${aws:PrincipalTag/team}", "a*b", true);
        check("${aws:PrincipalTag/team}", "axb", false);
        check("${aws:PrincipalTag/none, 'all'}", "all", true);
        check("${aws:PrincipalTag/none,'all'}", "other", false);
        check("${aws:none}", "", false);
        check("${aws:TagKeys}", "x", false);
        check("${*}${?}${$}", "*?$", true);
        check("${*}", "x", false);
        check("${aws:username", "${aws:username", true);
        check("?é*", "aé", true);
        let old = Glob::parse("${aws:username}", Wildcards::Active, Version::V2008);
        assert!(old.matches("${aws:username}", &context));
        let literal = Glob::parse("a*", Wildcards::Literal, Version::V2012);
        assert!(literal.matches("a*", &context) && !literal.matches("ab", &context));
        assert!(literal.equals_ignoring_case("A*", &context));
        assert!(!literal.equals_ignoring_case("A*b", &context));
    }
}
