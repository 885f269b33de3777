//! All that was said of one series.

use std::convert::Infallible;
use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{Reading, Vintage};
use crate::quantity::{Fixed, Unit};

/// One fact: what was said about an interval, and when we learned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The interval's beginning, seconds since 1970.
    pub start: i64,
    /// The interval's end, not included, seconds since 1970.
    pub end: i64,
    /// The number; `None`: the source took it back.
    pub value: Option<Fixed>,
    /// Whether the source may still change it.
    pub vintage: Vintage,
    /// When it became known.
    pub known_at: DateTime<Utc>,
    /// The ledger entry (its `seq`) that recorded it.
    pub recorded_by: i64,
}

impl Row {
    /// A reading that became known at an instant and stands in a ledger entry.
    pub(super) fn of(reading: &Reading, known_at: DateTime<Utc>, recorded_by: i64) -> Self {
        Self {
            start: reading.start.timestamp(),
            end: reading.end.timestamp(),
            value: reading.value,
            vintage: reading.vintage,
            known_at,
            recorded_by,
        }
    }

    fn interval(&self) -> (i64, i64) {
        (self.start, self.end)
    }

    fn told(&self) -> Told {
        let Self { value, vintage, known_at, recorded_by, .. } = *self;
        Told { there: value.is_some(), vintage, known_at, recorded_by }
    }
}

/// What a reading changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// Nothing was known about the interval.
    New,
    /// The source had said otherwise.
    Revision,
    /// Known already, or still missing: nothing to keep.
    Nothing,
}

/// How a row was told; those of one answer have this in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    /// Whether the value is there, and not taken back.
    there: bool,
    vintage: Vintage,
    known_at: DateTime<Utc>,
    recorded_by: i64,
}

/// Rows of the column on end that were told alike.
#[derive(Clone, Copy, Debug)]
struct Telling {
    /// The place of the first one's value in the column.
    first: usize,
    told: Told,
}

/// Rows of the column whose intervals are on end and of one length. Where it has several, nothing else was ever said
/// about any of their intervals.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// The place of the first one's value in the column.
    first: usize,
    /// Where the first interval begins.
    start: i64,
    /// How long each lasts.
    length: i64,
}

/// Rows of a series whose intervals are on end and of one length.
#[derive(Clone, Debug)]
pub struct OnEnd<'s> {
    /// Where the first interval begins, seconds since 1970.
    pub start: i64,
    /// Seconds that each lasts.
    pub length: i64,
    series: &'s Series,
    /// Their places in the column.
    places: Range<usize>,
    as_of: DateTime<Utc>,
}

/// Rows that were told alike; each has a value.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'s> {
    /// Which they are: so many behind the first of those that are on end.
    pub first: usize,
    /// The numbers, above the two lowest that a [`Fixed`] can be.
    pub values: &'s [Fixed],
    /// Whether the source may still change them.
    pub vintage: Vintage,
    /// When they became known.
    pub known_at: DateTime<Utc>,
    /// The ledger entry (its `seq`) that recorded them.
    pub recorded_by: i64,
}

/// All that is known of one series, ordered by interval, then by when it became known: a column of values, and beside
/// it, once for all neighbours that have it in common, of which intervals they are and how they were told.
#[derive(Clone, Debug)]
pub struct Series {
    unit: Unit,
    /// Zero where a value was taken back.
    values: Vec<Fixed>,
    stretches: Vec<Stretch>,
    tellings: Vec<Telling>,
}

impl Series {
    pub(super) fn new(unit: Unit) -> Self {
        Self { unit, values: Vec::new(), stretches: Vec::new(), tellings: Vec::new() }
    }

