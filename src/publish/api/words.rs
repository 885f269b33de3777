//! Words of answers that are one of a few.

use serde::Serialize;
use utoipa::ToSchema;

use crate::observation::Vintage;
use crate::{ledger, settle};

/// How binding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It follows the data and may change.
    Provisional,
    /// It binds at a named instant unless something changes.
    Preliminary,
    /// It is held back.
    Held,
    /// It was given up.
    Void,
    /// A payment in advance, which binds.
    Interim,
    /// It binds.
    Final,
    /// It binds, and corrects an earlier one.
    Restated,
}

impl From<ledger::State> for State {
    fn from(state: ledger::State) -> Self {
        match state {
            ledger::State::Provisional => Self::Provisional,
            ledger::State::Preliminary => Self::Preliminary,
            ledger::State::Held => Self::Held,
            ledger::State::Void => Self::Void,
            ledger::State::Interim => Self::Interim,
            ledger::State::Final => Self::Final,
            ledger::State::Restated => Self::Restated,
        }
    }
}

/// What follows from the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something is due.
    Pays,
    /// Nothing is due.
    NothingDue,
    /// It cannot be said yet, or at all: never the same as nothing due.
    Undetermined,
}

impl From<settle::Outcome> for Outcome {
    fn from(outcome: settle::Outcome) -> Self {
        match outcome {
            settle::Outcome::Pays => Self::Pays,
            settle::Outcome::NothingDue => Self::NothingDue,
            settle::Outcome::Undetermined => Self::Undetermined,
        }
    }
}

/// In which order rows come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// By when they were determined, the newest first.
    Newest,
    /// By policy, cover and period.
    Policy,
}

impl From<ledger::Order> for Order {
    fn from(order: ledger::Order) -> Self {
        match order {
            ledger::Order::Newest => Self::Newest,
            ledger::Order::Policy => Self::Policy,
        }
    }
}

/// The grade of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The provider may still change it.
    Provisional,
    /// It stands.
    Final,
}

impl From<Vintage> for Grade {
    fn from(vintage: Vintage) -> Self {
        match vintage {
            Vintage::Provisional => Self::Provisional,
            Vintage::Final => Self::Final,
        }
    }
}

/// A word as it is written in an answer.
pub fn word(word: impl Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(text)) => text,
        other => unreachable!("a word is a text, not {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Readers of the API and of the ledger read the same words.
    #[test]
    fn words_are_those_of_the_ledger() {
        for state in ledger::State::ALL {
            assert_eq!(word(State::from(state)), state.word());
        }
        for outcome in settle::Outcome::ALL {
            assert_eq!(word(Outcome::from(outcome)), outcome.word());
        }
        for vintage in [Vintage::Provisional, Vintage::Final] {
            assert_eq!(word(Grade::from(vintage)), vintage.word());
        }
    }
}
