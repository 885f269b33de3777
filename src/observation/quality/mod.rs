//! Whether a reading can be true: what a refused one is refused for.
//!
//! A reading is taken as it is or refused with a flag and a reason; none is changed. What is refused counts as missing.

mod change;
mod consistency;
mod near;
mod night;
mod physical;
mod scale;
mod sight;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Knowledge, Learned, Reading};
use crate::quantity::{Fixed, Quantity, Unit, Variable};
use sight::Sight;

/// Why a reading is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Its source marks it so, or it cannot be read.
    Source,
    /// Two values for one interval in one answer.
    Conflict,
    /// Beyond what was ever measured on earth, or what the settings say the place can have.
    Limit,
    /// Beyond what the plant can make.
    Nameplate,
    /// Sun at night.
    Night,
    /// It contradicts another variable of the same station and interval.
    Inconsistent,
    /// Further from the value before than the settings allow, and nothing behind it says the same.
    Step,
    /// Far from the value before and from the value behind, which are near to one another.
    Spike,
    /// The same number for too long.
    Stuck,
    /// Every value changed by the same factor: a unit or a decimal point slipped.
    Scale,
    /// Too far from its neighbours.
    Neighbour,
}

/// All flags with their words, which stand in the ledger and never change.
const WORDS: [(Flag, &str); 11] = [
    (Flag::Source, "source"),
    (Flag::Conflict, "conflict"),
    (Flag::Limit, "limit"),
    (Flag::Nameplate, "nameplate"),
    (Flag::Night, "night"),
    (Flag::Inconsistent, "inconsistent"),
    (Flag::Step, "step"),
    (Flag::Spike, "spike"),
    (Flag::Stuck, "stuck"),
    (Flag::Scale, "scale"),
    (Flag::Neighbour, "neighbour"),
];

impl Flag {
    /// The flag of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        WORDS.iter().find(|(_, known)| *known == word).map(|(flag, _)| *flag)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(flag, _)| *flag == self).expect("each has a word").1
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A reading that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flagged {
    /// As it was decoded.
    pub reading: Reading,
    /// Why it is refused, in one word.
    pub flag: Flag,
    /// And in a sentence, with the numbers.
    pub reason: String,
}

/// What the settings of a feed say about the quality of its readings. What is measured nowhere on earth is refused
/// without being told so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// One for each column.
    pub columns: Vec<ColumnRules>,
    /// What is known of stations.
    pub stations: BTreeMap<Arc<str>, StationFacts>,
}

/// What is asked of a variable. Numbers are in the unit of its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRules {
    /// The variable.
    pub variable: Variable,
    /// Its unit.
    pub unit: Unit,
    /// Less than this is refused.
    pub least: Option<Fixed>,
    /// More than this is refused.
    pub most: Option<Fixed>,
    /// The greatest change from one interval to the next that needs no confirmation.
    pub step: Option<Fixed>,
    /// How long one number may stay, in seconds.
    pub stuck_s: Option<i64>,
    /// Whose values are near.
    pub near: Option<Near>,
}

impl ColumnRules {
    /// Nothing asked for beyond what is physical.
    pub fn of(variable: Variable, unit: Unit) -> Self {
        Self { variable, unit, least: None, most: None, step: None, stuck_s: None, near: None }
    }
}

/// Neighbours and how near they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Feed and station; the same feed may be among them.
    pub of: Vec<(Arc<str>, Arc<str>)>,
    /// How far the value may be from the lower median of theirs, in the unit of the column.
    pub within: Fixed,
}

/// What is known of a station.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StationFacts {
    /// What the plant can make.
    pub nameplate: Option<Quantity>,
    /// Degrees, north positive, and degrees, east positive.
    pub position: Option<(Fixed, Fixed)>,
}

/// What an answer teaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Readings that are new, or revise what was known, in the order of station, variable and interval.
    pub good: Vec<Reading>,
    /// How many of them revise.
    pub revisions: usize,
    /// Those that are refused.
    pub flagged: Vec<Flagged>,
}

/// Judges the readings of one answer.
///
/// - `answer`: all of it, what is known already too.
/// - `known`: what was learned before, as known at `as_of`.
///
/// Two values for one interval contradict one another: neither is taken. A reading without a value says nothing that
/// could be wrong. The outcome does not depend on the order of the answer.
pub fn judge(rules: &Rules, feed: &Arc<str>, answer: Vec<Reading>, known: &Knowledge, as_of: DateTime<Utc>) -> Judged {
    let (answer, mut flagged) = without_conflicts(answer);
    let learned = |reading: &Reading| known.would_learn(feed, reading, as_of);
    let mut left: Vec<_> = answer.iter().filter(|reading| learned(reading) != Learned::Nothing).cloned().collect();
    if left.is_empty() {
        // As at most polls.
        return Judged { good: left, revisions: 0, flagged };
    }
    let mut sight = Sight::new(feed, &answer, known, as_of);
    // What one check refuses the next ones do not see.
    for check in [physical::check, night::check, scale::check, consistency::check, change::check, near::check] {
        let verdicts = check(rules, &sight, &left);
        if verdicts.iter().all(Option::is_none) {
            continue;
        }
        let mut kept = Vec::with_capacity(left.len());
        for (reading, verdict) in left.into_iter().zip(verdicts) {
            match verdict {
                None => kept.push(reading),
                Some((flag, reason)) => {
                    sight.hide(&reading);
                    flagged.push(Flagged { reading, flag, reason });
                }
            }
        }
        left = kept;
    }
    let revisions = left.iter().filter(|reading| learned(reading) == Learned::Revision).count();
    Judged { good: left, revisions, flagged }
}

/// One reading for each interval, in the order of station, variable and interval; and those of which there are two with
/// different values. Of two that differ in vintage only, the final one stays.
fn without_conflicts(answer: Vec<Reading>) -> (Vec<Reading>, Vec<Flagged>) {
    let mut by_interval: BTreeMap<_, (Reading, bool)> = BTreeMap::new();
    for reading in answer {
        let key = (reading.station.clone(), reading.variable, reading.start, reading.end);
        let (one, agree) = by_interval.entry(key).or_insert_with(|| (reading.clone(), true));
        *agree &= one.value == reading.value;
        one.vintage = one.vintage.max(reading.vintage);
    }
    let (mut readings, mut flagged) = (Vec::with_capacity(by_interval.len()), Vec::new());
    for (reading, agree) in by_interval.into_values() {
        if agree {
            readings.push(reading);
        } else {
            let reason = "the answer says two things about this interval".to_owned();
            flagged.push(Flagged { reading, flag: Flag::Conflict, reason });
        }
    }
    (readings, flagged)
}

/// What a check says of a reading: nothing, or why it is refused.
type Verdict = Option<(Flag, String)>;

impl Rules {
    fn of(&self, variable: Variable) -> Option<&ColumnRules> {
        self.columns.iter().find(|column| column.variable == variable)
    }

    fn station(&self, name: &str) -> StationFacts {
        self.stations.get(name).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
