//! Tokens: what their holder keeps, and what is kept of them.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::role::{Caller, Role};
use crate::ledger::{hex, sha256};

/// How every token begins, so that scanners of leaked secrets find it.
const PREFIX: &str = "fg";
const ID_BYTES: usize = 4;
const SECRET_BYTES: usize = 32;

/// What is kept of a token: never itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// By what it is found: the part behind `fg_`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// As what its holder reads.
    pub role: Role,
    /// The books that its holder sees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub books: Vec<String>,
    /// The policies that its holder sees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// SHA-256 of the whole token, in hexadecimal.
    pub sha256: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// From when on it is refused; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is refused; none: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A token that was just made.
pub struct Minted {
    /// What is kept.
    pub token: Token,
    /// What its holder is given, once.
    pub text: String,
}

/// For whom a token is made.
pub struct Holder {
    /// What it is called.
    pub name: String,
    /// As what its holder reads.
    pub role: Role,
    /// The books that its holder sees.
    pub books: Vec<String>,
    /// The policies that its holder sees.
    pub policies: Vec<String>,
}

impl Token {
    /// Makes one of random bytes: [`Self::RANDOM`] of them.
    pub fn mint(
        holder: Holder,
        random: &[u8; Self::RANDOM],
        made_at: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Minted {
        let (id, secret) = random.split_at(ID_BYTES);
        let id = hex(id);
        let text = format!("{PREFIX}_{id}_{}", Base64UrlUnpadded::encode_string(secret));
        let Holder { name, role, books, policies } = holder;
        let sha256 = hex(&sha256(text.as_bytes()));
        Minted { token: Self { id, name, role, books, policies, sha256, made_at, expires_at, revoked_at: None }, text }
    }

    /// How many random bytes one is made of.
    pub const RANDOM: usize = ID_BYTES + SECRET_BYTES;

    /// Whether it is accepted at an instant.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|until| now < until)
    }

    /// Whoever holds it.
    pub(super) fn caller(&self) -> Caller {
        Caller {
            name: Some(self.name.as_str().into()),
            role: self.role,
            books: self.books.iter().cloned().collect(),
            policies: self.policies.iter().cloned().collect(),
        }
    }
}

/// The id that a text names, where it has the form of a token.
pub(super) fn id_of(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix(PREFIX)?.strip_prefix('_')?.split_once('_')?;
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let good = id.len() == 2 * ID_BYTES && id.bytes().all(hexadecimal);
    let mut bytes = [0; SECRET_BYTES];
    let secret = Base64UrlUnpadded::decode(secret, &mut bytes).is_ok_and(|bytes| bytes.len() == SECRET_BYTES);
    (good && secret).then_some(id)
}

/// The token of a text among others, in a time that does not depend on how much of it is right.
pub(super) fn find<'t>(tokens: &'t [Token], text: &str) -> Option<&'t Token> {
    let id = id_of(text)?;
    let hash = hex(&sha256(text.as_bytes()));
    tokens.iter().find(|token| token.id == id && bool::from(token.sha256.as_bytes().ct_eq(hash.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::at;

    fn minted(byte: u8) -> Minted {
        let holder = Holder { name: "picc".into(), role: Role::Insurer, books: vec!["a".into()], policies: vec![] };
        Token::mint(holder, &[byte; Token::RANDOM], at("2026-11-26 00:00"), Some(at("2026-12-26 00:00")))
    }

    #[test]
    fn a_token_is_found_by_itself_alone() {
        let (one, other) = (minted(1), minted(2));
        assert_eq!(one.text, "fg_01010101_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE");
        let kept = [one.token.clone(), other.token.clone()];
        assert_eq!(find(&kept, &one.text), Some(&one.token));
        assert_eq!(find(&kept, &other.text), Some(&other.token));
        let longer = format!("{}A", one.text);
        for (wrong, why) in [
            ("", "nothing"),
            (&one.text[..one.text.len() - 1], "cut off"),
            (longer.as_str(), "longer"),
            (&one.text.replace("AQE", "AQF"), "another secret"),
            (&one.text.replace("01010101", "02020202"), "the id of another"),
            (&one.text.replace("fg_", "gf_"), "another prefix"),
            (&one.text.to_uppercase(), "in capitals"),
            (&format!(" {}", one.text), "with a space"),
            (&one.token.sha256, "its hash"),
        ] {
            assert_eq!(find(&kept, wrong), None, "{why}");
        }
    }

    #[test]
    fn what_is_kept_does_not_hold_the_secret() {
        let Minted { token, text } = minted(7);
        let kept = serde_json::to_string(&token).expect("texts");
        let secret = text.rsplit('_').next().expect("a part");
        assert!(!kept.contains(secret), "{kept}");
    }

    #[test]
    fn a_token_is_good_until_it_expires_or_is_revoked() {
        let mut token = minted(1).token;
        for (now, good, why) in [
            ("2026-11-25 00:00", true, "a clock that is behind harms nobody"),
            ("2026-12-25 23:59", true, "the minute before"),
            ("2026-12-26 00:00", false, "at the instant"),
            ("2027-01-01 00:00", false, "after it"),
        ] {
            assert_eq!(token.is_good(at(now)), good, "{why}");
        }
        token.revoked_at = Some(at("2026-11-27 00:00"));
        assert!(!token.is_good(at("2026-11-26 00:00")), "revoked is revoked, whatever the clock says");
    }
}
