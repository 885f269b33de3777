//! Blocks behind a series, as they are written.

use super::*;
use crate::calendar::MonthDay;
use crate::contract::block::{Labelled, LookupStep, Phase};
use crate::contract::comparison::{Comparison, Operator};
use crate::contract::formula::QuantileMethod;
use crate::contract::grain::Grain;
use crate::contract::payout::Closed;
use crate::contract::reduce::{DayCount, EventTake, Reducer, RunTake, Take};

fn phase(id: &str, from: &str, to: &str) -> Phase {
    Phase { id: id.to_owned(), from: MonthDay::parse(from).expect(from), to: MonthDay::parse(to).expect(to) }
}

fn months(numbers: &[(usize, &str)]) -> Labelled {
    let mut all = [None; 12];
    numbers.iter().for_each(|(month, number)| all[month - 1] = Some(fixed(number)));
    Labelled::Months(all)
}

#[test]
fn larger_slots() {
    let mean = Take::Mean(half_up("0.1"));
    for (before, text, grain, take, need) in [
        (HOURLY, r#"{ per = "day", take = "sum", need = "90 %" }"#, Grain::Day, Take::Sum, "0.9"),
        (HOURLY, r#"{ per = "6 h", take = "max", need = "100 %" }"#, Grain::Step(21_600), Take::Max, "1"),
        (HOURLY, r#"{ per = "dekad", take = "sum", need = "{share}" }"#, Grain::Dekad, Take::Sum, "0.01"),
        (RAIN, r#"{ per = "10 d", take = "sum", need = "90 %" }"#, Grain::Days(10), Take::Sum, "0.9"),
        (RAIN, r#"{ per = "month", take = "min", need = "90 %" }"#, Grain::Month, Take::Min, "0.9"),
        (MONTHLY, r#"{ per = "year", take = "sum", need = "90 %" }"#, Grain::Year, Take::Sum, "0.9"),
        (DEKADS, r#"{ per = "month", take = "sum", need = "90 %" }"#, Grain::Month, Take::Sum, "0.9"),
        (
            RAIN,
            r#"{ per = "dekad", take = "mean", need = "90 %", round = "0.1 mm", mode = "half_up" }"#,
            Grain::Dekad,
            mean,
            "0.9",
        ),
    ] {
        let block = Block::Per { grain, phases: Vec::new(), take, need: exact(need) };
        assert_eq!(last(&format!("{before}, {text}")).0, block, "{text}");
    }
    let (Block::Per { grain, phases, .. }, _) = last(PHASES) else { panic!("a per") };
    assert_eq!(
        (grain, phases),
        (Grain::Phase, vec![phase("sowing", "04-01", "05-15"), phase("growing", "05-16", "07-31")])
    );
    let winter = r#"{ per = "phase", phases = [ { id = "a", from = "11-01", to = "12-31" }, { id = "b", from = "01-01", to = "02-29" } ], take = "sum", need = "90 %" }"#;
    last(&format!("{RAIN}, {winter}"));
}

#[test]
fn pointwise() {
    let at_least = |bound| Comparison { operator: Operator::AtLeast, bound: fixed(bound) };
    let below = |bound| Comparison { operator: Operator::Below, bound: fixed(bound) };
    for (before, text, block, symbol) in [
        (RAIN, r#"{ ignore_below = "2 mm" }"#, Block::IgnoreBelow(fixed("2")), "mm"),
        (RAIN, r#"{ cap = "6 cm" }"#, Block::Cap(fixed("60")), "mm"),
        (RAIN, r#"{ floor = "0 mm" }"#, Block::Floor(fixed("0")), "mm"),
        (HEAT, r#"{ excess_over = "{threshold}" }"#, Block::ExcessOver(fixed("1")), "degC"),
        (HEAT, r#"{ shortfall_below = "18 degC" }"#, Block::ShortfallBelow(fixed("18")), "degC"),
        (RAIN, r#"{ substitute = "0.5 mm" }"#, Block::Substitute(fixed("0.5")), "mm"),
        (HEAT, r#"{ minus = "18 degC" }"#, Block::Minus(Labelled::Same(fixed("18"))), "degC"),
        (
            HEAT,
            r#"{ minus = { apr = "10 degC", dec = "1 degC" } }"#,
            Block::Minus(months(&[(4, "10"), (12, "1")])),
            "degC",
        ),
        (
            PHASES,
            r#"{ minus = { sowing = "1 mm", growing = "2 mm" } }"#,
            Block::Minus(Labelled::Phases(vec![fixed("1"), fixed("2")])),
            "mm",
        ),
        (
            RAIN,
            r#"{ times = "0.85 1", round = "0.1 mm", mode = "half_up" }"#,
            Block::Times { factor: exact("0.85"), round: Some(half_up("0.1")) },
            "mm",
        ),
        (
            RAIN,
            r#"{ times = "85 %", round = "0.1 mm", mode = "half_up" }"#,
            Block::Times { factor: exact("0.85"), round: Some(half_up("0.1")) },
            "mm",
        ),
        (
            r#"{ read = "energy", every = "1 h", as = "MWh" }"#,
            r#"{ times = "50 EUR/MWh", round = "0.01 EUR", mode = "half_up" }"#,
            Block::Times { factor: exact("50"), round: Some(half_up("0.01")) },
            "EUR",
        ),
        (
            RAIN,
            r#"{ percent_of = "45 mm", round = "0.1 %", mode = "half_up" }"#,
            Block::PercentOf { normal: Labelled::Same(fixed("45")), round: Some(half_up("0.1")) },
            "%",
        ),
        (
            MONTHLY,
            r#"{ percent_of = { apr = "40 mm", may = "{rain}" }, round = "0.1 %", mode = "half_up" }"#,
            Block::PercentOf { normal: months(&[(4, "40"), (5, "1")]), round: Some(half_up("0.1")) },
            "%",
        ),
        (
            MONTHLY,
            r#"{ weigh = { apr = "30 %", may = "70 %" }, round = "0.1 mm", mode = "half_up" }"#,
            Block::Weigh { weights: months(&[(4, "0.3"), (5, "0.7")]), round: half_up("0.1") },
            "mm",
        ),
        (RAIN, r#"{ round = "0.5 mm", mode = "half_up" }"#, Block::Round(half_up("0.5")), "mm"),
        (
            RAIN,
            r#"{ curve = [["0 mm", "0 1"], ["{rain}", "1 1"]], outside = "0 1", round = "0.01 1", mode = "half_up" }"#,
            Block::Curve {
                points: vec![(fixed("0"), fixed("0")), (fixed("1"), fixed("1"))],
                outside: fixed("0"),
                round: half_up("0.01"),
            },
            "1",
        ),
        (
            HEAT,
            r#"{ lookup = [ { to = "5 degC", is = "0 1" }, { to = "10 degC", is = "50 %" }, { is = "1 1" } ], closed = "below" }"#,
            Block::Lookup {
                closed: Closed::Below,
                steps: vec![
                    LookupStep { to: Some(fixed("5")), is: fixed("0") },
                    LookupStep { to: Some(fixed("10")), is: fixed("0.5") },
                    LookupStep { to: None, is: fixed("1") },
                ],
            },
            "1",
        ),
        (RAIN, r#"{ meets = [">= 10 mm", "< 30 mm"] }"#, Block::Meets(vec![at_least("10"), below("30")]), "mm"),
        (RAIN, r#"{ meets = ">= {rain}" }"#, Block::Meets(vec![at_least("1")]), "mm"),
        (
            RAIN,
            r#"{ in_runs = ">= 40 mm", at_least = "3 d" }"#,
            Block::InRuns { comparison: at_least("40"), at_least: 3 },
            "mm",
        ),
        (
            MONTHLY,
            r#"{ in_runs = ">= 40 mm", at_least = "2 months" }"#,
            Block::InRuns { comparison: at_least("40"), at_least: 2 },
            "mm",
        ),
        (
            RAIN,
            r#"{ in_runs = ">= 40 mm", at_least = "{days}" }"#,
            Block::InRuns { comparison: at_least("40"), at_least: 1 },
            "mm",
        ),
        (
            HOURLY,
            r#"{ rolling = "48 h", take = "sum" }"#,
            Block::Rolling { slots: 48, take: Take::Sum, step: 1, reach_before: false },
            "mm",
        ),
        (
            RAIN,
            r#"{ rolling = "10 d", take = "sum", step = "10 d" }"#,
            Block::Rolling { slots: 10, take: Take::Sum, step: 10, reach_before: false },
            "mm",
        ),
        (
            MONTHLY,
            r#"{ rolling = "3 months", take = "sum", reach_before = true }"#,
            Block::Rolling { slots: 3, take: Take::Sum, step: 1, reach_before: true },
            "mm",
        ),
        (
            DEKADS,
            r#"{ rolling = "1 dekad", take = "mean", round = "0.1 mm", mode = "half_up" }"#,
            Block::Rolling { slots: 1, take: Take::Mean(half_up("0.1")), step: 1, reach_before: false },
            "mm",
        ),
        (WET_RUNS, r#"{ excess_over = "10 mm" }"#, Block::ExcessOver(fixed("10")), "mm"),
    ] {
        assert_eq!(last(&format!("{before}, {text}")), (block, unit(symbol)), "{text}");
    }
}

#[test]
fn dekads_have_labels_of_their_own_and_of_their_month() {
    let mut all = [None; 36];
    (all[0], all[35]) = (Some(fixed("1")), Some(fixed("2")));
    for (text, labelled) in [
        (r#"{ minus = { jan1 = "1 mm", dec3 = "2 mm" } }"#, Labelled::Dekads(all)),
        (r#"{ minus = { jan = "1 mm" } }"#, months(&[(1, "1")])),
    ] {
        assert_eq!(last(&format!("{DEKADS}, {text}")).0, Block::Minus(labelled), "{text}");
    }
}

#[test]
fn slots_that_do_not_count() {
    let (Block::OnlyOn(dates), _) = last(&format!(r#"{RAIN}, {{ only_on = ["2021-10-06", "2021-10-08"] }}"#)) else {
        panic!("only_on")
    };
    assert_eq!(dates.len(), 2);
    for (text, seconds, branch) in [
        (format!(r#"{HOURLY}, {{ only_where = [ {WET} ], before = "12 h", after = "24 h" }}"#), (43_200, 86_400), 2),
        (format!(r#"{WIND}, {{ only_where = [ {STORMS}, {{ within = "100 km", of = "site" }} ] }}"#), (0, 0), 3),
    ] {
        let Block::OnlyWhere { branch: blocks, before, after } = last(&text).0 else { panic!("only_where") };
        assert_eq!(((before, after), blocks.len()), (seconds, branch), "{text}");
    }
}

#[test]
fn reducers() {
    let ten = |before: &str, text: &str| last(&format!("{before}, {{ reduce = {text} }}"));
    let count = |from_window, never| DayCount { from_window, never: fixed(never) };
    let quantile = Reducer::Quantile { at: exact("0.9"), method: QuantileMethod::Linear };
    let ten_minutes = format!(r#"{WIND}, {{ meets = "< 3 m/s" }}"#);
    let months = format!(r#"{MONTHLY}, {{ meets = "< 30 mm" }}"#);
    for (before, text, reducer, symbol) in [
        (RAIN, r#""sum""#, Reducer::Sum, "mm"),
        (RAIN, r#""mean""#, Reducer::Mean, "mm"),
        (RAIN, r#""max""#, Reducer::Max, "mm"),
        (RAIN, r#""min""#, Reducer::Min, "mm"),
        (YIELD, r#""latest""#, Reducer::Latest, "kg/ha"),
        (POWER, r#""energy""#, Reducer::Energy, "kWh"),
        (RAIN, r#""quantile", at = "90 %", method = "linear""#, quantile, "mm"),
        (WET, r#""count""#, Reducer::Count, "d"),
        (&ten_minutes, r#""count""#, Reducer::Count, "h"),
        (&months, r#""count""#, Reducer::Count, "1"),
        (WET, r#""share""#, Reducer::Share, "%"),
        (WET, r#""longest_run""#, Reducer::LongestRun, "d"),
        (WET, r#""events", gap = "5 d""#, Reducer::Events(5), "1"),
        (WET, r#""first", days_from = "window", never = "0 d""#, Reducer::First(count(true, "0")), "d"),
        (WET, r#""last", days_from = "year", never = "366 d""#, Reducer::Last(count(false, "366")), "d"),
        (WET_RUNS, r#""sum""#, Reducer::Sum, "mm"),
        (WET_RUNS, r#""largest_run""#, Reducer::LargestRun, "mm"),
        (WET_RUNS, r#""runs""#, Reducer::Runs(0), "1"),
        (WET_RUNS, r#""runs", gap = "2 d""#, Reducer::Runs(2), "1"),
        (WET_RUNS, r#""run_length""#, Reducer::RunLength, "d"),
        (WET_RUNS, r#""longest_run""#, Reducer::LongestRun, "d"),
        (WET_RUNS, r#""max""#, Reducer::Max, "mm"),
        (WET_RUNS, r#""min""#, Reducer::Min, "mm"),
    ] {
        assert_eq!(ten(before, text), (Block::Reduce(reducer), unit(symbol)), "{before} {text}");
    }
}

#[test]
fn events() {
    for (text, block, symbol) in [
        (format!(r#"{WET_RUNS}, {{ per = "run", take = "sum" }}"#), EventTake::Run(RunTake::Sum), "mm"),
        (format!(r#"{WET_RUNS}, {{ per = "run", take = "length" }}"#), EventTake::Run(RunTake::Length), "d"),
        (format!(r#"{YIELD}, {{ per = "value" }}"#), EventTake::Slot, "kg/ha"),
    ] {
        assert_eq!(last(&text), (Block::PerEvent(block), unit(symbol)), "{text}");
        let IndexKind::Events { of: None, .. } = index(&text).kind else { panic!("events of no storm") };
    }
    let rounded =
        index(&format!(r#"{WET_RUNS}, {{ per = "run", take = "sum" }}, {{ round = "1 cm", mode = "down" }}"#));
    let IndexKind::Events { unit: read, .. } = rounded.kind else { panic!("events") };
    assert_eq!(read, unit("cm"), "the step's unit is the unit from here on");
}
