//! The slots into which a stretch of time is cut.

use chrono::{Datelike, Days, NaiveDate};

use crate::calendar::{DayRule, MonthDay, Span};
use crate::contract::{Grain, Phase};

use super::slots::{Bounds, DAY};

/// A stretch of insured days that is cut into slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch<'a> {
    /// The insured day.
    pub day: &'a DayRule,
    /// The days.
    pub span: Span,
    /// Where the first slot begins, seconds since 1970.
    pub begins: i64,
    /// Where the last day ends.
    pub ends: i64,
    /// Where the looking ends: a slot that is not over by then is none yet.
    pub until: i64,
}

impl Stretch<'_> {
    /// Its slots. Dekads, months and years are those of the calendar, so many days are counted from the first one; all
    /// of them are cut where the stretch begins and ends. Phases lie inside of it, in their order.
    pub fn bounds(&self, grain: Grain, phases: &[Phase]) -> Bounds {
        match grain {
            Grain::Step(step) => {
                let count = usize::try_from((self.until - self.begins).max(0) / step).expect("a period has few slots");
                Bounds::Even { grain, from: self.begins, step, count }
            }
            Grain::Day => self.days(),
            Grain::Phase => self.phases(phases),
            Grain::Report => Bounds::Spans { grain, spans: Vec::new() },
            Grain::Days(_) | Grain::Dekad | Grain::Month | Grain::Year => self.parts(grain),
        }
    }

    fn days(&self) -> Bounds {
        let (days, from) = (self.span.days(), self.day.begin_s(self.span.first));
        if self.day.even_days(from).is_none_or(|even| even >= days) {
            let over = ((self.until - from).max(0) / DAY).min(days);
            let count = usize::try_from(over).expect("a period has few slots");
            return Bounds::Even { grain: Grain::Day, from, step: DAY, count };
        }
        let mut edges = self.day.edges(self.span);
        edges.truncate(edges.partition_point(|edge| *edge <= self.until));
        if edges.is_empty() {
            edges.push(self.begins);
        }
        // A day that a zone never had has no length and is no slot.
        edges.dedup();
        Bounds::Days(edges)
    }

    fn parts(&self, grain: Grain) -> Bounds {
        let firsts = std::iter::successors(Some(self.span.first), |date| Some(next_part(grain, *date)));
        let firsts = firsts.take_while(|date| *date <= self.span.last);
        let starts = firsts.map(|date| self.day.begin_s(date));
        let mut edges: Vec<i64> = starts.chain([self.ends]).take_while(|edge| *edge <= self.until).collect();
        edges.dedup();
        let spans = edges.windows(2).map(|edge| (edge[0], edge[1])).collect();
        Bounds::Spans { grain, spans }
    }

    fn phases(&self, phases: &[Phase]) -> Bounds {
        let spans = phase_spans(phases, self.span).map_while(|span| {
            let begins = self.day.begin_s(span.first);
            let ends = self.day.interval(span.last).1.timestamp();
            (ends <= self.until).then_some((begins, ends))
        });
        Bounds::Spans { grain: Grain::Phase, spans: spans.collect() }
    }

    /// The same, beginning so many slots of `grain` earlier.
    pub fn reaching_back(self, grain: Grain, slots: usize) -> Self {
        let back = u32::try_from(slots).expect("a period has few slots");
        let days_before = |days: u64| self.span.first.checked_sub_days(Days::new(days));
        let first = match grain {
            Grain::Step(step) => return Self { begins: self.begins - step * i64::from(back), ..self },
            Grain::Days(days) => days_before(u64::from(back) * u64::from(days)),
            Grain::Dekad => (0..back)
                .try_fold(part_begin(grain, self.span.first), |first, _| Some(part_begin(grain, first.pred_opt()?))),
            Grain::Month => part_begin(grain, self.span.first).checked_sub_months(chrono::Months::new(back)),
            Grain::Year => part_begin(grain, self.span.first).checked_sub_months(chrono::Months::new(12 * back)),
            Grain::Day => days_before(u64::from(back)),
            Grain::Phase | Grain::Report => Some(self.span.first),
        };
        let first = first.expect("dates of contracts have days before them");
        let span = Span { first, ..self.span };
        Self { span, begins: self.day.begin_s(first), ..self }
    }
}

