//! The file of tokens.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::token::Token;

/// No file of tokens has more bytes.
const MOST: u64 = 16 << 20;

/// All tokens that were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// In the order in which they were made.
    pub tokens: Vec<Token>,
}

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file is there and cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no file of tokens.
    #[error("{path} is no file of tokens: {source}; bring it back from a backup, or delete it and make tokens anew")]
    Form {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// There is one of this name already.
    #[error("there is a token `{0}` already: revoke it first, or give this one another name")]
    Taken(String),
    /// There is none of this name.
    #[error("there is no token `{0}` that is not revoked: `fairgauge token list` shows which there are")]
    Unknown(String),
}

impl Tokens {
    /// Reads a file; none there is the same as none in it.
    ///
    /// # Errors
    /// Where it cannot be read, or is no such file.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let fail = |source| TokenError::File { path: path.to_owned(), source };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(fail(error)),
            Ok(found) if !found.is_file() || found.len() > MOST => {
                return Err(fail(std::io::Error::other("it is no plain file of tokens")));
            }
            Ok(_) => {}
        }
        let bytes = std::fs::read(path).map_err(fail)?;
        serde_json::from_slice(&bytes).map_err(|source| TokenError::Form { path: path.to_owned(), source })
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("texts can be written");
        bytes.push(b'\n');
        bytes
    }

    /// Adds one.
    ///
    /// # Errors
    /// Where another that is not revoked has its name.
    pub fn add(&mut self, token: Token) -> Result<(), TokenError> {
        if self.tokens.iter().any(|other| other.revoked_at.is_none() && other.name == token.name) {
            return Err(TokenError::Taken(token.name));
        }
        self.tokens.push(token);
        Ok(())
    }

    /// Revokes the one of a name or an id.
    ///
    /// # Errors
    /// Where there is none, or it is revoked.
    pub fn revoke(&mut self, which: &str, at: DateTime<Utc>) -> Result<&Token, TokenError> {
        let found = self
            .tokens
            .iter_mut()
            .find(|token| token.revoked_at.is_none() && (token.name == which || token.id == which));
        let token = found.ok_or_else(|| TokenError::Unknown(which.to_owned()))?;
        token.revoked_at = Some(at);
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::Holder;
    use super::super::{Role, Token};
    use super::*;
    use crate::feed::at;

    fn token(name: &str, byte: u8) -> Token {
        let holder = Holder { name: name.to_owned(), role: Role::Auditor, books: Vec::new(), policies: Vec::new() };
        Token::mint(holder, &[byte; Token::RANDOM], at("2026-11-26 00:00"), None).token
    }

    #[test]
    fn a_name_is_taken_until_its_token_is_revoked() {
        let mut tokens = Tokens::default();
        tokens.add(token("audit", 1)).expect("the first");
        assert!(matches!(tokens.add(token("audit", 2)), Err(TokenError::Taken(_))));
        assert!(matches!(tokens.revoke("other", at("2026-11-27 00:00")), Err(TokenError::Unknown(_))));
        assert_eq!(tokens.revoke("01010101", at("2026-11-27 00:00")).expect("by its id").name, "audit");
        assert!(matches!(tokens.revoke("audit", at("2026-11-28 00:00")), Err(TokenError::Unknown(_))), "once");
        tokens.add(token("audit", 2)).expect("the name is free");
        assert_eq!(tokens.tokens.len(), 2, "what was revoked is kept");
    }

    #[test]
    fn a_file_is_read_back_and_a_broken_one_is_no_empty_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens");
        assert_eq!(Tokens::read(&path).expect("none there"), Tokens::default());
        let tokens = Tokens { tokens: vec![token("a", 1)] };
        std::fs::write(&path, tokens.bytes()).expect("written");
        assert_eq!(Tokens::read(&path).expect("good"), tokens);
        for broken in ["", "[]", "{\"tokens\":[{}]}", "{\"tokens\":[],\"more\":1}"] {
            std::fs::write(&path, broken).expect("written");
            assert!(matches!(Tokens::read(&path), Err(TokenError::Form { .. })), "{broken}");
        }
        assert!(matches!(Tokens::read(folder.path()), Err(TokenError::File { .. })), "a folder");
    }
}
