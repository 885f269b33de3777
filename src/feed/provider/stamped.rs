//! What is told at stamps: of the interval before each, or at it.

use std::slice;

use chrono::{DateTime, TimeDelta, Utc};

use super::sent::{Sent, sent};
use crate::feed::settings::Column;
use crate::quantity::Variable;

/// Something that a provider sends with stamps.
pub(super) struct Stamped {
    pub name: &'static str,
    pub variable: Variable,
    pub unit: &'static str,
    /// Of the interval before its stamp; else at the stamp, and it stands for the interval that begins there.
    pub before: bool,
}

/// What is of the interval before its stamp.
pub(super) const fn before(name: &'static str, variable: Variable, unit: &'static str) -> Stamped {
    Stamped { name, variable, unit, before: true }
}

/// What is at its stamp.
pub(super) const fn at_stamp(name: &'static str, variable: Variable, unit: &'static str) -> Stamped {
    Stamped { name, variable, unit, before: false }
}

/// The one of a column of the settings, which were checked.
pub(super) fn known<'k>(all: impl IntoIterator<Item = &'k Stamped>, column: &Column) -> &'k Stamped {
    all.into_iter().find(|known| known.name == column.name).expect("the settings were checked")
}

impl Stamped {
    /// What the settings may want of it.
    pub fn sent(&'static self) -> Sent {
        sent(self.name, slice::from_ref(&self.variable), slice::from_ref(&self.unit))
    }

    /// What it speaks about at a stamp, where stamps are a step apart.
    pub fn interval(&self, stamp: DateTime<Utc>, step: TimeDelta) -> (DateTime<Utc>, DateTime<Utc>) {
        match self.before {
            true => (stamp.checked_sub_signed(step).unwrap_or(stamp), stamp),
            false => (stamp, stamp.checked_add_signed(step).unwrap_or(stamp)),
        }
    }
}
