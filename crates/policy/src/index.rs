//! Finding the statements that can be about a request, without looking at the others.
//!
//! Most statements are about other actions or other resources, and most of those differ in what
//! stands for itself at the start or the end of a pattern. An index answers with every statement
//! whose action or resource can match, and with some that turn out not to: whoever asks looks at
//! each of them as if there were no index. Built once, when the policy is read.

use crate::arn_pattern::ResourcePattern;
use crate::request::Request;
use crate::statement::{Effect, Element, Statement};

/// The statements of a policy, by what they are about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Index {
    allow: Side,
    deny: Side,
}

/// The statements of one effect.
#[derive(Clone, Debug, Default, PartialEq)]
struct Side {
    /// By how their actions start.
    actions: Starts,
    /// By how their resources start, if that says more than how they end.
    resources: Starts,
    /// By how their resources end, read backwards.
    resource_ends: Starts,
}

impl Index {
    pub(crate) fn of(statements: &[Statement]) -> Index {
        let side = |effect| {
            let numbered = statements.iter().enumerate();
            Side::of(numbered.filter(|(_, statement)| statement.effect() == effect))
        };
        Index {
            allow: side(Effect::Allow),
            deny: side(Effect::Deny),
        }
    }

    /// The positions of all statements of this effect that can be about the request, in no order
    /// and some of them perhaps twice.
    pub(crate) fn candidates(
        &self,
        effect: Effect,
        request: &Request,
    ) -> impl Iterator<Item = usize> {
        let side = match effect {
            Effect::Allow => &self.allow,
            Effect::Deny => &self.deny,
        };
        let by_action = side.actions.found(request.folded_action.as_bytes());
        if by_action.len() <= 1 {
            return by_action.chain(Found::NOTHING);
        }
        let by_start = side.resources.found(request.resource.as_bytes());
        let by_end = side.resource_ends.found(&request.reversed_resource);
        match by_start.len() + by_end.len() < by_action.len() {
            true => by_start.chain(by_end),
            false => by_action.chain(Found::NOTHING),
        }
    }
}

impl Side {
    fn of<'a>(statements: impl Iterator<Item = (usize, &'a Statement)>) -> Side {
        let mut actions = Vec::new();
        let mut resources = Vec::new();
        let mut resource_ends = Vec::new();
        for (position, statement) in statements {
            match statement.actions() {
                Element::Is(patterns) => {
                    let starts = patterns.iter().map(|pattern| bytes(pattern.ends().0));
                    actions.extend(starts.map(|start| (start, position)));
                }
                Element::IsNot(_) => actions.push((Vec::new(), position)),
            }
            let Some(Element::Is(patterns)) = statement.resources() else {
                resources.push((Vec::new(), position));
                continue;
            };
            for (start, end) in patterns.iter().filter_map(ResourcePattern::ends) {
                match start.len() < end.len() {
                    true => resource_ends.push((reversed(end), position)),
                    false => resources.push((bytes(start), position)),
                }
            }
        }
        Side {
            actions: Starts::of(actions),
            resources: Starts::of(resources),
            resource_ends: Starts::of(resource_ends),
        }
    }
}

fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// The bytes of a text, last first.
pub(crate) fn reversed(text: &str) -> Vec<u8> {
    text.bytes().rev().collect()
}

/// Positions of statements, by what a text has to start with to concern them.
///
/// In sorted order, all starts of a text that are here stand at or before the place of the text,
/// and each within the next longer one: from the nearest, the others are found by following
/// `within`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Starts(Vec<Start>);

#[derive(Clone, Debug, PartialEq)]
struct Start {
    text: Box<[u8]>,
    /// The longest other start that this one starts with.
    within: Option<usize>,
    positions: Vec<usize>,
    /// How many positions there are here and in all that it is within.
    reach: usize,
}

impl Starts {
    fn of(mut entries: Vec<(Vec<u8>, usize)>) -> Starts {
        entries.sort_unstable();
        entries.dedup();
        let mut starts = Starts::default();
        for (text, position) in entries {
            match starts.0.last_mut() {
                Some(last) if *last.text == *text => {
                    last.positions.push(position);
                    last.reach += 1;
                }
                _ => {
                    let within = starts.longest(&text);
                    let outer = within.and_then(|at| starts.0.get(at));
                    starts.0.push(Start {
                        reach: 1 + outer.map_or(0, |outer| outer.reach),
                        text: text.into(),
                        within,
                        positions: vec![position],
                    });
                }
            }
        }
        starts
    }

    /// The longest start of this text.
    fn longest(&self, text: &[u8]) -> Option<usize> {
        let after = self.0.partition_point(|start| &*start.text <= text);
        let mut nearest = after.checked_sub(1);
        while let Some(start) = nearest.and_then(|at| self.0.get(at))
            && !text.starts_with(&start.text)
        {
            nearest = start.within;
        }
        nearest
    }

    fn found(&self, text: &[u8]) -> Found<'_> {
        Found {
            starts: &self.0,
            within: self.longest(text),
            rest: &[],
        }
    }
}

/// The positions of all starts of a text.
struct Found<'a> {
    starts: &'a [Start],
    within: Option<usize>,
    /// What is left of the start that was looked at last.
    rest: &'a [usize],
}

impl Found<'static> {
    const NOTHING: Found<'static> = Found {
        starts: &[],
        within: None,
        rest: &[],
    };
}

impl Found<'_> {
    /// How many positions are still to come.
    fn len(&self) -> usize {
        let next = self.within.and_then(|at| self.starts.get(at));
        self.rest.len() + next.map_or(0, |start| start.reach)
    }
}

impl Iterator for Found<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            if let Some((first, rest)) = self.rest.split_first() {
                self.rest = rest;
                return Some(*first);
            }
            let start = self.starts.get(self.within?)?;
            self.within = start.within;
            self.rest = &start.positions;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_starts_of_a_text_are_found(
            entries in vec(("[ab]{0,4}", 0usize..6), 0..12),
            text in "[ab]{0,6}",
        ) {
            let starts = Starts::of(entries.iter().map(|(t, at)| (bytes(t), *at)).collect());
            let mut expected: Vec<_> = entries.iter().filter(|(t, _)| text.starts_with(t)).collect();
            expected.sort_unstable();
            expected.dedup();
            let mut expected: Vec<usize> = expected.into_iter().map(|(_, at)| *at).collect();
            expected.sort_unstable();
            let found = starts.found(text.as_bytes());
            prop_assert_eq!(found.len(), expected.len());
            let mut found: Vec<usize> = found.collect();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
