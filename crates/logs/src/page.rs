//! Tokens that say where the next page starts, opaque to clients.

use crate::LogsError;
use crate::event::Position;
use base::hex;

fn invalid() -> LogsError {
    LogsError::invalid("The specified nextToken is invalid.")
}

/// A token of GetLogEvents: a direction and the place it starts from, in AWS's form of a letter
/// and 56 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamToken {
    /// Events from this place on.
    Forward(Position),
    /// Events before this place.
    Backward(Position),
}

impl StreamToken {
    pub fn encode(self) -> String {
        let (letter, at) = match self {
            StreamToken::Forward(at) => ('f', at),
            StreamToken::Backward(at) => ('b', at),
        };
        format!("{letter}/{:028}{:028}/s", at.time_ms, at.sequence)
    }

    pub fn decode(token: &str) -> Result<StreamToken, LogsError> {
        let (letter, rest) = token.split_once('/').ok_or_else(invalid)?;
        let digits = rest.strip_suffix("/s").ok_or_else(invalid)?;
        if digits.len() != 56 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid());
        }
        let (time, sequence) = digits.split_at(28);
        let at = Position {
            time_ms: time.parse().map_err(|_| invalid())?,
            sequence: sequence.parse().map_err(|_| invalid())?,
        };
        match letter {
            "f" => Ok(StreamToken::Forward(at)),
            "b" => Ok(StreamToken::Backward(at)),
            _ => Err(invalid()),
        }
    }
}

/// A token of FilterLogEvents: the last event given, in the order of the merge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MergeToken {
    pub time_ms: u64,
    pub stream: String,
    pub sequence: u64,
}

impl MergeToken {
    pub fn encode(&self) -> String {
        format!(
            "{}-{}-{}",
            self.time_ms,
            self.sequence,
            hex::encode(self.stream.as_bytes())
        )
    }

    pub fn decode(token: &str) -> Result<MergeToken, LogsError> {
        let mut parts = token.splitn(3, '-');
        let mut part = || parts.next().ok_or_else(invalid);
        let time_ms = part()?.parse().map_err(|_| invalid())?;
        let sequence = part()?.parse().map_err(|_| invalid())?;
        let stream = text(part()?)?;
        Ok(MergeToken {
            time_ms,
            stream,
            sequence,
        })
    }
}

/// A token of listings: the last name given.
pub fn encode_name(name: &str) -> String {
    hex::encode(name.as_bytes())
}

/// The inverse of [`encode_name`].
pub fn decode_name(token: &str) -> Result<String, LogsError> {
    text(token)
}

fn text(digits: &str) -> Result<String, LogsError> {
    let bytes = hex::decode(digits).ok_or_else(invalid)?;
    String::from_utf8(bytes).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        let at = Position {
            time_ms: 1_795_350_247_000,
            sequence: 42,
        };
        for token in [StreamToken::Forward(at), StreamToken::Backward(at)] {
            assert_eq!(StreamToken::decode(&token.encode()).unwrap(), token);
        }
        let token = MergeToken {
            time_ms: 5,
            stream: "a/[$LATEST]é".to_owned(),
            sequence: 7,
        };
        assert_eq!(MergeToken::decode(&token.encode()).unwrap(), token);
        for bad in ["", "x", "f/1/s", "1-2", "1-2-zz", "f/x/s"] {
            assert!(StreamToken::decode(bad).is_err(), "{bad}");
            assert!(MergeToken::decode(bad).is_err(), "{bad}");
        }
    }
}
