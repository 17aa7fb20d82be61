//! The log: one event is one line, as text or as JSON, on standard error. It is written by a thread of
//! its own, so that a terminal or a pipe that nobody reads holds nothing up; lines that do not fit are
//! counted and told.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::cli::LogForm;

/// Lines that wait for the terminal.
const MOST_WAITING: usize = 8192;
/// A line longer than this is cut; a script's own lines are far shorter.
const MOST_LINE_BYTES: usize = 64 << 10;
/// See [`Log::patience`].
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// Holds the log open; what waits is written when it is dropped.
#[derive(Debug)]
pub struct Log {
    messages: SyncSender<Message>,
    /// How long its end waits for a terminal that does not read, twice at most.
    patience: Duration,
}

#[derive(Debug)]
enum Message {
    Line(String),
    /// Answered when everything before it has been written.
    Flush(SyncSender<()>),
}

/// Starts the log of the whole process. `verbose`: 0 tells of calls, 1 of decisions, 2 of everything;
/// `RUST_LOG` overrides it.
pub fn start(form: LogForm, verbose: u8) -> anyhow::Result<Log> {
    let (writer, log) = open(io::stderr(), LAST_PATIENCE)?;
    let filter = match EnvFilter::try_from_default_env() {
        Ok(filter) => filter,
        Err(_) => EnvFilter::new(match verbose {
            0 => "warn,switchhook=info",
            1 => "info,switchhook=debug",
            _ => "debug,switchhook=trace",
        }),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false);
    let started = match form {
        LogForm::Text => subscriber
            .with_target(verbose > 0)
            .with_writer(writer)
            .try_init(),
        LogForm::Json => subscriber
            .json()
            .flatten_event(true)
            .with_writer(writer)
            .try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))?;
    log_panics();
    Ok(log)
}

/// A bug of ours is one line as well, at the level of those who are woken tonight.
fn log_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let payload = panic.payload();
            let what = payload
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
                .unwrap_or("no message");
            let place = panic.location().map(ToString::to_string);
            tracing::error!(place, "internal fault: {what}");
        }));
    });
}

/// Starts the thread that writes to `sink`.
fn open(mut sink: impl Write + Send + 'static, patience: Duration) -> io::Result<(Writer, Log)> {
    let (messages, waiting) = sync_channel(MOST_WAITING);
    let dropped = Arc::new(AtomicU64::new(0));
    let lost = dropped.clone();
    std::thread::Builder::new()
        .name("log".to_string())
        .spawn(move || {
            while let Ok(message) = waiting.recv() {
                // A terminal that is gone takes nothing, and nobody is left to be told.
                match message {
                    Message::Line(line) => {
                        let _ = sink.write_all(line.as_bytes());
                    }
                    Message::Flush(done) => {
                        let _ = sink.flush();
                        let _ = done.try_send(());
                    }
                }
                let lost = lost.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    let _ = writeln!(sink, "… {lost} lines of the log were lost here");
                }
            }
        })?;
    let log = Log {
        messages: messages.clone(),
        patience,
    };
    Ok((Writer { messages, dropped }, log))
}

impl Drop for Log {
    fn drop(&mut self) {
        let deadline = Instant::now() + self.patience;
        let (done, flushed) = sync_channel(1);
        let mut flush = Message::Flush(done);
        while let Err(TrySendError::Full(again)) = self.messages.try_send(flush) {
            if Instant::now() > deadline {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
            flush = again;
        }
        // Whoever does not read by now does not get the rest.
        let _ = flushed.recv_timeout(self.patience);
    }
}

/// Hands whole lines to the log's thread.
#[derive(Clone, Debug)]
struct Writer {
    messages: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

/// One event while it is formatted.
struct Event<'a> {
    writer: &'a Writer,
    bytes: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Writer {
    type Writer = Event<'a>;

    fn make_writer(&'a self) -> Event<'a> {
        Event {
            writer: self,
            bytes: Vec::new(),
        }
    }
}

impl Write for Event<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = MOST_LINE_BYTES.saturating_sub(self.bytes.len());
        let fits = bytes.get(..room).unwrap_or(bytes);
        self.bytes.extend_from_slice(fits);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Event<'_> {
    fn drop(&mut self) {
        let line = one_event(&String::from_utf8_lossy(&self.bytes));
        if self.writer.messages.try_send(Message::Line(line)).is_err() {
            self.writer.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Makes a formatted event safe to print: nothing in it can look like another event or steer a
/// terminal. Further lines of it are set off, so that no text from outside begins a line.
fn one_event(text: &str) -> String {
    let text = text.trim_end_matches('\n');
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '\n' => line.push_str("\n    | "),
            '\t' => line.push('\t'),
            '\u{2028}' | '\u{2029}' => line.extend(c.escape_unicode()),
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// Far beyond what anything here takes.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn no_text_can_forge_an_event_or_steer_a_terminal() {
        assert_eq!(one_event("said hello\n"), "said hello\n");
        assert_eq!(
            one_event("said a\r\n2026-11-21 ERROR forged\u{1b}[2J\u{9b}\0\u{2028}b\n"),
            "said a\\r\n    | 2026-11-21 ERROR forged\\u{1b}[2J\\u{9b}\\u{0}\\u{2028}b\n"
        );
    }

    #[test]
    fn what_waits_is_written_when_the_log_is_dropped_and_a_long_line_is_cut() {
        let paper = Paper::default();
        let (writer, log) = open(paper.clone(), PATIENCE).unwrap();
        for n in 0..100 {
            writeln!(writer.make_writer(), "line {n}").unwrap();
        }
        let long = "x".repeat(MOST_LINE_BYTES + 10);
        writeln!(writer.make_writer(), "{long}").unwrap();
        drop(log);
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 101);
        assert!(text.starts_with("line 0\nline 1\n"));
        assert_eq!(text.lines().last().unwrap().len(), MOST_LINE_BYTES);
    }

    #[test]
    fn a_terminal_that_nobody_reads_holds_nothing_up() {
        let paper = Paper::default();
        let stuck = paper.0.lock().unwrap();
        let (writer, log) = open(paper.clone(), PATIENCE).unwrap();
        let most = MOST_WAITING + 100;
        for n in 0..most {
            writeln!(writer.make_writer(), "line {n}").unwrap();
        }
        let lost = writer.dropped.load(Ordering::Relaxed);
        assert!((90..=100).contains(&lost), "{lost}");
        drop(stuck);
        drop(log);
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        assert!(
            text.contains("lines of the log were lost here"),
            "{}",
            text.len()
        );
    }

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}
