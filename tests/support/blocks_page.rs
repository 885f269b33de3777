//! `docs/blocks.md`, made of the tables of the language.

use std::fmt::Write as _;

use fairgauge::contract::{BLOCKS, BlockRow, FORMULAS, Flows, Form, FormulaRow, KeyRow, QuantileMethod, Steps};
use fairgauge::quantity::{Dimension, Unit, Variable};

const HEAD: &str = "\
# Blocks
Every block of an index, every formula, variable and unit that a term sheet may name. This page is made of the tables that the program reads term sheets with (`FAIRGAUGE_UPDATE_DOCS=1 cargo test --test documentation`
writes it), so it says what is read and nothing else. How blocks make an index, and an index a product: [term-sheets.md](term-sheets.md).

An index is a list of blocks, `index = [ { … }, { … } ]`. The first one reads; each of the others takes what flows out of the one before. A block is known by one word, the first of its keys here.

| what flows | is |
|---|---|
| a series | one slot for each step of time. A slot holds a value; or it is **missing**: nothing is known of it; or it is **out**: it does not count, and nobody misses it |
| flags | a series that says of each slot whether a comparison is met |
| runs | a series whose slots outside of long enough runs are out |
| a number | one, exact until a block rounds it |
| events | one number for each, with its day |
| tracks | the points of storms |

A **branch** is a list of blocks inside of a block, itself beginning with one that reads. A number or a duration written `\"{column}\"` is the one that the book gives in that column of `[policy]`. `round` is a step with its unit, of
up to six places behind a series and up to twelve behind a number; `mode` is `\"half_up\"` (a tie goes away from zero), `\"half_even\"`, `\"down\"` (toward zero) or `\"up\"`. Where the two may be left out, they stand where something is
to be rounded (a mean, a product, a ratio, a share of members, a factor or a percentage behind a series) and nowhere else.
";

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for (title, about, holds) in GROUPS {
        let rows: Vec<&BlockRow> = BLOCKS.iter().filter(|row| holds(row)).collect();
        writeln!(page, "\n## {title}\n{about}").expect("a string takes all");
        rows.iter().for_each(|row| block(&mut page, row));
    }
    formulas(&mut page);
    quantiles(&mut page);
    variables(&mut page);
    units(&mut page);
    page
}

type Group = (&'static str, &'static str, fn(&BlockRow) -> bool);

/// Every block stands in the one group that holds it.
pub const GROUPS: [Group; 8] = [
    ("Blocks that read", "One of them begins an index and each branch.", BlockRow::is_source),
    ("Other slots", "They join slots, leave some out, or slide over them.", |row| {
        series(row) && !value_by_value(row) && !compares(row)
    }),
    ("Value by value", "They change each value by itself; most of them a number too.", |row| {
        series(row) && value_by_value(row)
    }),
    ("Comparisons and runs", "They say of each slot whether it counts.", |row| series(row) && compares(row)),
    ("To one number", "`reduce` ends the series. What is missing or out is no part of the number.", |row| {
        row.gives == Flows::Number && row.takes != [Flows::Number]
    }),
    ("Against other years", "Behind the number, as the last block or followed by what changes a number.", |row| {
        row.takes == [Flows::Number]
    }),
    (
        "Events",
        "One number for each event, in the place of one for all. Only `round` may follow; the cover says with `events` which of them pay.",
        |row| row.gives == Flows::Events,
    ),
    (
        "Storms",
        "Behind `{ read = \"storm_track\" }`. Without a block `per` behind them the points of each storm flow on, for a grid.",
        |row| row.gives == Flows::Track && !row.is_source(),
    ),
];

fn series(row: &BlockRow) -> bool {
    matches!(row.gives, Flows::Values | Flows::Flags | Flows::Runs | Flows::Same) && !row.is_source()
}

fn value_by_value(row: &BlockRow) -> bool {
    row.takes.contains(&Flows::Runs)
}

fn compares(row: &BlockRow) -> bool {
    matches!(row.gives, Flows::Flags | Flows::Runs)
}

