//! The key that signs checkpoints, and its public half as others are given it.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

/// The type of a key in C2SP signed notes: Ed25519.
const ED25519: u8 = 1;

/// Why something is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A name with a space or a plus, or none.
    #[error(
        "the name of a key, the ledger's origin, has no space and no `+`: write it like ledger.example.org/fairgauge"
    )]
    Name,
    /// Not the text of a private key.
    #[error("this is no Ed25519 private key in PKCS#8 PEM, as `fairgauge key new` writes it")]
    Private,
    /// Not the text of a public key.
    #[error("this is no public key: it is written name+8 hexadecimal digits+base64, on one line")]
    Public,
    /// A public key whose number is not that of its name and bytes.
    #[error("the public key was altered: its number is not that of its name and bytes")]
    Number,
}

/// The name of a log with a private key.
#[derive(Clone)]
pub struct LogKey {
    name: String,
    key: SigningKey,
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKey").field("public", &self.public().to_string()).finish_non_exhaustive()
    }
}

impl LogKey {
    /// A key of 32 random bytes.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// Reads what [`Self::to_pem`] writes.
    ///
    /// # Errors
    /// [`KeyError::Name`], [`KeyError::Private`].
    pub fn from_pem(name: &str, pem: &str) -> Result<Self, KeyError> {
        check_name(name)?;
        let key = SigningKey::from_pkcs8_pem(pem.trim()).map_err(|_| KeyError::Private)?;
        Ok(Self { name: name.to_owned(), key })
    }

    /// The private key as PKCS#8 PEM, which `openssl pkey` reads too.
    pub fn to_pem(&self) -> impl AsRef<str> + use<> {
        // Without the public half, which OpenSSL 3.0 does not want to see.
        let private = KeypairBytes { secret_key: self.key.to_bytes(), public_key: None };
        private.to_pkcs8_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF).expect("a key is always written")
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// 64 bytes, always the same of the same bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }
}

/// A name and a public key. Its text is the verifier key of C2SP signed notes:
/// `ledger.example.org/fairgauge+36797560+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// A key of a name.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn new(name: &str, key: VerifyingKey) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key })
    }

    /// Reads `name+number+base64`, and gives the number as it stands there.
    ///
    /// # Errors
    /// [`KeyError::Name`], [`KeyError::Public`].
    pub fn read(text: &str) -> Result<(Self, &str), KeyError> {
        let [name, number, key] = text.splitn(3, '+').collect::<Vec<_>>()[..] else {
            return Err(KeyError::Public);
        };
        check_name(name)?;
        let typed = Base64::decode_vec(key).map_err(|_| KeyError::Public)?;
        let Some((&ED25519, bytes)) = typed.split_first() else { return Err(KeyError::Public) };
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| KeyError::Public)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Public)?;
        Ok((Self { name: name.to_owned(), key }, number))
    }

    /// Whether both are one key, whoever is said to have it.
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn typed(&self) -> Vec<u8> {
        [&[ED25519][..], self.key.as_bytes()].concat()
    }

    /// The number by which signatures name it: of its name, its type and itself.
    pub fn number(&self) -> u32 {
        signed_note::key_id(&self.name, &self.typed())
    }

    /// Whether a signature is its own.
    pub fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify_strict(bytes, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.number(), Base64::encode_string(&self.typed()))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (key, number) = Self::read(text.trim())?;
        if format!("{:08x}", key.number()) == number { Ok(key) } else { Err(KeyError::Number) }
    }
}

impl signed_note::Verifier for PublicKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.number()
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifies(message, signature)
    }
}

pub(super) fn check_name(name: &str) -> Result<(), KeyError> {
    let plain = signed_note::is_key_name_valid(name) && !name.chars().any(char::is_control) && name.len() <= 255;
    if plain { Ok(()) } else { Err(KeyError::Name) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The key of the first golden vector: its seed counts from 0 to 31.
    pub(crate) fn golden() -> LogKey {
        let seed = std::array::from_fn(|place| u8::try_from(place).expect("small"));
        LogKey::new("oracle.example/ledger", &seed).expect("a key")
    }

    const PUBLIC: &str = "oracle.example/ledger+36797560+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

    #[test]
    fn the_public_half_is_written_as_others_read_it() {
        assert_eq!(golden().public().to_string(), PUBLIC);
        assert_eq!(PUBLIC.parse(), Ok(golden().public()));
        let pem = golden().to_pem();
        let again = LogKey::from_pem("oracle.example/ledger", pem.as_ref()).expect("a key");
        assert_eq!(again.public(), golden().public());
        let shown = format!("{again:?}");
        assert!(shown.contains(PUBLIC) && !shown.contains("key:"), "the private half is not shown: {shown}");
        signed_note::StandardVerifier::new(PUBLIC).expect("another reader of these texts takes it");
    }

    /// A key file as it was written until 0.1.0, with the public half, and as `openssl genpkey` writes it, without.
    #[test]
    fn a_private_key_is_written_without_its_public_half_and_read_with_and_without() {
        let length = |pem: &str| {
            let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
            Base64::decode_vec(&lines).expect("base64").len()
        };
        let without = golden().to_pem();
        assert_eq!(length(without.as_ref()), 48);
        let with = golden().key.to_pkcs8_pem(Default::default()).expect("written");
        assert_eq!(length(with.as_ref()), 83);
        for pem in [without.as_ref(), with.as_ref()] {
            let read = LogKey::from_pem("oracle.example/ledger", pem).expect("a key");
            assert_eq!(read.public(), golden().public());
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for (text, error) in [
            ("", KeyError::Public),
            ("oracle.example/ledger", KeyError::Public),
            ("oracle.example/ledger+36797560", KeyError::Public),
            ("+36797560+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::Name),
            ("a b+36797560+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::Name),
            ("oracle.example/ledger+36797561+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::Number),
            ("oracle.example/other+36797560+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::Number),
            ("oracle.example/ledger+36797560+AgOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", KeyError::Public),
            ("oracle.example/ledger+36797560+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG", KeyError::Public),
            ("oracle.example/ledger+36797560+AQOhB7", KeyError::Public),
        ] {
            assert_eq!(text.parse::<PublicKey>(), Err(error), "{text}");
        }
        assert_eq!(LogKey::new("a+b", &[1; 32]).err(), Some(KeyError::Name));
        assert_eq!(LogKey::from_pem("a", PUBLIC).err(), Some(KeyError::Private));
    }

    #[test]
    fn a_signature_of_other_bytes_or_by_another_key_is_none() {
        let signature = golden().sign(b"a text\n");
        let public = golden().public();
        assert!(public.verifies(b"a text\n", &signature));
        assert_eq!(signature, golden().sign(b"a text\n"), "the same bytes each time");
        assert!(!public.verifies(b"a text", &signature) && !public.verifies(b"a text\n", &signature[..63]));
        let other = LogKey::new("oracle.example/ledger", &[7; 32]).expect("a key").public();
        assert!(!other.verifies(b"a text\n", &signature));
    }
}
