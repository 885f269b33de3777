//! The server: a listener, as many connections as it may have, and an end.

mod doors;
mod serve;
mod tls;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::thread::JoinHandle;

use tokio_util::sync::CancellationToken;

pub(super) use serve::Peer;

use super::app::{App, Beside};
use crate::settings::ServeSettings;
use doors::Doors;
use tls::Tls;

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
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves the ledger at a path.
    ///
    /// # Errors
    /// Where the address, the certificate or the system does not allow it.
    pub fn start(settings: &ServeSettings, ledger: &Path, beside: Beside) -> Result<Self, ServeError> {
        let listen = |source| ServeError::Listen { address: settings.listen, source };
        let listener = TcpListener::bind(settings.listen).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let tls = settings.tls.clone().map(Tls::read).transpose().map_err(ServeError::Tls)?;
        let doors = Doors::new(settings.most_connections, settings.behind_proxy);
        let stop = CancellationToken::new();
        let app = App::new(settings, ledger, beside, stop.clone());
        // Threads of its own: neither a flood of requests nor a slow question keeps the daemon from settling.
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).max_blocking_threads(8).thread_name("serve").enable_all().build()?;
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("serve".to_owned()).spawn(move || {
            runtime.block_on(serve::run(listener, app, doors, tls, stopped));
            runtime.shutdown_background();
        })?;
        tracing::info!("serving on {}://{address}", if settings.tls.is_some() { "https" } else { "http" });
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
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
