//! Ed25519 keys of persons: the public one as a line in the form of C2SP's signed notes, the private one as PKCS#8 PEM.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::ledger::merkle::{self, LogKey};

/// No key file is longer.
const MOST_FILE: u64 = 10_000;

/// Why something is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The line has another form.
    #[error("`{0}` is no public key of the form NAME+HASH+BASE64")]
    Form(String),
    /// The name is empty or has a character that it may not have.
    #[error("`{0}` cannot be a person's name: small letters, digits, `-` and `_`, a letter first")]
    Name(String),
    /// The hash is not that of name and key: something of the line was changed.
    #[error("the hash {found} does not belong to this name and key, theirs is {wanted}: copy the whole line again")]
    Hash {
        /// In the line.
        found: String,
        /// What it should be.
        wanted: String,
    },
    /// The file cannot be read or made.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("{0} holds no Ed25519 private key in PKCS#8 PEM: make one with `fairgauge key new {0} --operator NAME`")]
    NoKey(PathBuf),
}

/// A person's public key, with the person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(merkle::PublicKey);

impl PublicKey {
    /// The key of a name.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(name: &str, key: VerifyingKey) -> Result<Self, KeyError> {
        check_name(name)?;
        merkle::PublicKey::new(name, key).map(Self).map_err(|_| KeyError::Name(name.to_owned()))
    }

    /// Reads `name+hash+base64`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (key, hash) = merkle::PublicKey::read(text).map_err(|error| match error {
            merkle::KeyError::Name => KeyError::Name(text.split('+').next().unwrap_or_default().to_owned()),
            _ => KeyError::Form(text.to_owned()),
        })?;
        check_name(key.name())?;
        let wanted = format!("{:08x}", key.number());
        if hash != wanted {
            return Err(KeyError::Hash { found: hash.to_owned(), wanted });
        }
        Ok(Self(key))
    }

    /// The line for the settings.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Whether both are one key, whoever is said to have it.
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.0.is_same_key(&other.0)
    }

    /// Whether a signature in base64 is this person's, over just these bytes.
    pub fn signed(&self, bytes: &[u8], signature: &str) -> bool {
        Base64::decode_vec(signature).is_ok_and(|signature| self.0.verifies(bytes, &signature))
    }
}

fn check_name(name: &str) -> Result<(), KeyError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let good = name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(plain);
    if good && name.len() <= 64 { Ok(()) } else { Err(KeyError::Name(name.to_owned())) }
}

/// Reads a private key.
///
/// # Errors
/// Where the file cannot be read or holds something else.
pub fn read_key(path: &Path) -> Result<SigningKey, KeyError> {
    let fail = |source| KeyError::File { path: path.to_owned(), source };
    let mut text = String::new();
    let file = File::open(path).map_err(fail)?;
    if !file.metadata().map_err(fail)?.is_file() {
        return Err(fail(std::io::Error::other("it is no plain file")));
    }
    file.take(MOST_FILE).read_to_string(&mut text).map_err(|_| KeyError::NoKey(path.to_owned()))?;
    SigningKey::from_pkcs8_pem(&text).map_err(|_| KeyError::NoKey(path.to_owned()))
}

/// A key for a person, of 32 random bytes: what its public half is, and its private half as a key of a log is written.
///
/// # Errors
/// [`KeyError::Name`].
pub fn new_key(name: &str, seed: &[u8; 32]) -> Result<(PublicKey, LogKey), KeyError> {
    check_name(name)?;
    let key = LogKey::new(name, seed).map_err(|_| KeyError::Name(name.to_owned()))?;
    Ok((PublicKey(key.public()), key))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A key that is the same in each run.
    pub(crate) fn key_of(name: &str, seed: u8) -> (SigningKey, PublicKey) {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = PublicKey::new(name, key.verifying_key()).unwrap();
        (key, public)
    }

    /// The vector of C2SP's form with the seed 00 01 … 1f.
    #[test]
    fn the_line_is_that_of_signed_notes() {
        let seed: Vec<u8> = (0..32).collect();
        let key = SigningKey::from_bytes(&seed.try_into().unwrap());
        let public = PublicKey(merkle::PublicKey::new("oracle.example/ledger", key.verifying_key()).unwrap());
        let line = "oracle.example/ledger+36797560+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
        assert_eq!(public.text(), line);
    }

    #[test]
    fn a_line_is_read_back_and_a_changed_one_is_not() {
        let (_, public) = key_of("lin", 1);
        let line = public.text();
        assert_eq!(PublicKey::parse(&line).unwrap(), public);
        let of_other = key_of("lin", 2).1.text();
        let swapped = format!("{}{}", &line[..line.len() - 44], &of_other[of_other.len() - 44..]);
        for (changed, why) in [
            (line.replace("lin+", "wu+"), "another name"),
            (swapped, "another key"),
            (line[..line.len() - 4].to_owned(), "cut"),
            ("lin".to_owned(), "a name alone"),
            (String::new(), "nothing"),
            (line.replacen("lin", "Lin", 1), "a capital"),
        ] {
            assert!(PublicKey::parse(&changed).is_err(), "{why}");
        }
    }

    #[test]
    fn a_new_key_is_read_back_and_what_is_none_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lin.pem");
        let (public, private) = new_key("lin", &[3; 32]).unwrap();
        std::fs::write(&path, private.to_pem().as_ref()).unwrap();
        assert_eq!(PublicKey::new("lin", read_key(&path).unwrap().verifying_key()).unwrap(), public);
        std::fs::write(folder.path().join("text"), "no key").unwrap();
        assert!(matches!(read_key(&folder.path().join("text")), Err(KeyError::NoKey(_))));
        assert!(matches!(read_key(&folder.path().join("none")), Err(KeyError::File { .. })));
        assert!(matches!(new_key("Lin", &[3; 32]), Err(KeyError::Name(_))));
    }
}
