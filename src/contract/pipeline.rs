//! Reading an index: block by block, with the unit and the kind of what flows between them.

use crate::document::{Fault, Faults, Fields, Node, Place, did_you_mean};
use crate::quantity::{Fixed, Unit, Variable};

use super::block::{Block, BlockText, FixTake, Grain, PointValue, Reducer, Take, Target, WindRule};
use super::data_rules::read_sources;
use super::literal::{Places, Scope};
use super::product::{Product, SourceName};

/// What the slots of a flow hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slots {
    /// Numbers in the unit of the flow.
    Values,
    /// Whether a comparison is met.
    Flags,
    /// Numbers inside runs.
    Runs,
}

/// What flows out of a block.
#[derive(Clone, Copy, Debug)]
enum Flow {
    Slots { variable: Variable, unit: Unit, grain: Grain, slots: Slots, positive: bool },
    Track { interpolated: bool, near: bool },
    Events { unit: Unit, of: PointValue, take: FixTake },
    Number { unit: Unit, to_round: Option<&'static str>, rising: bool, falling: bool },
}

/// An index that was read without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// The blocks in order.
    pub blocks: Vec<BlockText>,
    /// What comes out.
    pub kind: IndexKind,
}

/// What an index comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// One number.
    Number {
        /// Its unit.
        unit: Unit,
        /// It cannot fall while more readings come in.
        rising: bool,
        /// It cannot rise while more readings come in.
        falling: bool,
    },
    /// One number for each event.
    Events {
        /// Its unit.
        unit: Unit,
        /// What it is of a storm; none where events are no storms.
        of: Option<PointValue>,
        /// None of them can fall while more readings come in.
        rising: bool,
        /// None of them can rise while more readings come in.
        falling: bool,
    },
    /// The points of each storm, for a grid.
    Points {
        /// Whether their distance from the site is known.
        near: bool,
    },
}

/// The words that begin a block and what they are written like. `curve` and `per` stand before `round`, which both may hold.
const VERBS: [(&str, &str); 16] = [
    ("read", "{ read = \"precipitation\", every = \"1 h\" }"),
    ("per", "{ per = \"day\", take = \"sum\", need = \"90 %\" }"),
    ("ignore_below", "{ ignore_below = \"2 mm\" }"),
    ("cap", "{ cap = \"60 mm\" }"),
    ("floor", "{ floor = \"0 kW\" }"),
    ("excess_over", "{ excess_over = \"35 degC\" }"),
    ("shortfall_below", "{ shortfall_below = \"18 degC\" }"),
    ("curve", "{ curve = [[\"3 m/s\", \"0 kW\"], …], outside = \"0 kW\", round = \"0.1 kW\", mode = \"half_up\" }"),
    ("meets", "{ meets = \"< 10 degC\" }"),
    ("in_runs", "{ in_runs = \">= 40 mm\", at_least = \"3 d\" }"),
    ("rolling", "{ rolling = \"48 h\", take = \"sum\" }"),
    ("reduce", "{ reduce = \"sum\" }"),
    ("round", "{ round = \"0.1 mm\", mode = \"half_up\" }"),
    ("interpolate", "{ interpolate = \"30 min\", longest_gap = \"6 h\", no_wind = \"out\" }"),
    ("within", "{ within = \"100 km\", of = \"site\" }"),
    ("inside", "{ inside = { south = \"30 deg\", north = \"31 deg\", west = \"121 deg\", east = \"123 deg\" } }"),
];

