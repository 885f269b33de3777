//! All events of a period together: which of them pay, and up to what.

use chrono::DateTime;

use super::event_reason::{Became, EventsReason, OneEvent, Passed};
use super::limb::{CoverResult, taken_by};
use super::reason::Part;
use super::terms::Terms;
use super::trigger::Trigger;
use super::words::shown;
use crate::calendar::DayRule;
use crate::contract::{EventPay, EventRule, Limb};
use crate::index::Trace;
use crate::payout::Modified;
use crate::quantity::{Exact, Overflow, Unit};

/// What one event came to by itself.
pub(super) struct Event {
    /// The storm's name; else when it began.
    pub name: String,
    pub index: Exact,
    /// In units of the currency.
    pub paid: Exact,
    /// The modifier that left nothing of it.
    pub taken: Option<Modified>,
    /// When it began, seconds since 1970.
    pub begins: i64,
    /// When it was as it pays, seconds since 1970.
    pub at: i64,
}

/// Which events bear nothing, in their order.
fn passed(rule: &EventRule, day: &DayRule, counts_from: Option<i64>, events: &[Event]) -> Vec<Option<Passed>> {
    let (mut skipped, mut paid, mut last) = (0, 0, None);
    let judge = |event: &Event| {
        if !event.paid.is_positive() {
            return None;
        }
        let verdict = if counts_from.is_some_and(|from| event.begins < from) {
            Passed::Waiting
        } else if rule.at_most.is_some_and(|most| paid >= most) {
            Passed::Enough
        } else if rule.spacing.zip(last).is_some_and(|(spacing, last)| event.begins < day.behind(last, spacing)) {
            Passed::TooSoon
        } else if skipped < rule.skip {
            skipped += 1;
            Passed::Skipped
        } else {
            paid += 1;
            last = Some(event.begins);
            return None;
        };
        Some(verdict)
    };
    events.iter().map(judge).collect()
}

/// Of more events than these only those that matter have a step of the way: each hour may be one.
const MOST_TOLD: usize = 20;

/// All events of a period together.
///
/// # Errors
/// [`Overflow`] where an amount does not fit.
pub(super) fn events_result(
    terms: &Terms<'_>,
    limb: &Limb,
    mut events: Vec<Event>,
    trace: &mut Trace,
) -> Result<CoverResult, Overflow> {
    let about = About::of(terms, limb);
    let (unit, currency) = (about.unit, terms.policy.product.currency);
    let rule = terms.cover.events.expect("a cover on events says which of them pay");
    let verdicts = passed(&rule, &terms.policy.product.day, terms.counts_from(), &events);
    let reached = events.iter().filter(|event| event.paid.is_positive()).count();
    let noun = if about.storms { "storm" } else { "event" };
    let few = events.len() <= MOST_TOLD;
    let mut amount = Exact::ZERO;
    for (event, verdict) in events.iter_mut().zip(&verdicts) {
        let alone = event.paid;
        if verdict.is_some() {
            event.paid = Exact::ZERO;
        }
        amount = match rule.pay {
            EventPay::Largest => amount.max(event.paid),
            EventPay::Each { limit } => amount.plus(event.paid)?.min(terms.policy.amount(limit).ok_or(Overflow)?),
        };
        if !few && verdict.is_none() && event.taken.is_none() && event.paid.is_zero() {
            continue;
        }
        trace.add(&format!("{noun} {}", event.name), || {
            let at = DateTime::from_timestamp(event.at, 0).unwrap_or_default().format("%Y-%m-%d %H:%MZ");
            let taken = event.taken.map(|by| by.words(currency));
            let but = verdict.map(|passed| passed.words().to_owned()).or(taken);
            let but = but.map_or_else(String::new, |but| format!(", but {but}"));
            let index = shown(event.index);
            format!("{index} {unit}: {alone} {currency} (from {at}){but}; so far {amount} {currency}")
        });
    }
    let leading = leading(&events, about.falls);
    let (reason_code, became) = match leading {
        None => ("no_event", Became::None),
        Some(leading) => {
            let one = |event: &Event| about.one(terms, event);
            let paying = events.iter().filter(|event| event.paid.is_positive()).count();
            let first = verdicts.iter().flatten().next();
            let taken = events.iter().find_map(|event| Some((event, event.taken?)));
            match (paying, first, taken, rule.pay) {
                (0, Some(first), ..) => ("events_passed_over", Became::PassedOver(reached, *first)),
                (0, None, Some((event, by)), _) => (taken_by(by.by), Became::Taken(one(event), by, currency)),
                (0, None, None, _) => ("strike_not_reached", Became::NotReached(events.len(), one(leading))),
                (1, ..) | (_, _, _, EventPay::Largest) => ("strike_reached", Became::Pays(events.len(), one(leading))),
                (_, _, _, EventPay::Each { .. }) => ("strike_reached", Became::Each(paying, one(leading))),
            }
        }
    };
    let index = leading.map(|leading| (leading.index, unit));
    let reason = Part::Events(EventsReason { storms: about.storms, trigger: about.trigger, unit, became }).into();
    Ok(CoverResult { index, amount, reason_code, reason })
}

/// The event that pays most; of those that pay alike the most extreme one, of those the first.
fn leading(events: &[Event], falls: bool) -> Option<&Event> {
    let extremity = |event: &Event, than: &Event| {
        if falls { than.index.cmp(&event.index) } else { event.index.cmp(&than.index) }
    };
    let ahead = |event: &Event, best: &Event| event.paid.cmp(&best.paid).then(extremity(event, best)).is_gt();
    events.iter().reduce(|best, event| if ahead(event, best) { event } else { best })
}

