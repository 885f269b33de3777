//! That an entry is in the log, in a text that is checked with nothing but the log's public key.

use base64ct::{Base64, Encoding as _};
use tlog_tiles::Hash;

use super::super::Digest;
use super::{Checkpoint, CheckpointError, PublicKey};

/// The first line.
const FORM: &str = "c2sp.org/tlog-proof@v1";

/// How many hashes a path has at most: a log has fewer than 2⁶³ entries.
const LONGEST: usize = 63;

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The text has another form.
    #[error("this is no proof: line {0} is not as c2sp.org/tlog-proof has it")]
    Form(usize),
    /// Its checkpoint is none.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The path does not lead from the entry to the root.
    #[error("entry {0} is not in the log that the checkpoint signs: the entry or the proof was altered")]
    NotIncluded(u64),
}

/// An entry's number, the path from it to the root, and the checkpoint that signs the root.
///
/// Source: c2sp.org/tlog-proof, without extra data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The entry's number.
    pub index: u64,
    /// The sibling of the leaf, then the siblings above it.
    pub path: Vec<Digest>,
    /// The signed note, with all its signatures.
    pub note: String,
}

impl Proof {
    /// The text of a `.tlog-proof` file.
    pub fn text(&self) -> String {
        let path: String = self.path.iter().map(|hash| Base64::encode_string(hash) + "\n").collect();
        format!("{FORM}\nindex {}\n{path}\n{}", self.index, self.note)
    }

    /// Reads such a text, and nothing else.
    ///
    /// # Errors
    /// [`ProofError::Form`] with the line.
    pub fn read(text: &str) -> Result<Self, ProofError> {
        let (head, note) = text.split_once("\n\n").ok_or(ProofError::Form(1))?;
        let mut lines = head.split('\n').zip(1..);
        if lines.next() != Some((FORM, 1)) {
            return Err(ProofError::Form(1));
        }
        let index = lines.next().and_then(|(line, _)| line.strip_prefix("index ")?.parse().ok());
        let index = index.ok_or(ProofError::Form(2))?;
        let hash = |(line, number): (&str, usize)| {
            let hash = Base64::decode_vec(line).ok().and_then(|bytes| bytes.try_into().ok());
            hash.filter(|_| number <= LONGEST + 2).ok_or(ProofError::Form(number))
        };
        let path = lines.map(hash).collect::<Result<_, _>>()?;
        let read = Self { index, path, note: note.to_owned() };
        if read.text() == text { Ok(read) } else { Err(ProofError::Form(2)) }
    }

    /// Checks that the log whose key this is holds the entry of this leaf, and gives the state that says so.
    ///
    /// # Errors
    /// [`ProofError::Checkpoint`], [`ProofError::NotIncluded`].
    pub fn verify(&self, leaf: &Digest, key: &PublicKey) -> Result<Checkpoint, ProofError> {
        let checkpoint = Checkpoint::open(&self.note, key)?;
        let not_included = || ProofError::NotIncluded(self.index);
        if self.index >= checkpoint.size || self.path.len() > LONGEST {
            return Err(not_included());
        }
        let path = self.path.iter().copied().map(Hash).collect();
        tlog_tiles::check_record(&path, checkpoint.size, Hash(checkpoint.root), self.index, Hash(*leaf))
            .map_err(|_| not_included())?;
        Ok(checkpoint)
    }
}
