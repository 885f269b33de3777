//! The folder beside a ledger into which acts are put while a daemon writes it, and the answers.
//!
//! Files come whole: they are written under another name, synced and renamed. Who may write the folder may put
//! anything there; only signatures count.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::request::MOST_REQUEST;
use crate::ledger::{Disk, SystemDisk, beside, hex, sha256};

/// What became of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is done.
    Done,
    /// It waits for a second person.
    Proposed,
    /// It was refused.
    Refused,
}

/// The answer to an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What became of it.
    pub outcome: Outcome,
    /// In words.
    pub text: String,
    /// The entry that records it.
    pub entry: Option<i64>,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct InboxError {
    path: PathBuf,
    source: io::Error,
}

/// One that was taken.
#[derive(Debug)]
pub struct Taken {
    /// The file's name without its ending, by which it is answered.
    pub name: String,
    /// Its bytes; none where it is no plain file or too large.
    pub bytes: Option<Vec<u8>>,
}

/// How many this process has put.
static PUT: AtomicU64 = AtomicU64::new(0);
pub(super) const REQUEST: &str = "act";
pub(super) const ANSWER: &str = "answer";

/// The folder.
#[derive(Clone, Debug)]
pub struct Inbox {
    pub(super) disk: &'static dyn Disk,
    folder: PathBuf,
}

impl Inbox {
    /// That of a ledger: `ledger.sqlite.acts`.
    pub fn of(ledger: &Path) -> Self {
        Self::on(&SystemDisk, ledger)
    }

    /// That of a ledger on a disk.
    pub fn on(disk: &'static dyn Disk, ledger: &Path) -> Self {
        Self { disk, folder: beside(ledger, ".acts") }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn fail(&self, file: Option<&Path>) -> impl FnOnce(io::Error) -> InboxError {
        let path = file.unwrap_or(&self.folder).to_owned();
        move |source| InboxError { path, source }
    }

    /// Makes the folder, which its owner alone may use.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn make(&self) -> Result<(), InboxError> {
        self.disk.make_folder(&self.folder).map_err(self.fail(None))
    }

    /// Puts a request there; returns the name by which it is answered.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put(&self, bytes: &[u8]) -> Result<String, InboxError> {
        self.make()?;
        // The same bytes may be put there twice: each has its answer.
        let turn = PUT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{}-{turn}", &hex(&sha256(bytes))[..32], std::process::id());
        self.write(&name, REQUEST, bytes)?;
        Ok(name)
    }

    /// The answer to a request, which is taken away; none where there is none yet.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    pub fn answer(&self, name: &str) -> Result<Option<Answer>, InboxError> {
        let answer = self.look(name)?;
        let path = self.path(name, ANSWER);
        if answer.is_some() {
            self.disk.remove(&path).map_err(self.fail(Some(&path)))?;
        }
        Ok(answer)
    }

    /// The answer to a request, which stays; none where there is none yet.
    pub(super) fn look(&self, name: &str) -> Result<Option<Answer>, InboxError> {
        self.read_json(&self.path(name, ANSWER))
    }

    /// What a file holds; none where it is not there.
    pub(super) fn read_json<T: DeserializeOwned>(&self, path: &Path) -> Result<Option<T>, InboxError> {
        match self.disk.read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| self.fail(Some(path))(error.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.fail(Some(path))(error)),
        }
    }

    /// Whether anything waits.
    pub fn has_any(&self) -> bool {
        self.disk.names(&self.folder).is_ok_and(|paths| paths.iter().any(|path| is_request(path)))
    }

    /// Everything that waits, in the order of the names. What cannot be read now is an error of its own, and stays.
    ///
    /// # Errors
    /// Where the folder is there and cannot be read.
    pub fn take(&self) -> Result<Vec<Result<Taken, InboxError>>, InboxError> {
        let paths = match self.disk.names(&self.folder) {
            Ok(paths) => paths,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.fail(None)(error)),
        };
        let taken = |path: &PathBuf| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = match self.disk.read_plain(path, MOST_REQUEST) {
                // Whoever put it there meant it for somebody else: it is not looked at for ever.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => None,
                read => read.map_err(self.fail(Some(path)))?,
            };
            Ok(Taken { name, bytes })
        };
        Ok(paths.iter().filter(|path| is_request(path)).map(taken).collect())
    }

    /// Answers a request and takes it out of the folder.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub fn reply(&self, name: &str, answer: &Answer) -> Result<(), InboxError> {
        let bytes = serde_json::to_vec(answer).expect("texts can be written");
        self.write(name, ANSWER, &bytes)?;
        let path = self.path(name, REQUEST);
        let removed = match self.disk.remove(&path) {
            Err(_) if self.disk.is_folder(&path) => self.disk.remove_folder(&path),
            removed => removed,
        };
        removed.map_err(self.fail(Some(&path)))
    }

    pub(super) fn path(&self, name: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{name}.{ending}"))
    }

    /// Whole or not at all.
    ///
    /// The folder is its owner's alone; within it a file may be read, so that a daemon reads what root put there.
    pub(super) fn write(&self, name: &str, ending: &str, bytes: &[u8]) -> Result<(), InboxError> {
        let (path, draft) = (self.path(name, ending), self.path(name, &format!("{ending}.{}", std::process::id())));
        let written = (self.disk.write(&draft, bytes))
            .and_then(|()| self.disk.rename(&draft, &path))
            .and_then(|()| self.disk.sync_folder(path.parent().unwrap_or(&self.folder)));
        written.map_err(self.fail(Some(&path)))
    }
}

fn is_request(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == REQUEST)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn taken(inbox: &Inbox) -> Vec<Taken> {
        inbox.take().unwrap().into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn what_is_put_is_taken_answered_and_gone() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox::of(&folder.path().join("l.sqlite"));
        assert!(inbox.take().unwrap().is_empty() && !inbox.has_any(), "there is no folder yet");
        let name = inbox.put(b"an act").unwrap();
        assert!(inbox.has_any());
        let taken = taken(&inbox);
        assert_eq!((taken[0].name.as_str(), taken[0].bytes.as_deref()), (name.as_str(), Some(&b"an act"[..])));
        assert_eq!(inbox.answer(&name).unwrap(), None);
        let answer = Answer { outcome: Outcome::Done, text: "held".to_owned(), entry: Some(7) };
        inbox.reply(&name, &answer).unwrap();
        assert_eq!(inbox.answer(&name).unwrap(), Some(answer));
        assert!(inbox.answer(&name).unwrap().is_none() && !inbox.has_any());
        assert_eq!(fs::read_dir(inbox.folder()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_plain_file_is_taken_without_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox::of(&folder.path().join("l.sqlite"));
        inbox.make().unwrap();
        fs::write(folder.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), inbox.folder().join("a.act")).unwrap();
        fs::create_dir(inbox.folder().join("b.act")).unwrap();
        fs::write(inbox.folder().join("c.act.77"), "a draft").unwrap();
        let taken = taken(&inbox);
        assert_eq!(
            taken.iter().map(|taken| (&*taken.name, taken.bytes.is_none())).collect::<Vec<_>>(),
            [("a", true), ("b", true)]
        );
        let answer = Answer { outcome: Outcome::Refused, text: String::new(), entry: None };
        for name in ["a", "b"] {
            inbox.reply(name, &answer).unwrap();
        }
        assert!(!inbox.has_any() && folder.path().join("secret").exists());
    }
}
