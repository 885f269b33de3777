//! Ed25519 keys of persons: the public one as a line in the form of C2SP's signed notes, the private one as PKCS#8 PEM.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// C2SP's byte for Ed25519.
const ALGORITHM: u8 = 0x01;
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
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// The key of a name.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(name: &str, key: VerifyingKey) -> Result<Self, KeyError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        let good = name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(plain);
        if !good || name.len() > 64 {
            return Err(KeyError::Name(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), key })
    }

    /// Reads `name+hash+base64`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let form = || KeyError::Form(text.to_owned());
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(hash), Some(base64)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(form());
        };
        let bytes = Base64::decode_vec(base64).map_err(|_| form())?;
        let [ALGORITHM, rest @ ..] = &bytes[..] else { return Err(form()) };
        let bytes: [u8; 32] = rest.try_into().map_err(|_| form())?;
        let key = Self::new(name, VerifyingKey::from_bytes(&bytes).map_err(|_| form())?)?;
        let wanted = key.hash();
        if hash != wanted {
            return Err(KeyError::Hash { found: hash.to_owned(), wanted });
        }
        Ok(key)
    }

    /// The line for the settings.
    pub fn text(&self) -> String {
        let bytes: Vec<u8> = std::iter::once(ALGORITHM).chain(*self.key.as_bytes()).collect();
        format!("{}+{}+{}", self.name, self.hash(), Base64::encode_string(&bytes))
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether both are one key, whoever is said to have it.
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// The first four bytes of the hash of name, algorithm and key, in hexadecimal.
    fn hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', ALGORITHM]);
        hash.update(self.key.as_bytes());
        hash.finalize()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a signature in base64 is this person's, over just these bytes.
    pub fn signed(&self, bytes: &[u8], signature: &str) -> bool {
        let signature = Base64::decode_vec(signature).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.key.verify_strict(bytes, &signature).is_ok())
    }
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

/// Makes a key for a person, in a file that only its owner reads, and returns the public one.
///
/// # Errors
/// Where the name is none, or the file exists already or cannot be made.
pub fn new_key(name: &str, path: &Path) -> Result<PublicKey, KeyError> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| KeyError::File { path, source }
    };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| fail(path)(std::io::Error::other(error.to_string())))?;
    let key = SigningKey::from_bytes(&seed);
    let public = PublicKey::new(name, key.verifying_key())?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::NoKey(path.to_owned()))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fail(path))?;
    file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(fail(path))?;
    Ok(public)
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
        let mut public = PublicKey::new("x", key.verifying_key()).unwrap();
        public.name = "oracle.example/ledger".to_owned();
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
    fn a_new_key_is_its_owners_alone_and_never_written_over() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lin.pem");
        let public = new_key("lin", &path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(PublicKey::new("lin", read_key(&path).unwrap().verifying_key()).unwrap(), public);
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(new_key("lin", &path), Err(KeyError::File { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::write(folder.path().join("text"), "no key").unwrap();
        assert!(matches!(read_key(&folder.path().join("text")), Err(KeyError::NoKey(_))));
        assert!(matches!(read_key(&folder.path().join("none")), Err(KeyError::File { .. })));
        assert!(matches!(new_key("Lin", &folder.path().join("x")), Err(KeyError::Name(_))));
    }
}
