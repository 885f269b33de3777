//! The program as a child process: started, watched, signalled, killed.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing here takes a tenth of this, even on a slow machine; what takes longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until there is something. Only how long the test takes depends on how often it looks.
///
/// # Panics
/// With what was waited for, when patience ends.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// [`wait_for`] a condition.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    wait_for(what, || holds().then_some(()));
}

/// A command of the program, without what the environment of the test might say to it.
pub fn fairgauge() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fairgauge"));
    clean(&mut command);
    command
}

/// Runs a command to its end: its exit status, and what it printed and then complained of.
pub fn run(arguments: &[&str]) -> (i32, String) {
    let output = fairgauge().args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

/// Replays a season, or the settings in a folder, into a ledger; its determinations as JSON.
pub fn replay(from: &Path, ledger: &Path) -> Vec<u8> {
    let run = fairgauge().arg("replay").arg(from).arg("--ledger").arg(ledger).args(["--format", "json"]).output();
    let run = run.unwrap();
    assert!(run.status.success(), "{}: {}", from.display(), String::from_utf8_lossy(&run.stderr));
    run.stdout
}

/// The daemon on a file of settings.
pub fn daemon(config: &Path) -> Command {
    let mut command = fairgauge();
    command.arg("run").arg("--config").arg(config);
    command
}

/// Takes away what the environment might say to the program.
pub fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FAIRGAUGE") {
            command.env_remove(name);
        }
    }
    for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
}

/// A running child whose standard error is collected. It is killed when this is dropped.
pub struct Program {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Program {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, stderr) = (Arc::new(Mutex::new(Vec::new())), child.stderr.take().unwrap());
        let kept = lines.clone();
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Self { child, lines, reader: Some(reader) }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard error so far.
    pub fn log(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// How many lines hold a text.
    pub fn said(&self, text: &str) -> usize {
        self.lines.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }

    /// Waits until it has written a line that holds a text.
    pub fn wait_said(&mut self, text: &str) {
        wait_until(&format!("the program says `{text}`"), || {
            let said = self.said(text) > 0;
            assert!(said || self.is_running() || self.said(text) > 0, "it ended without `{text}`:\n{}", self.log());
            said
        });
    }

    /// Where it says that it serves.
    pub fn address(&mut self) -> SocketAddr {
        self.wait_said("serving on ");
        let log = self.log();
        let (_, from) = log.split_once("serving on ").unwrap();
        let (_, from) = from.split_once("://").unwrap();
        from.split_whitespace().next().unwrap().parse().unwrap()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal by its name, `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.pid())).status().unwrap();
        assert!(sent.success(), "SIG{name} was not sent");
    }

    /// SIGKILL; returns whether it was still running.
    pub fn kill(&mut self) -> bool {
        use std::os::unix::process::ExitStatusExt as _;
        let _ = self.child.kill();
        self.ended().signal() == Some(9)
    }

    /// Waits for its end; everything that it wrote is in the log then.
    pub fn ended(&mut self) -> ExitStatus {
        let status = wait_for("the program ends", || self.child.try_wait().unwrap());
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        status
    }

    /// SIGTERM, and a clean end.
    pub fn stop(mut self) -> String {
        self.signal("TERM");
        let status = self.ended();
        assert!(status.success(), "{status}:\n{}", self.log());
        self.log()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("what the program wrote:\n{}", self.log());
        }
    }
}

/// The first column of a query's rows; nothing where there is no ledger yet.
pub fn query<T: rusqlite::types::FromSql>(ledger: &Path, query: &str) -> Vec<T> {
    let read = || -> rusqlite::Result<Vec<T>> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = rusqlite::Connection::open_with_flags(ledger, flags)?;
        let mut statement = connection.prepare(query)?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    read().unwrap_or_default()
}

/// Everything that a ledger holds, a line each: entries, readings, polls.
pub fn contents(ledger: &Path) -> Vec<String> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(ledger, flags).unwrap();
    let mut lines = Vec::new();
    for query in [
        "SELECT 'entry ' || body FROM ledger ORDER BY seq",
        "SELECT 'leaf ' || hex(leaf) FROM ledger ORDER BY seq",
        "SELECT 'series ' || json_array(id, feed, station, variable, unit) FROM series ORDER BY id",
        "SELECT 'observation ' || json_array(series, start_s, end_s, value_micro, vintage, known_at_ms, entry)
           FROM observation ORDER BY series, start_s, end_s, known_at_ms",
        "SELECT 'poll ' || json_array(feed, at_ms, outcome, detail, rows_new, rows_refused, heard_until_ms)
           FROM poll ORDER BY feed, at_ms",
        "SELECT 'evidence ' || hex(sha256) || ' ' || length(bytes) FROM evidence ORDER BY sha256",
    ] {
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        lines.extend(rows.map(Result::unwrap));
    }
    lines
}
