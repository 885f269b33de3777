//! One index by hand: a product, its readings in files, and the same `settle` as ever.

mod advances;
mod assumed;
mod learn;
mod series_file;
mod teller;
mod telling;
mod time;

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::calendar::{Period, Span};
use crate::contract::{Cover, Policy, Product};
use crate::document::{Fault, Faults, Place, did_you_mean};
use crate::index::Trace;
use crate::observation::Knowledge;
use crate::settle::{Paid, Settlement, Terms, settle};
use crate::sheets::read_sheet;

pub use advances::Payment;
pub(crate) use advances::{advance, day_ends, payments};
pub use assumed::Assumed;
pub(crate) use assumed::{Assumption, Before};
pub(crate) use learn::{Knowing, stations_of};
pub use series_file::SeriesFile;
pub(crate) use series_file::{read_series, unit_of};
pub(crate) use teller::Teller;
pub(crate) use telling::{Address, Kind, Row, Table, Telling};
pub use time::Time;

/// What is asked of a product.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Only this cover.
    pub cover: Option<String>,
    /// As known then, a date at the end of its insured day; else when all waiting is over.
    pub as_of: Option<Time>,
    /// Empty, and what it keeps of each block.
    pub trace: Trace,
}

/// One settlement by hand.
#[derive(Debug)]
pub struct ByHand {
    /// The product, `leafy-greens@1`.
    pub product: String,
    /// The cover.
    pub cover: String,
    /// The period.
    pub period: Period,
    /// What was paid in advance, where the terms pay in advance.
    pub payments: Vec<Payment>,
    /// What comes out, with the way of the number.
    pub settlement: Settlement,
}

/// Settles a product's covers, or one of them, over series, period by period.
///
/// # Errors
/// All faults of the product, of what was assumed, or of the series.
pub fn by_hand(product: &Path, series: &[SeriesFile], asked: &Asked, assumed: &Assumed) -> Result<Vec<ByHand>, Faults> {
    let mut faults = Faults::new();
    let sheet = read_sheet(product, "name the product's file", &mut faults);
    let product = sheet.and_then(|sheet| Product::read(&sheet, &mut faults));
    let tables: Vec<_> = series.iter().filter_map(|file| file.read(&mut faults)).collect();
    let Some(product) = product.filter(|_| faults.is_empty()) else { return Err(faults) };
    let telling = Telling { tables };
    let teller = Teller::Flags(&product.source);
    let assumption = Assumption { product: &product, assumed, telling: &telling, teller };
    let settled = assumption.settle(asked, &mut faults);
    settled.filter(|_| faults.is_empty()).ok_or(faults)
}

impl Assumption<'_> {
    fn settle(&self, asked: &Asked, faults: &mut Faults) -> Option<Vec<ByHand>> {
        let covers = self.covers(asked.cover.as_deref(), faults)?;
        self.telling.check_feeds(self.product, &covers, faults);
        let (told, before) = (self.telling.span(&self.product.day)?, self.paid_before(faults)?);
        let (mut settled, mut stations) = (Vec::new(), BTreeSet::new());
        for cover in covers {
            let mut known = None;
            for span in self.spans(cover, told) {
                let policy = self.bind(cover, span, faults)?;
                stations.extend(stations_of(&policy, cover));
                // Each year's policy is given the same, so it means the same series.
                let known = match &mut known {
                    Some(known) => known,
                    none => none.insert(self.known(asked, &policy, cover, faults)?),
                };
                settled.extend(settle_all(&policy, &cover.id, known, told, (asked, before)));
            }
        }
        self.telling.check_stations(&stations, faults);
        if settled.is_empty() && faults.is_empty() {
            let fault =
                Fault::new(&self.telling.place(&self.teller), "no period of the cover meets the days of the series");
            faults.push(fault.hint(format!("the series tells of {} to {}", told.first, told.last)));
        }
        Some(settled)
    }

    fn known(&self, asked: &Asked, policy: &Policy, cover: &Cover, faults: &mut Faults) -> Option<Knowledge> {
        let instants = asked.as_of.map(|time| {
            let as_of = time.over(&self.product.day);
            // What is paid in advance is looked at as each day ends.
            let days = if cover.interim.is_some() {
                day_ends(policy, &Period::new(policy.cover, &self.product.day), as_of)
            } else {
                Vec::new()
            };
            days.into_iter().map(|(_, end)| end).chain([as_of]).collect::<Vec<_>>()
        });
        let knowing = instants.as_ref().map_or(Knowing::FromTheBeginning, |instants| Knowing::WhenOver(instants));
        self.telling.learn(policy, cover, knowing, &self.teller, faults)
    }

    /// The covers to settle: the one that was asked for, or all.
    fn covers(&self, wanted: Option<&str>, faults: &mut Faults) -> Option<Vec<&Cover>> {
        let Some(wanted) = wanted else { return Some(self.product.covers.iter().collect()) };
        match self.product.cover(wanted) {
            Some(cover) => Some(vec![cover]),
            None => {
                let place = self.teller.place("cover");
                faults.push(no_such_cover(wanted, self.product, &place));
                None
            }
        }
    }
}