fn block(page: &mut String, row: &BlockRow) {
    let takes = match row.is_source() {
        true => "Begins an index or a branch".to_owned(),
        false => format!("Behind {}", row.takes.iter().map(|flow| flow_name(*flow)).collect::<Vec<_>>().join(", ")),
    };
    let gives =
        if row.gives == Flows::Same { "gives the same".to_owned() } else { format!("gives {}", flow_name(row.gives)) };
    writeln!(page, "\n### {}\n{}. {takes}; {gives}.\n", row.name, sentence(row.about)).expect("a string takes all");
    writeln!(page, "```toml\n{}\n```\n\n| key | | value |\n|---|---|---|", completed(row)).expect("a string takes all");
    for key in row.keys {
        let needed = if key.required { "needed" } else { "" };
        let meaning = meaning(row, key.name);
        let separator = if meaning.is_empty() { "" } else { ": " };
        writeln!(page, "| `{}` | {needed} | {}{separator}{meaning} |", key.name, value(row, key))
            .expect("a string takes all");
    }
    if row.name == "formula" {
        page.push_str("| inputs, parameters, a curve | needed | those of [the formula](#formulas) |\n");
    }
}

/// An example of a block with what it leaves out.
pub fn completed(row: &BlockRow) -> String {
    let variable = match row.name {
        "combine" => "air_temperature",
        "formula" => "wind_speed",
        _ => "precipitation",
    };
    let read = format!("{{ read = \"{variable}\", every = \"1 d\" }}");
    row.example.replace("{ read = … }", &read).replace(", …]", ", [\"13 m/s\", \"2050 kW\"]]")
}

fn sentence(about: &str) -> String {
    let mut letters = about.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn flow_name(flow: Flows) -> &'static str {
    match flow {
        Flows::Nothing => "nothing",
        Flows::Values => "a series",
        Flows::Flags => "flags",
        Flows::Runs => "runs",
        Flows::Number => "a number",
        Flows::Events => "events",
        Flows::Track => "tracks",
        Flows::Same => "the same",
    }
}

/// What a key says, where its word does not say it by itself.
fn meaning(row: &BlockRow, key: &str) -> &'static str {
    match (row.word, key) {
        (_, "as") => "it is read in this unit; without it in the variable's own",
        ("read" | "report", "from") => "in the place of the product's",
        (_, "agree_within") => "under a consensus, how far from the median a source may be and agree",
        ("per", "need") => "of the small slots that are not out, so many must be there; exactly as many are enough",
        ("members", "need") => "of the members, or of their weight, so much must be there; exactly as much is enough",
        (_, "weights") => "only with mean and share",
        (_, "before") => "so long before the beginning of such a slot, or such a point",
        (_, "after") => "so long behind its end",
        (_, "outside") => "the value before the first point and behind the last",
        ("in_runs", "at_least") => "the shortest run that counts",
        ("rolling", "step") => {
            "from the beginning of one stretch to that of the next, no longer than the stretch; without it one slot"
        }
        (_, "reach_before") => "the first stretches begin before the period",
        (_, "days_from") => "the day that is 1: the period's first, or 1 January of the day's own year",
        (_, "never") => "the number where it is never met, in whole days",
        ("reduce", "at") => "the share",
        (_, "none") => "what no report means: nothing happened, or it is not known",
        (_, "longest_gap") => "between fixes further apart nothing is put",
        (_, "no_wind") => {
            "a fix without wind is no point (below the agency's scale), or leaves a storm that matters undetermined"
        }
        ("within", "of") => "from where the distance is measured",
        (_, "closed") => "a value at the end `to` of a step belongs to the next one, or to this one",
        _ => "",
    }
}

