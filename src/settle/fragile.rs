//! Whether what is owed hangs on one source.

use chrono::{DateTime, Utc};

use super::conclude::conclude;
use super::indices::Indices;
use super::outcome::Settlement;
use super::reason::Without;
use super::terms::Terms;
use super::whole;
use crate::contract::Fallback;
use crate::index::{Trace, Voice, series_of};
use crate::observation::Knowledge;

/// What would be said without one family of the sources that agree, where that is something else: another word than
/// pays or nothing due, or an amount that differs by more than a tenth. The first of them in the order of the sources;
/// nothing where without one of them there could be no quorum.
pub(super) fn fragile(
    terms: &Terms<'_>,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    settlement: &Settlement,
    indices: &mut Indices,
) -> Option<Without> {
    voices(terms).iter().find_map(|family| {
        let mut trace = Trace::off();
        let without = whole(terms, known, as_of, family, &mut trace, indices);
        let without = conclude(terms, &without.evaluated, without.anchor, without.result, trace);
        let Settlement { outcome, amount, .. } = without;
        differs(settlement, &without).then(|| Without { voices: family.clone(), outcome, amount })
    })
}

/// The families of sources that have to agree, in their order, of each series that has more of them than its quorum.
fn voices(terms: &Terms<'_>) -> Vec<Vec<Voice>> {
    let product = &terms.policy.product;
    let Fallback::Consensus { quorum } = product.data.fallback else { return Vec::new() };
    let mut voices: Vec<Vec<Voice>> = Vec::new();
    for read in terms.cover.reads().iter().filter(|read| read.agree_within.is_some()) {
        let series = read.sources(product).iter().filter_map(|source| series_of(source, terms.policy, read.variable));
        let series: Vec<_> = series.collect();
        let families = product.data.families_of(&series, |series| &series.feed);
        if families.len() <= quorum {
            continue;
        }
        for family in families {
            let family: Vec<Voice> =
                family.into_iter().map(|series| (series.feed.clone(), series.station.clone())).collect();
            if !voices.contains(&family) {
                voices.push(family);
            }
        }
    }
    voices
}

fn differs(settlement: &Settlement, without: &Settlement) -> bool {
    let apart = settlement.amount.minor().abs_diff(without.amount.minor());
    settlement.outcome != without.outcome || apart.saturating_mul(10) > settlement.amount.minor().unsigned_abs()
}