    /// The unit in which the source sends it.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Every row, revisions beside what they revise.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Row> {
        let of = move |stretch| (0..self.count(stretch)).map(move |row| self.row(Place { stretch, row }));
        (0..self.stretches.len()).flat_map(of)
    }

    /// Rows as known at `as_of`: of each interval that begins in `[start, end)` the newest, taken-back ones left out.
    pub fn known(&self, start: i64, end: i64, as_of: DateTime<Utc>) -> Vec<Row> {
        let mut known = Vec::new();
        for on_end in self.on_end(start, end, as_of) {
            let Ok(()) = on_end.each_known(0..on_end.count(), |rows| {
                let intervals = (0..).map(|row| on_end.start + on_end.length * (number(rows.first) + row));
                known.extend(intervals.zip(rows.values).map(|(start, value)| Row {
                    start,
                    end: start + on_end.length,
                    value: Some(*value),
                    vintage: rows.vintage,
                    known_at: rows.known_at,
                    recorded_by: rows.recorded_by,
                }));
                Ok::<_, Infallible>(())
            });
        }
        known
    }

    /// The same, those on end together; of each interval that is in them the newest row, unless none is known.
    pub fn on_end(&self, start: i64, end: i64, as_of: DateTime<Utc>) -> impl Iterator<Item = OnEnd<'_>> {
        // The stretch that begins before `start` may reach behind it.
        let from = self.stretches.partition_point(|stretch| stretch.start < start).saturating_sub(1);
        let to = self.stretches.partition_point(|stretch| stretch.start < end).max(from);
        let mut next = from;
        let newest = self.stretches[from..to].chunk_by(Stretch::is_beside).filter_map(move |versions| {
            let first = next;
            next += versions.len();
            // Of several versions each is a stretch of its own.
            if versions.len() == 1 {
                Some(first)
            } else {
                (first..next).rfind(|version| self.is_known(*version, as_of))
            }
        });
        newest.filter_map(move |stretch| {
            let (of, behind) = (&self.stretches[stretch], self.first(stretch + 1));
            let places = of.begun_before(start, behind)..of.begun_before(end, behind);
            let (start, length) = (of.interval(places.start).0, of.length);
            (!places.is_empty()).then_some(OnEnd { start, length, series: self, places, as_of })
        })
    }

    /// Every row that was known at `as_of` of the intervals that begin in `[start, end)`, revisions and what was taken back
    /// too.
    pub fn told(&self, start: i64, end: i64, as_of: DateTime<Utc>) -> impl Iterator<Item = Row> {
        let from = self.stretches.partition_point(|stretch| stretch.start < start).saturating_sub(1);
        let to = self.stretches.partition_point(|stretch| stretch.start < end).max(from);
        let of = move |stretch| (0..self.count(stretch)).map(move |row| self.row(Place { stretch, row }));
        (from..to).flat_map(of).filter(move |row| (start..end).contains(&row.start) && row.known_at <= as_of)
    }

    /// Whether the first row of a stretch was known.
    fn is_known(&self, stretch: usize, as_of: DateTime<Utc>) -> bool {
        self.tellings[self.telling_of(self.first(stretch))].told.known_at <= as_of
    }

    /// When anything first became known of an interval; none where nothing is.
    pub fn first_told(&self, start: i64, end: i64) -> Option<DateTime<Utc>> {
        // All that is earlier stands in front of a row that was known from the beginning of time.
        let earliest = DateTime::<Utc>::MIN_UTC;
        let row = Row { start, end, value: None, vintage: Vintage::Provisional, known_at: earliest, recorded_by: 0 };
        let next = match self.place_of(&row) {
            None => Place { stretch: 0, row: 0 },
            Some(Place { stretch, row }) if row + 1 < self.count(stretch) => Place { stretch, row: row + 1 },
            Some(Place { stretch, .. }) => Place { stretch: stretch + 1, row: 0 },
        };
        let first = (next.stretch < self.stretches.len()).then(|| self.row(next));
        first.filter(|first| first.interval() == (start, end)).map(|first| first.known_at)
    }

    /// The end of the newest interval that has a value as known at `as_of`, seconds since 1970.
    pub fn watermark(&self, as_of: DateTime<Utc>) -> Option<i64> {
        self.newest_end(|told| told.known_at <= as_of)
    }

    /// The same of the intervals whose source has said its last word.
    pub fn final_watermark(&self, as_of: DateTime<Utc>) -> Option<i64> {
        self.newest_end(|told| told.known_at <= as_of && told.vintage == Vintage::Final)
    }

    fn newest_end(&self, counts: impl Fn(&Told) -> bool) -> Option<i64> {
        let newest = self.tellings.iter().rposition(|telling| telling.told.there && counts(&telling.told))?;
        let last = self.end_of_telling(newest) - 1;
        let stretch = self.stretches.partition_point(|stretch| stretch.first <= last) - 1;
        Some(self.stretches[stretch].interval(last).1)
    }

    /// What a row would change.
    pub(super) fn judge(&self, row: &Row) -> Learned {
        self.judge_at(row, self.place_of(row))
    }

    /// Takes a row in, unless it says nothing new.
    ///
    /// # Panics
    /// Where its value is one of the two lowest numbers, which mark slots without one.
    pub(super) fn learn(&mut self, row: &Row) -> Learned {
        assert!(row.value.is_none_or(|value| value.micros() > i64::MIN + 1), "a reading is above the marks of slots");
        let behind = self.place_of(row);
        let learned = self.judge_at(row, behind);
        if learned != Learned::Nothing {
            self.insert(row, behind);
        }
        learned
    }

    fn judge_at(&self, row: &Row, behind: Option<Place>) -> Learned {
        let before = behind.map(|behind| self.row(behind));
        match before.filter(|known| known.interval() == row.interval()) {
            None if row.value.is_none() => Learned::Nothing,
            None => Learned::New,
            Some(known) if (known.value, known.vintage) == (row.value, row.vintage) => Learned::Nothing,
            Some(known) if known.value.is_none() && row.value.is_none() => Learned::Nothing,
            Some(_) => Learned::Revision,
        }
    }

    /// The row behind which a row stands; none where it stands in front of all.
    fn place_of(&self, row: &Row) -> Option<Place> {
        let is_earlier = |interval: (i64, i64), place: usize| {
            let known_at = || self.tellings[self.telling_of(place)].told.known_at;
            interval.cmp(&row.interval()).then_with(|| known_at().cmp(&row.known_at)).is_le()
        };
        let begins_earlier = |stretch: &Stretch| is_earlier(stretch.interval(stretch.first), stretch.first);
        let stretch = self.stretches.partition_point(begins_earlier).checked_sub(1)?;
        let (found, behind) = (&self.stretches[stretch], self.first(stretch + 1));
        let begun = found.begun_before(row.start, behind);
        let as_early = begun < behind && is_earlier(found.interval(begun), begun);
        Some(Place { stretch, row: begun + usize::from(as_early) - 1 - found.first })
    }

    fn insert(&mut self, row: &Row, behind: Option<Place>) {
        let place = behind.map_or(0, |behind| self.first(behind.stretch) + behind.row + 1);
        let stretch = self.make_room(row, behind);
        let extended = self.extends(row, stretch);
        if !extended {
            let new = Stretch { first: place, start: row.start, length: row.end - row.start };
            self.stretches.insert(stretch, new);
        }
        let later = stretch + usize::from(!extended);
        self.stretches[later..].iter_mut().for_each(|stretch| stretch.first += 1);
        self.insert_told(row.told(), place);
        self.values.insert(place, row.value.unwrap_or(Fixed::ZERO));
    }

    /// Makes room for how the row at a place was told, before the value is there.
    fn insert_told(&mut self, told: Told, place: usize) {
        let mut later = self.tellings.partition_point(|telling| telling.first < place);
        let before = later.checked_sub(1).map(|before| self.tellings[before].told);
        let next = self.tellings.get(later).filter(|next| next.first == place);
        if before == Some(told) {
            // Carries on the one before.
        } else if next.is_some_and(|next| next.told == told) {
            later += 1;
        } else {
            let inside = next.is_none() && place < self.values.len();
            let rest = inside.then_some(before).flatten().map(|told| Telling { first: place, told });
            self.tellings.splice(later..later, [Telling { first: place, told }].into_iter().chain(rest));
            later += 1;
        }
        self.tellings[later..].iter_mut().for_each(|telling| telling.first += 1);
    }

    /// Ends a stretch behind a row, and lets rows about the same interval as the new one stand alone. Returns the stretch
    /// in front of which the new row stands.
    fn make_room(&mut self, row: &Row, behind: Option<Place>) -> usize {
        let stretch = behind.map_or(0, |Place { stretch, row: last }| {
            let revised = self.row(Place { stretch, row: last }).interval() == row.interval();
            self.split(stretch, last + 1);
            stretch + 1 + usize::from(revised && self.split(stretch, last))
        });
        let next = self.stretches.get(stretch);
        if next.is_some_and(|next| next.interval(next.first) == row.interval()) {
            self.split(stretch, 1);
        }
        stretch
    }

    /// Makes two stretches of one, the first of so many rows, unless there are no rows on one side.
    fn split(&mut self, stretch: usize, rows: usize) -> bool {
        let inside = (1..self.count(stretch)).contains(&rows);
        if inside {
            let whole = self.stretches[stretch];
            let first = whole.first + rows;
            self.stretches.insert(stretch + 1, Stretch { first, start: whole.interval(first).0, ..whole });
        }
        inside
    }

    /// Whether a row that stands in front of a stretch carries on the one before it. One that shares an interval with
    /// another stays alone.
    fn extends(&self, row: &Row, stretch: usize) -> bool {
        let Some(before) = stretch.checked_sub(1) else { return false };
        let carried = &self.stretches[before];
        let shared = before.checked_sub(1).is_some_and(|other| self.stretches[other].is_beside(carried));
        let next = self.stretches.get(stretch);
        let revised = next.is_some_and(|next| next.interval(next.first) == row.interval());
        carried.length > 0 && carried.interval(self.first(stretch)) == row.interval() && !shared && !revised
    }

    /// The place of a stretch's first value; behind the last one the end of the column.
    fn first(&self, stretch: usize) -> usize {
        self.stretches.get(stretch).map_or(self.values.len(), |stretch| stretch.first)
    }

    fn count(&self, stretch: usize) -> usize {
        self.first(stretch + 1) - self.first(stretch)
    }

    fn telling_of(&self, place: usize) -> usize {
        self.tellings.partition_point(|telling| telling.first <= place) - 1
    }

    fn end_of_telling(&self, telling: usize) -> usize {
        self.tellings.get(telling + 1).map_or(self.values.len(), |next| next.first)
    }

    fn row(&self, at: Place) -> Row {
        let place = self.first(at.stretch) + at.row;
        self.stretches[at.stretch].row(place, self.values[place], self.tellings[self.telling_of(place)].told)
    }
}

