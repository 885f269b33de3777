//! What systemd is told, over a socket that is opened once: a daemon that has no descriptor left is alive all the same.

use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use sd_notify::NotifyState;

/// The way to systemd; none where the daemon does not run under it.
#[derive(Debug, Default)]
pub(super) struct Notifier(Option<UnixDatagram>);

impl Notifier {
    /// # Errors
    /// Where systemd names a socket that cannot be reached.
    pub fn connect() -> io::Result<Self> {
        let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return Ok(Self::default()) };
        let address = match path.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(&path)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        Ok(Self(Some(socket)))
    }

    /// # Errors
    /// Where systemd does not hear.
    pub fn tell(&self, state: &[NotifyState<'_>]) -> io::Result<()> {
        let Some(socket) = &self.0 else { return Ok(()) };
        let text: String = state.iter().map(|one| format!("{one}\n")).collect();
        socket.send(text.as_bytes()).map(|_| ())
    }
}
