//! Events of a series: its runs, or each of its values.

use std::ops::Range;

use crate::contract::{EventTake, Grain, RunTake};
use crate::quantity::{Exact, Fixed, Overflow};

use super::flow::Event;
use super::labels::DayWalk;
use super::reduce::lasting;
use super::run::{is_number, stretches};
use super::slots::{Slots, instant};

/// One event for each run, or for each slot that is there, in their order. `days` finds the insured day.
///
/// # Errors
/// [`Overflow`] where a sum does not fit.
pub(super) fn events(slots: &Slots, take: EventTake, days: &mut DayWalk<'_>) -> Result<Vec<Event>, Overflow> {
    let mut event = |first: usize, value: Exact| {
        let at = slots.bounds.start(first);
        let day = days.date(at);
        let name = match slots.bounds.grain() {
            Grain::Step(_) | Grain::Report => instant(at).format("%Y-%m-%d %H:%MZ").to_string(),
            _ => day.to_string(),
        };
        Event { name, at, day, value }
    };
    match take {
        EventTake::Slot => {
            let there = slots.values.iter().enumerate().filter_map(|(place, slot)| Some((place, slot.value()?)));
            Ok(there.map(|(place, value)| event(place, Exact::from(value))).collect())
        }
        EventTake::Run(take) => {
            stretches(&slots.values, is_number).map(|run| Ok(event(run.start, of_run(slots, run, take)?))).collect()
        }
    }
}

fn of_run(slots: &Slots, run: Range<usize>, take: RunTake) -> Result<Exact, Overflow> {
    let values = slots.values[run.clone()].iter().filter_map(|slot| slot.value());
    let value = match take {
        RunTake::Max => values.max(),
        RunTake::Min => values.min(),
        RunTake::Sum => {
            let micros: i128 = values.map(|value| i128::from(value.micros())).sum();
            return Exact::new(micros, i128::from(Fixed::MICROS));
        }
        RunTake::Length => return lasting(&slots.bounds, run.start, run.len()),
    };
    Ok(Exact::from(value.expect("a run has a value")))
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::super::slots::{Bounds, Slot};
    use super::*;
    use crate::calendar::DayRule;

    fn found(slots: &Slots, take: EventTake, rule: &DayRule) -> Vec<(String, String)> {
        let events = events(slots, take, &mut DayWalk::new(rule)).expect("small");
        events.into_iter().map(|event| (event.name, event.value.to_string())).collect()
    }

    #[test]
    fn each_run_is_an_event() {
        let utc = DayRule::new("UTC", "00:00").expect("a rule");
        let slots = days("x 40 50 x 41 . 42 40");
        for (take, first, second, third, why) in [
            (RunTake::Sum, "90", "41", "82", "sum"),
            (RunTake::Max, "50", "41", "42", "max"),
            (RunTake::Min, "40", "41", "40", "min"),
            (RunTake::Length, "2", "1", "2", "days"),
        ] {
            let expected = [("1970-01-02", first), ("1970-01-05", second), ("1970-01-07", third)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(found(&slots, EventTake::Run(take), &utc), expected, "{why}");
        }
        assert_eq!(found(&days("x . x"), EventTake::Run(RunTake::Sum), &utc), [], "no run");
    }

    #[test]
    fn each_value_is_an_event_on_its_insured_day() {
        let beijing = DayRule::new("Asia/Shanghai", "20:00").expect("a rule");
        let bounds = Bounds::Spans {
            grain: Grain::Report,
            spans: vec![(11 * 3_600, 11 * 3_600), (43_200, 90_000), (90_000, 90_000)],
        };
        let slots = Slots { bounds, values: vec![Slot::of(Fixed::ONE), Slot::OUT, Slot::of(Fixed::ZERO)] };
        let events = events(&slots, EventTake::Slot, &mut DayWalk::new(&beijing)).expect("small");
        let got: Vec<_> = events.iter().map(|event| (event.name.as_str(), event.day.to_string())).collect();
        assert_eq!(
            got,
            [("1970-01-01 11:00Z", "1970-01-01".to_owned()), ("1970-01-02 01:00Z", "1970-01-02".to_owned())],
            "an insured day that begins at 20:00 in Beijing; a zero is an event, what is out is none"
        );
    }
}
