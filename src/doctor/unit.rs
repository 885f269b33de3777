//! The service: whether systemd starts the daemon, watches it, and has it backed up and verified.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Finding, said};

/// The daemon's unit.
pub(super) const DAEMON: &str = "fairgauge.service";
/// The unit of what asks for a daemon without a network.
pub(super) const FETCHER: &str = "fairgauge-fetch.service";
/// What should be enabled beside it, and what it does.
const TIMERS: [(&str, &str); 2] =
    [("fairgauge-backup.timer", "a backup every day"), ("fairgauge-verify.timer", "a check of the ledger every week")];
/// Where systemd looks for a credential of which only a name is said.
const STORES: [&str; 3] = ["/etc/credstore", "/run/credstore", "/usr/lib/credstore"];
/// What is asked of it.
const ASKED: &str = "LoadState,ActiveState,Result,ExecMainStatus,NRestarts,WatchdogUSec,DynamicUser,ExecStart";

/// What systemd knows of a unit.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    name: &'static str,
    properties: BTreeMap<String, String>,
    /// The files that it hands over, by the names of the credentials.
    credentials: BTreeMap<String, String>,
}

impl Unit {
    /// None where no systemd runs here, or it has no such unit.
    pub fn find(name: &'static str) -> Option<Self> {
        let shown = said("systemctl", &["show", name, &format!("--property={ASKED}")])?;
        // What it loads as credentials is shown in the unit's text alone.
        let unit = Self::read(name, &shown, &said("systemctl", &["cat", name]).unwrap_or_default());
        (unit.of("LoadState") == "loaded").then_some(unit)
    }

    /// Its name, as systemctl takes it.
    pub fn name(&self) -> &'static str {
        self.name.trim_end_matches(".service")
    }

    /// `shown`: what `systemctl show` prints; `text`: what `systemctl cat` does, with its drop-ins.
    pub fn read(name: &'static str, shown: &str, text: &str) -> Self {
        let pairs = shown.lines().filter_map(|line| line.split_once('='));
        let properties = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut credentials = BTreeMap::new();
        for value in text.lines().filter_map(|line| line.trim().strip_prefix("LoadCredential=")) {
            match value.split_once(':') {
                Some((name, path)) => _ = credentials.insert(name.to_owned(), path.to_owned()),
                // An empty one takes those before it away.
                None if value.is_empty() => credentials.clear(),
                None => _ = credentials.insert(value.to_owned(), value.to_owned()),
            }
        }
        Self { name, properties, credentials }
    }

    fn of(&self, name: &str) -> &str {
        self.properties.get(name).map_or("", String::as_str)
    }

    /// Whether its user is made when it starts.
    pub fn has_own_user(&self) -> bool {
        self.of("DynamicUser") == "yes"
    }

    /// Whether it runs on this file of settings.
    pub fn runs(&self, config: &Path) -> bool {
        let whole = config.canonicalize().unwrap_or_else(|_| config.to_owned());
        self.of("ExecStart").split([' ', ';']).any(|word| Path::new(word) == whole || Path::new(word) == config)
    }

    /// The file that it hands over as a credential.
    pub fn credential(&self, name: &str) -> Option<PathBuf> {
        let path = self.credentials.get(name)?;
        if path.starts_with('/') {
            return Some(path.into());
        }
        STORES.iter().map(|store| Path::new(store).join(path)).find(|file| file.exists())
    }
}

pub(super) fn look(unit: Option<&Unit>, config: &Path) -> Vec<Finding> {
    let mut findings = vec![service(unit, config)];
    let Some(unit) = unit.filter(|unit| unit.runs(config)) else { return findings };
    findings.push(watchdog(unit));
    findings.extend(TIMERS.map(|(name, what)| timer(name, what, said("systemctl", &["is-enabled", name]).as_deref())));
    findings
}

/// Whether it runs.
pub(super) fn service(unit: Option<&Unit>, config: &Path) -> Finding {
    let Some(unit) = unit else {
        let says = "systemd has no fairgauge.service here: nothing starts the daemon again when it ends";
        return Finding::warn("service", says, "docs/operating.md, Install");
    };
    if !unit.runs(config) {
        let says = format!("fairgauge.service runs on other settings than {}", config.display());
        return Finding::warn(
            "service",
            says,
            "to try something out that is well; else name its settings with --config",
        );
    }
    let (state, restarts) = (unit.of("ActiveState"), unit.of("NRestarts"));
    match state {
        "active" if matches!(restarts, "" | "0") => Finding::ok("service", "it is active"),
        "active" => Finding::warn(
            "service",
            format!("it is active, and ended {restarts} times since it was started"),
            "`journalctl -u fairgauge` says why",
        ),
        "failed" => {
            let (result, status) = (unit.of("Result"), unit.of("ExecMainStatus"));
            let mend = "`journalctl -u fairgauge` says why; then `systemctl reset-failed fairgauge && systemctl start fairgauge`";
            Finding::fail("service", format!("it failed: {result}, status {status}"), mend)
        }
        _ => Finding::warn("service", format!("it is {state}"), "`systemctl enable --now fairgauge`"),
    }
}

/// Whether a daemon that hangs is ended.
pub(super) fn watchdog(unit: &Unit) -> Finding {
    match unit.of("WatchdogUSec") {
        "" | "0" | "infinity" => Finding::warn(
            "service",
            "it has no watchdog: a daemon that hangs stays so",
            "`systemctl edit fairgauge`: [Service] WatchdogSec=2min",
        ),
        patience => Finding::ok("service", format!("its watchdog waits {patience} for a sign of life")),
    }
}

/// `told`: what `systemctl is-enabled` prints.
pub(super) fn timer(name: &str, what: &str, told: Option<&str>) -> Finding {
    if told == Some("enabled") {
        return Finding::ok("service", format!("{name} is enabled: {what}"));
    }
    Finding::warn("service", format!("{name} is not enabled"), format!("`systemctl enable --now {name}`: {what}"))
}
