//! Blocks that read, and branches, as they are refused.

use super::*;

#[test]
fn reads_are_refused() {
    for (text, says, help) in [
        (
            r#"{ read = «"precipitations", every = "1 d" }"#,
            "`precipitations` is no variable",
            "did you mean `precipitation`?",
        ),
        (r#"{ read = «"qqqqqqq", every = "1 d" }"#, "is no variable", "variables are: precipitation"),
        (
            r#"{ read = «"storm_wind", every = "1 h" }"#,
            "no variable that an index can read in steps",
            "{ report = \"storm_wind\"",
        ),
        (
            r#"{ report = «"storm_latitude", none = "nothing" }"#,
            "no variable that an index can read",
            "{ read = \"storm_track\" }",
        ),
        (r#"«{ read = "precipitation" }"#, "`every` is missing", "add every = \"1 h\""),
        (r#"{ read = "precipitation", every = «"7 h" }"#, "a step divides an hour", "as in every = \"10 min\""),
        (
            r#"{ read = "precipitation", every = «"1 mm" }"#,
            "is a length, but the number here is a time",
            "as in \"1 h\"",
        ),
        (
            r#"{ read = "precipitation", every = "1 d", as = «"hPa" }"#,
            "`hPa` is a unit of pressure, wanted is one of length",
            "such as mm",
        ),
        (
            r#"{ read = "precipitation", every = "1 d", as = «"milimetre" }"#,
            "is not a unit that Fairgauge knows",
            "such as mm",
        ),
        (r#"{ read = "precipitation", every = "1 d", as = «"mn" }"#, "`mn` is not a unit", "did you mean `mm`?"),
        (r#"{ read = «"price", every = "1 h" }"#, "`price` has no unit of its own", "add as = \"CNY/kWh\""),
        (
            r#"{ read = "price", every = "1 h", as = «"CNY" }"#,
            "`CNY` is a unit of CNY, wanted is one of price",
            "such as CNY/kWh",
        ),
        (
            r#"{ report = "modelled_loss", as = «"USD/t", none = "nothing" }"#,
            "wanted is one of a currency",
            "such as USD",
        ),
        (r#"«{ report = "yield" }"#, "`none` is missing", "add none = \"undetermined\""),
        (
            r#"{ report = "yield", none = «"zero" }"#,
            "`zero` does not say what no report means",
            "one of undetermined, nothing",
        ),
        (r#"{ report = "yield", none = «"nothin" }"#, "`nothin` does not say", "did you mean `nothing`?"),
        (
            r#"{ read = "precipitation", every = "1 d", agree_within = «"-1 mm" }"#,
            "less than nothing",
            "leave out the minus",
        ),
        (
            r#"{ read = "precipitation", every = "1 d", agree_within = «"1 h" }"#,
            "is a time, but the number here is a length",
            "write it in mm",
        ),
        (
            r#"{ read = "precipitation", every = "1 d", «form = ["a/b"] }"#,
            "`form` is not a key of the block",
            "did you mean `from`?",
        ),
        (
            r#"{ read = "precipitation", every = "1 d", from = «[] }"#,
            "there is no source",
            "as in [\"asos/{station}\"]",
        ),
        (r#"«{ cap = "9 mm" }"#, "an index begins with `read`", "{ read = \"precipitation\""),
        (r#"«{ reed = "precipitation", every = "1 d" }"#, "`reed` is no block", "did you mean `read`?"),
    ] {
        refuses(text, says, help);
    }
    let report = faults_of("", true).render(false);
    assert!(report.contains("the index is empty") && report.contains("begin it with { read"), "{report}");
}

#[test]
fn combinations_are_refused() {
    let of =
        |how: &str, a: &str, b: &str, rest: &str| format!(r#"{{ combine = {how}, of = [ [ {a} ], [ {b} ] ]{rest} }}"#);
    let mean = r#", round = "0.1 mm", mode = "half_up""#;
    let mph = r#"{ read = "wind_speed", every = "1 d", as = "mph" }"#;
    for (text, says, help) in [
        (of(r#"«"meen""#, RAIN, RAIN, mean), "`meen` does not combine series", "did you mean `mean`?"),
        (
            format!("«{}", of(r#""mean""#, RAIN, RAIN, r#", mode = "up""#)),
            "`round` is missing",
            "add round = \"0.1 mm\"",
        ),
        (
            of(r#""sum""#, RAIN, RAIN, r#", round = «"0.1 mm", mode = "up""#),
            "nothing is to be rounded here",
            "leave out `round` and `mode`",
        ),
        (
            of(r#""mean""#, RAIN, RAIN, r#", round = «"0.1 cm", mode = "up""#),
            "the step is written in cm, what is rounded here is in mm",
            "write it in mm",
        ),
        (
            of(r#""mean""#, RAIN, RAIN, r#", round = «"0.1 h", mode = "up""#),
            "is a time, but the number here is a length",
            "write it in mm",
        ),
        (
            of(r#""mean""#, RAIN, &format!("«{HOURLY}"), mean),
            "one value for each 1 h, the first has one for each 1 d",
            "{ per =",
        ),
        (of(r#""sum""#, RAIN, &format!("«{HEAT}"), ""), "this branch is in degC, the first is in mm", "as = \"mm\""),
        (
            of(r#""product""#, HEAT, &format!("«{mph}"), r#", round = "1 1", mode = "up""#),
            "degC times mph is in no unit",
            "in another unit",
        ),
        (
            of(r#""ratio""#, HEAT, &format!("«{mph}"), r#", round = "1 1", mode = "up""#),
            "degC over mph is in no unit",
            "in another unit",
        ),
        (
            of(r#""sum""#, RAIN, r#"{ read = "precipitation", every = "1 d" }, «{ reduce = "sum" }"#, ""),
            "what is combined are series of values, or numbers",
            "let all branches end in series",
        ),
        (
            of(r#""sum""#, SUM, SUM, r#", round = «"1 mm", mode = "up""#),
            "a combined number stays exact here",
            "put { round = …",
        ),
        (
            format!(r#"{{ combine = "difference", of = «[ [ {RAIN} ], [ {RAIN} ], [ {RAIN} ] ] }}"#),
            "a difference is of two branches, here are 3",
            "write of =",
        ),
        (
            format!(r#"{{ combine = "sum", of = «[ [ {RAIN} ] ] }}"#),
            "a sum is of two branches or more, here are 1",
            "write of =",
        ),
        (of(r#""sum""#, RAIN, "«{ cap = \"1 mm\" }", ""), "an index begins with `read`", "as in { read"),
        (format!(r#"{{ combine = "sum", of = [ [ {RAIN} ], «[ ] ] }}"#), "the branch is empty", "begin it with"),
        (format!(r#"{{ combine = "sum", of = [ [ {RAIN} ], «"rain" ] }}"#), "this is a text", "wanted is a branch"),
        (
            format!(r#"{RAIN}, «{}"#, of(r#""sum""#, RAIN, RAIN, "")),
            "`combine` stands at the beginning of an index only",
            "as in { combine",
        ),
    ] {
        refuses(&text, says, help);
    }
}

#[test]
fn branches_stand_eight_deep_at_most() {
    let deep = |levels: usize| {
        let (open, close) =
            (r#"{ combine = "sum", of = [ [ { read = "precipitation", every = "1 d" } ], [ "#, " ] ] }");
        format!("{}{RAIN}{}, {{ reduce = \"sum\" }}", open.repeat(levels), close.repeat(levels))
    };
    index(&deep(8));
    let report = faults_of(&deep(9), true).render(false);
    assert!(report.contains("branches stand 8 deep at most"), "{report}");
}

#[test]
fn members_are_refused() {
    let of = |members: &str, take: &str, rest: &str| {
        format!(r#"{{ members = {members}, take = {take}, of = [ {RAIN} ], need = "80 %"{rest} }}"#)
    };
    let two = r#"["c/a", "c/b"]"#;
    let round = r#", round = "0.1 mm", mode = "up""#;
    for (text, says, help) in [
        (of(r#"«["c/a"]"#, r#""sum""#, ""), "at least two members", "from = [ … ]"),
        (of(r#"["c/a", «"c/a"]"#, r#""sum""#, ""), "this member is named already", "once"),
        (of(r#"["c/a", «"c"]"#, r#""sum""#, ""), "a member is one station or cell", "feed/station"),
        (of(two, r#"«"typical""#, ""), "`typical` cannot be taken of members", "one of mean, sum, max, min, share"),
        (of(two, r#""mean""#, &format!(r#", weights = «["60 %", "41 %"]{round}"#)), "the weights add up to 101 %", "100 %"),
        (of(two, r#""mean""#, &format!(r#", weights = «["100 %"]{round}"#)), "1 weights for 2 members", "one weight for each"),
        (of(two, r#""mean""#, &format!(r#", weights = ["100 %", «"0 %"]{round}"#)), "a weight is above zero", "leave out a member"),
        (of(two, r#""max""#, r#", weights = «["60 %", "40 %"]"#), "weights belong to a mean or a share", "leave out `weights`"),
        (of(two, r#""max""#, &round.replace("round = ", "round = «")), "nothing is to be rounded here", "leave out"),
        (
            r#"{ members = ["c/a", "c/b"], take = "share", of = [ «{ read = "precipitation", every = "1 d" } ], need = "80 %", round = "0.1 %", mode = "up" }"#.to_owned(),
            "a comparison that each member meets",
            "end it with { meets",
        ),
        (
            r#"{ members = ["c/a", "c/b"], take = "sum", of = [ { read = "precipitation", every = "1 d", from = «["c/d"] } ], need = "80 %" }"#.to_owned(),
            "this is read from each member",
            "leave out `from`",
        ),
        (
            r#"{ members = ["c/a", "c/b"], take = "sum", of = [ { read = «"storm_track" } ], need = "80 %" }"#.to_owned(),
            "not from a member",
            "{ only_where",
        ),
        (
            format!(r#"{{ members = ["c/a", "c/b"], take = "sum", of = [ {} ], need = "80 %" }}"#, of(&format!("«{two}"), r#""sum""#, "")),
            "members stand inside of members",
            "list all members",
        ),
        (format!(r#"{{ members = {two}, take = "sum", of = [ {RAIN} ], need = «"0 %" }}"#), "is never missing", "write need"),
        (format!(r#"«{{ members = {two}, take = "sum", of = [ {RAIN} ] }}"#), "`need` is missing", "add need = \"90 %\""),
    ] {
        refuses(&text, says, help);
    }
    index(&format!(
        "{}, {{ reduce = \"sum\" }}",
        of(two, r#""mean""#, &format!(r#", weights = ["{{share}}", "41 %"]{round}"#))
    ));
}

#[test]
fn formulas_are_refused() {
    let hub = |formula: &str, wind: &str, rest: &str| {
        format!(r#"{{ formula = {formula}, wind = [ {wind} ], wind_height = "10 m", hub_height = "98 m"{rest} }}"#)
    };
    let rest = r#", exponent = "0.2 1", round = "0.001 m/s", mode = "half_up""#;
    let half = r#", exponent = "0.2 1", mode = "half_up""#;
    let chill = |every: &str| {
        format!(
            r#"{{ formula = "chill_portions", temperature = [ «{{ read = "air_temperature", every = "{every}" }} ], round = "0.1 1", mode = "up" }}"#
        )
    };
    let water = |coefficients: &str| {
        format!(
            r#"{{ formula = "water_satisfaction", rain = [ {RAIN} ], evapotranspiration = [ {RAIN} ], capacity = "100 mm", initial = "50 mm", coefficients = {coefficients}, round = "0.1 %", mode = "half_up" }}"#
        )
    };
    for (text, says, help) in [
        (hub(r#"«"hub_wnd""#, WIND, rest), "`hub_wnd` is no formula", "did you mean `hub_wind`?"),
        (hub(r#"«"qqqqqqq""#, WIND, rest), "is no formula", "formulas are: hub_wind"),
        (format!("«{}", hub(r#""hub_wind""#, WIND, half)), "`round` is missing", "add round"),
        (
            hub(r#""hub_wind""#, &format!(r#"«{}, {{ cap = "25 m/s" }}"#, hub(r#""hub_wind""#, WIND, half)), rest),
            "`round` is missing",
            "add round",
        ),
        (
            hub(
                r#""hub_wind""#,
                &format!(r#"{{ combine = "max", of = [ [ «{} ], [ {WIND} ] ] }}"#, hub(r#""hub_wind""#, WIND, half)),
                rest,
            ),
            "`round` is missing",
            "add round",
        ),
        (
            hub(r#""hub_wind""#, &format!("«{}", hub(r#""hub_wind""#, WIND, half)), rest),
            "`round` is missing",
            "add round",
        ),
        (
            hub(r#""hub_wind""#, &format!("«{RAIN}"), rest),
            "`wind` of the formula is a speed in m/s, this branch is a length in mm",
            "in m/s or another unit",
        ),
        (
            hub(r#""hub_wind""#, &format!(r#"{WIND}, «{{ meets = "> 3 m/s" }}"#), rest),
            "`wind` of a formula is a series of values",
            "series of values",
        ),
        (
            hub(r#""hub_wind""#, WIND, r#", «exponet = "0.2 1", round = "0.001 m/s", mode = "half_up""#),
            "`exponet` is not a key",
            "did you mean `exponent`?",
        ),
        (
            hub(r#""hub_wind""#, WIND, r#", exponent = «"0.2 m", round = "0.001 m/s", mode = "half_up""#),
            "is a length, but the number here is a plain number",
            "write it in 1",
        ),
        (
            hub(r#""hub_wind""#, WIND, r#", exponent = "0.2 1", round = «"0.001 kW", mode = "half_up""#),
            "is a power, but the number here is a speed in m/s",
            "write it in m/s",
        ),
        (
            format!("«{}", hub(r#""hub_wind""#, WIND, r#", exponent = "0.2 1", round = "0.001 m/s""#)),
            "`mode` is missing",
            "add mode = \"half_up\"",
        ),
        (
            format!("«{}", hub(r#""hub_wind""#, WIND, r#", round = "0.001 m/s", mode = "up""#)),
            "`exponent` is missing",
            "add exponent = \"100 1\"",
        ),
        (hub(r#""hub_wind""#, WIND, &format!(r#", «height = "9 m"{rest}"#)), "`height` is not a key", "it has: "),
        (chill("10 min"), "`chill_portions` is meant for hours, this is one value for each 10 min", "{ per ="),
        (chill("1 d"), "is meant for hours, this is one value for each 1 d", "read it so"),
        (water(r#"[["1 d", "0.4 1"], «["1 d", "1.1 1"]]"#), "the points of a curve do not rise", "in order"),
        (
            water(r#"«[["2 d", "0.4 1"]]"#),
            "the coefficients do not begin with the first day",
            "begin them with \"1 d\"",
        ),
        (water("«[]"), "a curve has at least one point", "add a point"),
        (water(r#"[«["1 d"]]"#), "a point of a curve is a pair", "as in ["),
    ] {
        refuses(&text, says, help);
    }
}
