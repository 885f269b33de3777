//! `formula`: a computation of the table of formulas over one series or several.

use crate::document::{Node, did_you_mean};
use crate::quantity::{Fixed, Unit};

use super::super::block::{Block, FormulaBlock};
use super::super::formula::{FORMULAS, Formula, FormulaRow, Slot, Steps};
use super::super::grain::Grain;
use super::branch::{self, ReadBranch, same_slots};
use super::curve::read_points;
use super::flow::{Drift, Series, Slots};
use super::keys::Keys;
use super::reader::Outcome;

/// `{ formula = "hub_wind", wind = [ … ], wind_height = "10 m", …, round = "0.000001 m/s", mode = "half_up" }`
pub(super) fn formula(keys: &mut Keys<'_, '_>) -> Outcome {
    let Some(row) = row(keys) else { return Outcome::LOST };
    let inputs: Vec<_> = row.inputs.iter().map(|input| read_input(input, keys)).collect();
    let parameters: Option<Vec<Fixed>> = row
        .parameters
        .iter()
        .map(|parameter| keys.number(parameter.name, parameter.unit()))
        .collect::<Vec<_>>()
        .into_iter()
        .collect();
    let curve = read_curve(row, keys);
    let result = Unit::from_symbol(row.result).expect("the table's units exist");
    let unrounded = keys.reader.of_formula && !keys.is_rounded();
    let round = if unrounded {
        Some((None, result))
    } else {
        keys.rounding_to(result).map(|(round, unit)| (Some(round), unit))
    };
    let Some(inputs) = inputs.into_iter().collect::<Option<Vec<_>>>() else { return Outcome::LOST };
    let Some(series) = series_of(row, &inputs, keys) else { return Outcome::LOST };
    let still = series.iter().all(|part| part.drift == Drift::Still && !part.open);
    let flow = Series {
        unit: round.map_or(result, |(_, unit)| unit),
        slots: Slots::Values,
        positive: row.formula.is_never_negative(series.iter().all(|part| part.positive), curve.as_deref()),
        drift: if still { Drift::Still } else { Drift::Any },
        open: series.iter().any(|part| part.open),
        ..series[0].clone()
    };
    let block = (|| {
        let inputs = inputs.iter().map(|input| input.blocks.clone()).collect::<Option<Vec<_>>>()?;
        let (round, _) = round?;
        Some(Block::Formula(FormulaBlock {
            formula: row.formula,
            inputs,
            parameters: parameters?,
            curve: curve?,
            round,
        }))
    })();
    Outcome::series(block, flow)
}

fn row(keys: &mut Keys<'_, '_>) -> Option<&'static FormulaRow> {
    let node = keys.required("formula", "\"hub_wind\"")?;
    let name = node.text("the name of a formula", keys.faults)?;
    let row = Formula::from_name(name);
    if row.is_none() {
        let names = || FORMULAS.iter().map(|row| row.name);
        let hint = did_you_mean(name, names()).map_or_else(
            || format!("formulas are: {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return keys.wrong(&node.place, format!("`{name}` is no formula"), hint);
    }
    row
}

/// The branch of an input, whose unit has the dimension of the table's.
fn read_input<'a>(input: &Slot, keys: &mut Keys<'a, '_>) -> Option<ReadBranch<'a>> {
    let node = keys.required(input.name, "[ { read = … } ]")?;
    let reader = keys.reader;
    let branch = branch::read_input(node, reader, keys.faults)?;
    let Some(series) = branch.values() else {
        let message = format!("`{}` of a formula is a series of values: {}", input.name, branch.flow.described());
        return branch.wrong(message, "let the branch end in a series of values", keys.faults);
    };
    if series.unit.dimension() != input.unit().dimension() {
        let message = format!(
            "`{}` of the formula is {}, this branch is {}",
            input.name,
            input.unit().described(),
            series.unit.described()
        );
        let hint = format!("read it in {} or another unit of it", input.unit);
        return branch.wrong(message, &hint, keys.faults);
    }
    Some(branch)
}

/// Its curve; empty where the formula has none.
fn read_curve(row: &FormulaRow, keys: &mut Keys<'_, '_>) -> Option<Vec<(Fixed, Fixed)>> {
    let Some((name, x, y)) = row.curve else { return Some(Vec::new()) };
    let [x, y] = [x, y].map(|symbol| Unit::from_symbol(symbol).expect("the table's units exist"));
    let node = keys.required(name, &format!("[[\"1 {x}\", \"1 {y}\"], [\"2 {x}\", \"2 {y}\"]]"))?;
    let least = if row.formula == Formula::WaterSatisfaction { 1 } else { 2 };
    let points = read_points(node, x, y, least, keys)?;
    if row.formula == Formula::WaterSatisfaction
        && let Some((day, _)) = points.first()
        && *day != Fixed::ONE
        && !begins_open(node)
    {
        let message = "the coefficients do not begin with the first day";
        return keys.wrong(&node.place, message, "begin them with \"1 d\"");
    }
    Some(points)
}

/// Whether the first number of the first pair is given by the book.
fn begins_open(node: &Node) -> bool {
    use crate::document::Value;
    let Value::List(pairs) = &node.value else { return false };
    let Some(Node { value: Value::List(pair), .. }) = pairs.first() else { return false };
    matches!(pair.first(), Some(Node { value: Value::Text(text), .. }) if text.starts_with('{'))
}

/// The series of all inputs: side by side, in slots for which the formula is meant.
fn series_of<'b>(row: &FormulaRow, inputs: &'b [ReadBranch<'_>], keys: &mut Keys<'_, '_>) -> Option<Vec<&'b Series>> {
    let pairs: Vec<_> = inputs.iter().filter_map(|input| Some((input, input.values()?))).collect();
    same_slots(&pairs, keys.faults)?;
    let (branch, first) = pairs.first()?;
    if !row.steps.hold(first.grain) || first.apart && row.steps != Steps::Any {
        let message =
            format!("`{}` is meant for {}, this is one value for each {}", row.name, row.steps, first.grain.one());
        return branch.wrong(message, "read it so, or join the slots with { per = …, take = … }", keys.faults);
    }
    Some(pairs.into_iter().map(|(_, series)| series).collect())
}

impl Steps {
    fn hold(self, grain: Grain) -> bool {
        match self {
            Self::Any => true,
            Self::Hours => grain == Grain::Step(3_600),
            Self::Days => grain == Grain::Day,
            Self::DaysOrLonger => matches!(grain, Grain::Day | Grain::Days(_) | Grain::Dekad | Grain::Month),
        }
    }
}

impl std::fmt::Display for Steps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Any => "any slots",
            Self::Hours => "hours",
            Self::Days => "insured days",
            Self::DaysOrLonger => "insured days, dekads or months",
        })
    }
}

impl Formula {
    /// Whether its result is certain never to be below zero, where its inputs are not.
    fn is_never_negative(self, inputs: bool, curve: Option<&[(Fixed, Fixed)]>) -> bool {
        match self {
            Self::AirDensity
            | Self::PenmanMonteith
            | Self::ChillPortions
            | Self::WaterSatisfaction
            | Self::VapourPressureDeficit => true,
            Self::WindPower => curve.is_some_and(|points| points.iter().all(|(_, power)| *power >= Fixed::ZERO)),
            Self::HubWind | Self::ClearSkyIndex | Self::HurricaneIndex => inputs,
            _ => false,
        }
    }
}
