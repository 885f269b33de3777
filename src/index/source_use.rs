//! What one source gave to an index, and what became of the slots that it was asked for.

use crate::observation::SeriesKey;
use crate::quantity::{Fixed, Unit};

/// What became of what a source was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    /// The index rests on it.
    Used,
    /// There is no reading, and a later one is there.
    Missing,
    /// There is no reading, and none behind it: the source has fallen silent.
    Stale,
    /// Only readings that their source may still change, and the terms do not let these count.
    NotFinal,
    /// What the source said was refused: it could not be true.
    Refused,
    /// Too far from what the sources agree on, or where too few agree.
    Apart,
    /// Too much was missing of it for the whole window, so that another source was asked.
    PassedOver,
    /// The sources before it left nothing open.
    Spare,
    /// Of reports and tracks: it told nothing.
    NothingReported,
}

impl Disposition {
    /// Those of a slot that was asked for; each is of one of them.
    pub const OF_SLOTS: [Self; 6] =
        [Self::Used, Self::Missing, Self::Stale, Self::NotFinal, Self::Refused, Self::Apart];
    /// Those of a source only.
    const OF_SOURCES: [Self; 3] = [Self::PassedOver, Self::Spare, Self::NothingReported];

    /// All, those of a slot first.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::OF_SLOTS.into_iter().chain(Self::OF_SOURCES)
    }

    /// The word for programs, which stays the same from version to version.
    pub fn word(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::NotFinal => "not_final",
            Self::Refused => "refused",
            Self::Apart => "apart",
            Self::PassedOver => "passed_over",
            Self::Spare => "spare",
            Self::NothingReported => "nothing_reported",
        }
    }

    /// The disposition that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::all().find(|one| one.word() == word)
    }
}

/// How much one source gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUse {
    /// The source.
    pub series: SeriesKey,
    /// The family of its feed, where the term sheet gives it one.
    pub family: Option<String>,
    /// Slots that it was asked for: of reports and tracks, as many as there were.
    pub asked: usize,
    /// Readings of it that were used.
    pub used: usize,
    /// Under a consensus, those of them that were too far from what was agreed on, or stood where too few agreed.
    pub apart: usize,
    /// Of the slots that it left open, those behind its last reading.
    pub stale: usize,
    /// Those of which it said what the terms do not let count yet.
    pub not_final: usize,
    /// Those of which it said what was refused.
    pub refused: usize,
    /// Whether it was left, as a whole, for another source.
    pub passed_over: bool,
    /// Whether it tells reports or tracks, and is silent where nothing happened.
    pub reports: bool,
    /// Where it was asked for one slot only: the number that it gave, in the unit in which it is read.
    pub value: Option<(Fixed, Unit)>,
}

impl SourceUse {
    /// A source that filled so many of the slots that it was asked for.
    pub(super) fn new(series: SeriesKey, used: usize, asked: usize) -> Self {
        Self {
            series,
            family: None,
            asked,
            used,
            apart: 0,
            stale: 0,
            not_final: 0,
            refused: 0,
            passed_over: false,
            reports: false,
            value: None,
        }
    }

    /// A source of reports or tracks, of which there were so many.
    pub(super) fn of_reports(series: SeriesKey, told: usize) -> Self {
        Self { reports: true, ..Self::new(series, told, told) }
    }

    /// Slots of which it said nothing at all, though a later reading is there.
    pub fn missing(&self) -> usize {
        self.asked - self.used - self.stale - self.not_final - self.refused
    }

    /// How many of its slots are of each of [`Disposition::OF_SLOTS`], in that order; they add up to `asked`.
    pub fn slots(&self) -> [usize; Disposition::OF_SLOTS.len()] {
        [self.used - self.apart, self.missing(), self.stale, self.not_final, self.refused, self.apart]
    }

    /// What became of it as a whole: what most of its slots are; of as many, the one that comes later among
    /// [`Disposition::OF_SLOTS`].
    pub fn disposition(&self) -> Disposition {
        if self.passed_over {
            return Disposition::PassedOver;
        }
        if self.asked == 0 {
            return if self.reports { Disposition::NothingReported } else { Disposition::Spare };
        }
        let slots = Disposition::OF_SLOTS.into_iter().zip(self.slots());
        slots.max_by_key(|(_, slots)| *slots).expect("there are dispositions").0
    }

    /// Takes in what the same source gave elsewhere.
    pub(super) fn add(&mut self, more: &Self) {
        self.asked += more.asked;
        self.used += more.used;
        self.apart += more.apart;
        self.stale += more.stale;
        self.not_final += more.not_final;
        self.refused += more.refused;
        self.passed_over &= more.passed_over;
        self.value = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Variable;

    fn source() -> SourceUse {
        let series = SeriesKey { feed: "feed".into(), station: "a".into(), variable: Variable::Precipitation };
        SourceUse::new(series, 0, 0)
    }

    #[test]
    fn a_source_is_what_most_of_its_slots_are() {
        for (used, word, why) in [
            (SourceUse { asked: 5, used: 5, ..source() }, "used", "all"),
            (
                SourceUse { asked: 5, used: 3, apart: 1, ..source() },
                "missing",
                "two used, one apart, two missing: as many, the later one",
            ),
            (SourceUse { asked: 5, used: 3, ..source() }, "used", "three of five"),
            (SourceUse { asked: 5, used: 2, stale: 3, ..source() }, "stale", "silent from the third on"),
            (SourceUse { asked: 5, used: 5, apart: 3, ..source() }, "apart", "three of five"),
            (SourceUse { asked: 2, refused: 1, ..source() }, "refused", "before what is missing"),
            (SourceUse { asked: 3, not_final: 2, ..source() }, "not_final", "two of three"),
            (SourceUse { asked: 3, used: 2, passed_over: true, ..source() }, "passed_over", "whatever it gave"),
            (source(), "spare", "nothing was left to ask it for"),
            (SourceUse { reports: true, ..source() }, "nothing_reported", "nothing happened"),
        ] {
            assert_eq!(used.disposition().word(), word, "{why}");
            assert_eq!(used.slots().iter().sum::<usize>(), used.asked, "{why}");
        }
    }

    #[test]
    fn every_word_names_its_disposition() {
        for one in Disposition::all() {
            assert_eq!(Disposition::from_word(one.word()), Some(one));
        }
        assert_eq!(Disposition::from_word("outlier"), None);
    }
}
