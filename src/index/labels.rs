//! Which month, dekad or phase a slot bears, and the number that the terms give for it.

use chrono::{Datelike, NaiveDate};

use crate::calendar::DayRule;
use crate::contract::Labelled;
use crate::quantity::{Fixed, Overflow};

use super::bounds::dekad_of_month;
use super::slots::{Slot, Slots, instant};
use super::undetermined::{Undetermined, YearPart};

/// The insured days of instants that rise: each is found from the one before.
pub(super) struct DayWalk<'a> {
    rule: &'a DayRule,
    /// The day of the last instant, and where it begins and ends.
    day: Option<(NaiveDate, i64, i64)>,
}

impl<'a> DayWalk<'a> {
    /// From nowhere.
    pub fn new(rule: &'a DayRule) -> Self {
        Self { rule, day: None }
    }

    /// The insured day in which an instant lies.
    pub fn date(&mut self, at: i64) -> NaiveDate {
        if let Some((date, begins, ends)) = self.day
            && at >= begins
        {
            if at < ends {
                return date;
            }
            let next = following(date);
            let next_ends = self.begin(following(next));
            if at < next_ends {
                self.day = Some((next, ends, next_ends));
                return next;
            }
        }
        let date = self.rule.date_of(instant(at));
        self.day = Some((date, self.begin(date), self.begin(following(date))));
        date
    }

    fn begin(&self, date: NaiveDate) -> i64 {
        self.rule.begin_s(date)
    }
}

fn following(date: NaiveDate) -> NaiveDate {
    date.succ_opt().expect("dates of contracts have a day after")
}

/// Changes each number by the one of its label: the month or the dekad of the slot's first insured day, or its phase.
///
/// # Errors
/// [`Undetermined::NoTerm`] where the terms give no number for the label of a number.
pub(super) fn by_label(
    slots: &mut Slots,
    labelled: &Labelled,
    rule: &DayRule,
    change: impl Fn(Fixed, Fixed) -> Result<Fixed, Overflow>,
) -> Result<(), Undetermined> {
    if let Labelled::Same(number) = labelled {
        return Ok(slots.try_map(|value| change(value, *number))?);
    }
    let mut days = DayWalk::new(rule);
    for place in 0..slots.values.len() {
        let Some(value) = slots.values[place].value() else { continue };
        let begins = slots.bounds.start(place);
        let number = match labelled {
            Labelled::Same(number) => Some(*number),
            Labelled::Months(numbers) => numbers[month_of(days.date(begins))],
            Labelled::Dekads(numbers) => numbers[dekad_of(days.date(begins))],
            Labelled::Phases(numbers) => numbers.get(place).copied(),
        };
        let number = number.ok_or_else(|| Undetermined::NoTerm(part(labelled, days.date(begins), place)))?;
        slots.values[place] = Slot::of(change(value, number)?);
    }
    Ok(())
}

fn month_of(date: NaiveDate) -> usize {
    usize::try_from(date.month0()).expect("months are few")
}

fn dekad_of(date: NaiveDate) -> usize {
    3 * month_of(date) + dekad_of_month(date)
}

/// The part of the year that has no number.
fn part(labelled: &Labelled, date: NaiveDate, place: usize) -> YearPart {
    match labelled {
        Labelled::Phases(_) => YearPart::Phase(place),
        Labelled::Dekads(_) => YearPart::Dekad(dekad_of(date)),
        Labelled::Same(_) | Labelled::Months(_) => YearPart::Month(month_of(date)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::slots::tests::days;
    use super::super::slots::{Bounds, DAY};
    use super::*;
    use crate::contract::Grain;

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).expect(text)
    }

    /// Days from a date on.
    fn from(first: &str, text: &str) -> Slots {
        let begins = first.parse::<NaiveDate>().expect(first).and_hms_opt(0, 0, 0).expect("midnight").and_utc();
        let slots = days(text);
        let edges = (0..=slots.values.len()).map(|day| begins.timestamp() + DAY * i64::try_from(day).expect("few"));
        Slots { bounds: Bounds::Days(edges.collect()), values: slots.values }
    }

    #[test]
    fn the_number_is_that_of_the_month_or_the_dekad_of_the_first_day() {
        let rule = DayRule::new("UTC", "00:00").expect("a rule");
        let mut months = [None; 12];
        (months[0], months[1]) = (Some(fixed("1")), Some(fixed("10")));
        let mut dekads = [None; 36];
        (dekads[0], dekads[1], dekads[2], dekads[3]) =
            (Some(fixed("1")), Some(fixed("2")), Some(fixed("3")), Some(fixed("4")));
        for (first, labelled, before, after, why) in [
            ("2024-01-30", Labelled::Months(months), "20 20 20 . x", "19 19 10 . x", "the month changes"),
            ("2024-01-10", Labelled::Dekads(dekads), "20 20", "19 18", "the 10th and the 11th"),
            ("2024-01-20", Labelled::Dekads(dekads), "20 20", "18 17", "the 20th and the 21st"),
            ("2024-01-31", Labelled::Dekads(dekads), "20 20", "17 16", "the 31st and the first of the next"),
            ("2024-05-01", Labelled::Same(fixed("3")), "20 .", "17 .", "one for all"),
        ] {
            let mut slots = from(first, before);
            by_label(&mut slots, &labelled, &rule, Fixed::minus).expect("labels");
            assert_eq!(slots, from(first, after), "{why}");
        }
        let mut march = from("2024-02-29", ". 1");
        let none = by_label(&mut march, &Labelled::Months(months), &rule, Fixed::minus);
        assert_eq!(none, Err(Undetermined::NoTerm(YearPart::Month(2))), "a month that the terms leave out");
        let mut missing = from("2024-03-01", ". x");
        by_label(&mut missing, &Labelled::Months(months), &rule, Fixed::minus).expect("no number needs no term");
    }

    #[test]
    fn phases_bear_their_place() {
        let rule = DayRule::new("UTC", "00:00").expect("a rule");
        let bounds = Bounds::Spans { grain: Grain::Phase, spans: vec![(0, DAY), (3 * DAY, 4 * DAY)] };
        let mut slots = Slots { bounds, values: vec![Slot::of(fixed("5")); 2] };
        by_label(&mut slots, &Labelled::Phases(vec![fixed("1"), fixed("2")]), &rule, Fixed::minus).expect("labels");
        assert_eq!(slots.values, days("4 3").values);
    }

    #[test]
    fn days_are_walked_in_any_order() {
        let rule = DayRule::new("Asia/Shanghai", "20:00").expect("a rule");
        let mut walk = DayWalk::new(&rule);
        for text in [
            "2024-06-01T11:59:59Z",
            "2024-06-01T12:00:00Z",
            "2024-06-01T13:00:00Z",
            "2024-06-02T12:00:00Z",
            "2024-07-09T00:00:00Z",
            "2024-01-01T00:00:00Z",
        ] {
            let at: chrono::DateTime<chrono::Utc> = text.parse().expect(text);
            assert_eq!(walk.date(at.timestamp()), rule.date_of(at), "{text}");
        }
    }
}
