//! Every block, its sentence in both languages.

use std::collections::BTreeSet;

use super::speech::{Speech, unit};
use super::*;
use crate::calendar::MonthDay;
use crate::contract::*;
use crate::quantity::{Exact, Fixed, Quantity, Rounding, Variable};

/// The word that begins a block. Its `match` keeps the table of this file complete.
fn verb(block: &Block) -> &'static str {
    match block {
        Block::Read { .. } => "read",
        Block::Report { .. } => "report",
        Block::Combine { .. } => "combine",
        Block::Members { .. } => "members",
        Block::Formula(_) => "formula",
        Block::Per { .. } => "per",
        Block::OnlyOn(_) => "only_on",
        Block::OnlyWhere { .. } => "only_where",
        Block::Substitute(_) => "substitute",
        Block::IgnoreBelow(_) => "ignore_below",
        Block::Cap(_) => "cap",
        Block::Floor(_) => "floor",
        Block::ExcessOver(_) => "excess_over",
        Block::ShortfallBelow(_) => "shortfall_below",
        Block::Minus(_) => "minus",
        Block::Times { .. } => "times",
        Block::PercentOf { .. } => "percent_of",
        Block::Weigh { .. } => "weigh",
        Block::Curve { .. } => "curve",
        Block::Lookup { .. } => "lookup",
        Block::Meets(_) => "meets",
        Block::InRuns { .. } => "in_runs",
        Block::Rolling { .. } => "rolling",
        Block::Reduce(_) => "reduce",
        Block::Round(_) => "round",
        Block::Compare { .. } => "compare",
        Block::PerEvent(_) => "per event",
        Block::ReadTrack { .. } => "read storm_track",
        Block::Interpolate { .. } => "interpolate",
        Block::Within { .. } => "within",
        Block::Inside { .. } => "inside",
        Block::InsidePolygon(_) => "inside polygon",
        Block::PerStorm { .. } => "per storm",
    }
}

const VERBS: usize = 33;

fn number(text: &str) -> (Fixed, crate::quantity::Unit) {
    let Quantity { value, unit } = Quantity::parse(text).expect(text);
    (value, unit)
}

fn fixed(text: &str) -> Fixed {
    Fixed::parse(text).expect(text)
}

fn exact(text: &str) -> Exact {
    fixed(text).into()
}

fn round(step: &str, mode: Rounding) -> Round {
    Round { step: exact(step), mode }
}

fn half_up(step: &str) -> Option<Round> {
    Some(round(step, Rounding::HalfUp))
}

fn at(block: Block, symbol: &str) -> BlockText {
    BlockText { block, text: String::new(), unit: unit(symbol) }
}

fn source(text: &str) -> SourceName {
    let (feed, station) = text.split_once('/').map_or((text, None), |(feed, station)| (feed, Some(station)));
    let place = crate::document::Place::File("p.toml".to_owned());
    SourceName { feed: feed.into(), station: station.map(str::to_owned), place }
}

fn read(variable: Variable, symbol: &str, grain: Grain) -> BlockText {
    at(Block::Read { variable, unit: unit(symbol), grain, sources: Vec::new(), agree_within: None }, symbol)
}

fn below(bound: &str) -> Comparison {
    Comparison { operator: Operator::Below, bound: fixed(bound) }
}

fn at_least(bound: &str) -> Comparison {
    Comparison { operator: Operator::AtLeast, bound: fixed(bound) }
}

