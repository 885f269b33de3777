//! Whether a daemon can work here: settings, clock, disk, rights, ledger, keys, what is served, service, feeds; each finding
//! with how to mend it. Nothing is changed, but that a small file is written beside the ledger and taken away again.

mod clock;
mod disk;
mod feeds;
mod fetcher;
mod keys;
mod ledger;
mod rights;
mod serve;
mod unit;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Utc};

use crate::document::Faults;
use crate::settings::Settings;
use crate::setup::Setup;

pub use feeds::try_feeds;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warn,
    /// It does not work, or will not be right.
    Fail,
}

impl Grade {
    /// The word for people and programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about: `clock`, `disk`, `feed era5`.
    pub about: String,
    /// How bad it is.
    pub grade: Grade,
    /// What was found.
    pub says: String,
    /// What to do; none where nothing has to be done.
    pub mend: Option<String>,
}

impl Finding {
    fn ok(about: &str, says: impl Into<String>) -> Self {
        Self { about: about.to_owned(), grade: Grade::Ok, says: says.into(), mend: None }
    }

    fn warn(about: &str, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { about: about.to_owned(), grade: Grade::Warn, says: says.into(), mend: Some(mend.into()) }
    }

    fn fail(about: &str, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { grade: Grade::Fail, ..Self::warn(about, says, mend) }
    }
}

/// What was found, and the settings, as far as they could be read.
pub struct Examined {
    /// In the order in which a person would mend it.
    pub findings: Vec<Finding>,
    /// None where they have faults.
    pub settings: Option<Settings>,
    /// The faults of settings, products and book.
    pub faults: Option<Faults>,
}

/// Looks at everything but the feeds.
///
/// - `config`: the settings' file.
/// - `environment`: variables that go before it.
pub fn examine(config: &Path, environment: &BTreeMap<String, String>, now: DateTime<Utc>) -> Examined {
    let unit = unit::Unit::find(unit::DAEMON);
    let mut findings = Vec::new();
    let (settings, faults) = match Setup::load(config, environment.clone().into_iter()) {
        Ok(setup) => {
            findings.push(whole(config, &setup));
            (Some(setup.settings), None)
        }
        Err(faults) => {
            findings.push(faulty(config, &faults));
            // A fault of the book says nothing of the ledger: what the settings say of it may be well.
            (Settings::load(config, environment.clone().into_iter()).ok(), Some(faults))
        }
    };
    findings.extend(clock::look(now, settings.as_ref()));
    if let Some(settings) = &settings {
        findings.extend(disk::look(&settings.ledger));
        findings.extend(rights::look(config, settings, unit.as_ref()));
        findings.extend(ledger::look(settings, unit.as_ref()));
        findings.extend(fetcher::look(settings, unit.as_ref()));
        findings.extend(keys::look(settings, unit.as_ref()));
        findings.extend(serve::look(settings, unit.as_ref(), now));
    }
    findings.extend(unit::look(unit.as_ref(), config));
    Examined { findings, settings, faults }
}

fn whole(config: &Path, setup: &Setup) -> Finding {
    let (feeds, products) = (setup.settings.feeds.len(), setup.book.products.len());
    let policies = setup.book.policies.len();
    let says = format!("{} has no fault; feeds: {feeds}, products: {products}, policies: {policies}", config.display());
    if policies == 0 {
        return Finding::warn("settings", says, "put a policy into the book: the daemon idles until there is one");
    }
    Finding::ok("settings", says)
}

fn faulty(config: &Path, faults: &Faults) -> Finding {
    let first = faults.iter().next().map(|fault| fault.message().to_owned()).unwrap_or_default();
    let says = match faults.len() {
        1 => first,
        count => format!("{count} faults, the first of them: {first}"),
    };
    let path = config.display();
    Finding::fail("settings", says, format!("`fairgauge check {path}` names each with file, line and column"))
}

/// What a program of the system prints; none where it is not there or ends badly.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A number of bytes for people: `1.2 GiB`.
fn bytes(count: u64) -> String {
    let mut tenths = u128::from(count) * 10;
    let mut units = ["B", "KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut unit = units.next().expect("there is one");
    for next in units {
        if tenths < 10_240 {
            break;
        }
        (tenths, unit) = (tenths / 1_024, next);
    }
    if unit == "B" { format!("{count} B") } else { format!("{}.{} {unit}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests;
