//! The certificate, read anew when it has changed.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::settings::TlsSettings;

/// What it is served by.
pub(super) struct Tls {
    settings: TlsSettings,
    current: Mutex<(Option<SystemTime>, Arc<ServerConfig>)>,
}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// What is wrong with them, without repeating the key.
    pub fn read(settings: TlsSettings) -> Result<Self, String> {
        let current = (changed(&settings.certificate), Arc::new(config(&settings)?));
        Ok(Self { settings, current: Mutex::new(current) })
    }

    /// What a connection is accepted by now. A new certificate that cannot be used is told once; the one before stays.
    pub fn acceptor(&self) -> TlsAcceptor {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let now = changed(&self.settings.certificate);
        if now.is_some() && now != current.0 {
            current.0 = now;
            match config(&self.settings) {
                Ok(config) => {
                    current.1 = Arc::new(config);
                    tracing::info!(
                        id = "FG0706",
                        "the certificate {} was read anew",
                        self.settings.certificate.display()
                    );
                }
                Err(error) => tracing::error!(id = "FG0707", "the certificate before stays: {error}"),
            }
        }
        current.1.clone().into()
    }
}

/// Whether certificate and key can be read, and fit together.
///
/// # Errors
/// What is wrong with them, without repeating the key.
pub fn check_tls(settings: &TlsSettings) -> Result<(), String> {
    config(settings).map(|_| ())
}

fn changed(certificate: &Path) -> Option<SystemTime> {
    std::fs::metadata(certificate).and_then(|found| found.modified()).ok()
}

fn config(settings: &TlsSettings) -> Result<ServerConfig, String> {
    let path = settings.certificate.display();
    let chain: Vec<_> = CertificateDer::pem_file_iter(&settings.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{path}: {error}; wanted is a certificate in PEM"))?;
    if chain.is_empty() {
        return Err(format!("{path}: there is no certificate in it; wanted is PEM"));
    }
    let key = settings.key.read()?;
    let key = PrivateKeyDer::from_pem_slice(key.secret.reveal().as_bytes())
        .map_err(|_| "the key is no private key in PEM".to_owned())?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| format!("{path} and the key do not fit: {error}"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
