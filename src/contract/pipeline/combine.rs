//! `combine`: several series slot by slot, or several numbers.

use crate::quantity::{Exact, Unit};

use super::super::block::Block;
use super::super::literal::Places;
use super::super::reduce::Combine;
use super::branch::{ReadBranch, read_branch, same_slots};
use super::flow::{Drift, Number, Series, Slots};
use super::keys::Keys;
use super::reader::Outcome;

const WORDS: [(&str, Combine); 7] = [
    ("mean", Combine::Mean),
    ("sum", Combine::Sum),
    ("difference", Combine::Difference),
    ("product", Combine::Product),
    ("ratio", Combine::Ratio),
    ("max", Combine::Max),
    ("min", Combine::Min),
];

impl Combine {
    fn multiplies(self) -> bool {
        matches!(self, Self::Product | Self::Ratio)
    }

    /// Whether its result has to be rounded.
    fn is_rounded(self) -> bool {
        self.multiplies() || self == Self::Mean
    }
}

/// `{ combine = "mean", of = [ [ … ], [ … ] ], round = "0.01 degC", mode = "half_up" }`
pub(super) fn combine(keys: &mut Keys<'_, '_>) -> Outcome {
    let how = keys.word("combine", &WORDS, "does not combine series");
    let of = keys.required("of", "[ [ { read = … } ], [ { read = … } ] ]");
    let nodes = of.and_then(|node| node.list("a list of branches", keys.faults));
    let reader = keys.reader;
    let branches = nodes.map(|nodes| {
        let read: Vec<_> = nodes.iter().map(|node| read_branch(node, reader, keys.faults)).collect();
        read.into_iter().collect::<Option<Vec<_>>>()
    });
    let (Some(how), Some(of), Some(nodes), Some(Some(branches))) = (how, of, nodes, branches) else {
        return Outcome::LOST;
    };
    let pair = how.multiplies() || how == Combine::Difference;
    if nodes.len() < 2 || (pair && nodes.len() > 2) {
        let wanted = if pair { "two branches" } else { "two branches or more" };
        let word = WORDS.iter().find(|(_, word)| *word == how).map_or("", |(name, _)| name);
        let message = format!("a {word} is of {wanted}, here are {}", nodes.len());
        let _: Option<()> = keys.wrong(&of.place, message, "write of = [ [ { read = … } ], [ { read = … } ] ]");
        return Outcome::LOST;
    }
    let numbers: Option<Vec<Number>> = branches.iter().map(|branch| branch.number().copied()).collect();
    let outcome = match numbers {
        Some(numbers) => of_numbers(how, &branches, &numbers, keys),
        None => of_series(how, &branches, keys),
    };
    outcome.unwrap_or(Outcome::LOST)
}

