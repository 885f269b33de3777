//! The levels of a payout as numbers of its index: where it begins, where it is reached whole, where its bands meet.

use std::cmp::Ordering;

use super::terms::Terms;
use crate::contract::{Amount, Bounds, Gate, Limb, Shape};
use crate::quantity::{Exact, Money};

/// What a level is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LevelRole {
    /// Where it begins to pay.
    Strike,
    /// From which the most is paid.
    Exit,
    /// Where two bands meet.
    Band,
    /// Where a row of a table begins; of one by dates a column.
    Row,
    /// Of a swap: where nothing is owed.
    Swap,
    /// Of a swap: from which the insured receives the most.
    SwapMost,
    /// Of a swap: from which the insured owes the most.
    SwapLeast,
    /// Where a layer begins.
    Attachment,
    /// Where a layer ends.
    Exhaustion,
    /// Up to which the deductible takes all of it.
    Deductible,
    /// From which the franchise is reached.
    Franchise,
    /// Of a gate: with what its number is compared.
    Gate,
}

impl LevelRole {
    /// All.
    pub const ALL: [Self; 12] = [
        Self::Strike,
        Self::Exit,
        Self::Band,
        Self::Row,
        Self::Swap,
        Self::SwapMost,
        Self::SwapLeast,
        Self::Attachment,
        Self::Exhaustion,
        Self::Deductible,
        Self::Franchise,
        Self::Gate,
    ];

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Strike => "strike",
            Self::Exit => "exit",
            Self::Band => "band",
            Self::Row => "row",
            Self::Swap => "swap",
            Self::SwapMost => "swap_most",
            Self::SwapLeast => "swap_least",
            Self::Attachment => "attachment",
            Self::Exhaustion => "exhaustion",
            Self::Deductible => "deductible",
            Self::Franchise => "franchise",
            Self::Gate => "gate",
        }
    }
}

/// A level, in the unit of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexLevel {
    /// What it is.
    pub role: LevelRole,
    /// Where it lies.
    pub value: Exact,
    /// What is paid below it, before modifiers and limits, where that is one amount.
    pub below: Option<Money>,
    /// What is paid above it, alike.
    pub above: Option<Money>,
    /// What is paid from it on, as the terms have it, where they give it an amount of its own.
    pub pays: Option<Amount>,
}

impl IndexLevel {
    /// One of which is not said what is paid below and above.
    fn at(role: LevelRole, value: Exact) -> Self {
        Self { role, value, below: None, above: None, pays: None }
    }
}

/// The levels of a limb over a period, from the lowest on.
pub fn levels(terms: &Terms<'_>, limb: &Limb) -> Vec<IndexLevel> {
    let first_day = terms.period.span.first;
    let at = |role, value: Option<Exact>| value.map(|value| IndexLevel::at(role, value));
    let mut levels: Vec<IndexLevel> = match &limb.shape {
        Shape::Tick { strike, limit, .. } => {
            let exit = units(terms, *limit).and_then(|limit| index_at(terms, limb, limit));
            let strike = strike.on(first_day).map(Exact::from);
            [at(LevelRole::Strike, strike), at(LevelRole::Exit, exit)].into_iter().flatten().collect()
        }
        Shape::Linear { strike, exit, limit, .. } => {
            let [strike, exit] = [strike, exit].map(|level| level.on(first_day).map(Exact::from));
            let exit = at(LevelRole::Exit, exit).map(|exit| IndexLevel { pays: Some(*limit), ..exit });
            at(LevelRole::Strike, strike).into_iter().chain(exit).collect()
        }
        Shape::Digital { when, strike, pays } => {
            let level = strike.on(first_day).map(Exact::from);
            let (nothing, whole) = (Some(Money::zero(terms.policy.product.currency)), money(terms, *pays));
            let (below, above) = if when.is_upward() { (nothing, whole) } else { (whole, nothing) };
            let strike = at(LevelRole::Strike, level);
            strike.map(|strike| IndexLevel { below, above, pays: Some(*pays), ..strike }).into_iter().collect()
        }
        Shape::Bands { bands, .. } => {
            let between = bands.windows(2).filter_map(|pair| {
                let value = Exact::from(pair[1].from?);
                let (below, above) = (money(terms, pair[0].pays), money(terms, pair[1].pays));
                Some(IndexLevel { below, above, pays: Some(pair[1].pays), ..IndexLevel::at(LevelRole::Band, value) })
            });
            between.collect()
        }
        Shape::Grid(grid) => match &grid.shown().bounds {
            Bounds::AtLeast(bounds) | Bounds::AtMost(bounds) => {
                bounds.iter().filter_map(|bound| at(LevelRole::Row, Some((*bound).into()))).collect()
            }
            Bounds::From(_) => Vec::new(),
        },
        Shape::Swap { level, most, least, when, .. } => {
            let level = level.on(first_day).map(Exact::from);
            let far = |amount: Amount, receives: bool| {
                let far = distance(terms, limb, units(terms, amount)?)?;
                let upward = when.is_upward() == receives;
                if upward { level?.plus(far).ok() } else { level?.minus(far).ok() }
            };
            let (most, least) = (far(*most, true), far(*least, false));
            let levels = [at(LevelRole::Swap, level), at(LevelRole::SwapMost, most), at(LevelRole::SwapLeast, least)];
            levels.into_iter().flatten().collect()
        }
        Shape::Layer { attachment, width, .. } => {
            let attachment = Exact::from(*attachment);
            let exhaustion = attachment.plus(*width).ok();
            [at(LevelRole::Attachment, Some(attachment)), at(LevelRole::Exhaustion, exhaustion)]
                .into_iter()
                .flatten()
                .collect()
        }
    };
    levels.extend(modified(terms, limb));
    levels.sort_by_key(|level| (level.value, level.role));
    levels
}

