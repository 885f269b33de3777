//! One index up to several instants: what begins it is computed once and cut.

use crate::contract::{Block, BlockText, Fallback, Pipeline};

use super::evaluate::{Index, Run, evaluate};
use super::flow::{Flow, Value};
use super::frame::{Frame, Frames, Inputs};
use super::slots::Slots;
use super::trace::Trace;
use super::undetermined::Undetermined;
use super::years::Baselines;

/// What [`evaluate`] gives for each of several ends of the looking, seconds since 1970, none behind that of the inputs.
pub fn evaluate_each(
    pipeline: &Pipeline,
    inputs: &Inputs<'_>,
    untils: &[i64],
    baselines: &mut Baselines,
) -> Vec<Result<Index, Undetermined>> {
    let shared = Shared::of(pipeline, inputs, baselines);
    let one = |until: &i64| {
        let inputs = Inputs { until: *until, ..*inputs };
        let mut trace = Trace::off();
        let Some(Shared { source, place, flow }) = &shared else {
            return evaluate(pipeline, &inputs, baselines, &mut trace).index;
        };
        let Flow { slots, unit, holds, nothing_is_zero } = flow;
        let (unit, holds, nothing_is_zero) = (*unit, *holds, *nothing_is_zero);
        let flow = Flow { slots: cut(slots, *until), unit, holds, nothing_is_zero };
        let mut run = Run::new(baselines, &mut trace);
        run.behind(&pipeline.blocks, (*place, flow), &cut(source, *until), &Frame::new(&inputs)).map(Index::of)
    };
    untils.iter().map(one).collect()
}

/// What is up to an earlier end just a part of what it is up to the last one.
struct Shared {
    /// The series of the first block.
    source: Slots,
    /// The last block up to which that holds.
    place: usize,
    /// The series behind it.
    flow: Flow,
}

impl Shared {
    /// None where not even the first block is such a one.
    fn of(pipeline: &Pipeline, inputs: &Inputs<'_>, baselines: &mut Baselines) -> Option<Self> {
        let blocks = &pipeline.blocks;
        // With one source for the whole window it hangs on the window which serves.
        let by_window = inputs.policy.product.data.fallback == Fallback::Window;
        if by_window || !is_cut_alike(blocks.first()?) {
            return None;
        }
        let (mut trace, frame) = (Trace::off(), Frame::new(inputs));
        let frames = Frames::new(frame, blocks);
        let mut run = Run::new(baselines, &mut trace);
        // What is too large may come behind an earlier end.
        let Ok(Value::Series(first)) = run.source(&blocks[0], frames.at(0)) else { return None };
        let (source, mut flow, mut place) = (first.slots.clone(), first, 0);
        let alike = |block: &BlockText| is_cut_alike(block) && !matches!(block.block, Block::Read { .. });
        while blocks.get(place + 1).is_some_and(alike) {
            match run.on_series(&blocks[place + 1], flow.clone(), frames.at(place + 1)) {
                Ok(Value::Series(next)) => flow = next,
                _ => break,
            }
            place += 1;
        }
        Some(Self { source, place, flow })
    }
}

/// Whether a block gives for a part of the time that part of what it gives for the whole.
fn is_cut_alike(text: &BlockText) -> bool {
    match &text.block {
        made @ (Block::Combine { .. } | Block::Formula(_) | Block::Members { .. }) => {
            made.flows_into().into_iter().flatten().all(is_cut_alike)
        }
        Block::Read { .. }
        | Block::Substitute(_)
        | Block::IgnoreBelow(_)
        | Block::Cap(_)
        | Block::Floor(_)
        | Block::ExcessOver(_)
        | Block::ShortfallBelow(_)
        | Block::Times { .. }
        | Block::Curve { .. }
        | Block::Lookup { .. }
        | Block::Meets(_)
        | Block::Round(_) => true,
        _ => false,
    }
}

/// The slots that are over by an instant.
fn cut(slots: &Slots, until: i64) -> Slots {
    let over = slots.bounds.over_by(until);
    Slots { bounds: slots.bounds.front(over), values: slots.values[..over].to_vec() }
}

