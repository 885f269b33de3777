//! A fetcher in this process, on settings of its own, and what passes at its socket.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use fairgauge::daemon::Signal;
use fairgauge::feed::{Answer, Ask, Feed, Network, PollError};
use fairgauge::fetcher::Fetcher;
use fairgauge::settings::Settings;

use crate::fault_server::{FaultServer, Request};
use crate::feeds::{self, REST, at};

/// The fetcher. It stops when this is dropped.
pub struct Fetching {
    config: PathBuf,
    pub socket: PathBuf,
    signals: tokio::sync::mpsc::Sender<Signal>,
    thread: Option<JoinHandle<()>>,
}

impl Fetching {
    /// With these feeds, and its socket in a folder.
    pub fn start(folder: &Path, feeds: &str) -> Self {
        let (config, socket) = (folder.join("fetcher.toml"), folder.join("socket"));
        write(&config, feeds);
        let (signals, heard) = tokio::sync::mpsc::channel(4);
        let (ready, is_ready) = std::sync::mpsc::channel();
        let file = config.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let load = || Settings::load(&file, std::iter::empty()).map_err(|faults| faults.render(false));
                let fetcher = Fetcher::start(&load().unwrap()).unwrap();
                ready.send(()).unwrap();
                fetcher.run(heard, load, None).await;
            });
        });
        is_ready.recv().unwrap();
        Self { config, socket, signals, thread: Some(thread) }
    }

    /// Has it read other settings.
    pub fn reload(&self, feeds: &str) {
        write(&self.config, feeds);
        self.signals.try_send(Signal::Reload).unwrap();
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        // One that failed hears nothing.
        _ = self.signals.try_send(Signal::Stop);
        _ = self.thread.take().unwrap().join();
    }
}

fn write(config: &Path, feeds: &str) {
    std::fs::write(config, format!("{REST}[fetcher]\nsocket = \"socket\"\n{feeds}")).unwrap();
}

/// All that passes, in both directions, between whoever asks at `at` and the socket `to`.
pub fn tap(at: &Path, to: &Path) -> Arc<Mutex<Vec<u8>>> {
    let (listener, to, passed) = (UnixListener::bind(at).unwrap(), to.to_owned(), Arc::new(Mutex::new(Vec::new())));
    let kept = passed.clone();
    std::thread::spawn(move || {
        for asks in listener.incoming().map_while(Result::ok) {
            let answers = UnixStream::connect(&to).unwrap();
            let back = (answers.try_clone().unwrap(), asks.try_clone().unwrap());
            for (mut from, mut to) in [(asks, answers), back] {
                let kept = kept.clone();
                std::thread::spawn(move || {
                    let mut bytes = [0; 4 << 10];
                    while let Ok(length) = from.read(&mut bytes)
                        && length > 0
                    {
                        kept.lock().unwrap().extend_from_slice(&bytes[..length]);
                        if to.write_all(&bytes[..length]).is_err() {
                            break;
                        }
                    }
                    // The other end may be gone already.
                    _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    passed
}

/// Posts to a socket as any program may; the whole answer.
pub fn say(socket: &Path, path: &str, body: &str) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: fetcher\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The feed `it`, by its own keys.
pub fn csv(url: &str, more: &str) -> String {
    format!(
        "[feed.it]\nkind = \"csv\"\nurl = \"{url}\"\npoll = \"6 h\"\ndelay = \"1 h\"\nvintage = \"final\"\n\
         timeout = \"2 s\"\nmax_body = \"16 KiB\"\n{more}\n\
         columns.rain = {{ variable = \"precipitation\", unit = \"mm\" }}\n\
         [feed.it.csv]\ndelimiter = \",\"\ndecimal = \".\"\nmissing = [\"\"]\nstation = {{ column = \"station\" }}\n\
         time = {{ column = \"time\", format = \"%Y-%m-%d %H:%M\", zone = \"UTC\", stamp = \"begin\", every = \"1 h\" }}\n"
    )
}

/// A feed of these settings, asked straight or through a socket.
pub fn feed(feeds: &str, socket: Option<&Path>) -> Feed {
    let settings = feeds::load(&format!("{REST}{feeds}")).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    let network = Network { allow_private: true, fetcher: socket.map(Path::to_owned), ..Network::default() };
    let feed = Feed::new(settings.feeds["it"].clone(), &network);
    feed.record();
    feed
}

/// Asks it.
pub async fn poll_at(feed: &mut Feed, now: &str, from: &str) -> Result<Answer, PollError> {
    let known_until = BTreeMap::new();
    feed.poll(Ask { now: at(now), known_until: &known_until, from: at(from) }).await
}

/// All that a server was asked, in order; its own name and port apart.
pub fn asked(server: &FaultServer) -> Vec<String> {
    let shown = |request: Request| {
        let mut headers: Vec<_> = request.headers.into_iter().filter(|(name, _)| name != "host").collect();
        headers.sort();
        format!("{} {headers:?} {}", request.target, request.body)
    };
    server.requests().into_iter().map(shown).collect()
}
