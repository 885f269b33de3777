//! Running a case: the policy is assumed, the readings are learned as time goes on, and the outcome is looked at.

use chrono::{DateTime, NaiveDate, Utc};

use super::case::Case;
use super::course::Course;
use super::expect::{Difference, Expectation};
use super::expect_interim::payments_differ;
use crate::by_hand::{Assumption, Knowing, Payment, Teller, cover_of, stations_of};
use crate::calendar::{Period, Span};
use crate::contract::{Cover, Product};
use crate::document::{Fault, Faults};
use crate::index::Trace;
use crate::quantity::Money;
use crate::settle::Settlement;

/// What a case came to.
#[derive(Debug)]
pub struct CaseResult {
    /// The period that was settled.
    pub period: Period,
    /// One for each expectation: the final one first, then those by date as they stand in the file.
    pub looks: Vec<Look>,
    /// What was paid in advance, where the case says what is to be.
    pub payments: Vec<Payment>,
    /// What of it is otherwise than expected.
    pub payments_differ: Vec<Difference>,
}

/// What was seen at one time.
#[derive(Debug)]
pub struct Look {
    /// At the end of this insured day; none: when all waiting is over.
    pub on: Option<NaiveDate>,
    /// What came out, with the way of the number.
    pub settlement: Settlement,
    /// `provisional`, `preliminary`, `final` or `restated`.
    pub state: &'static str,
    /// Of a correction, by how much it changes the amount.
    pub delta: Option<Money>,
    /// What is otherwise than expected.
    pub differences: Vec<Difference>,
}

impl CaseResult {
    /// Whether everything came out as expected.
    pub fn is_good(&self) -> bool {
        self.looks.iter().all(|look| look.differences.is_empty()) && self.payments_differ.is_empty()
    }
}

impl Case {
    /// Settles it. `product` is the one for which it was read.
    ///
    /// What cannot be settled, as nothing of the case fits its product, is a fault.
    pub fn run(&self, product: &Product, faults: &mut Faults) -> Option<CaseResult> {
        let before = faults.len();
        let cover = product.cover(&self.cover).expect("it was looked for when read");
        let assumption = Assumption {
            product,
            assumed: &self.assumed,
            telling: &self.telling,
            teller: Teller::Case { id: &self.place, keys: &self.keys },
        };
        self.telling.check_feeds(product, &[cover], faults);
        self.telling.check_variables(product, cover, faults);
        let (span, paid_before) = (self.span(&assumption, cover, faults), assumption.paid_before(faults));
        let (policy, paid_before) = (assumption.bind(cover, span?, faults)?, paid_before?);
        self.telling.check_stations(&stations_of(&policy, cover), faults);
        let cover = cover_of(&policy, &self.cover);
        let period = self.period(cover, policy.cover, product, faults)?;
        let looks_at = self.looks_at(&period, product, faults)?;
        let late = self.telling.tables.iter().flat_map(|table| &table.rows).filter_map(|row| row.known_at).collect();
        let course = Course { policy: &policy, period: &period, late, before: paid_before };
        let mut instants: Vec<_> = looks_at.iter().flatten().copied().chain(course.heard(cover)).collect();
        instants.sort_unstable();
        let knowing = Knowing::WhenOver(&instants);
        let known = self.telling.learn(&policy, cover, knowing, &assumption.teller, faults)?;
        if faults.len() > before {
            return None;
        }
        let look = |on, at, expected: &Expectation| {
            let told = course.told(&known, cover, at);
            let differences = expected.differences(&told);
            Look { on, settlement: told.settlement, state: told.state.word(), delta: told.delta, differences }
        };
        let dated = self.expect_on.iter().zip(looks_at);
        let dated = dated.map(|((date, expected), at)| look(Some(*date), at, expected));
        let last = self.expect.iter().map(|expected| look(None, None, expected));
        let looks = last.chain(dated).collect();
        let (payments, payments_differ) = match &self.expect_interim {
            None => (Vec::new(), Vec::new()),
            Some(expected) => {
                let payments = course.payments(&known, cover, None, &Trace::on());
                let differences = payments_differ(expected, &payments);
                (payments, differences)
            }
        };
        Some(CaseResult { period, looks, payments, payments_differ })
    }

    /// The cover period: the one that was given, else the one of which the readings tell.
    fn span(&self, assumption: &Assumption<'_>, cover: &Cover, faults: &mut Faults) -> Option<Span> {
        let assumed = (self.assumed.from, self.assumed.to);
        let told = match (self.telling.span(&assumption.product.day), assumed) {
            (_, (Some(first), Some(last))) => return Some(Span { first, last }),
            (Some(told), _) => told,
            (None, _) => {
                let fault = Fault::new(&self.place, "the case has no reading, and no cover period");
                faults.push(fault.hint("add [case.series], or from = \"…\" and to = \"…\""));
                return None;
            }
        };
        let meets = |span: &Span| {
            let periods = cover.window.periods(*span).unwrap_or_default();
            periods.iter().any(|period| period.first <= told.last && told.first <= period.last)
        };
        let spans = assumption.spans(cover, told);
        let mut meeting = spans.iter().filter(|span| meets(span));
        match (meeting.next(), meeting.next()) {
            (Some(only), None) => Some(*only),
            (Some(_), Some(_)) => {
                let message = format!("the readings from {} to {} meet several cover periods", told.first, told.last);
                faults.push(Fault::new(&self.place, message).hint("add from = \"…\" and to = \"…\""));
                None
            }
            // Why it does not fit is told when the policy is bound.
            (None, _) => spans.first().copied(),
        }
    }

    /// The one period that the case is about.
    fn period(&self, cover: &Cover, policy: Span, product: &Product, faults: &mut Faults) -> Option<Period> {
        let spans = cover.window.periods(policy).expect("the policy was bound only where its windows fit");
        if let [only] = spans[..] {
            return Some(Period::new(only, &product.day));
        }
        let (many, Span { first, last }) = (spans.len(), policy);
        let message = format!("the cover period {first} to {last} holds {many} periods, and a case is about one");
        let place = self.keys.get("from").unwrap_or(&self.place);
        faults.push(Fault::new(place, message).hint("narrow it with from = \"…\" and to = \"…\""));
        None
    }

    /// The instants of the dates of `expect_on`: each the end of its insured day.
    fn looks_at(&self, period: &Period, product: &Product, faults: &mut Faults) -> Option<Vec<Option<DateTime<Utc>>>> {
        let before = faults.len();
        let first = period.span.first;
        for (date, _) in self.expect_on.iter().filter(|(date, _)| *date < first) {
            let message = format!("on {date} nothing is said yet: the period begins on {first}");
            faults.push(Fault::new(&self.place, message).hint("name a later date in [[case.expect_on]]"));
        }
        let ends = self.expect_on.iter().map(|(date, _)| Some(product.day.interval(*date).1));
        (faults.len() == before).then(|| ends.collect())
    }
}
