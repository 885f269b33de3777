//! Blocks that read, as they are written.

use super::*;
use crate::contract::block::{FormulaBlock, NoReport};
use crate::contract::formula::Formula;
use crate::contract::grain::Grain;
use crate::contract::reduce::{Combine, MemberTake};
use crate::quantity::Variable;

fn read(variable: Variable, symbol: &str, grain: Grain) -> Block {
    Block::Read { variable, unit: unit(symbol), grain, sources: Vec::new(), agree_within: None }
}

#[test]
fn reads() {
    for (text, block, why) in [
        (RAIN, read(Variable::Precipitation, "mm", Grain::Day), "in its own unit, for each insured day"),
        (
            r#"{ read = "precipitation", every = "10 min", as = "inch" }"#,
            read(Variable::Precipitation, "inch", Grain::Step(600)),
            "in another unit",
        ),
        (
            r#"{ read = "price", every = "1 h", as = "EUR/MWh" }"#,
            read(Variable::Price, "EUR/MWh", Grain::Step(3_600)),
            "a price says in which",
        ),
        (
            r#"{ report = "yield", as = "t/ha", none = "undetermined" }"#,
            Block::Report {
                variable: Variable::Yield,
                unit: unit("t/ha"),
                sources: Vec::new(),
                none: NoReport::Undetermined,
                told_within: None,
            },
            "a report",
        ),
        (
            r#"{ report = "event", none = "nothing", told_within = "30 d" }"#,
            Block::Report {
                variable: Variable::from_name("event").expect("known"),
                unit: unit("1"),
                sources: Vec::new(),
                none: NoReport::Nothing,
                told_within: Some(30 * 86_400),
            },
            "a report that must be told in time",
        ),
        (
            r#"{ report = "storm_category", none = "nothing" }"#,
            Block::Report {
                variable: Variable::StormCategory,
                unit: unit("1"),
                sources: Vec::new(),
                none: NoReport::Nothing,
                told_within: None,
            },
            "what is reported of storms",
        ),
        (r#"{ read = "storm_track" }"#, Block::ReadTrack { sources: Vec::new() }, "tracks"),
    ] {
        assert_eq!(last(text).0, block, "{why}");
    }
    let (block, _) = last(r#"{ read = "precipitation", every = "1 d", from = ["a/x", "b/y"], agree_within = "2 mm" }"#);
    let Block::Read { sources, agree_within, .. } = block else { panic!("a read") };
    assert_eq!((sources.len(), agree_within), (2, Some(fixed("2"))));
}

#[test]
fn combines_series() {
    let mean_of = |how: &str, rest: &str| format!(r#"{{ combine = "{how}", of = [ [ {HEAT} ], [ {HEAT} ] ]{rest} }}"#);
    for (how, rest, expected, round) in [
        ("mean", r#", round = "0.01 degC", mode = "half_up""#, Combine::Mean, Some(half_up("0.01"))),
        ("sum", "", Combine::Sum, None),
        ("difference", "", Combine::Difference, None),
        ("max", "", Combine::Max, None),
        ("min", "", Combine::Min, None),
        ("ratio", r#", round = "0.001 1", mode = "half_up""#, Combine::Ratio, Some(half_up("0.001"))),
    ] {
        let (block, unit_behind) = last(&mean_of(how, rest));
        let Block::Combine { how: read, branches, factor, round: rounded } = block else { panic!("a combine") };
        assert_eq!((read, branches.len(), factor, rounded), (expected, 2, exact("1"), round), "{how}");
        assert_eq!(unit_behind, unit(if how == "ratio" { "1" } else { "degC" }));
    }
    let flags = format!(r#"{{ combine = "max", of = [ [ {WET} ], [ {HEAT}, {{ meets = "> 35 degC" }} ] ] }}"#);
    assert!(
        matches!(last(&format!("{flags}, {{ reduce = \"count\" }}")).0, Block::Reduce(_)),
        "one or the other is met"
    );
}

#[test]
fn products_and_quotients_have_the_unit_of_their_step() {
    let energy = r#"{ read = "energy", every = "1 h", as = "MWh" }"#;
    let price = r#"{ read = "price", every = "1 h", as = "CNY/kWh" }"#;
    for (how, a, b, step, factor, why) in [
        ("product", energy, price, "0.01 CNY", "1000", "MWh times CNY/kWh"),
        ("product", POWER, r#"{ read = "sunshine", every = "1 h" }"#, "0.1 kWh", "1", "power times time"),
        ("product", POWER, r#"{ read = "sunshine", every = "1 h" }"#, "0.001 MWh", "0.001", "the same in MWh"),
        ("ratio", RAIN, r#"{ read = "snow_depth", every = "1 d" }"#, "0.001 1", "0.1", "mm over cm"),
        ("ratio", RAIN, r#"{ read = "evapotranspiration", every = "1 d" }"#, "0.1 %", "100", "a ratio in %"),
    ] {
        let text = format!(r#"{{ combine = "{how}", of = [ [ {a} ], [ {b} ] ], round = "{step}", mode = "half_up" }}"#);
        let (block, behind) = last(&text);
        let Block::Combine { factor: read, round, .. } = block else { panic!("a combine") };
        let (number, symbol) = step.split_once(' ').expect("a step");
        assert_eq!((read, behind, round), (exact(factor), unit(symbol), Some(half_up(number))), "{why}");
    }
}

#[test]
fn combines_numbers() {
    let branch = |reduce: &str| format!(r#"[ {RAIN}, {{ reduce = "{reduce}" }} ]"#);
    let rounded = r#", { round = "0.000000001 %", mode = "half_up" }"#;
    for (how, symbol, round, why) in [
        ("sum", "mm", "", "a sum of sums is exact"),
        ("ratio", "%", rounded, "a ratio is rounded, to more places than a series"),
        ("max", "mm", "", "the larger"),
    ] {
        let text = format!(r#"{{ combine = "{how}", of = [ {}, {} ] }}{round}"#, branch("sum"), branch("max"));
        let IndexKind::Number { unit: read, .. } = index(&text).kind else { panic!("a number") };
        assert_eq!(read, unit(symbol), "{why}");
    }
    let mean = format!(r#"{{ combine = "sum", of = [ {}, {} ] }}"#, branch("sum"), branch("mean"));
    let faults = faults_of(&mean, true);
    assert!(faults.render(false).contains("a mean is rounded"), "an unrounded mean stays one in a sum");
}

#[test]
fn members() {
    let of = |rest: &str| {
        format!(r#"{{ members = ["cells/a", "cells/{{station}}"], of = [ {RAIN} ], need = "80 %", {rest} }}"#)
    };
    for (rest, take, weights, round) in [
        (r#"take = "sum""#, MemberTake::Sum, vec![], None),
        (r#"take = "max""#, MemberTake::Max, vec![], None),
        (r#"take = "mean", round = "0.1 mm", mode = "half_up""#, MemberTake::Mean, vec![], Some(half_up("0.1"))),
        (
            r#"take = "mean", weights = ["60 %", "40 %"], round = "0.1 mm", mode = "half_up""#,
            MemberTake::Mean,
            vec![exact("0.6"), exact("0.4")],
            Some(half_up("0.1")),
        ),
    ] {
        let (block, behind) = last(&of(rest));
        let Block::Members { members, take: read, branch, need, weights: written, round: rounded } = block else {
            panic!("members")
        };
        assert_eq!((members.len(), branch.len(), need, behind), (2, 1, exact("0.8"), unit("mm")));
        assert_eq!((read, written, rounded), (take, weights, round), "{rest}");
    }
    let share = r#"{ members = ["c/a", "c/b"], take = "share", of = [ { read = "precipitation", every = "1 d" }, { meets = "< 1 mm" } ], need = "100 %", round = "0.1 %", mode = "half_up" }"#;
    assert_eq!(last(share).1, unit("%"));
}

#[test]
fn formulas() {
    let hub = r#"{ formula = "hub_wind", wind = [ { read = "wind_speed", every = "1 h", as = "km/h" } ], wind_height = "10 m", hub_height = "{height}", exponent = "0.2 1", round = "0.000001 m/s", mode = "half_up" }"#;
    let (block, behind) = last(hub);
    let Block::Formula(FormulaBlock { formula, inputs, parameters, curve, round }) = block else { panic!("a formula") };
    assert_eq!((formula, behind, curve.len()), (Formula::HubWind, unit("m/s"), 0));
    assert_eq!(inputs[0][0].unit, unit("km/h"), "an input keeps its unit, which is converted exactly");
    assert_eq!(parameters, [fixed("10"), fixed("1"), fixed("0.2")], "in the order and the units of the table");
    assert_eq!(round, Some(half_up("0.000001")));
    let power = r#"{ formula = "wind_power", wind = [ { read = "wind_speed", every = "1 h" } ], density = [ { formula = "air_density", temperature = [ { read = "air_temperature", every = "1 h" } ], pressure = [ { read = "air_pressure", every = "1 h" } ], temperature_height = "2 m", pressure_height = "0 m", hub_height = "98 m", round = "0.000001 kg/m3", mode = "half_up" } ], curve = [["3 m/s", "0 kW"], ["13 m/s", "2.05 MW"]], round = "0.1 kW", mode = "half_up" }"#;
    let (block, behind) = last(power);
    let Block::Formula(formula) = block else { panic!("a formula") };
    assert_eq!((behind, formula.curve[1]), (unit("kW"), (fixed("13"), fixed("2050"))));
    let inner = |power: &str| {
        let (block, _) = last(power);
        let Block::Formula(outer) = block else { panic!("a formula") };
        let Block::Formula(inner) = outer.inputs[1][0].block.clone() else { panic!("a formula in it") };
        inner.round
    };
    assert_eq!(inner(power), Some(half_up("0.000001")));
    let unrounded = power.replace(r#", round = "0.000001 kg/m3", mode = "half_up""#, "");
    assert_eq!(inner(&unrounded), None, "the whole branch of another formula");
    let water = format!(
        r#"{{ formula = "water_satisfaction", rain = [ {DEKADS} ], evapotranspiration = [ {DEKADS} ], capacity = "100 mm", initial = "50 mm", coefficients = [["1 d", "0.4 1"], ["31 d", "1.1 1"]], round = "0.1 %", mode = "half_up" }}"#
    );
    assert_eq!(last(&water).1, unit("%"));
    let names =
        index(&format!("{power}, {{ reduce = \"energy\" }}, {{ round = \"1 kWh\", mode = \"down\" }}")).block_names();
    assert_eq!(names, ["formula wind_power", "read", "formula air_density", "reduce energy", "round"]);
}
