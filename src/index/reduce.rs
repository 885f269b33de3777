//! All slots to one number.

use chrono::{Datelike, NaiveDate};

use crate::contract::{DayCount, Grain, Reducer};
use crate::quantity::{Exact, Fixed, Overflow, Unit};

use super::flow::{Flow, Holds};
use super::labels::DayWalk;
use super::quantile::quantile;
use super::run::{count_events, count_runs, is_met, is_number, longest, stretches};
use super::slots::{Bounds, Slot, Slots, many, plain_sum};
use super::undetermined::Undetermined;

/// The number of a series: sums and extremes in its unit, energy in kWh, shares in %, numbers of days and of runs as
/// they are; counts and lengths in hours where a slot is a step of a day, in days where it is one day or several, in
/// slots where it is a dekad, a month, a year, a phase or a report. Missing slots are no part of it.
///
/// `first` is the period's first insured day, `days` finds that of a slot.
///
/// # Errors
/// [`Undetermined`] where nothing is left to take a mean, a quantile, a share or an extreme of, and where a sum does not
/// fit.
pub(super) fn reduce(
    reducer: Reducer,
    flow: &Flow,
    first: NaiveDate,
    days: &mut DayWalk<'_>,
) -> Result<Exact, Undetermined> {
    let slots = &flow.slots;
    let nothing = |word| nothing_left(flow, word);
    let largest = |value: Option<Fixed>, word| match value {
        None if flow.nothing_is_zero => Ok(Exact::ZERO),
        value => value.map(Exact::from).ok_or_else(|| nothing(word)),
    };
    match reducer {
        Reducer::Sum => Ok(sum(slots)?),
        Reducer::Max => largest(slots.largest(), "maximum"),
        Reducer::Min => slots.numbers().min().map(Exact::from).ok_or_else(|| nothing("minimum")),
        Reducer::Latest => largest(slots.values.iter().rev().find_map(|slot| slot.value()), "last value"),
        Reducer::Mean => match slots.numbers().count() {
            0 => Err(nothing("mean")),
            there => Ok(sum(slots)?.over(Exact::new(many(there), 1)?)?),
        },
        Reducer::Quantile { at, method } => {
            let values: Vec<_> = slots.numbers().collect();
            quantile(&values, at, method)?.ok_or_else(|| nothing("quantile"))
        }
        Reducer::Energy => Ok(energy(slots, flow.unit)?),
        Reducer::Share => {
            let (met, there) = (slots.values.iter().filter(|slot| is_met(slot)).count(), slots.numbers().count());
            if there == 0 {
                return Err(nothing("share"));
            }
            Ok(Exact::new(100 * many(met), many(there))?)
        }
        Reducer::Count | Reducer::RunLength if flow.holds == Holds::Runs => Ok(altogether(slots, is_number)?),
        Reducer::Count | Reducer::RunLength => Ok(altogether(slots, is_met)?),
        Reducer::LongestRun if flow.holds == Holds::Runs => Ok(longest_run(slots, is_number)?),
        Reducer::LongestRun => Ok(longest_run(slots, is_met)?),
        Reducer::LargestRun => Ok(largest_run(slots)?),
        Reducer::Runs(gap) => Ok(Exact::new(many(count_runs(&slots.values, gap)), 1)?),
        Reducer::Events(gap) => Ok(Exact::new(many(count_events(&slots.values, gap)), 1)?),
        Reducer::First(count) => Ok(day_number(slots.values.iter().position(is_met), count, slots, first, days)),
        Reducer::Last(count) => Ok(day_number(slots.values.iter().rposition(is_met), count, slots, first, days)),
    }
}

/// Why there is nothing to take a number of: nothing qualifies where slots were taken out of what counts, or where
/// nothing was reported and that means that nothing happened; else nothing is known.
fn nothing_left(flow: &Flow, word: &'static str) -> Undetermined {
    let slots = &flow.slots;
    let reported = slots.bounds.grain() == Grain::Report && slots.values.is_empty();
    let out = slots.values.iter().any(|slot| slot.is_out());
    if out || reported { Undetermined::NothingQualifies(word) } else { Undetermined::NothingLeft(word) }
}

