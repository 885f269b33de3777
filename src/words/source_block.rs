//! The blocks with which a series begins: what is read, and what is made of several series.

use crate::contract::{Branch, Combine, FormulaBlock, Grain, MemberTake, NoReport, Round, SourceName};
use crate::quantity::{Exact, Fixed, Unit, Variable};

use super::block::{and_rounded, part};
use super::flow::Flow;
use super::label::pairs;
use super::sentence::{Part, Sentence, letter};
use super::speech::{Speech, capital, unit};
use super::{catalogue, say};

/// A source: a feed and the station in it.
pub(super) fn source(s: &Speech<'_>, source: &SourceName) -> String {
    let feed = &source.feed;
    let Some(station) = &source.station else { return say!(s, "feed {feed}", "数据源{feed}") };
    match source.column() {
        Some(column) => say!(
            s,
            "feed {feed}, the station that the policy names as {column}",
            "数据源{feed}中保险单“{column}”栏载明的气象站（站点）"
        ),
        None => say!(s, "feed {feed}, station {station}", "数据源{feed}的气象站（站点）{station}"),
    }
}

/// Sources of a block's own, where it names any.
pub(super) fn own_sources(s: &Speech<'_>, sources: &[SourceName]) -> String {
    if sources.is_empty() {
        return String::new();
    }
    let names = s.list(&sources.iter().map(|name| source(s, name)).collect::<Vec<_>>());
    say!(s, ", from {names} in place of the sources of the data rules", "，取自{names}，不适用数据条款所列来源")
}

pub(super) fn read(
    s: &Speech<'_>,
    variable: Variable,
    unit: Unit,
    grain: Grain,
    sources: &[SourceName],
    agree_within: Option<Fixed>,
) -> Sentence {
    let (name, in_unit, slot) = (catalogue::variable(variable, s.language), s.in_unit(unit), s.slot(grain));
    let from = own_sources(s, sources);
    let name = capital(name);
    let mut text = say!(
        s,
        "{name}{in_unit}: one value for each {slot} of the window{from}.",
        "{name}{in_unit}：观测期内每{slot}一个值{from}。"
    );
    if let Some(within) = agree_within {
        let within = s.quantity(within, unit);
        text += &say!(
            s,
            " A source agrees with the median where it is no further than {within} from it; exactly {within} still agrees.",
            "来源与中位数相差不超过{within}的，视为一致；恰为{within}的，亦视为一致。"
        );
    }
    text.into()
}

pub(super) fn report(
    s: &Speech<'_>,
    (variable, unit): (Variable, Unit),
    sources: &[SourceName],
    none: NoReport,
    told_within: Option<i64>,
) -> Sentence {
    let (name, in_unit) = (capital(catalogue::variable(variable, s.language)), s.in_unit(unit));
    let from = own_sources(s, sources);
    let rule = match none {
        NoReport::Nothing if variable.is_never_negative() => say!(
            s,
            "Where nothing is reported, nothing happened: a sum, a count, the largest and the last value are zero",
            "期间内无报告的，视为未发生：合计、次数、最大值与最后值均为零"
        ),
        NoReport::Nothing => say!(
            s,
            "Where nothing is reported, nothing happened: a sum and a count are zero",
            "期间内无报告的，视为未发生：合计与次数均为零"
        ),
        NoReport::Undetermined => {
            say!(s, "Where nothing is reported, the index is undetermined", "期间内无报告的，指数无法确定")
        }
    };
    let notice = told_within.map_or_else(String::new, |within| {
        let within = s.seconds(within);
        say!(
            s,
            " Notice: a report counts only where it was first told within {within} of its end, exactly {within} included; one \
             told later counts as if nothing had been reported.",
            "通知时限：自所报事项终了之时起{within}内（恰为{within}的计入）首次报告的，方予采用；逾期报告的，视为未报告。"
        )
    });
    say!(
        s,
        "{name}{in_unit}: every report that begins in the period{from}. {rule}.{notice}",
        "{name}{in_unit}：期间内起始的每次报告{from}。{rule}。{notice}"
    )
    .into()
}

pub(super) fn combine(
    s: &Speech<'_>,
    how: Combine,
    branches: &[Branch],
    round: Option<Round>,
    behind: Unit,
) -> Sentence {
    let letters = s.list(&(0..branches.len()).map(letter).collect::<Vec<_>>());
    let numbers = branches.first().is_some_and(|branch| Flow::behind_all(branch).is_number());
    let what = match how {
        Combine::Mean => say!(s, "the mean of {letters}", "{letters}的平均值"),
        Combine::Sum => say!(s, "the sum of {letters}", "{letters}之和"),
        Combine::Difference => say!(s, "A less B", "A减B"),
        Combine::Product => say!(s, "A times B", "A乘以B"),
        Combine::Ratio => say!(s, "A over B", "A除以B"),
        Combine::Max => say!(s, "the largest of {letters}", "{letters}中的最大值"),
        Combine::Min => say!(s, "the smallest of {letters}", "{letters}中的最小值"),
    };
    let (in_unit, rounded) = (s.in_unit(behind), and_rounded(s, round, behind));
    let zero = how == Combine::Ratio;
    let text = if numbers {
        let what = capital(&what);
        let rule = say!(s, " Where B is zero, the index is undetermined.", "B为零的，指数无法确定。");
        let rule = if zero { rule } else { String::new() };
        say!(s, "{what}{in_unit}{rounded}.{rule}", "{what}{in_unit}{rounded}。{rule}")
    } else {
        let or_zero = if zero { say!(s, " or B is zero", "或B为零") } else { String::new() };
        say!(
            s,
            "Slot by slot {what}{in_unit}{rounded}; a slot is missing where one of them is missing{or_zero}.",
            "逐时段计算{what}{in_unit}{rounded}；其中有缺测{or_zero}的，该时段视为缺测。"
        )
    };
    let what = if numbers { say!(s, "a number", "数值") } else { say!(s, "a series", "序列") };
    let parts = branches.iter().map(|branch| part(s, what.clone(), branch)).collect();
    Sentence { text, parts }
}

