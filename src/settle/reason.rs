//! Why a settlement comes out as it does, part by part. The ledger keeps the parts as one English sentence; stories for
//! people are made of the parts.

use std::cmp::Ordering;
use std::fmt;

use super::event_reason::EventsReason;
use super::outcome::Outcome;
use super::trigger::Trigger;
use crate::contract::{Band, Closed, Comparison};
use crate::index::{Undetermined, Voice};
use crate::payout::{Modified, band_words};
use crate::quantity::{Currency, Exact, Money, Unit};

/// Why, in the order in which the sentence says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason(pub Vec<Part>);

/// A part of a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// There is no index, or nothing qualifies for one.
    Undetermined(Undetermined),
    /// A number, and how it stands to where its limb begins to pay.
    Number {
        /// The index.
        value: Exact,
        /// Its unit.
        unit: Unit,
        /// Where the limb begins to pay.
        trigger: Trigger,
        /// How it stands to it.
        is: Stands,
    },
    /// What became of the events.
    Events(EventsReason),
    /// A modifier left nothing of what the shape pays.
    Taken(Modified, Currency),
    /// Gates that keep the cover from paying.
    Closed(Vec<GateReason>),
    /// Another limb pays too; its parts follow.
    And,
    /// The period runs, and no later reading can take back what is due so far.
    SoFar,
    /// A limit, or what another cover paid, took some of it or all.
    Cut {
        /// Which.
        cut: Cut,
        /// Whether nothing is left.
        wholly: bool,
    },
    /// What is due is less than the rounding leaves.
    RoundsToNothing,
    /// What was paid in advance beside what is due in all; nobody knows the latter while it is undetermined.
    Advance {
        /// What is due in all.
        due: Option<Money>,
        /// What was paid in advance.
        advance: Money,
    },
    /// It is a payment in advance, which no later reading can take back.
    Sure,
    /// It would be another one without one family of the sources that agree.
    Fragile(Without),
}

/// How a number stands to where its limb begins to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// The limb pays.
    Met,
    /// It does not.
    NotMet,
    /// It lies in a band.
    InBand(Closed, Band),
    /// Under a swap: `Greater` where the insured receives, `Less` where the insured owes.
    Owed(Ordering),
}

/// How one gate stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateReason {
    /// Its name.
    pub id: String,
    /// Where it holds.
    pub holds: Comparison,
    /// The same as the term sheet has it.
    pub text: String,
    /// The unit of its index.
    pub unit: Unit,
    /// Its index and whether that holds, or why there is none.
    pub found: Result<(Exact, bool), Undetermined>,
}

/// What took something away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The most that one period pays.
    Period,
    /// What another cover, `base` or `P-1/base`, paid for the same days.
    Less {
        /// The other cover.
        other: String,
        /// What it paid.
        paid: Money,
    },
    /// The most of all periods of the cover.
    Cover,
    /// The most of the policy.
    Policy,
}

/// What would be said without some sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Without {
    /// The sources.
    pub voices: Vec<Voice>,
    /// What would come out.
    pub outcome: Outcome,
    /// What would be due.
    pub amount: Money,
}

impl Cut {
    /// The code of the reason where nothing is left.
    pub(super) fn code(&self) -> &'static str {
        if let Self::Less { .. } = self { "paid_by_other" } else { "limit_used_up" }
    }

    fn words(&self, wholly: bool) -> String {
        let of_limit = |whose: &str| {
            if wholly {
                format!(", but nothing is left of the {whose}'s limit")
            } else {
                format!("; cut to what was left of the {whose}'s limit")
            }
        };
        match (self, wholly) {
            (Self::Period, false) => "; cut to the most that one period pays".to_owned(),
            (Self::Period, true) => ", but a period pays nothing".to_owned(),
            (Self::Less { other, paid }, false) => format!("; less the {paid} that cover {other} paid"),
            (Self::Less { other, paid }, true) => format!(", but cover {other} paid {paid} already"),
            (Self::Cover, _) => of_limit("cover"),
            (Self::Policy, _) => of_limit("policy"),
        }
    }
}

impl Reason {
    /// Adds a part behind.
    #[must_use]
    pub(super) fn and(mut self, part: Part) -> Self {
        self.0.push(part);
        self
    }
}

