//! By what the ledger is signed: `[ledger.sign]`.

use std::path::{Path, PathBuf};

use super::optional_path;
use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::feed::{KeySettings, Network, UrlTemplate};
use crate::ledger::Signing;
use crate::ledger::merkle::{KeyError, LogKey, WitnessKey};

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
    /// Who is asked to cosign.
    pub witnesses: Vec<WitnessSettings>,
    /// Who is asked for a time stamp, once a day.
    pub timestamp: Option<UrlTemplate>,
}

/// Who is asked to cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessSettings {
    /// The public key, of type 4.
    pub key: WitnessKey,
    /// The address of `add-checkpoint`.
    pub url: UrlTemplate,
}

impl SignSettings {
    pub(super) fn parse(node: &Node, folder: &Path, network: &Network, faults: &mut Faults) -> Option<Self> {
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
        let high_water = optional_path(fields.optional("high_water"), folder, faults);
        let publish = optional_path(fields.optional("publish"), folder, faults);
        let witnesses = match fields.optional("witness") {
            None => Some(Vec::new()),
            Some(node) => read_witnesses(node, network, faults),
        };
        let timestamp =
            fields.optional("timestamp").map_or(Some(None), |node| read_url(node, network, faults).map(Some));
        fields.finish(faults);
        let (name, key, high_water, publish) = (name?, key?, high_water?, publish?);
        Some(Self { name, key, high_water, publish, witnesses: witnesses?, timestamp: timestamp? })
    }

    /// Reads the private key.
    ///
    /// # Errors
    /// Where it cannot be read, or is none; in words that do not repeat it.
    pub fn signing(&self, ledger: &Path) -> Result<Signing, String> {
        let key = self.key.read_private("the ledger's key")?;
        let key =
            LogKey::from_pem(&self.name, key.secret.reveal()).map_err(|error| format!("the ledger's key: {error}"))?;
        Ok(Signing { key, high_water: self.high_water_of(ledger), publish: self.publish.clone() })
    }

    /// The high-water file, which stands beside the ledger where the settings name no other.
    pub(super) fn high_water_of(&self, ledger: &Path) -> PathBuf {
        self.high_water.clone().unwrap_or_else(|| Signing::beside(ledger))
    }
}

fn read_witnesses(node: &Node, network: &Network, faults: &mut Faults) -> Option<Vec<WitnessSettings>> {
    let Value::List(items) = &node.value else {
        let fault = Fault::new(&node.place, format!("this is {}", node.kind()));
        faults.push(fault.hint(
            "wanted is a list: [{ key = \"witness.example/w1+…\", url = \"https://witness.example/add-checkpoint\" }]",
        ));
        return None;
    };
    // Each is read, so that each fault is said.
    let read: Vec<_> = items.iter().map(|item| read_witness(item, network, faults)).collect();
    read.into_iter().collect()
}

fn read_witness(node: &Node, network: &Network, faults: &mut Faults) -> Option<WitnessSettings> {
    let mut fields = Fields::of(node, "a witness", faults)?;
    let key = fields.required("key", "\"witness.example/w1+…\"", faults);
    let key = key.and_then(|node| {
        let text = node.text("the public key of a witness", faults)?;
        match text.parse() {
            Ok(key) => Some(key),
            Err(error) => {
                let error: KeyError = error;
                faults.push(
                    Fault::new(&node.place, format!("`{text}` is no key that cosigns: {error}"))
                        .hint("its operator gives it, with type 4 behind the second `+`"),
                );
                None
            }
        }
    });
    let url = fields.required("url", "\"https://witness.example/add-checkpoint\"", faults);
    let url = url.and_then(|node| read_url(node, network, faults));
    fields.finish(faults);
    Some(WitnessSettings { key: key?, url: url? })
}

fn read_url(node: &Node, network: &Network, faults: &mut Faults) -> Option<UrlTemplate> {
    match UrlTemplate::parse(node.text("an address", faults)?, network) {
        Ok(url) => Some(url),
        Err((message, hint)) => {
            faults.push(Fault::new(&node.place, message).hint(hint));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Place, Source};

    fn read(text: &str) -> Result<SignSettings, String> {
        let mut faults = Faults::new();
        let source = Source::new("fairgauge.toml", text.to_owned());
        let node = Node::parse(&source, &mut faults);
        let settings = SignSettings::parse(&node, Path::new("/etc/fairgauge"), &Network::default(), &mut faults);
        assert!(faults.iter().all(|fault| matches!(fault.place(), Place::Text(..))), "each with its place");
        settings.filter(|_| faults.is_empty()).ok_or_else(|| faults.render(false))
    }

    const GOOD: &str = "name = \"ledger.example.org/a\"\nkey = { file = \"keys/ledger\" }\n";

    #[test]
    fn paths_are_relative_to_the_settings_and_the_high_water_file_stands_beside_the_ledger() {
        let settings = read(&format!("{GOOD}publish = \"public\"")).expect("good");
        assert_eq!(settings.publish.as_deref(), Some(Path::new("/etc/fairgauge/public")));
        let folder = tempfile::tempdir().expect("a folder");
        let key = LogKey::new("ledger.example.org/a", &[3; 32]).expect("a key");
        let file = folder.path().join("key");
        std::fs::write(&file, key.to_pem().as_ref()).expect("written");
        let only_owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, only_owner).expect("set");
        let source = crate::feed::KeySource::File(folder.path().join("key"));
        let settings = SignSettings { key: KeySettings { source, goes: None }, ..settings };
        let signing = settings.signing(Path::new("/var/lib/ledger.db")).expect("a key");
        assert_eq!(signing.high_water, Path::new("/var/lib/ledger.db.high-water"));
        assert_eq!(signing.key.public(), key.public());
        std::fs::write(folder.path().join("key"), "no key, but a secret").expect("written");
        let error = settings.signing(Path::new("/var/lib/ledger.db")).expect_err("no key");
        assert!(error.contains("PKCS#8") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn o1_a_key_that_is_not_there_or_a_name_that_is_none_is_said() {
        for (text, says) in [
            (GOOD.replace("ledger.example", "ledger example"), "cannot be a log's name"),
            (GOOD.replace("ledger.example.org", "a+b"), "cannot be a log's name"),
            (GOOD.replace("name", "nam"), "name"),
            (GOOD.replace("file", "path"), "key"),
            (format!("{GOOD}published = \"x\""), "publish"),
            (format!("{GOOD}high_water = 3"), "a path"),
            (format!("{GOOD}witness = 3"), "wanted is a list"),
            (
                format!("{GOOD}witness = [{{ key = \"w+1+AQ==\", url = \"https://w.example/a\" }}]"),
                "no key that cosigns",
            ),
            (format!("{GOOD}timestamp = \"http://127.0.0.1/\""), "allow_private"),
        ] {
            let said = read(&text).expect_err(says);
            assert!(said.contains(says), "{text}: {said}");
        }
        let settings = read(&GOOD.replace("keys/ledger", "/nowhere/ledger")).expect("good");
        let error = settings.signing(Path::new("ledger.db")).expect_err("not there");
        assert!(error.contains("cannot read the key /nowhere/ledger"), "{error}");
    }
}
