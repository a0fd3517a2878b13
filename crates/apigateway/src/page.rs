//! Pages of lists.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Items of a page when the client names no limit.
const DEFAULT_LIMIT: usize = 25;
const MAX_LIMIT: usize = 500;

/// Cuts one page out of a sorted list: the items after `position`, which is what an earlier page
/// has handed out, and the position of the next page. `name` is what tells an item's place; it
/// must not repeat.
pub fn page<T>(
    items: Vec<T>,
    position: Option<&str>,
    limit: Option<i32>,
    name: impl Fn(&T) -> &str,
) -> (Vec<T>, Option<String>) {
    let limit = limit
        .and_then(|limit| usize::try_from(limit).ok())
        .filter(|limit| *limit > 0);
    let limit = limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let after = position.and_then(decode);
    let start = after.and_then(|after| items.iter().position(|item| name(item) == after));
    let start = start.map_or(0, |at| at + 1);
    let more = items.len().saturating_sub(start) > limit;
    let items: Vec<T> = items.into_iter().skip(start).take(limit).collect();
    let next = items.last().filter(|_| more).map(|last| encode(name(last)));
    (items, next)
}

fn encode(name: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(name)
}

fn decode(position: &str) -> Option<String> {
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(position).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_the_list_once() {
        let all: Vec<String> = (0..7).map(|n| format!("id{n}")).collect();
        let mut seen = Vec::new();
        let mut position = None;
        loop {
            let (items, next) = page(all.clone(), position.as_deref(), Some(3), |id| id);
            assert!(items.len() <= 3);
            seen.extend(items);
            if next.is_none() {
                break;
            }
            position = next;
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn limits() {
        let all: Vec<String> = (0..600).map(|n| format!("id{n}")).collect();
        assert_eq!(page(all.clone(), None, None, |id| id).0.len(), 25);
        assert_eq!(page(all.clone(), None, Some(1000), |id| id).0.len(), 500);
        assert_eq!(page(all, None, Some(-1), |id| id).0.len(), 25);
    }
}
