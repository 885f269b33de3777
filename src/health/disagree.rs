//! Sources of a consensus that say different things.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Alert, source};
use crate::contract::{Book, Cover};
use crate::index::series_of;
use crate::observation::{Knowledge, SeriesKey};
use crate::quantity::{Fixed, Unit};

/// How far back it is looked.
const BACK: TimeDelta = TimeDelta::days(7);

/// Pairs of sources that are held against one another, each with the narrowest tolerance under which it is read.
pub type Pairs = BTreeMap<(SeriesKey, SeriesKey), (Fixed, Unit)>;

/// The pairs that policies hold against one another.
pub fn compared(book: &Book) -> Pairs {
    let mut pairs = Pairs::new();
    for policy in &book.policies {
        for read in policy.product.covers.iter().flat_map(Cover::reads) {
            let Some(tolerance) = read.agree_within else { continue };
            let sources = read.sources(&policy.product).iter();
            let keys: Vec<_> = sources.filter_map(|source| series_of(source, policy, read.variable)).collect();
            for (place, one) in keys.iter().enumerate() {
                for other in &keys[place + 1..] {
                    let kept = pairs.entry((one.clone(), other.clone())).or_insert((tolerance, read.unit));
                    kept.0 = kept.0.min(tolerance);
                }
            }
        }
    }
    pairs
}

/// Those of the pairs that differed in the last week by more than the term sheet lets them.
pub fn disagreeing(pairs: &Pairs, knowledge: &Knowledge, now: DateTime<Utc>) -> Vec<Alert> {
    pairs.iter().filter_map(|((one, other), rule)| compare(knowledge, one, other, *rule, now)).collect()
}

fn compare(
    knowledge: &Knowledge,
    one: &SeriesKey,
    other: &SeriesKey,
    (tolerance, unit): (Fixed, Unit),
    now: DateTime<Utc>,
) -> Option<Alert> {
    let (first, second) = (knowledge.series(one)?, knowledge.series(other)?);
    // In other units they are converted when they are read; that is not done here.
    if first.unit() != unit || second.unit() != unit {
        return None;
    }
    let stretch = ((now - BACK).timestamp(), now.timestamp());
    let values: BTreeMap<_, _> =
        first.known(stretch.0, stretch.1, now).into_iter().map(|row| ((row.start, row.end), row.value)).collect();
    let apart: BTreeSet<i64> = second
        .known(stretch.0, stretch.1, now)
        .into_iter()
        .filter_map(|row| {
            let (mine, theirs) = ((*values.get(&(row.start, row.end))?)?, row.value?);
            let apart = (i128::from(mine.micros()) - i128::from(theirs.micros())).abs();
            (apart > i128::from(tolerance.micros())).then_some(row.end)
        })
        .collect();
    let newest_ends = DateTime::from_timestamp(*apart.last()?, 0)?;
    let sources = [one, other].map(|key| source(&key.feed, &key.station));
    Some(Alert::Disagree { variable: one.variable.name().to_owned(), sources, intervals: apart.len(), newest_ends })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::feed::at;
    use crate::observation::{Reading, Vintage};
    use crate::quantity::Variable;

    #[test]
    fn sources_disagree_where_they_are_further_apart_than_allowed() {
        let key = |feed: &str| SeriesKey {
            feed: Arc::from(feed),
            station: Arc::from("here"),
            variable: Variable::Precipitation,
        };
        let mm = Unit::from_symbol("mm").unwrap();
        let mut knowledge = Knowledge::new();
        let now = at("2013-06-08 00:00");
        let mut learn = |feed: &str, hours_ago: i64, value: &str| {
            let start = now - TimeDelta::hours(hours_ago);
            let reading = Reading {
                station: Arc::from("here"),
                variable: Variable::Precipitation,
                start,
                end: start + TimeDelta::hours(1),
                value: Some(Fixed::parse(value).unwrap()),
                unit: mm,
                vintage: Vintage::Final,
            };
            knowledge.learn(&Arc::from(feed), &reading, start, 1);
        };
        for (hours_ago, one, other) in
            [(200, "9", "0"), (30, "2", "3.001"), (20, "2", "3"), (10, "5", "0"), (5, "1", "1")]
        {
            learn("one", hours_ago, one);
            learn("other", hours_ago, other);
        }
        learn("one", 2, "7");
        let rule = |tolerance: &str| (Fixed::parse(tolerance).unwrap(), mm);
        let told = |tolerance: &str| compare(&knowledge, &key("one"), &key("other"), rule(tolerance), now);
        let alert = told("1").unwrap();
        assert_eq!(
            alert.to_string(),
            "one/here and other/here disagree about precipitation in 2 intervals of the last week, last in that which \
             ends at 2013-06-07T15:00:00Z",
            "not what is just as far apart as allowed, nor what only one tells, nor what is older"
        );
        assert!(told("5").is_none());
        let inch = (Fixed::ZERO, Unit::from_symbol("inch").unwrap());
        assert!(compare(&knowledge, &key("one"), &key("other"), inch, now).is_none(), "it is read in another unit");
        assert!(compare(&knowledge, &key("one"), &key("third"), rule("1"), now).is_none(), "nothing is known of it");
    }
}