/// Blocks that flow into the one that is told, and that one last.
fn rows() -> Vec<Vec<BlockText>> {
    let rain = || read(Variable::Precipitation, "mm", Grain::Day);
    let hours = || read(Variable::AirTemperature, "degC", Grain::Step(3_600));
    let power = || read(Variable::Power, "kW", Grain::Step(600));
    let months = || at(per(Grain::Month, Take::Sum, "1"), "mm");
    let phases = || {
        let phase = |id: &str, from: &str, to: &str| Phase {
            id: id.to_owned(),
            from: MonthDay::parse(from).expect(from),
            to: MonthDay::parse(to).expect(to),
        };
        vec![phase("sowing", "04-01", "05-15"), phase("growth", "05-16", "07-31")]
    };
    let wet = || at(Block::Meets(vec![at_least("10")]), "mm");
    let runs = || at(Block::InRuns { comparison: at_least("40"), at_least: 3 }, "mm");
    let total = || at(Block::Reduce(Reducer::Sum), "mm");
    let mut rows = vec![
        vec![at(
            Block::Read {
                variable: Variable::Precipitation,
                unit: unit("inch"),
                grain: Grain::Step(600),
                sources: vec![source("asos/JFK"), source("asos/{station}")],
                agree_within: Some(fixed("0.1")),
            },
            "inch",
        )],
        vec![report(NoReport::Nothing)],
        vec![report(NoReport::Undetermined)],
    ];
    for how in
        [Combine::Mean, Combine::Sum, Combine::Difference, Combine::Product, Combine::Ratio, Combine::Max, Combine::Min]
    {
        let round =
            if matches!(how, Combine::Mean | Combine::Product | Combine::Ratio) { half_up("0.01") } else { None };
        let branches = vec![vec![hours()], vec![hours(), at(Block::Cap(fixed("40")), "degC")]];
        rows.push(vec![at(Block::Combine { how, branches, factor: Exact::from(1), round }, "degC")]);
    }
    let numbers = vec![vec![rain(), total()], vec![rain(), total()]];
    let ratio = Block::Combine { how: Combine::Ratio, branches: numbers, factor: Exact::from(1), round: None };
    rows.push(vec![at(ratio, "1")]);
    for take in [MemberTake::Mean, MemberTake::Sum, MemberTake::Max, MemberTake::Min, MemberTake::Share] {
        rows.push(vec![members(take, &[])]);
    }
    rows.push(vec![members(MemberTake::Mean, &["0.6", "0.4"])]);
    rows.push(vec![members(MemberTake::Share, &["0.6", "0.4"])]);
    rows.extend(FORMULAS.iter().map(|row| vec![formula(row, half_up("0.001"))]));
    rows.push(vec![formula(&FORMULAS[0], None)]);
    rows.extend([
        vec![hours(), at(per(Grain::Day, Take::Max, "0.9"), "degC")],
        vec![hours(), at(per(Grain::Day, Take::Mean(round("0.1", Rounding::HalfEven)), "1"), "degC")],
        vec![rain(), at(per(Grain::Dekad, Take::Min, "0.8"), "mm")],
        vec![
            rain(),
            at(Block::Per { grain: Grain::Phase, phases: phases(), take: Take::Sum, need: exact("0.9") }, "mm"),
        ],
        vec![
            rain(),
            at(Block::OnlyOn(vec!["2021-10-06".parse().expect("a date"), "2021-10-07".parse().expect("a date")]), "mm"),
        ],
        vec![rain(), at(Block::OnlyWhere { branch: vec![rain(), wet()], before: 43_200, after: 86_400 }, "mm")],
        vec![
            rain(),
            at(
                Block::OnlyWhere {
                    branch: vec![at(Block::ReadTrack { sources: Vec::new() }, "kt")],
                    before: 43_200,
                    after: 0,
                },
                "mm",
            ),
        ],
        vec![rain(), at(Block::Substitute(fixed("0.5")), "mm")],
        vec![rain(), at(Block::IgnoreBelow(fixed("2")), "mm")],
        vec![rain(), at(Block::Cap(fixed("60")), "mm")],
        vec![rain(), total(), at(Block::Cap(fixed("600")), "mm")],
        vec![power(), at(Block::Floor(fixed("0")), "kW")],
        vec![hours(), at(Block::ExcessOver(fixed("35")), "degC")],
        vec![hours(), at(Block::ShortfallBelow(fixed("18")), "degC")],
        vec![hours(), at(Block::Minus(Labelled::Same(fixed("18"))), "degC")],
        vec![rain(), months(), at(Block::Minus(Labelled::Months(april_and_may("45", "60"))), "mm")],
        vec![rain(), at(Block::Times { factor: exact("0.85"), round: half_up("0.01") }, "mm")],
        vec![rain(), total(), at(Block::Times { factor: exact("0.1"), round: None }, "kg")],
        vec![
            rain(),
            months(),
            at(Block::PercentOf { normal: Labelled::Same(fixed("45")), round: half_up("0.1") }, "%"),
        ],
        vec![
            rain(),
            at(per(Grain::Dekad, Take::Sum, "1"), "mm"),
            at(Block::PercentOf { normal: Labelled::Dekads(dekads()), round: half_up("0.1") }, "%"),
        ],
        vec![
            rain(),
            at(Block::Per { grain: Grain::Phase, phases: phases(), take: Take::Sum, need: exact("0.9") }, "mm"),
            at(
                Block::Weigh {
                    weights: Labelled::Phases(vec![fixed("0.3"), fixed("0.7")]),
                    round: round("0.1", Rounding::HalfUp),
                },
                "mm",
            ),
        ],
        vec![
            read(Variable::WindSpeed, "m/s", Grain::Step(600)),
            at(
                Block::Curve {
                    points: vec![(fixed("3"), fixed("0")), (fixed("13"), fixed("2050"))],
                    outside: fixed("0"),
                    round: round("0.1", Rounding::HalfUp),
                },
                "kW",
            ),
        ],
    ]);
    for closed in [Closed::Below, Closed::Above] {
        let step = |to: Option<&str>, is: &str| LookupStep { to: to.map(fixed), is: fixed(is) };
        let steps = vec![step(Some("5"), "0"), step(Some("10"), "0.5"), step(None, "1")];
        rows.push(vec![hours(), at(Block::Lookup { closed, steps }, "1")]);
    }
    rows.extend([
        vec![hours(), at(Block::Meets(vec![below("10")]), "degC")],
        vec![rain(), at(Block::Meets(vec![at_least("10"), below("30")]), "mm")],
        vec![rain(), runs()],
        vec![read(Variable::Precipitation, "mm", Grain::Step(3_600)), at(rolling(48, 1, false), "mm")],
        vec![rain(), at(rolling(10, 10, true), "mm")],
        vec![rain(), months(), at(rolling(3, 1, false), "mm")],
    ]);
    let of_values = [
        (Reducer::Sum, "mm"),
        (Reducer::Mean, "mm"),
        (Reducer::Max, "mm"),
        (Reducer::Min, "mm"),
        (Reducer::Latest, "mm"),
        (Reducer::Energy, "kWh"),
    ];
    rows.extend(of_values.map(|(reducer, unit)| vec![rain(), at(Block::Reduce(reducer), unit)]));
    rows.extend(
        QuantileMethod::ALL
            .map(|(_, method)| vec![rain(), at(Block::Reduce(Reducer::Quantile { at: exact("0.9"), method }), "mm")]),
    );
    let count = |from_window| DayCount { from_window, never: Fixed::ZERO };
    let of_flags = [
        (Reducer::Count, "d"),
        (Reducer::Share, "%"),
        (Reducer::LongestRun, "d"),
        (Reducer::Events(5), "1"),
        (Reducer::First(count(true)), "d"),
        (Reducer::Last(count(false)), "d"),
    ];
    rows.extend(of_flags.map(|(reducer, symbol)| vec![rain(), wet(), at(Block::Reduce(reducer), symbol)]));
    let of_runs = [
        (Reducer::Sum, "mm"),
        (Reducer::LargestRun, "mm"),
        (Reducer::Runs(0), "1"),
        (Reducer::Runs(2), "1"),
        (Reducer::RunLength, "d"),
        (Reducer::LongestRun, "d"),
        (Reducer::Max, "mm"),
        (Reducer::Min, "mm"),
    ];
    rows.extend(of_runs.map(|(reducer, unit)| vec![rain(), runs(), at(Block::Reduce(reducer), unit)]));
    for mode in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up] {
        rows.push(vec![rain(), total(), at(Block::Round(round("0.1", mode)), "mm")]);
    }
    rows.push(vec![
        power(),
        at(Block::Reduce(Reducer::Energy), "kWh"),
        at(Block::Round(round("100", Rounding::HalfUp)), "MWh"),
    ]);
    rows.push(vec![rain(), at(Block::Round(round("0.1", Rounding::HalfUp)), "mm")]);
    for compare in [
        Compare::PercentOfMean,
        Compare::Mean,
        Compare::Anomaly,
        Compare::ZScoreSample,
        Compare::ZScorePopulation,
        Compare::Spi,
        Compare::Spei,
        Compare::Percentile,
    ] {
        let baseline = Baseline { first: 1981, last: 2010, need: 25, sources: Vec::new() };
        rows.push(vec![
            rain(),
            total(),
            at(Block::Compare { compare, baseline, round: round("0.01", Rounding::HalfUp) }, "1"),
        ]);
    }
    for take in [RunTake::Sum, RunTake::Max, RunTake::Min, RunTake::Length] {
        rows.push(vec![rain(), runs(), at(Block::PerEvent(EventTake::Run(take)), "mm")]);
    }
    rows.push(vec![rain(), at(Block::PerEvent(EventTake::Slot), "mm")]);
    rows.extend(storms());
    rows
}

