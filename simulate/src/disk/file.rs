//! A file: what is seen of it, what is on the disk, and what is between.

use std::cell::{Cell, RefCell};

use super::{Remains, remains};
use crate::chance::Chance;

/// A sector is written whole or not at all.
pub const SECTOR: usize = 512;

/// A change that was not brought to the disk.
pub(super) enum Write {
    Bytes(usize, Vec<u8>),
    Size(usize),
}

/// A file.
#[derive(Default)]
pub(super) struct Inode {
    seen: RefCell<Vec<u8>>,
    on_disk: RefCell<Vec<u8>>,
    between: RefCell<Vec<Write>>,
    /// A sync failed: the next process may find the one or the other.
    pub may_be_either: Cell<bool>,
    /// Its SQLite locks.
    pub locks: super::vfs::Locks,
    /// The memory that connections share.
    pub shared: super::vfs::Shared,
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

fn apply(file: &mut Vec<u8>, write: &Write, remains: &Remains) {
    match (write, remains) {
        (_, Remains::Nothing) => {}
        (Write::Size(size), _) => file.resize(*size, 0),
        (Write::Bytes(at, bytes), Remains::All) => put(file, *at, bytes),
        (Write::Bytes(at, bytes), Remains::Sectors(bits)) => {
            // Sectors of the file, not of the write: a write within one is there or not.
            let mut from = *at;
            while from < at + bytes.len() {
                let to = ((from / SECTOR + 1) * SECTOR).min(at + bytes.len());
                if bits >> (from / SECTOR % 64) & 1 == 1 {
                    put(file, from, &bytes[from - at..to - at]);
                }
                from = to;
            }
        }
    }
}

impl Inode {
    pub fn size(&self) -> usize {
        self.seen.borrow().len()
    }

    pub fn write(&self, at: usize, bytes: &[u8]) {
        put(&mut self.seen.borrow_mut(), at, bytes);
        self.between.borrow_mut().push(Write::Bytes(at, bytes.to_owned()));
    }

    pub fn truncate(&self, size: usize) {
        self.seen.borrow_mut().resize(size, 0);
        self.between.borrow_mut().push(Write::Size(size));
    }

    /// Reads what is there; how many bytes.
    pub fn read(&self, at: usize, into: &mut [u8]) -> usize {
        let seen = self.seen.borrow();
        let there = seen.get(at..).unwrap_or_default();
        let count = there.len().min(into.len());
        into[..count].copy_from_slice(&there[..count]);
        count
    }

    /// Everything is brought to the disk.
    pub fn sync(&self) {
        let mut on_disk = self.on_disk.borrow_mut();
        self.between.borrow_mut().drain(..).for_each(|write| apply(&mut on_disk, &write, &Remains::All));
    }

    /// Some of it is, and the rest never will be, though it is seen.
    pub fn fail_sync(&self, chance: &mut Chance) {
        let mut on_disk = self.on_disk.borrow_mut();
        for write in self.between.borrow_mut().drain(..) {
            let remains = remains(&write, chance, true, true);
            apply(&mut on_disk, &write, &remains);
        }
        self.may_be_either.set(true);
    }

    /// What is seen and what is on the disk become one: the one or the other.
    pub fn settle(&self, as_on_disk: bool) {
        if as_on_disk {
            self.between.borrow_mut().clear();
            self.seen.borrow_mut().clone_from(&self.on_disk.borrow());
        } else {
            self.between.borrow_mut().clear();
            self.on_disk.borrow_mut().clone_from(&self.seen.borrow());
        }
    }

    /// The power fails. Returns how many writes are lost, and how many torn.
    pub fn cut(&self, chance: &mut Chance, lose: bool, tear: bool) -> (usize, usize) {
        let (mut lost, mut torn) = (0, 0);
        let mut on_disk = self.on_disk.borrow_mut();
        for write in self.between.borrow_mut().drain(..) {
            let remains = remains(&write, chance, lose, tear);
            lost += usize::from(matches!(remains, Remains::Nothing));
            torn += usize::from(matches!(remains, Remains::Sectors(_)));
            apply(&mut on_disk, &write, &remains);
        }
        self.may_be_either.set(false);
        self.seen.borrow_mut().clone_from(&on_disk);
        (lost, torn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(file: &Inode) -> Vec<u8> {
        let mut bytes = vec![0; file.size()];
        file.read(0, &mut bytes);
        bytes
    }

    #[test]
    fn what_was_synced_outlives_the_power_and_what_was_not_may_not() {
        let mut chance = Chance::of(1, "cut");
        let mut after = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let file = Inode::default();
            file.write(0, b"first");
            file.sync();
            file.write(5, b"second");
            assert_eq!(seen(&file), b"firstsecond");
            file.cut(&mut chance, true, true);
            after.insert(seen(&file));
        }
        assert_eq!(after.len(), 2, "a write within one sector is there or not: {after:?}");
        assert!(after.iter().all(|bytes| bytes.starts_with(b"first")));
    }

    #[test]
    fn a_long_write_is_torn_at_sectors() {
        let mut chance = Chance::of(2, "tear");
        let (mut torn, mut whole) = (0, 0);
        for _ in 0..200 {
            let file = Inode::default();
            file.write(0, &[1; 4 * SECTOR]);
            file.sync();
            file.write(0, &[2; 4 * SECTOR]);
            file.cut(&mut chance, true, true);
            let sectors: Vec<_> = seen(&file).chunks(SECTOR).map(|sector| (sector[0], sector[SECTOR - 1])).collect();
            assert!(sectors.iter().all(|(first, last)| first == last), "never within a sector");
            let new = sectors.iter().filter(|(first, _)| *first == 2).count();
            torn += usize::from((1..4).contains(&new));
            whole += usize::from(new == 4);
        }
        assert!(torn > 20 && whole > 50, "{torn} torn, {whole} whole");
    }

    #[test]
    fn after_a_failed_sync_the_one_or_the_other_is_found() {
        let mut chance = Chance::of(3, "either");
        let mut found = std::collections::BTreeSet::new();
        for turn in 0..100 {
            let file = Inode::default();
            file.write(0, b"old");
            file.sync();
            file.write(0, b"new");
            file.fail_sync(&mut chance);
            assert_eq!(seen(&file), b"new");
            file.settle(turn % 2 == 0);
            found.insert(seen(&file));
        }
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [b"new".to_vec(), b"old".to_vec()]);
    }
}
