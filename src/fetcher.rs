//! The fetcher: a process of its own that asks servers for a daemon without a network. It has the keys of providers, and
//! neither ledger nor signing key.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as Knock;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::to_bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use sd_notify::NotifyState;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::daemon::Signal;
use crate::feed::http::split::{ASK, GREET, Given, Passed, Refusal, Relay, Why};
use crate::settings::Settings;

/// Its own user and group may ask.
const MODE: u32 = 0o660;
/// Requests at a time; others wait.
const MOST: usize = 512;
/// What is asked is no longer than this.
const MOST_ASKED: usize = 64 << 20;
/// How long the head of a request may take.
const HEAD: Duration = Duration::from_secs(10);
/// What is waited where the system has no descriptor left.
const BREATH: Duration = Duration::from_millis(200);

/// Why there is no fetcher.
#[derive(Debug, thiserror::Error)]
pub enum FetcherError {
    /// The settings name no socket.
    #[error("there is no [fetcher] in the settings: add socket = \"/run/fairgauge-fetch/socket\" to it")]
    NoSocket,
    /// Somebody answers there.
    #[error("another fetcher is at {}: stop it first", .0.display())]
    Taken(PathBuf),
    /// The socket cannot be made.
    #[error("cannot listen at {}: {source}; the folder has to be there, and ours", socket.display())]
    Listen {
        /// Where.
        socket: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no TLS.
    #[error("no server can be asked: {0}")]
    Tls(String),
}

/// What listens at the socket, until it is dropped.
pub struct Fetcher {
    socket: PathBuf,
    listener: UnixListener,
    relay: Arc<Relay>,
    seats: Arc<Semaphore>,
    /// What was refused last, so that it is said once.
    refused: Arc<Mutex<Option<String>>>,
}

impl Fetcher {
    /// Listens at the socket of the settings. In a runtime.
    ///
    /// # Errors
    /// Where there is none, it cannot be made, or there is no TLS.
    pub fn start(settings: &Settings) -> Result<Self, FetcherError> {
        let socket = settings.network.fetcher.clone().ok_or(FetcherError::NoSocket)?;
        let relay = Arc::new(relay(settings)?);
        let listener = listen(&socket)?;
        let (seats, refused) = (Arc::new(Semaphore::new(MOST)), Arc::default());
        tracing::info!(id = "FG1001", "the fetcher listens at {}", socket.display());
        Ok(Self { socket, listener, relay, seats, refused })
    }

    /// Answers until it is to stop. `load` reads the settings again and returns a report where they have a fault;
    /// `watchdog` is how long systemd waits for a sign of life, if it waits.
    pub async fn run(
        mut self,
        mut signals: mpsc::Receiver<Signal>,
        load: impl Fn() -> Result<Settings, String>,
        watchdog: Option<Duration>,
    ) {
        tell(&[NotifyState::Ready]);
        let mut alive = interval(watchdog.unwrap_or(Duration::from_secs(86_400)) / 3);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let accepted = async {
                let seat = self.seats.clone().acquire_owned().await.expect("it is never closed");
                (self.listener.accept().await, seat)
            };
            tokio::select! {
                (accepted, seat) = accepted => match accepted {
                    Ok((stream, _)) => {
                        let (relay, refused) = (self.relay.clone(), self.refused.clone());
                        tokio::spawn(async move {
                            talk(stream, relay, refused).await;
                            drop(seat);
                        });
                    }
                    Err(error) => {
                        tracing::warn!(id = "FG1002", %error, "a request could not be accepted: {error}");
                        tokio::time::sleep(BREATH).await;
                    }
                },
                signal = signals.recv() => match signal {
                    Some(Signal::Reload) => self.reload(&load),
                    Some(Signal::Stop) | None => break,
                },
                _ = alive.tick() => tell(&[NotifyState::Watchdog]),
            }
        }
        tell(&[NotifyState::Stopping]);
        tracing::info!(id = "FG1003", "the fetcher stopped as asked");
    }

