//! What programs write: read as it comes, cut into lines of bounded length.

use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use tokio::net::unix::pipe;

/// The reading end of a program's output. What is not read stays in the pipe, which holds
/// 64 KiB; after that the program waits. So an output never takes more memory than its reader.
#[derive(Debug)]
pub struct Output(pipe::Receiver);

impl Output {
    pub(crate) fn new(fd: OwnedFd) -> io::Result<Output> {
        pipe::Receiver::from_owned_fd(fd).map(Output)
    }

    /// Waits until there is something to read, or the end.
    ///
    /// # Errors
    /// The runtime is shutting down.
    pub async fn readable(&self) -> io::Result<()> {
        self.0.readable().await
    }

    /// Reads what is there: `None` if nothing is, `Some(0)` at the end. Everything that a program
    /// wrote before it did something we know of (such as sending a response) is there.
    ///
    /// # Errors
    /// The pipe cannot be read.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        // Asks the kernel first: Tokio answers from what its reactor has seen so far, which may be
        // less than what is there. Asks Tokio then, so that it knows that there is nothing more.
        match rustix::io::read(&self.0, &mut *buffer) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            read => return Ok(Some(read?)),
        }
        match self.0.try_read(buffer) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Cuts a byte stream into lines of at most `limit` bytes; a longer line comes in pieces, so a
/// program that never ends a line costs no more than that.
#[derive(Debug)]
pub struct LineSplitter {
    limit: usize,
    open: Vec<u8>,
}

impl LineSplitter {
    pub fn new(limit: usize) -> LineSplitter {
        LineSplitter {
            limit: limit.max(1),
            open: Vec::new(),
        }
    }

    /// Takes the next bytes and hands each line that is complete to `line`, with its `\n`. Bytes
    /// that are not UTF-8 are replaced.
    pub fn push(&mut self, bytes: &[u8], line: &mut impl FnMut(String)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.open.extend_from_slice(piece);
            while self.open.len() > self.limit {
                let rest = self.open.split_off(self.cut());
                line(text(&std::mem::replace(&mut self.open, rest)));
            }
            if self.open.ends_with(b"\n") {
                self.finish(line);
            }
        }
    }

    /// Hands over the line that is still open, if any.
    pub fn finish(&mut self, line: &mut impl FnMut(String)) {
        if !self.open.is_empty() {
            line(text(&std::mem::take(&mut self.open)));
        }
    }

    /// Where to cut a line that is too long: at the limit, or up to three bytes before it so as
    /// not to tear a character.
    fn cut(&self) -> usize {
        let starts_character =
            |at: &usize| self.open.get(*at).is_some_and(|byte| byte & 0xc0 != 0x80);
        let earliest = self.limit.saturating_sub(3).max(1);
        (earliest..=self.limit)
            .rev()
            .find(starts_character)
            .unwrap_or(self.limit)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(limit: usize, chunks: &[&str], expected: &[&str]) {
        let mut splitter = LineSplitter::new(limit);
        let mut lines = Vec::new();
        for chunk in chunks {
            splitter.push(chunk.as_bytes(), &mut |line| lines.push(line));
        }
        splitter.finish(&mut |line| lines.push(line));
        assert_eq!(lines, expected, "{chunks:?}");
    }

    #[test]
    fn lines() {
        check(80, &[], &[]);
        check(80, &["a\nb\n"], &["a\n", "b\n"]);
        check(80, &["a", "b", "\n\n", "c"], &["ab\n", "\n", "c"]);
        check(4, &["abcdefghij\n"], &["abcd", "efgh", "ij\n"]);
        check(
            4,
            &["abcdef", "ghij\nk\n"],
            &["abcd", "efgh", "ij\n", "k\n"],
        );
        check(4, &["abcd\n"], &["abcd", "\n"]);
    }

    #[tokio::test]
    async fn what_was_written_is_there_at_once() {
        let (reader, writer) = std::io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&reader, true).unwrap();
        let output = Output::new(reader.into()).unwrap();
        let mut buffer = [0; 8];
        assert_eq!(output.try_read(&mut buffer).unwrap(), None);
        // The reactor, which runs on this thread, does not get to see this.
        rustix::io::write(&writer, b"text").unwrap();
        assert_eq!(output.try_read(&mut buffer).unwrap(), Some(4));
        assert_eq!(output.try_read(&mut buffer).unwrap(), None);
        drop(writer);
        assert_eq!(output.try_read(&mut buffer).unwrap(), Some(0));
    }

    #[test]
    fn characters_are_not_torn() {
        check(4, &["aé€b\n"], &["aé", "€b", "\n"]);
        check(5, &["ééé"], &["éé", "é"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_bounded() {
        let mut splitter = LineSplitter::new(4);
        let mut lines = Vec::new();
        splitter.push(&[0xbf; 9], &mut |line| lines.push(line));
        splitter.push(b"\n", &mut |line| lines.push(line));
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.contains('\u{fffd}')));
    }
}
