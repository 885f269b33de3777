//! A disk in memory that keeps what was written and what was brought to the disk apart, and fails as a seed says.
//!
//! Its files are the thread's: a seed runs on one thread from its beginning to its end.

mod file;
mod system;
mod vfs;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

pub use file::SECTOR;
use file::{Inode, Write};
pub use system::SimulatedDisk;
pub use vfs::{NAME, register};

use crate::chance::Chance;
use crate::class::{Class, Classes, Struck};
use crate::time::SimTime;

thread_local! {
    static MACHINE: RefCell<Option<Rc<Machine>>> = const { RefCell::new(None) };
}

/// The thread's machine.
fn machine() -> Option<Rc<Machine>> {
    MACHINE.with_borrow(Clone::clone)
}

/// Looks at the thread's files from outside, where nothing fails.
pub fn quietly<T>(look: impl FnOnce() -> T) -> T {
    match machine() {
        Some(machine) => machine.look(look),
        None => look(),
    }
}

/// Whether a fault of the disk has ended the thread's process.
pub fn is_dead() -> bool {
    machine().is_some_and(|machine| machine.dead.get().is_some())
}

/// Reads that fail in one run, at most.
const MOST_FAILED_READS: u64 = 12;

/// What the system says to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The process, or the machine, is no more.
    Dead,
    /// No more room.
    Full,
    /// The disk failed.
    Failed,
}

/// A name that was given or taken away, and is not on the disk yet.
enum Naming {
    Give(String, Rc<Inode>),
    Take(String),
}

/// How a process ended.
#[derive(Clone, Copy)]
enum Death {
    /// By itself, or it was killed: what it wrote is there.
    Process,
    /// With the power: what was not brought to the disk may be gone.
    Power,
}

/// One machine: its files, and when they fail.
pub struct Machine {
    names: RefCell<BTreeMap<String, Rc<Inode>>>,
    on_disk: RefCell<BTreeMap<String, Rc<Inode>>>,
    namings: RefCell<Vec<Naming>>,
    /// Counts processes; what one has opened the next one cannot use.
    process: Cell<u64>,
    dead: Cell<Option<Death>>,
    /// The process that holds the ledger's lock.
    locked: Cell<Option<u64>>,
    /// Nothing fails: faults are over, or somebody looks at the files from outside.
    quiet: Cell<bool>,
    /// When anything failed last, milliseconds of true time.
    failed_ms: Cell<i64>,
    classes: Classes,
    struck: Arc<Struck>,
    time: Arc<SimTime>,
    /// When there is no room, milliseconds of true time.
    full: Vec<(i64, i64)>,
    /// It says that it has what it has not.
    lies: Cell<bool>,
    chance: RefCell<Chance>,
    to_crash: Cell<u64>,
    to_short_write: Cell<u64>,
    to_failed_sync: Cell<u64>,
    to_failed_read: Cell<u64>,
    failed_reads: Cell<u64>,
    /// How often each of them comes, in operations.
    means: [u64; 4],
}

impl Machine {
    /// A machine with an empty disk, from now on this thread's.
    pub fn install(
        seed: u64,
        classes: Classes,
        struck: Arc<Struck>,
        time: Arc<SimTime>,
        (full, lies): (Vec<(i64, i64)>, bool),
    ) -> Rc<Self> {
        let mut chance = Chance::of(seed, "disk");
        let means = [
            *chance.one_of(&[600, 1_500, 4_000]),
            *chance.one_of(&[1_500, 5_000]),
            *chance.one_of(&[150, 600]),
            *chance.one_of(&[3_000, 20_000]),
        ];
        let machine = Rc::new(Self {
            names: RefCell::default(),
            on_disk: RefCell::default(),
            namings: RefCell::default(),
            process: Cell::new(0),
            dead: Cell::new(None),
            locked: Cell::new(None),
            quiet: Cell::new(false),
            failed_ms: Cell::new(i64::MIN / 2),
            classes,
            struck,
            time,
            full,
            lies: Cell::new(lies),
            to_crash: Cell::new(chance.wait(means[0])),
            to_short_write: Cell::new(chance.wait(means[1])),
            to_failed_sync: Cell::new(chance.wait(means[2])),
            to_failed_read: Cell::new(chance.wait(means[3])),
            failed_reads: Cell::new(0),
            means,
            chance: RefCell::new(chance),
        });
        MACHINE.set(Some(machine.clone()));
        machine
    }

    /// From now on nothing fails.
    pub fn calm(&self) {
        self.quiet.set(true);
    }

