//! SHA-256, and how it is written.

use sha2::{Digest as _, Sha256};

/// The SHA-256 of something.
pub type Digest = [u8; 32];

/// The SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// The leaf of an entry in the Merkle tree of RFC 6962: SHA-256 of a zero byte and the body.
pub fn leaf(body: &str) -> Digest {
    Sha256::new().chain_update([0]).chain_update(body).finalize().into()
}

/// Bytes as small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from(b"0123456789abcdef"[usize::from(half)]))
        .collect()
}

/// Reads what [`hex`] writes of a digest, and nothing else.
pub fn from_hex(text: &str) -> Option<Digest> {
    if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut digest = [0; 32];
    for (place, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_back_and_nothing_else_is() {
        let digest = sha256(b"");
        assert_eq!(hex(&digest), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(from_hex(&hex(&digest)), Some(digest));
        for text in ["", "E3", &hex(&digest).to_uppercase(), &hex(&digest)[1..], &"é".repeat(32)] {
            assert_eq!(from_hex(text), None, "{text}");
        }
    }

    #[test]
    fn a_leaf_is_the_hash_of_a_zero_byte_and_the_body() {
        let body = r#"{"kind":"note","seq":0,"text":"genesis","v":1}"#;
        assert_eq!(leaf(body), sha256(&[&[0], body.as_bytes()].concat()));
        let ends = hex(&leaf(body));
        assert!(ends.starts_with("54b9d9d6") && ends.ends_with("4a6b"), "the first golden vector: {ends}");
    }
}
