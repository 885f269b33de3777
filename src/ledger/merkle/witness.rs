//! Witnesses: others who sign that the log only grew.
//!
//! Source: c2sp.org/tlog-cosignature (Ed25519), c2sp.org/tlog-witness.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signature, VerifyingKey};

use super::super::Digest;
use super::{Checkpoint, KeyError};

/// The type of a key that cosigns, with the time.
const COSIGNATURE: u8 = 4;

/// The name of a witness with its public key. Its text is a verifier key of type 4:
/// `witness.example/w1+5a7d1e2f+BKq8…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    key: VerifyingKey,
}

impl WitnessKey {
    /// A key from its bytes.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn new(name: &str, key: &[u8; 32]) -> Result<Self, KeyError> {
        super::key::check_name(name)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| KeyError::Public)?;
        Ok(Self { name: name.to_owned(), key })
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn typed(&self) -> Vec<u8> {
        [&[COSIGNATURE][..], self.key.as_bytes()].concat()
    }

    /// Among lines of signature the one by which this witness cosigns the checkpoint, and when it did, in seconds since
    /// 1970; none where there is none.
    pub fn cosigned(&self, state: &Checkpoint, lines: &str) -> Option<(String, u64)> {
        let number = signed_note::key_id(&self.name, &self.typed()).to_be_bytes();
        lines.lines().find_map(|line| {
            let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
            let bytes = Base64::decode_vec(signature).ok().filter(|bytes| bytes.len() == 4 + 8 + 64)?;
            if name != self.name || bytes[..4] != number {
                return None;
            }
            let time = u64::from_be_bytes(bytes[4..12].try_into().ok()?);
            let message = cosigned_text(state, time);
            let signature = Signature::from_slice(&bytes[12..]).ok()?;
            self.key.verify_strict(message.as_bytes(), &signature).ok()?;
            Some((line.to_owned(), time))
        })
    }
}

/// What a witness signs.
pub fn cosigned_text(state: &Checkpoint, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{}", state.text())
}

/// The body of a request for a cosignature: the size that the witness knows, the proof that the log grew from there, and
/// the checkpoint.
pub fn add_checkpoint(old: u64, consistency: &[Digest], note: &str) -> String {
    let proof: String = consistency.iter().map(|hash| Base64::encode_string(hash) + "\n").collect();
    format!("old {old}\n{proof}\n{note}")
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = signed_note::key_id(&self.name, &self.typed());
        write!(f, "{}+{number:08x}+{}", self.name, Base64::encode_string(&self.typed()))
    }
}

impl FromStr for WitnessKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let [name, _, key] = text.trim().splitn(3, '+').collect::<Vec<_>>()[..] else {
            return Err(KeyError::Public);
        };
        let typed = Base64::decode_vec(key).map_err(|_| KeyError::Public)?;
        let Some((&COSIGNATURE, bytes)) = typed.split_first() else { return Err(KeyError::Public) };
        let key = Self::new(name, bytes.try_into().map_err(|_| KeyError::Public)?)?;
        if key.to_string() == text.trim() { Ok(key) } else { Err(KeyError::Number) }
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    fn state(size: u64) -> Checkpoint {
        Checkpoint { origin: "ledger.example.org/a".to_owned(), size, root: [3; 32] }
    }

    /// What a witness answers.
    fn line(witness: &WitnessKey, key: &SigningKey, state: &Checkpoint, time: u64) -> String {
        let signature = key.sign(cosigned_text(state, time).as_bytes()).to_bytes();
        let number = signed_note::key_id(witness.name(), &witness.typed()).to_be_bytes();
        let bytes = [&number[..], &time.to_be_bytes(), &signature].concat();
        format!("— {} {}", witness.name(), Base64::encode_string(&bytes))
    }

    #[test]
    fn o8_a_cosignature_counts_for_its_checkpoint_its_witness_and_its_time_only() {
        let key = SigningKey::from_bytes(&[8; 32]);
        let witness = WitnessKey::new("witness.example/w1", key.verifying_key().as_bytes()).expect("a key");
        assert_eq!(witness.to_string().parse(), Ok(witness.clone()));
        let good = line(&witness, &key, &state(7), 1_700_000_000);
        let lines = format!("— other.example AAAA\n{good}\n");
        assert_eq!(witness.cosigned(&state(7), &lines), Some((good.clone(), 1_700_000_000)));
        assert_eq!(witness.cosigned(&state(8), &lines), None, "of another state");
        let other = SigningKey::from_bytes(&[9; 32]);
        assert_eq!(witness.cosigned(&state(7), &line(&witness, &other, &state(7), 1)), None, "by another key");
        let namesake = WitnessKey::new("witness.example/w2", key.verifying_key().as_bytes()).expect("a key");
        assert_eq!(namesake.cosigned(&state(7), &lines), None, "by another name");
        let renamed = good.replacen("w1", "w3", 1);
        assert_eq!(witness.cosigned(&state(7), &renamed), None, "under another name, with the number of this one");
        let renumbered = {
            let (name, signature) = good.rsplit_once(' ').expect("a line");
            let mut bytes = Base64::decode_vec(signature).expect("base64");
            bytes[0] ^= 1;
            format!("{name} {}", Base64::encode_string(&bytes))
        };
        assert_eq!(witness.cosigned(&state(7), &renumbered), None, "under its name, with another number");
        for cut in 0..good.len() {
            if good.is_char_boundary(cut) {
                assert_eq!(witness.cosigned(&state(7), &good[..cut]), None);
            }
        }
    }

    #[test]
    fn what_is_no_key_of_a_witness_is_refused() {
        let log = "oracle.example/ledger+36797560+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
        assert_eq!(log.parse::<WitnessKey>(), Err(KeyError::Public), "the key of a log does not cosign");
        let witness = WitnessKey::new("w", SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes()).expect("a key");
        let altered = witness.to_string().replacen('w', "v", 1);
        assert_eq!(altered.parse::<WitnessKey>(), Err(KeyError::Number));
        assert_eq!("w".parse::<WitnessKey>(), Err(KeyError::Public));
    }

    #[test]
    fn a_request_has_the_form_of_the_protocol() {
        let body = add_checkpoint(3, &[[0; 32]], "a note\n");
        assert_eq!(body, "old 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\na note\n");
    }
}
