//! Every block of an index: its word, its keys, what it does. Messages, documentation and schema are made of this table.

use std::sync::LazyLock;

use super::formula::{FORMULAS, Formula};

/// What flows between blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flows {
    /// Nothing: the block reads.
    Nothing,
    /// A series of values.
    Values,
    /// A series of flags: whether a comparison is met.
    Flags,
    /// The runs of a series.
    Runs,
    /// One number.
    Number,
    /// One number for each event.
    Events,
    /// The tracks of storms.
    Track,
    /// What flows into the block.
    Same,
}

/// How the value of a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One of these words.
    Words(&'static [&'static str]),
    /// The name of a variable.
    Variable,
    /// The name of a formula; its inputs and parameters are keys as well.
    Formula,
    /// The symbol of a unit.
    Unit,
    /// A number with its unit, `"2 mm"`, or a column of the book, `"{threshold}"`.
    Quantity,
    /// A quantity, or one for each label: `{ jan = "…" }`.
    Labelled,
    /// A share for each label.
    Weights,
    /// A duration, `"48 h"`, `"3 months"`.
    Duration,
    /// A word for a slot or a duration.
    Slot,
    /// A share, `"90 %"`.
    Share,
    /// A list of shares.
    Shares,
    /// `">= 40 mm"`
    Comparison,
    /// A comparison or a list of them.
    Comparisons,
    /// A list of sources, `"feed/station"`.
    Sources,
    /// A list of blocks.
    Branch,
    /// A list of branches.
    Branches,
    /// A list of days, `"2021-10-06"`.
    Dates,
    /// A list of phases.
    Phases,
    /// A list of pairs of quantities.
    Points,
    /// A list of steps, `{ to = "…", is = "…" }`.
    Steps,
    /// `{ from = 1981, to = 2010, need = 25, sources = [ … ] }`
    Baseline,
    /// `"site"`, `{ polygon = [ … ] }` or `{ line = [ … ] }`.
    Place,
    /// `{ south, north, west, east }` or `{ polygon = [ … ] }`.
    Area,
    /// `true` or `false`.
    Flag,
}

/// One key of a block.
#[derive(Clone, Copy, Debug)]
pub struct KeyRow {
    /// The key.
    pub name: &'static str,
    /// How its value is written.
    pub form: Form,
    /// Whether it must be there.
    pub required: bool,
}

/// One block.
#[derive(Debug)]
pub struct BlockRow {
    /// Its name in documentation and reports: `per phase`, `reduce sum`.
    pub name: &'static str,
    /// The key that begins it.
    pub word: &'static str,
    /// How it is written.
    pub example: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Behind what it may stand.
    pub takes: &'static [Flows],
    /// What flows out of it.
    pub gives: Flows,
    /// Its keys, the word first.
    pub keys: &'static [KeyRow],
}

impl BlockRow {
    /// Whether it stands at the beginning.
    pub fn is_source(&self) -> bool {
        self.takes == SOURCE
    }

    fn has_key(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }
}

const fn must(name: &'static str, form: Form) -> KeyRow {
    KeyRow { name, form, required: true }
}

const fn may(name: &'static str, form: Form) -> KeyRow {
    KeyRow { name, form, required: false }
}

const MODES: Form = Form::Words(&["half_up", "half_even", "down", "up"]);
const ROUND: KeyRow = must("round", Form::Quantity);
const MODE: KeyRow = must("mode", MODES);
const MAY_ROUND: KeyRow = may("round", Form::Quantity);
const MAY_MODE: KeyRow = may("mode", MODES);
const TAKE: KeyRow = must("take", Form::Words(&["sum", "mean", "max", "min"]));
const NEED: KeyRow = must("need", Form::Share);
const FROM: KeyRow = may("from", Form::Sources);

const SOURCE: &[Flows] = &[Flows::Nothing];
const VALUES: &[Flows] = &[Flows::Values];
const FLAGS: &[Flows] = &[Flows::Flags];
const RUNS: &[Flows] = &[Flows::Runs];
const SERIES: &[Flows] = &[Flows::Values, Flows::Flags];
const SLOTS: &[Flows] = &[Flows::Values, Flows::Runs];
const NUMBERS: &[Flows] = &[Flows::Values, Flows::Runs, Flows::Number];
const TRACK: &[Flows] = &[Flows::Track];

