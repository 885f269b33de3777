//! A series cut into the slots of a period.

use chrono::{DateTime, Utc};

use crate::contract::Grain;
use crate::quantity::Fixed;

/// One slot: a number, missing, or out of what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(i64);

impl Slot {
    /// No reading. It is not zero.
    pub const MISSING: Self = Self(i64::MIN);
    /// A reading that an earlier block took out of what counts.
    pub const OUT: Self = Self(i64::MIN + 1);

    /// A number.
    pub fn of(value: Fixed) -> Self {
        assert!(value.micros() > Self::OUT.0, "a number above the two marks");
        Self(value.micros())
    }

    /// The number, if it is one.
    pub fn value(self) -> Option<Fixed> {
        (self.0 > Self::OUT.0).then_some(Fixed::from_micros(self.0))
    }

    /// Whether there is no reading.
    pub fn is_missing(self) -> bool {
        self == Self::MISSING
    }
}

/// Where slots begin and end, in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// Slots of one length.
    Even {
        /// The first one's beginning.
        from: i64,
        /// The length.
        step: i64,
        /// How many.
        count: usize,
    },
    /// Insured days: each begins where the one before ends.
    Days(Vec<i64>),
}

impl Bounds {
    /// How many slots.
    pub fn count(&self) -> usize {
        match self {
            Self::Even { count, .. } => *count,
            Self::Days(edges) => edges.len().saturating_sub(1),
        }
    }

    /// Where a slot begins.
    pub fn start(&self, slot: usize) -> i64 {
        match self {
            Self::Even { from, step, .. } => from + step * index(slot),
            Self::Days(edges) => edges[slot],
        }
    }

    /// Where the last slot ends.
    pub fn end(&self) -> i64 {
        match self {
            Self::Even { from, step, count } => from + step * index(*count),
            Self::Days(edges) => edges.last().copied().unwrap_or(0),
        }
    }

    /// The slot that is this interval exactly.
    pub fn slot_of(&self, start: i64, end: i64) -> Option<usize> {
        match self {
            Self::Even { from, step, count } => {
                let fits = end - start == *step && start >= *from && (start - from) % step == 0;
                let slot = usize::try_from((start - from) / step).ok()?;
                (fits && slot < *count).then_some(slot)
            }
            Self::Days(edges) => {
                let slot = edges.binary_search(&start).ok()?;
                (edges.get(slot + 1) == Some(&end)).then_some(slot)
            }
        }
    }

    /// The same, looked for at `guess` first.
    pub fn slot_near(&self, guess: usize, start: i64, end: i64) -> Option<usize> {
        let is_it = match self {
            Self::Even { from, step, count } => {
                guess < *count && start == from + step * index(guess) && end - start == *step
            }
            Self::Days(edges) => edges.get(guess) == Some(&start) && edges.get(guess + 1) == Some(&end),
        };
        if is_it { Some(guess) } else { self.slot_of(start, end) }
    }

    /// The nominal length of so many slots, in seconds: an insured day counts 24 hours, also where the clock changes.
    pub fn length(&self, slots: usize) -> i64 {
        match self {
            Self::Even { step, .. } => step * index(slots),
            Self::Days(_) => 86_400 * index(slots),
        }
    }

    /// What one slot stands for.
    pub fn grain(&self) -> Grain {
        match self {
            Self::Even { step, .. } => Grain::Step(*step),
            Self::Days(_) => Grain::Day,
        }
    }

    /// The instant at which a slot begins.
    pub fn instant(&self, slot: usize) -> DateTime<Utc> {
        DateTime::from_timestamp(self.start(slot), 0).expect("a period lies inside the calendar")
    }
}

fn index(slot: usize) -> i64 {
    i64::try_from(slot).expect("a period has few slots")
}

/// A series: slots and their bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// Where they lie.
    pub bounds: Bounds,
    /// One for each.
    pub values: Vec<Slot>,
}

impl Slots {
    /// Applies a function to every number; marks stay.
    pub fn map(&mut self, change: impl Fn(Fixed) -> Fixed) {
        for slot in &mut self.values {
            if let Some(value) = slot.value() {
                *slot = Slot::of(change(value));
            }
        }
    }

    /// All numbers.
    pub fn numbers(&self) -> impl Iterator<Item = Fixed> {
        self.values.iter().filter_map(|slot| slot.value())
    }

    /// How many slots are missing.
    pub fn missing(&self) -> usize {
        self.values.iter().filter(|slot| slot.is_missing()).count()
    }

    /// The longest stretch of missing slots: where it begins and how many; the first of equal ones.
    pub fn longest_gap(&self) -> (usize, usize) {
        let (mut longest, mut length) = ((0, 0), 0);
        for (slot, value) in self.values.iter().enumerate() {
            length = if value.is_missing() { length + 1 } else { 0 };
            if length > longest.1 {
                longest = (slot + 1 - length, length);
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
        let edges = (0..=values.len()).map(|day| index(day) * 86_400).collect();
        Slots { bounds: Bounds::Days(edges), values }
    }

    #[test]
    fn an_interval_fits_one_slot_or_none() {
        let hours = Bounds::Even { from: 7_200, step: 3_600, count: 3 };
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
    fn gaps_are_found() {
        assert_eq!(days("1 . . 2 . . . 3 .").longest_gap(), (4, 3));
        assert_eq!(days("1 x 2").longest_gap(), (0, 0), "out is not missing");
        assert_eq!(days(". .").longest_gap(), (0, 2));
    }
}
