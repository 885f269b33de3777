//! The keys of providers, and those that sign messages: that they are there, are such, and that nobody else reads them.

use std::path::Path;

use super::Finding;
use super::rights::mode;
use super::unit::{FETCHER, Unit};
use crate::feed::{KeySettings, KeySource};
use crate::settings::{Settings, WebhookSettings};
use crate::webhook::Signer;

pub(super) fn look(settings: &Settings, unit: Option<&Unit>) -> Vec<Finding> {
    let keys = settings.feeds.values().filter_map(|feed| Some((&feed.name, feed.key.as_ref()?)));
    // Who asks has them.
    let fetcher = settings.network.fetcher.as_ref().map(|_| Unit::find(FETCHER));
    let asks = fetcher.as_ref().map_or(unit, |fetcher| fetcher.as_ref());
    let of_feeds = keys.map(|(feed, key)| one(&format!("key of {feed}"), key, asks));
    of_feeds.chain(settings.webhooks.values().map(|webhook| of_webhook(webhook, unit))).collect()
}

/// What signs for an endpoint.
fn of_webhook(webhook: &WebhookSettings, unit: Option<&Unit>) -> Finding {
    let about = format!("webhook {}", webhook.name);
    let own = |key: &Option<KeySettings>| key.as_ref().map(|key| from_here(&about, key, unit)).transpose();
    let read = match (own(&webhook.key), own(&webhook.secret)) {
        (Ok(key), Ok(secret)) => WebhookSettings { key, secret, ..webhook.clone() },
        (Err(finding), _) | (_, Err(finding)) => return finding,
    };
    match Signer::of(&read) {
        Err(error) => Finding::fail(&about, error, "make it as docs/webhooks.md says, An endpoint"),
        Ok(_) => {
            Finding::ok(&about, format!("what signs for {} is there, and nobody else reads it", webhook.url.host()))
        }
    }
}

fn one(about: &str, key: &KeySettings, unit: Option<&Unit>) -> Finding {
    let read = match from_here(about, key, unit) {
        Ok(read) => read,
        Err(finding) => return finding,
    };
    if let Err(error) = read.read() {
        return Finding::fail(about, error, "put the key into its file, alone; docs/operating.md, Install");
    }
    match &read.source {
        KeySource::File(path) => secrecy(about, path),
        KeySource::Credential(name) => Finding::ok(about, format!("the credential {name} was handed over")),
    }
}

fn secrecy(about: &str, path: &Path) -> Finding {
    let shown = path.display();
    if let Some(mode) = mode(path).filter(|mode| mode & 0o007 != 0) {
        let says = format!("everybody can reach {shown} (mode {mode:04o})");
        return Finding::fail(about, says, format!("chmod 600 {shown}, and hand it over by LoadCredential="));
    }
    Finding::ok(about, format!("{shown} is there, and nobody else reads it"))
}

/// A key, as it can be read from here: a credential that was handed over as such, else from the file that the unit
/// names for it; or what is found about it where that is nowhere.
pub(super) fn from_here(about: &str, key: &KeySettings, unit: Option<&Unit>) -> Result<KeySettings, Finding> {
    let KeySource::Credential(name) = &key.source else { return Ok(key.clone()) };
    if std::env::var_os("CREDENTIALS_DIRECTORY").is_some() {
        return Ok(key.clone());
    }
    let Some(unit) = unit else {
        let says = format!("systemd hands the credential {name} over, and there is no unit here that says so");
        return Err(Finding::warn(about, says, "run this where the service is installed"));
    };
    let file = unit.credential(name).map(|path| KeySettings { source: KeySource::File(path), goes: key.goes.clone() });
    file.ok_or_else(|| {
        let mend = format!(
            "`systemctl edit {}`: [Service] LoadCredential={name}:/etc/fairgauge/keys/{name}, and restart",
            unit.name()
        );
        Finding::fail(about, format!("no unit hands the credential {name} over"), mend)
    })
}
