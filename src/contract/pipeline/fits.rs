//! Whether the days and labels that an index names fit a period.

use chrono::{Datelike, NaiveDate};

use crate::calendar::Span;
use crate::quantity::Fixed;

use super::super::block::{Block, BlockText, Labelled, Phase};
use super::Pipeline;
use super::labels::MONTHS;
use super::phases::phase_spans;

impl Pipeline {
    /// What keeps the index from being computed over a period, if anything does: phases outside of it, no number for
    /// one of its months, none of the listed days in it. A sentence without a stop.
    pub fn misfit(&self, period: Span) -> Option<String> {
        of_blocks(&self.blocks, period)
    }
}

fn of_blocks(blocks: &[BlockText], period: Span) -> Option<String> {
    blocks.iter().enumerate().find_map(|(at, BlockText { block, .. })| {
        // Where slots are left out, or booked to the last of a stretch, not every day of the period needs a label.
        let every_day = || {
            let some = |block: &BlockText| {
                matches!(block.block, Block::OnlyOn(_) | Block::OnlyWhere { .. } | Block::Rolling { slots: 2.., .. })
            };
            !blocks[..at].iter().any(some)
        };
        let own = match block {
            Block::Per { phases, .. } => outside(phases, period),
            Block::OnlyOn(dates) => {
                let inside = |date: &NaiveDate| period.first <= *date && *date <= period.last;
                (!dates.iter().any(inside)).then(|| "none of the days of only_on lies in the period".to_owned())
            }
            Block::Minus(labelled) if every_day() => unlabelled(labelled, period, "minus"),
            Block::PercentOf { normal, .. } if every_day() => unlabelled(normal, period, "percent_of"),
            Block::Weigh { weights, .. } if every_day() => {
                unlabelled(weights, period, "weigh").or_else(|| unused(weights, period))
            }
            _ => None,
        };
        own.or_else(|| block.branches().into_iter().find_map(|branch| of_blocks(branch, period)))
    })
}

fn outside(phases: &[Phase], period: Span) -> Option<String> {
    let phase = phase_spans(phases, period).err()?;
    Some(format!("phase `{}`, {} to {}, does not lie inside the period", phase.id, phase.from, phase.to))
}

/// A month or dekad of the period for which there is no number.
fn unlabelled(labelled: &Labelled, period: Span, block: &str) -> Option<String> {
    let lacking = |date: &NaiveDate| number(labelled, *date) == Some(None);
    let date = period.dates().find(lacking)?;
    Some(format!("{block} has no number for {}", label(labelled, date)))
}

/// A month or dekad with a weight that the period does not reach: the weights that count do not add up to 100 %.
fn unused(weights: &Labelled, period: Span) -> Option<String> {
    let reached: Vec<usize> = period.dates().map(|date| place(weights, date)).collect();
    let weighs = |all: &[Option<Fixed>]| {
        all.iter()
            .enumerate()
            .position(|(at, weight)| weight.is_some_and(|it| it > Fixed::ZERO) && !reached.contains(&at))
    };
    let (at, dekads) = match weights {
        Labelled::Months(all) => (weighs(all)?, false),
        Labelled::Dekads(all) => (weighs(all)?, true),
        Labelled::Same(_) | Labelled::Phases(_) => return None,
    };
    let label = if dekads { format!("{}{}", MONTHS[at / 3], at % 3 + 1) } else { MONTHS[at].to_owned() };
    Some(format!("weigh has a weight for {label}, which the period does not reach"))
}

/// The number of the month or dekad of a day; the outer `None` where there are no such labels.
fn number(labelled: &Labelled, date: NaiveDate) -> Option<Option<Fixed>> {
    match labelled {
        Labelled::Months(all) => Some(all[place(labelled, date)]),
        Labelled::Dekads(all) => Some(all[place(labelled, date)]),
        Labelled::Same(_) | Labelled::Phases(_) => None,
    }
}

fn place(labelled: &Labelled, date: NaiveDate) -> usize {
    let month = usize::try_from(date.month0()).expect("a month is small");
    match labelled {
        Labelled::Dekads(_) => 3 * month + usize::try_from((date.day0() / 10).min(2)).expect("one of three"),
        _ => month,
    }
}

fn label(labelled: &Labelled, date: NaiveDate) -> String {
    let at = place(labelled, date);
    match labelled {
        Labelled::Dekads(_) => format!("{}{}", MONTHS[at / 3], at % 3 + 1),
        _ => MONTHS[at].to_owned(),
    }
}
