//! The time of signing, in the forms clients send it.

use base::Timestamp;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads `20261122T122407Z`, ISO 8601's extended form (which AWS accepts in the header, though
/// never in the string to sign), or the form of HTTP's `Date` header.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    Timestamp::parse_compact(text)
        .or_else(|| parse_http(text))
        .or_else(|| Timestamp::parse_iso8601(text))
}

/// `20261122` of `20261122T122407Z`.
pub(crate) fn day_of(compact: &str) -> &str {
    compact.split_once('T').map_or(compact, |(day, _)| day)
}

/// Reads `Sun, 22 Nov 2026 12:24:07 GMT`; Python's clients write `-0000` for `GMT`.
fn parse_http(text: &str) -> Option<Timestamp> {
    let (_, rest) = text.split_once(", ")?;
    let parts: [&str; 5] = rest.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let [day, month, year, time, zone] = parts;
    if !matches!(zone, "GMT" | "UTC" | "-0000" | "+0000") {
        return None;
    }
    let month = 1 + MONTHS.iter().position(|name| *name == month)?;
    Timestamp::parse_iso8601(&format!("{year}-{month:02}-{day}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let expected = Timestamp::parse_compact("20261122T122407Z");
        for text in [
            "20261122T122407Z",
            "2026-11-22T12:24:07Z",
            "Sun, 22 Nov 2026 12:24:07 GMT",
            "Sun, 22 Nov 2026 12:24:07 -0000",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        for bad in [
            "",
            "20261122",
            "Sun, 22 Nov 2026 12:24:07 CET",
            "Sun, 22 Foo 2026 12:24:07 GMT",
            "Sun, 22 Nov 2026",
            "20261322T122407Z",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