    fn reload(&mut self, load: impl Fn() -> Result<Settings, String>) {
        let next = load().and_then(|settings| {
            if settings.network.fetcher.as_ref() != Some(&self.socket) {
                return Err("another socket needs a restart".to_owned());
            }
            relay(&settings).map_err(|error| error.to_string())
        });
        match next {
            Ok(next) => {
                self.relay = Arc::new(next);
                tracing::info!(id = "FG1004", "the fetcher has read the settings again");
            }
            Err(error) => tracing::error!(id = "FG1005", "the fetcher's old settings stay in force: {error}"),
        }
    }
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        // Where it is left behind, the next one takes it away.
        _ = std::fs::remove_file(&self.socket);
    }
}

/// What the settings allow to ask.
fn relay(settings: &Settings) -> Result<Relay, FetcherError> {
    let signers = settings.sign.iter();
    let posts = signers.flat_map(|sign| sign.witnesses.iter().map(|witness| &witness.url).chain(&sign.timestamp));
    let posts = posts.chain(settings.webhooks.values().map(|webhook| &webhook.url));
    Relay::new(settings.feeds.values().cloned(), posts, &settings.network).map_err(FetcherError::Tls)
}

/// Whom systemd tells nothing runs all the same.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd could not be told");
    }
}

fn listen(socket: &Path) -> Result<UnixListener, FetcherError> {
    let failed = |source| FetcherError::Listen { socket: socket.to_owned(), source };
    match Knock::connect(socket) {
        Ok(_) => return Err(FetcherError::Taken(socket.to_owned())),
        // Left behind by one that was killed.
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            let found = std::fs::symlink_metadata(socket).map_err(failed)?;
            if found.file_type().is_socket() {
                std::fs::remove_file(socket).map_err(failed)?;
            }
        }
        Err(_) => {}
    }
    let listener = UnixListener::bind(socket).map_err(failed)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(MODE)).map_err(failed)?;
    Ok(listener)
}

async fn talk(stream: UnixStream, relay: Arc<Relay>, refused: Arc<Mutex<Option<String>>>) {
    let service = service_fn(move |request| {
        let (relay, refused) = (relay.clone(), refused.clone());
        async move { Ok::<_, Infallible>(answer(&relay, &refused, request).await) }
    });
    let mut builder = http1::Builder::new();
    // The date is the server's, or none.
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).auto_date_header(false).keep_alive(false);
    // That a daemon went away is its own affair.
    _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(relay: &Relay, refused: &Mutex<Option<String>>, request: Request<Incoming>) -> Response<Passed> {
    let begun = Instant::now();
    let answered = take(relay, request).await;
    match answered {
        Ok(Given { status, headers, body }) => {
            tracing::debug!(%status, took = ?begun.elapsed(), "passed on");
            let mut response = Response::new(body);
            (*response.status_mut(), *response.headers_mut()) = (status, headers);
            response
        }
        Err(refusal) => {
            if matches!(refusal.why, Why::Settings | Why::Outside | Why::Nonsense) {
                let mut last = refused.lock().unwrap_or_else(PoisonError::into_inner);
                if last.as_ref() != Some(&refusal.says) {
                    tracing::warn!(id = "FG1006", "nothing was asked: {}", refusal.says);
                    *last = Some(refusal.says.clone());
                }
            }
            let mut response = Response::new(Passed::whole(refusal.to_json()));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
        }
    }
}

async fn take(relay: &Relay, request: Request<Incoming>) -> Result<Given, Refusal> {
    let path = request.uri().path().to_owned();
    if request.method() != Method::POST || ![GREET, ASK].contains(&path.as_str()) {
        let says = "is of another version than the daemon: install the same one for both, and restart both";
        return Err(Refusal::new(Why::Nonsense, says));
    }
    let body = to_bytes(axum::body::Body::new(request.into_body()), MOST_ASKED).await;
    let said = body.map_err(|error| Refusal::new(Why::Nonsense, format!("did not get the whole request: {error}")))?;
    if path == ASK {
        return relay.ask(&said).await;
    }
    let body = Passed::whole(relay.greet(&said)?);
    Ok(Given { status: StatusCode::OK, headers: hyper::HeaderMap::new(), body })
}
