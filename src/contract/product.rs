//! A term sheet that was read without a fault.

use std::sync::Arc;

use crate::calendar::DayRule;
use crate::document::{Place, Source};
use crate::quantity::{Currency, Exact, Rounding, Unit};

use super::correction::Correction;
use super::exposure::SumRule;
use super::limit::Aggregate;
use super::literal::column_of;
use super::purchase::Purchase;

use super::cover::Cover;

/// By what the amounts of a product are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// By nothing: each policy has its sum insured.
    PerPolicy,
    /// By the policy's units.
    PerUnit {
        /// One of them.
        unit: Unit,
        /// The sum insured of one that counts, in units of the currency.
        sum_insured: Option<Exact>,
    },
}

/// What a column of the book holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A station's name.
    Station,
    /// A day, such as one that is announced each year.
    Date,
    /// Another policy of the book.
    Policy,
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

impl SourceName {
    /// The book's column that gives its station; none where it names one, or a whole feed.
    pub fn column(&self) -> Option<&str> {
        column_of(self.station.as_deref()?)
    }
}

/// How several sources serve one index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Each gap is filled from the next source.
    Reading,
    /// The next source serves the whole window where the one before is too incomplete.
    Window,
    /// All serve at once: a slot has a value where enough of them agree.
    Consensus {
        /// How many must.
        quorum: usize,
    },
}

/// Feeds that draw on one and the same model or instrument: two resellers of it are no two witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// What they have in common.
    pub name: String,
    /// Two or more.
    pub feeds: Vec<Arc<str>>,
}

/// Which readings count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VintageRule {
    /// All, as they were known.
    Any,
    /// Only those that their source changes no more.
    Final,
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
    /// Feeds that say the same model or instrument's word twice count once, under a consensus.
    pub families: Vec<Family>,
    /// How much may be missing; none where only storms are read.
    pub missing: Option<MissingRule>,
    /// Which readings count.
    pub vintage: VintageRule,
    /// Seconds behind the period's end; what is learned later does not count.
    pub cut_off: Option<i64>,
}

impl DataRules {
    /// Sources of one family together, in the order in which the first of each stands; a source of none alone.
    pub fn families_of<'s, T>(&self, sources: &'s [T], feed: impl Fn(&T) -> &str) -> Vec<Vec<&'s T>> {
        let family =
            |source: &T| self.families.iter().position(|family| family.feeds.iter().any(|of| **of == *feed(source)));
        let mut together: Vec<(Option<usize>, Vec<&T>)> = Vec::new();
        for source in sources {
            let own = family(source);
            match together.iter_mut().find(|(of, _)| own.is_some() && *of == own) {
                Some((_, members)) => members.push(source),
                None => together.push((own, vec![source])),
            }
        }
        together.into_iter().map(|(_, members)| members).collect()
    }

    /// The family of a feed; none where it stands alone.
    pub fn family_of(&self, feed: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.feeds.iter().any(|of| **of == *feed))
    }
}

/// When a determination is final, how money is rounded, and who does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Seconds behind the period's end before which nothing is final.
    pub lag: i64,
    /// Seconds behind the period's end after which it is final as it stands.
    pub longest_wait: i64,
    /// To the minor unit.
    pub rounding: Rounding,
    /// The calculation agent, where the terms name one.
    pub agent: Option<String>,
    /// Seconds for which a result may be contested before it binds; none where it binds at once.
    pub contest: Option<i64>,
    /// How later readings correct what is final; none where they never do.
    pub correction: Option<Correction>,
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
    /// What the sum insured is multiplied by.
    pub sum_rule: SumRule,
    /// What else the book gives.
    pub columns: Vec<Column>,
    /// Until when a policy may be bought, where the terms say so.
    pub purchase: Option<Purchase>,
    /// Readings.
    pub data: DataRules,
    /// Settlement.
    pub settlement: Settlement,
    /// The most of all covers and periods together.
    pub aggregate: Option<Aggregate>,
    /// Its covers.
    pub covers: Vec<Cover>,
    /// SHA-256 of the text, with the files that it carries.
    pub terms: [u8; 32],
    /// The text, with the files that it carries.
    pub source: Arc<Source>,
    /// Where its id stands.
    pub place: Place,
}

impl Product {
    /// `leafy-greens@1`.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// The cover of a name.
    pub fn cover(&self, id: &str) -> Option<&Cover> {
        self.covers.iter().find(|cover| cover.id == id)
    }

    /// The cover of a name, and those that are subtracted from it, one from another.
    pub fn covers_behind(&self, id: &str) -> Vec<&Cover> {
        let mut found = Vec::new();
        let mut wanted = Some(id);
        // What is subtracted stands further up, so this ends.
        while let Some(cover) = wanted.and_then(|id| self.cover(id)) {
            found.push(cover);
            wanted = cover.less_within();
        }
        found
    }

    /// How long behind a period's end nothing of a cover is final, in seconds.
    pub fn lag_of(&self, cover: &Cover) -> i64 {
        cover.lag.unwrap_or(self.settlement.lag)
    }

    /// How long behind a period's end the readings of a cover are waited for, in seconds.
    pub fn longest_wait_of(&self, cover: &Cover) -> i64 {
        cover.longest_wait.unwrap_or(self.settlement.longest_wait)
    }

    /// Which readings count for a cover.
    pub fn vintage_of(&self, cover: &Cover) -> VintageRule {
        cover.vintage.unwrap_or(self.data.vintage)
    }

    /// Whether the book gives any number that the terms use.
    pub fn has_terms(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.kind, ColumnKind::Number(_)))
    }
}
