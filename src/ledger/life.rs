//! What an entry says of how long it may be contested or corrected, and of what it corrects.

use chrono::{DateTime, Utc};

use super::instant::instant_text;
use super::{Entry, EntryError, Item};
use crate::settle::Said;

/// Why a determination was corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A source told something else later.
    SourceRevision,
    /// The policy's terms had been entered wrongly.
    PolicyError,
    /// The program had computed wrongly.
    EngineError,
    /// A person had it settled again.
    Operator,
}

impl Cause {
    /// All.
    pub const ALL: [Self; 4] = [Self::SourceRevision, Self::PolicyError, Self::EngineError, Self::Operator];

    /// The word in an entry.
    pub fn word(self) -> &'static str {
        match self {
            Self::SourceRevision => "source_revision",
            Self::PolicyError => "policy_error",
            Self::EngineError => "engine_error",
            Self::Operator => "operator",
        }
    }

    /// The cause that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }
}

/// What a restatement corrects: the determination that stood before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrects {
    /// Why.
    pub cause: Cause,
    /// The index before.
    pub index: Option<(String, String)>,
    /// The amount before, in minor units.
    pub amount: i64,
    /// What was payable in all before, beside payments in advance, in minor units.
    pub payable: i64,
    /// Whether what was paid too much is claimed back.
    pub clawback: bool,
}

impl Corrects {
    /// What stood before, as it is compared.
    pub fn of(cause: Cause, before: &Said, payable: i64, clawback: bool) -> Self {
        Self { cause, index: before.index.clone(), amount: before.amount.minor(), payable, clawback }
    }
}

/// What an entry says beside what comes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// Until when a preliminary determination may be contested.
    pub contested_until: Option<DateTime<Utc>>,
    /// Until when later readings correct a binding one.
    pub correctable_until: Option<DateTime<Utc>>,
    /// Of a restatement, what it corrects.
    pub corrects: Option<Corrects>,
}

const CONTESTED: &str = "contested_until";
const CORRECTABLE: &str = "correctable_until";
const CAUSE: &str = "cause";
const CLAWBACK: &str = "clawback";
const OLD_INDEX: &str = "old_index";
const OLD_AMOUNT: &str = "old_amount_minor";
const OLD_PAYABLE: &str = "old_payable_minor";
const DELTA: &str = "delta_minor";
const BOOKED: &str = "booked_minor";
const PAYABLE: &str = "payable_minor";

impl Life {
    /// Members that an entry has only where there is something to say.
    pub(super) const OPTIONAL: [&'static str; 10] =
        [CONTESTED, CORRECTABLE, CAUSE, CLAWBACK, OLD_INDEX, OLD_AMOUNT, OLD_PAYABLE, DELTA, BOOKED, PAYABLE];

    /// Adds what there is to say; `amount` and `payable` are those of the determination, in minor units.
    pub(super) fn add_to(&self, entry: Entry, amount: i64, payable: i64) -> Result<Entry, EntryError> {
        let mut entry = entry;
        for (name, at) in [(CONTESTED, self.contested_until), (CORRECTABLE, self.correctable_until)] {
            if let Some(at) = at {
                entry = entry.text(name, instant_text(at)?);
            }
        }
        let Some(corrects) = &self.corrects else { return Ok(entry) };
        if let Some((value, unit)) = &corrects.index {
            let index = Item::object([("value", value.as_str().into()), ("unit", unit.as_str().into())]);
            entry = entry.item(OLD_INDEX, index);
        }
        Ok(entry
            .text(CAUSE, corrects.cause.word())
            .text(CLAWBACK, if corrects.clawback { "yes" } else { "no" })
            .integer(OLD_AMOUNT, corrects.amount)
            .integer(OLD_PAYABLE, corrects.payable)
            .integer(DELTA, amount - corrects.amount)
            .integer(BOOKED, payable - corrects.payable)
            .integer(PAYABLE, payable))
    }

    /// What an entry says.
    pub(super) fn from_entry(entry: &Entry) -> Result<Self, EntryError> {
        let absent = |name: &str| EntryError::Member(name.to_owned());
        let instant = |name| entry.member(name).map(|_| entry.instant_of(name)).transpose();
        let corrects = match entry.member(CAUSE) {
            None => None,
            Some(_) => {
                let index = entry.member(OLD_INDEX).map(|index| {
                    let part = |name| index.member(name).and_then(Item::as_text).map(str::to_owned);
                    part("value").zip(part("unit")).ok_or_else(|| absent(OLD_INDEX))
                });
                Some(Corrects {
                    cause: Cause::from_word(entry.text_of(CAUSE)?).ok_or_else(|| absent(CAUSE))?,
                    index: index.transpose()?,
                    amount: entry.integer_of(OLD_AMOUNT)?,
                    payable: entry.integer_of(OLD_PAYABLE)?,
                    clawback: match entry.text_of(CLAWBACK)? {
                        "yes" => true,
                        "no" => false,
                        _ => return Err(absent(CLAWBACK)),
                    },
                })
            }
        };
        Ok(Self { contested_until: instant(CONTESTED)?, correctable_until: instant(CORRECTABLE)?, corrects })
    }

    /// Whether the sums of an entry are those that follow from it.
    pub(super) fn agrees(&self, entry: &Entry, amount: i64, payable: i64) -> bool {
        let Some(corrects) = &self.corrects else {
            return [DELTA, BOOKED, PAYABLE].iter().all(|name| entry.member(name).is_none());
        };
        let sums = [(DELTA, amount - corrects.amount), (BOOKED, payable - corrects.payable), (PAYABLE, payable)];
        sums.iter().all(|(name, sum)| entry.integer_of(name) == Ok(*sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_read_as_they_are_written() {
        for cause in Cause::ALL {
            assert_eq!(Cause::from_word(cause.word()), Some(cause));
        }
        assert_eq!(Cause::from_word("weather"), None);
    }
}