const fn row(
    name: &'static str,
    word: &'static str,
    (takes, gives): (&'static [Flows], Flows),
    example: &'static str,
    about: &'static str,
    keys: &'static [KeyRow],
) -> BlockRow {
    BlockRow { name, word, example, about, takes, gives, keys }
}

macro_rules! reducer {
    ($word:literal, $takes:expr, $more:literal, $about:literal, [$($key:expr),*]) => {
        row(
            concat!("reduce ", $word),
            "reduce",
            ($takes, Flows::Number),
            concat!("{ reduce = \"", $word, "\"", $more, " }"),
            $about,
            &[must("reduce", Form::Words(&[$word])) $(, $key)*],
        )
    };
}

const GAP: KeyRow = must("gap", Form::Duration);
const DAYS_FROM: KeyRow = must("days_from", Form::Words(&["window", "year"]));
const NEVER: KeyRow = must("never", Form::Quantity);

/// Every block. A word that another block has as a key stands behind that block: a block is known by its first word.
#[rustfmt::skip]
pub static BLOCKS: &[BlockRow] = &[
    row("read", "read", (SOURCE, Flows::Values),
        "{ read = \"precipitation\", every = \"1 h\" }",
        "the readings of a variable, one slot for each step of the period; a slot without a reading is missing",
        &[must("read", Form::Variable), must("every", Form::Duration), may("as", Form::Unit), FROM, may("agree_within", Form::Quantity)]),
    row("read storm_track", "read", (SOURCE, Flows::Track),
        "{ read = \"storm_track\" }",
        "the fixes of every storm that the source, a whole feed, holds",
        &[must("read", Form::Words(&["storm_track"])), FROM]),
    row("report", "report", (SOURCE, Flows::Values),
        "{ report = \"yield\", as = \"t/ha\", none = \"undetermined\" }",
        "every reading of a variable that begins in the period, whatever it stands for, of the first source that has one; `none` says what it means that there is none; with `told_within` one that was first told later than so long behind its end counts for none",
        &[must("report", Form::Variable), may("as", Form::Unit), FROM, must("none", Form::Words(&["nothing", "undetermined"])), may("told_within", Form::Duration)]),
    row("combine", "combine", (SOURCE, Flows::Values),
        "{ combine = \"mean\", of = [ [ { read = … } ], [ { read = … } ] ], round = \"0.01 degC\", mode = \"half_up\" }",
        "several series slot by slot, missing where one of them is; where all branches end in a number, those numbers; a difference, a product, a ratio is of two",
        &[must("combine", Form::Words(&["mean", "sum", "difference", "product", "ratio", "max", "min"])), must("of", Form::Branches), MAY_ROUND, MAY_MODE]),
    row("members", "members", (SOURCE, Flows::Values),
        "{ members = [\"cells/a\", \"cells/b\"], take = \"mean\", of = [ { read = … } ], need = \"80 %\", round = \"0.01 mm\", mode = \"half_up\" }",
        "the same series of several stations or cells, slot by slot; missing where less than `need` of them, or of their weight, is there; a share is of those that meet the comparison in which the branch ends",
        &[must("members", Form::Sources), must("take", Form::Words(&["mean", "sum", "max", "min", "share"])), must("of", Form::Branch), NEED, may("weights", Form::Shares), MAY_ROUND, MAY_MODE]),
    row("formula", "formula", (SOURCE, Flows::Values),
        "{ formula = \"hub_wind\", wind = [ { read = … } ], wind_height = \"10 m\", hub_height = \"98 m\", exponent = \"0.2 1\", round = \"0.000001 m/s\", mode = \"half_up\" }",
        "a formula over one series or several, slot by slot, computed in binary floating point and rounded once; as the whole branch of another formula it may stay unrounded",
        &[must("formula", Form::Formula), MAY_ROUND, MAY_MODE]),
    row("per", "per", (VALUES, Flows::Values),
        "{ per = \"day\", take = \"sum\", need = \"90 %\" }",
        "slots joined into larger ones; one of which less than `need` is there is missing",
        &[must("per", Form::Slot), TAKE, NEED, MAY_ROUND, MAY_MODE]),
    row("per phase", "per", (VALUES, Flows::Values),
        "{ per = \"phase\", phases = [ { id = \"sowing\", from = \"04-01\", to = \"05-15\" } ], take = \"sum\", need = \"90 %\" }",
        "a slot for each phase, both its days included; days outside of all phases do not count",
        &[must("per", Form::Words(&["phase"])), must("phases", Form::Phases), TAKE, NEED, MAY_ROUND, MAY_MODE]),
    row("per run", "per", (RUNS, Flows::Events),
        "{ per = \"run\", take = \"sum\" }",
        "one event for each run: the sum, the largest, the smallest of its values, or its length",
        &[must("per", Form::Words(&["run"])), must("take", Form::Words(&["sum", "max", "min", "length"]))]),
    row("per value", "per", (VALUES, Flows::Events),
        "{ per = \"value\" }",
        "one event for each slot that is there",
        &[must("per", Form::Words(&["value"]))]),
    row("per storm", "per", (TRACK, Flows::Events),
        "{ per = \"storm\", take = \"max\", of = \"storm_wind\" }",
        "one event for each storm that has a point left: the largest or the smallest of its wind, its pressure, its distance",
        &[must("per", Form::Words(&["storm"])), must("take", Form::Words(&["max", "min"])), must("of", Form::Words(&["storm_wind", "storm_pressure", "distance"]))]),
    row("only_on", "only_on", (SERIES, Flows::Same),
        "{ only_on = [\"2021-10-06\", \"2021-10-07\"] }",
        "slots of other insured days are out: they count for nothing, and nobody misses them",
        &[must("only_on", Form::Dates)]),
    row("only_where", "only_where", (SERIES, Flows::Same),
        "{ only_where = [ { read = … }, { meets = \">= 10 mm\" } ], before = \"12 h\", after = \"24 h\" }",
        "slots are out that do not touch, so long before and after, a slot of the branch that meets its comparison or a point of a storm in the area; near a missing slot of the branch only, they are missing",
        &[must("only_where", Form::Branch), may("before", Form::Duration), may("after", Form::Duration)]),
    row("substitute", "substitute", (VALUES, Flows::Values),
        "{ substitute = \"0.5 mm\" }",
        "missing slots get this value, where the contract says so",
        &[must("substitute", Form::Quantity)]),
    row("ignore_below", "ignore_below", (SLOTS, Flows::Same),
        "{ ignore_below = \"2 mm\" }",
        "a value below becomes 0, one at it stays",
        &[must("ignore_below", Form::Quantity)]),
    row("cap", "cap", (NUMBERS, Flows::Same),
        "{ cap = \"60 mm\" }",
        "no more than that",
        &[must("cap", Form::Quantity)]),
    row("floor", "floor", (NUMBERS, Flows::Same),
        "{ floor = \"0 kW\" }",
        "no less than that",
        &[must("floor", Form::Quantity)]),
    row("excess_over", "excess_over", (NUMBERS, Flows::Same),
        "{ excess_over = \"35 degC\" }",
        "by how much the value lies above that, else 0: max(0, x - base)",
        &[must("excess_over", Form::Quantity)]),
    row("shortfall_below", "shortfall_below", (NUMBERS, Flows::Same),
        "{ shortfall_below = \"18 degC\" }",
        "by how much the value lies below that, else 0: max(0, base - x)",
        &[must("shortfall_below", Form::Quantity)]),
    row("minus", "minus", (NUMBERS, Flows::Same),
        "{ minus = \"18 degC\" }",
        "the value less that, or less the number of the slot's month, dekad or phase",
        &[must("minus", Form::Labelled)]),
    row("times", "times", (NUMBERS, Flows::Same),
        "{ times = \"0.85 1\", round = \"0.1 mm\", mode = \"half_up\" }",
        "the value times that; units multiply; a series is rounded, a number stays exact",
        &[must("times", Form::Quantity), MAY_ROUND, MAY_MODE]),
    row("percent_of", "percent_of", (NUMBERS, Flows::Same),
        "{ percent_of = \"45 mm\", round = \"0.1 %\", mode = \"half_up\" }",
        "the value in % of that, or of the number of the slot's month, dekad or phase; a series is rounded, a number stays exact",
        &[must("percent_of", Form::Labelled), MAY_ROUND, MAY_MODE]),
    row("weigh", "weigh", (SLOTS, Flows::Same),
        "{ weigh = { apr = \"30 %\", may = \"70 %\" }, round = \"0.1 %\", mode = \"half_up\" }",
        "each slot times the weight of its month, dekad or phase; weights add up to 100 %",
        &[must("weigh", Form::Weights), ROUND, MODE]),
    row("curve", "curve", (NUMBERS, Flows::Same),
        "{ curve = [[\"3 m/s\", \"0 kW\"], …], outside = \"0 kW\", round = \"0.1 kW\", mode = \"half_up\" }",
        "straight lines between the points, and `outside` before the first and behind the last",
        &[must("curve", Form::Points), must("outside", Form::Quantity), ROUND, MODE]),
    row("lookup", "lookup", (NUMBERS, Flows::Same),
        "{ lookup = [ { to = \"5 degC\", is = \"0 1\" }, { is = \"1 1\" } ], closed = \"below\" }",
        "a table of steps over the whole line; a value at the end `to` belongs to the next step (closed below) or to this one (above)",
        &[must("lookup", Form::Steps), must("closed", Form::Words(&["below", "above"]))]),
    row("meets", "meets", (VALUES, Flows::Flags),
        "{ meets = \"< 10 degC\" }",
        "whether the value meets the comparison, or all of a list",
        &[must("meets", Form::Comparisons)]),
    row("in_runs", "in_runs", (VALUES, Flows::Runs),
        "{ in_runs = \">= 40 mm\", at_least = \"3 d\" }",
        "only values inside of runs that meet the comparison for so long stay, the others are out; a missing slot ends a run",
        &[must("in_runs", Form::Comparison), must("at_least", Form::Duration)]),
    row("rolling", "rolling", (VALUES, Flows::Values),
        "{ rolling = \"48 h\", take = \"sum\" }",
        "one number of each stretch of so long, booked to its last slot, missing where one of its slots is; `step` leads from the beginning of one to the next, `reach_before` lets them begin before the period",
        &[must("rolling", Form::Duration), TAKE, may("step", Form::Duration), may("reach_before", Form::Flag), MAY_ROUND, MAY_MODE]),
    reducer!("sum", SLOTS, "", "the sum of all values, or of all runs; of nothing 0", []),
    reducer!("mean", VALUES, "", "the mean of all values; it is rounded behind the block", []),
    reducer!("max", SLOTS, "", "the largest value, or the largest inside of a run", []),
    reducer!("min", SLOTS, "", "the smallest value, or the smallest inside of a run", []),
    reducer!("latest", VALUES, "", "the last value that is there", []),
    reducer!("energy", VALUES, "", "power times time, in kWh; it is rounded behind the block", []),
    reducer!("quantile", VALUES, ", at = \"90 %\", method = \"linear\"", "the value below which that share of the values lies, by one of numpy's definitions; it is rounded behind the block",
        [must("at", Form::Share), must("method", Form::Words(&[
            "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "linear",
            "median_unbiased", "normal_unbiased", "lower", "higher", "nearest", "midpoint"]))]),
    reducer!("count", FLAGS, "", "how long the comparison is met: days, or hours where slots are shorter; of dekads and longer slots their number", []),
    reducer!("share", FLAGS, "", "the share of the slots that are there which meet it, in %; it is rounded behind the block", []),
    reducer!("longest_run", &[Flows::Flags, Flows::Runs], "", "how long the longest unbroken stretch is that meets it, or the longest run; 0 where there is none", []),
    reducer!("events", FLAGS, ", gap = \"5 d\"", "how many slots meet it, counted from the first, each so far behind the one counted before, beginning to beginning", [GAP]),
    reducer!("first", FLAGS, ", days_from = \"window\", never = \"0 d\"", "the first day on which it is met, as a number of days: 1 is the period's first day, or 1 January; `never` where it is not", [DAYS_FROM, NEVER]),
    reducer!("last", FLAGS, ", days_from = \"window\", never = \"0 d\"", "the last day on which it is met, as a number of days: 1 is the period's first day, or 1 January; `never` where it is not", [DAYS_FROM, NEVER]),
    reducer!("largest_run", RUNS, "", "the largest sum of one run; 0 where there is none", []),
    reducer!("runs", RUNS, ", gap = \"2 d\"", "how many runs there are; those with less than the gap between them are one", [may("gap", Form::Duration)]),
    reducer!("run_length", RUNS, "", "how long all runs are together; 0 where there is none", []),
    row("compare", "compare", (&[Flows::Number], Flows::Number),
        "{ compare = \"percent_of_mean\", baseline = { from = 1981, to = 2010, need = 25 }, round = \"0.1 %\", mode = \"half_up\" }",
        "the number against the same number of other years: the index up to here, over the same days of each year of the baseline",
        &[must("compare", Form::Words(&["percent_of_mean", "mean", "anomaly", "z_score_sample", "z_score_population", "spi", "spei", "percentile"])), must("baseline", Form::Baseline), ROUND, MODE]),
    row("interpolate", "interpolate", (TRACK, Flows::Track),
        "{ interpolate = \"30 min\", longest_gap = \"6 h\", no_wind = \"out\" }",
        "points between fixes along the great circle, wind and pressure linear in time, where the fixes are no further apart than the longest gap",
        &[must("interpolate", Form::Duration), must("longest_gap", Form::Duration), must("no_wind", Form::Words(&["out", "undetermined"]))]),
    row("within", "within", (TRACK, Flows::Track),
        "{ within = \"100 km\", of = \"site\" }",
        "only points so near to the policy's site, to a polygon or to a line",
        &[must("within", Form::Quantity), must("of", Form::Place)]),
    row("inside", "inside", (TRACK, Flows::Track),
        "{ inside = { south = \"30 deg\", north = \"31 deg\", west = \"121 deg\", east = \"123 deg\" } }",
        "only points in the box or the polygon, edges included",
        &[must("inside", Form::Area)]),
    row("round", "round", (&[Flows::Values, Flows::Runs, Flows::Number, Flows::Events], Flows::Same),
        "{ round = \"0.1 mm\", mode = \"half_up\" }",
        "to a multiple of the step; of a number, its unit becomes that of the step",
        &[ROUND, MODE]),
];

/// The words that begin a block, each with the first row that has it.
pub(super) static VERBS: LazyLock<Vec<&'static BlockRow>> = LazyLock::new(|| {
    let mut verbs: Vec<&'static BlockRow> = Vec::new();
    for row in BLOCKS {
        if verbs.iter().all(|verb| verb.word != row.word) {
            verbs.push(row);
        }
    }
    verbs
});