/// How the value of a key is written.
fn value(row: &BlockRow, key: &KeyRow) -> String {
    let optional = match (key.required, row.word) {
        (true, _) => "",
        (false, "formula") => "; left out only as the whole branch of another formula",
        (false, _) => ", where something is to be rounded",
    };
    match (row.word, key.name, key.form) {
        (_, "every", _) => {
            "`\"10 min\"`, `\"1 h\"`, `\"1 d\"`: a part of an hour, hours that divide a day, or a day".to_owned()
        }
        ("rolling" | "in_runs", "rolling" | "step" | "at_least", _) | (_, "gap", _) => {
            "a duration, `\"48 h\"`, `\"3 d\"`; of months and dekads `\"3 months\"`, `\"3 dekads\"`".to_owned()
        }
        (_, "round", Form::Quantity) => format!("the step, `\"0.1 mm\"`{optional}"),
        (_, "mode", Form::Words(_)) => format!("the mode{optional}"),
        _ if row.gives == Flows::Track && key.name == "from" => "a whole feed, `[\"besttrack\"]`".to_owned(),
        (_, _, form) => self::form(form),
    }
}

fn form(form: Form) -> String {
    match form {
        Form::Words(words) => words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", "),
        Form::Variable => "the name of [a variable](#variables)".to_owned(),
        Form::Formula => "the name of [a formula](#formulas)".to_owned(),
        Form::Unit => "[a unit](#units) that the variable takes".to_owned(),
        other => written(other).to_owned(),
    }
}

fn written(form: Form) -> &'static str {
    match form {
        Form::Quantity => "a number with its unit, `\"2 mm\"`, or `\"{column}\"`",
        Form::Labelled => {
            "a number with its unit, or one for each label of a slot: `{ apr = \"45 mm\", … }` by month, `{ apr1 = …, apr2 = … }` by dekad, by the names of the phases"
        }
        Form::Weights => "a share for each label: month, dekad or phase",
        Form::Duration => "a duration, `\"30 min\"`, `\"48 h\"`, `\"3 d\"`",
        Form::Slot => "`\"day\"`, `\"dekad\"`, `\"month\"`, `\"year\"`, or a duration, `\"1 h\"`, `\"10 d\"`",
        Form::Share => "a share, `\"90 %\"`",
        Form::Shares => "a share for each member, in their order; they add up to 100 %",
        Form::Comparison => "a comparison, `\">= 40 mm\"`",
        Form::Comparisons => "a comparison, or a list of which all must hold: `[\">= 10 mm\", \"< 30 mm\"]`",
        Form::Sources => "sources, `[\"feed/station\"]`",
        Form::Branch => "a branch",
        Form::Branches => "a list of branches",
        Form::Dates => "days, rising: `[\"2021-10-06\", …]`",
        Form::Phases => {
            "`[ { id = \"sowing\", from = \"04-01\", to = \"05-15\" }, … ]`, in their order, none over another"
        }
        Form::Points => "pairs, the first numbers rising: `[[\"3 m/s\", \"0 kW\"], …]`",
        Form::Steps => "`{ to = \"5 degC\", is = \"0 1\" }` from the lowest to the highest; the last has no `to`",
        Form::Baseline => {
            "`{ from = 1981, to = 2010, need = 25 }`: first and last year, and how many of them must have a number; `sources = [ … ]` where others serve those years"
        }
        Form::Place => {
            "`\"site\"`, `{ polygon = [[\"30 deg\", \"121 deg\"], …] }` (inside of it the distance is 0) or `{ line = [ … ] }`; latitude first"
        }
        Form::Area => "`{ south, north, west, east }`, or `{ polygon = [[\"30 deg\", \"121 deg\"], …] }`",
        Form::Flag => "`true`",
        Form::Words(_) | Form::Variable | Form::Formula | Form::Unit => unreachable!("they are written above"),
    }
}

fn formulas(page: &mut String) {
    page.push_str(
        "\n## Formulas\nInputs are branches with the same slots, in any unit of the dimension named here; they are converted exactly. Parameters are numbers with their unit or `\"{column}\"`. The unit of `round` is that of the flow from \
         there on. A slot is missing where an input is missing or outside of the formula's domain, out where an input is out.\n",
    );
    for row in FORMULAS {
        let slots = match row.steps {
            Steps::Any => String::new(),
            steps => format!(" For {steps}."),
        };
        let result = if row.result == "1" { "a plain number".to_owned() } else { row.result.to_owned() };
        writeln!(page, "\n### {}\n{}. Gives {result}.{slots}\n", row.name, sentence(row.about))
            .expect("a string takes all");
        writeln!(page, "```toml\n{}\n```", formula_example(row)).expect("a string takes all");
    }
}

