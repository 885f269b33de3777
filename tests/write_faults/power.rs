//! A power cut, made of what strace saw: what was flushed is there; of the rest anything may be, in any order, whole or cut
//! at a sector; names come and go in their order, up to some point.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One thing that a process did.
#[derive(Clone, Debug)]
enum Step {
    Folder(PathBuf),
    Create(PathBuf),
    Rename(PathBuf, PathBuf),
    Unlink(PathBuf),
    Write(PathBuf, usize, Vec<u8>),
    Length(PathBuf, usize),
    Flush(PathBuf),
    Said(String),
}

/// What a process did below a folder, in its order.
pub struct Recorded(Vec<Step>);

/// Bytes from strace's `"\x61…"`.
fn unquote(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|byte| u8::from_str_radix(&byte[..2], 16).unwrap()).collect()
}

fn as_path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8(bytes).unwrap())
}

/// The path of `5<\x2f…>`.
fn handle(argument: &str) -> Option<(&str, PathBuf)> {
    let (number, path) = argument.split_once('<')?;
    let path = path.split('>').next()?;
    Some((number, if path.contains("\\x") { as_path(unquote(path)) } else { PathBuf::from(path) }))
}

impl Recorded {
    /// Reads what strace wrote with `-y -xx`.
    pub fn read(log: &str, folder: &Path) -> Self {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut steps = Vec::new();
        for line in log.lines() {
            let Some((call, rest)) = line.split_once(' ').and_then(|(_, rest)| rest.trim_start().split_once('('))
            else {
                continue;
            };
            let Some((arguments, result)) = rest.rsplit_once(" = ") else { continue };
            let arguments: Vec<_> = arguments.trim_end_matches([')', ' ']).split(", ").collect();
            assert!(!result.starts_with('-') || call == "mkdir" || call == "openat", "{line}");
            match call {
                "openat" if !result.starts_with('-') => {
                    let (number, path) = handle(result).unwrap();
                    places.insert(number.to_owned(), 0);
                    if arguments[2].contains("O_CREAT") {
                        steps.push(Step::Create(path.clone()));
                    }
                    if arguments[2].contains("O_TRUNC") {
                        steps.push(Step::Length(path, 0));
                    }
                }
                "write" | "pwrite64" => {
                    let (number, path) = handle(arguments[0]).unwrap();
                    let bytes = unquote(arguments[1]);
                    assert_eq!(bytes.len().to_string(), arguments[2], "the whole of it was seen");
                    if number == "1" {
                        steps.push(Step::Said(String::from_utf8(bytes).unwrap()));
                        continue;
                    }
                    let place = places.entry(number.to_owned()).or_default();
                    let at = arguments.get(3).map_or(*place, |place| place.parse().unwrap());
                    if arguments.len() < 4 {
                        *place += bytes.len();
                    }
                    steps.push(Step::Write(path, at, bytes));
                }
                "ftruncate" => {
                    let (_, path) = handle(arguments[0]).unwrap();
                    steps.push(Step::Length(path, arguments[1].parse().unwrap()));
                }
                "fsync" | "fdatasync" => steps.push(Step::Flush(handle(arguments[0]).unwrap().1)),
                "rename" => steps.push(Step::Rename(as_path(unquote(arguments[0])), as_path(unquote(arguments[1])))),
                "unlink" => steps.push(Step::Unlink(as_path(unquote(arguments[0])))),
                "mkdir" if !result.starts_with('-') => steps.push(Step::Folder(as_path(unquote(arguments[0])))),
                // A folder that stays is in nobody's way.
                "unlinkat" if arguments[2].contains("REMOVEDIR") => {}
                "unlinkat" => {
                    let (_, folder) = handle(arguments[0]).unwrap();
                    steps.push(Step::Unlink(folder.join(as_path(unquote(arguments[1])))));
                }
                "mkdir" | "openat" | "fchmod" => {}
                other => panic!("{other}: {line}"),
            }
        }
        let below = |path: &PathBuf| path.starts_with(folder);
        steps.retain(|step| match step {
            Step::Said(_) => true,
            Step::Folder(path) | Step::Create(path) | Step::Rename(path, _) | Step::Unlink(path) => below(path),
            Step::Write(path, ..) | Step::Length(path, _) | Step::Flush(path) => below(path),
        });
        Self(steps)
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes into `to` what is left of the folder `from` when the power goes behind `count` steps, as `dice` has it; gives
    /// what the process had said. `before` was in the folder when it began: flushed, but for the last commit where the
    /// process before it was killed in the midst of that.
    pub fn cut(
        &self,
        count: usize,
        (before, killed): (&Path, bool),
        from: &Path,
        to: &Path,
        dice: &mut dyn FnMut(usize) -> usize,
    ) -> String {
        let mut disk = Disk::default();
        disk.load(before, from);
        if killed {
            disk.forget_last_commit();
        }
        let mut said = String::new();
        self.0[..count].iter().for_each(|step| match step {
            Step::Said(line) => said += line,
            step => disk.take(step),
        });
        disk.lose_power(dice);
        disk.write(from, to);
        said
    }
}

/// Bytes of a file: those that are flushed, and what was done to them since.
#[derive(Clone, Default)]
struct File {
    flushed: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>, most: usize) {
        match self {
            Self::Length(length) => bytes.resize(*length, 0),
            Self::Write(at, new) => {
                let new = &new[..new.len().min(most)];
                bytes.resize(bytes.len().max(at + new.len()), 0);
                bytes[*at..at + new.len()].copy_from_slice(new);
            }
        }
    }
}

