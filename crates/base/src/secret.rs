//! Text that must never be seen.

use std::fmt;

/// A secret: its `Debug` shows nothing, it has no `Display`, it does not serialise, it is
/// compared in constant time, and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret(Box<[u8]>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into().into_bytes().into_boxed_slice())
    }

    /// The secret itself. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        // Made from a `String` only, so this is always UTF-8.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        if self.0.len() != other.0.len() {
            return false;
        }
        let difference = self
            .0
            .iter()
            .zip(&other.0)
            .fold(0, |acc, (a, b)| acc | (a ^ b));
        std::hint::black_box(difference) == 0
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.fill(0);
        std::hint::black_box(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_comparable() {
        let secret = Secret::new("hunter2");
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret, Secret::new("hunter2"));
        assert_ne!(secret, Secret::new("hunter3"));
        assert_eq!(secret.expose(), "hunter2");
    }
}
