//! Whether what is owed hangs on one source.

use chrono::{DateTime, Utc};

use super::conclude::conclude;
use super::indices::Indices;
use super::outcome::{Outcome, Settlement};
use super::terms::Terms;
use super::whole;
use crate::contract::Fallback;
use crate::index::{Trace, series_of};
use crate::observation::{Knowledge, SeriesKey};

/// What would be said without one family of the sources that agree, where that is something else: another word than
/// pays or nothing due, or an amount that differs by more than a tenth. The first of them in the order of the sources;
/// nothing where without one of them there could be no quorum.
pub(super) fn fragile(
    terms: &Terms<'_>,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    settlement: &Settlement,
) -> Option<String> {
    let data = &terms.policy.product.data;
    let Fallback::Consensus { quorum } = data.fallback else { return None };
    let read = read(terms);
    let families = data.families_of(&read, |series| &series.feed);
    if families.len() <= quorum {
        return None;
    }
    families.iter().find_map(|family| {
        let rest = known.only(read.iter().filter(|series| !family.contains(series)));
        let mut trace = Trace::off();
        let without = whole(terms, &rest, as_of, &mut trace, &mut Indices::anew());
        let without = conclude(terms, &without.evaluated, without.anchor, without.result, trace);
        differs(settlement, &without).then(|| {
            let names: Vec<_> = family.iter().map(|series| format!("{}/{}", series.feed, series.station)).collect();
            let amount = without.amount;
            let said = match without.outcome {
                Outcome::Undetermined => "it would be undetermined".to_owned(),
                Outcome::NothingDue => "nothing would be due".to_owned(),
                _ => format!("{} {} would be due", amount.decimal(), amount.currency().code()),
            };
            format!("without {} {said}", names.join(" and "))
        })
    })
}

/// The series of the cover, in the order of their sources.
fn read(terms: &Terms<'_>) -> Vec<SeriesKey> {
    let mut series: Vec<SeriesKey> = Vec::new();
    for read in terms.cover.reads() {
        for source in read.sources(&terms.policy.product) {
            if let Some(key) = series_of(source, terms.policy, read.variable)
                && !series.contains(&key)
            {
                series.push(key);
            }
        }
    }
    series
}

fn differs(settlement: &Settlement, without: &Settlement) -> bool {
    let apart = settlement.amount.minor().abs_diff(without.amount.minor());
    settlement.outcome != without.outcome || apart.saturating_mul(10) > settlement.amount.minor().unsigned_abs()
}
