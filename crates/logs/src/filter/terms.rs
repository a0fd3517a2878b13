//! Patterns on text: every plain term has to be there, of the `?terms` at least one, no `-term`;
//! quotation marks keep a term together.

use super::condition::regex;
use super::lexer::quoted;
use regex::Regex;

#[derive(Debug, Default)]
pub struct Terms {
    all: Vec<Term>,
    any: Vec<Term>,
    none: Vec<Term>,
}

#[derive(Debug)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Terms {
    pub fn parse(pattern: &str) -> Option<Terms> {
        let mut terms = Terms::default();
        let mut rest = pattern.trim_start();
        while let Some(first) = rest.chars().next() {
            let (kind, text) = match first {
                '?' => (&mut terms.any, rest.trim_start_matches('?')),
                '-' => (&mut terms.none, rest.trim_start_matches('-')),
                _ => (&mut terms.all, rest),
            };
            let (term, after) = Term::read(text)?;
            kind.push(term);
            rest = after.trim_start();
        }
        Some(terms)
    }

    pub fn matches(&self, message: &str) -> bool {
        let is_there = |term: &Term| term.is_in(message);
        self.all.iter().all(is_there)
            && (self.any.is_empty() || self.any.iter().any(is_there))
            && !self.none.iter().any(is_there)
    }
}

impl Term {
    /// A term in quotation marks or percent signs, or up to the next white space; and what comes
    /// after it.
    fn read(text: &str) -> Option<(Term, &str)> {
        if let Some(inside) = text.strip_prefix('"') {
            let (term, after) = quoted(inside)?;
            return Some((Term::Text(term), after));
        }
        if let Some(inside) = text.strip_prefix('%') {
            let (pattern, after) = inside.split_once('%')?;
            return Some((Term::Regex(regex(pattern)?), after));
        }
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (term, after) = text.split_at(end);
        (!term.is_empty()).then(|| (Term::Text(term.to_owned()), after))
    }

    fn is_in(&self, message: &str) -> bool {
        match self {
            Term::Text(text) => message.contains(text.as_str()),
            Term::Regex(regex) => regex.is_match(message),
        }
    }
}
