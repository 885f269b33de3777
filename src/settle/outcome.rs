//! What comes out of a settlement.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::reason::Reason;
use super::sources::{Given, sources};
use crate::index::{SourceUse, Step};
use crate::quantity::{Money, Unit};

/// What comes out for the insured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Money is owed: to the insured, or under a swap by the insured, where the amount is below zero.
    Pays,
    /// None is.
    NothingDue,
    /// There is no index, so nothing is owed and nothing is refused.
    Undetermined,
}

impl Outcome {
    /// All.
    pub const ALL: [Self; 3] = [Self::Pays, Self::NothingDue, Self::Undetermined];

    /// The outcome that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::NothingDue => "nothing_due",
            Self::Undetermined => "undetermined",
        }
    }
}

impl serde::Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A settlement as known at an instant.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// What comes out.
    pub outcome: Outcome,
    /// The stable word for why.
    pub reason_code: &'static str,
    /// Why, in a sentence, as the ledger keeps it.
    pub reason: String,
    /// The same part by part, of which it can be said in other words.
    pub why: Reason,
    /// The index as a decimal, with its unit.
    pub index: Option<(String, Unit)>,
    /// Where it begins to pay: `< 230 mm`.
    pub trigger: String,
    /// What is owed, rounded to the minor unit; below zero where the insured owes it.
    pub amount: Money,
    /// What was paid in advance for the period, before this.
    pub advance: Money,
    /// Whether it may be final: the lag has passed, and all readings are there or the waiting is over.
    pub may_be_final: bool,
    /// Whether readings that are not there are waited for no longer.
    pub waited_out: bool,
    /// Whether it would be another one without one of the sources that agree; the reason says which.
    pub fragile: bool,
    /// What each source gave.
    pub uses: Arc<[SourceUse]>,
    /// The ledger entries that hold the readings used.
    pub recorded_by: Arc<BTreeSet<i64>>,
    /// The way of the number, where it was asked for.
    pub trace: Vec<Step>,
}

impl Settlement {
    /// What each source gave, in the order of feed, station and variable; what several blocks read alike stands there
    /// once.
    pub fn sources(&self) -> Vec<Given> {
        sources(&self.uses)
    }

    /// What was paid for the period once this is final: what was paid in advance is not paid back. Nothing where the
    /// insured owes.
    pub fn paid(&self) -> i64 {
        self.amount.minor().max(self.advance.minor()).max(0)
    }
}

/// What is left to pay of an amount of which so much was paid in advance, in minor units: never below nothing. Where
/// nothing was, it is the amount, which is below zero where the insured owes it.
pub fn balance(amount: i64, advance: i64) -> i64 {
    if advance == 0 { amount } else { (amount - advance).max(0) }
}
