//! Copies of the ledger for those who read it with tools of their own, made while the daemon writes: on a thread of their
//! own, over a connection of their own, so that no commit waits.

use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::Builder;

use crate::ledger::publish_copy;
use crate::settings::SnapshotSettings;

/// Publishes a copy now, and then as often as the settings say, until it is dropped.
#[derive(Debug)]
pub struct Snapshots {
    /// Nothing is sent; that it is gone ends the thread. Nobody waits for a copy that is just being made: what is left of
    /// it is taken away by the next one.
    _end: Sender<()>,
}

impl Snapshots {
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(ledger: PathBuf, settings: SnapshotSettings) -> std::io::Result<Self> {
        let (end, ended) = mpsc::channel::<()>();
        let publish = move || {
            loop {
                match publish_copy(&ledger, &settings.path) {
                    Ok(made) => tracing::debug!(entries = made.state.size, "published a copy of the ledger"),
                    Err(error) => tracing::warn!(id = "FG0311",
                        %error,
                        "no copy of the ledger was published to {}, the one before it stays: {error}",
                        settings.path.display()
                    ),
                }
                if ended.recv_timeout(settings.every) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        Builder::new().name("snapshots".to_owned()).spawn(publish)?;
        Ok(Self { _end: end })
    }
}
