//! Who acts: persons with keys that a seed gives, and above which amounts two of them are needed.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use fairgauge::ledger::merkle::LogKey;
use fairgauge::operator::{Operators, PublicKey, new_key};

use crate::chance::Chance;

/// Those whose keys stand in the settings.
pub const NAMES: [&str; 3] = ["lin", "sun", "wu"];
/// One whose key does not.
pub const STRANGER: &str = "eve";

/// A person with a key.
pub struct Person {
    /// The name.
    pub name: &'static str,
    key: LogKey,
    public: PublicKey,
}

impl Person {
    /// The person of a seed with this name.
    pub fn of(seed: u64, name: &'static str) -> Self {
        let mut chance = Chance::of(seed, name);
        let mut secret = [0; 32];
        secret.chunks_mut(8).for_each(|part| part.copy_from_slice(&chance.number().to_le_bytes()));
        let (public, key) = new_key(name, &secret).expect("a good name");
        Self { name, key, public }
    }

    /// The signature over a text, in base64.
    pub fn sign(&self, text: &str) -> String {
        Base64::encode_string(&self.key.sign(text.as_bytes()))
    }
}

/// What the settings of a seed say of persons.
pub fn operators(seed: u64) -> Operators {
    let mut chance = Chance::of(seed, "amounts for two");
    let mut above = BTreeMap::new();
    for code in ["CNY", "EUR", "XOF"] {
        // Of a currency that is not named two are always needed.
        if chance.happens(800) {
            above.insert(code.to_owned(), *chance.one_of(&[0, 100_000, 10_000_000_000]));
        }
    }
    Operators::new(NAMES.map(|name| Person::of(seed, name).public), above)
}