    /// From now on it says that it has what it has not, or does so no longer.
    pub fn lie(&self, lies: bool) {
        self.lies.set(lies);
    }

    /// The process is killed, or the power is cut.
    pub fn end(&self, power: bool) {
        self.dead.set(Some(if power { Death::Power } else { Death::Process }));
    }

    /// Does something while nothing fails.
    pub fn look<T>(&self, look: impl FnOnce() -> T) -> T {
        let before = self.quiet.replace(true);
        let seen = look();
        self.quiet.set(before);
        seen
    }

    /// When anything failed last, in milliseconds of true time.
    pub fn failed_ms(&self) -> i64 {
        self.failed_ms.get()
    }

    fn note(&self, class: Class) {
        self.failed_ms.set(self.time.elapsed_ms());
        self.struck.note(class);
    }

    /// The process has ended, by a fault of the disk or otherwise; the next one begins.
    pub fn restart(&self) {
        let death = self.dead.take().unwrap_or(Death::Process);
        self.process.set(self.process.get() + 1);
        self.locked.set(None);
        let inodes: Vec<_> = self.names.borrow().values().cloned().collect();
        match death {
            Death::Process => {
                for inode in inodes.iter().filter(|inode| inode.may_be_either.take()) {
                    inode.settle(self.chance.borrow_mut().happens(500));
                }
            }
            Death::Power => {
                let mut chance = self.chance.borrow_mut();
                let kept = chance.below(self.namings.borrow().len() as u64 + 1);
                let kept = usize::try_from(kept).expect("a length");
                let mut names = self.on_disk.borrow_mut();
                for naming in self.namings.borrow_mut().drain(..).take(kept) {
                    match naming {
                        Naming::Give(name, inode) => drop(names.insert(name, inode)),
                        Naming::Take(name) => drop(names.remove(&name)),
                    }
                }
                self.names.borrow_mut().clone_from(&names);
                for inode in names.values() {
                    let (lost, torn) =
                        inode.cut(&mut chance, self.classes.has(Class::LostWrite), self.classes.has(Class::TornWrite));
                    (0..lost).for_each(|_| self.struck.note(Class::LostWrite));
                    (0..torn).for_each(|_| self.struck.note(Class::TornWrite));
                }
            }
        }
    }

    fn is_alive(&self, process: u64) -> Result<(), Fault> {
        if self.dead.get().is_some() || process != self.process.get() { Err(Fault::Dead) } else { Ok(()) }
    }

    /// Counts an operation down; whether it is the one that a fault strikes.
    fn strikes(&self, class: Class, left: &Cell<u64>, mean: u64) -> bool {
        if self.quiet.get() || !self.classes.has(class) {
            return false;
        }
        left.set(left.get() - 1);
        if left.get() > 0 {
            return false;
        }
        left.set(self.chance.borrow_mut().wait(mean));
        self.note(class);
        true
    }

    /// Whether the process, or the power, ends with this operation.
    fn crashes(&self) -> bool {
        let (kill, power) = (self.classes.has(Class::KillInWrite), self.classes.has(Class::PowerCut));
        if self.quiet.get() || !(kill || power) {
            return false;
        }
        self.to_crash.set(self.to_crash.get() - 1);
        if self.to_crash.get() > 0 {
            return false;
        }
        let mut chance = self.chance.borrow_mut();
        self.to_crash.set(chance.wait(self.means[0]));
        let power = power && (!kill || chance.happens(500));
        self.note(if power { Class::PowerCut } else { Class::KillInWrite });
        self.dead.set(Some(if power { Death::Power } else { Death::Process }));
        true
    }

    fn write(&self, process: u64, inode: &Inode, at: usize, bytes: &[u8]) -> Result<(), Fault> {
        self.is_alive(process)?;
        if self.crashes() {
            let whole = bytes.len().div_ceil(SECTOR) as u64;
            let sectors = usize::try_from(self.chance.borrow_mut().below(whole + 1)).expect("a length");
            inode.write(at, &bytes[..(sectors * SECTOR).min(bytes.len())]);
            return Err(Fault::Dead);
        }
        let grows = at + bytes.len() > inode.size();
        if grows && self.is_full() {
            self.note(Class::FullDisk);
            return Err(Fault::Full);
        }
        if self.strikes(Class::ShortWrite, &self.to_short_write, self.means[1]) {
            // Whether a file can be written is tried with no bytes.
            let written = if bytes.is_empty() { 0 } else { self.chance.borrow_mut().below(bytes.len() as u64) };
            inode.write(at, &bytes[..usize::try_from(written).expect("a length")]);
            return Err(Fault::Failed);
        }
        inode.write(at, bytes);
        Ok(())
    }

