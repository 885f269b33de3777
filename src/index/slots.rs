//! A series cut into the slots of a period.

use chrono::{DateTime, Utc};

use crate::contract::Grain;
use crate::quantity::{Fixed, Overflow};

/// One slot: a number, missing, or out of what counts; in order the marks stand below every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(i64);

impl Slot {
    /// No reading. It is not zero.
    pub const MISSING: Self = Self(i64::MIN);
    /// A reading that an earlier block took out of what counts.
    pub const OUT: Self = Self(i64::MIN + 1);

    /// Numbers of which it is known that they are above the two marks, into as many slots.
    #[inline]
    pub(super) fn copy(slots: &mut [Self], numbers: &[Fixed]) {
        match (slots, numbers) {
            // One alone, as feeds tell them that are asked often, is not worth a call of `memcpy`.
            ([slot], [number]) => *slot = Self(number.micros()),
            (slots, numbers) => copy_many(slots, numbers),
        }
    }

    /// A number.
    pub fn of(value: Fixed) -> Self {
        assert!(value.micros() > Self::OUT.0, "a number above the two marks");
        Self(value.micros())
    }

    /// The millionths of a slot of which it is known that it is a number.
    #[inline]
    pub(super) fn micros(self) -> i64 {
        debug_assert!(self.0 > Self::OUT.0, "a number and no mark");
        self.0
    }

    /// The number, if it is one.
    #[inline]
    pub fn value(self) -> Option<Fixed> {
        (self.0 > Self::OUT.0).then_some(Fixed::from_micros(self.0))
    }

    /// Whether there is no reading.
    pub fn is_missing(self) -> bool {
        self == Self::MISSING
    }

    /// Whether it was taken out of what counts.
    pub fn is_out(self) -> bool {
        self == Self::OUT
    }
}

/// Where slots begin and end, in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// Slots of one length: steps, or insured days between two changes of the clocks.
    Even {
        /// What one of them stands for.
        grain: Grain,
        /// The first one's beginning.
        from: i64,
        /// The length.
        step: i64,
        /// How many.
        count: usize,
    },
    /// Insured days around a change of the clocks: each begins where the one before ends.
    Days(Vec<i64>),
    /// Slots of any other kind, by beginning and end, in their order; they may lie apart.
    Spans {
        /// What one of them stands for.
        grain: Grain,
        /// Beginning and end of each.
        spans: Vec<(i64, i64)>,
    },
}

impl Bounds {
    /// How many slots.
    pub fn count(&self) -> usize {
        match self {
            Self::Even { count, .. } => *count,
            Self::Days(edges) => edges.len().saturating_sub(1),
            Self::Spans { spans, .. } => spans.len(),
        }
    }

    /// Where a slot begins.
    pub fn start(&self, slot: usize) -> i64 {
        match self {
            Self::Even { from, step, .. } => from + step * index(slot),
            Self::Days(edges) => edges[slot],
            Self::Spans { spans, .. } => spans[slot].0,
        }
    }

    /// Where a slot ends.
    pub fn stop(&self, slot: usize) -> i64 {
        match self {
            Self::Even { from, step, .. } => from + step * index(slot + 1),
            Self::Days(edges) => edges[slot + 1],
            Self::Spans { spans, .. } => spans[slot].1,
        }
    }

    /// Where the last slot ends.
    pub fn end(&self) -> i64 {
        match self {
            Self::Even { from, step, count, .. } => from + step * index(*count),
            Self::Days(edges) => edges.last().copied().unwrap_or(0),
            Self::Spans { spans, .. } => spans.last().map_or(0, |span| span.1),
        }
    }

    /// How many slots have ended by an instant; they are of one length, or follow one another.
    pub fn over_by(&self, instant: i64) -> usize {
        let (mut over, mut open) = (0, self.count());
        while over < open {
            let middle = over.midpoint(open);
            if self.stop(middle) <= instant { over = middle + 1 } else { open = middle }
        }
        over
    }

    /// The first slot that does not begin before an instant; the count where all do.
    pub fn first_from(&self, instant: i64) -> usize {
        match self {
            Self::Even { from, step, count, .. } => {
                let passed = (instant - from).max(0);
                usize::try_from((passed + step - 1) / step).map_or(*count, |slot| slot.min(*count))
            }
            Self::Days(edges) => edges[..self.count()].partition_point(|edge| *edge < instant),
            Self::Spans { spans, .. } => spans.partition_point(|span| span.0 < instant),
        }
    }

