//! How binding a determination is, and where its settlement stands.

use serde::{Serialize, Serializer};

use super::Kind;
use super::life::Life;

/// Codes of reasons that say that a period runs, or that readings are late.
const RUNNING: [&str; 3] = ["period_running", "data_incomplete", "pays_so_far"];

/// How binding a determination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It follows the data and may change.
    Provisional,
    /// It is what will bind at a named instant unless something changes: public, not payable.
    Preliminary,
    /// A person or the program holds it back; of what readers see, not of a determination.
    Held,
    /// It was given up; of what readers see, not of a determination.
    Void,
    /// It binds: a payment in advance while the period runs. The final one says what the whole is.
    Interim,
    /// It binds.
    Final,
    /// It binds, and corrects an earlier one.
    Restated,
}

impl State {
    /// All, in the order in which they follow each other.
    pub const ALL: [Self; 7] =
        [Self::Provisional, Self::Preliminary, Self::Held, Self::Void, Self::Interim, Self::Final, Self::Restated];

    /// The word that readers see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Preliminary => "preliminary",
            Self::Held => "held",
            Self::Void => "void",
            Self::Interim => "interim",
            Self::Final => "final",
            Self::Restated => "restated",
        }
    }

    /// The state that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The kind of its entries.
    pub fn kind(self) -> Kind {
        match self {
            Self::Provisional | Self::Preliminary => Kind::Decision,
            Self::Held => Kind::Hold,
            Self::Void => Kind::Void,
            Self::Interim => Kind::Interim,
            Self::Final => Kind::Final,
            Self::Restated => Kind::Restate,
        }
    }

    /// Where a settlement in this state stands, by the code of its reason: its word, but `open` or `complete` of a
    /// provisional one.
    pub fn stage(self, reason_code: &str) -> &'static str {
        match self {
            Self::Provisional if RUNNING.contains(&reason_code) => "open",
            Self::Provisional => "complete",
            state => state.word(),
        }
    }

    /// Whether something later may still take its place without being a correction.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Provisional | Self::Preliminary | Self::Held)
    }

    /// Whether it is a determination that binds for a whole period.
    pub fn ends(self) -> bool {
        matches!(self, Self::Final | Self::Restated)
    }

    /// How a decision stands that may be `contested`, or not; `held` is the latest of the acts `hold`, `release` and `void`
    /// on its period.
    pub(super) fn of_decision(contested: bool, held: Option<&str>) -> Self {
        match held {
            Some("hold") => Self::Held,
            Some("void") => Self::Void,
            _ if contested => Self::Preliminary,
            _ => Self::Provisional,
        }
    }

    pub(super) fn of_entry(kind: Kind, life: &Life) -> Option<Self> {
        match kind {
            Kind::Decision => Some(Self::of_decision(life.contested_until.is_some(), None)),
            Kind::Interim => Some(Self::Interim),
            Kind::Final => Some(Self::Final),
            Kind::Restate => Some(Self::Restated),
            _ => None,
        }
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
