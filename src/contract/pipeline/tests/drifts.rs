//! Whether an index can only rise, or only fall, while more readings come in: certain, or nothing is said.

use super::*;

fn both(text: &str) -> (bool, bool) {
    match index(text).kind {
        IndexKind::Number { rising, falling, .. } | IndexKind::Events { rising, falling, .. } => (rising, falling),
        IndexKind::Points { .. } => panic!("a number or events"),
    }
}

#[test]
fn only_what_is_certain_rises_or_falls() {
    let round = |step: &str| format!(r#"{{ round = "{step}", mode = "half_up" }}"#);
    let rounded = |text: &str, step: &str| format!("{text}, {}", round(step));
    let day = |take: &str, need: &str| format!(r#"{HOURLY}, {{ per = "day", take = "{take}", need = "{need}" }}"#);
    let mean = r#"{ per = "day", take = "mean", need = "90 %", round = "0.1 mm", mode = "half_up" }"#;
    for (text, rising, falling, why) in [
        (format!(r#"{RAIN}, {{ reduce = "sum" }}"#), true, false, "rain is never below zero"),
        (format!(r#"{HEAT}, {{ reduce = "sum" }}"#), false, false, "a temperature may be"),
        (format!(r#"{HEAT}, {{ excess_over = "30 degC" }}, {{ reduce = "sum" }}"#), true, false, "an excess is not"),
        (format!(r#"{HEAT}, {{ minus = "18 degC" }}, {{ reduce = "sum" }}"#), false, false, "a difference may be"),
        (format!(r#"{HEAT}, {{ reduce = "max" }}"#), true, false, "a maximum rises"),
        (format!(r#"{HEAT}, {{ reduce = "min" }}"#), false, true, "a minimum falls"),
        (rounded(&format!(r#"{RAIN}, {{ reduce = "mean" }}"#), "0.1 mm"), false, false, "a mean does either"),
        (rounded(&format!(r#"{RAIN}, {{ reduce = "sum" }}"#), "1 cm"), true, false, "rounding keeps the order"),
        (format!(r#"{}, {{ reduce = "sum" }}"#, day("sum", "90 %")), true, false, "a day's sum grows with late hours"),
        (
            format!(r#"{}, {{ meets = "> 10 mm" }}, {{ reduce = "count" }}"#, day("max", "90 %")),
            true,
            false,
            "and passes a bound",
        ),
        (
            format!(r#"{}, {{ meets = "< 10 mm" }}, {{ reduce = "count" }}"#, day("max", "90 %")),
            false,
            false,
            "a late hour takes a dry day back",
        ),
        (
            format!(r#"{}, {{ meets = "< 10 mm" }}, {{ reduce = "count" }}"#, day("max", "100 %")),
            true,
            false,
            "where all hours are needed none is late",
        ),
        (format!(r#"{HOURLY}, {mean}, {{ reduce = "max" }}"#), false, false, "a day's mean may fall"),
        (format!(r#"{WET}, {{ reduce = "longest_run" }}"#), true, false, "a spell grows"),
        (format!(r#"{WET}, {{ reduce = "events", gap = "5 d" }}"#), true, false, "events add up"),
        (
            format!(r#"{WET}, {{ reduce = "last", days_from = "window", never = "0 d" }}"#),
            true,
            false,
            "the last day moves on",
        ),
        (
            format!(r#"{WET}, {{ reduce = "last", days_from = "window", never = "90 d" }}"#),
            false,
            false,
            "from behind it does not",
        ),
        (
            format!(r#"{WET}, {{ reduce = "first", days_from = "window", never = "0 d" }}"#),
            false,
            false,
            "the first day does either",
        ),
        (rounded(&format!(r#"{WET}, {{ reduce = "share" }}"#), "0.1 %"), false, false, "a share does either"),
        (format!(r#"{WET_RUNS}, {{ reduce = "sum" }}"#), true, false, "runs grow"),
        (format!(r#"{WET_RUNS}, {{ reduce = "run_length" }}"#), true, false, "and become longer"),
        (format!(r#"{WET_RUNS}, {{ reduce = "runs" }}"#), false, false, "two become one"),
        (
            format!(r#"{RAIN}, {{ substitute = "1 mm" }}, {{ reduce = "sum" }}"#),
            false,
            false,
            "a reading may be less than its substitute",
        ),
        (format!(r#"{HOURLY}, {{ only_where = [ {WET} ] }}, {{ reduce = "sum" }}"#), true, false, "more slots come in"),
        (
            format!(
                r#"{HOURLY}, {{ only_where = [ {STORMS}, {{ within = "9 km", of = "site" }} ] }}, {{ reduce = "sum" }}"#
            ),
            false,
            false,
            "a late fix may move a storm away",
        ),
        (format!(r#"{SUM}, {{ shortfall_below = "100 mm" }}"#), false, true, "a shortfall falls as rain adds up"),
        (format!(r#"{SUM}, {{ times = "-1 1" }}"#), false, true, "a minus turns it round"),
        (
            format!(r#"{SUM}, {{ lookup = [ {{ to = "9 mm", is = "0 1" }}, {{ is = "1 1" }} ], closed = "below" }}"#),
            true,
            false,
            "steps that rise",
        ),
        (
            format!(r#"{SUM}, {{ lookup = [ {{ to = "9 mm", is = "1 1" }}, {{ is = "0 1" }} ], closed = "below" }}"#),
            false,
            true,
            "steps that fall",
        ),
        (
            format!(
                r#"{SUM}, {{ curve = [["0 mm", "0 1"], ["9 mm", "1 1"]], outside = "0 1", round = "0.1 1", mode = "up" }}"#
            ),
            false,
            false,
            "a curve comes back",
        ),
        (
            format!(
                r#"{SUM}, {{ compare = "anomaly", baseline = {{ from = 1981, to = 2010, need = 25 }}, round = "1 mm", mode = "up" }}"#
            ),
            false,
            false,
            "other years come in too",
        ),
        (
            format!(r#"{{ combine = "difference", of = [ [ {SUM} ], [ {HEAT_AS_MM} ] ] }}"#),
            true,
            false,
            "less what falls",
        ),
        (format!(r#"{{ combine = "difference", of = [ [ {SUM} ], [ {SUM} ] ] }}"#), false, false, "less what rises"),
        (format!(r#"{YIELD}, {{ per = "value" }}"#), true, true, "a value that is there stays"),
        (format!(r#"{WET_RUNS}, {{ per = "run", take = "sum" }}"#), false, false, "two runs become one"),
        (format!(r#"{YIELD}, {{ reduce = "latest" }}"#), false, false, "the latest is another"),
    ] {
        assert_eq!(both(&text), (rising, falling), "{why}: {text}");
    }
}

const HEAT_AS_MM: &str = r#"{ read = "evapotranspiration", every = "1 d" }, { reduce = "min" }"#;
