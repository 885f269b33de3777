//! The blocks of an index, a sentence for each.

use crate::contract::{Block, BlockText, Closed, Comparison, Grain, LookupStep, Phase, Round, Take};
use crate::quantity::{Exact, Fixed, Unit};

use super::flow::Flow;
use super::label::{labelled, labels, pairs, range};
use super::sentence::{Part, Sentence};
use super::speech::{Speech, unit};
use super::{number_block, say, source_block, storm_block};

/// The sentences of an index or of a series in it, in the order of its blocks.
pub(super) fn sentences(s: &Speech<'_>, blocks: &[BlockText]) -> Vec<Sentence> {
    let mut flow = Flow::start();
    let mut all = Vec::new();
    for block in blocks {
        all.push(sentence(s, &flow, block));
        flow = flow.behind(block);
    }
    all
}

/// A series of its own under its title.
pub(super) fn part(s: &Speech<'_>, title: String, branch: &[BlockText]) -> Part {
    Part { title, sentences: sentences(s, branch) }
}

/// What one block does to what flows into it.
fn sentence(s: &Speech<'_>, flow: &Flow<'_>, text: &BlockText) -> Sentence {
    let behind = text.unit;
    match &text.block {
        Block::Read { variable, unit, grain, sources, agree_within } => {
            source_block::read(s, *variable, *unit, *grain, sources, *agree_within)
        }
        Block::Report { variable, unit, sources, none, told_within } => {
            source_block::report(s, (*variable, *unit), sources, *none, *told_within)
        }
        Block::Combine { how, branches, round, .. } => source_block::combine(s, *how, branches, *round, behind),
        Block::Members { members, take, branch, need, weights, round } => {
            let rules = source_block::Members { members, take: *take, need: *need, weights, round: *round };
            source_block::members(s, &rules, branch, behind)
        }
        Block::Formula(formula) => source_block::formula(s, formula, behind),
        Block::ReadTrack { sources } => storm_block::read(s, sources).into(),
        Block::Per { grain, phases, take, need } => per(s, flow, *grain, phases, *take, *need).into(),
        Block::OnlyOn(days) => {
            let days = s.list(&days.iter().map(|day| s.date(*day)).collect::<Vec<_>>());
            say!(s, "Only these days count: {days}.", "仅计下列日期：{days}。").into()
        }
        Block::OnlyWhere { branch, before, after } => only_where(s, flow, branch, *before, *after),
        Block::Substitute(value) => {
            let (slot, value) = (s.slot(flow.grain), s.quantity(*value, flow.unit));
            say!(
                s,
                "A missing {slot} is given the value {value} and is no longer missing.",
                "缺测的{slot}按{value}计，不再视为缺测。"
            )
            .into()
        }
        Block::IgnoreBelow(least) => {
            let (it, least) = (each(s, flow), s.quantity(*least, flow.unit));
            say!(
                s,
                "{it} below {least} counts as zero; exactly {least} counts in full.",
                "{it}低于{least}的，按零计；恰为{least}的，全额计入。"
            )
            .into()
        }
        Block::Cap(most) => {
            let (it, most) = (each(s, flow), s.quantity(*most, flow.unit));
            say!(s, "{it} above {most} counts as {most}.", "{it}超过{most}的，按{most}计。").into()
        }
        Block::Floor(least) => {
            let (it, least) = (each(s, flow), s.quantity(*least, flow.unit));
            say!(s, "{it} below {least} counts as {least}.", "{it}低于{least}的，按{least}计。").into()
        }
        Block::ExcessOver(base) => {
            let (it, base) = (each(s, flow), s.quantity(*base, flow.unit));
            say!(
                s,
                "{it} counts only by what it exceeds {base}; at {base} or below, it counts as zero.",
                "{it}只计超过{base}的部分；等于或低于{base}的，按零计。"
            )
            .into()
        }
        Block::ShortfallBelow(base) => {
            let (it, base) = (each(s, flow), s.quantity(*base, flow.unit));
            say!(
                s,
                "{it} counts only by what it falls short of {base}; at {base} or above, it counts as zero.",
                "{it}只计低于{base}的差额；等于或高于{base}的，按零计。"
            )
            .into()
        }
        Block::Minus(amount) => {
            let (it, amount) = (each(s, flow), labelled(s, amount, flow));
            say!(s, "{it} is lessened by {amount}; what is left may be below zero.", "{it}减去{amount}，差额可以为负。")
                .into()
        }
        Block::Times { factor, round } => times(s, flow, *factor, *round, behind).into(),
        Block::PercentOf { normal, round } => {
            let (it, normal, rounded) = (each(s, flow), labelled(s, normal, flow), and_rounded(s, *round, behind));
            say!(s, "{it} is put in percent of {normal}{rounded}.", "{it}折算为占{normal}的百分比{rounded}。").into()
        }
        Block::Weigh { weights, round } => {
            let shares = Flow { unit: unit("1"), ..flow.clone() };
            let (it, rounded) = (each(s, flow), and_rounded(s, Some(*round), behind));
            let weights = labels(s, weights, &shares, &|weight| s.share(weight.into()));
            say!(
                s,
                "{it} is multiplied by its weight ({weights}; 100 % together){rounded}.",
                "{it}乘以相应权重（{weights}；权重合计100%）{rounded}。"
            )
            .into()
        }
        Block::Curve { points, outside, round } => curve(s, flow, points, *outside, *round, behind).into(),
        Block::Lookup { closed, steps } => lookup(s, flow, *closed, steps, behind).into(),
        Block::Meets(comparisons) => meets(s, flow, comparisons).into(),
        Block::InRuns { comparison, at_least } => in_runs(s, flow, *comparison, *at_least).into(),
        Block::Rolling { slots, take, step, reach_before } => {
            rolling(s, flow, *slots, *take, *step, *reach_before).into()
        }
        Block::Reduce(reducer) => number_block::reduce(s, flow, *reducer, behind).into(),
        Block::Round(round) => number_block::round(s, flow, *round, behind).into(),
        Block::Compare { compare, baseline, round } => {
            number_block::compare(s, *compare, baseline, *round, behind).into()
        }
        Block::PerEvent(take) => number_block::per_event(s, flow, *take).into(),
        Block::Interpolate { step, longest_gap, no_wind } => {
            storm_block::interpolate(s, *step, *longest_gap, *no_wind).into()
        }
        Block::Within { radius, of } => storm_block::within(s, *radius, of).into(),
        Block::Inside { south, north, west, east } => storm_block::inside(s, [*south, *north], [*west, *east]).into(),
        Block::InsidePolygon(corners) => storm_block::inside_polygon(s, corners).into(),
        Block::PerStorm { take, of } => storm_block::per_storm(s, *take, *of).into(),
    }
}