impl OnEnd<'_> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Calls `take` with those of some of these rows that are known and not taken back, in their order.
    ///
    /// # Errors
    /// The first that `take` gives.
    pub fn each_known<E>(&self, rows: Range<usize>, mut take: impl FnMut(Rows<'_>) -> Result<(), E>) -> Result<(), E> {
        let (mut place, end) = (self.places.start + rows.start, self.places.start + rows.end);
        let Series { values, tellings, .. } = self.series;
        let mut telling = self.series.telling_of(place);
        while place < end {
            let told = &tellings[telling].told;
            telling += 1;
            let until = tellings.get(telling).map_or(end, |next| next.first.min(end));
            if told.there && told.known_at <= self.as_of {
                let (first, values) = (place - self.places.start, &values[place..until]);
                let Told { vintage, known_at, recorded_by, .. } = *told;
                take(Rows { first, values, vintage, known_at, recorded_by })?;
            }
            place = until;
        }
        Ok(())
    }
}

/// A row of a stretch.
#[derive(Clone, Copy, Debug)]
struct Place {
    stretch: usize,
    row: usize,
}

impl Stretch {
    /// The interval of the row at a place of the column, or of one that would carry the stretch on there.
    fn interval(&self, place: usize) -> (i64, i64) {
        let start = self.start + self.length * number(place - self.first);
        (start, start + self.length)
    }

