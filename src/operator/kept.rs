//! Answers that are kept under a key, so that whoever hands in the same request again is answered the same, and nothing is
//! done twice.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::inbox::{ANSWER, Answer, Inbox, InboxError, REQUEST};
use crate::ledger::{hex, sha256};

/// So many are kept; the oldest go first.
const MOST: usize = 1_024;
/// The folder of them, within that of the acts.
const FOLDER: &str = "kept";

/// One at a time looks and writes.
static KEEPING: Mutex<()> = Mutex::new(());

/// What is kept of a request.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// SHA-256 of its bytes.
    request: String,
    /// What was answered; none while it waits.
    answer: Option<Answer>,
}

/// What becomes of a request that is handed in under a key.
#[derive(Debug, PartialEq, Eq)]
pub enum HandedIn {
    /// It waits, or its answer does: [`Inbox::kept_answer`] of this name has it.
    Waits(String),
    /// It was answered before.
    Answered(Answer),
    /// The key was used for another request.
    Another,
}

impl Inbox {
    /// Puts a request there, once for a key.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn hand_in(&self, key: &str, bytes: &[u8]) -> Result<HandedIn, InboxError> {
        let _one = KEEPING.lock().unwrap_or_else(PoisonError::into_inner);
        let (name, request) = (format!("key-{}", &hex(&sha256(key.as_bytes()))[..32]), hex(&sha256(bytes)));
        match self.kept(&name)? {
            Some(kept) if kept.request != request => return Ok(HandedIn::Another),
            Some(Kept { answer: Some(answer), .. }) => return Ok(HandedIn::Answered(answer)),
            Some(_) => {}
            None => {
                self.make()?;
                let folder = self.folder().join(FOLDER);
                self.disk.make_folder(&folder).map_err(self.fail(Some(&folder)))?;
                self.forget_oldest()?;
                self.keep(&name, &Kept { request, answer: None })?;
            }
        }
        // Between a request and its answer, one of the two is always there.
        if !self.is_there(&name, REQUEST)? && !self.is_there(&name, ANSWER)? {
            self.write(&name, REQUEST, bytes)?;
        }
        Ok(HandedIn::Waits(name))
    }

    /// The answer to what was handed in under a key, by the name that [`Self::hand_in`] gave; none where there is none yet.
    ///
    /// # Errors
    /// Where it is there and cannot be read or kept.
    pub fn kept_answer(&self, name: &str) -> Result<Option<Answer>, InboxError> {
        let _one = KEEPING.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.kept(name)?;
        let Some(Kept { request, answer: None }) = kept else { return Ok(kept.and_then(|kept| kept.answer)) };
        let Some(answer) = self.look(name)? else { return Ok(None) };
        self.keep(name, &Kept { request, answer: Some(answer) })?;
        // Only now: whoever is stopped between the two finds it in both.
        self.answer(name)
    }

    fn is_there(&self, name: &str, ending: &str) -> Result<bool, InboxError> {
        let path = self.path(name, ending);
        match self.disk.size(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            found => found.map(|_| true).map_err(self.fail(Some(&path))),
        }
    }

    fn kept(&self, name: &str) -> Result<Option<Kept>, InboxError> {
        self.read_json(&self.path(&format!("{FOLDER}/{name}"), "json"))
    }

    fn keep(&self, name: &str, kept: &Kept) -> Result<(), InboxError> {
        let bytes = serde_json::to_vec(kept).expect("texts can be written");
        self.write(&format!("{FOLDER}/{name}"), "json", &bytes)
    }

    fn forget_oldest(&self) -> Result<(), InboxError> {
        let folder = self.folder().join(FOLDER);
        let names = self.disk.names(&folder).map_err(self.fail(Some(&folder)))?;
        let mut all: Vec<_> =
            names.into_iter().filter_map(|path| Some((self.disk.modified(&path).ok()?, path))).collect();
        all.sort();
        let too_many = (all.len() + 1).saturating_sub(MOST);
        for (_, path) in all.into_iter().take(too_many) {
            self.disk.remove(&path).map_err(self.fail(Some(&path)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Outcome;
    use super::*;

    fn inbox(folder: &tempfile::TempDir) -> Inbox {
        Inbox::of(&folder.path().join("l.sqlite"))
    }

    fn answer(text: &str) -> Answer {
        Answer { outcome: Outcome::Done, text: text.to_owned(), entry: Some(7) }
    }

    fn name(handed_in: HandedIn) -> String {
        let HandedIn::Waits(name) = handed_in else { panic!("it waits: {handed_in:?}") };
        name
    }

    #[test]
    fn a_request_of_a_key_is_put_once_and_answered_the_same_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = inbox(&folder);
        let waits = name(inbox.hand_in("k", b"an act").unwrap());
        assert_eq!(name(inbox.hand_in("k", b"an act").unwrap()), waits, "handed in again while it waits");
        let taken = inbox.take().unwrap();
        assert_eq!(taken.len(), 1, "put once");
        assert_eq!(inbox.kept_answer(&waits).unwrap(), None);
        assert_eq!(inbox.hand_in("k", b"another act").unwrap(), HandedIn::Another, "while it waits");
        inbox.reply(&taken[0].as_ref().unwrap().name, &answer("held")).unwrap();
        assert_eq!(name(inbox.hand_in("k", b"an act").unwrap()), waits, "answered, and not fetched");
        assert!(!inbox.has_any(), "and not put again");
        for _ in 0..2 {
            assert_eq!(inbox.kept_answer(&waits).unwrap(), Some(answer("held")));
            assert_eq!(inbox.hand_in("k", b"an act").unwrap(), HandedIn::Answered(answer("held")));
        }
        assert_eq!(inbox.hand_in("k", b"another act").unwrap(), HandedIn::Another);
        assert_ne!(name(inbox.hand_in("l", b"an act").unwrap()), waits, "another key");
    }

    /// A crash at any point leaves what the next attempt goes on from.
    #[test]
    fn what_was_cut_off_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = inbox(&folder);
        let waits = name(inbox.hand_in("k", b"an act").unwrap());
        fs::remove_file(inbox.path(&waits, REQUEST)).unwrap();
        assert_eq!(name(inbox.hand_in("k", b"an act").unwrap()), waits);
        assert!(inbox.has_any(), "it was never put: it is now");
        inbox.reply(&waits, &answer("held")).unwrap();
        let kept = Kept { request: hex(&sha256(b"an act")), answer: Some(answer("held")) };
        inbox.keep(&waits, &kept).unwrap();
        assert_eq!(
            inbox.hand_in("k", b"an act").unwrap(),
            HandedIn::Answered(answer("held")),
            "kept, and not taken away"
        );
    }

    #[test]
    fn only_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = inbox(&folder);
        name(inbox.hand_in("k", b"an act").unwrap());
        for number in 0..(MOST + 10) {
            inbox.keep(&format!("key-{number}"), &Kept { request: String::new(), answer: None }).unwrap();
        }
        name(inbox.hand_in("l", b"an act").unwrap());
        assert_eq!(fs::read_dir(inbox.folder().join(FOLDER)).unwrap().count(), MOST);
    }
}