/// How a formula is written, with something for each of its inputs and parameters.
pub fn formula_example(row: &FormulaRow) -> String {
    let every = match row.steps {
        Steps::Days | Steps::DaysOrLonger => "1 d",
        Steps::Any | Steps::Hours => "1 h",
    };
    let mut keys = vec![format!("formula = \"{}\"", row.name)];
    for input in row.inputs {
        keys.push(format!("{} = [ {} ]", input.name, input_block(row.name, input.name, every)));
    }
    for parameter in row.parameters {
        keys.push(format!("{} = \"{}\"", parameter.name, parameter_value(parameter.name)));
    }
    if let Some((name, x, y)) = row.curve {
        let points = if y == "kW" { [("3", "0"), ("13", "2050")] } else { [("1", "0.4"), ("31", "1.1")] };
        let points: Vec<_> = points.iter().map(|(at, is)| format!("[\"{at} {x}\", \"{is} {y}\"]")).collect();
        keys.push(format!("{name} = [{}]", points.join(", ")));
    }
    let step = if matches!(row.result, "m/s" | "kg/m3") { "0.000001" } else { "0.01" };
    keys.push(format!("round = \"{step} {}\", mode = \"half_up\"", row.result));
    format!("{{ {} }}", keys.join(", "))
}

/// What an input is in the example: the result of another formula, a report, a variable in steps.
fn input_block(formula: &str, input: &str, every: &str) -> String {
    let of_formula =
        |name: &str| formula_example(FORMULAS.iter().find(|row| row.name == name).expect("it is a formula"));
    let reported = |variable: &str| format!("{{ report = \"{variable}\", none = \"nothing\" }}");
    let variable = match (formula, input) {
        (_, "density") => return of_formula("air_density"),
        (_, "cell_temperature") => return of_formula("faiman_cell_temperature"),
        ("hurricane_index", "wind") => return reported("storm_wind"),
        ("hurricane_index", "radius") => return reported("storm_radius"),
        (_, "wind") => "wind_speed",
        (_, "temperature") => "air_temperature",
        (_, "pressure") => "air_pressure",
        (_, "irradiance") => "irradiance",
        (_, "power") => "power",
        (_, "temperature_min") => "air_temperature_min",
        (_, "temperature_max") => "air_temperature_max",
        (_, "humidity") => "relative_humidity",
        (_, "radiation") => "global_radiation",
        (_, "rain") => "precipitation",
        (_, "evapotranspiration") => "evapotranspiration",
        other => panic!("no variable for {other:?}"),
    };
    format!("{{ read = \"{variable}\", every = \"{every}\" }}")
}

fn parameter_value(parameter: &str) -> &'static str {
    match parameter {
        "wind_height" => "10 m",
        "hub_height" => "98 m",
        "exponent" => "0.2 1",
        "temperature_height" | "pressure_height" => "2 m",
        "u0" => "25 1",
        "u1" => "6.84 1",
        "a" => "-3.47 1",
        "b" => "-0.0594 1",
        "delta_t" => "3 1",
        "nameplate" => "1000 kW",
        "coefficient" => "-0.004 1",
        "inverter" => "900 kW",
        "efficiency" => "96 %",
        "latitude" => "30.87 deg",
        "elevation" => "4 m",
        "capacity" => "100 mm",
        "initial" => "50 mm",
        other => panic!("no value for {other:?}"),
    }
}

fn quantiles(page: &mut String) {
    page.push_str(
        "\n## Definitions of a quantile\n`method` of `{ reduce = \"quantile\" }`, by the names of numpy; Hyndman and Fan (1996) number nine of them. Spreadsheets and most contracts mean `linear`.\n\n| method | type |\n|---|---|\n",
    );
    for (name, method) in QuantileMethod::ALL {
        writeln!(page, "| `{name}` | {} |", quantile_type(method)).expect("a string takes all");
    }
}

