//! The log of one instance: collects what the process and the platform write, keeps the last of
//! it for callers that ask, and ships all of it to the log sink in the background.
//!
//! Bounded: while too much waits to be shipped, the process's output is not read, and the process
//! waits. The platform's own few lines are always taken.

use super::deployment::Deployment;
use super::output::OutputParser;
use super::platform::PlatformLine;
use super::telemetry::{Kind, Telemetry};
use base::{Clock, Timestamp};
use sandbox::{LineSplitter, Output};
use service::{Caller, LogLine, LogSink, LogSinkError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::sleep;

/// How much may wait to be shipped before reading stops.
const MAX_PENDING_BYTES: usize = 1024 * 1024;
/// How much of an invocation's log a caller can ask for.
const TAIL_BYTES: usize = 4096;
/// How long lines gather after others were shipped: a transaction for each of many short
/// invocations would cost more than they do.
const GATHERING: Duration = Duration::from_millis(20);
/// As many lines as CloudWatch Logs takes in one call.
const BATCH_LINES: usize = 10_000;
/// The longest line of an extension; longer ones come in pieces.
const MAX_LINE_BYTES: usize = 250_000;
/// How long extensions' output waits while too much waits to be shipped.
const FULL_PAUSE: Duration = Duration::from_millis(10);

/// Where an instance's log goes.
pub(super) struct Destination {
    pub sink: Arc<dyn LogSink>,
    /// The session of the function's role.
    pub caller: Caller,
    pub group: String,
    pub stream: String,
}

/// See the module.
pub(super) struct Logbook {
    deployment: Arc<Deployment>,
    output: Output,
    /// What extensions write.
    companions: Option<Companions>,
    telemetry: Arc<Telemetry>,
    clock: Clock,
    state: Mutex<State>,
    /// Something waits to be shipped, or the end has come.
    shippable: Notify,
    /// Something was shipped.
    shipped: Notify,
    /// Nobody will write any more: there is nothing to gather.
    over: Notify,
}

/// The output of an instance's extensions.
struct Companions {
    output: Output,
    lines: Mutex<LineSplitter>,
}

/// What an instance writes.
pub(super) struct Outputs {
    pub function: Output,
    pub companions: Option<Output>,
    pub telemetry: Arc<Telemetry>,
}

struct State {
    telemetry: Arc<Telemetry>,
    parser: OutputParser,
    pending: Vec<LogLine>,
    pending_bytes: usize,
    /// The end of what was written since [`Logbook::begin`].
    tail: String,
    /// The process has closed its output, or nobody will read it any more.
    closed: bool,
    /// Nothing is shipped yet: whether the instance is ever used is open.
    held: bool,
    /// Nobody will write any more.
    ended: bool,
}

impl std::fmt::Debug for Logbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logbook").finish_non_exhaustive()
    }
}

impl Logbook {
    /// Starts to read `outputs`. Nothing is shipped before [`Logbook::publish`].
    pub fn open(
        deployment: Arc<Deployment>,
        outputs: Outputs,
        clock: Clock,
        destination: Destination,
    ) -> Arc<Logbook> {
        let state = State {
            telemetry: Arc::clone(&outputs.telemetry),
            parser: OutputParser::new(),
            pending: Vec::new(),
            pending_bytes: 0,
            tail: String::new(),
            closed: false,
            held: true,
            ended: false,
        };
        let book = Arc::new(Logbook {
            deployment,
            output: outputs.function,
            companions: outputs.companions.map(|output| Companions {
                output,
                lines: Mutex::new(LineSplitter::new(MAX_LINE_BYTES)),
            }),
            telemetry: outputs.telemetry,
            clock,
            state: Mutex::new(state),
            shippable: Notify::new(),
            shipped: Notify::new(),
            over: Notify::new(),
        });
        tokio::spawn(read(Arc::clone(&book)));
        if book.companions.is_some() {
            tokio::spawn(read_companions(Arc::clone(&book)));
        }
        tokio::spawn(ship(Arc::clone(&book), destination));
        book
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Forgets what was written before: an invocation starts.
    pub fn begin(&self) {
        self.publish();
        self.lock().tail.clear();
    }

    /// The log is somebody's from now on. That of an instance that is never used is nobody's.
    pub fn publish(&self) {
        self.lock().held = false;
        self.shippable.notify_one();
    }

    /// The last 4 KiB written since [`Logbook::begin`].
    pub fn tail(&self) -> String {
        self.lock().last_of_tail().to_owned()
    }

    /// Writes a line of the platform.
    pub fn platform(&self, line: &PlatformLine<'_>) {
        let now = self.clock.now();
        if let Some(message) = line.render(&self.deployment, now) {
            self.write(message);
        }
        self.telemetry
            .platform(now, || line.event(&self.deployment));
    }

    /// Writes a message of ours.
    pub fn write(&self, message: String) {
        let time = self.clock.now();
        self.lock().add(vec![LogLine { time, message }]);
        self.shippable.notify_one();
    }

    /// Reads all that the process has written up to now.
    pub fn drain(&self) {
        let mut state = self.lock();
        let mut buffer = [0; 16 * 1024];
        while !state.closed && !state.is_full() {
            match self.output.try_read(&mut buffer) {
                Ok(None) => break,
                Ok(Some(0)) | Err(_) => state.close(self.clock.now()),
                Ok(Some(bytes)) => {
                    let bytes = buffer.get(..bytes).unwrap_or_default();
                    state.take(bytes, self.clock.now());
                }
            }
        }
        self.shippable.notify_one();
    }

    /// As [`Logbook::drain`], and takes a line that is still open for complete.
    pub fn flush(&self) {
        self.drain();
        self.drain_companions();
        self.lock().finish(self.clock.now());
        self.shippable.notify_one();
    }

    /// Reads what the ended process has left, and lets the shipping come to its end.
    pub fn close(&self) {
        self.drain();
        self.drain_companions();
        {
            let mut state = self.lock();
            state.close(self.clock.now());
            state.ended = true;
        }
        self.shippable.notify_one();
        self.shipped.notify_one();
        self.over.notify_one();
    }

    /// Reads all that extensions have written up to now; false once they have closed it.
    fn drain_companions(&self) -> bool {
        let Some(Companions { output, lines }) = &self.companions else {
            return false;
        };
        let mut splitter = lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut written, mut open) = (Vec::new(), true);
        let time = self.clock.now();
        let mut push = |message| written.push(LogLine { time, message });
        let mut buffer = [0; 16 * 1024];
        while open && !self.lock().is_full() {
            match output.try_read(&mut buffer) {
                Ok(None) => break,
                Ok(Some(0)) | Err(_) => {
                    splitter.finish(&mut push);
                    open = false;
                }
                Ok(Some(n)) => splitter.push(buffer.get(..n).unwrap_or_default(), &mut push),
            }
        }
        if !written.is_empty() {
            self.telemetry.lines(Kind::Extension, &written);
            self.lock().add(written);
            self.shippable.notify_one();
        }
        open
    }

