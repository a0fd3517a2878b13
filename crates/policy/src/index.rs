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

/// The bytes of a text that are compared as one number.
const KEY_BYTES: usize = size_of::<u128>();

/// Positions of statements, by what a text has to start with to concern them.
///
/// In sorted order, all starts of a text that are here stand at or before the place of the text,
/// and each within the next longer one: from the nearest, the others are found by following
/// `within`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Starts {
    /// What all of them start with; left out below.
    common: Box<[u8]>,
    sorted: Vec<Start>,
}

#[derive(Clone, Debug, PartialEq)]
struct Start {
    /// [`key`] of the text, which settles most comparisons.
    key: u128,
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
        let common = match (entries.first(), entries.last()) {
            (Some((first, _)), Some((last, _))) => shared(first, last).into(),
            _ => Box::default(),
        };
        let sorted = Vec::new();
        let mut starts = Starts { common, sorted };
        for (text, position) in &entries {
            let text = text.strip_prefix(&*starts.common).unwrap_or(text);
            match starts.sorted.last_mut() {
                Some(last) if *last.text == *text => {
                    last.positions.push(*position);
                    last.reach += 1;
                }
                _ => {
                    let within = starts.longest(text);
                    let outer = within.and_then(|at| starts.sorted.get(at));
                    starts.sorted.push(Start {
                        key: key(text),
                        text: text.into(),
                        reach: 1 + outer.map_or(0, |outer| outer.reach),
                        within,
                        positions: vec![*position],
                    });
                }
            }
        }
        starts
    }

    /// The longest start of this text, both without what is common.
    fn longest(&self, text: &[u8]) -> Option<usize> {
        let place = (key(text), text);
        let not_after = |start: &Start| (start.key, &*start.text) <= place;
        let mut nearest = self.sorted.partition_point(not_after).checked_sub(1);
        while let Some(start) = nearest.and_then(|at| self.sorted.get(at))
            && !start.begins(place)
        {
            nearest = start.within;
        }
        nearest
    }

    fn found(&self, text: &[u8]) -> Found<'_> {
        let text = text.strip_prefix(&*self.common);
        Found {
            starts: &self.sorted,
            within: text.and_then(|text| self.longest(text)),
            rest: &[],
        }
    }
}

impl Start {
    /// Whether a text with its key starts with this.
    fn begins(&self, (key, text): (u128, &[u8])) -> bool {
        let same = (key ^ self.key).leading_zeros() / u8::BITS;
        let covered = self.text.len().min(KEY_BYTES);
        usize::try_from(same).is_ok_and(|same| same >= covered) && text.starts_with(&self.text)
    }
}

/// What two texts both start with.
fn shared<'a>(one: &'a [u8], other: &[u8]) -> &'a [u8] {
    let pairs = one.iter().zip(other);
    let bytes = pairs.take_while(|(a, b)| a == b).count();
    one.get(..bytes).unwrap_or_default()
}

/// The first bytes of a text as a number, which orders texts as their bytes do.
fn key(text: &[u8]) -> u128 {
    let bytes = match text.first_chunk() {
        Some(bytes) => *bytes,
        None => {
            let mut bytes = [0; KEY_BYTES];
            for (byte, of_text) in bytes.iter_mut().zip(text) {
                *byte = *of_text;
            }
            bytes
        }
    };
    u128::from_be_bytes(bytes)
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
