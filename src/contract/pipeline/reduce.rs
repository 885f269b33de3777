//! `reduce`: all slots to one number.

use crate::document::{Node, did_you_mean};
use crate::quantity::{Fixed, Unit};

use super::super::block::Block;
use super::super::formula::QuantileMethod;
use super::super::grain::Grain;
use super::super::reduce::{DayCount, Reducer};
use super::flow::{Drift, Number, Series, Slots};
use super::keys::Keys;
use super::per::{ENERGY, POWERS};
use super::reader::Outcome;
use super::stretch::slots_of;

const OF_VALUES: &[&str] = &["sum", "mean", "max", "min", "latest", "quantile"];
const OF_POWER: &[&str] = &["energy", "mean", "max", "min", "latest", "quantile"];
const OF_FLAGS: &[&str] = &["count", "share", "longest_run", "events", "first", "last"];
const OF_RUNS: &[&str] = &["sum", "largest_run", "runs", "run_length", "longest_run", "max", "min"];

/// `{ reduce = "sum" }`
pub(super) fn reduce(series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let Some(node) = keys.required("reduce", "\"sum\"") else { return Outcome::LOST };
    let Some(word) = node.text("a reducer such as \"sum\"", keys.faults) else { return Outcome::LOST };
    let allowed = match series.slots {
        Slots::Values if series.is_power() => OF_POWER,
        Slots::Values => OF_VALUES,
        Slots::Flags => OF_FLAGS,
        Slots::Runs => OF_RUNS,
    };
    let Some(word) = allowed.iter().find(|known| **known == word) else {
        return unknown(node, word, series, allowed, keys);
    };
    if series.slots == Slots::Runs && series.is_power() && matches!(*word, "sum" | "largest_run") {
        return keys.wrong(&node.place, POWERS, ENERGY).unwrap_or(Outcome::LOST);
    }
    if let Some(problem) = no_length(word, series) {
        let hint = "count their share with { reduce = \"share\" }, or put the block before the slots become so";
        return keys.wrong(&node.place, problem, hint).unwrap_or(Outcome::LOST);
    }
    match series.slots {
        Slots::Values => of_values(word, series, keys),
        Slots::Flags => of_flags(word, series, keys),
        Slots::Runs => of_runs(word, series, keys),
    }
}

fn unknown(node: &Node, word: &str, series: &Series, allowed: &[&str], keys: &mut Keys<'_, '_>) -> Outcome {
    if word == "sum" && series.is_power() {
        return keys.wrong(&node.place, POWERS, ENERGY).unwrap_or(Outcome::LOST);
    }
    let near = did_you_mean(word, allowed.iter().copied());
    let hint = near.map_or_else(|| format!("here: {}", allowed.join(", ")), |near| format!("did you mean `{near}`?"));
    keys.wrong(&node.place, format!("`{word}` does not reduce what flows here"), hint).unwrap_or(Outcome::LOST)
}

/// Why a length cannot be told, if it cannot: of stretches that are apart no reducer tells one, of reports only how
/// many there are.
fn no_length(word: &str, series: &Series) -> Option<&'static str> {
    let length = matches!(word, "count" | "longest_run" | "events" | "run_length" | "runs");
    match word {
        _ if series.apart && length => Some("stretches that are apart have no length that counts"),
        "energy" if series.has_no_length() => Some("without the length of a slot power is no energy"),
        "events" if series.grain == Grain::Report => Some("reports are not so far apart that events could be told"),
        _ => None,
    }
}

fn number(unit: Unit, to_round: Option<&'static str>, positive: bool, drift: Drift) -> Number {
    Number { unit, to_round, positive, drift, compared: false }
}

fn of_values(word: &str, series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let Series { unit, positive, drift, .. } = *series;
    let kilowatt_hours = Unit::from_symbol("kWh").expect("the table has kWh");
    let (reducer, number) = match word {
        "mean" => (Some(Reducer::Mean), number(unit, Some("a mean"), positive, Drift::Any)),
        "max" => (Some(Reducer::Max), number(unit, None, positive, drift.growing(true))),
        "min" => (Some(Reducer::Min), number(unit, None, positive, drift.shrinking(true))),
        "latest" => (Some(Reducer::Latest), number(unit, None, positive, Drift::Any)),
        "quantile" => (quantile(keys), number(unit, Some("a quantile"), positive, Drift::Any)),
        "energy" => {
            (Some(Reducer::Energy), number(kilowatt_hours, Some("an energy"), positive, drift.growing(positive)))
        }
        _ => (Some(Reducer::Sum), number(unit, None, positive, drift.growing(positive))),
    };
    Outcome::number(reducer.map(Block::Reduce), number)
}

