//! Points in time, to the millisecond, and the text forms AWS's protocols use.

use std::fmt;
use std::time::Duration;

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A calendar date and time of day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Civil {
    year: i64,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    millis: u16,
}

const DAY_MS: i64 = 86_400_000;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    pub const fn from_secs(secs: i64) -> Timestamp {
        Timestamp(secs.saturating_mul(1000))
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    pub fn saturating_add(self, by: Duration) -> Timestamp {
        Timestamp(
            self.0
                .saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    pub fn saturating_sub(self, by: Duration) -> Timestamp {
        Timestamp(
            self.0
                .saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// How long after `earlier` this is; zero if it is before.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `2026-11-22T12:24:07Z`, or with `.123` when the milliseconds are not zero.
    pub fn iso8601(self) -> String {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
            millis,
        } = self.civil();
        let date = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if millis == 0 {
            format!("{date}Z")
        } else {
            format!("{date}.{millis:03}Z")
        }
    }

    /// `20261122T122407Z`, the form of `X-Amz-Date`.
    pub fn compact(self) -> String {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ..
        } = self.civil();
        if !(0..=9999).contains(&year) {
            return format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z");
        }
        // Every signed request comes by here, and formatting takes ten times as long.
        let mut text = String::with_capacity(16);
        for pair in [year / 100, year % 100, month.into(), day.into()] {
            push_pair(&mut text, pair);
        }
        text.push('T');
        for pair in [hour, minute, second] {
            push_pair(&mut text, pair.into());
        }
        text.push('Z');
        text
    }

    /// `Sun, 22 Nov 2026 12:24:07 GMT`, the form of the HTTP `Date` header.
    pub fn http_date(self) -> String {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ..
        } = self.civil();
        let weekday = pick(&WEEKDAYS, self.0.div_euclid(DAY_MS).rem_euclid(7));
        let month = pick(&MONTHS, i64::from(month) - 1);
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }

    /// `22/Nov/2026:12:24:07 +0000`, the common log format's time.
    pub fn common_log(self) -> String {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ..
        } = self.civil();
        let month = pick(&MONTHS, i64::from(month) - 1);
        format!("{day:02}/{month}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000")
    }

    /// Reads `20261122T122407Z`.
    pub fn parse_compact(text: &str) -> Option<Timestamp> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        if date.len() != 8 || time.len() != 6 || !date.is_ascii() || !time.is_ascii() {
            return None;
        }
        let (year, rest) = date.split_at(4);
        let (month, day) = rest.split_at(2);
        let (hour, rest) = time.split_at(2);
        let (minute, second) = rest.split_at(2);
        from_civil([year, month, day, hour, minute, second], 0)
    }

    /// Reads ISO 8601 in UTC or with an offset: `2026-11-22`, `2026-11-22T12:24:07Z`,
    /// `2026-11-22T12:24:07.123+01:00`.
    pub fn parse_iso8601(text: &str) -> Option<Timestamp> {
        let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
            let [year, month, day] = fields(text, '-')?;
            return from_civil([year, month, day, "00", "00", "00"], 0);
        };
        let [year, month, day] = fields(date, '-')?;
        let (time, offset) = split_offset(time)?;
        let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
        let (clock, seconds) = match clock.matches(':').count() {
            1 => (clock, "00"),
            _ => clock.rsplit_once(':')?,
        };
        let [hour, minute] = fields(clock, ':')?;
        let millis = fraction_millis(fraction)?;
        let local = from_civil([year, month, day, hour, minute, seconds], millis)?;
        Some(Timestamp(local.0 - offset))
    }

    fn civil(self) -> Civil {
        let days = self.0.div_euclid(DAY_MS);
        let of_day = self.0.rem_euclid(DAY_MS);
        let (year, month, day) = date_of(days);
        let small = |n: i64| u8::try_from(n).unwrap_or_default();
        Civil {
            year,
            month,
            day,
            hour: small(of_day / 3_600_000),
            minute: small(of_day / 60_000 % 60),
            second: small(of_day / 1000 % 60),
            millis: u16::try_from(of_day % 1000).unwrap_or_default(),
        }
    }
}

/// ISO 8601, as [`Timestamp::iso8601`].
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso8601())
    }
}

fn pick(names: &'static [&'static str], index: i64) -> &'static str {
    usize::try_from(index)
        .ok()
        .and_then(|i| names.get(i))
        .copied()
        .unwrap_or_default()
}

fn fields<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    text.split(separator).collect::<Vec<_>>().try_into().ok()
}

fn fraction_millis(digits: &str) -> Option<i64> {
    if digits.is_empty() {
        return Some(0);
    }
    if digits.len() > 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded: String = digits.chars().chain("00".chars()).take(3).collect();
    padded.parse().ok()
}

/// Splits `12:24:07+01:00` into the time and the offset in milliseconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(utc) = time.strip_suffix(['Z', 'z']) {
        return Some((utc, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (clock, offset) = time.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 4 {
        return None;
    }
    let (hours, minutes) = digits.split_at(2);
    let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    Some((clock, sign * minutes * 60_000))
}

fn from_civil(parts: [&str; 6], millis: i64) -> Option<Timestamp> {
    let mut numbers = [0i64; 6];
    for (number, part) in numbers.iter_mut().zip(parts) {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    let [year, month, day, hour, minute, second] = numbers;
    let in_range = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    if !in_range {
        return None;
    }
    let secs = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some(Timestamp(secs * 1000 + millis))
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counting years from March so that
/// the leap day comes last (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_of`].
fn date_of(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (
        year,
        u8::try_from(month).unwrap_or_default(),
        u8::try_from(day).unwrap_or_default(),
    )
}

/// Writes a number below 100 with two digits.
fn push_pair(text: &mut String, pair: i64) {
    let digit = |value: i64| u8::try_from(value).map_or('0', |value| char::from(b'0' + value));
    text.push(digit(pair / 10));
    text.push(digit(pair % 10));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let t = Timestamp::from_millis(1_795_350_247_000);
        assert_eq!(t.iso8601(), "2026-11-22T12:24:07Z");
        assert_eq!(t.compact(), "20261122T122407Z");
        assert_eq!(t.http_date(), "Sun, 22 Nov 2026 12:24:07 GMT");
        assert_eq!(t.common_log(), "22/Nov/2026:12:24:07 +0000");
        assert_eq!(Timestamp::parse_compact("20261122T122407Z"), Some(t));
    }

    #[test]
    fn iso_forms() {
        let t = Timestamp::from_millis(1_795_350_247_123);
        for text in ["2026-11-22T12:24:07.123Z", "2026-11-22T13:24:07.123+01:00"] {
            assert_eq!(Timestamp::parse_iso8601(text), Some(t), "{text}");
        }
        assert_eq!(
            Timestamp::parse_iso8601("1970-01-01"),
            Some(Timestamp::from_millis(0))
        );
        for bad in [
            "",
            "x",
            "2026-13-01",
            "2026-01-01T25:00:00Z",
            "2026-01-01T1:2:3:4Z",
        ] {
            assert_eq!(Timestamp::parse_iso8601(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_round_trip() {
        for days in (-800_000..800_000).step_by(97) {
            let (y, m, d) = date_of(days);
            assert_eq!(days_of(y, i64::from(m), i64::from(d)), days);
        }
    }
}