/// How members are brought together.
pub(super) struct Members<'b> {
    pub members: &'b [SourceName],
    pub take: MemberTake,
    pub need: Exact,
    pub weights: &'b [Exact],
    pub round: Option<Round>,
}

pub(super) fn members(s: &Speech<'_>, rules: &Members<'_>, branch: &Branch, behind: Unit) -> Sentence {
    let named = |(place, member): (usize, &SourceName)| {
        let name = source(s, member);
        match rules.weights.get(place) {
            Some(weight) => {
                let weight = s.share(*weight);
                say!(s, "{name}, with a weight of {weight}", "{name}（权重{weight}）")
            }
            None => name,
        }
    };
    let names: Vec<_> = rules.members.iter().enumerate().map(named).collect();
    let (count, names) = (names.len(), names.join(&say!(s, "; ", "；")));
    let taken = match (rules.take, rules.weights.is_empty()) {
        (MemberTake::Mean, true) => say!(s, "the mean", "平均值"),
        (MemberTake::Mean, false) => say!(s, "the mean by weight", "加权平均值"),
        (MemberTake::Sum, _) => say!(s, "the sum", "合计"),
        (MemberTake::Max, _) => say!(s, "the largest", "最大值"),
        (MemberTake::Min, _) => say!(s, "the smallest", "最小值"),
        (MemberTake::Share, true) => say!(s, "the share that counts, in %,", "计入者所占的百分比"),
        (MemberTake::Share, false) => say!(s, "the share of the weight that counts, in %,", "计入者所占权重的百分比"),
    };
    let (need, rounded) = (s.share(rules.need), and_rounded(s, rules.round, behind));
    let of = if rules.weights.is_empty() { say!(s, "members", "成员") } else { say!(s, "weight", "权重") };
    let text = say!(
        s,
        "Series A is made for each of {count} members: {names}. Slot by slot {taken} of those that are there is \
         taken{rounded}. A slot is missing where less than {need} of the {of} is there; exactly {need} is enough.",
        "对下列{count}个成员分别计算序列A：{names}。逐时段取有记录成员的{taken}{rounded}。有记录的{of}不足{need}的，该时段视为缺测；恰为{need}的，视为足够。"
    );
    let title = say!(s, "the series of one member", "单个成员的序列");
    Sentence { text, parts: vec![part(s, title, branch)] }
}

pub(super) fn formula(s: &Speech<'_>, block: &FormulaBlock, behind: Unit) -> Sentence {
    let row = block.formula.row();
    let about = catalogue::formula(block.formula, s.language);
    let result = match block.round {
        Some(round) => {
            let rounded = s.rounded(round, behind);
            say!(s, "The result is {rounded}.", "结果{rounded}。")
        }
        None => say!(
            s,
            "The result is not rounded: the formula around it computes on with it as it is.",
            "结果不作修约，以原值代入外层公式。"
        ),
    };
    let mut given: Vec<String> = row
        .parameters
        .iter()
        .zip(&block.parameters)
        .map(|(slot, value)| {
            let (name, value) = (catalogue::slot(slot.name, s.language), s.quantity(*value, slot.unit()));
            say!(s, "{name} {value}", "{name}为{value}")
        })
        .collect();
    if let Some((key, from, to)) = row.curve {
        let (name, points) = (catalogue::slot(key, s.language), pairs(s, &block.curve, unit(from), unit(to)));
        given.push(say!(s, "{name} ({points})", "{name}（{points}）"));
    }
    let given = s.list(&given);
    let with = if given.is_empty() { given } else { say!(s, " With {given}.", "其中{given}。") };
    let text = say!(
        s,
        "Slot by slot: {about}.{with} {result} A slot is missing where one of the series is \
         missing or outside of what the formula is made for.",
        "逐时段计算：{about}。{with}{result}任一序列缺测或超出公式适用范围的，该时段视为缺测。"
    );
    let parts = row.inputs.iter().zip(&block.inputs).map(|(slot, branch)| -> Part {
        let (name, in_unit) = (catalogue::slot(slot.name, s.language), s.in_unit(slot.unit()));
        let title = say!(s, "{name}{in_unit}", "{name}{in_unit}");
        part(s, title, branch)
    });
    Sentence { text, parts: parts.collect() }
}