fn report(none: NoReport) -> BlockText {
    at(
        Block::Report { variable: Variable::Power, unit: unit("kW"), sources: Vec::new(), none, told_within: None },
        "kW",
    )
}

fn per(grain: Grain, take: Take, need: &str) -> Block {
    Block::Per { grain, phases: Vec::new(), take, need: exact(need) }
}

fn rolling(slots: usize, step: usize, reach_before: bool) -> Block {
    Block::Rolling { slots, take: Take::Sum, step, reach_before }
}

fn april_and_may(april: &str, may: &str) -> [Option<Fixed>; 12] {
    let mut months = [None; 12];
    (months[3], months[4]) = (Some(fixed(april)), Some(fixed(may)));
    months
}

fn dekads() -> [Option<Fixed>; 36] {
    let mut dekads = [None; 36];
    (dekads[9], dekads[10], dekads[11]) = (Some(fixed("10")), Some(fixed("11")), Some(fixed("12.5")));
    dekads
}

fn members(take: MemberTake, weights: &[&str]) -> BlockText {
    let mut branch = vec![read(Variable::Precipitation, "mm", Grain::Day)];
    if take == MemberTake::Share {
        branch.push(at(Block::Meets(vec![below("2.5")]), "mm"));
    }
    let members = vec![source("cells/a"), source("cells/b")];
    let round = if matches!(take, MemberTake::Mean | MemberTake::Share) { half_up("0.01") } else { None };
    let weights = weights.iter().map(|weight| exact(weight)).collect();
    let symbol = if take == MemberTake::Share { "%" } else { "mm" };
    at(Block::Members { members, take, branch, need: exact("0.8"), weights, round }, symbol)
}

