//! A term sheet that was read without a fault.

use std::sync::Arc;

use crate::calendar::{DayRule, Window};
use crate::document::{Place, Source};
use crate::quantity::{Currency, Exact, Rounding, Unit};

use super::payout::{Amount, EventPay, Shape};
use super::pipeline::{IndexKind, Pipeline};

/// By what the amounts of a product are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// By nothing: each policy has its sum insured.
    PerPolicy,
    /// By the policy's units.
    PerUnit {
        /// One of them.
        unit: Unit,
        /// The sum insured of one, in units of the currency.
        sum_insured: Option<Exact>,
    },
}

/// What a column of the book holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A station's name.
    Station,
    /// A number in a unit of this one's dimension.
    Number(Unit),
}

/// A column of the book that the product asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A source as a term sheet names it: `asos/{station}`, `scada/R80711`, or a whole feed, `besttrack`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceName {
    /// The feed.
    pub feed: Arc<str>,
    /// The station: a column of the book in braces, or a name; none for the whole feed.
    pub station: Option<String>,
    /// Where it is written.
    pub place: Place,
}

/// How several sources serve one index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Each gap is filled from the next source.
    Reading,
    /// The next source serves the whole window where the one before is too incomplete.
    Window,
}

/// How much may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingRule {
    /// The largest share of the slots.
    pub at_most: Exact,
    /// The longest stretch, in seconds.
    pub longest: i64,
}

/// Where readings come from, and how much of them may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataRules {
    /// In order of preference.
    pub sources: Vec<SourceName>,
    /// How the later ones serve.
    pub fallback: Fallback,
    /// How much may be missing; none where only storms are read.
    pub missing: Option<MissingRule>,
}

/// When a determination is final, and how money is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Seconds behind the period's end before which nothing is final.
    pub lag: i64,
    /// Seconds behind the period's end after which it is final as it stands.
    pub longest_wait: i64,
    /// To the minor unit.
    pub rounding: Rounding,
}

/// One index and what it pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limb {
    /// Its name; the cover's own where there is only one.
    pub id: String,
    /// The index.
    pub pipeline: Pipeline,
    /// The payout.
    pub shape: Shape,
    /// As written, for `explain`.
    pub payout_text: String,
}

/// A cover: a window, and one limb or several of which the best pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Its name.
    pub id: String,
    /// When it looks.
    pub window: Window,
    /// At least one.
    pub limbs: Vec<Limb>,
    /// Which storms pay, where it is about storms.
    pub events: Option<EventPay>,
    /// Where it begins in the file.
    pub place: Place,
}

/// A term sheet.
#[derive(Clone, Debug)]
pub struct Product {
    /// Its name in the book, without the version.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its title.
    pub name: String,
    /// What it pays in.
    pub currency: Currency,
    /// Its insured day.
    pub day: DayRule,
    /// What amounts are multiplied by.
    pub exposure: Exposure,
    /// What else the book gives.
    pub columns: Vec<Column>,
    /// Readings.
    pub data: DataRules,
    /// Settlement.
    pub settlement: Settlement,
    /// The most of all covers and periods together.
    pub aggregate: Option<Amount>,
    /// Its covers.
    pub covers: Vec<Cover>,
    /// SHA-256 of the file.
    pub terms: [u8; 32],
    /// The file.
    pub source: Arc<Source>,
    /// Where its id stands.
    pub place: Place,
}

impl Product {
    /// `leafy-greens@1`.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// Whether the book gives any number that the terms use.
    pub fn has_terms(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.kind, ColumnKind::Number(_)))
    }
}

impl Cover {
    /// The most that one period can pay; none where percentages and money are not comparable.
    pub fn most(&self) -> Option<Amount> {
        if let Some(EventPay::Each { limit }) = self.events {
            return Some(limit);
        }
        let mut all = self.limbs.iter().flat_map(|limb| limb.shape.most()).filter(|amount| !amount.is_zero());
        let first = all.next().unwrap_or(Amount::Money(Exact::ZERO));
        all.try_fold(first, |most, amount| match (most, amount) {
            (Amount::Share(a), Amount::Share(b)) => Some(Amount::Share(a.max(b))),
            (Amount::Money(a), Amount::Money(b)) => Some(Amount::Money(a.max(b))),
            _ => None,
        })
    }

    /// Whether an amount that is due while the period runs cannot be taken back by later readings.
    pub fn ratchets(&self) -> bool {
        self.limbs.iter().all(Limb::ratchets)
    }
}

impl Amount {
    fn is_zero(&self) -> bool {
        let (Self::Share(value) | Self::Money(value)) = self;
        value.is_zero()
    }
}

impl Limb {
    fn ratchets(&self) -> bool {
        match self.pipeline.kind {
            IndexKind::Number { rising, falling, .. } | IndexKind::Events { rising, falling, .. } => {
                (rising && self.shape.rises()) || (falling && self.shape.falls())
            }
            IndexKind::Points { .. } => true,
        }
    }
}