    fn row(&self, place: usize, value: Fixed, told: Told) -> Row {
        let (start, end) = self.interval(place);
        let Told { there, vintage, known_at, recorded_by } = told;
        Row { start, end, value: there.then_some(value), vintage, known_at, recorded_by }
    }

    /// Whether the first rows of two stretches are about one interval.
    fn is_beside(&self, other: &Self) -> bool {
        (self.start, self.length) == (other.start, other.length)
    }

    /// The place behind its rows that begin before an instant; its last one stands before `behind`.
    fn begun_before(&self, instant: i64, behind: usize) -> usize {
        if instant <= self.start {
            self.first
        } else if instant >= self.interval(behind).0 {
            behind
        } else {
            let begun = (instant - self.start - 1) / self.length + 1;
            self.first + usize::try_from(begun).expect("behind its beginning")
        }
    }
}

fn number(rows: usize) -> i64 {
    i64::try_from(rows).expect("memory holds fewer than 2^63")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a series was before its rows were kept together: all of them, in order.
    #[derive(Default)]
    struct Plain(Vec<Row>);

    impl Plain {
        fn learn(&mut self, row: Row) -> Learned {
            let order = |known: &Row| (known.start, known.end, known.known_at);
            let at = self.0.partition_point(|known| order(known) <= order(&row));
            let before = at.checked_sub(1).map(|before| self.0[before]);
            let learned = match before.filter(|known| known.interval() == row.interval()) {
                None if row.value.is_none() => Learned::Nothing,
                None => Learned::New,
                Some(known) if (known.value, known.vintage) == (row.value, row.vintage) => Learned::Nothing,
                Some(known) if known.value.is_none() && row.value.is_none() => Learned::Nothing,
                Some(_) => Learned::Revision,
            };
            if learned != Learned::Nothing {
                self.0.insert(at, row);
            }
            learned
        }

        fn known(&self, start: i64, end: i64, as_of: DateTime<Utc>) -> Vec<Row> {
            let begun: Vec<_> = self.0.iter().copied().filter(|row| (start..end).contains(&row.start)).collect();
            let newest = |versions: &[Row]| versions.iter().rev().find(|row| row.known_at <= as_of).copied();
            let of_intervals = begun.chunk_by(|a, b| a.interval() == b.interval());
            of_intervals.filter_map(newest).filter(|row| row.value.is_some()).collect()
        }

        fn watermark(&self, counts: impl Fn(&Row) -> bool) -> Option<i64> {
            self.0.iter().rev().find(|row| row.value.is_some() && counts(row)).map(|row| row.end)
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("an instant")
    }

    fn series() -> Series {
        Series::new(Unit::from_symbol("mm").expect("known"))
    }

    fn row(start: i64, end: i64, value: i64, known_at: i64) -> Row {
        let value = Some(Fixed::from_micros(value));
        Row { start, end, value, vintage: Vintage::Final, known_at: at(known_at), recorded_by: known_at }
    }

    /// A fixed sequence (Knuth's multiplier).
    fn below(state: &mut u64, bound: i64) -> i64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(*state >> 33).expect("31 bits") % bound
    }

    /// Instants, hours and days in one series, told in any order, revised, taken back, told again.
    #[test]
    fn rows_kept_together_say_what_rows_by_themselves_say() {
        let mut state = 1;
        for round in 0..500 {
            let (mut plain, mut series) = (Plain::default(), series());
            for _ in 0..below(&mut state, 40) {
                // Some readings of one answer on end, or one by itself.
                let (first, length) =
                    (below(&mut state, 12), [1, 1, 1, 4, 0][usize::try_from(below(&mut state, 5)).expect("few")]);
                let (known_at, many) = (below(&mut state, 4), below(&mut state, 5) + 1);
                for place in 0..many {
                    let start = first + place * length;
                    let value = (below(&mut state, 9) > 0).then(|| Fixed::from_micros(below(&mut state, 3)));
                    let vintage = if below(&mut state, 9) > 0 { Vintage::Final } else { Vintage::Provisional };
                    let row = Row {
                        start,
                        end: start + length,
                        value,
                        vintage,
                        known_at: at(known_at),
                        recorded_by: known_at,
                    };
                    assert_eq!(series.judge(&row), series.clone().learn(&row), "round {round}");
                    assert_eq!(series.learn(&row), plain.learn(row), "round {round}");
                }
            }
            assert_eq!(series.rows().collect::<Vec<_>>(), plain.0, "round {round}");
            assert!(series.rows().rev().eq(plain.0.iter().rev().copied()), "round {round}");
            for (start, end) in (0..20).flat_map(|start| [0, 1, 4].map(|length| (start, start + length))) {
                let told = plain.0.iter().find(|row| row.interval() == (start, end)).map(|row| row.known_at);
                assert_eq!(series.first_told(start, end), told, "round {round}, {start} to {end}");
            }
            for as_of in 0..4 {
                let known = |row: &Row| row.known_at <= at(as_of);
                assert_eq!(series.watermark(at(as_of)), plain.watermark(known), "round {round}");
                let last_word = |row: &Row| known(row) && row.vintage == Vintage::Final;
                assert_eq!(series.final_watermark(at(as_of)), plain.watermark(last_word), "round {round}");
                for (start, end) in [(0, 99), (below(&mut state, 9), 4 + below(&mut state, 9)), (5, 5), (7, 3)] {
                    let expected = plain.known(start, end, at(as_of));
                    assert_eq!(series.known(start, end, at(as_of)), expected, "round {round}");
                }
            }
        }
    }

    #[test]
    fn neighbours_share_what_they_have_in_common() {
        let mut told = series();
        let mut learn = |hours: std::ops::Range<i64>, known_at, why: &str, kept| {
            hours.for_each(|hour| _ = told.learn(&row(hour * 3_600, (hour + 1) * 3_600, hour * known_at, known_at)));
            assert_eq!((told.stretches.len(), told.tellings.len()), kept, "{why}");
        };
        learn(0..100, 1, "one answer, on end", (1, 1));
        learn(100..200, 2, "another answer, on end", (1, 2));
        learn(50..51, 3, "a revision stands beside what it revises, alone", (4, 4));
        learn(201..202, 2, "a gap", (5, 4));
    }

    /// On end, but each row told by itself, as a feed does that is asked every hour.
    #[test]
    fn a_row_costs_less_than_it_does_by_itself() {
        assert!(size_of::<Telling>() + size_of::<Fixed>() < size_of::<Row>());
    }

    #[test]
    #[should_panic(expected = "above the marks")]
    fn the_lowest_number_is_no_reading() {
        series().learn(&row(0, 1, i64::MIN + 1, 1));
    }
}
