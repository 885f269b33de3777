//! What is signed: how many entries there are, and the root over them.

use std::fmt::Write as _;

use base64ct::{Base64, Encoding as _};
use signed_note::{Note, NoteError, Signature, Verifier, VerifierList};

use super::super::Digest;
use super::{LogKey, PublicKey};

/// Why a note is no checkpoint of the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The text has not the form of a signed note.
    #[error("this is no signed note")]
    NoNote,
    /// It is signed, but not by this key.
    #[error("it is not signed by {0}")]
    NotSigned(String),
    /// The signature is not the key's.
    #[error("the signature by {0} is wrong: the checkpoint was altered, or another key made it")]
    WrongSignature(String),
    /// It is a note of something else.
    #[error("this is no checkpoint: it has not three lines of origin, size and root")]
    NoCheckpoint,
    /// It is of another log.
    #[error("this is a checkpoint of {found}, not of {wanted}")]
    OtherLog {
        /// What it names.
        found: String,
        /// What was asked for.
        wanted: String,
    },
}

/// A state of the log.
///
/// Source: c2sp.org/tlog-checkpoint, without lines of extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, Base64::encode_string(&self.root))
    }

    /// Reads the three lines, and nothing else.
    pub fn read(text: &str) -> Option<Self> {
        let [origin, size, root, ""] = text.split('\n').collect::<Vec<_>>()[..] else { return None };
        let number: u64 = size.parse().ok()?;
        let root = Base64::decode_vec(root).ok()?.try_into().ok()?;
        let read = Self { origin: origin.to_owned(), size: number, root };
        (!origin.is_empty() && read.text() == text).then_some(read)
    }

    /// The note: the three lines, an empty one, and the signature of the key. The same bytes each time.
    ///
    /// # Panics
    /// Where the key is of another log.
    pub fn sign(&self, key: &LogKey) -> String {
        let (text, public) = (self.text(), key.public());
        assert_eq!(public.name(), self.origin, "a log signs by its own name");
        let signature = Signature::new(self.origin.clone(), public.number(), key.sign(text.as_bytes()).to_vec());
        let mut note = format!("{text}\n");
        let signature = signature.expect("the name of a key is plain").to_bytes();
        note.write_str(std::str::from_utf8(&signature).expect("text")).expect("memory");
        note
    }

    /// Reads a note that the key has signed; other signatures, of witnesses, may stand beside it.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(note: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        let parsed = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::NoNote)?;
        let by = || key.to_string();
        let known = VerifierList::new(vec![Box::new(key.clone()) as Box<dyn Verifier>]);
        parsed.verify(&known).map_err(|error| match error {
            NoteError::UnverifiedNote => CheckpointError::NotSigned(by()),
            _ => CheckpointError::WrongSignature(by()),
        })?;
        let text = std::str::from_utf8(parsed.text()).map_err(|_| CheckpointError::NoNote)?;
        let read = Self::read(text).ok_or(CheckpointError::NoCheckpoint)?;
        if read.origin == key.name() {
            Ok(read)
        } else {
            Err(CheckpointError::OtherLog { found: read.origin, wanted: key.name().to_owned() })
        }
    }
}