/// A change of names that is not flushed.
enum Naming {
    Folder(PathBuf),
    Is(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Gone(PathBuf),
}

type Names = BTreeMap<PathBuf, usize>;

#[derive(Default)]
struct Disk {
    files: Vec<File>,
    /// As the process sees them.
    names: Names,
    flushed_names: Names,
    folders: Vec<PathBuf>,
    since: Vec<Naming>,
}

impl Disk {
    fn load(&mut self, before: &Path, from: &Path) {
        for entry in std::fs::read_dir(before).unwrap() {
            let entry = entry.unwrap();
            let path = from.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                self.folders.push(path.clone());
                self.load(&entry.path(), &path);
            } else {
                self.names.insert(path.clone(), self.files.len());
                self.flushed_names.insert(path, self.files.len());
                self.files.push(File { flushed: std::fs::read(entry.path()).unwrap(), since: Vec::new() });
            }
        }
    }

    /// Of the log the last commit was written and not flushed.
    fn forget_last_commit(&mut self) {
        let (_, log) = self.names.iter().find(|(path, _)| path.to_string_lossy().ends_with("-wal")).unwrap();
        let File { flushed, since } = &mut self.files[*log];
        let begins = last_commit(flushed);
        let frames: Vec<u8> = flushed.drain(begins..).collect();
        since.push(Change::Write(begins, frames));
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Said(_) => {}
            Step::Folder(path) => self.since.push(Naming::Folder(path.clone())),
            Step::Create(path) if self.names.contains_key(path) => {}
            Step::Create(path) => {
                self.names.insert(path.clone(), self.files.len());
                self.since.push(Naming::Is(path.clone(), self.files.len()));
                self.files.push(File::default());
            }
            Step::Rename(one, other) => {
                let file = self.names.remove(one).unwrap();
                self.names.insert(other.clone(), file);
                self.since.push(Naming::Rename(one.clone(), other.clone()));
            }
            Step::Unlink(path) => {
                self.names.remove(path);
                self.since.push(Naming::Gone(path.clone()));
            }
            Step::Write(path, at, bytes) => self.file(path).since.push(Change::Write(*at, bytes.clone())),
            Step::Length(path, length) => self.file(path).since.push(Change::Length(*length)),
            Step::Flush(path) if self.names.contains_key(path) => {
                let file = self.file(path);
                let File { flushed, since } = file;
                since.drain(..).for_each(|change| change.apply(flushed, usize::MAX));
            }
            Step::Flush(_) => self.keep_names(self.since.len()),
        }
    }

    fn file(&mut self, path: &Path) -> &mut File {
        let number = *self.names.get(path).unwrap_or_else(|| panic!("{} is not known", path.display()));
        &mut self.files[number]
    }

    /// The oldest changes of names are kept.
    fn keep_names(&mut self, count: usize) {
        for naming in self.since.drain(..count) {
            match naming {
                Naming::Folder(path) => self.folders.push(path),
                Naming::Is(path, file) => drop(self.flushed_names.insert(path, file)),
                Naming::Gone(path) => drop(self.flushed_names.remove(&path)),
                Naming::Rename(one, other) => {
                    let file = self.flushed_names.remove(&one).unwrap();
                    self.flushed_names.insert(other, file);
                }
            }
        }
    }

    fn lose_power(&mut self, dice: &mut dyn FnMut(usize) -> usize) {
        self.keep_names(dice(self.since.len() + 1));
        for File { flushed, since } in &mut self.files {
            for change in since.drain(..) {
                match dice(4) {
                    0 | 1 => change.apply(flushed, usize::MAX),
                    2 => change.apply(flushed, 512 * dice(8)),
                    _ => {}
                }
            }
        }
    }

    fn write(&self, from: &Path, to: &Path) {
        let moved = |path: &Path| to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(to).unwrap();
        self.folders.iter().for_each(|folder| std::fs::create_dir_all(moved(folder)).unwrap());
        for (path, file) in &self.flushed_names {
            // The index of the log is memory, and is made anew.
            if !path.to_string_lossy().ends_with("-shm") {
                std::fs::write(moved(path), &self.files[*file].flushed).unwrap();
            }
        }
    }
}

/// Where the last commit begins in SQLite's write-ahead log: behind its header there are frames of a header and a page, and of
/// the last one of a commit the second number is not 0 (sqlite.org/fileformat2.html, 4.1).
fn last_commit(log: &[u8]) -> usize {
    const HEADER: usize = 32;
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let frame = 24 + usize::try_from(number(8)).unwrap();
    let ends = (HEADER..log.len()).step_by(frame).filter(|at| number(at + 4) != 0).map(|at| at + frame);
    let ends: Vec<_> = ends.collect();
    assert_eq!(ends.last(), Some(&log.len()), "all of it is committed");
    ends[ends.len() - 2]
}
