//! Tables of spellings: what is read, and what is refused, where, and with which mend.

mod bad_blocks;
mod bad_sources;
mod drifts;
mod good_series;
mod good_sources;
mod numbers;
mod periods;
mod tracks;

use std::collections::BTreeMap;

use super::flow::Flow;
use super::reader::{Blocks, Reader};
use super::*;
use crate::contract::Given;
use crate::contract::block::Block;
use crate::contract::reduce::Round;
use crate::document::{Source, Value};
use crate::quantity::{Exact, Fixed, Rounding};

const RAIN: &str = r#"{ read = "precipitation", every = "1 d" }"#;
const HOURLY: &str = r#"{ read = "precipitation", every = "1 h" }"#;
const HEAT: &str = r#"{ read = "air_temperature_max", every = "1 d" }"#;
const WIND: &str = r#"{ read = "wind_speed", every = "10 min" }"#;
const POWER: &str = r#"{ read = "power", every = "1 h" }"#;
const YIELD: &str = r#"{ report = "yield", none = "nothing" }"#;
const STORMS: &str = r#"{ read = "storm_track" }, { interpolate = "30 min", longest_gap = "6 h", no_wind = "out" }"#;
const WET: &str = r#"{ read = "precipitation", every = "1 d" }, { meets = ">= 10 mm" }"#;
const WET_RUNS: &str = r#"{ read = "precipitation", every = "1 d" }, { in_runs = ">= 10 mm", at_least = "3 d" }"#;
const MONTHLY: &str = r#"{ read = "precipitation", every = "1 d" }, { per = "month", take = "sum", need = "90 %" }"#;
const DEKADS: &str = r#"{ read = "precipitation", every = "1 d" }, { per = "dekad", take = "sum", need = "90 %" }"#;
const PHASES: &str = r#"{ read = "precipitation", every = "1 d" }, { per = "phase", phases = [ { id = "sowing", from = "04-01", to = "05-15" }, { id = "growing", from = "05-16", to = "07-31" } ], take = "sum", need = "90 %" }"#;
const SUM: &str = r#"{ read = "precipitation", every = "1 d" }, { reduce = "sum" }"#;

fn unit(symbol: &str) -> Unit {
    Unit::from_symbol(symbol).expect(symbol)
}

fn fixed(number: &str) -> Fixed {
    Fixed::parse(number).expect(number)
}

fn exact(number: &str) -> Exact {
    Exact::from(fixed(number))
}

fn half_up(step: &str) -> Round {
    Round { step: exact(step), mode: Rounding::HalfUp }
}

/// What the book gives in these tests.
fn given(site: bool) -> Given {
    let columns = [("threshold", "degC"), ("rain", "mm"), ("days", "d"), ("share", "%"), ("height", "m")];
    let site = [("latitude", "deg"), ("longitude", "deg")].into_iter().filter(|_| site);
    let units = columns.into_iter().chain(site).map(|(name, symbol)| (name.to_owned(), unit(symbol)));
    Given::columns(units.collect::<BTreeMap<_, _>>())
}

/// `index = [ … ]` as a node.
fn parse(index: &str, faults: &mut Faults) -> Node {
    let source = Source::new("p.toml", format!("index = [ {index} ]\n"));
    let root = Node::parse(&source, faults);
    assert!(faults.is_empty(), "{}", faults.render(false));
    let Value::Table(entries) = root.value else { panic!("a table") };
    entries.into_iter().next().expect("one key").1
}

/// Blocks and the flow behind them; no fault.
fn blocks(index: &str) -> (Vec<BlockText>, Flow) {
    let (given, mut faults) = (given(true), Faults::new());
    let node = parse(index, &mut faults);
    let scope = Scope { currency: None, given: &given };
    let nodes = node.list("blocks", &mut faults).expect("a list");
    let Blocks { blocks, flow } = Reader::new(&scope).blocks(nodes, &mut faults);
    assert!(faults.is_empty(), "{index}\n{}", faults.render(false));
    (blocks.expect("no fault, so blocks"), flow.expect("no fault, so a flow"))
}

/// The last block and the unit behind it.
fn last(index: &str) -> (Block, Unit) {
    let (blocks, _) = blocks(index);
    let last = blocks.into_iter().next_back().expect("a block");
    (last.block, last.unit)
}

/// A whole index; no fault.
fn index(text: &str) -> Pipeline {
    let (given, mut faults) = (given(true), Faults::new());
    let node = parse(text, &mut faults);
    let pipeline = read_index(&node, &Scope { currency: None, given: &given }, &mut faults);
    assert!(faults.is_empty(), "{text}\n{}", faults.render(false));
    pipeline.expect("no fault, so an index")
}

/// All faults of an index.
fn faults_of(text: &str, site: bool) -> Faults {
    let (given, mut faults) = (given(site), Faults::new());
    let node = parse(text, &mut faults);
    let read = read_index(&node, &Scope { currency: None, given: &given }, &mut faults);
    assert_eq!(read.is_none(), !faults.is_empty(), "{text}: an index or faults");
    faults
}

/// All faults of blocks that need not be a whole index.
fn faults_of_blocks(text: &str) -> Faults {
    let (given, mut faults) = (given(true), Faults::new());
    let node = parse(text, &mut faults);
    let scope = Scope { currency: None, given: &given };
    let nodes = node.list("blocks", &mut faults).expect("a list");
    Reader::new(&scope).blocks(nodes, &mut faults);
    faults
}

/// One fault, where « stands.
fn refuses(marked: &str, says: &str, help: &str) {
    let faults = faults_of_blocks(&marked.replace('«', ""));
    let column = marked.split('«').next().expect("split gives one").chars().count() + "index = [ ".len() + 1;
    let report = faults.render(false);
    assert!(marked.contains('«'), "no « in {marked}");
    assert_eq!(faults.len(), 1, "{marked}\n{report}");
    let fault = faults.iter().next().expect("there is one");
    assert_eq!(fault.position(), format!("p.toml:1:{column}"), "{marked}\n{report}");
    assert!(fault.message().contains(says), "{marked}\nwanted: {says}\n{report}");
    assert!(report.contains(help), "{marked}\nwanted: {help}\n{report}");
}