fn quantile_type(method: QuantileMethod) -> &'static str {
    match method {
        QuantileMethod::InvertedCdf => "1",
        QuantileMethod::AveragedInvertedCdf => "2",
        QuantileMethod::ClosestObservation => "3",
        QuantileMethod::InterpolatedInvertedCdf => "4",
        QuantileMethod::Hazen => "5",
        QuantileMethod::Weibull => "6",
        QuantileMethod::Linear => "7",
        QuantileMethod::MedianUnbiased => "8",
        QuantileMethod::NormalUnbiased => "9",
        QuantileMethod::Lower => "7, the value below",
        QuantileMethod::Higher => "7, the value above",
        QuantileMethod::Nearest => "7, the nearer value, the even one of two as near",
        QuantileMethod::Midpoint => "7, half-way between the two",
    }
}

fn variables(page: &mut String) {
    page.push_str(
        "\n## Variables\nA reading is kept in the unit in which its source sends it. Read in its own unit it is not touched; `as` reads it in another one of the same kind, converted exactly and rounded once to 0.000001. A variable without a unit of \
         its own needs `as`. Where the last column says so, a reading below zero is refused.\n\n| variable | own unit | may be in | never below zero |\n|---|---|---|---|\n",
    );
    for variable in Variable::names().filter_map(Variable::from_name) {
        let (own, kind) = if variable.is_of_many_units() {
            let kind = if variable.takes(unit("CNY/kWh")) && variable.takes(unit("1")) {
                "any unit"
            } else if variable.takes(unit("CNY")) {
                "any currency"
            } else {
                "any price"
            };
            (String::new(), kind.to_owned())
        } else {
            let own = variable.own_unit();
            let others = Unit::symbols().filter(|symbol| variable.takes(unit(symbol)) && *symbol != own.symbol());
            (format!("`{own}`"), others.map(|symbol| format!("`{symbol}`")).collect::<Vec<_>>().join(", "))
        };
        let never = if variable.is_never_negative() { "yes" } else { "" };
        writeln!(page, "| `{variable}` | {own} | {kind} | {never} |").expect("a string takes all");
    }
    page.push_str(
        "\n`storm_latitude` and `storm_longitude` come with the tracks, `{ read = \"storm_track\" }`; `storm_wind` and `storm_pressure` are taken of the tracks, or reported. `distance` is the distance of a storm's point from the place of `within`, \
         in `km`.\n",
    );
}

fn unit(symbol: &str) -> Unit {
    Unit::from_symbol(symbol).expect("the table has it")
}

fn units(page: &mut String) {
    page.push_str(
        "\n## Units\nSpelt exactly so, one space behind the number. Numbers of the same kind are converted exactly; temperatures never are where they are written, only where they are read (`as`). Nouns count things and are converted into \
         nothing else.\n\n| kind | units |\n|---|---|\n",
    );
    let mut kinds: Vec<(Dimension, Vec<&str>)> = Vec::new();
    let (mut nouns, mut money, mut prices) = (Vec::new(), Vec::new(), Vec::new());
    for symbol in Unit::symbols() {
        let dimension = unit(symbol).dimension();
        if dimension.is_money() {
            money.push(symbol);
        } else if dimension.is_price() {
            prices.push(symbol);
        } else if dimension.name() == symbol {
            nouns.push(symbol);
        } else if let Some((_, symbols)) = kinds.iter_mut().find(|(known, _)| *known == dimension) {
            symbols.push(symbol);
        } else {
            kinds.push((dimension, vec![symbol]));
        }
    }
    let first = |code: &&str| prices[0].starts_with(code);
    let prices: Vec<&str> = prices
        .iter()
        .copied()
        .filter(|price| money.iter().find(|code| first(code)).is_some_and(|code| price.starts_with(code)))
        .collect();
    let list = |symbols: &[&str]| symbols.iter().map(|symbol| format!("`{symbol}`")).collect::<Vec<_>>().join(", ");
    for (dimension, symbols) in &kinds {
        writeln!(page, "| {} | {} |", dimension.name(), list(symbols)).expect("a string takes all");
    }
    writeln!(page, "| nouns | {} |", list(&nouns)).expect("a string takes all");
    writeln!(page, "| money | {} |", list(&money)).expect("a string takes all");
    writeln!(page, "| prices, of each of these currencies | {} |", list(&prices)).expect("a string takes all");
}
