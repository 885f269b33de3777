//! One decoded statement of a source.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::quantity::{Fixed, Unit, Variable};

/// Whether a source may still change a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vintage {
    /// It may.
    Provisional,
    /// It has said its last word.
    Final,
}

impl Vintage {
    /// The word in settings and in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Final => "final",
        }
    }

    /// The vintage that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "provisional" => Some(Self::Provisional),
            "final" => Some(Self::Final),
            _ => None,
        }
    }
}

/// What a source says about one variable over one interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Station, plant, cell or storm, by the source's own name.
    pub station: Arc<str>,
    /// What was measured.
    pub variable: Variable,
    /// The interval's beginning; of a value at an instant, the instant.
    pub start: DateTime<Utc>,
    /// The interval's end, not included; of a storm's fix, the same instant.
    pub end: DateTime<Utc>,
    /// The number; `None` where the source says that it has none.
    pub value: Option<Fixed>,
    /// The unit in which the source sends it.
    pub unit: Unit,
    /// Whether the source may still change it.
    pub vintage: Vintage,
}
