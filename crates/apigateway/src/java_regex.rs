//! Regular expressions as Java has them, where API Gateway's users write them: selection
//! patterns of integration responses, and `replaceAll`, `matches`, `split` in templates.
//!
//! Patterns without metacharacters are compared as text. The others run on a backtracking engine
//! with a bound on its steps, so that look-around and back-references work and no pattern can
//! run away; hitting the bound counts as an error, not as "no match".

use fancy_regex::{Captures, Regex, RegexBuilder};
use std::sync::Arc;

/// A compiled pattern; cheap to copy.
#[derive(Debug, Clone)]
pub struct JavaRegex(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Literal(String),
    /// The second one is anchored at both ends.
    Pattern(Arc<(Regex, Regex)>),
}

/// A pattern that cannot be compiled, or whose evaluation took too many steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("invalid regular expression {0}")]
    Invalid(String),
    #[error("regular expression {0} takes too many steps")]
    TooManySteps(String),
    #[error("replacing or splitting makes too much text")]
    TooLarge,
}

/// Longest pattern in bytes.
const MAX_PATTERN: usize = 10_240;
const MAX_BACKTRACKS: usize = 50_000;
const MAX_COMPILED_BYTES: usize = 1 << 20;
/// Longest text that replacing may make, in bytes.
const MAX_RESULT: usize = 16 * 1024 * 1024;
/// Most parts that splitting may make.
const MAX_PARTS: usize = 1_000_000;

impl JavaRegex {
    /// # Errors
    /// [`Error::Invalid`] if the pattern is too long or not understood.
    pub fn new(pattern: &str) -> Result<JavaRegex, Error> {
        if pattern.len() > MAX_PATTERN {
            return Err(Error::Invalid(pattern.chars().take(64).collect()));
        }
        if let Some(text) = literal(pattern) {
            return Ok(JavaRegex(Kind::Literal(text)));
        }
        let compile = |pattern: &str| {
            RegexBuilder::new(pattern)
                .backtrack_limit(MAX_BACKTRACKS)
                .delegate_size_limit(MAX_COMPILED_BYTES)
                .build()
                .map_err(|_| Error::Invalid(pattern.to_owned()))
        };
        let whole = compile(&format!("^(?:{pattern})$"))?;
        Ok(JavaRegex(Kind::Pattern(Arc::new((
            compile(pattern)?,
            whole,
        )))))
    }

    /// A pattern that matches this text only.
    pub fn literal(text: &str) -> JavaRegex {
        JavaRegex(Kind::Literal(text.to_owned()))
    }

    /// Whether it is only text, which costs nothing to match.
    pub fn is_literal(&self) -> bool {
        matches!(self.0, Kind::Literal(_))
    }

    /// Whether the whole text matches, as Java's `String.matches`.
    ///
    /// # Errors
    /// [`Error::TooManySteps`].
    pub fn matches(&self, text: &str) -> Result<bool, Error> {
        match &self.0 {
            Kind::Literal(literal) => Ok(literal == text),
            Kind::Pattern(both) => both.1.is_match(text).map_err(|_| too_many_steps(&both.1)),
        }
    }

    /// Java's `replaceAll`: `$1` in the replacement is a group, `\` makes the next character
    /// plain.
    ///
    /// # Errors
    /// [`Error::TooManySteps`], [`Error::TooLarge`].
    pub fn replace_all(&self, text: &str, replacement: &str) -> Result<String, Error> {
        self.replace(text, &replacement_parts(replacement), usize::MAX)
    }

    /// Java's `replaceFirst`.
    ///
    /// # Errors
    /// [`Error::TooManySteps`], [`Error::TooLarge`].
    pub fn replace_first(&self, text: &str, replacement: &str) -> Result<String, Error> {
        self.replace(text, &replacement_parts(replacement), 1)
    }

