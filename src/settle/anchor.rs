//! The days that an anchored cover looks at, inside its period.

use chrono::{DateTime, NaiveDate, Utc};

use super::terms::Terms;
use crate::calendar::Period;
use crate::contract::{AnchorOf, Search};
use crate::index::{Trace, Undetermined};
use crate::observation::Knowledge;

/// The days that count: around the anchor, cut at the cover period; without an anchor the whole period.
///
/// # Errors
/// Where the anchor is not known.
pub(super) fn period(
    terms: &Terms<'_>,
    known: &Knowledge,
    as_of: DateTime<Utc>,
    trace: &mut Trace,
) -> Result<Period, Undetermined> {
    let Some(anchor) = &terms.cover.anchor else { return Ok(*terms.period) };
    let (day, found) = match &anchor.of {
        AnchorOf::Column(name) => (terms.policy.dates[name], "given by the book"),
        AnchorOf::Search(search) => search_day(search, terms, known, as_of)?,
    };
    let days = anchor.days(day, terms.policy.cover);
    let days = days.expect("a policy was bound only where the days around its anchor meet its cover period");
    trace.add("anchor", || format!("{day}, {found}: {} to {} are looked at", days.first, days.last));
    Ok(Period::new(days, &terms.policy.product.day))
}

/// The first day of the search on which its branch meets its comparison; else the fallback.
fn search_day(
    search: &Search,
    terms: &Terms<'_>,
    _known: &Knowledge,
    _as_of: DateTime<Utc>,
) -> Result<(NaiveDate, &'static str), Undetermined> {
    let searched = search.span(terms.policy.cover).expect("a policy was bound only where its search fits");
    let fallback = search.fallback_day(searched).expect("a policy was bound only where its fallback exists");
    unreachable!("no product has a search yet: {} to {}, else {fallback}", searched.first, searched.last)
}