/// What a block acts on, at the beginning of a sentence.
pub(super) fn each(s: &Speech<'_>, flow: &Flow<'_>) -> String {
    if flow.is_number() { say!(s, "A number", "该数值") } else { say!(s, "A value", "各值") }
}

/// `, rounded to …` where something is rounded.
pub(super) fn and_rounded(s: &Speech<'_>, round: Option<Round>, unit: Unit) -> String {
    let Some(round) = round else { return String::new() };
    let rounded = s.rounded(round, unit);
    say!(s, ", {rounded}", "，{rounded}")
}

/// What is taken of several values.
fn taken(s: &Speech<'_>, take: Take, unit: Unit) -> String {
    match take {
        Take::Sum => say!(s, "the sum is taken", "求和"),
        Take::Mean(round) => {
            let rounded = s.rounded(round, unit);
            say!(s, "the mean is taken, {rounded}", "求平均值并{rounded}")
        }
        Take::Max => say!(s, "the largest is taken", "取最大值"),
        Take::Min => say!(s, "the smallest is taken", "取最小值"),
    }
}

fn per(s: &Speech<'_>, flow: &Flow<'_>, grain: Grain, phases: &[Phase], take: Take, need: Exact) -> String {
    let (small, large) = (s.slot(flow.grain), s.slot(grain));
    let taken = taken(s, take, flow.unit);
    let rule = if need == Exact::from(1) {
        say!(s, "where one of them is missing, the {large} is missing", "其中有缺测的，该{large}视为缺测")
    } else {
        let need = s.share(need);
        say!(
            s,
            "where fewer than {need} of them are there, the {large} is missing; exactly {need} are enough",
            "有记录的不足{need}的，该{large}视为缺测；恰为{need}的，视为足够"
        )
    };
    let mut text = say!(
        s,
        "Of the values by the {small} in each {large} {taken}; {rule}.",
        "对每{large}内的各{small}值{taken}；{rule}。"
    );
    if !phases.is_empty() {
        let phases: Vec<_> = phases
            .iter()
            .map(|phase| {
                let (id, from, to) = (&phase.id, s.month_day(phase.from), s.month_day(phase.to));
                say!(s, "{id} from {from} to {to}", "{id}：{from}至{to}")
            })
            .collect();
        let phases = s.list(&phases);
        text += &say!(
            s,
            " The phases are: {phases}, first and last days included. Days outside of them do not count.",
            "各阶段为：{phases}，首日与末日均计入。各阶段之外的日期不计。"
        );
    }
    text
}