    fn is_full(&self) -> bool {
        let state = self.lock();
        state.is_full() && !state.ended
    }

    /// What waits to be shipped; `None` at the end.
    fn batch(&self) -> Option<Vec<LogLine>> {
        let mut state = self.lock();
        if state.held {
            return (!state.ended).then(Vec::new);
        }
        if state.closed && state.pending.is_empty() {
            return None;
        }
        let rest = state.pending.len().min(BATCH_LINES);
        let rest = state.pending.split_off(rest);
        let batch = std::mem::replace(&mut state.pending, rest);
        let bytes: usize = batch.iter().map(|line| line.message.len()).sum();
        state.pending_bytes = state.pending_bytes.saturating_sub(bytes);
        Some(batch)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_full(&self) -> bool {
        self.pending_bytes >= MAX_PENDING_BYTES
    }

    fn take(&mut self, bytes: &[u8], now: Timestamp) {
        let mut lines = Vec::new();
        self.parser.push(bytes, now, &mut lines);
        self.telemetry.lines(Kind::Function, &lines);
        self.add(lines);
    }

    fn finish(&mut self, now: Timestamp) {
        let mut lines = Vec::new();
        self.parser.finish(now, &mut lines);
        self.telemetry.lines(Kind::Function, &lines);
        self.add(lines);
    }

    fn close(&mut self, now: Timestamp) {
        if !self.closed {
            self.finish(now);
            self.closed = true;
        }
    }

    fn add(&mut self, lines: Vec<LogLine>) {
        for line in lines {
            self.tail.push_str(&line.message);
            if !line.message.ends_with('\n') {
                self.tail.push('\n');
            }
            self.pending_bytes = self.pending_bytes.saturating_add(line.message.len());
            self.pending.push(line);
        }
        if self.tail.len() > 2 * TAIL_BYTES {
            self.tail = self.last_of_tail().to_owned();
        }
    }

    fn last_of_tail(&self) -> &str {
        let from = self.tail.len().saturating_sub(TAIL_BYTES);
        let from = (from..=self.tail.len()).find(|at| self.tail.is_char_boundary(*at));
        from.and_then(|from| self.tail.get(from..))
            .unwrap_or_default()
    }
}

/// Reads the process's output as it comes.
async fn read(book: Arc<Logbook>) {
    loop {
        let (closed, full) = {
            let state = book.lock();
            (state.closed, state.is_full())
        };
        if closed {
            return;
        }
        if full {
            book.shipped.notified().await;
            continue;
        }
        if book.output.readable().await.is_err() {
            book.lock().close(book.clock.now());
        }
        book.drain();
    }
}

/// Reads what extensions write, as it comes.
async fn read_companions(book: Arc<Logbook>) {
    let Some(companions) = &book.companions else {
        return;
    };
    while companions.output.readable().await.is_ok() && book.drain_companions() {
        while book.is_full() {
            tokio::time::sleep(FULL_PAUSE).await;
        }
    }
}

/// Sends what was written to the sink, as much at a time as has come together. What the sink does
/// not take is lost, and the server's own log says so once.
async fn ship(book: Arc<Logbook>, mut destination: Destination) {
    let mut complained = false;
    while let Some(lines) = book.batch() {
        if lines.is_empty() {
            book.shippable.notified().await;
            continue;
        }
        destination.caller.time = book.clock.now();
        let Destination {
            sink,
            caller,
            group,
            stream,
        } = &destination;
        let result = sink.append(caller, group, stream, lines).await;
        book.shipped.notify_one();
        if let (Err(error), false) = (result, complained) {
            complained = true;
            let function = &book.deployment.function_name;
            match error {
                LogSinkError::Denied(message) => {
                    tracing::warn!(%function, %message, "the role may not write the function's log");
                }
                LogSinkError::Refused(fault) => {
                    tracing::warn!(%function, %fault, "a function's log was not taken");
                }
            }
        }
        tokio::select! {
            () = sleep(GATHERING) => {}
            () = book.over.notified() => {}
        }
    }
}