/// What the events of a limb are.
struct About {
    storms: bool,
    unit: Unit,
    /// Whether a smaller number is the more extreme one.
    falls: bool,
    trigger: Trigger,
}

impl About {
    fn of(terms: &Terms<'_>, limb: &Limb) -> Self {
        let unit = limb.shown_unit();
        let trigger = Trigger::of(&limb.shape, terms.period.span.first, unit);
        Self { storms: limb.is_on_storms(), unit, falls: limb.shape.falls(), trigger }
    }

    /// An event by its name; of what has none, its insured day.
    fn one(&self, terms: &Terms<'_>, event: &Event) -> OneEvent {
        OneEvent {
            name: self.storms.then(|| event.name.clone()),
            at: DateTime::from_timestamp(event.at, 0).unwrap_or_default(),
            on: terms.policy.day_of(event.at),
            index: event.index,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Amount;

    /// Days of events; a minus before one that pays nothing.
    fn events(days: &[i64]) -> Vec<Event> {
        let event = |day: &i64| Event {
            name: day.to_string(),
            index: Exact::from(1),
            paid: Exact::from(i64::from(*day >= 0)),
            taken: None,
            begins: day.abs() * 86_400,
            at: day.abs() * 86_400,
        };
        days.iter().map(event).collect()
    }

    #[test]
    fn events_are_passed_over_by_their_order() {
        let utc = DayRule::new("UTC", "00:00").expect("a rule");
        let free = EventRule {
            pay: EventPay::Each { limit: Amount::Share(Exact::from(1)) },
            at_most: None,
            spacing: None,
            skip: 0,
        };
        let spaced = EventRule { spacing: Some(10 * 86_400), ..free };
        for (rule, from, days, pay, why) in [
            (free, None, vec![1, -2, 3], "p-p", "each that pays"),
            (EventRule { at_most: Some(1), ..free }, None, vec![-1, 2, 3], "-pe", "once: what pays nothing is not one"),
            (EventRule { at_most: Some(2), ..free }, None, vec![1, 2, 3], "ppe", "twice"),
            (EventRule { skip: 1, ..free }, None, vec![-1, 2, 3], "-sp", "the first that would pay bears nothing"),
            (EventRule { skip: 2, ..free }, None, vec![1, 2], "ss", "all are skipped"),
            (spaced, None, vec![1, 10, 11], "ptp", "ten days behind is far enough, nine are not"),
            (spaced, None, vec![1, 10, 19, 20], "ptpt", "counted from the last one that paid, 18 days before"),
            (
                EventRule { skip: 1, ..spaced },
                None,
                vec![1, 2, 12],
                "spp",
                "one that was skipped did not pay, so nothing is too soon behind it",
            ),
            (EventRule { at_most: Some(1), ..spaced }, None, vec![1, 30], "pe", "enough, however far apart"),
            (free, Some(2 * 86_400), vec![1, 2], "wp", "from the instant on at which the waiting is over"),
            (
                EventRule { skip: 1, ..free },
                Some(2 * 86_400),
                vec![1, 2, 3],
                "wsp",
                "what came while waiting is not one of the first",
            ),
        ] {
            let events = events(&days);
            let letter = |(event, verdict): (&Event, &Option<Passed>)| match verdict {
                None if event.paid.is_positive() => 'p',
                None => '-',
                Some(Passed::Waiting) => 'w',
                Some(Passed::Enough) => 'e',
                Some(Passed::TooSoon) => 't',
                Some(Passed::Skipped) => 's',
            };
            let got: String = events.iter().zip(&passed(&rule, &utc, from, &events)).map(letter).collect();
            assert_eq!(got, pay, "{why}");
        }
    }

    #[test]
    fn the_event_that_pays_most_leads() {
        for (falls, numbers, expected, why) in [
            (false, vec![], None, "none"),
            (false, vec![(5, 0), (4, 7)], Some(1), "it pays more, though it is weaker"),
            (false, vec![(4, 7), (5, 0)], Some(0), "in any order"),
            (false, vec![(4, 7), (5, 7)], Some(1), "of those that pay alike the stronger one"),
            (true, vec![(5, 7), (4, 7)], Some(1), "the lower one, where it pays below its strike"),
            (true, vec![(4, 7), (5, 7)], Some(0), "in any order"),
            (false, vec![(5, 7), (5, 7)], Some(0), "of equal ones the first"),
            (true, vec![(5, 0), (5, 0)], Some(0), "of equal ones the first, also where none pays"),
        ] {
            let event = |(place, (index, paid)): (usize, &(i64, i64))| {
                let name = place.to_string();
                Event { name, index: Exact::from(*index), paid: Exact::from(*paid), ..events(&[1]).remove(0) }
            };
            let events: Vec<_> = numbers.iter().enumerate().map(event).collect();
            let expected = expected.map(|place: usize| place.to_string());
            assert_eq!(leading(&events, falls).map(|event| event.name.clone()), expected, "{why}");
        }
    }

    #[test]
    fn a_spacing_of_days_is_one_of_insured_days() {
        let rule = EventRule {
            pay: EventPay::Each { limit: Amount::Share(Exact::from(1)) },
            at_most: None,
            spacing: Some(5 * 86_400),
            skip: 0,
        };
        for (zone, pays, why) in [
            ("UTC", false, "one hour short of five days"),
            ("Europe/Berlin", true, "from 24 to 29 March 2023, one of them with 23 hours"),
        ] {
            let begins = [1_679_612_400, 1_679_612_400 + 119 * 3_600];
            let event = |begins| Event { begins, at: begins, ..events(&[1]).remove(0) };
            let day = DayRule::new(zone, "00:00").expect("a rule");
            assert_eq!(passed(&rule, &day, None, &begins.map(event))[1].is_none(), pays, "{why}");
        }
    }
}