    /// The slot that is this interval exactly.
    pub fn slot_of(&self, start: i64, end: i64) -> Option<usize> {
        match self {
            Self::Even { from, step, count, .. } => {
                let fits = end - start == *step && start >= *from && (start - from) % step == 0;
                let slot = usize::try_from((start - from) / step).ok()?;
                (fits && slot < *count).then_some(slot)
            }
            Self::Days(edges) => {
                let slot = edges.binary_search(&start).ok()?;
                (edges.get(slot + 1) == Some(&end)).then_some(slot)
            }
            Self::Spans { spans, .. } => spans.binary_search(&(start, end)).ok(),
        }
    }

    /// The same, looked for at `guess` first.
    #[inline]
    pub fn slot_near(&self, guess: usize, start: i64, end: i64) -> Option<usize> {
        let is_it = match self {
            Self::Even { from, step, count, .. } => {
                guess < *count && start == from + step * index(guess) && end - start == *step
            }
            Self::Days(edges) => edges.get(guess) == Some(&start) && edges.get(guess + 1) == Some(&end),
            Self::Spans { spans, .. } => spans.get(guess) == Some(&(start, end)),
        };
        if is_it { Some(guess) } else { self.slot_of(start, end) }
    }

    /// How many slots from `first` on, but no more than `most`, are on end and of one length, as the first one is.
    #[inline]
    pub fn slots_on_end(&self, first: usize, length: i64, most: usize) -> usize {
        let most = most.min(self.count() - first);
        match self {
            Self::Even { step, .. } => {
                if *step == length {
                    most
                } else {
                    0
                }
            }
            Self::Days(edges) => {
                edges[first..].windows(2).take(most).take_while(|day| day[1] - day[0] == length).count()
            }
            Self::Spans { spans, .. } => {
                let begins = (0..).map(|slot| spans[first].0 + length * slot);
                let spans = spans[first..].iter().zip(begins);
                spans.take(most).take_while(|(span, begins)| **span == (*begins, begins + length)).count()
            }
        }
    }

    /// The nominal length of so many slots from `first` on, in seconds: an insured day counts 24 hours, also where the
    /// clock changes.
    pub fn length(&self, first: usize, slots: usize) -> i64 {
        let real = |span: &(i64, i64)| span.1 - span.0;
        match self {
            Self::Even { step, .. } | Self::Spans { grain: Grain::Step(step), .. } => step * index(slots),
            Self::Days(_) | Self::Spans { grain: Grain::Day, .. } => DAY * index(slots),
            Self::Spans { grain: Grain::Report, spans } => spans[first..first + slots].iter().map(real).sum(),
            Self::Spans { spans, .. } => {
                spans[first..first + slots].iter().map(|span| (real(span) + DAY / 2) / DAY * DAY).sum()
            }
        }
    }

    /// What one slot stands for.
    pub fn grain(&self) -> Grain {
        match self {
            Self::Even { grain, .. } => *grain,
            Self::Days(_) => Grain::Day,
            Self::Spans { grain, .. } => *grain,
        }
    }

    /// The instant at which a slot begins.
    pub fn instant(&self, slot: usize) -> DateTime<Utc> {
        instant(self.start(slot))
    }

    /// Only these slots, which are in their order.
    pub fn only(&self, kept: impl Iterator<Item = usize>) -> Self {
        let spans = kept.map(|slot| (self.start(slot), self.stop(slot))).collect();
        Self::Spans { grain: self.grain(), spans }
    }

    /// Only the first so many slots.
    pub fn front(&self, count: usize) -> Self {
        let count = count.min(self.count());
        match self {
            Self::Even { grain, from, step, .. } => Self::Even { grain: *grain, from: *from, step: *step, count },
            Self::Days(edges) => Self::Days(edges[..edges.len().min(count + 1)].to_vec()),
            Self::Spans { grain, spans } => Self::Spans { grain: *grain, spans: spans[..count].to_vec() },
        }
    }

    /// Without the first so many slots.
    pub fn behind(&self, skipped: usize) -> Self {
        let skipped = skipped.min(self.count());
        match self {
            Self::Even { grain, step, count, .. } => {
                Self::Even { grain: *grain, from: self.start(skipped), step: *step, count: count - skipped }
            }
            Self::Days(edges) => Self::Days(edges[skipped..].to_vec()),
            Self::Spans { grain, spans } => Self::Spans { grain: *grain, spans: spans[skipped..].to_vec() },
        }
    }
}

/// Seconds of a nominal day.
pub(super) const DAY: i64 = 86_400;

/// An instant of a contract.
pub(super) fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a period lies inside the calendar")
}

fn index(slot: usize) -> i64 {
    i64::try_from(slot).expect("a period has few slots")
}

/// A number of slots as an integer of ratios.
pub(super) fn many(slots: usize) -> i128 {
    i128::try_from(slots).expect("a period has few slots")
}

