//! By what the ledger is signed: `[ledger.sign]`.

use std::path::{Path, PathBuf};

use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::KeySettings;
use crate::ledger::Signing;
use crate::ledger::merkle::{KeyError, LogKey};

/// By what the ledger is signed, and where that is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignSettings {
    /// What the log is called, for ever: `ledger.example.org/fairgauge`.
    pub name: String,
    /// Where the private key is kept.
    pub key: KeySettings,
    /// The file that says how far the ledger had come; none: beside the ledger.
    pub high_water: Option<PathBuf>,
    /// The folder of the log's static files.
    pub publish: Option<PathBuf>,
}

impl SignSettings {
    pub(super) fn parse(node: &Node, folder: &Path, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, "[ledger.sign]", faults)?;
        let name = fields.required("name", "\"ledger.example.org/fairgauge\"", faults);
        let name = name.and_then(|node| {
            let name = node.text("what the log is called", faults)?;
            if LogKey::new(name, &[0; 32]).is_err() {
                faults.push(
                    Fault::new(&node.place, format!("`{name}` cannot be a log's name"))
                        .hint(KeyError::Name.to_string()),
                );
                return None;
            }
            Some(name.to_owned())
        });
        let key = fields.required("key", "{ credential = \"ledger-key\" }", faults);
        let key = key.and_then(|node| KeySettings::parse(node, folder, true, faults));
        let high_water = path(fields.optional("high_water"), folder, faults);
        let publish = path(fields.optional("publish"), folder, faults);
        fields.finish(faults);
        Some(Self { name: name?, key: key?, high_water: high_water?, publish: publish? })
    }

    /// Reads the private key.
    ///
    /// # Errors
    /// Where it cannot be read, or is none; in words that do not repeat it.
    pub fn signing(&self, ledger: &Path) -> Result<Signing, String> {
        let key = self.key.read()?;
        let key =
            LogKey::from_pem(&self.name, key.secret.reveal()).map_err(|error| format!("the ledger's key: {error}"))?;
        let high_water = self.high_water.clone().unwrap_or_else(|| Signing::beside(ledger));
        Ok(Signing { key, high_water, publish: self.publish.clone() })
    }
}

/// A path that may be left out.
fn path(node: Option<&Node>, folder: &Path, faults: &mut Faults) -> Option<Option<PathBuf>> {
    node.map_or(Some(None), |node| node.text("a path", faults).map(|path| Some(folder.join(path))))
}