fn block(how: Combine, branches: &[ReadBranch<'_>], factor: Exact) -> Option<Block> {
    let branches = branches.iter().map(|branch| branch.blocks.clone()).collect::<Option<Vec<_>>>()?;
    Some(Block::Combine { how, branches, factor, round: None })
}

/// The unit of the result, and by what a product or a quotient is multiplied to be in it.
fn unit_of(how: Combine, branches: &[ReadBranch<'_>], keys: &mut Keys<'_, '_>) -> Option<(Unit, Exact)> {
    let units: Vec<Unit> = branches.iter().map(|branch| branch.flow.unit()).collect();
    let found = match how {
        Combine::Product => units[0].times(units[1]),
        Combine::Ratio => units[0].over(units[1]),
        _ => {
            let mut same = Some((units[0], Exact::from(1)));
            for (branch, unit) in branches.iter().zip(&units).filter(|(_, unit)| **unit != units[0]) {
                let message = format!("this branch is in {unit}, the first is in {}", units[0]);
                let hint = format!("read it with as = \"{}\"", units[0]);
                same = branch.wrong(message, &hint, keys.faults);
            }
            return same;
        }
    };
    if found.is_none() {
        let sign = if how == Combine::Product { "times" } else { "over" };
        let message = format!("{} {sign} {} is in no unit that Fairgauge knows", units[0], units[1]);
        return branches[1].wrong(message, "read one of them in another unit", keys.faults);
    }
    found
}

fn of_numbers(
    how: Combine,
    branches: &[ReadBranch<'_>],
    numbers: &[Number],
    keys: &mut Keys<'_, '_>,
) -> Option<Outcome> {
    keys.no_rounding("a combined number stays exact here", "put { round = …, mode = … } behind the block instead");
    let (unit, factor) = unit_of(how, branches, keys)?;
    let all_positive = numbers.iter().all(|number| number.positive);
    let drifts: Vec<Drift> = numbers.iter().map(|number| number.drift).collect();
    let unrounded = numbers.iter().find_map(|number| number.to_round);
    let number = Number {
        unit,
        to_round: match how {
            Combine::Mean => Some("a mean"),
            Combine::Ratio => Some("a ratio"),
            Combine::Product if factor.decimal(6).is_none() => Some("a product in another unit"),
            _ => unrounded,
        },
        positive: positive(how, all_positive, numbers.iter().any(|number| number.positive)),
        drift: drift(how, &drifts, all_positive),
        compared: numbers.iter().any(|number| number.compared),
    };
    Some(Outcome::number(block(how, branches, factor), number))
}

fn of_series(how: Combine, branches: &[ReadBranch<'_>], keys: &mut Keys<'_, '_>) -> Option<Outcome> {
    let both = matches!(how, Combine::Max | Combine::Min);
    let flags = both && branches.iter().all(|branch| branch.flags().is_some());
    let mut series = Some(Vec::new());
    for branch in branches {
        let one = if flags { branch.flags() } else { branch.values() };
        let Some(one) = one else {
            let message = format!("what is combined are series of values, or numbers: {}", branch.flow.described());
            series = branch.wrong(message, "let all branches end in series, or all in { reduce = … }", keys.faults);
            continue;
        };
        if let Some(all) = &mut series {
            all.push((branch, one));
        }
    }
    let series = series?;
    let slots = same_slots(&series, keys.faults);
    let unit = if flags { Some((series[0].1.unit, Exact::from(1))) } else { unit_of(how, branches, keys) };
    let (mut unit, mut factor) = unit?;
    let mut round = None;
    let mut rounded = true;
    if how.multiplies() {
        // The step's unit is the unit from here on, as of the formulas.
        let written = keys.rounding_by_factor(unit);
        rounded = written.is_some();
        if let Some((written, target)) = written {
            factor = factor.times(unit.convert(Exact::from(1), target).ok()?).ok()?;
            (round, unit) = (Some(written), target);
        }
    } else if how.is_rounded() {
        round = keys.rounding(unit, Places::Series);
        rounded = round.is_some();
    } else {
        keys.no_rounding("nothing is to be rounded here: this is exact", "leave out `round` and `mode`");
    }
    let read = block(how, branches, factor).filter(|_| rounded);
    let read = read.map(|read| match read {
        Block::Combine { how, branches, factor, .. } => Block::Combine { how, branches, factor, round },
        other => other,
    });
    let parts: Vec<&Series> = series.into_iter().map(|(_, series)| series).collect();
    slots.map(|()| Outcome::series(read, combined(how, &parts, unit, flags)))
}

fn combined(how: Combine, parts: &[&Series], unit: Unit, flags: bool) -> Series {
    let all_positive = parts.iter().all(|part| part.positive);
    let drifts: Vec<Drift> = parts.iter().map(|part| part.drift).collect();
    Series {
        unit,
        slots: if flags { Slots::Flags } else { Slots::Values },
        positive: positive(how, all_positive, parts.iter().any(|part| part.positive)),
        drift: drift(how, &drifts, all_positive),
        open: parts.iter().any(|part| part.open),
        ..parts[0].clone()
    }
}

fn positive(how: Combine, all: bool, any: bool) -> bool {
    match how {
        Combine::Difference => false,
        Combine::Max => any,
        _ => all,
    }
}

/// A quotient may come and go where the number below the line moves.
fn drift(how: Combine, drifts: &[Drift], positive: bool) -> Drift {
    let moving = |drift: &Drift| *drift != Drift::Still;
    match how {
        Combine::Difference => drifts[0].with(drifts[1].turned()),
        Combine::Product if !positive && drifts.iter().any(moving) => Drift::Any,
        Combine::Ratio if moving(&drifts[1]) || !positive && moving(&drifts[0]) => Drift::Any,
        Combine::Ratio => drifts[0],
        _ => drifts.iter().copied().fold(Drift::Still, Drift::with),
    }
}
