//! Signatures of messages: HMAC-SHA256 with a secret that both sides have, Ed25519 with a key that only signs here.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::settings::WebhookSettings;

/// What a secret begins with.
const SECRET: &str = "whsec_";
/// What a public key begins with.
const PUBLIC: &str = "whpk_";
/// How many bytes a secret may have.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// While a secret is changed there are two.
const MOST_SECRETS: usize = 4;

/// What signs for one endpoint.
#[derive(Clone)]
pub struct Signer {
    key: Option<SigningKey>,
    /// The first signs, and the others too, until the receiver has the new one.
    secrets: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl Signer {
    /// Reads key and secret of an endpoint, each time anew, so that they can be changed while the daemon runs.
    ///
    /// # Errors
    /// Where they cannot be read, or are none; in words that do not repeat them.
    pub fn of(settings: &WebhookSettings) -> Result<Self, String> {
        let key = settings.key.as_ref().map(|key| {
            let what = format!("the key of {}", settings.name);
            let read = key.read_private(&what)?;
            SigningKey::from_pkcs8_pem(read.secret.reveal()).map_err(|_| {
                format!(
                    "{what} is no Ed25519 private key in PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` writes it"
                )
            })
        });
        let secrets = settings.secret.as_ref().map(|secret| {
            let what = format!("the secret of {}", settings.name);
            read_secrets(secret.read_private(&what)?.secret.reveal()).ok_or_else(|| {
                format!("{what} is not whsec_ and base64 of 24 to 64 bytes, or up to {MOST_SECRETS} such lines")
            })
        });
        Ok(Self { key: key.transpose()?, secrets: secrets.transpose()?.unwrap_or_default() })
    }

    /// The header `webhook-signature` for a message that is sent at an instant, seconds since 1970.
    pub fn signatures(&self, id: &str, now_s: i64, body: &str) -> String {
        let signed = format!("{id}.{now_s}.{body}");
        let hmac = self.secrets.iter().map(|secret| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length will do");
            mac.update(signed.as_bytes());
            format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
        });
        let key = self
            .key
            .iter()
            .map(|key| format!("v1a,{}", Base64::encode_string(&key.sign(signed.as_bytes()).to_bytes())));
        hmac.chain(key).collect::<Vec<_>>().join(" ")
    }

    /// `whpk_…`, by which whoever receives messages checks them; none where the endpoint has a secret alone.
    pub fn public_key(&self) -> Option<String> {
        self.key.as_ref().map(|key| format!("{PUBLIC}{}", Base64::encode_string(key.verifying_key().as_bytes())))
    }
}

/// The public key of an endpoint.
///
/// # Errors
/// As [`Signer::of`], of the key alone; where there is none.
pub fn public_key(settings: &WebhookSettings) -> Result<String, String> {
    let signer = Signer::of(&WebhookSettings { secret: None, ..settings.clone() })?;
    signer.public_key().ok_or_else(|| {
        format!(
            "[webhook.{}] has no key, only a secret: add key = {{ file = \"…\" }} with an Ed25519 key",
            settings.name
        )
    })
}

/// One secret a line.
fn read_secrets(text: &str) -> Option<Vec<Vec<u8>>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = |line: &str| {
        let bytes = Base64::decode_vec(line.strip_prefix(SECRET)?).ok()?;
        SECRET_BYTES.contains(&bytes.len()).then_some(bytes)
    };
    let secrets = lines.map(read).collect::<Option<Vec<_>>>()?;
    (1..=MOST_SECRETS).contains(&secrets.len()).then_some(secrets)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What signs in tests: the same each time.
    pub(crate) fn signer() -> Signer {
        Signer { key: Some(SigningKey::from_bytes(&[7; 32])), secrets: vec![vec![9; 32]] }
    }

    /// The vector of the specification's reference library: secret, id, time and body give this signature.
    #[test]
    fn the_signature_is_that_of_the_reference_library() {
        let secrets = read_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let signer = Signer { key: None, secrets };
        let header = signer.signatures("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(header, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /// Checked by the same library: id, time and body stand in what is signed.
    #[test]
    fn each_of_id_time_and_body_is_signed() {
        let signed = signer().signatures("msg_a", 1, "{}");
        for (id, now_s, body, why) in
            [("msg_b", 1, "{}", "id"), ("msg_a", 2, "{}", "time"), ("msg_a", 1, "{ }", "body")]
        {
            let other = signer().signatures(id, now_s, body);
            for (one, other) in signed.split(' ').zip(other.split(' ')) {
                assert_ne!(one, other, "{why}");
            }
        }
        assert_eq!(signed, signer().signatures("msg_a", 1, "{}"), "the same again");
        assert!(signed.starts_with("v1,") && signed.contains(" v1a,"), "{signed}");
    }

    #[test]
    fn secrets_are_one_a_line_and_what_is_none_is_refused() {
        let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let two = format!("{good}\n\n{good}\n");
        assert_eq!(read_secrets(&two).map(|all| all.len()), Some(2), "while it is changed");
        for (text, why) in [
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "without its beginning"),
            ("whsec_", "nothing"),
            ("whsec_c2hvcnQ=", "too short"),
            ("whsec_not base64", "no base64"),
            ("", "empty"),
            ("-----BEGIN PRIVATE KEY-----", "a key"),
        ] {
            assert!(read_secrets(text).is_none(), "{why}");
        }
        assert!(read_secrets(&format!("{good}\n").repeat(5)).is_none(), "too many");
    }

    #[test]
    fn what_signs_is_not_shown() {
        assert_eq!(format!("{:?}", signer()), "Signer { .. }");
    }
}
