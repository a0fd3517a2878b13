//! What a function's process writes, as log messages.
//!
//! Text is cut into one message a line. A runtime that wants line breaks inside a message writes
//! it as a frame: 4 bytes of type (`A5 5A 00` and one that says what is in it), 4 of length, 8 of
//! time in microseconds, all big-endian, then the message. Text and frames share one pipe, so
//! they stay in order; no text has those three bytes in a row.

use base::Timestamp;
use sandbox::LineSplitter;
use service::LogLine;

/// The longest message, below what CloudWatch Logs takes; longer ones come in pieces.
const MAX_MESSAGE_BYTES: usize = 250_000;

const FRAME_START: [u8; 3] = [0xa5, 0x5a, 0x00];
const FRAME_HEAD: usize = 16;

/// Takes a process's output apart.
#[derive(Debug)]
pub(super) struct OutputParser {
    text: LineSplitter,
    /// The beginning of what may be a frame's head: fewer than [`FRAME_HEAD`] bytes.
    held: Vec<u8>,
    message: Option<Message>,
}

/// A frame's message of which some bytes are still to come.
#[derive(Debug)]
struct Message {
    time: Timestamp,
    missing: usize,
    bytes: Vec<u8>,
}

impl OutputParser {
    pub fn new() -> OutputParser {
        OutputParser {
            text: LineSplitter::new(MAX_MESSAGE_BYTES),
            held: Vec::new(),
            message: None,
        }
    }

    /// Takes the next bytes, read at `now`, and adds the messages that are complete to `lines`.
    pub fn push(&mut self, bytes: &[u8], now: Timestamp, lines: &mut Vec<LogLine>) {
        let mut buffer = std::mem::take(&mut self.held);
        buffer.extend_from_slice(bytes);
        let mut rest = buffer.as_slice();
        while !rest.is_empty() {
            if let Some(message) = &mut self.message {
                rest = message.take(rest);
                if message.is_ready() {
                    lines.push(message.line());
                }
                if message.missing == 0 {
                    self.message = None;
                }
                continue;
            }
            let (text, frame) = rest.split_at(frame_start(rest));
            self.push_text(text, now, lines);
            let Some((head, message)) = frame.split_first_chunk::<FRAME_HEAD>() else {
                self.held = frame.to_vec();
                return;
            };
            // A line that was still open comes before the frame.
            self.text.finish(&mut |text| lines.push(line(now, text)));
            self.message = Some(Message::announced_by(head)).filter(|m| m.missing > 0);
            rest = message;
        }
    }

    /// Hands over what is open: nothing more will come for now.
    pub fn finish(&mut self, now: Timestamp, lines: &mut Vec<LogLine>) {
        let held = std::mem::take(&mut self.held);
        self.push_text(&held, now, lines);
        self.text.finish(&mut |text| lines.push(line(now, text)));
    }

    fn push_text(&mut self, text: &[u8], now: Timestamp, lines: &mut Vec<LogLine>) {
        self.text
            .push(text, &mut |text| lines.push(line(now, text)));
    }
}

impl Message {
    fn announced_by(head: &[u8; FRAME_HEAD]) -> Message {
        let [_, _, _, _, l0, l1, l2, l3, t0, t1, t2, t3, t4, t5, t6, t7] = *head;
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        let micros = i64::from_be_bytes([t0, t1, t2, t3, t4, t5, t6, t7]);
        Message {
            time: Timestamp::from_millis(micros / 1000),
            missing: usize::try_from(length).unwrap_or(usize::MAX),
            bytes: Vec::new(),
        }
    }

    /// Takes what belongs to the message and fits, and answers the rest.
    fn take<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let room = MAX_MESSAGE_BYTES - self.bytes.len();
        let (mine, rest) = bytes.split_at(self.missing.min(room).min(bytes.len()));
        self.bytes.extend_from_slice(mine);
        self.missing -= mine.len();
        rest
    }

    fn is_ready(&self) -> bool {
        self.missing == 0 || self.bytes.len() == MAX_MESSAGE_BYTES
    }

    fn line(&mut self) -> LogLine {
        let bytes = std::mem::take(&mut self.bytes);
        line(self.time, String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn line(time: Timestamp, message: String) -> LogLine {
    LogLine { time, message }
}

/// Where a frame starts, or may start with bytes that have not come yet; the end if nowhere.
fn frame_start(bytes: &[u8]) -> usize {
    let starts = |at: &usize| {
        let rest = bytes.get(*at..).unwrap_or_default();
        rest.iter()
            .zip(FRAME_START)
            .all(|(byte, start)| *byte == start)
    };
    (0..bytes.len()).find(starts).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(message: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xa5, 0x5a, 0x00, 0x03];
        bytes.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        bytes.extend(7_000_i64.to_be_bytes());
        bytes.extend(message);
        bytes
    }

    fn check(chunk: usize, bytes: &[u8], expected: &[(i64, &str)]) {
        let (mut parser, mut lines) = (OutputParser::new(), Vec::new());
        let now = Timestamp::from_millis(1);
        for chunk in bytes.chunks(chunk) {
            parser.push(chunk, now, &mut lines);
        }
        parser.finish(now, &mut lines);
        let lines: Vec<_> = lines
            .iter()
            .map(|l| (l.time.as_millis(), l.message.as_str()))
            .collect();
        assert_eq!(lines, expected, "{bytes:?} in chunks of {chunk}");
    }

    #[test]
    fn text_and_frames_stay_in_order_however_they_are_cut() {
        let mut bytes = b"one\ntw\xc3\xa5Z".to_vec();
        bytes.extend(frame(b"three\nfour\n"));
        bytes.extend(b"five\n");
        bytes.extend(frame(b""));
        bytes.extend(frame("sechs å".as_bytes()));
        bytes.extend("sieben å".as_bytes());
        let expected = [
            (1, "one\n"),
            (1, "twåZ"),
            (7, "three\nfour\n"),
            (1, "five\n"),
            (7, "sechs å"),
            (1, "sieben å"),
        ];
        for chunk in [1, 2, 3, 5, 16, 1000] {
            check(chunk, &bytes, &expected);
        }
    }

    #[test]
    fn a_huge_message_comes_in_pieces() {
        let huge = "x".repeat(MAX_MESSAGE_BYTES + 3);
        let first = "x".repeat(MAX_MESSAGE_BYTES);
        check(1000, &frame(huge.as_bytes()), &[(7, &first), (7, "xxx")]);
        check(1000, huge.as_bytes(), &[(1, &first), (1, "xxx")]);
    }
}
