//! Reading blocks one behind the other.

use crate::document::{Fault, Faults, Node, Value, did_you_mean};

use super::super::block::{Block, BlockText};
use super::super::blocks::{BlockRow, VERBS, verb_of};
use super::super::literal::Scope;
use super::flow::{Flow, Number, Series, Slots};
use super::keys::Keys;
use super::{combine, compare, curve, events, formula, members, only, per, pointwise, reduce, round, sources, stretch};
use super::{source_text, tracks};

/// How deep branches may stand inside one another.
const DEEPEST: u8 = 8;

/// Where in an index blocks are read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'s> {
    /// What literals may refer to.
    pub scope: &'s Scope<'s>,
    /// Branches around it.
    pub depth: u8,
    /// Whether it is inside of a branch for several members, which name its sources.
    pub of_member: bool,
    /// Whether a single block is read of which another formula is computed.
    pub of_formula: bool,
}

/// What came of a block: what flows behind it may be known where its numbers are not.
pub(super) struct Outcome {
    pub block: Option<Block>,
    pub flow: Option<Flow>,
}

impl Outcome {
    /// Nothing is known of what flows behind it.
    pub const LOST: Self = Self { block: None, flow: None };

    pub fn series(block: Option<Block>, series: Series) -> Self {
        Self { block, flow: Some(Flow::Series(series)) }
    }

    pub fn number(block: Option<Block>, number: Number) -> Self {
        Self { block, flow: Some(Flow::Number(number)) }
    }

    /// The block with its flow, or neither.
    pub fn whole(read: Option<(Block, Flow)>) -> Self {
        let (block, flow) = read.unzip();
        Self { block, flow }
    }
}

/// Blocks that were read, and what flows out of the last. No blocks where one of them could not be read.
pub(super) struct Blocks {
    pub blocks: Option<Vec<BlockText>>,
    pub flow: Option<Flow>,
}

impl<'s> Reader<'s> {
    /// The reader of an index.
    pub fn new(scope: &'s Scope<'s>) -> Self {
        Self { scope, depth: 0, of_member: false, of_formula: false }
    }

    /// The reader of a branch that stands at `node`.
    pub fn inside(self, node: &Node, faults: &mut Faults) -> Option<Self> {
        if self.depth == DEEPEST {
            let fault = Fault::new(&node.place, format!("branches stand {DEEPEST} deep at most"));
            faults.push(fault.hint("make the index simpler"));
            return None;
        }
        Some(Self { depth: self.depth + 1, of_formula: false, ..self })
    }

    /// Reads a list of blocks from its source on.
    pub fn blocks(self, nodes: &[Node], faults: &mut Faults) -> Blocks {
        let (mut blocks, mut flow): (Option<Vec<_>>, Option<Flow>) = (Some(Vec::new()), None);
        for (at, node) in nodes.iter().enumerate() {
            if at > 0 && flow.is_none() {
                // What flows here is not known, so little can be said of the rest; a misspelt word is one all the same.
                row_of(node, faults);
                continue;
            }
            let outcome = self.block(node, flow, faults);
            blocks = blocks.zip(outcome.block.zip(outcome.flow.as_ref())).map(|(mut blocks, (block, flow))| {
                blocks.push(BlockText { block, text: source_text(&node.place), unit: flow.unit() });
                blocks
            });
            flow = outcome.flow;
        }
        Blocks { blocks: blocks.filter(|_| flow.is_some()), flow }
    }

    fn block(self, node: &Node, flow: Option<Flow>, faults: &mut Faults) -> Outcome {
        let Some(row) = row_of(node, faults) else { return Outcome::LOST };
        let Some(mut keys) = Keys::of(node, "the block", self, faults) else { return Outcome::LOST };
        let outcome = match flow {
            None if row.is_source() => Some(first(row.word, &mut keys)),
            Some(flow) if !row.is_source() => follow(row.word, &flow, &mut keys),
            None => {
                let message = "an index begins with `read` or another block that reads";
                return wrong(&mut keys, message.to_owned(), VERBS[0].example);
            }
            Some(_) => {
                let message = format!("`{}` stands at the beginning of an index only", row.word);
                return wrong(&mut keys, message, row.example);
            }
        };
        let outcome = outcome.unwrap_or(Outcome::LOST);
        // Where reading stopped half-way, not every key was asked for.
        if outcome.flow.is_some() {
            keys.finish();
        }
        outcome
    }
}