#[cfg(test)]
mod tests {
    use super::super::world::{World, at, block, fixed, in_unit, per, rain, rain_of, ratio, unit};
    use super::*;
    use crate::contract::{Combine, Comparison, Grain, IndexKind, MemberTake, Operator, Reducer, Take};
    use crate::quantity::Variable;

    #[test]
    fn each_end_gives_what_it_gives_alone() {
        let hours = |grain| {
            let (variable, unit) = (Variable::Precipitation, unit("mm"));
            block(Block::Read { variable, unit, grain, sources: Vec::new(), agree_within: None })
        };
        let sum = || block(Block::Reduce(Reducer::Sum));
        let wet = Comparison { operator: Operator::AtLeast, bound: fixed("3") };
        let both = Block::Combine {
            how: Combine::Sum,
            branches: vec![vec![rain_of(&["feed/a"])], vec![rain_of(&["feed/b"]), block(Block::Cap(fixed("5")))]],
            factor: crate::quantity::Exact::from(1),
            round: None,
        };
        let members = Block::Members {
            members: vec![super::super::world::source("feed/a"), super::super::world::source("feed/b")],
            take: MemberTake::Max,
            branch: vec![rain()],
            need: ratio(1, 2),
            weights: Vec::new(),
            round: None,
        };
        let rolling = Block::Rolling { slots: 3, take: Take::Sum, step: 1, reach_before: true };
        for fallback in ["reading", "window"] {
            let mut world = World::new(fallback, "2024-03-28", "2024-04-12");
            world.rain("feed/a", "2024-03-26", "9 9 1 2 . 4 5 0 7 8 . . 0 3 3 3 3 1");
            world.rain("feed/b", "2024-03-28", "10 20 30 40 . 60 70");
            world.steps("feed/a", Variable::Precipitation, "2024-03-28T00:00:00Z", 6, &"1 2 . 4 ".repeat(16));
            for (blocks, why) in [
                (vec![rain(), sum()], "a sum"),
                (vec![rain(), block(Block::InRuns { comparison: wet, at_least: 3 }), sum()], "runs"),
                (vec![rain(), per(Grain::Dekad), sum()], "dekads"),
                (vec![rain(), block(rolling.clone()), sum()], "from before the period on"),
                (vec![hours(Grain::Step(21_600)), per(Grain::Day), sum()], "hours"),
                (
                    vec![rain(), block(Block::Substitute(fixed("2"))), block(Block::Cap(fixed("4"))), sum()],
                    "value by value",
                ),
                (vec![rain(), block(Block::Cap(fixed("4"))), per(Grain::Dekad), sum()], "in front of the rule"),
                (vec![block(both.clone()), sum()], "two series"),
                (vec![block(members.clone()), sum()], "members"),
                (
                    vec![rain(), block(Block::Meets(vec![wet])), in_unit(Block::Reduce(Reducer::LongestRun), "d")],
                    "a run",
                ),
            ] {
                let last = blocks.last().expect("a block").unit;
                let pipeline =
                    Pipeline { blocks, kind: IndexKind::Number { unit: last, rising: false, falling: false } };
                let inputs = world.inputs();
                let untils: Vec<_> =
                    (0..70).map(|step| at("2024-03-28T00:00:00Z").timestamp() + step * 20_000).collect();
                let untils: Vec<_> = untils.into_iter().filter(|until| *until <= inputs.until).collect();
                let mut baselines = Baselines::default();
                let together = evaluate_each(&pipeline, &inputs, &untils, &mut baselines);
                for (until, got) in untils.iter().zip(together) {
                    let inputs = Inputs { until: *until, ..inputs };
                    let alone = evaluate(&pipeline, &inputs, &mut Baselines::default(), &mut Trace::off()).index;
                    assert_eq!(got, alone, "{why}, {fallback}, up to {until}");
                }
                let shares = Shared::of(&pipeline, &inputs, &mut baselines).is_some();
                assert_eq!(shares, fallback == "reading", "{why}");
            }
        }
    }
}