/// The word that a block with these keys begins with. `round` and `curve` are keys of other blocks too: where another
/// word stands first that they do not know, that word is meant, and misspelt.
pub(super) fn verb_of(keys: &[&str]) -> Option<&'static BlockRow> {
    let row = VERBS.iter().find(|row| keys.contains(&row.word)).copied()?;
    let first = keys.first()?;
    let shared = matches!(row.word, "round" | "curve");
    (!shared || row.has_key(first)).then_some(row)
}

/// The names of formulas among the blocks, in the order of their table.
static FORMULA_NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| FORMULAS.iter().map(|row| format!("formula {}", row.name)).collect());

impl Formula {
    /// Its name among the blocks: `formula hub_wind`.
    pub fn block_name(self) -> &'static str {
        let place = FORMULAS.iter().position(|row| row.formula == self).expect("every formula has a row");
        &FORMULA_NAMES[place]
    }
}

#[cfg(test)]
mod tests {
    use super::super::formula::QuantileMethod;
    use super::*;

    #[test]
    fn every_row_is_complete() {
        for row in BLOCKS {
            assert_eq!(row.keys[0].name, row.word, "{}: the word is its first key", row.name);
            assert!(row.name == row.word || row.name.starts_with(&format!("{} ", row.word)), "{}", row.name);
            assert!(row.example.contains(&format!("{} = ", row.word)), "{}", row.name);
            let missing = |key: &&KeyRow| key.required && !row.example.contains(&format!("{} = ", key.name));
            assert!(!row.keys.iter().any(|key| missing(&key)), "{}: the example shows what is required", row.name);
            assert_eq!(BLOCKS.iter().filter(|other| other.name == row.name).count(), 1, "{}", row.name);
        }
    }

    #[test]
    fn formulas_are_named_as_their_table_names_them() {
        for row in FORMULAS {
            assert_eq!(row.formula.block_name(), format!("formula {}", row.name));
        }
        let quantile = BLOCKS.iter().find(|row| row.name == "reduce quantile").expect("it is a block");
        let Form::Words(methods) = quantile.keys[2].form else { panic!("methods are words") };
        assert_eq!(methods, QuantileMethod::ALL.map(|(name, _)| name));
    }

    #[test]
    fn a_block_is_known_by_its_first_word() {
        for (keys, word) in [
            (&["read", "every"][..], Some("read")),
            (&["every", "read"], Some("read")),
            (&["round", "mode"], Some("round")),
            (&["mode", "round"], Some("round")),
            (&["per", "take", "need", "round", "mode"], Some("per")),
            (&["formula", "wind", "curve", "round"], Some("formula")),
            (&["formla", "wind", "curve", "round"], None),
            (&["weihg", "round", "mode"], None),
            (&["roling", "take"], None),
            (&[], None),
        ] {
            assert_eq!(verb_of(keys).map(|row| row.word), word, "{keys:?}");
        }
    }
}