fn wrong(keys: &mut Keys<'_, '_>, message: String, example: &str) -> Outcome {
    let place = keys.node.place.clone();
    let _: Option<()> = keys.wrong(&place, message, format!("as in {example}"));
    Outcome::LOST
}

/// The row of the word that begins a block, or a fault.
fn row_of(node: &Node, faults: &mut Faults) -> Option<&'static BlockRow> {
    let entries = node.table("a block such as { reduce = \"sum\" }", faults)?;
    let keys: Vec<&str> = entries.iter().map(|(key, _)| key.name.as_str()).collect();
    let row = verb_of(&keys);
    if row.is_none() {
        let word = keys.first().copied().unwrap_or_default();
        let names = || VERBS.iter().map(|row| row.word).collect::<Vec<_>>().join(", ");
        let near = did_you_mean(word, VERBS.iter().map(|row| row.word));
        let hint = near.map_or_else(|| format!("blocks are: {}", names()), |near| format!("did you mean `{near}`?"));
        faults.push(Fault::new(&node.place, format!("`{word}` is no block")).hint(hint));
    }
    row
}

/// A block that reads.
fn first(word: &str, keys: &mut Keys<'_, '_>) -> Outcome {
    match word {
        "read" => sources::read(keys),
        "report" => sources::report(keys),
        "combine" => combine::combine(keys),
        "members" => members::members(keys),
        _ => formula::formula(keys),
    }
}

/// Every block behind the first; `None` where it cannot stand here, which is told.
fn follow(word: &str, flow: &Flow, keys: &mut Keys<'_, '_>) -> Option<Outcome> {
    let outcome = match flow {
        Flow::Series(series) => behind_series(word, series, keys),
        Flow::Number(number) => match word {
            "round" => Some(round::of_number(*number, keys)),
            "compare" => Some(compare::compare(*number, keys)),
            _ => pointwise::of_number(word, *number, keys),
        },
        Flow::Events(events) => (word == "round").then(|| round::of_events(*events, keys)),
        Flow::Track(track) => tracks::track_block(word, *track, keys),
    };
    if outcome.is_none() {
        let example = VERBS.iter().find(|row| row.word == word).map_or("", |row| row.example);
        wrong(keys, format!("`{word}` cannot stand here: {}", flow.described()), example);
    }
    outcome
}

fn behind_series(word: &str, series: &Series, keys: &mut Keys<'_, '_>) -> Option<Outcome> {
    match (word, series.slots) {
        ("reduce", _) => Some(reduce::reduce(series, keys)),
        ("per", Slots::Values | Slots::Runs) => per_word(series, keys),
        ("only_on", Slots::Values | Slots::Flags) => Some(only::only_on(series, keys)),
        ("only_where", Slots::Values | Slots::Flags) => Some(only::only_where(series, keys)),
        ("substitute", Slots::Values) => Some(pointwise::substitute(series, keys)),
        ("meets", Slots::Values) => Some(stretch::meets(series, keys)),
        ("in_runs", Slots::Values) => Some(stretch::in_runs(series, keys)),
        ("rolling", Slots::Values) => Some(stretch::rolling(series, keys)),
        ("round", Slots::Values | Slots::Runs) => Some(round::of_series(series, keys)),
        ("weigh", Slots::Values | Slots::Runs) => Some(pointwise::weigh(series, keys)),
        ("curve" | "lookup", Slots::Values | Slots::Runs) => Some(curve::of_series(word, series, keys)),
        (_, Slots::Values | Slots::Runs) => pointwise::of_series(word, series, keys),
        _ => None,
    }
}

/// `per` makes larger slots, or events.
fn per_word(series: &Series, keys: &mut Keys<'_, '_>) -> Option<Outcome> {
    let node = keys.optional("per")?;
    let word = if let Value::Text(text) = &node.value { text.as_str() } else { "" };
    match (word, series.slots) {
        ("run", Slots::Runs) => Some(events::per_run(series, keys)),
        ("value", Slots::Values) => Some(events::per_value(series, keys)),
        ("run" | "value" | "storm", _) | (_, Slots::Runs) => {
            let (message, hint) = match word {
                "run" => ("there are no runs here", "put { in_runs = \">= 40 mm\", at_least = \"3 d\" } before it"),
                "storm" => ("there are no storms here", "begin with { read = \"storm_track\" }"),
                _ => ("of runs each run is one event", "write { per = \"run\", take = \"sum\" }"),
            };
            let _: Option<()> = keys.wrong(&node.place, message, hint);
            Some(Outcome::LOST)
        }
        _ => Some(per::per(series, keys)),
    }
}