fn sum(slots: &Slots) -> Result<Exact, Overflow> {
    let one_by_one = || slots.numbers().map(|value| i128::from(value.micros())).sum();
    let micros: i128 = plain_sum(&slots.values).map_or_else(one_by_one, i128::from);
    Exact::new(micros, i128::from(Fixed::MICROS))
}

/// Power times time in kWh.
fn energy(slots: &Slots, unit: Unit) -> Result<Exact, Overflow> {
    let kilowatt = Unit::from_symbol("kW").expect("the table has kW");
    let power_times_seconds = match slots.bounds {
        Bounds::Even { step, .. } => sum(slots)?.times(Exact::from(step))?,
        _ => {
            let of = |(place, slot): (usize, &Slot)| {
                let seconds = i128::from(slots.bounds.length(place, 1));
                slot.value().map_or(Some(0), |value| i128::from(value.micros()).checked_mul(seconds))
            };
            let micros: Option<i128> = slots.values.iter().enumerate().map(of).sum();
            Exact::new(micros.ok_or(Overflow)?, i128::from(Fixed::MICROS))?
        }
    };
    unit.convert(power_times_seconds, kilowatt)?.over(Exact::from(3_600))
}

/// How long all slots that are `inside` last.
fn altogether(slots: &Slots, inside: impl Fn(&Slot) -> bool + Copy) -> Result<Exact, Overflow> {
    if !matches!(slots.bounds.grain(), Grain::Days(_)) {
        return lasting(&slots.bounds, 0, slots.values.iter().filter(|slot| inside(slot)).count());
    }
    // The last slot of so many days may be cut.
    stretches(&slots.values, inside)
        .try_fold(Exact::ZERO, |sum, part| sum.plus(lasting(&slots.bounds, part.start, part.len())?))
}

/// How long the longest run of slots that are `inside` lasts; nothing where there is none.
fn longest_run(slots: &Slots, inside: impl Fn(&Slot) -> bool + Copy) -> Result<Exact, Overflow> {
    if !matches!(slots.bounds.grain(), Grain::Days(_)) {
        return lasting(&slots.bounds, 0, longest(&slots.values, inside));
    }
    let runs = stretches(&slots.values, inside).map(|run| lasting(&slots.bounds, run.start, run.len()));
    runs.reduce(|longest, run| Ok(longest?.max(run?))).unwrap_or(Ok(Exact::ZERO))
}

/// How long so many slots from `first` on last: hours, days, or their number.
pub(super) fn lasting(bounds: &Bounds, first: usize, slots: usize) -> Result<Exact, Overflow> {
    match bounds.grain() {
        Grain::Step(seconds) => Exact::new(many(slots) * i128::from(seconds), 3_600),
        Grain::Days(_) => Exact::new(i128::from(bounds.length(first, slots)), 86_400),
        _ => Exact::new(many(slots), 1),
    }
}

/// The largest sum of one run; zero where there is none.
fn largest_run(slots: &Slots) -> Result<Exact, Overflow> {
    let of = |run: std::ops::Range<usize>| {
        slots.values[run].iter().filter_map(|slot| slot.value()).map(|value| i128::from(value.micros())).sum::<i128>()
    };
    let largest = stretches(&slots.values, is_number).map(of).max().unwrap_or(0);
    Exact::new(largest, i128::from(Fixed::MICROS))
}