impl From<Part> for Reason {
    fn from(part: Part) -> Self {
        Self(vec![part])
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| part.fmt(f))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undetermined(reason) => reason.fmt(f),
            Self::Number { value, unit, trigger, is } => number(f, *value, *unit, *trigger, *is),
            Self::Events(events) => events.fmt(f),
            Self::Taken(step, currency) => write!(f, ", but nothing is due: {}", step.words(*currency)),
            Self::Closed(gates) => f.write_str(&gates.iter().map(GateReason::to_string).collect::<Vec<_>>().join("; ")),
            Self::And => f.write_str("; and "),
            Self::SoFar => f.write_str("; more may be due, less cannot"),
            Self::Cut { cut, wholly } => f.write_str(&cut.words(*wholly)),
            Self::RoundsToNothing => f.write_str("; that rounds to nothing"),
            Self::Advance { due, advance } => f.write_str(&beside(*due, *advance)),
            Self::Sure => f.write_str("; no later reading can take it back"),
            Self::Fragile(without) => write!(f, "; fragile: {without}"),
        }
    }
}

fn number(f: &mut fmt::Formatter<'_>, value: Exact, unit: Unit, trigger: Trigger, is: Stands) -> fmt::Result {
    match is {
        Stands::Met => write!(f, "{value} {unit} is {trigger}"),
        Stands::NotMet => write!(f, "{value} {unit} is not {trigger}"),
        Stands::InBand(closed, band) => {
            write!(f, "{value} {unit} lies in the band {}", band_words(closed, &band, unit))
        }
        Stands::Owed(way) => {
            let level = match trigger {
                Trigger::Swap { level: Some(level), .. } => format!(" {level} {unit}"),
                _ => String::new(),
            };
            let who = match way {
                Ordering::Greater => "the insured receives",
                Ordering::Equal => "nobody owes",
                Ordering::Less => "the insured owes",
            };
            write!(f, "{value} {unit} against the level{level}: {who}")
        }
    }
}

/// What was paid in advance beside what is due in all.
pub(super) fn beside(due: Option<Money>, advance: Money) -> String {
    let Some(due) = due else { return format!("; {advance} were paid in advance") };
    let difference = Money::from_minor((due.minor() - advance.minor()).abs(), due.currency());
    let difference = difference.map_or_else(|error| error.to_string(), |money| money.to_string());
    match due.minor().cmp(&advance.minor()) {
        Ordering::Greater => format!("; {advance} of it were paid in advance, {difference} are left to pay"),
        Ordering::Equal => format!("; all of it was paid in advance, {advance}"),
        Ordering::Less => format!("; {advance} were paid in advance, {difference} more than is due"),
    }
}

impl fmt::Display for GateReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, text, unit, .. } = self;
        match &self.found {
            Ok((value, true)) => write!(f, "gate {id}: {value} {unit} is {text}"),
            Ok((value, false)) => write!(f, "gate {id}: {value} {unit} is not {text}"),
            Err(reason) => write!(f, "gate {id}: {reason}"),
        }
    }
}

impl fmt::Display for Without {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.voices.iter().map(|(feed, station)| format!("{feed}/{station}")).collect();
        write!(f, "without {} ", names.join(" and "))?;
        match self.outcome {
            Outcome::Undetermined => f.write_str("it would be undetermined"),
            Outcome::NothingDue => f.write_str("nothing would be due"),
            Outcome::Pays => {
                write!(f, "{} {} would be due", self.amount.decimal(), self.amount.currency().code())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Currency;

    #[test]
    fn an_advance_is_held_against_what_is_due() {
        let money = |minor| Money::from_minor(minor, Currency::from_code("CNY").expect("known")).expect("small");
        for (due, expected) in [
            (None, "; 400.00 CNY were paid in advance"),
            (Some(50_000), "; 400.00 CNY of it were paid in advance, 100.00 CNY are left to pay"),
            (Some(40_000), "; all of it was paid in advance, 400.00 CNY"),
            (Some(39_999), "; 400.00 CNY were paid in advance, 0.01 CNY more than is due"),
        ] {
            assert_eq!(beside(due.map(money), money(40_000)), expected);
        }
    }
}
