//! Blocks behind a number.

use super::*;
use crate::contract::block::{Baseline, Compare, Labelled, LookupStep};
use crate::contract::payout::Closed;

#[test]
fn behind_a_number() {
    for (text, block, symbol) in [
        (r#"{ minus = "45 mm" }"#, Block::Minus(Labelled::Same(fixed("45"))), "mm"),
        (r#"{ times = "1.1 1" }"#, Block::Times { factor: exact("1.1"), round: None }, "mm"),
        (r#"{ times = "2 ha" }"#, Block::Times { factor: exact("20"), round: None }, "m3"),
        (r#"{ percent_of = "45 mm" }"#, Block::PercentOf { normal: Labelled::Same(fixed("45")), round: None }, "%"),
        (r#"{ excess_over = "100 mm" }"#, Block::ExcessOver(fixed("100")), "mm"),
        (r#"{ shortfall_below = "{rain}" }"#, Block::ShortfallBelow(fixed("1")), "mm"),
        (r#"{ cap = "100 mm" }"#, Block::Cap(fixed("100")), "mm"),
        (r#"{ floor = "0 mm" }"#, Block::Floor(fixed("0")), "mm"),
        (
            r#"{ curve = [["0 mm", "100 %"], ["100 mm", "0 %"]], outside = "0 %", round = "0.00000001 %", mode = "half_up" }"#,
            Block::Curve {
                points: vec![(fixed("0"), fixed("100")), (fixed("100"), fixed("0"))],
                outside: fixed("0"),
                round: Round { step: Exact::new(1, 100_000_000).expect("small"), mode: Rounding::HalfUp },
            },
            "%",
        ),
        (
            r#"{ lookup = [ { to = "50 mm", is = "1 1" }, { is = "0 1" } ], closed = "above" }"#,
            Block::Lookup {
                closed: Closed::Above,
                steps: vec![
                    LookupStep { to: Some(fixed("50")), is: fixed("1") },
                    LookupStep { to: None, is: fixed("0") },
                ],
            },
            "1",
        ),
        (r#"{ round = "1 cm", mode = "half_up" }"#, Block::Round(half_up("10")), "cm"),
    ] {
        assert_eq!(last(&format!("{SUM}, {text}")), (block, unit(symbol)), "{text}");
    }
}

#[test]
fn comparisons_with_other_years() {
    for (word, step, compare, symbol) in [
        ("percent_of_mean", "0.1 %", Compare::PercentOfMean, "%"),
        ("mean", "0.1 mm", Compare::Mean, "mm"),
        ("anomaly", "0.1 mm", Compare::Anomaly, "mm"),
        ("z_score_sample", "0.01 1", Compare::ZScoreSample, "1"),
        ("z_score_population", "0.01 1", Compare::ZScorePopulation, "1"),
        ("spi", "0.01 1", Compare::Spi, "1"),
        ("spei", "0.01 1", Compare::Spei, "1"),
        ("percentile", "0.1 %", Compare::Percentile, "%"),
    ] {
        let text = format!(
            r#"{SUM}, {{ compare = "{word}", baseline = {{ from = 1981, to = 2010, need = 25 }}, round = "{step}", mode = "half_up" }}"#
        );
        let baseline = Baseline { first: 1981, last: 2010, need: 25, sources: Vec::new() };
        let round = half_up(step.split(' ').next().expect("a number"));
        assert_eq!(last(&text), (Block::Compare { compare, baseline, round }, unit(symbol)), "{word}");
    }
    let other = format!(
        r#"{SUM}, {{ compare = "mean", baseline = {{ from = 1981, to = 2010, need = 30, sources = ["era5/cell"] }}, round = "1 mm", mode = "half_up" }}"#
    );
    assert_eq!(index(&other).baseline_sources().len(), 1);
}

#[test]
fn what_is_divided_is_rounded() {
    for (text, what) in [
        (format!(r#"{RAIN}, {{ reduce = "mean" }}"#), "a mean"),
        (format!(r#"{RAIN}, {{ reduce = "quantile", at = "50 %", method = "lower" }}"#), "a quantile"),
        (format!(r#"{WET}, {{ reduce = "share" }}"#), "a share"),
        (format!(r#"{POWER}, {{ reduce = "energy" }}"#), "an energy"),
        (format!(r#"{SUM}, {{ percent_of = "45 mm" }}"#), "a percentage"),
        (format!(r#"{SUM}, {{ percent_of = "45 mm" }}, {{ cap = "100 %" }}"#), "a percentage"),
        (format!(r#"{{ combine = "ratio", of = [ [ {SUM} ], [ {SUM} ] ] }}"#), "a ratio"),
        (format!(r#"{{ combine = "mean", of = [ [ {SUM} ], [ {SUM} ] ] }}"#), "a mean"),
        (
            format!(r#"{WIND}, {{ in_runs = "< 3 m/s", at_least = "1 h" }}, {{ per = "run", take = "length" }}"#),
            "a time",
        ),
        (format!(r#"{WIND}, {{ in_runs = "< 3 m/s", at_least = "1 h" }}, {{ reduce = "run_length" }}"#), "a time"),
    ] {
        let report = faults_of(&text, true).render(false);
        assert!(report.contains(&format!("error: {what}")), "{text}\n{report}");
        assert!(
            report.contains("is rounded, and it is open how") && report.contains("put { round = \"0.1"),
            "{report}"
        );
    }
    for exact in [r#"{ times = "0.333333 1" }"#, r#"{ minus = "1 mm" }"#, r#"{ cap = "9 mm" }"#] {
        index(&format!("{SUM}, {exact}"));
    }
}