    fn is_full(&self) -> bool {
        if self.quiet.get() || self.full.is_empty() {
            return false;
        }
        let now = self.time.elapsed_ms();
        self.full.iter().any(|(from, to)| (*from..*to).contains(&now))
    }

    fn truncate(&self, process: u64, inode: &Inode, size: usize) -> Result<(), Fault> {
        self.is_alive(process)?;
        if self.crashes() {
            return Err(Fault::Dead);
        }
        inode.truncate(size);
        Ok(())
    }

    fn sync(&self, process: u64, inode: &Inode) -> Result<(), Fault> {
        self.is_alive(process)?;
        if self.crashes() {
            return Err(Fault::Dead);
        }
        if self.strikes(Class::FailedSync, &self.to_failed_sync, self.means[2]) {
            inode.fail_sync(&mut self.chance.borrow_mut());
            return Err(Fault::Failed);
        }
        if !self.lies.get() {
            inode.sync();
        }
        Ok(())
    }

    fn read(&self, process: u64, inode: &Inode, at: usize, into: &mut [u8]) -> Result<usize, Fault> {
        self.is_alive(process)?;
        // Of a disk that goes on failing nothing is read any more, and no season comes to its end.
        let may_fail = self.failed_reads.get() < MOST_FAILED_READS;
        if may_fail && self.strikes(Class::FailedRead, &self.to_failed_read, self.means[3]) {
            self.failed_reads.set(self.failed_reads.get() + 1);
            return Err(Fault::Failed);
        }
        Ok(inode.read(at, into))
    }

    fn find(&self, name: &str) -> Option<Rc<Inode>> {
        self.names.borrow().get(name).cloned()
    }

    /// The files of a folder, in the order of their names.
    fn names_in(&self, folder: &str) -> Vec<PathBuf> {
        let names = self.names.borrow();
        let own = |name: &&String| {
            let inside = name.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
            inside.is_some_and(|rest| !rest.contains('/'))
        };
        names.keys().filter(own).map(PathBuf::from).collect()
    }

    fn make(&self, name: &str) -> Rc<Inode> {
        let inode = Rc::new(Inode::default());
        self.give(name, inode.clone());
        inode
    }

    fn give(&self, name: &str, inode: Rc<Inode>) {
        self.names.borrow_mut().insert(name.to_owned(), inode.clone());
        self.namings.borrow_mut().push(Naming::Give(name.to_owned(), inode));
    }

    fn take(&self, name: &str) -> Option<Rc<Inode>> {
        let taken = self.names.borrow_mut().remove(name)?;
        self.namings.borrow_mut().push(Naming::Take(name.to_owned()));
        Some(taken)
    }

    fn delete(&self, name: &str) -> Result<bool, Fault> {
        self.is_alive(self.process.get())?;
        if self.crashes() {
            return Err(Fault::Dead);
        }
        Ok(self.take(name).is_some())
    }

    fn rename(&self, from: &str, to: &str) -> Result<bool, Fault> {
        self.is_alive(self.process.get())?;
        if self.crashes() {
            return Err(Fault::Dead);
        }
        let Some(inode) = self.names.borrow_mut().remove(from) else { return Ok(false) };
        self.names.borrow_mut().insert(to.to_owned(), inode.clone());
        // One step on the disk, too: both names never stand there.
        self.namings.borrow_mut().push(Naming::Give(to.to_owned(), inode));
        self.namings.borrow_mut().push(Naming::Take(from.to_owned()));
        Ok(true)
    }

    fn sync_names(&self) -> Result<(), Fault> {
        self.is_alive(self.process.get())?;
        if self.crashes() {
            return Err(Fault::Dead);
        }
        self.on_disk.borrow_mut().clone_from(&self.names.borrow());
        self.namings.borrow_mut().clear();
        Ok(())
    }
}

/// Changes that were not brought to the disk: of each one, how much of it is there after all.
fn remains(write: &Write, chance: &mut Chance, lose: bool, tear: bool) -> Remains {
    match chance.below(4) {
        0 if lose => Remains::Nothing,
        1 if tear && matches!(write, Write::Bytes(..)) => Remains::Sectors(chance.number()),
        _ => Remains::All,
    }
}

enum Remains {
    Nothing,
    /// Those whose bits are set, 64 of them again and again.
    Sectors(u64),
    All,
}
