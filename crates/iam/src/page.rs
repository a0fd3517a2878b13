//! Pages of listings, and the markers between them.

use crate::error::Error;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How many items a page has when the caller does not say.
const DEFAULT_ITEMS: usize = 100;

/// Which part of a listing is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    after: Option<String>,
    items: usize,
}

impl Page {
    /// # Errors
    /// The marker is none that we gave.
    pub(crate) fn new(marker: Option<&str>, max_items: Option<i32>) -> Result<Page, Error> {
        let after = marker.map(decode).transpose()?;
        let items = max_items.and_then(|items| usize::try_from(items).ok());
        Ok(Page {
            after,
            items: items.unwrap_or(DEFAULT_ITEMS),
        })
    }

    /// The key of the last item of the page before.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Cuts the page out of a whole listing, which is sorted by `key` here.
    pub(crate) fn cut<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> String) -> Listing<T> {
        items.sort_by_cached_key(&key);
        let mut listing = Listing::default();
        for item in items {
            let seen = self.after().is_some_and(|after| *key(&item) <= *after);
            if !seen && !listing.push(self, item, &key) {
                break;
            }
        }
        listing
    }
}

/// One page of a listing.
#[derive(Debug, PartialEq)]
pub(crate) struct Listing<T> {
    pub items: Vec<T>,
    /// Leads to the next page, if there is one.
    pub marker: Option<String>,
}

impl<T> Default for Listing<T> {
    fn default() -> Listing<T> {
        Listing {
            items: Vec::new(),
            marker: None,
        }
    }
}

impl<T> Listing<T> {
    /// Adds an item; if the page is full, sets the marker instead and says no.
    pub(crate) fn push(&mut self, page: &Page, item: T, key: impl Fn(&T) -> String) -> bool {
        if self.items.len() < page.items {
            self.items.push(item);
            return true;
        }
        self.marker = self.items.last().map(|last| encode(&key(last)));
        false
    }

    pub(crate) fn is_truncated(&self) -> Option<bool> {
        Some(self.marker.is_some())
    }

    pub(crate) fn map<U>(self, convert: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            items: self.items.into_iter().map(convert).collect(),
            marker: self.marker,
        }
    }
}

fn encode(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

fn decode(marker: &str) -> Result<String, Error> {
    let bytes = URL_SAFE_NO_PAD
        .decode(marker)
        .map_err(|_| Error::InvalidMarker)?;
    String::from_utf8(bytes).map_err(|_| Error::InvalidMarker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another() {
        let names: Vec<String> = ["d", "a", "c", "b", "e"].map(str::to_owned).into();
        let mut marker = None;
        let mut seen = Vec::new();
        let mut pages = 0;
        loop {
            let page = Page::new(marker.as_deref(), Some(2)).unwrap();
            let listing = page.cut(names.clone(), String::clone);
            seen.extend(listing.items);
            pages += 1;
            marker = listing.marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["a", "b", "c", "d", "e"]);
        assert_eq!(pages, 3);
        let exact = Page::new(None, Some(5)).unwrap();
        assert_eq!(exact.cut(names, String::clone).marker, None);
        assert!(Page::new(Some("?"), None).is_err());
    }
}
