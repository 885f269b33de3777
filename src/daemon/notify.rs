//! What systemd is told, over a socket that is opened once: a daemon that has no descriptor left is alive all the same.
//! Nothing waits for a systemd that does not listen.

use std::collections::VecDeque;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use sd_notify::NotifyState;

/// The way to systemd; none where the daemon does not run under it.
#[derive(Debug, Default)]
pub(super) struct Notifier {
    socket: Option<UnixDatagram>,
    /// What it was to hear while it did not listen, oldest first.
    unheard: VecDeque<String>,
}

impl Notifier {
    /// # Errors
    /// Where systemd names a socket that cannot be reached.
    pub fn connect() -> io::Result<Self> {
        let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return Ok(Self::default()) };
        let address = match path.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(&path)?,
        };
        Self::to(&address)
    }

    fn to(address: &SocketAddr) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(address)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket: Some(socket), unheard: VecDeque::new() })
    }

    /// Tells a state. Where systemd has not read what lies before it, the state is kept and told by
    /// [`Notifier::catch_up`]; of several words of how things stand the last, and no sign of life: others follow.
    ///
    /// # Errors
    /// Where systemd cannot be reached any more.
    pub fn tell(&mut self, state: &[NotifyState<'_>]) -> io::Result<()> {
        self.catch_up()?;
        let is_sign_of_life = matches!(state, [NotifyState::Watchdog]);
        if is_sign_of_life && !self.unheard.is_empty() {
            return Ok(());
        }
        if matches!(state, [NotifyState::Status(_)]) {
            self.unheard.pop_back_if(|before| before.starts_with("STATUS="));
        }
        self.unheard.push_back(state.iter().map(|one| format!("{one}\n")).collect());
        self.catch_up()?;
        if is_sign_of_life {
            self.unheard.clear();
        }
        Ok(())
    }

    /// Tells what was not heard.
    ///
    /// # Errors
    /// Where systemd cannot be reached any more; what it did not hear is forgotten.
    pub fn catch_up(&mut self) -> io::Result<()> {
        let Some(socket) = &self.socket else {
            self.unheard.clear();
            return Ok(());
        };
        while let Some(next) = self.unheard.front() {
            match socket.send(next.as_bytes()) {
                Ok(_) => _ = self.unheard.pop_front(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => {
                    self.unheard.clear();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lies in a socket.
    fn heard(socket: &UnixDatagram) -> Vec<String> {
        let mut bytes = [0; 256];
        std::iter::from_fn(|| socket.recv(&mut bytes).ok().map(|length| text(&bytes[..length]))).collect()
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// As many signs of life as the kernel keeps for one who does not read, and then more.
    #[test]
    fn p06_a_systemd_that_does_not_listen_hears_later_what_matters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        systemd.set_nonblocking(true).unwrap();
        let mut notifier = Notifier::to(&SocketAddr::from_pathname(&path).unwrap()).unwrap();
        for _ in 0..100_000 {
            notifier.tell(&[NotifyState::Watchdog]).unwrap();
        }
        assert!(notifier.unheard.is_empty(), "signs of life are not kept");
        notifier.tell(&[NotifyState::Status("one")]).unwrap();
        notifier.tell(&[NotifyState::Status("two")]).unwrap();
        notifier.tell(&[NotifyState::Ready, NotifyState::Status("three")]).unwrap();
        notifier.tell(&[NotifyState::Status("four")]).unwrap();
        notifier.tell(&[NotifyState::Watchdog]).unwrap();
        let before = heard(&systemd);
        assert!(!before.is_empty() && before.len() < 100_000, "{}", before.len());
        assert!(before.iter().all(|one| one == "WATCHDOG=1\n"), "{before:?}");
        notifier.catch_up().unwrap();
        assert_eq!(heard(&systemd), ["STATUS=two\n", "READY=1\nSTATUS=three\n", "STATUS=four\n"]);
        notifier.tell(&[NotifyState::Watchdog]).unwrap();
        assert_eq!(heard(&systemd), ["WATCHDOG=1\n"]);
        drop(systemd);
        // A child of another test that is just being started still has all sockets.
        let begun = std::time::Instant::now();
        while notifier.tell(&[NotifyState::Stopping]).is_ok() {
            assert!(begun.elapsed().as_secs() < 120, "a socket that is gone is told of");
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
        assert!(notifier.unheard.is_empty());
    }
}