fn formula(row: &FormulaRow, round: Option<Round>) -> BlockText {
    let inputs = row.inputs.iter().map(|slot| vec![read(Variable::Precipitation, slot.unit, Grain::Day)]).collect();
    let points = [("3", "0"), ("13", "2050")].map(|(x, y)| (fixed(x), fixed(y)));
    let block = FormulaBlock {
        formula: row.formula,
        inputs,
        parameters: row.parameters.iter().map(|_| fixed("10")).collect(),
        curve: row.curve.map_or_else(Vec::new, |_| points.to_vec()),
        round,
    };
    at(Block::Formula(block), row.result)
}

fn storms() -> Vec<Vec<BlockText>> {
    let track = || at(Block::ReadTrack { sources: Vec::new() }, "kt");
    let corners = || vec![(fixed("30"), fixed("121")), (fixed("-31.5"), fixed("-122.25"))];
    let mut rows = vec![vec![track()]];
    for no_wind in [WindRule::Out, WindRule::Undetermined] {
        rows.push(vec![track(), at(Block::Interpolate { step: 1_800, longest_gap: 21_600, no_wind }, "kt")]);
    }
    for of in [Target::Site, Target::Polygon(corners()), Target::Line(corners())] {
        rows.push(vec![track(), at(Block::Within { radius: number("100 km").0, of }, "kt")]);
    }
    let edges = Block::Inside { south: fixed("-1"), north: fixed("31.5"), west: fixed("170"), east: fixed("-170") };
    rows.push(vec![track(), at(edges, "kt")]);
    rows.push(vec![track(), at(Block::InsidePolygon(corners()), "kt")]);
    for (take, of) in
        [(FixTake::Max, PointValue::Wind), (FixTake::Min, PointValue::Pressure), (FixTake::Min, PointValue::Distance)]
    {
        rows.push(vec![track(), at(Block::PerStorm { take, of }, of.unit().symbol())]);
    }
    rows
}

/// The last block of a row in one language; the series in it only by their number.
fn told(language: Language, row: &[BlockText], product: &Product) -> String {
    let marks = Marks::default();
    let speech = Speech { language, product, marks: &marks };
    let mut sentences = block::sentences(&speech, row);
    let last = sentences.pop().expect("a row has a block");
    let titles = last
        .parts
        .iter()
        .enumerate()
        .map(|(place, part)| format!("\n  {}: {} [{}]", sentence::letter(place), part.title, part.sentences.len()));
    last.text + &titles.collect::<String>()
}

#[test]
fn every_block_has_a_sentence_in_both_languages() {
    let source = Source::new("p.toml", include_str!("../../config/products/hot-days.toml"));
    let (product, _) = Marks::read(&source).expect("a product");
    let mut verbs = BTreeSet::new();
    let mut table = String::new();
    for row in rows() {
        let verb = verb(&row.last().expect("a row has a block").block);
        verbs.insert(verb);
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| told(language, &row, &product));
        assert!(english.ends_with(['.', ']']) && !english.contains(['，', '。']), "{english}");
        assert!(chinese.ends_with(['。', ']']) && !chinese.contains(". "), "{chinese}");
        table += &format!("{verb}\n{english}\n{chinese}\n\n");
    }
    assert_eq!(verbs.len(), VERBS, "a block is in no row");
    insta::assert_snapshot!("blocks", table);
}
