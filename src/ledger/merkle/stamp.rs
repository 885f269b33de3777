//! Time stamps: an authority signs that it has seen a checkpoint by a certain time.
//!
//! Source: RFC 3161. The token is kept as it came; `openssl ts -verify` checks it.

use sha2::{Digest as _, Sha256};

/// A time-stamp request in DER, up to the digest: version 1, SHA-256, 32 bytes.
const HEAD: [u8; 24] = [
    0x30, 0x39, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
    0x01, 0x05, 0x00, 0x04, 0x20,
];
/// And behind it: the authority's certificate is wanted too.
const TAIL: [u8; 3] = [0x01, 0x01, 0xff];

/// The body of a request for a stamp of some bytes.
pub fn stamp_request(bytes: &[u8]) -> Vec<u8> {
    [&HEAD[..], &Sha256::digest(bytes), &TAIL].concat()
}

/// Whether an answer grants a stamp of these bytes. Its signature is not checked here: that takes the certificates of the
/// authority, which whoever relies on the stamp has.
pub fn stamped(answer: &[u8], bytes: &[u8]) -> bool {
    let digest = Sha256::digest(bytes);
    // TimeStampResp is a sequence whose first member is a sequence that begins with the status, 0 or 1 where granted.
    let granted = content(answer).and_then(content).is_some_and(|status| matches!(status, [0x02, 0x01, 0 | 1, ..]));
    granted && answer.windows(digest.len()).any(|window| window == &digest[..])
}

/// What a sequence in DER holds, and what stands behind it.
fn content(der: &[u8]) -> Option<&[u8]> {
    let rest = der.strip_prefix(&[0x30])?;
    match rest.split_first()? {
        (length, rest) if *length < 0x80 => rest.get(..usize::from(*length)).map(|_| rest),
        (length, rest) => rest.get(usize::from(length & 0x7f)..),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_der_of_its_own_length() {
        let request = stamp_request(b"a note");
        assert_eq!(request.len(), usize::from(request[1]) + 2);
        assert_eq!(request[24..56], Sha256::digest(b"a note")[..]);
    }

    #[test]
    fn a_length_is_one_byte_or_says_how_many_bytes_it_has() {
        for (der, expected) in [
            (&[0x30, 0x02, 1, 2, 3][..], Some(&[1, 2, 3][..])),
            (&[0x30, 0x03, 1, 2], None),
            (&[0x30, 0x80, 1], Some(&[1])),
            (&[0x30, 0x81, 0x80, 1], Some(&[1])),
            (&[0x30, 0x82, 1, 0, 7], Some(&[7])),
            (&[0x30, 0x84, 1, 0, 7], None),
            (&[0x31, 0x02, 1, 2], None),
        ] {
            assert_eq!(content(der), expected, "{der:?}");
        }
    }

    #[test]
    fn an_answer_counts_where_it_grants_a_stamp_of_these_bytes() {
        let digest = Sha256::digest(b"a note");
        let answer = |status: u8, digest: &[u8]| {
            let token = [&[0x04, 0x20], digest].concat();
            let length = u8::try_from(5 + token.len()).expect("short");
            [&[0x30, length, 0x30, 0x03, 0x02, 0x01, status][..], &token].concat()
        };
        for status in [0, 1] {
            assert!(stamped(&answer(status, &digest), b"a note"));
        }
        assert!(!stamped(&answer(2, &digest), b"a note"), "rejected");
        assert!(!stamped(&answer(0, &Sha256::digest(b"another")), b"a note"), "of something else");
        for cut in 0..answer(0, &digest).len() {
            assert!(!stamped(&answer(0, &digest)[..cut], b"a note"));
        }
        assert!(!stamped(b"<html>", b"a note") && !stamped(&[0x30, 0x82], b"a note"));
    }
}
