//! The days that an anchored cover looks at, inside its period.

use chrono::{DateTime, NaiveDate, Utc};

use super::terms::Terms;
use crate::calendar::Period;
use crate::contract::{AnchorOf, Search};
use crate::index::{Anchor, Inputs, Trace, Undetermined, Voice, find_anchor};
use crate::observation::Knowledge;

/// The days that count, and what was looked at to find them.
pub(super) struct Days {
    /// Around the anchor, cut at the cover period; without an anchor the whole period. Or why they are not known.
    pub period: Result<Period, Undetermined>,
    /// Where the anchor was searched.
    pub looked_at: Option<Anchor>,
}

impl Days {
    pub(super) fn of(
        terms: &Terms<'_>,
        known: &Knowledge,
        as_of: DateTime<Utc>,
        without: &[Voice],
        trace: &mut Trace,
    ) -> Self {
        let Some(window) = &terms.cover.anchor else { return Self { period: Ok(*terms.period), looked_at: None } };
        let (day, found, looked_at) = match &window.of {
            AnchorOf::Column(name) => (Ok(terms.policy.dates[name]), "given by the book", None),
            AnchorOf::Search(search) => searched(search, terms, known, as_of, without, trace),
        };
        let period = day.map(|day| {
            let days = window.days(day, terms.policy.cover);
            let days = days.expect("a policy was bound only where the days around its anchor meet its cover period");
            trace.add("anchor", || format!("{day}, {found}: {} to {} are looked at", days.first, days.last));
            Period::new(days, &terms.policy.product.day)
        });
        Self { period, looked_at }
    }
}

/// The first day of the search on which its branch meets its comparison; else the fallback.
fn searched(
    search: &Search,
    terms: &Terms<'_>,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    without: &[Voice],
    trace: &mut Trace,
) -> (Result<NaiveDate, Undetermined>, &'static str, Option<Anchor>) {
    let span = search.span(terms.policy.cover).expect("a policy was bound only where its search fits");
    let fallback = search.fallback_day(span).expect("a policy was bound only where its fallback exists");
    let period = Period::new(span, &terms.policy.product.day);
    trace.add("search", || format!("from {} to {}", span.first, span.last));
    let inputs = Inputs { without, ..terms.inputs(known, as_of, terms.period.ends) };
    let anchor = find_anchor(&search.branch, &inputs, &period, trace);
    let (day, found) = match &anchor.day {
        Ok(Some(day)) => (Ok(*day), "the first day that meets it"),
        Ok(None) => (Ok(fallback), "the fallback, as no day meets it"),
        Err(reason) => (Err(reason.clone()), ""),
    };
    (day, found, Some(anchor))
}