/// The sum in millionths of slots all of which are numbers, so small that no sum of some of them leaves the range; else
/// none.
pub(super) fn plain_sum(slots: &[Slot]) -> Option<i64> {
    // The bits of all distances from zero. Of a mark it is all bits, but perhaps the last.
    let (mut sum, mut bits) = (0_i64, 0_i64);
    for Slot(micros) in slots {
        sum = sum.wrapping_add(*micros);
        bits |= micros ^ (micros >> 63);
    }
    (bits < i64::MAX / index(slots.len()).max(2)).then_some(sum)
}

/// The largest number among slots.
pub(super) fn largest(slots: &[Slot]) -> Option<Fixed> {
    slots.iter().max().and_then(|slot| slot.value())
}

/// The smallest number among slots.
pub(super) fn smallest(slots: &[Slot]) -> Option<Fixed> {
    slots.iter().filter_map(|slot| slot.value()).min()
}

/// By itself, so that the compiler sees that it is a copy of memory.
#[inline(never)]
fn copy_many(slots: &mut [Slot], numbers: &[Fixed]) {
    for (slot, number) in slots.iter_mut().zip(numbers) {
        debug_assert!(number.micros() > Slot::OUT.0, "a number above the two marks");
        *slot = Slot(number.micros());
    }
}

/// Something for each slot, with the slots' bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series<T> {
    /// Where they lie.
    pub bounds: Bounds,
    /// One for each.
    pub values: Vec<T>,
}

/// A series: slots and their bounds.
pub type Slots = Series<Slot>;

impl Slots {
    /// Slots of which none has a reading.
    pub fn empty(bounds: Bounds) -> Self {
        let values = vec![Slot::MISSING; bounds.count()];
        Self { bounds, values }
    }

    /// Applies a function to every number; marks stay.
    pub fn map(&mut self, change: impl Fn(Fixed) -> Fixed) {
        for slot in &mut self.values {
            if let Some(value) = slot.value() {
                *slot = Slot::of(change(value));
            }
        }
    }

    /// Applies a function that may fail to every number; marks stay.
    ///
    /// # Errors
    /// [`Overflow`], the first that the function gives.
    pub fn try_map(&mut self, change: impl Fn(Fixed) -> Result<Fixed, Overflow>) -> Result<(), Overflow> {
        for slot in &mut self.values {
            if let Some(value) = slot.value() {
                *slot = Slot::of(change(value)?);
            }
        }
        Ok(())
    }

    /// All numbers.
    pub fn numbers(&self) -> impl Iterator<Item = Fixed> {
        self.values.iter().filter_map(|slot| slot.value())
    }

    /// The largest number.
    pub fn largest(&self) -> Option<Fixed> {
        largest(&self.values)
    }

    /// How many slots are missing.
    pub fn missing(&self) -> usize {
        self.values.iter().filter(|slot| slot.is_missing()).count()
    }

    /// How many slots count: all but those that were taken out.
    pub fn expected(&self) -> usize {
        self.values.iter().filter(|slot| !slot.is_out()).count()
    }

    /// Takes out the slots that begin before an instant.
    pub fn take_out_before(&mut self, instant: i64) {
        let counted = self.bounds.first_from(instant);
        self.values[..counted].fill(Slot::OUT);
    }

