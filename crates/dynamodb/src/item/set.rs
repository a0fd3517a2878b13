//! DynamoDB's sets: sorted, without duplicates, never empty.

use std::fmt;

/// A set of strings, numbers or binaries.
#[derive(Clone, PartialEq)]
pub struct Set<T>(Vec<T>);

/// Why elements do not make a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetError {
    Empty,
    /// The position of the first element that repeats an earlier one.
    Duplicate {
        at: usize,
    },
}

impl<T: Ord> Set<T> {
    /// # Errors
    /// [`SetError`] for no elements, or for a repeated one; the elements are handed back.
    pub fn new(elements: Vec<T>) -> Result<Set<T>, (SetError, Vec<T>)> {
        if elements.is_empty() {
            return Err((SetError::Empty, elements));
        }
        let mut order: Vec<usize> = (0..elements.len()).collect();
        order.sort_by(|a, b| elements.get(*a).cmp(&elements.get(*b)).then(a.cmp(b)));
        let repeats = order.iter().zip(order.iter().skip(1));
        let repeats = repeats.filter(|(a, b)| elements.get(**a) == elements.get(**b));
        if let Some(at) = repeats.map(|(_, later)| *later).min() {
            return Err((SetError::Duplicate { at }, elements));
        }
        let mut elements = elements;
        elements.sort();
        Ok(Set(elements))
    }

    /// Takes elements that are sorted already; nothing if they are not, or empty.
    pub(super) fn from_sorted(elements: Vec<T>) -> Option<Set<T>> {
        let is_sorted = elements.is_sorted_by(|a, b| a < b);
        (is_sorted && !elements.is_empty()).then_some(Set(elements))
    }

    pub fn contains(&self, element: &T) -> bool {
        self.0.binary_search(element).is_ok()
    }

    /// Adds the elements that are not there yet.
    pub fn union(&mut self, other: Set<T>) {
        self.0.extend(other.0);
        self.0.sort();
        self.0.dedup();
    }

    /// Takes the elements of `other` out; nothing if none is left.
    pub fn difference(mut self, other: &Set<T>) -> Option<Set<T>> {
        self.0.retain(|element| !other.contains(element));
        (!self.0.is_empty()).then_some(self)
    }
}

impl<T> Set<T> {
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    #[expect(clippy::len_without_is_empty, reason = "a set is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_unique_and_not_empty() {
        let set = Set::new(vec![3, 1, 2]).unwrap();
        assert_eq!(set.iter().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(Set::<u8>::new(vec![]).unwrap_err().0, SetError::Empty);
        let (error, elements) = Set::new(vec![5, 1, 2, 1, 5]).unwrap_err();
        assert_eq!(error, SetError::Duplicate { at: 3 });
        assert_eq!(elements, [5, 1, 2, 1, 5]);
    }

    #[test]
    fn union_and_difference() {
        let mut set = Set::new(vec![1, 3]).unwrap();
        set.union(Set::new(vec![2, 3]).unwrap());
        assert_eq!(set, Set::new(vec![1, 2, 3]).unwrap());
        let rest = set.clone().difference(&Set::new(vec![1, 9]).unwrap());
        assert_eq!(rest, Some(Set::new(vec![2, 3]).unwrap()));
        assert_eq!(set.clone().difference(&set), None);
    }
}
