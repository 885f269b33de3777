//! The disk as the ledger asks it beside SQLite.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use fairgauge::ledger::{Disk, Held, OpenError};

use super::{Fault, Machine, NAME, machine};

/// The thread's simulated disk.
#[derive(Debug)]
pub struct SimulatedDisk;

/// The lock of one process.
#[derive(Debug)]
struct Lock(u64);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(machine) = machine()
            && machine.locked.get() == Some(self.0)
        {
            machine.locked.set(None);
        }
    }
}

fn failed(fault: Fault) -> io::Error {
    io::Error::other(format!("{fault:?}"))
}

fn on<T>(act: impl FnOnce(&Machine) -> Result<T, Fault>) -> io::Result<T> {
    let machine: Rc<Machine> = machine().ok_or_else(|| io::Error::other("no machine"))?;
    act(&machine).map_err(failed)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("simulated paths are text")
}

fn there(found: bool) -> io::Result<()> {
    if found { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
}

impl Disk for SimulatedDisk {
    fn vfs(&self) -> Option<&str> {
        Some(NAME)
    }

    fn is_folder(&self, path: &Path) -> bool {
        text(path) == "/simulated"
    }

    fn rights(&self, _: &Path) -> io::Result<u32> {
        Ok(0o700)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = on(|machine| {
            let Some(inode) = machine.find(text(path)) else { return Ok(None) };
            let mut bytes = vec![0; inode.size()];
            machine.read(machine.process.get(), &inode, 0, &mut bytes).map(|_| Some(bytes))
        })?;
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        on(|machine| {
            let process = machine.process.get();
            machine.is_alive(process)?;
            let inode = machine.find(text(path)).unwrap_or_else(|| machine.make(text(path)));
            machine.truncate(process, &inode, 0)?;
            machine.write(process, &inode, 0, bytes)?;
            machine.sync(process, &inode)
        })
    }

    fn size(&self, path: &Path) -> io::Result<Option<u64>> {
        let found = on(|machine| {
            machine.is_alive(machine.process.get())?;
            Ok(machine.find(text(path)))
        })?;
        found.map(|inode| Some(inode.size() as u64)).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn lock(&self, ledger: &Path) -> Result<Held, OpenError> {
        let machine = machine().expect("a seed is running");
        if machine.locked.get().is_some() {
            return Err(OpenError::Locked(ledger.to_owned()));
        }
        machine.locked.set(Some(machine.process.get()));
        Ok(Box::new(Lock(machine.process.get())))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        there(on(|machine| machine.delete(text(path)))?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        there(on(|machine| machine.rename(text(from), text(to)))?)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        there(on(|machine| {
            let Some(inode) = machine.find(text(path)) else { return Ok(false) };
            machine.sync(machine.process.get(), &inode).map(|()| true)
        })?)
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        on(Machine::sync_names)
    }

    /// Folders are nothing but the beginnings of names.
    fn make_folder(&self, _: &Path) -> io::Result<()> {
        on(|machine| machine.is_alive(machine.process.get()))
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        on(|machine| machine.is_alive(machine.process.get()).map(|()| machine.names_in(text(folder))))
    }

    fn read_plain(&self, path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
        Ok(Some(self.read(path)?).filter(|bytes| bytes.len() as u64 <= most))
    }

    /// Times are not kept: all are alike.
    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        self.size(path).map(|_| SystemTime::UNIX_EPOCH)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        let names = self.names(folder)?;
        names.iter().try_for_each(|name| self.remove(name))
    }
}
