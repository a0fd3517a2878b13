//! Lists in pages.

/// Pages are never larger than this.
const MOST: usize = 50;

/// A page of `items`, which are in the order of their names, starting after the one that
/// `marker` names. The second part is the next page's marker.
pub(crate) fn page<T>(
    items: Vec<T>,
    name: impl Fn(&T) -> String,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> (Vec<T>, Option<String>) {
    let size = max_items.and_then(|size| usize::try_from(size).ok());
    let size = size.unwrap_or(MOST).clamp(1, MOST);
    let start = match marker.filter(|marker| !marker.is_empty()) {
        Some(marker) => items
            .iter()
            .position(|item| name(item) == marker)
            .map_or(items.len(), |at| at + 1),
        None => 0,
    };
    let left = items.len().saturating_sub(start);
    let page: Vec<T> = items.into_iter().skip(start).take(size).collect();
    let next = page.last().filter(|_| left > size).map(&name);
    (page, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once() {
        let items = || (0..7).map(|n| format!("f{n}")).collect::<Vec<_>>();
        let (mut seen, mut marker) = (Vec::new(), None);
        loop {
            let (items, next) = page(items(), String::clone, marker.as_deref(), Some(3));
            seen.extend(items);
            marker = next;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, items());
        assert_eq!(page(items(), String::clone, None, Some(7)).1, None);
        assert_eq!(page(items(), String::clone, Some("gone"), None).0.len(), 0);
    }
}