/// The number of the insured day of a slot: 1 is the period's first day, or the first of January of the day's own year.
fn day_number(slot: Option<usize>, count: DayCount, slots: &Slots, first: NaiveDate, days: &mut DayWalk<'_>) -> Exact {
    let Some(slot) = slot else { return Exact::from(count.never) };
    let day = days.date(slots.bounds.start(slot));
    Exact::from(if count.from_window { (day - first).num_days() + 1 } else { i64::from(day.ordinal()) })
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::*;
    use crate::calendar::DayRule;
    use crate::contract::QuantileMethod;

    fn unit(symbol: &str) -> Unit {
        Unit::from_symbol(symbol).expect(symbol)
    }

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    /// Days from 1 January 1970 on, in a period whose first day is given.
    fn reduced(reducer: Reducer, flow: &Flow, first: &str) -> Result<Exact, Undetermined> {
        let rule = DayRule::new("UTC", "00:00").expect("a rule");
        reduce(reducer, flow, first.parse().expect(first), &mut DayWalk::new(&rule))
    }

    fn flow(slots: Slots, holds: Holds) -> Flow {
        Flow { holds, ..Flow::of(slots, unit("mm")) }
    }

    #[test]
    fn each_reducer() {
        use Holds::{Flags, Runs, Values};
        let never = fixed("-1");
        let (window, year) = (DayCount { from_window: true, never }, DayCount { from_window: false, never });
        for (reducer, holds, slots, number, why) in [
            (Reducer::Sum, Values, "0.1 0.2 . 0.3", "0.6", "exact"),
            (Reducer::Sum, Values, ". .", "0", "of nothing"),
            (Reducer::Mean, Values, "1 2 . x", "1.5", "of those that are there"),
            (Reducer::Max, Values, "-3 -1 . x", "-1", "below zero"),
            (Reducer::Min, Values, "-3 -1 . x", "-3", "below zero"),
            (Reducer::Latest, Values, "3 1 . x", "1", "the last that is there"),
            (Reducer::Count, Flags, "1 0 1 . 1 x", "3", "those that meet it"),
            (Reducer::Count, Flags, ". x", "0", "of nothing"),
            (Reducer::Share, Flags, "1 0 . x", "50", "of those that are there"),
            (Reducer::Share, Flags, "0 0", "0", "none"),
            (Reducer::LongestRun, Flags, "1 0 1 1 . 1", "2", "a missing slot ends a run"),
            (Reducer::LongestRun, Flags, "0 .", "0", "none"),
            (Reducer::LongestRun, Runs, "1 x 7 7 0 x", "3", "of numbers, also of zeros"),
            (Reducer::Events(3), Flags, "1 1 1 1", "2", "each three behind the other"),
            (Reducer::First(window), Flags, "0 . 1 1", "3", "the third day"),
            (Reducer::Last(window), Flags, "1 1 . 0", "2", "the second day"),
            (Reducer::First(window), Flags, "1 0", "1", "the first day is 1"),
            (Reducer::First(window), Flags, "0 . x", "-1", "never"),
            (Reducer::Last(year), Flags, "0 1", "2", "2 January"),
            (Reducer::Sum, Runs, "1 x 2 3", "6", "of all runs"),
            (Reducer::LargestRun, Runs, "3 4 x 8 x 5 2", "8", "the largest"),
            (Reducer::LargestRun, Runs, "3 4 . 8", "8", "a missing slot ends a run"),
            (Reducer::LargestRun, Runs, "5 4 x 8", "9", "two together"),
            (Reducer::LargestRun, Runs, "x x", "0", "no run"),
            (Reducer::LargestRun, Runs, "-2 x -3", "-2", "sums below zero"),
            (Reducer::Runs(0), Runs, "1 x 2 3 . 1", "3", "runs"),
            (Reducer::Runs(2), Runs, "1 x 2 3 . 1", "1", "near ones are one"),
            (Reducer::RunLength, Runs, "1 x 2 3", "3", "all runs together"),
            (Reducer::Max, Runs, "1 x 2 3", "3", "in a run"),
            (Reducer::Min, Runs, "1 x 2 3", "1", "in a run"),
            (Reducer::RunLength, Runs, "x .", "0", "no run"),
        ] {
            let got = reduced(reducer, &flow(days(slots), holds), "1970-01-01");
            assert_eq!(got, Ok(Exact::from(fixed(number))), "{reducer:?} of {slots}: {why}");
        }
        let median = Reducer::Quantile { at: Exact::new(1, 2).expect("a half"), method: QuantileMethod::Linear };
        for (reducer, word) in [(Reducer::Max, "maximum"), (Reducer::Min, "minimum")] {
            let got = reduced(reducer, &flow(days(". x"), Holds::Runs), "1970-01-01");
            assert_eq!(got, Err(Undetermined::NothingQualifies(word)), "of no run");
        }
        for (reducer, word) in [
            (Reducer::Mean, "mean"),
            (Reducer::Max, "maximum"),
            (Reducer::Min, "minimum"),
            (Reducer::Latest, "last value"),
            (Reducer::Share, "share"),
            (median, "quantile"),
        ] {
            let got = |slots| reduced(reducer, &flow(days(slots), Holds::Values), "1970-01-01");
            assert_eq!(got("x x"), Err(Undetermined::NothingQualifies(word)), "all out of what counts");
            assert_eq!(got(". x"), Err(Undetermined::NothingQualifies(word)), "the gap is within the terms");
            assert_eq!(got(". ."), Err(Undetermined::NothingLeft(word)), "nothing is known");
        }
    }

    #[test]
    fn of_reports_that_never_came_the_largest_is_zero() {
        let none = Flow { nothing_is_zero: true, ..flow(days(""), Holds::Values) };
        for reducer in [Reducer::Max, Reducer::Latest, Reducer::Sum] {
            assert_eq!(reduced(reducer, &none, "1970-01-01"), Ok(Exact::ZERO), "{reducer:?}");
        }
        assert_eq!(reduced(Reducer::Min, &none, "1970-01-01"), Err(Undetermined::NothingLeft("minimum")));
        let reported = {
            let bounds = Bounds::Spans { grain: Grain::Report, spans: Vec::new() };
            Flow { slots: Slots { bounds, values: Vec::new() }, ..none }
        };
        assert_eq!(reduced(Reducer::Mean, &reported, "1970-01-01"), Err(Undetermined::NothingQualifies("mean")));
    }

    #[test]
    fn days_are_counted_from_the_window_or_in_their_year() {
        for (from_window, number, why) in
            [(true, 5, "3 January is the fifth day from 30 December on"), (false, 3, "and the third of its year")]
        {
            let count = DayCount { from_window, never: Fixed::ZERO };
            let got = reduced(Reducer::First(count), &flow(days("0 0 1"), Holds::Flags), "1969-12-30");
            assert_eq!(got, Ok(Exact::from(number)), "{why}");
        }
    }

    #[test]
    fn energy_is_power_times_time() {
        let ten_minutes = Slots {
            bounds: Bounds::Even { grain: Grain::Step(600), from: 0, step: 600, count: 3 },
            values: vec![Slot::of(fixed("600")), Slot::MISSING, Slot::of(fixed("100"))],
        };
        let month = |spans| Bounds::Spans { grain: Grain::Month, spans };
        let months = Slots {
            bounds: month(vec![(0, 31 * 86_400), (31 * 86_400, 59 * 86_400)]),
            values: vec![Slot::of(fixed("1")), Slot::of(fixed("10"))],
        };
        for (slots, symbol, hours, parts, why) in [
            (&ten_minutes, "kW", 700, 6, "ten minutes"),
            (&ten_minutes, "W", 7, 60, "in watts"),
            (&months, "kW", 31 * 24 + 280 * 24, 1, "months of their own length"),
        ] {
            let flow = Flow::of(slots.clone(), unit(symbol));
            let expected = Exact::new(hours, parts).expect("small");
            assert_eq!(reduced(Reducer::Energy, &flow, "1970-01-01"), Ok(expected), "{why}");
        }
    }

    #[test]
    fn counts_are_in_the_time_that_a_slot_stands_for() {
        let spans = |grain, days: i64| Bounds::Spans {
            grain,
            spans: (0..3).map(|slot| (slot * days * 86_400, (slot + 1) * days * 86_400)).collect(),
        };
        for (bounds, expected, why) in [
            (
                Bounds::Even { grain: Grain::Step(600), from: 0, step: 600, count: 3 },
                Exact::new(1, 2),
                "parts of an hour",
            ),
            (Bounds::Even { grain: Grain::Step(10_800), from: 0, step: 10_800, count: 3 }, Exact::new(9, 1), "hours"),
            (spans(Grain::Days(10), 10), Exact::new(30, 1), "tens of days"),
            (spans(Grain::Month, 30), Exact::new(3, 1), "months are counted"),
            (spans(Grain::Report, 7), Exact::new(3, 1), "reports are counted"),
            (spans(Grain::Day, 10), Exact::new(3, 1), "stretches are booked to one day each"),
        ] {
            let slots = Slots { bounds, values: vec![Slot::of(Fixed::ONE); 3] };
            for reducer in [Reducer::Count, Reducer::LongestRun] {
                let got = reduced(reducer, &flow(slots.clone(), Holds::Flags), "1970-01-01");
                assert_eq!(got, Ok(expected.expect("small")), "{why}");
            }
        }
    }
}