    /// Replaces every match by the same text, with nothing special in it.
    ///
    /// # Errors
    /// [`Error::TooManySteps`], [`Error::TooLarge`].
    pub fn replace_with_text(&self, text: &str, replacement: &str) -> Result<String, Error> {
        self.replace(text, &[Part::Text(replacement.to_owned())], usize::MAX)
    }

    fn replace(&self, text: &str, parts: &[Part], limit: usize) -> Result<String, Error> {
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        match &self.0 {
            Kind::Literal(literal) => {
                for (at, found) in text.match_indices(literal.as_str()).take(limit) {
                    out.push_str(text.get(copied..at).unwrap_or_default());
                    for part in parts {
                        out.push_str(part.literal(found));
                    }
                    copied = at + found.len();
                    if out.len() > MAX_RESULT {
                        return Err(Error::TooLarge);
                    }
                }
            }
            Kind::Pattern(both) => {
                for captures in both.0.captures_iter(text).take(limit) {
                    let captures = captures.map_err(|_| too_many_steps(&both.0))?;
                    let Some(found) = captures.get(0) else {
                        continue;
                    };
                    out.push_str(text.get(copied..found.start()).unwrap_or_default());
                    for part in parts {
                        out.push_str(part.captured(&captures));
                    }
                    copied = found.end();
                    if out.len() > MAX_RESULT {
                        return Err(Error::TooLarge);
                    }
                }
            }
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        Ok(out)
    }

    /// Java's `split`: `limit` 0 drops trailing empty strings, a positive one bounds the number
    /// of parts, a negative one keeps all.
    ///
    /// # Errors
    /// [`Error::TooManySteps`], [`Error::TooLarge`].
    pub fn split(&self, text: &str, limit: i64) -> Result<Vec<String>, Error> {
        let most = usize::try_from(limit)
            .ok()
            .filter(|most| *most > 0)
            .unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let mut copied = 0;
        for (start, end) in self.separators(text)? {
            if parts.len() + 1 >= most {
                break;
            }
            if start == end && (start == 0 || start == text.len()) {
                continue;
            }
            if parts.len() >= MAX_PARTS {
                return Err(Error::TooLarge);
            }
            parts.push(text.get(copied..start).unwrap_or_default().to_owned());
            copied = end;
        }
        if parts.is_empty() {
            return Ok(vec![text.to_owned()]);
        }
        parts.push(text.get(copied..).unwrap_or_default().to_owned());
        if limit == 0 {
            while parts.last().is_some_and(String::is_empty) {
                parts.pop();
            }
        }
        Ok(parts)
    }

    fn separators(&self, text: &str) -> Result<Vec<(usize, usize)>, Error> {
        match &self.0 {
            Kind::Literal(literal) => {
                let found = text.match_indices(literal.as_str()).take(MAX_PARTS + 2);
                Ok(found.map(|(at, found)| (at, at + found.len())).collect())
            }
            Kind::Pattern(both) => both
                .0
                .find_iter(text)
                .take(MAX_PARTS + 2)
                .map(|found| found.map(|found| (found.start(), found.end())))
                .collect::<Result<_, _>>()
                .map_err(|_| too_many_steps(&both.0)),
        }
    }
}

fn too_many_steps(regex: &Regex) -> Error {
    Error::TooManySteps(regex.as_str().to_owned())
}

/// The text a pattern stands for, if it has no metacharacters but escaped ones.
fn literal(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' => {
                return None;
            }
            '\\' => match chars.next() {
                Some(escaped) if !escaped.is_ascii_alphanumeric() => text.push(escaped),
                _ => return None,
            },
            _ => text.push(c),
        }
    }
    Some(text)
}

/// A piece of a replacement.
enum Part {
    Text(String),
    Group(usize),
}

impl Part {
    /// The piece where nothing but the whole match is a group.
    fn literal<'a>(&'a self, found: &'a str) -> &'a str {
        match self {
            Part::Text(text) => text,
            Part::Group(0) => found,
            Part::Group(_) => "",
        }
    }