fn quantile(keys: &mut Keys<'_, '_>) -> Option<Reducer> {
    let at = keys.required("at", "\"90 %\"").and_then(|node| keys.reader.scope.share(node, "\"90 %\"", keys.faults));
    let method = keys.required("method", "\"linear\"");
    let method = method.and_then(|node| keys.word_of(node, &QuantileMethod::ALL, "is no definition of a quantile"));
    Some(Reducer::Quantile { at: at?, method: method? })
}

fn of_flags(word: &str, series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let (length, to_round) = length_unit(series.grain);
    let plain = Unit::from_symbol("1").expect("the table has 1");
    let grows = series.drift.growing(true);
    let (reducer, number) = match word {
        "count" => (Some(Reducer::Count), number(length, to_round, true, grows)),
        "longest_run" => (Some(Reducer::LongestRun), number(length, to_round, true, grows)),
        "share" => {
            let percent = Unit::from_symbol("%").expect("the table has %");
            (Some(Reducer::Share), number(percent, Some("a share"), true, Drift::Any))
        }
        "events" => {
            let gap = keys.required("gap", "\"5 d\"").and_then(|node| slots_of(node, series, keys));
            (gap.map(Reducer::Events), number(plain, None, true, grows))
        }
        _ => {
            let count = day_count(keys);
            // The last day only moves on, from before the first.
            let last = word == "last";
            let from_before = |count: &DayCount| count.from_window && count.never <= Fixed::ONE;
            let drift = series.drift.growing(last && count.as_ref().is_some_and(from_before));
            let positive = count.is_some_and(|count| count.never >= Fixed::ZERO);
            let reducer = count.map(if last { Reducer::Last } else { Reducer::First });
            (reducer, number(Unit::from_symbol("d").expect("the table has d"), None, positive, drift))
        }
    };
    Outcome::number(reducer.map(Block::Reduce), number)
}

/// `days_from` and `never`.
fn day_count(keys: &mut Keys<'_, '_>) -> Option<DayCount> {
    let words = [("window", true), ("year", false)];
    let from_window = keys.word("days_from", &words, "does not say from when days are counted");
    let day = Unit::from_symbol("d").expect("the table has d");
    let node = keys.required("never", "\"0 d\"");
    let never = node.and_then(|node| keys.quantity_of(node, day));
    let whole = never.is_none_or(|never| never.quantity.value.micros() % Fixed::MICROS == 0);
    if let (Some(node), false) = (node, whole) {
        return keys.wrong(&node.place, "days are counted whole", "write never = \"0 d\" or the like");
    }
    Some(DayCount { from_window: from_window?, never: never?.quantity.value })
}

fn of_runs(word: &str, series: &Series, keys: &mut Keys<'_, '_>) -> Outcome {
    let Series { unit, positive, drift, .. } = *series;
    let (length, to_round) = length_unit(series.grain);
    let plain = Unit::from_symbol("1").expect("the table has 1");
    let certain = drift != Drift::Any;
    let longer = if certain { Drift::Up } else { Drift::Any };
    let (reducer, number) = match word {
        "largest_run" => (Some(Reducer::LargestRun), number(unit, None, positive, drift.growing(positive))),
        "run_length" => (Some(Reducer::RunLength), number(length, to_round, true, longer)),
        "longest_run" => (Some(Reducer::LongestRun), number(length, to_round, true, longer)),
        "max" => (Some(Reducer::Max), number(unit, None, positive, drift.growing(true))),
        "min" => (Some(Reducer::Min), number(unit, None, positive, drift.shrinking(true))),
        "runs" => {
            // Two runs become one where the slot between them comes in: their number is certain of nothing.
            let gap = match keys.optional("gap") {
                None => Some(0),
                Some(node) => slots_of(node, series, keys),
            };
            (gap.map(Reducer::Runs), number(plain, None, true, Drift::Any))
        }
        _ => (Some(Reducer::Sum), number(unit, None, positive, drift.growing(positive))),
    };
    Outcome::number(reducer.map(Block::Reduce), number)
}

/// In what lengths are told: hours of steps, days of insured days, else the number of slots; and what it is where it
/// has to be rounded.
pub(super) fn length_unit(grain: Grain) -> (Unit, Option<&'static str>) {
    let unit = |symbol| Unit::from_symbol(symbol).expect("the table has the units of time");
    match grain {
        Grain::Step(seconds) => (unit("h"), (seconds < 3_600).then_some("a time counted in parts of an hour")),
        Grain::Day | Grain::Days(_) => (unit("d"), None),
        Grain::Dekad | Grain::Month | Grain::Year | Grain::Phase | Grain::Report => (unit("1"), None),
    }
}