/// What is wrong with the name of a cover.
pub(crate) fn no_such_cover(wanted: &str, product: &Product, place: &Place) -> Fault {
    let names: Vec<_> = product.covers.iter().map(|cover| cover.id.as_str()).collect();
    let hint = did_you_mean(wanted, names.iter().copied())
        .map_or_else(|| format!("it has: {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    Fault::new(place, format!("the product has no cover `{wanted}`")).hint(hint)
}

/// Every period that the series tells of.
fn settle_all(
    policy: &Policy,
    cover: &str,
    known: &Knowledge,
    told: Span,
    (asked, before): (&Asked, Before),
) -> Vec<ByHand> {
    let cover = cover_of(policy, cover);
    let spans = cover.window.periods(policy.cover).expect("the policy was bound only where its windows fit");
    let told_of = spans.into_iter().filter(|span| span.first <= told.last && told.first <= span.last);
    told_of
        .map(|span| {
            let period = Period::new(span, &policy.product.day);
            let paid = paid(policy, cover, &period, known, before);
            let late = over(&terms(policy, cover, &period, Paid::default()));
            let as_of = asked.as_of.map_or(late, |time| time.over(&policy.product.day));
            let payments = payments((policy, cover, &period), known, &paid, as_of, &Trace::off());
            let paid = Paid { advance: advance(&payments, as_of), ..paid };
            let settlement = settle(&terms(policy, cover, &period, paid), known, as_of, asked.trace.clone());
            ByHand { product: policy.product.reference(), cover: cover.id.clone(), period, payments, settlement }
        })
        .collect()
}

/// A cover by its name, read with the policy's terms.
pub(crate) fn cover_of<'p>(policy: &'p Policy, id: &str) -> &'p Cover {
    policy.product.cover(id).expect("it was looked for when the policy was assumed")
}

/// What is settled, as if the policy had been bound in time.
pub(crate) fn terms<'a>(policy: &'a Policy, cover: &'a Cover, period: &'a Period, paid: Paid) -> Terms<'a> {
    Terms { policy, cover, period, bound_at: period.begins, paid }
}

/// The instant at which all waiting is over.
fn over(terms: &Terms<'_>) -> DateTime<Utc> {
    terms.deadline().max(terms.lag_over())
}

/// What was paid before: so many minor units, by this cover; and by the cover that is subtracted what it pays when all
/// waiting is over, or what was said of another policy.
fn paid(policy: &Policy, cover: &Cover, period: &Period, known: &Knowledge, before: Before) -> Paid {
    let other = cover.less_within().and_then(|less| policy.product.covers.iter().find(|other| other.id == less));
    let within = other.map(|other| {
        let late = over(&terms(policy, other, period, Paid::default()));
        let paid = paid(policy, other, period, known, Before { eroded: 0, ..before });
        let payments = payments((policy, other, period), known, &paid, late, &Trace::off());
        let terms = terms(policy, other, period, Paid { advance: advance(&payments, late), ..paid });
        Some(settle(&terms, known, late, Trace::off()).paid())
    });
    let same_period = policy.subtracted_key(cover).map(|key| (key, within.unwrap_or(before.by_other)));
    let (total, same_period) = (before.eroded, same_period.into_iter().collect());
    Paid { total, by_cover: before.eroded, same_period, ..Paid::default() }
}
