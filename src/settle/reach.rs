//! How far the readings of a cover reach, and where that leaves it in time.

use chrono::{DateTime, Utc};

use super::anchor::Days;
use super::indices::Indices;
use super::terms::Terms;
use crate::contract::{Grain, Read, SourceName, VintageRule};
use crate::index::{Trace, series_of};
use crate::observation::{Knowledge, Series, Vintage};
use crate::quantity::Variable;

/// Where a settlement stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The period runs.
    Running,
    /// The period is over, readings are still waited for.
    Late,
    /// All readings are there.
    Read,
    /// They are not, and the waiting is over.
    WaitedOut,
}

impl Stage {
    pub(super) fn of(
        terms: &Terms<'_>,
        known: &Knowledge,
        reach: &Reach,
        as_of: DateTime<Utc>,
        indices: &mut Indices,
    ) -> Self {
        if as_of < terms.period.ends {
            return Self::Running;
        }
        // Where nothing behind the period has come yet, every slot of it may still be filled.
        if reach.first.is_some_and(|reached| reached >= terms.period.ends) || is_full(terms, known, as_of, indices) {
            return Self::Read;
        }
        if as_of >= terms.deadline() { Self::WaitedOut } else { Self::Late }
    }

    /// Whether all that will be there is there.
    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Read | Self::WaitedOut)
    }
}

/// Whether every slot of every series has its reading. Storms and reports are never known to be complete by this.
fn is_full(terms: &Terms<'_>, known: &Knowledge, as_of: DateTime<Utc>, indices: &mut Indices) -> bool {
    let is_series = |read: &Read<'_>| read.grain.is_some_and(|grain| grain != Grain::Report);
    if !terms.cover.reads().iter().all(is_series) {
        return false;
    }
    let Ok(period) = Days::of(terms, known, as_of, &[], &mut Trace::off()).period else { return false };
    let narrowed = terms.over(&period);
    let inputs = narrowed.inputs(known, as_of, period.ends);
    indices.of(narrowed.cover, &inputs, &mut Trace::off()).full
}

/// How far the readings of a cover reach.
pub(super) struct Reach {
    /// Those of the first source of each series; the least of them.
    pub first: Option<DateTime<Utc>>,
    /// Those of any source.
    pub any: Option<DateTime<Utc>>,
}

impl Reach {
    pub(super) fn of(terms: &Terms<'_>, known: &Knowledge, as_of: DateTime<Utc>) -> Self {
        let counted = terms.counted(as_of);
        let reads = terms.cover.reads();
        let reached = reads.iter().map(|read| {
            let watermark = |source: &SourceName| watermark(terms, known, read, source, counted);
            let sources = read.sources(&terms.policy.product);
            (sources.first().and_then(watermark), sources.iter().filter_map(watermark).max())
        });
        let (first, any): (Vec<_>, Vec<_>) = reached.unzip();
        // `None` orders before every instant: one series without a reading and nothing is reached.
        Self { first: first.into_iter().min().flatten(), any: any.into_iter().min().flatten() }
    }

    /// Up to where the period was read, while it runs.
    pub(super) fn read_to(&self, terms: &Terms<'_>, as_of: DateTime<Utc>) -> DateTime<Utc> {
        let read_to = self.any.unwrap_or(terms.period.begins).min(as_of);
        read_to.clamp(terms.period.begins, terms.period.ends)
    }
}

/// Up to where a source has told what counts.
fn watermark(
    terms: &Terms<'_>,
    known: &Knowledge,
    read: &Read<'_>,
    source: &SourceName,
    counted: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let final_only = terms.policy.product.vintage_of(terms.cover) == VintageRule::Final;
    if read.grain.is_none_or(|grain| grain == Grain::Report) {
        let heard = known.heard_until(&source.feed, counted);
        return heard.filter(|_| !final_only || open_from(terms, known, read, source, counted).is_none());
    }
    let series = known.series(&series_of(source, terms.policy, read.variable)?)?;
    let newest = if final_only { series.final_watermark(counted) } else { series.watermark(counted) };
    DateTime::from_timestamp(newest?, 0)
}

/// Up to where storms or reports of a source are known: as far as its feed has been heard, and where only last words
/// count, no farther than to the first of the period that may still be changed.
pub(super) fn heard_until(
    terms: &Terms<'_>,
    known: &Knowledge,
    read: &Read<'_>,
    source: &SourceName,
    as_of: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let counted = terms.counted(as_of);
    let final_only = terms.policy.product.vintage_of(terms.cover) == VintageRule::Final;
    let open = if final_only { open_from(terms, known, read, source, counted) } else { None };
    let heard = known.heard_until(&source.feed, counted)?;
    Some(open.map_or(heard, |open| heard.min(open)))
}

/// Where the first storm's fix or report of the period begins that its source may still change.
fn open_from(
    terms: &Terms<'_>,
    known: &Knowledge,
    read: &Read<'_>,
    source: &SourceName,
    as_of: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let (from, until) = (terms.period.begins.timestamp(), terms.period.ends.timestamp());
    let first = |series: &Series| {
        let open = series.known(from, until, as_of).into_iter().find(|row| row.vintage == Vintage::Provisional);
        open.map(|row| row.start)
    };
    let first = match series_of(source, terms.policy, read.variable) {
        Some(key) => known.series(&key).and_then(first),
        None => {
            let storms = known.of_feed(&source.feed).filter(|(key, _)| key.variable == Variable::StormLatitude);
            storms.filter_map(|(_, series)| first(series)).min()
        }
    };
    first.and_then(|start| DateTime::from_timestamp(start, 0))
}
