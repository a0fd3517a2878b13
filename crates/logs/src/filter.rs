//! Filter patterns over unstructured text (CloudWatch Logs user guide, "Filter pattern syntax"):
//! every plain term must be there, of the `?terms` at least one, no `-term`; quotes keep a term
//! together. Patterns on JSON (`{...}`) and on columns (`[...]`) and regular expressions
//! (`%...%`) are refused by name.

use crate::LogsError;

/// A parsed pattern.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filter {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

#[derive(Clone, Copy)]
enum Sign {
    All,
    Any,
    None,
}

impl Filter {
    pub fn parse(pattern: &str) -> Result<Filter, LogsError> {
        let mut filter = Filter::default();
        let mut rest = pattern.trim_start();
        while let Some(first) = rest.chars().next() {
            let (sign, term) = match first {
                '{' => {
                    return Err(LogsError::NotBuilt(
                        "Filter patterns on JSON are not built yet",
                    ));
                }
                '[' => {
                    return Err(LogsError::NotBuilt(
                        "Filter patterns on columns are not built yet",
                    ));
                }
                '%' => {
                    return Err(LogsError::NotBuilt(
                        "Filter patterns with regular expressions are not built yet",
                    ));
                }
                '?' => (Sign::Any, rest.trim_start_matches('?')),
                '-' => (Sign::None, rest.trim_start_matches('-')),
                _ => (Sign::All, rest),
            };
            let (term, after) = take_term(term)?;
            match sign {
                Sign::All => filter.all.push(term),
                Sign::Any => filter.any.push(term),
                Sign::None => filter.none.push(term),
            }
            rest = after.trim_start();
        }
        Ok(filter)
    }

    pub fn matches(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        self.all.iter().all(has)
            && (self.any.is_empty() || self.any.iter().any(has))
            && !self.none.iter().any(has)
    }
}

/// A quoted term, or one up to the next white space; and what comes after it.
fn take_term(text: &str) -> Result<(String, &str), LogsError> {
    let invalid = || LogsError::invalid("Invalid filter pattern");
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (term, after) = text.split_at(end);
        return if term.is_empty() {
            Err(invalid())
        } else {
            Ok((term.to_owned(), after))
        };
    };
    let mut term = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok((term, chars.as_str())),
            '\\' => term.push(chars.next().ok_or_else(invalid)?),
            other => term.push(other),
        }
    }
    Err(invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, message: &str, want: bool) {
        assert_eq!(
            Filter::parse(pattern).unwrap().matches(message),
            want,
            "{pattern} on {message}"
        );
    }

    #[test]
    fn terms() {
        check("", "anything", true);
        check("ERROR", "an ERROR here", true);
        check("ERROR", "an error here", false);
        check("ERROR here", "an ERROR here", true);
        check("\"ERROR here\"", "here ERROR", false);
        check("?ERROR ?WARN", "a WARN", true);
        check("?ERROR ?WARN", "an INFO", false);
        check("-DEBUG", "a DEBUG", false);
        check("\"a \\\" quote\"", "has a \" quote", true);
    }

    #[test]
    fn refused() {
        for bad in ["{ $.a = 1 }", "[a, b]", "%x%", "\"open", "-", "?"] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
    }
}