/// The first day of the dekad, the month, the year in which a day lies.
fn part_begin(grain: Grain, date: NaiveDate) -> NaiveDate {
    let begin = match grain {
        Grain::Dekad => date.with_day([1, 11, 21][dekad_of_month(date)]),
        Grain::Month => date.with_day(1),
        Grain::Year => date.with_ordinal(1),
        _ => Some(date),
    };
    begin.expect("every dekad, month and year has a first day")
}

/// The first day of the next dekad, month, year; of so many days the one that is so many behind.
fn next_part(grain: Grain, date: NaiveDate) -> NaiveDate {
    let begin = part_begin(grain, date);
    let next = match grain {
        Grain::Days(days) => begin.checked_add_days(Days::new(days.into())),
        Grain::Dekad if dekad_of_month(date) < 2 => begin.checked_add_days(Days::new(10)),
        Grain::Dekad => begin.with_day(1).and_then(|first| first.checked_add_months(chrono::Months::new(1))),
        Grain::Month => begin.checked_add_months(chrono::Months::new(1)),
        Grain::Year => begin.checked_add_months(chrono::Months::new(12)),
        _ => begin.succ_opt(),
    };
    next.expect("dates of contracts have days behind them")
}

/// The last day of the dekad, the month, the year in which a day lies.
pub(super) fn part_end(grain: Grain, date: NaiveDate) -> NaiveDate {
    next_part(grain, date).pred_opt().expect("it lies behind a day")
}

/// 0, 1 or 2: days 1-10, 11-20, 21 to the end of the month.
pub(super) fn dekad_of_month(date: NaiveDate) -> usize {
    match date.day() {
        1..=10 => 0,
        11..=20 => 1,
        _ => 2,
    }
}

/// The days of each phase inside a stretch: each the first turn that does not begin before the one before has ended.
/// Ends with the first phase that does not lie inside.
fn phase_spans(phases: &[Phase], within: Span) -> impl Iterator<Item = Span> {
    let mut free_from = within.first;
    phases.iter().map_while(move |phase| {
        let first = next_turn(phase.from, free_from, true)?;
        let last = next_turn(phase.to, first, false)?;
        free_from = last.succ_opt()?;
        (last <= within.last).then_some(Span { first, last })
    })
}