/// Reads `index = [ … ]`.
pub(super) fn read_index(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Pipeline> {
    let nodes = node.list("a list of blocks", faults)?;
    let before = faults.len();
    let mut blocks = Vec::new();
    let mut flow = None;
    for block in nodes {
        let (read, next) = read_block(block, flow, scope, faults)?;
        let text = source_text(&block.place);
        blocks.push(BlockText { block: read, text, unit: unit_of(next) });
        flow = Some(next);
    }
    let kind = end_of(node, flow, faults)?;
    (faults.len() == before).then_some(Pipeline { blocks, kind })
}

/// What the last flow comes to, or why an index cannot end there.
fn end_of(node: &Node, flow: Option<Flow>, faults: &mut Faults) -> Option<IndexKind> {
    let last = node.list("a list of blocks", faults)?.last().unwrap_or(node);
    let fault = match flow {
        Some(Flow::Number { unit, to_round: None, rising, falling }) => {
            return Some(IndexKind::Number { unit, rising, falling });
        }
        Some(Flow::Events { unit, take, of }) => {
            let (rising, falling) = (take == FixTake::Max, take == FixTake::Min);
            return Some(IndexKind::Events { unit, of: Some(of), rising, falling });
        }
        Some(Flow::Track { near, .. }) => return Some(IndexKind::Points { near }),
        Some(Flow::Number { to_round: Some(what), unit, .. }) => {
            Fault::new(&last.place, format!("{what} is rounded, and it is open how"))
                .hint(format!("put {{ round = \"0.1 {unit}\", mode = \"half_up\" }} behind it, as the contract says"))
        }
        Some(Flow::Slots { .. }) => Fault::new(&last.place, "the index ends in a series")
            .hint("put { reduce = \"sum\" } or the like behind it, so that one number comes out"),
        None => Fault::new(&node.place, "the index is empty").hint(format!("begin it with {}", VERBS[0].1)),
    };
    faults.push(fault);
    None
}

pub(super) fn source_text(place: &Place) -> String {
    match place {
        Place::Text(source, span) => source.text()[span.clone()].split_whitespace().collect::<Vec<_>>().join(" "),
        Place::Environment(name) | Place::File(name) => name.clone(),
    }
}

fn unit_of(flow: Flow) -> Unit {
    match flow {
        Flow::Slots { unit, .. } | Flow::Events { unit, .. } | Flow::Number { unit, .. } => unit,
        Flow::Track { .. } => Variable::StormWind.own_unit(),
    }
}

fn read_block(node: &Node, flow: Option<Flow>, scope: &Scope<'_>, faults: &mut Faults) -> Option<(Block, Flow)> {
    let entries = node.table("a block such as { reduce = \"sum\" }", faults)?;
    let verb = VERBS.iter().find(|(verb, _)| entries.iter().any(|(key, _)| key.name == *verb));
    let Some((verb, example)) = verb else {
        let word = entries.first().map(|(key, _)| key.name.as_str()).unwrap_or_default();
        let near = did_you_mean(word, VERBS.iter().map(|(verb, _)| *verb));
        let names = || VERBS.iter().map(|(verb, _)| *verb).collect::<Vec<_>>().join(", ");
        let hint = near.map_or_else(|| format!("blocks are: {}", names()), |near| format!("did you mean `{near}`?"));
        faults.push(Fault::new(&node.place, format!("`{word}` is no block")).hint(hint));
        return None;
    };
    let mut fields = Fields::of(node, "the block", faults)?;
    let result = match (*verb, flow) {
        ("read", None) => read(&mut fields, scope, faults),
        ("read", Some(_)) => wrong(node, "`read` stands at the beginning of an index only", example, faults),
        (_, None) => wrong(node, "an index begins with `read`", VERBS[0].1, faults),
        (verb, Some(flow)) => follow(verb, example, flow, node, &mut fields, scope, faults),
    };
    if result.is_some() {
        fields.finish(faults);
    }
    result
}

fn wrong<T>(node: &Node, message: &str, example: &str, faults: &mut Faults) -> Option<T> {
    faults.push(Fault::new(&node.place, message).hint(format!("as in {example}")));
    None
}

fn read(fields: &mut Fields<'_>, scope: &Scope<'_>, faults: &mut Faults) -> Option<(Block, Flow)> {
    let node = fields.required("read", "\"precipitation\"", faults)?;
    let name = node.text("the name of a variable", faults)?;
    let sources = fields.optional("from").map_or(Some(Vec::new()), |node| read_sources(node, faults));
    if name == "storm_track" {
        let flow = Flow::Track { interpolated: false, near: false };
        return Some((Block::ReadTrack { sources: sources? }, flow));
    }
    let Some(variable) = Variable::from_name(name).filter(|variable| !variable.name().starts_with("storm_")) else {
        let names = || Variable::names().filter(|name| !name.starts_with("storm_")).chain(["storm_track"]);
        let near = did_you_mean(name, names());
        let hint = near.map_or_else(
            || format!("variables are: {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        faults.push(Fault::new(&node.place, format!("`{name}` is no variable that an index can read")).hint(hint));
        return None;
    };
    let every = fields.required("every", "\"1 h\"", faults);
    let grain = every.and_then(|node| read_grain(node, scope, faults));
    let unit = match fields.optional("as") {
        None => Some(variable.own_unit()),
        Some(node) => read_unit(node, variable.own_unit(), faults),
    };
    let (grain, unit) = (grain?, unit?);
    let flow = Flow::Slots { variable, unit, grain, slots: Slots::Values, positive: variable.is_never_negative() };
    Some((Block::Read { variable, unit, grain, sources: sources?, agree_within: None }, flow))
}

fn read_unit(node: &Node, own: Unit, faults: &mut Faults) -> Option<Unit> {
    let symbol = node.text("a unit", faults)?;
    let found = Unit::from_symbol(symbol);
    match found {
        Some(unit) if unit.dimension() == own.dimension() => Some(unit),
        Some(unit) => {
            let message = format!(
                "`{unit}` is a unit of {}, wanted is one of {}",
                unit.dimension().name(),
                own.dimension().name()
            );
            faults.push(Fault::new(&node.place, message).hint(format!("such as {own}")));
            None
        }
        None => {
            let hint = did_you_mean(symbol, Unit::symbols())
                .map_or_else(|| format!("such as {own}"), |near| format!("did you mean `{near}`?"));
            faults.push(Fault::new(&node.place, format!("`{symbol}` is not a unit that Fairgauge knows")).hint(hint));
            None
        }
    }
}

/// `"1 h"`, `"10 min"`, `"1 d"`.
fn read_grain(node: &Node, scope: &Scope<'_>, faults: &mut Faults) -> Option<Grain> {
    let seconds = scope.seconds(node, "\"1 h\"", faults)?;
    match seconds {
        86_400 => Some(Grain::Day),
        1..3_600 if 3_600 % seconds == 0 => Some(Grain::Step(seconds)),
        3_600.. if 86_400 % seconds == 0 && seconds % 3_600 == 0 => Some(Grain::Step(seconds)),
        _ => {
            let fault =
                Fault::new(&node.place, "a step divides an hour, or is whole hours that divide a day, or is a day");
            faults.push(fault.hint("as in every = \"10 min\", \"1 h\", \"1 d\""));
            None
        }
    }
}

/// Every block behind the first.
fn follow(
    verb: &str,
    example: &str,
    flow: Flow,
    node: &Node,
    fields: &mut Fields<'_>,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<(Block, Flow)> {
    match (verb, flow) {
        ("round", Flow::Number { .. } | Flow::Events { .. }) => round(flow, fields, scope, faults),
        ("reduce", Flow::Slots { .. }) => reduce(flow, fields, faults),
        ("interpolate", Flow::Track { interpolated: false, near: false }) => interpolate(fields, scope, faults),
        ("within", Flow::Track { interpolated, .. }) => within(interpolated, fields, scope, faults),
        ("inside", Flow::Track { interpolated, near }) => inside(interpolated, near, fields, scope, faults),
        ("per", Flow::Track { near, .. }) => per_storm(near, node, fields, faults),
        (_, Flow::Slots { variable, unit, grain, slots: Slots::Values | Slots::Runs, positive })
            if verb != "per" || grain != Grain::Day =>
        {
            let Flow::Slots { slots, .. } = flow else { return None };
            slot_block(verb, example, Stage { variable, unit, grain, slots, positive }, node, fields, scope, faults)
        }
        _ => wrong(node, &format!("`{verb}` cannot stand here: {}", what_flows(flow)), example, faults),
    }
}

fn what_flows(flow: Flow) -> String {
    match flow {
        Flow::Slots { slots: Slots::Flags, .. } => "what flows here is whether a comparison is met".to_owned(),
        Flow::Slots { grain, unit, .. } => format!("what flows here is a series in {unit}, one value for each {grain}"),
        Flow::Track { .. } => "what flows here are storms' tracks".to_owned(),
        Flow::Events { of, .. } => format!("what flows here is one {} for each storm", of.word()),
        Flow::Number { unit, .. } => format!("what flows here is one number in {unit}"),
    }
}

/// A flow of numbers in slots.
#[derive(Clone, Copy)]
struct Stage {
    variable: Variable,
    unit: Unit,
    grain: Grain,
    slots: Slots,
    positive: bool,
}

impl Stage {
    fn flow(self) -> Flow {
        let Self { variable, unit, grain, slots, positive } = self;
        Flow::Slots { variable, unit, grain, slots, positive }
    }
}

fn slot_block(
    verb: &str,
    example: &str,
    stage: Stage,
    node: &Node,
    fields: &mut Fields<'_>,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<(Block, Flow)> {
    let runs = stage.slots == Slots::Runs;
    let number = |key: &'static str, fields: &mut Fields<'_>, faults: &mut Faults| {
        let node = fields.required(key, &Product::example_in(stage.unit), faults)?;
        let literal = scope.in_unit(node, stage.unit, &Product::example_in(stage.unit), faults)?;
        Some(literal.quantity.value)
    };
    match verb {
        "per" if !runs => per(stage, fields, scope, faults),
        "ignore_below" => Some((Block::IgnoreBelow(number("ignore_below", fields, faults)?), stage.flow())),
        "cap" => Some((Block::Cap(number("cap", fields, faults)?), stage.flow())),
        "floor" => {
            let floor = number("floor", fields, faults)?;
            Some((Block::Floor(floor), Stage { positive: stage.positive || floor >= Fixed::ZERO, ..stage }.flow()))
        }
        "excess_over" => {
            Some((Block::ExcessOver(number("excess_over", fields, faults)?), Stage { positive: true, ..stage }.flow()))
        }
        "shortfall_below" => {
            let base = number("shortfall_below", fields, faults)?;
            Some((Block::ShortfallBelow(base), Stage { positive: true, ..stage }.flow()))
        }
        "curve" if !runs => curve(stage, fields, scope, faults),
        "meets" if !runs => {
            let node = fields.required("meets", "\"< 10 degC\"", faults)?;
            let comparison = scope.comparison(node, stage.unit, &format!("\"< 10 {}\"", stage.unit), faults)?;
            Some((Block::Meets(vec![comparison]), Stage { slots: Slots::Flags, positive: true, ..stage }.flow()))
        }
        "in_runs" if !runs => {
            let node = fields.required("in_runs", "\">= 40 mm\"", faults);
            let comparison =
                node.and_then(|node| scope.comparison(node, stage.unit, &format!("\">= 40 {}\"", stage.unit), faults));
            let at_least = fields
                .required("at_least", "\"3 d\"", faults)
                .and_then(|node| slots_of(node, stage.grain, scope, faults));
            Some((
                Block::InRuns { comparison: comparison?, at_least: at_least? },
                Stage { slots: Slots::Runs, ..stage }.flow(),
            ))
        }
        "rolling" if !runs => {
            let slots = fields
                .required("rolling", "\"48 h\"", faults)
                .and_then(|node| slots_of(node, stage.grain, scope, faults));
            let take = read_take(stage, fields, false, scope, faults);
            Some((Block::Rolling { slots: slots?, take: take?, step: 1, reach_before: false }, stage.flow()))
        }
        _ => wrong(node, &format!("`{verb}` cannot stand here: {}", what_flows(stage.flow())), example, faults),
    }
}

/// How many slots a duration is.
fn slots_of(node: &Node, grain: Grain, scope: &Scope<'_>, faults: &mut Faults) -> Option<usize> {
    let step = match grain {
        Grain::Step(seconds) => seconds,
        _ => 86_400,
    };
    let seconds = scope.seconds(node, "\"3 d\"", faults)?;
    if seconds == 0 || seconds % step != 0 {
        let message = format!("this is no whole number of steps of {grain}");
        faults.push(Fault::new(&node.place, message).hint(format!("write a multiple of {grain}")));
        return None;
    }
    usize::try_from(seconds / step).ok()
}

fn read_take(
    stage: Stage,
    fields: &mut Fields<'_>,
    mean: bool,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<Take> {
    let node = fields.required("take", "\"sum\"", faults)?;
    let word = node.text("sum, mean, max or min", faults)?;
    match word {
        "sum"
            if stage.variable == Variable::Power
                && stage.unit.dimension() == Variable::Power.own_unit().dimension() =>
        {
            let fault = Fault::new(&node.place, "powers are not added up over time");
            faults.push(fault.hint("end the index with { reduce = \"energy\" } for kWh"));
            None
        }
        "sum" => Some(Take::Sum),
        "max" => Some(Take::Max),
        "min" => Some(Take::Min),
        "mean" if mean => {
            let step = fields.required("round", &format!("\"0.1 {}\"", stage.unit), faults);
            let mode = fields.required("mode", "\"half_up\"", faults);
            Some(Take::Mean(scope.rounding(step?, mode?, stage.unit, Places::Series, faults)?))
        }
        _ => {
            let words = if mean { ["sum", "mean", "max", "min"].as_slice() } else { ["sum", "max", "min"].as_slice() };
            let hint = did_you_mean(word, words.iter().copied())
                .map_or_else(|| format!("one of {}", words.join(", ")), |near| format!("did you mean `{near}`?"));
            faults.push(Fault::new(&node.place, format!("`{word}` cannot be taken here")).hint(hint));
            None
        }
    }
}

fn per(stage: Stage, fields: &mut Fields<'_>, scope: &Scope<'_>, faults: &mut Faults) -> Option<(Block, Flow)> {
    let node = fields.required("per", "\"day\"", faults)?;
    let text = node.text("\"day\" or a duration such as \"1 h\"", faults)?;
    let grain = if text == "day" { Some(Grain::Day) } else { read_grain(node, scope, faults) };
    let take = read_take(stage, fields, true, scope, faults);
    let need = fields.required("need", "\"90 %\"", faults).and_then(|node| scope.share(node, "\"90 %\"", faults));
    let (grain, take, need) = (grain?, take?, need?);
    if let (Grain::Step(from), Grain::Step(to)) = (stage.grain, grain)
        && (to <= from || to % from != 0)
    {
        let message = format!("a slot of {grain} is not made of slots of {}", stage.grain);
        faults.push(Fault::new(&node.place, message).hint(format!("write a multiple of {}", stage.grain)));
        return None;
    }
    if need.is_zero() {
        faults.push(
            Fault::new(&node.place, "a slot of which nothing need be there is never missing")
                .hint("write need = \"90 %\" or the like"),
        );
        return None;
    }
    Some((Block::Per { grain, phases: Vec::new(), take, need }, Stage { grain, ..stage }.flow()))
}

fn curve(stage: Stage, fields: &mut Fields<'_>, scope: &Scope<'_>, faults: &mut Faults) -> Option<(Block, Flow)> {
    let node = fields.required("curve", "[[\"3 m/s\", \"0 kW\"], [\"13 m/s\", \"2050 kW\"]]", faults)?;
    let outside_node = fields.required("outside", "\"0 kW\"", faults);
    let outside = outside_node.and_then(|node| scope.literal(node, "\"0 kW\"", faults))?;
    let unit = outside.quantity.unit;
    let mut points: Vec<(Fixed, Fixed)> = Vec::new();
    for pair in node.list("a list of pairs", faults)? {
        let [x, y] = pair.list("a pair", faults)? else {
            faults.push(Fault::new(&pair.place, "a point of a curve is a pair").hint("as in [\"3 m/s\", \"0 kW\"]"));
            return None;
        };
        let x = scope.in_unit(x, stage.unit, &Product::example_in(stage.unit), faults);
        let y = scope.in_unit(y, unit, &Product::example_in(unit), faults);
        let (x, y) = (x?.quantity.value, y?.quantity.value);
        if points.last().is_some_and(|(before, _)| *before >= x) {
            faults.push(
                Fault::new(&pair.place, "the points of a curve do not rise").hint("put them in order, none twice"),
            );
            return None;
        }
        points.push((x, y));
    }
    if points.len() < 2 {
        faults.push(Fault::new(&node.place, "a curve has at least two points").hint("add a point"));
        return None;
    }
    let step = fields.required("round", &format!("\"0.1 {unit}\""), faults);
    let mode = fields.required("mode", "\"half_up\"", faults);
    let round = scope.rounding(step?, mode?, unit, Places::Series, faults)?;
    let positive = outside.quantity.value >= Fixed::ZERO && points.iter().all(|(_, y)| *y >= Fixed::ZERO);
    let variable =
        if unit.dimension() == Variable::Power.own_unit().dimension() { Variable::Power } else { stage.variable };
    let block = Block::Curve { points, outside: outside.quantity.value, round };
    Some((block, Stage { variable, unit, positive, ..stage }.flow()))
}

fn reduce(flow: Flow, fields: &mut Fields<'_>, faults: &mut Faults) -> Option<(Block, Flow)> {
    let Flow::Slots { variable, unit, grain, slots, positive } = flow else { return None };
    let node = fields.required("reduce", "\"sum\"", faults)?;
    let word = node.text("a reducer such as \"sum\"", faults)?;
    let is_power = unit.dimension() == Variable::Power.own_unit().dimension() && variable == Variable::Power;
    let time = |symbol| Unit::from_symbol(symbol).expect("the table has the units of time");
    let number = |unit, to_round, rising, falling| Some(Flow::Number { unit, to_round, rising, falling });
    let (allowed, reducer, flow): (&[&str], _, _) = match slots {
        Slots::Flags => {
            let (unit, to_round) = match grain {
                Grain::Step(seconds) => (time("h"), (seconds < 3_600).then_some("a time counted in parts of an hour")),
                _ => (time("d"), None),
            };
            let reducer = [("count", Reducer::Count), ("longest_run", Reducer::LongestRun)];
            (&["count", "longest_run"], pick(word, &reducer), number(unit, to_round, true, false))
        }
        Slots::Runs => {
            let reducer = [("sum", Reducer::Sum), ("largest_run", Reducer::LargestRun)];
            (&["sum", "largest_run"], pick(word, &reducer), number(unit, None, positive, false))
        }
        Slots::Values => {
            let reducers = [
                ("sum", Reducer::Sum),
                ("mean", Reducer::Mean),
                ("max", Reducer::Max),
                ("min", Reducer::Min),
                ("energy", Reducer::Energy),
            ];
            let reducer = pick(word, &reducers).filter(|reducer| match reducer {
                Reducer::Energy => is_power,
                Reducer::Sum => !is_power,
                _ => true,
            });
            let flow = match reducer {
                Some(Reducer::Mean) => number(unit, Some("a mean"), false, false),
                Some(Reducer::Max) => number(unit, None, true, false),
                Some(Reducer::Min) => number(unit, None, false, true),
                Some(Reducer::Energy) => {
                    number(Unit::from_symbol("kWh").expect("the table has kWh"), Some("an energy"), positive, false)
                }
                _ => number(unit, None, positive, false),
            };
            let allowed: &[&str] =
                if is_power { &["energy", "mean", "max", "min"] } else { &["sum", "mean", "max", "min"] };
            (allowed, reducer, flow)
        }
    };
    let Some(reducer) = reducer else {
        let near = did_you_mean(word, allowed.iter().copied());
        let hint =
            near.map_or_else(|| format!("here: {}", allowed.join(", ")), |near| format!("did you mean `{near}`?"));
        faults.push(Fault::new(&node.place, format!("`{word}` does not reduce what flows here")).hint(hint));
        return None;
    };
    Some((Block::Reduce(reducer), flow?))
}

fn pick(word: &str, from: &[(&str, Reducer)]) -> Option<Reducer> {
    from.iter().find(|(name, _)| *name == word).map(|(_, reducer)| *reducer)
}

fn round(flow: Flow, fields: &mut Fields<'_>, scope: &Scope<'_>, faults: &mut Faults) -> Option<(Block, Flow)> {
    let unit = unit_of(flow);
    let step_node = fields.required("round", &format!("\"0.1 {unit}\""), faults);
    let mode_node = fields.required("mode", "\"half_up\"", faults);
    let written = scope.step_unit(step_node?, unit);
    let round = scope.rounding(step_node?, mode_node?, unit, Places::Number, faults)?;
    // The step's own unit is the unit of the index from here on: "0.1 MWh" makes megawatt-hours.
    let flow = match flow {
        Flow::Events { of, take, .. } => Flow::Events { unit: written, of, take },
        Flow::Number { rising, falling, .. } => Flow::Number { unit: written, to_round: None, rising, falling },
        other => other,
    };
    Some((Block::Round(round), flow))
}

fn interpolate(fields: &mut Fields<'_>, scope: &Scope<'_>, faults: &mut Faults) -> Option<(Block, Flow)> {
    let node = fields.required("interpolate", "\"30 min\"", faults);
    let step = node.and_then(|node| scope.seconds(node, "\"30 min\"", faults));
    let longest_gap =
        fields.required("longest_gap", "\"6 h\"", faults).and_then(|node| scope.seconds(node, "\"6 h\"", faults));
    let no_wind = fields.required("no_wind", "\"out\"", faults).and_then(|node| {
        match node.text("\"out\" or \"undetermined\"", faults)? {
            "out" => Some(WindRule::Out),
            "undetermined" => Some(WindRule::Undetermined),
            word => {
                let message = format!("`{word}` does not say what a fix without wind means");
                faults.push(
                    Fault::new(&node.place, message).hint("\"out\" (below the agency's scale) or \"undetermined\""),
                );
                None
            }
        }
    });
    if let (Some(node), Some(step)) = (node, step)
        && step < 60
    {
        faults.push(Fault::new(&node.place, "points lie at least a minute apart").hint("as in \"30 min\""));
        return None;
    }
    let block = Block::Interpolate { step: step?, longest_gap: longest_gap?, no_wind: no_wind? };
    Some((block, Flow::Track { interpolated: true, near: false }))
}

fn within(
    interpolated: bool,
    fields: &mut Fields<'_>,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<(Block, Flow)> {
    let node = fields.required("within", "\"100 km\"", faults)?;
    let of = fields.required("of", "\"site\"", faults)?;
    if of.text("\"site\"", faults)? != "site" {
        faults.push(Fault::new(&of.place, "a circle is around the policy's site").hint("write of = \"site\""));
        return None;
    }
    let symbols = ["latitude", "longitude"];
    for symbol in symbols.iter().filter(|name| scope.given.term(name).is_none()) {
        let fault = Fault::new(&of.place, format!("the book gives no {symbol} of the site"));
        faults.push(fault.hint("add latitude = \"deg\" and longitude = \"deg\" to [policy]"));
    }
    let km = PointValue::Distance.unit();
    let radius = scope.in_unit(node, km, "\"100 km\"", faults)?.quantity.value;
    must_be_interpolated(interpolated, node, faults)?;
    Some((Block::Within { radius, of: Target::Site }, Flow::Track { interpolated, near: true }))
}

fn must_be_interpolated(interpolated: bool, node: &Node, faults: &mut Faults) -> Option<()> {
    if interpolated {
        return Some(());
    }
    let fault = Fault::new(&node.place, "it is open what lies between two fixes");
    faults.push(fault.hint("put { interpolate = \"30 min\", longest_gap = \"6 h\", no_wind = \"out\" } before it"));
    None
}

fn inside(
    interpolated: bool,
    near: bool,
    fields: &mut Fields<'_>,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> Option<(Block, Flow)> {
    let node = fields.required("inside", "{ south = \"30 deg\", … }", faults)?;
    let mut edges = Fields::of(node, "the box", faults)?;
    let degree = Variable::StormLatitude.own_unit();
    let mut edge = |key| {
        let node = edges.required(key, "\"30 deg\"", faults)?;
        Some(scope.in_unit(node, degree, "\"30 deg\"", faults)?.quantity.value)
    };
    let (south, north, west, east) = (edge("south"), edge("north"), edge("west"), edge("east"));
    edges.finish(faults);
    let (south, north, west, east) = (south?, north?, west?, east?);
    if south >= north {
        faults.push(Fault::new(&node.place, "the box's south is not south of its north").hint("exchange them"));
        return None;
    }
    must_be_interpolated(interpolated, node, faults)?;
    Some((Block::Inside { south, north, west, east }, Flow::Track { interpolated, near }))
}

fn per_storm(near: bool, node: &Node, fields: &mut Fields<'_>, faults: &mut Faults) -> Option<(Block, Flow)> {
    let per = fields.required("per", "\"storm\"", faults)?;
    if per.text("\"storm\"", faults)? != "storm" {
        return wrong(
            per,
            "a track is taken for each storm",
            "{ per = \"storm\", take = \"max\", of = \"storm_wind\" }",
            faults,
        );
    }
    let take_node = fields.required("take", "\"max\"", faults)?;
    let take = match take_node.text("\"max\" or \"min\"", faults)? {
        "max" => FixTake::Max,
        "min" => FixTake::Min,
        _ => return wrong(take_node, "of a storm's points the max or the min is taken", "take = \"max\"", faults),
    };
    let of_node = fields.required("of", "\"storm_wind\"", faults)?;
    let Some(of) = PointValue::from_word(of_node.text("what is taken", faults)?) else {
        return wrong(
            of_node,
            "a storm's point has storm_wind, storm_pressure and distance",
            "of = \"storm_wind\"",
            faults,
        );
    };
    if of == PointValue::Distance && !near {
        return wrong(node, "no distance is known here", "{ within = \"100 km\", of = \"site\" }", faults);
    }
    Some((Block::PerStorm { take, of }, Flow::Events { unit: of.unit(), of, take }))
}

impl Pipeline {
    /// The sources that its `read` names, if it names any.
    pub fn sources(&self) -> &[SourceName] {
        match self.blocks.first().map(|block| &block.block) {
            Some(Block::Read { sources, .. } | Block::ReadTrack { sources }) => sources,
            _ => &[],
        }
    }
}
