//! The server: a listener, as many connections as it may have, and an end.

mod serve;
mod tls;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::thread::JoinHandle;

use tokio_util::sync::CancellationToken;

pub(super) use serve::Peer;
pub use tls::check_tls;

use super::app::{App, Beside};
use super::doors::Doors;
use crate::counts::HttpCounts;
use crate::settings::ServeSettings;
use tls::Tls;

/// Connections of operators' programs at a time.
const MONITORS: usize = 32;

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; is another program there, or a port below 1024?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error("[serve.tls]: {0}")]
    Tls(String),
    /// The system gives no threads.
    #[error("the server's threads could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves the ledger at a path.
    ///
    /// # Errors
    /// Where the address, the certificate or the system does not allow it.
    pub fn start(settings: &ServeSettings, ledger: &Path, beside: Beside) -> Result<Self, ServeError> {
        let (listener, address) = listen(settings.listen)?;
        let (monitor, metrics) = settings.metrics.map(listen).transpose()?.unzip();
        let tls = settings.tls.clone().map(Tls::read).transpose().map_err(ServeError::Tls)?;
        let doors = Doors::of_addresses(settings.most_connections, settings.behind_proxy);
        let stop = CancellationToken::new();
        let app = App::new(settings, ledger, beside, stop.clone());
        // Threads of its own: neither a flood of requests nor a slow question keeps the daemon from settling.
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).max_blocking_threads(8).thread_name("serve").enable_all().build()?;
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("serve".to_owned()).spawn(move || {
            let counts = app.monitor().counts().http.clone();
            let own = serve::Site { router: app.router(), counts, doors, tls };
            // What is told there is nothing that readers ask for, and is not counted.
            let router = app.monitor().router();
            let doors = Doors::of_addresses(MONITORS, true);
            let of_monitor = serve::Site { router, counts: HttpCounts::default(), doors, tls: None };
            runtime.block_on(async {
                let monitor = async {
                    if let Some(listener) = monitor {
                        serve::run(listener, of_monitor, stopped.clone()).await;
                    }
                };
                tokio::join!(serve::run(listener, own, stopped.clone()), monitor);
            });
            runtime.shutdown_background();
        })?;
        tracing::info!(
            id = "FG0703",
            "serving on {}://{address}",
            if settings.tls.is_some() { "https" } else { "http" }
        );
        if let Some(address) = metrics {
            tracing::info!(id = "FG0711", "figures are told at http://{address}/metrics");
        }
        Ok(Self { address, metrics, stop, thread: Some(thread) })
    }

    /// Where it answers operators' programs without a token.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let error = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(error)?;
    listener.set_nonblocking(true).map_err(error)?;
    let address = listener.local_addr().map_err(error)?;
    Ok((listener, address))
}

impl Drop for Server {
    /// Requests that are being answered are answered, for a few seconds.
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}
