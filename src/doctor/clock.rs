//! The clock: whether anybody keeps it right, and whether it can be right at all.

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};

use super::{Finding, said};
use crate::ledger::Reader;
use crate::settings::Settings;

/// This program was written in it.
const FIRST_YEAR: i32 = 2026;
/// Nobody runs it then without another clock.
const LAST_YEAR: i32 = 2100;

pub(super) fn look(now: DateTime<Utc>, settings: Option<&Settings>) -> Vec<Finding> {
    let last = settings.and_then(|settings| Reader::open(&settings.ledger).ok()?.last_instant().ok()?);
    vec![sane(now, last), synchronised(said("timedatectl", &["show", "--property=NTPSynchronized", "--value"]))]
}

/// `last`: the instant of the ledger's last entry.
pub(super) fn sane(now: DateTime<Utc>, last: Option<DateTime<Utc>>) -> Finding {
    let shown = now.format("%Y-%m-%d %H:%M:%S UTC");
    let mend = "set the clock: nothing is settled until it is right";
    if now.year() < FIRST_YEAR || now.year() > LAST_YEAR {
        return Finding::fail("clock", format!("it shows {shown}"), mend);
    }
    match last {
        Some(last) if now + TimeDelta::minutes(1) < last => {
            let last = last.format("%Y-%m-%d %H:%M:%S UTC");
            Finding::fail("clock", format!("it shows {shown}, and the ledger's last entry is of {last}"), mend)
        }
        _ => Finding::ok("clock", format!("it shows {shown}")),
    }
}

/// `told`: what `timedatectl` says.
pub(super) fn synchronised(told: Option<String>) -> Finding {
    match told.as_deref() {
        Some("yes") => Finding::ok("clock", "it is synchronised with a time server"),
        Some("no") => Finding::warn(
            "clock",
            "it is not synchronised with a time server",
            "install chrony, or `timedatectl set-ntp true`: instants of readings and of payouts are of this clock",
        ),
        _ => Finding::warn(
            "clock",
            "nothing here says whether it is synchronised with a time server",
            "see that the machine or its host runs chrony or systemd-timesyncd",
        ),
    }
}