fn only_where(s: &Speech<'_>, flow: &Flow<'_>, branch: &[BlockText], before: i64, after: i64) -> Sentence {
    let slot = s.slot(flow.grain);
    let is_track = Flow::behind_all(branch).kind == super::flow::Kind::Tracks;
    let (before, after) = (s.seconds(before), s.seconds(after));
    let near = if is_track {
        say!(
            s,
            "from {before} before to {after} behind a time at which a point of a storm of A is left",
            "A所余风暴点所在时刻之前{before}至之后{after}的时间"
        )
    } else {
        say!(
            s,
            "from {before} before the beginning to {after} behind the end of a slot of A that counts",
            "A中计入的时段开始之前{before}至结束之后{after}的时间"
        )
    };
    let text = say!(
        s,
        "Of the values by the {slot} only those count that touch the time {near}; those near only to what is missing in A \
         are missing.",
        "仅计与{near}有重叠的{slot}；仅与A中缺测时段相近的{slot}视为缺测。"
    );
    let title = say!(s, "the series that decides", "判定序列");
    Sentence { text, parts: vec![part(s, title, branch)] }
}

fn times(s: &Speech<'_>, flow: &Flow<'_>, factor: Exact, round: Option<Round>, behind: Unit) -> String {
    let (it, rounded) = (each(s, flow), and_rounded(s, round, behind));
    if flow.unit == behind {
        let factor = s.quantity(factor, unit("1"));
        return say!(s, "{it} is multiplied by {factor}{rounded}.", "{it}乘以{factor}{rounded}。");
    }
    let (one, factor) = (s.one(flow.unit), s.quantity(factor, behind));
    say!(s, "{it} counts {factor} for each {one}{rounded}.", "{it}每{one}折合{factor}{rounded}。")
}

fn curve(
    s: &Speech<'_>,
    flow: &Flow<'_>,
    points: &[(Fixed, Fixed)],
    outside: Fixed,
    round: Round,
    behind: Unit,
) -> String {
    let points = pairs(s, points, flow.unit, behind);
    let (it, outside, rounded) = (each(s, flow), s.quantity(outside, behind), s.rounded(round, behind));
    say!(
        s,
        "{it} is put through the curve {points}, with straight lines between the points and {outside} outside of them; \
         the result is {rounded}.",
        "{it}按下列曲线折算，各点之间线性内插，首末两点之外为{outside}：{points}；结果{rounded}。"
    )
}

fn lookup(s: &Speech<'_>, flow: &Flow<'_>, closed: Closed, steps: &[LookupStep], behind: Unit) -> String {
    let it = each(s, flow);
    let mut from = None;
    let mut rows = Vec::new();
    for step in steps {
        let (range, is) = (range(s, from, step.to, closed, flow.unit), s.quantity(step.is, behind));
        rows.push(say!(s, "{range}: {is}", "{range}：{is}"));
        from = step.to;
    }
    let rows = rows.join(&say!(s, "; ", "；"));
    say!(s, "{it} is exchanged for that of its step: {rows}.", "{it}按所在档次取值：{rows}。")
}

fn meets(s: &Speech<'_>, flow: &Flow<'_>, comparisons: &[Comparison]) -> String {
    let slot = s.slot(flow.grain);
    let all: Vec<_> = comparisons.iter().map(|comparison| s.comparison(*comparison, flow.unit)).collect();
    match s.language {
        super::Language::English => {
            let all = all.join(" and ");
            format!("Each {slot} counts whose value is {all}; a missing {slot} does not count.")
        }
        super::Language::Chinese => {
            let all = all.join("且");
            format!("其值{all}的{slot}计入；缺测的{slot}不计入。")
        }
    }
}

fn in_runs(s: &Speech<'_>, flow: &Flow<'_>, comparison: Comparison, at_least: usize) -> String {
    let (slot, length) = (s.slot(flow.grain), s.slots(at_least, flow.grain));
    let comparison = s.comparison(comparison, flow.unit);
    say!(
        s,
        "Only values in runs count: {length} or more in a row whose values are each {comparison}; exactly {length} are a \
         run. What lies outside of runs counts for nothing, and a missing {slot} ends a run.",
        "仅计连续过程内的值：连续{length}或以上（恰为{length}亦构成连续过程），且各{slot}值均{comparison}。连续过程之外的值不计；缺测的{slot}使连续过程中断。"
    )
}

fn rolling(s: &Speech<'_>, flow: &Flow<'_>, slots: usize, take: Take, step: usize, reach_before: bool) -> String {
    let (slot, length, taken) = (s.slot(flow.grain), s.slots(slots, flow.grain), taken(s, take, flow.unit));
    let begins = if step == 1 {
        say!(s, "a stretch begins with each {slot}", "逐{slot}起算")
    } else {
        let apart = s.slots(step, flow.grain);
        say!(s, "a stretch begins every {apart}", "每隔{apart}起算一段")
    };
    let place = if reach_before {
        say!(
            s,
            "that ends in the window, even where it begins before it (it belongs to its last {slot})",
            "末{slot}在观测期之内的（可始于观测期之前，归入其末{slot}）"
        )
    } else {
        say!(s, "that lies wholly in the window", "完整处于观测期之内的")
    };
    say!(
        s,
        "Over each stretch of {length} {place} {taken}; {begins}, and one with a missing {slot} in it \
         is missing.",
        "对{place}每段连续{length}的值{taken}；{begins}，段内有{slot}缺测的，该段视为缺测。"
    )
}
