//! Blocks behind a series or a number, as they are refused.

use super::*;

#[test]
fn larger_slots_are_refused() {
    let take = r#", take = "sum", need = "90 %""#;
    for (before, text, says, help) in [
        (HOURLY, format!(r#"{{ per = «"dy"{take} }}"#), "`dy` is no slot", "did you mean `day`?"),
        (HOURLY, format!(r#"{{ per = «"fortnight"{take} }}"#), "`fortnight` is no slot", "\"dekad\""),
        (
            HOURLY,
            format!(r#"{{ per = «"30 min"{take} }}"#),
            "a slot of 30 min is not made of slots of 1 h",
            "a multiple of 1 h",
        ),
        (HOURLY, format!(r#"{{ per = «"7 h"{take} }}"#), "a step divides an hour", "as in every"),
        (
            RAIN,
            format!(r#"{{ per = «"day"{take} }}"#),
            "a slot of 1 d is not made of slots of 1 d",
            "make larger slots",
        ),
        (
            MONTHLY,
            format!(r#"{{ per = «"dekad"{take} }}"#),
            "a slot of a dekad is not made of slots of a month",
            "make larger slots",
        ),
        (DEKADS, format!(r#"{{ per = «"10 d"{take} }}"#), "not made of slots of a dekad", "make larger slots"),
        (YIELD, format!(r#"{{ per = «"month"{take} }}"#), "a report stands for whatever it says", "reduce the reports"),
        (
            HOURLY,
            r#"{ per = "day", take = «"typical", need = "90 %" }"#.to_owned(),
            "`typical` cannot be taken here",
            "one of sum, mean, max, min",
        ),
        (
            HOURLY,
            r#"{ per = "day", take = "sum", need = «"0 %" }"#.to_owned(),
            "is never missing",
            "write need = \"90 %\"",
        ),
        (
            HOURLY,
            r#"{ per = "day", take = "sum", need = «"101 %" }"#.to_owned(),
            "is not between 0 % and 100 %",
            "write it as",
        ),
        (HOURLY, r#"«{ per = "day", take = "sum" }"#.to_owned(), "`need` is missing", "add need"),
        (
            HOURLY,
            r#"{ per = "day", take = "sum", need = "90 %", round = «"1 mm", mode = "up" }"#.to_owned(),
            "only a mean is rounded here",
            "leave out",
        ),
        (
            POWER,
            r#"{ per = "day", take = «"sum", need = "90 %" }"#.to_owned(),
            "powers are not added up over time",
            "{ reduce = \"energy\" }",
        ),
        (HOURLY, r#"{ per = «"run", take = "sum" }"#.to_owned(), "there are no runs here", "{ in_runs"),
        (
            HOURLY,
            r#"{ per = «"storm", take = "max", of = "storm_wind" }"#.to_owned(),
            "there are no storms here",
            "{ read = \"storm_track\" }",
        ),
        (WET_RUNS, format!(r#"{{ per = «"month"{take} }}"#), "of runs each run is one event", "{ per = \"run\""),
        (
            WET_RUNS,
            r#"{ per = "run", take = «"mean" }"#.to_owned(),
            "`mean` cannot be taken of a run",
            "one of sum, max, min, length",
        ),
        (
            WET,
            format!(r#"«{{ per = "month"{take} }}"#),
            "`per` cannot stand here: what flows here is whether a comparison is met",
            "as in { per",
        ),
    ] {
        refuses(&format!("{before}, {text}"), says, help);
    }
}

#[test]
fn phases_are_refused() {
    let per = |phases: &str| format!(r#"{RAIN}, {{ per = "phase", phases = {phases}, take = "sum", need = "90 %" }}"#);
    let a = r#"{ id = "a", from = "04-01", to = "05-15" }"#;
    for (text, says, help) in [
        (
            per(&format!(r#"[ {a}, «{{ id = "b", from = "05-15", to = "07-31" }} ]"#)),
            "phase `b` begins on 05-15, before `a` has ended on 05-15",
            "in order",
        ),
        (
            per(&format!(r#"[ {a}, «{{ id = "b", from = "05-16", to = "04-02" }} ]"#)),
            "ends on 04-02, after the first phase has begun again on 04-01",
            "in order",
        ),
        (
            per(&format!(
                r#"[ {a}, {{ id = "b", from = "06-01", to = "06-30" }}, «{{ id = "c", from = "05-20", to = "05-31" }} ]"#
            )),
            "phase `c` begins on 05-20, before `b`",
            "in order",
        ),
        (
            per(&format!(r#"[ {a}, «{{ id = "a", from = "06-01", to = "06-30" }} ]"#)),
            "two phases are called `a`",
            "another id",
        ),
        (per(r#"[ { id = "a", from = «"02-30", to = "05-15" } ]"#), "`02-30` is no day of the year", "two digits each"),
        (per(r#"[ «{ id = "a", from = "04-01" } ]"#), "`to` is missing in a phase", "add to ="),
        (per(r#"[ { id = «"A a", from = "04-01", to = "05-15" } ]"#), "`A a` is no name", "small letters"),
        (per("«[]"), "there is no phase", "as in [ { id"),
    ] {
        refuses(&text, says, help);
    }
    refuses(
        &format!(r#"{RAIN}, «{{ per = "phase", take = "sum", need = "90 %" }}"#),
        "`phases` is missing",
        "add phases = [",
    );
}

#[test]
fn pointwise_blocks_are_refused() {
    let round = r#", round = "0.1 mm", mode = "half_up""#;
    let percent = r#", round = "0.1 %", mode = "half_up""#;
    for (before, text, says, help) in [
        (
            RAIN,
            r#"{ cap = «"9 degC" }"#.to_owned(),
            "is a temperature, but the number here is a length in mm",
            "write it in mm",
        ),
        (RAIN, r#"{ cap = «"9" }"#.to_owned(), "`9` has no unit", "\"100 mm\""),
        (RAIN, r#"{ cap = «9 }"#.to_owned(), "this is a number without a unit", "wanted is a number with its unit"),
        (RAIN, r#"{ cap = «"{rian}" }"#.to_owned(), "no term {rian} is given by the book", "did you mean {rain}?"),
        (RAIN, r#"{ cap = "9 mm", «flor = "0 mm" }"#.to_owned(), "`flor` is not a key of the block", "it has: cap"),
        (
            HEAT,
            r#"{ minus = «"64 degF" }"#.to_owned(),
            "is written in degF, but the number here is in degC",
            "as = \"degF\"",
        ),
        (
            HEAT,
            r#"{ minus = { «aprl = "9 degC" } }"#.to_owned(),
            "`aprl` is no label of slots of 1 d",
            "did you mean `apr`?",
        ),
        (HEAT, r#"{ minus = { «jan1 = "9 degC" } }"#.to_owned(), "`jan1` is no label", "did you mean `jan`?"),
        (HEAT, "{ minus = «{ } }".to_owned(), "there is no number", "labels are: jan, feb"),
        (
            DEKADS,
            r#"{ minus = { «jan4 = "9 mm" } }"#.to_owned(),
            "`jan4` is no label of slots of a dekad",
            "did you mean `jan1`?",
        ),
        (
            DEKADS,
            r#"{ minus = { apr = "9 mm", «may1 = "9 mm" } }"#.to_owned(),
            "`may1` is no label",
            "did you mean `may`?",
        ),
        (
            PHASES,
            r#"{ minus = «{ sowing = "9 mm" } }"#.to_owned(),
            "phase `growing` has no number",
            "one for each phase",
        ),
        (
            PHASES,
            r#"{ minus = { sowing = "9 mm", growing = "1 mm", «harvest = "1 mm" } }"#.to_owned(),
            "`harvest` is no label of slots of a phase",
            "labels are: sowing, growing",
        ),
        (SUM, r#"{ minus = «{ apr = "9 mm" } }"#.to_owned(), "one number has no labels", "before { reduce"),
        (RAIN, format!(r#"{{ percent_of = «"0 mm"{percent} }}"#), "nothing is a percentage of zero", "other than 0"),
        (RAIN, r#"«{ percent_of = "45 mm" , mode = "up" }"#.to_owned(), "`round` is missing", "add round = \"0.1 %\""),
        (
            RAIN,
            r#"{ percent_of = "45 mm", round = «"0.1 mm", mode = "up" }"#.to_owned(),
            "is a length, but the number here is a plain number in %",
            "write it in %",
        ),
        (
            SUM,
            r#"{ percent_of = "45 mm", round = «"0.1 %", mode = "up" }"#.to_owned(),
            "a number stays exact here",
            "behind the block",
        ),
        (
            SUM,
            r#"{ times = "2 1", round = «"0.1 mm", mode = "up" }"#.to_owned(),
            "a number stays exact here",
            "behind the block",
        ),
        (RAIN, format!(r#"{{ times = «"2 degC"{round} }}"#), "mm times degC is in no unit", "a plain number"),
        (RAIN, format!(r#"{{ times = «"0.85"{round} }}"#), "`0.85` has no unit", "write it as \"0.85 1\""),
        (
            MONTHLY,
            format!(r#"{{ weigh = «{{ apr = "30 %", may = "60 %" }}{round} }}"#),
            "the weights add up to 90 %",
            "100 %",
        ),
        (
            MONTHLY,
            format!(r#"{{ weigh = «{{ apr = "-30 %", may = "130 %" }}{round} }}"#),
            "a weight is not below zero",
            "leave out the minus",
        ),
        (MONTHLY, format!(r#"{{ weigh = «"30 %"{round} }}"#), "this is a text", "wanted is numbers by label"),
        (
            MONTHLY,
            r#"«{ weihg = { apr = "100 %" }, round = "0.1 mm", mode = "up" }"#.to_owned(),
            "`weihg` is no block",
            "did you mean `weigh`?",
        ),
        (
            RAIN,
            r#"{ round = «"1 cm", mode = "up" }"#.to_owned(),
            "the step is written in cm, what is rounded here is in mm",
            "write it in mm",
        ),
        (RAIN, r#"{ round = «"0.0000001 mm", mode = "up" }"#.to_owned(), "more than six decimal places", "write it as"),
        (RAIN, r#"{ round = «"0 mm", mode = "up" }"#.to_owned(), "a rounding step is above zero", "0.1 mm"),
        (
            RAIN,
            r#"{ round = "1 mm", mode = «"half-up" }"#.to_owned(),
            "`half-up` is no rounding mode",
            "half_up, half_even, down, up",
        ),
        (
            YIELD,
            r#"«{ substitute = "0 kg/ha" }"#.to_owned(),
            "nothing is missing here: what flows here is reports in kg/ha",
            "leave out",
        ),
        (WET, r#"«{ cap = "9 mm" }"#.to_owned(), "`cap` cannot stand here: what flows here is whether", "as in { cap"),
        (
            SUM,
            r#"«{ ignore_below = "9 mm" }"#.to_owned(),
            "`ignore_below` cannot stand here: what flows here is one number in mm",
            "as in",
        ),
        (
            SUM,
            r#"«{ reduce = "sum" }"#.to_owned(),
            "`reduce` cannot stand here: what flows here is one number",
            "as in",
        ),
        (WET_RUNS, r#"«{ meets = "> 9 mm" }"#.to_owned(), "what flows here is the runs of a series in mm", "as in"),
    ] {
        refuses(&format!("{before}, {text}"), says, help);
    }
}

#[test]
fn curves_and_tables_are_refused() {
    let curve = |points: &str, rest: &str| format!(r#"{RAIN}, {{ curve = {points}, outside = "0 1"{rest} }}"#);
    let round = r#", round = "0.1 1", mode = "half_up""#;
    let lookup = |steps: &str| format!(r#"{HEAT}, {{ lookup = {steps}, closed = "below" }}"#);
    for (text, says, help) in [
        (curve(r#"[["1 mm", "0 1"], «["1 mm", "1 1"]]"#, round), "the points of a curve do not rise", "none twice"),
        (curve(r#"«[["1 mm", "0 1"]]"#, round), "at least two points", "add a point"),
        (
            curve(r#"[["1 mm", "0 1"], ["2 mm", «"1 m"]]"#, round),
            "is a length, but the number here is a plain number",
            "write it in 1",
        ),
        (
            curve(r#"[["1 mm", "0 1"], [«"2 h", "1 1"]]"#, round),
            "is a time, but the number here is a length",
            "write it in mm",
        ),
        (curve(r#"[["1 mm", "0 1"], «["2 mm"]]"#, round), "a point of a curve is a pair", "as in"),
        (
            curve(r#"[["1 mm", "0 1"], ["2 mm", "1 1"]]"#, r#", round = «"0.1 mm", mode = "up""#),
            "is a length, but the number here is a plain number",
            "write it in 1",
        ),
        (
            lookup(r#"[ «{ is = "0 1" }, { is = "1 1" } ]"#),
            "this step reaches over all that follow: they overlap",
            "only the last",
        ),
        (
            lookup(r#"[ { to = "5 degC", is = "0 1" }, «{ to = "9 degC", is = "1 1" } ]"#),
            "nothing is said of values above 9 degC: the table leaves a gap",
            "has no `to`",
        ),
        (
            lookup(r#"[ { to = "5 degC", is = "0 1" }, «{ to = "5 degC", is = "1 1" }, { is = "2 1" } ]"#),
            "the step to 5 degC ends before it begins, at 5 degC",
            "in order",
        ),
        (lookup(r#"«[ { is = "1 1" } ]"#), "a table has at least two steps", "add a step"),
        (
            lookup(r#"[ { to = "5 degC", is = "0 1" }, { is = «"1 mm" } ]"#),
            "is a length, but the number here is a plain number in 1",
            "write it in 1",
        ),
        (
            lookup(r#"[ { to = «"5 mm", is = "0 1" }, { is = "1 1" } ]"#),
            "is a length, but the number here is a temperature",
            "write it in degC",
        ),
        (lookup(r#"[ «{ to = "5 degC" }, { is = "1 1" } ]"#), "`is` is missing in a step of the table", "add is ="),
        (
            lookup(r#"[ { «form = "1 degC", to = "5 degC", is = "0 1" }, { is = "1 1" } ]"#),
            "`form` is not a key of a step",
            "it has: is, to",
        ),
        (
            format!(r#"{HEAT}, «{{ lookup = [ {{ to = "5 degC", is = "0 1" }}, {{ is = "1 1" }} ] }}"#),
            "`closed` is missing",
            "add closed = \"below\"",
        ),
        (
            format!(
                r#"{HEAT}, {{ lookup = [ {{ to = "5 degC", is = "0 1" }}, {{ is = "1 1" }} ], closed = «"left" }}"#
            ),
            "`left` does not say which end",
            "one of below, above",
        ),
    ] {
        refuses(&text, says, help);
    }
    index(&format!(
        "{}, {{ reduce = \"sum\" }}",
        lookup(r#"[ { to = "{threshold}", is = "0 1" }, { to = "0 degC", is = "1 1" }, { is = "2 1" } ]"#)
    ));
}

#[test]
fn comparisons_runs_and_stretches_are_refused() {
    for (before, text, says, help) in [
        (RAIN, r#"{ meets = «"10 mm" }"#, "leaves open on which side", "begin with <"),
        (RAIN, r#"{ meets = «">10 mm" }"#, "is no comparison", "and a space"),
        (
            RAIN,
            r#"{ meets = [">= 10 mm", «"< 30 h"] }"#,
            "is a time, but the number here is a length",
            "write it in mm",
        ),
        (RAIN, r#"{ meets = «[">= 30 mm", "< 30 mm"] }"#, "no number meets all of these", "correct one"),
        (RAIN, r#"{ meets = «[] }"#, "there is no comparison", "as in meets"),
        (
            RAIN,
            r#"{ in_runs = ">= 40 mm", at_least = «"36 h" }"#,
            "no whole number of steps of 1 d",
            "a multiple of 1 d",
        ),
        (
            RAIN,
            r#"{ in_runs = ">= 40 mm", at_least = «"0 d" }"#,
            "no whole number of steps of 1 d",
            "a multiple of 1 d",
        ),
        (RAIN, r#"«{ in_runs = ">= 40 mm" }"#, "`at_least` is missing", "add at_least = \"3 d\""),
        (
            MONTHLY,
            r#"{ in_runs = ">= 40 mm", at_least = «"60 d" }"#,
            "`60 d` is no whole number of months",
            "\"3 months\"",
        ),
        (DEKADS, r#"{ rolling = «"3 months", take = "sum" }"#, "is no whole number of dekads", "\"3 dekads\""),
        (MONTHLY, r#"{ rolling = «"0 months", take = "sum" }"#, "is no whole number of months", "\"3 months\""),
        (
            PHASES,
            r#"{ rolling = «"2 d", take = "sum" }"#,
            "slots of a phase have no common length",
            "put the block before",
        ),
        (
            YIELD,
            r#"{ in_runs = "> 1 kg/ha", at_least = «"2 d" }"#,
            "slots of a report have no common length",
            "put the block before",
        ),
        (
            RAIN,
            r#"{ rolling = "10 d", take = "sum", step = «"11 d" }"#,
            "between two stretches slots would count for nothing",
            "no longer",
        ),
        (
            RAIN,
            r#"{ rolling = "10 d", take = "sum", reach_before = «"true" }"#,
            "this is a text",
            "wanted is true or false",
        ),
        (RAIN, r#"«{ rolling = "10 d", take = "mean", mode = "up" }"#, "`round` is missing", "add round = \"0.1 mm\""),
        (
            POWER,
            r#"{ rolling = "10 h", take = «"sum" }"#,
            "powers are not added up over time",
            "{ reduce = \"energy\" }",
        ),
        (
            RAIN,
            r#"{ only_on = ["2021-10-06", «"2021-10-32"] }"#,
            "`2021-10-32` is no day of the calendar",
            "as in 2024-06-01",
        ),
        (RAIN, r#"{ only_on = ["2021-10-06", «"2021-10-06"] }"#, "the days do not rise", "none twice"),
        (RAIN, r#"{ only_on = «[] }"#, "there is no day", "as in only_on"),
        (
            RAIN,
            r#"{ only_where = [ «{ read = "wind_speed", every = "1 h" } ] }"#,
            "it is open when this branch is met",
            "end it with { meets",
        ),
        (
            RAIN,
            r#"{ only_where = [ { read = "wind_speed", every = "1 h" }, { meets = "> 9 m/s" } ], before = «"9 mm" }"#,
            "is a length, but the number here is a time",
            "as in",
        ),
        (
            WET_RUNS,
            r#"«{ only_on = ["2021-10-06"] }"#,
            "`only_on` cannot stand here: what flows here is the runs",
            "as in",
        ),
    ] {
        refuses(&format!("{before}, {text}"), says, help);
    }
}

#[test]
fn reducers_are_refused() {
    let blocks = format!(r#"{RAIN}, {{ rolling = "10 d", take = "sum", step = "10 d" }}"#);
    let losing = format!(r#"{blocks}, {{ meets = "< 9 mm" }}"#);
    let reports = format!(r#"{YIELD}, {{ meets = "< 9 kg/ha" }}"#);
    for (before, text, says, help) in [
        (RAIN, r#"{ reduce = «"smu" }"#, "`smu` does not reduce what flows here", "did you mean `sum`?"),
        (RAIN, r#"{ reduce = «"count" }"#, "`count` does not reduce what flows here", "here: sum, mean"),
        (WET, r#"{ reduce = «"sum" }"#, "`sum` does not reduce what flows here", "here: count, share"),
        (WET_RUNS, r#"{ reduce = «"mean" }"#, "`mean` does not reduce what flows here", "here: sum, largest_run"),
        (POWER, r#"{ reduce = «"sum" }"#, "powers are not added up over time", "{ reduce = \"energy\" }"),
        (RAIN, r#"{ reduce = «"energy" }"#, "`energy` does not reduce", "here: sum"),
        (
            RAIN,
            r#"{ reduce = "quantile", at = "90 %", method = «"lineal" }"#,
            "`lineal` is no definition of a quantile",
            "did you mean `linear`?",
        ),
        (
            RAIN,
            r#"{ reduce = "quantile", at = «"101 %", method = "linear" }"#,
            "is not between 0 % and 100 %",
            "write it as",
        ),
        (RAIN, r#"«{ reduce = "quantile", method = "linear" }"#, "`at` is missing", "add at = \"90 %\""),
        (RAIN, r#"{ reduce = "sum", «gap = "5 d" }"#, "`gap` is not a key of the block", "it has: reduce"),
        (WET, r#"«{ reduce = "events" }"#, "`gap` is missing", "add gap = \"5 d\""),
        (WET, r#"{ reduce = "events", gap = «"5 h" }"#, "no whole number of steps of 1 d", "a multiple of 1 d"),
        (
            WET,
            r#"{ reduce = "first", days_from = «"month", never = "0 d" }"#,
            "`month` does not say from when days are counted",
            "one of window, year",
        ),
        (
            WET,
            r#"{ reduce = "first", days_from = "year", never = «"0.5 d" }"#,
            "days are counted whole",
            "never = \"0 d\"",
        ),
        (WET, r#"«{ reduce = "last", days_from = "year" }"#, "`never` is missing", "add never = \"0 d\""),
        (&losing, r#"{ reduce = «"count" }"#, "stretches that are apart have no length", "{ reduce = \"share\" }"),
        (&reports, r#"{ reduce = «"events", gap = "5 d" }"#, "reports are not so far apart", "{ reduce = \"share\" }"),
        (
            &blocks,
            r#"{ in_runs = "< 9 mm", at_least = «"20 d" }"#,
            "stretches that are apart have no length",
            "leave out `step`",
        ),
        (
            &blocks,
            r#"{ per = «"month", take = "sum", need = "90 %" }"#,
            "stretches that are apart are joined into no slot",
            "before { rolling",
        ),
    ] {
        refuses(&format!("{before}, {text}"), says, help);
    }
    let report = faults_of(RAIN, true).render(false);
    assert!(report.contains("the index ends in a series") && report.contains("put { reduce = \"sum\" }"), "{report}");
}

#[test]
fn comparisons_with_other_years_are_refused() {
    let compare = |compare: &str, baseline: &str, round: &str| {
        format!(r#"{SUM}, {{ compare = {compare}, baseline = {{ {baseline} }}, round = {round}, mode = "half_up" }}"#)
    };
    let years = "from = 1981, to = 2010, need = 25";
    let twice = format!(
        r#"{}, «{{ compare = "mean", baseline = {{ {years} }}, round = "0.1 1", mode = "up" }}"#,
        compare(r#""spi""#, years, r#""0.1 1""#)
    );
    for (text, says, help) in [
        (
            compare(r#"«"z_score""#, years, r#""0.1 1""#),
            "`z_score` is no comparison with other years",
            "one of percent_of_mean",
        ),
        (compare(r#"«"spie""#, years, r#""0.1 1""#), "`spie` is no comparison with other years", "did you mean `spe"),
        (
            compare(r#""spi""#, years, r#"«"0.1 mm""#),
            "is a length, but the number here is a plain number in 1",
            "write it in 1",
        ),
        (
            compare(r#""percentile""#, years, r#"«"0.01 1""#),
            "the step is written in 1, what is rounded here is in %",
            "write it in %",
        ),
        (
            compare(r#""spi""#, r#"from = «"1981", to = 2010, need = 25"#, r#""0.1 1""#),
            "this is no whole number from 1800 to 2199",
            "without quotes",
        ),
        (
            compare(r#""spi""#, "from = 1981, to = 2010, need = «31", r#""0.1 1""#),
            "31 years are needed of a baseline of 30",
            "need = 30 or fewer",
        ),
        (
            compare(r#""spi""#, "from = 1981, to = 2010, need = «2", r#""0.1 1""#),
            "of 2 years this cannot be told",
            "need = 3 or more",
        ),
        (twice, "compared with other years already", "compare once"),
    ] {
        refuses(&text, says, help);
    }
    let backwards = format!(
        r#"{SUM}, {{ compare = "spi", baseline = «{{ from = 2010, to = 1981, need = 25 }}, round = "0.1 1", mode = "up" }}"#
    );
    refuses(&backwards, "the baseline ends with 1981, before it begins with 2010", "exchange them");
    refuses(
        &format!(r#"{RAIN}, «{{ compare = "spi", baseline = {{ {years} }}, round = "0.1 1", mode = "up" }}"#),
        "`compare` cannot stand here",
        "as in",
    );
}

#[test]
fn all_faults_are_told_in_one_pass() {
    let text = r#"{ read = "precipitation", every = "1 h", agree_within = "2 h" }, { per = "day", take = "som", need = "0 %" }, { cap = "6 degC" }, { roling = "2 d" }, { reduce = "smu" }"#;
    let messages: Vec<_> = faults_of(text, true).iter().map(|fault| fault.message().to_owned()).collect();
    assert_eq!(messages.len(), 5, "{messages:#?}");
    let text = r#"{ read = "precipitation", every = "1 d" }, { weigh = { apr = "90 %" }, round = "1 h", mode = "upp" }, { curve = [["1 h", "0 1"], ["2 mm", "1 h"]], outside = "0 1", round = "0.1 1", mode = "half_up" }, { reduce = "mean" }"#;
    let messages: Vec<_> = faults_of(text, true).iter().map(|fault| fault.message().to_owned()).collect();
    assert_eq!(messages.len(), 6, "{messages:#?}");
}
