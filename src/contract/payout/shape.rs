//! How an index becomes an amount, before modifiers and limits.

use chrono::NaiveDate;

use crate::quantity::{Exact, Fixed};

use super::super::Operator;
use super::amount::Amount;
use super::bands::{Band, Closed};
use super::grid::Grid;
use super::level::Level;

/// How an index becomes an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// So much for each unit beyond the strike, to the limit.
    Tick {
        /// On which side it pays.
        when: Operator,
        /// Where it begins.
        strike: Level,
        /// Units of currency for one unit of the index.
        tick: Exact,
        /// The most.
        limit: Amount,
    },
    /// From nothing at the strike to the limit at the exit.
    Linear {
        /// On which side it pays.
        when: Operator,
        /// Where it begins.
        strike: Level,
        /// Where the limit is reached.
        exit: Level,
        /// The most short of the exit, and from it on where nothing else is said.
        limit: Amount,
        /// What is paid from the exit on, where it jumps.
        at_exit: Option<Amount>,
    },
    /// All or nothing.
    Digital {
        /// On which side it pays.
        when: Operator,
        /// The bound.
        strike: Level,
        /// What it pays.
        pays: Amount,
    },
    /// A table over the whole line, without gaps.
    Bands {
        /// Which end belongs to a band.
        closed: Closed,
        /// Bands from the lowest to the highest.
        bands: Vec<Band>,
    },
    /// The best cell that a storm's point reaches; the cell of an event.
    Grid(Grid),
    /// So much for each unit away from the level: to the insured on one side, from the insured on the other.
    Swap {
        /// Below or above: where the insured receives.
        when: Operator,
        /// Where nothing is owed.
        level: Level,
        /// Units of currency for one unit of the index.
        tick: Exact,
        /// The most that the insured receives.
        most: Amount,
        /// The most that the insured owes.
        least: Amount,
    },
    /// A share of what a loss in the product's currency is above the attachment, to the width of the layer.
    Layer {
        /// Where it begins.
        attachment: Fixed,
        /// From there to the exhaustion.
        width: Exact,
        /// The share that is paid, 0 to 1.
        cession: Exact,
    },
}

impl Shape {
    /// Amounts of which the largest is the most that it can pay.
    pub fn most(&self) -> Vec<Amount> {
        match self {
            Self::Tick { limit, .. } => vec![*limit],
            Self::Linear { limit, at_exit, .. } => [*limit].into_iter().chain(*at_exit).collect(),
            Self::Digital { pays, .. } => vec![*pays],
            Self::Bands { bands, .. } => bands.iter().map(|band| band.pays).collect(),
            Self::Grid(grid) => grid.pays.iter().flatten().copied().collect(),
            Self::Swap { most, .. } => vec![*most],
            Self::Layer { width, cession, .. } => width.times(*cession).map(Amount::Money).into_iter().collect(),
        }
    }

    /// The most that the insured can owe.
    pub fn least(&self) -> Option<Amount> {
        if let Self::Swap { least, .. } = self { Some(*least) } else { None }
    }

    /// Whether it pays no less for a larger index.
    pub fn rises(&self) -> bool {
        match self {
            Self::Tick { when, .. } | Self::Digital { when, .. } | Self::Swap { when, .. } => when.is_upward(),
            Self::Linear { when, limit, at_exit, .. } => when.is_upward() && jumps_up(*limit, *at_exit),
            Self::Bands { bands, .. } => bands.is_sorted_by(|a, b| b.pays.no_less(a.pays)),
            Self::Grid(grid) => grid.shown().rises(),
            Self::Layer { .. } => true,
        }
    }

    /// Whether it pays no less for a smaller index.
    pub fn falls(&self) -> bool {
        match self {
            Self::Tick { when, .. } | Self::Digital { when, .. } | Self::Swap { when, .. } => !when.is_upward(),
            Self::Linear { when, limit, at_exit, .. } => !when.is_upward() && jumps_up(*limit, *at_exit),
            Self::Bands { bands, .. } => bands.is_sorted_by(|a, b| a.pays.no_less(b.pays)),
            Self::Grid(grid) => !grid.shown().rises(),
            Self::Layer { .. } => false,
        }
    }

    /// Whether it has its levels for a period that begins on this day.
    pub fn level_on(&self, first_day: NaiveDate) -> bool {
        match self {
            Self::Tick { strike: level, .. } | Self::Digital { strike: level, .. } | Self::Swap { level, .. } => {
                level.on(first_day).is_some()
            }
            Self::Linear { strike, exit, .. } => strike.on(first_day).is_some() && exit.on(first_day).is_some(),
            Self::Bands { .. } | Self::Grid(_) | Self::Layer { .. } => true,
        }
    }
}

/// Whether what is paid from the exit on is known to be no less than just before it.
fn jumps_up(limit: Amount, at_exit: Option<Amount>) -> bool {
    at_exit.is_none_or(|at_exit| at_exit.no_less(limit))
}
