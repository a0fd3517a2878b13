//! The execution log, in AWS's line format.

use crate::exchange::IntegrationOutcome;
use base::Timestamp;
use std::fmt::Write;

/// Lines of one execution; off unless somebody wants them.
#[derive(Debug, Default)]
pub struct Log {
    lines: Option<String>,
    time: String,
    /// What access logs say of the integration, whether lines are kept or not.
    pub integration: Option<IntegrationOutcome>,
}

impl Log {
    /// A log that keeps nothing.
    pub fn off() -> Log {
        Log::default()
    }

    /// A log whose lines all carry this time.
    pub fn on(time: Timestamp) -> Log {
        Log {
            lines: Some(String::new()),
            time: log_time(time),
            integration: None,
        }
    }

    /// Adds a line; what it says is made only if it is kept.
    pub fn line(&mut self, text: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{} : {}", self.time, text());
        }
    }

    pub fn is_on(&self) -> bool {
        self.lines.is_some()
    }

    /// What the lines say, without their time.
    pub fn messages(self) -> Option<Vec<String>> {
        let lines = self.lines?;
        let starts = format!("{} : ", self.time);
        let message = |line: &str| line.strip_prefix(&starts).unwrap_or(line).to_owned();
        Some(lines.lines().map(message).collect())
    }

    /// The lines under their heading.
    pub fn finish(self, request_id: &str) -> String {
        let lines = self.lines.unwrap_or_default();
        format!("Execution log for request {request_id}\n{lines}")
    }
}

/// `Sun Nov 22 12:24:07 UTC 2026`
fn log_time(time: Timestamp) -> String {
    let date = time.http_date();
    let parts: Vec<&str> = date
        .split([',', ' '])
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [weekday, day, month, year, clock, _] => {
            format!("{weekday} {month} {day} {clock} UTC {year}")
        }
        _ => date,
    }
}

/// Pairs as Java prints a map: `{a=1, b=2}`.
pub fn shown<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{{{}}}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let mut log = Log::on(Timestamp::from_millis(1_795_350_247_123));
        log.line(|| format!("Method request path: {}", shown([("petId", "123")])));
        let expected = "Execution log for request r\nSun Nov 22 12:24:07 UTC 2026 : Method request path: {petId=123}\n";
        assert_eq!(log.finish("r"), expected);
        let mut off = Log::off();
        off.line(|| panic!("nobody reads it"));
    }
}