    /// The longest stretch of missing slots: where it begins and how many; the first of equal ones. The longest is the
    /// one that lasts longest: dekads and months, those cut at the period's ends above all, are not of one length.
    pub fn longest_gap(&self) -> (usize, usize) {
        let (mut longest, mut lasts, mut slots) = ((0, 0), 0, 0);
        for (slot, value) in self.values.iter().enumerate() {
            slots = if value.is_missing() { slots + 1 } else { 0 };
            if slots == 0 {
                continue;
            }
            let first = slot + 1 - slots;
            let seconds = self.bounds.length(first, slots);
            if seconds > lasts {
                (longest, lasts) = ((first, slots), seconds);
            }
        }
        longest
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Days from numbers: `.` is missing, `x` is out.
    pub fn days(text: &str) -> Slots {
        let values: Vec<_> = text
            .split_whitespace()
            .map(|word| match word {
                "." => Slot::MISSING,
                "x" => Slot::OUT,
                number => Slot::of(Fixed::parse(number).expect(number)),
            })
            .collect();
        let edges = (0..=values.len()).map(|day| index(day) * DAY).collect();
        Slots { bounds: Bounds::Days(edges), values }
    }

    #[test]
    fn an_interval_fits_one_slot_or_none() {
        let hours = Bounds::Even { grain: Grain::Step(3_600), from: 7_200, step: 3_600, count: 3 };
        for (start, end, slot, why) in [
            (7_200, 10_800, Some(0), "the first"),
            (14_400, 18_000, Some(2), "the last"),
            (18_000, 21_600, None, "behind the last"),
            (3_600, 7_200, None, "before the first"),
            (7_200, 14_400, None, "too long"),
            (9_000, 12_600, None, "between two"),
        ] {
            assert_eq!(hours.slot_of(start, end), slot, "{why}");
            for guess in 0..5 {
                assert_eq!(hours.slot_near(guess, start, end), slot, "{why}, guessed {guess}");
            }
        }
        let summer = Bounds::Days(vec![0, 86_400, 169_200]);
        assert_eq!(summer.slot_of(86_400, 169_200), Some(1), "a day of 23 hours");
        assert_eq!(summer.slot_of(86_400, 172_800), None, "24 hours are not that day");
    }

    #[test]
    fn slots_are_found_by_where_they_begin() {
        let hours = Bounds::Even { grain: Grain::Step(3_600), from: 7_200, step: 3_600, count: 3 };
        let days = Bounds::Days(vec![0, 86_400, 169_200]);
        let reports = Bounds::Spans { grain: Grain::Report, spans: vec![(0, 10), (50, 60), (50, 90)] };
        for (bounds, instant, slot, why) in [
            (&hours, 0, 0, "long before"),
            (&hours, 7_200, 0, "at the first"),
            (&hours, 7_201, 1, "just behind it"),
            (&hours, 99_999, 3, "behind all"),
            (&days, 86_400, 1, "at a day"),
            (&days, 86_401, 2, "the end is no slot"),
            (&reports, 1, 1, "between two"),
            (&reports, 50, 1, "the first of two that begin together"),
            (&reports, 51, 3, "behind both"),
        ] {
            assert_eq!(bounds.first_from(instant), slot, "{why}");
        }
    }

    #[test]
    fn lengths_are_nominal() {
        let month = |spans| Bounds::Spans { grain: Grain::Month, spans };
        for (bounds, first, slots, seconds, why) in [
            (Bounds::Days(vec![0, 82_800, 169_200]), 0, 2, 172_800, "a day of 23 hours is a day"),
            (Bounds::Even { grain: Grain::Step(600), from: 0, step: 600, count: 6 }, 2, 3, 1_800, "steps"),
            (month(vec![(0, 31 * DAY - 3_600), (31 * DAY - 3_600, 59 * DAY)]), 0, 1, 31 * DAY, "a month with a change"),
            (month(vec![(0, 31 * DAY), (31 * DAY, 59 * DAY)]), 1, 1, 28 * DAY, "the second month"),
            (Bounds::Spans { grain: Grain::Report, spans: vec![(0, 10), (90, 95)] }, 0, 2, 15, "reports as they are"),
        ] {
            assert_eq!(bounds.length(first, slots), seconds, "{why}");
        }
    }

    #[test]
    fn a_plain_sum_is_of_numbers_that_fit() {
        let most = i64::MAX / 2;
        for (slots, sum, why) in [
            (vec![], Some(0), "nothing"),
            (vec![5], Some(5), "one"),
            (vec![-7, 3, -1], Some(-5), "of either sign"),
            (vec![Slot::MISSING.0], None, "missing"),
            (vec![Slot::OUT.0], None, "out"),
            (vec![1, Slot::MISSING.0, 2], None, "one is missing"),
            (vec![1, 2, Slot::OUT.0], None, "one is out"),
            (vec![most - 1, most - 1], Some(2 * (most - 1)), "the largest that always fit"),
            (vec![-most, -most], Some(-2 * most), "the smallest"),
            (vec![most, most], None, "these might not"),
            (vec![most, -most], None, "though they do"),
        ] {
            let slots: Vec<_> = slots.into_iter().map(Slot).collect();
            assert_eq!(plain_sum(&slots), sum, "{why}");
        }
    }

    #[test]
    fn gaps_are_found() {
        assert_eq!(days("1 . . 2 . . . 3 .").longest_gap(), (4, 3));
        assert_eq!(days("1 x 2").longest_gap(), (0, 0), "out is not missing");
        assert_eq!(days(". .").longest_gap(), (0, 2));
        let spans = vec![(0, 3 * DAY), (3 * DAY, 13 * DAY), (13 * DAY, 20 * DAY)];
        let mut dekads = days(". 1 .");
        dekads.bounds = Bounds::Spans { grain: Grain::Dekad, spans };
        assert_eq!(dekads.longest_gap(), (2, 1), "seven days of a dekad are longer than three of another");
    }
}
