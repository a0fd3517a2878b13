//! Names with values, as events show them: with the last value of each name, or with all.

use std::collections::BTreeMap;

/// The last value of each name.
pub type Last<'a, K = &'a str> = BTreeMap<K, &'a str>;
/// All values of each name, in the order sent.
pub type All<'a, K = &'a str> = BTreeMap<K, Vec<&'a str>>;

/// Headers or query parameters as they came.
pub fn sent(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

/// None if there are no names.
pub fn last<'a, K: Ord>(pairs: impl Iterator<Item = (K, &'a str)>) -> Option<Last<'a, K>> {
    let last: Last<'a, K> = pairs.collect();
    (!last.is_empty()).then_some(last)
}

/// None if there are no names.
pub fn all<'a, K: Ord>(pairs: impl Iterator<Item = (K, &'a str)>) -> Option<All<'a, K>> {
    let mut all = All::<'a, K>::new();
    for (name, value) in pairs {
        all.entry(name).or_default().push(value);
    }
    (!all.is_empty()).then_some(all)
}