/// The first turn of a day of the year that is not before `from`. Where a year has no 29 February, a phase begins on
/// 1 March and ends on 28 February.
fn next_turn(day: MonthDay, from: NaiveDate, begins: bool) -> Option<NaiveDate> {
    let instead =
        |year| if begins { NaiveDate::from_ymd_opt(year, 3, 1) } else { NaiveDate::from_ymd_opt(year, 2, 28) };
    (from.year()..=from.year() + 1)
        .filter_map(|year| day.in_year(year).or_else(|| instead(year)))
        .find(|date| *date >= from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect(text)
    }

    fn stretch<'a>(day: &'a DayRule, first: &str, last: &str) -> Stretch<'a> {
        let span = Span { first: date(first), last: date(last) };
        let (begins, ends) = (day.begin(span.first).timestamp(), day.interval(span.last).1.timestamp());
        Stretch { day, span, begins, ends, until: ends }
    }

    fn utc() -> DayRule {
        DayRule::new("UTC", "00:00").expect("a rule")
    }

    /// First day and length in days of each slot.
    fn cut(stretch: &Stretch<'_>, grain: Grain, phases: &[Phase]) -> Vec<(String, i64)> {
        let bounds = stretch.bounds(grain, phases);
        let of = |slot| {
            let first = stretch.day.date_of(bounds.instant(slot));
            (first.format("%m-%d").to_string(), bounds.length(slot, 1) / 86_400)
        };
        (0..bounds.count()).map(of).collect()
    }

    fn phase(id: &str, from: &str, to: &str) -> Phase {
        Phase { id: id.to_owned(), from: MonthDay::parse(from).expect(from), to: MonthDay::parse(to).expect(to) }
    }

    #[test]
    fn each_grain_is_cut_at_the_period() {
        let (utc, berlin) = (utc(), DayRule::new("Europe/Berlin", "00:00").expect("a rule"));
        let spring = stretch(&utc, "2024-02-05", "2024-04-02");
        for (stretch, grain, slots, why) in [
            (
                spring,
                Grain::Dekad,
                vec![
                    ("02-05", 6),
                    ("02-11", 10),
                    ("02-21", 9),
                    ("03-01", 10),
                    ("03-11", 10),
                    ("03-21", 11),
                    ("04-01", 2),
                ],
                "the third dekad of a leap February has nine days",
            ),
            (spring, Grain::Month, vec![("02-05", 25), ("03-01", 31), ("04-01", 2)], "months"),
            (spring, Grain::Year, vec![("02-05", 58)], "one year"),
            (spring, Grain::Days(20), vec![("02-05", 20), ("02-25", 20), ("03-16", 18)], "the last is cut"),
            (
                stretch(&utc, "2023-12-30", "2024-01-02"),
                Grain::Year,
                vec![("12-30", 2), ("01-01", 2)],
                "over the year's end",
            ),
            (
                stretch(&berlin, "2026-03-01", "2026-04-30"),
                Grain::Month,
                vec![("03-01", 31), ("04-01", 30)],
                "the hour that March lacks",
            ),
            (
                Stretch {
                    until: date("2024-04-01").and_hms_opt(0, 0, 0).expect("midnight").and_utc().timestamp(),
                    ..spring
                },
                Grain::Month,
                vec![("02-05", 25), ("03-01", 31)],
                "a slot that is not over is none yet",
            ),
        ] {
            let expected: Vec<_> = slots.into_iter().map(|(first, days)| (first.to_owned(), days)).collect();
            assert_eq!(cut(&stretch, grain, &[]), expected, "{why}");
        }
    }

    #[test]
    fn phases_follow_one_another_inside_the_period() {
        let rule = utc();
        let phases =
            [phase("sowing", "11-15", "12-31"), phase("growing", "01-05", "02-29"), phase("late", "03-01", "03-31")];
        for (first, last, slots, why) in [
            (
                "2022-11-01",
                "2023-03-31",
                vec![("11-15", 47), ("01-05", 55), ("03-01", 31)],
                "a year without 29 February",
            ),
            ("2023-11-15", "2024-03-31", vec![("11-15", 47), ("01-05", 56), ("03-01", 31)], "and one with it"),
            ("2022-11-01", "2023-03-30", vec![("11-15", 47), ("01-05", 55)], "the last phase does not lie inside"),
        ] {
            let expected: Vec<_> = slots.into_iter().map(|(first, days)| (first.to_owned(), days)).collect();
            assert_eq!(cut(&stretch(&rule, first, last), Grain::Phase, &phases), expected, "{why}");
        }
    }

    #[test]
    fn a_stretch_reaches_back_by_whole_slots() {
        let rule = utc();
        let summer = stretch(&rule, "2024-06-15", "2024-08-31");
        for (grain, slots, begins, why) in [
            (Grain::Step(3_600), 47, "2024-06-13T01:00:00Z", "hours"),
            (Grain::Day, 2, "2024-06-13T00:00:00Z", "days"),
            (Grain::Days(10), 1, "2024-06-05T00:00:00Z", "tens of days"),
            (Grain::Dekad, 2, "2024-05-21T00:00:00Z", "dekads of the calendar"),
            (Grain::Month, 2, "2024-04-01T00:00:00Z", "months of the calendar"),
            (Grain::Year, 1, "2023-01-01T00:00:00Z", "years of the calendar"),
        ] {
            let got = super::super::slots::instant(summer.reaching_back(grain, slots).begins);
            assert_eq!(got.format("%Y-%m-%dT%H:%M:%SZ").to_string(), begins, "{why}");
        }
    }
}