    fn captured<'a>(&'a self, captures: &'a Captures<'_, str>) -> &'a str {
        match self {
            Part::Text(text) => text,
            Part::Group(group) => captures.get(*group).map_or("", |found| found.as_str()),
        }
    }
}

fn replacement_parts(replacement: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut chars = replacement.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            '$' => match chars.peek().and_then(|digit| digit.to_digit(10)) {
                Some(group) => {
                    chars.next();
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(Part::Group(usize::try_from(group).unwrap_or_default()));
                }
                None => text.push('$'),
            },
            _ => text.push(c),
        }
    }
    parts.push(Part::Text(text));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn regex(pattern: &str) -> JavaRegex {
        JavaRegex::new(pattern).unwrap()
    }

    #[test]
    fn whole_text_matches() {
        assert!(regex(".*Error.*").matches("an Error here").unwrap());
        assert!(!regex("Error").matches("an Error here").unwrap());
        assert!(!regex(".*Error.*").matches("first\nError").unwrap());
        assert!(regex(r"(\n|.)*Error.*").matches("first\nError").unwrap());
        assert!(regex(r"2\d{2}").matches("204").unwrap());
        assert!(!regex(r"2\d{2}").matches("2040").unwrap());
        assert!(regex("^(?!bad).*").matches("good").unwrap());
        assert!(!regex("^(?!bad).*").matches("bad news").unwrap());
        assert!(regex("a|b").matches("b").unwrap());
        assert!(JavaRegex::new("(").is_err());
    }

    #[test]
    fn replacing() {
        // The idiom that undoes the escaped quotes of `escapeJavaScript`.
        assert_eq!(regex(r"\\'").replace_all(r"it\'s", "'").unwrap(), "it's");
        assert_eq!(
            regex(r"(\w)-(\w)")
                .replace_all("a-b c-d", "$2$1\\$")
                .unwrap(),
            "ba$ dc$"
        );
        assert_eq!(regex("a").replace_first("aa", "[$0]").unwrap(), "[a]a");
        assert_eq!(regex("x*").replace_all("ab", "-").unwrap(), "-a-b-");
    }

    #[test]
    fn splitting() {
        assert_eq!(regex(",").split("a,b,,", 0).unwrap(), ["a", "b"]);
        assert_eq!(regex(",").split("a,b,,", -1).unwrap(), ["a", "b", "", ""]);
        assert_eq!(regex(",").split("a,b,c", 2).unwrap(), ["a", "b,c"]);
        assert_eq!(regex(r"\s+").split("a  b", 0).unwrap(), ["a", "b"]);
        assert_eq!(regex("").split("ab", 0).unwrap(), ["a", "b"]);
        assert_eq!(regex(",").split("", 0).unwrap(), [""]);
        assert_eq!(regex(",").split("a", 0).unwrap(), ["a"]);
    }

    #[test]
    fn catastrophic_patterns_are_stopped() {
        let hostile = regex(r"(?:(a+)+\1)+b");
        let text = "a".repeat(64);
        assert!(matches!(
            hostile.matches(&text),
            Err(Error::TooManySteps(_))
        ));
    }

    proptest! {
        #[test]
        fn literal_replaces_as_text(text in "[ab.]{0,20}") {
            let replaced = JavaRegex::literal(".").replace_with_text(&text, "$1").unwrap();
            prop_assert_eq!(replaced, text.replace('.', "$1"));
        }

        #[test]
        fn never_panics(pattern in "[a\\\\()\\[\\]*+?{}1,^$|.]{0,12}", text in "[ab1]{0,12}") {
            if let Ok(regex) = JavaRegex::new(&pattern) {
                let _ = regex.matches(&text);
                let _ = regex.replace_all(&text, "$1");
                let _ = regex.split(&text, 0);
            }
        }
    }
}