/// Where the deductible ends and where the franchise is reached. Where the share that is paid is one of the date, nobody
/// can say it.
fn modified(terms: &Terms<'_>, limb: &Limb) -> Vec<IndexLevel> {
    let modifiers = &limb.modifiers;
    if !modifiers.by_date.is_empty() {
        return Vec::new();
    }
    let deductible = modifiers.deductible.and_then(|amount| units(terms, amount));
    // The franchise is held against what the deductible leaves.
    let franchise = modifiers.franchise.and_then(|amount| units(terms, amount));
    let franchise = franchise.and_then(|franchise| franchise.plus(deductible.unwrap_or(Exact::ZERO)).ok());
    let levels = [(LevelRole::Deductible, deductible), (LevelRole::Franchise, franchise)];
    let at = |(role, amount): (LevelRole, Option<Exact>)| Some(IndexLevel::at(role, index_at(terms, limb, amount?)?));
    levels.into_iter().filter_map(at).collect()
}

/// That of a gate.
pub(super) fn of_gate(gate: &Gate) -> IndexLevel {
    IndexLevel::at(LevelRole::Gate, gate.holds.bound.into())
}

/// The index at which a shape pays so much before its modifiers, in units of the currency; none where it jumps there, or
/// never pays as much.
fn index_at(terms: &Terms<'_>, limb: &Limb, amount: Exact) -> Option<Exact> {
    let first_day = terms.period.span.first;
    match &limb.shape {
        Shape::Tick { when, strike, limit, .. } => {
            if amount > units(terms, *limit)? {
                return None;
            }
            let (strike, far) = (Exact::from(strike.on(first_day)?), distance(terms, limb, amount)?);
            if when.is_upward() { strike.plus(far).ok() } else { strike.minus(far).ok() }
        }
        Shape::Linear { strike, exit, limit, .. } => {
            let limit = units(terms, *limit)?;
            if amount > limit || limit.is_zero() {
                return None;
            }
            let [strike, exit] = [strike, exit].map(|level| level.on(first_day).map(Exact::from));
            let (strike, exit) = (strike?, exit?);
            let share = amount.over(limit).ok()?;
            strike.plus(exit.minus(strike).ok()?.times(share).ok()?).ok()
        }
        Shape::Layer { attachment, width, cession } => {
            if cession.is_zero() || amount > width.times(*cession).ok()? {
                return None;
            }
            Exact::from(*attachment).plus(amount.over(*cession).ok()?).ok()
        }
        Shape::Digital { .. } | Shape::Bands { .. } | Shape::Grid(_) | Shape::Swap { .. } => None,
    }
}

/// How far from its strike or level a shape with a tick pays so much.
fn distance(terms: &Terms<'_>, limb: &Limb, amount: Exact) -> Option<Exact> {
    let (Shape::Tick { tick, .. } | Shape::Swap { tick, .. }) = &limb.shape else { return None };
    let each = tick.times(terms.policy.units).ok()?;
    if each.is_zero() { None } else { amount.over(each).ok() }
}

fn units(terms: &Terms<'_>, amount: Amount) -> Option<Exact> {
    terms.policy.amount(amount)
}

fn money(terms: &Terms<'_>, amount: Amount) -> Option<Money> {
    let product = &terms.policy.product;
    Money::round(units(terms, amount)?, product.currency, product.settlement.rounding).ok()
}

/// How far an index is from where its limb begins to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance {
    /// Where that is.
    pub level: Exact,
    /// How the index stands to it: below, at it, above.
    pub side: Ordering,
    /// How far, in the unit of the index; never below zero.
    pub by: Exact,
    /// The same as a share of the level; none where that is zero.
    pub share: Option<Exact>,
}

impl Distance {
    /// From a level to an index; none where that does not fit.
    pub(super) fn between(index: Exact, level: Exact) -> Option<Self> {
        let apart = index.minus(level).ok()?;
        let absolute = |value: Exact| if value < Exact::ZERO { Exact::ZERO.minus(value).ok() } else { Some(value) };
        let by = absolute(apart)?;
        let share = if level.is_zero() { None } else { by.over(absolute(level)?).ok() };
        Some(Self { level, side: apart.cmp(&Exact::ZERO), by, share })
    }

    /// The side, the word for programs.
    pub fn side_word(&self) -> &'static str {
        match self.side {
            Ordering::Less => "below",
            Ordering::Equal => "at",
            Ordering::Greater => "above",
        }
    }
}

/// Where an index begins to pay, as seen from it: the strike, the nearest edge between bands of which one pays and the
/// other does not. A table by storm or date has none: on a second axis hangs whether it pays.
pub(super) fn begins_at(terms: &Terms<'_>, levels: &[IndexLevel], limb: &Limb, index: Exact) -> Option<Exact> {
    let first_day = terms.period.span.first;
    match &limb.shape {
        Shape::Tick { strike, .. } | Shape::Linear { strike, .. } | Shape::Digital { strike, .. } => {
            strike.on(first_day).map(Exact::from)
        }
        Shape::Swap { level, .. } => level.on(first_day).map(Exact::from),
        Shape::Layer { attachment, .. } => Some(Exact::from(*attachment)),
        Shape::Bands { .. } => {
            let pays = |money: Option<Money>| money.is_some_and(|money| money.minor() != 0);
            let edges = levels.iter().filter(|level| level.role == LevelRole::Band);
            let turns = edges.filter(|level| pays(level.below) != pays(level.above));
            turns.map(|level| level.value).min_by_key(|level| Distance::between(index, *level).map(|apart| apart.by))
        }
        Shape::Grid(_) => None,
    }
}
