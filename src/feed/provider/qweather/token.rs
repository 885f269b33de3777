//! The token that opens QWeather: a JWT signed with the private key of a credential, good for a quarter of an hour.

use base64ct::{Base64UrlUnpadded, Encoding};
use chrono::{DateTime, Utc};
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signer, SigningKey};

use crate::feed::secret::Secret;

/// For clocks that differ.
const BEFORE_S: i64 = 30;
const GOOD_FOR_S: i64 = 900;

/// Whose key it is, as the console shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Credential {
    pub id: String,
    pub project: String,
}

/// The private key in a PKCS#8 PEM text.
///
/// # Errors
/// Where it is none, in words that do not repeat it.
pub(super) fn private_key(key: &Secret) -> Result<SigningKey, String> {
    SigningKey::from_pkcs8_pem(key.reveal()).map_err(|_| {
        "the key is no Ed25519 private key in PEM: make one with `openssl genpkey -algorithm ed25519`".to_owned()
    })
}

/// The token at an instant.
pub(super) fn token(credential: &Credential, key: &SigningKey, now: DateTime<Utc>) -> String {
    let base64 = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let header = format!(r#"{{"alg":"EdDSA","kid":{}}}"#, quoted(&credential.id));
    let now = now.timestamp();
    let payload =
        format!(r#"{{"sub":{},"iat":{},"exp":{}}}"#, quoted(&credential.project), now - BEFORE_S, now + GOOD_FOR_S);
    let signed = format!("{}.{}", base64(&header), base64(&payload));
    let signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()))
}
