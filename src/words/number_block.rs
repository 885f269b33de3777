//! The blocks that make one number of a series, and what is done to it; events of a series.

use crate::contract::{Baseline, Compare, DayCount, EventTake, QuantileMethod, Reducer, Round, RunTake};
use crate::quantity::{Exact, Unit};

use super::flow::{Flow, Kind};
use super::source_block::own_sources;
use super::speech::Speech;
use super::{catalogue, say};

pub(super) fn reduce(s: &Speech<'_>, flow: &Flow<'_>, reducer: Reducer, behind: Unit) -> String {
    let (slot, in_unit) = (s.slot(flow.grain), s.in_unit(behind));
    let runs = flow.kind == Kind::Runs;
    match reducer {
        Reducer::Sum if runs => say!(
            s,
            "The sum of the values of all runs; zero where there is no run.",
            "取全部连续过程内各值之和；无连续过程的，为零。"
        ),
        Reducer::Sum => say!(s, "The sum of all values.", "取各{slot}值之和。"),
        Reducer::Mean => say!(s, "The mean of all values.", "取各{slot}值的平均值。"),
        Reducer::Max if runs => say!(s, "The largest value of any run.", "取全部连续过程内的最大值。"),
        Reducer::Max => say!(s, "The largest value.", "取各值中的最大值。"),
        Reducer::Min if runs => say!(s, "The smallest value of any run.", "取全部连续过程内的最小值。"),
        Reducer::Min => say!(s, "The smallest value.", "取各值中的最小值。"),
        Reducer::Latest => say!(s, "The last value that is there.", "取最后一个有记录的值。"),
        Reducer::Energy => {
            say!(s, "Power times time, added up{in_unit}.", "功率乘以时间，求和{in_unit}。")
        }
        Reducer::Quantile { at, method } => quantile(s, at, method),
        Reducer::Count => {
            say!(s, "How long the comparison is met, all together{in_unit}.", "满足条件的累计时长{in_unit}。")
        }
        Reducer::Share => say!(
            s,
            "The share that counts, in %, of each {slot} that is there.",
            "计入的{slot}占有记录{slot}的百分比。"
        ),
        Reducer::LongestRun if runs => say!(
            s,
            "The length of the longest run{in_unit}; zero where there is no run.",
            "取最长连续过程的时长{in_unit}；无连续过程的，为零。"
        ),
        Reducer::LongestRun => say!(
            s,
            "The length of the longest unbroken stretch that counts{in_unit}; what is missing breaks it.",
            "取连续计入的最长时长{in_unit}；缺测即中断。"
        ),
        Reducer::Events(gap) => {
            let gap = s.slots(gap, flow.grain);
            say!(
                s,
                "How often it happens: each {slot} that counts is one event, from the first on, if it begins at least \
                 {gap} after the beginning of the one counted before.",
                "发生次数：自首次起，每个计入的{slot}为一次，但须距上一次计数的起点至少{gap}。"
            )
        }
        Reducer::First(count) => day_of(s, &say!(s, "first", "首个"), &slot, count, behind),
        Reducer::Last(count) => day_of(s, &say!(s, "last", "末个"), &slot, count, behind),
        Reducer::LargestRun => say!(
            s,
            "The largest sum of the values of one run; zero where there is no run.",
            "取单个连续过程内各值之和的最大者；无连续过程的，为零。"
        ),
        Reducer::Runs(0) => say!(s, "How many runs there are.", "取连续过程的个数。"),
        Reducer::Runs(gap) => {
            let gap = s.slots(gap, flow.grain);
            say!(
                s,
                "How many runs there are; runs with less than {gap} between them are one.",
                "取连续过程的个数；相隔不足{gap}的，合并为一个。"
            )
        }
        Reducer::RunLength => {
            say!(s, "The length of all runs together{in_unit}.", "取全部连续过程的合计时长{in_unit}。")
        }
    }
}

fn quantile(s: &Speech<'_>, at: Exact, method: QuantileMethod) -> String {
    let (name, _) = QuantileMethod::ALL.into_iter().find(|(_, known)| *known == method).expect("all are listed");
    let (at, how) = (s.share(at), catalogue::quantile(name, s.language));
    say!(s, "The {at} quantile of the values ({name}: {how}).", "取各值的{at}分位数（{name}：{how}）。")
}

fn day_of(s: &Speech<'_>, which: &str, slot: &str, count: DayCount, behind: Unit) -> String {
    let one = if count.from_window {
        say!(s, "the period's first day", "期间首日")
    } else {
        say!(s, "1 January", "1月1日")
    };
    let never = s.quantity(count.never, behind);
    say!(
        s,
        "The day of the {which} {slot} that counts, {one} being day 1; {never} where there is none.",
        "取{which}计入的{slot}所在日的日序，以{one}为第1天；没有的，为{never}。"
    )
}

/// The step stands in the unit before the block; from the block on its own unit holds.
pub(super) fn round(s: &Speech<'_>, flow: &Flow<'_>, round: Round, behind: Unit) -> String {
    let same = flow.unit == behind || flow.unit.dimension() != behind.dimension();
    let step = if same { Ok(round.step) } else { flow.unit.convert(round.step, behind) };
    let (step, shown) = step.map_or((round.step, flow.unit), |step| (step, behind));
    let rounded = s.rounded_to(&s.quantity(step, shown), round.mode);
    if flow.is_number() {
        say!(s, "The number is {rounded}.", "该数值{rounded}。")
    } else {
        say!(s, "Each value is {rounded}.", "各值{rounded}。")
    }
}

pub(super) fn compare(s: &Speech<'_>, compare: Compare, baseline: &Baseline, round: Round, behind: Unit) -> String {
    let (first, last, need) = (baseline.first, baseline.last, baseline.need);
    let from = own_sources(s, &baseline.sources);
    let what = match compare {
        Compare::PercentOfMean => {
            say!(s, "The number is put in percent of the mean of those years", "该数值折算为占历年平均值的百分比")
        }
        Compare::Mean => say!(s, "The mean of those years takes the place of the number", "以历年平均值取代该数值"),
        Compare::Anomaly => say!(s, "The mean of those years is subtracted from it", "该数值减去历年平均值"),
        Compare::ZScoreSample => say!(
            s,
            "The mean of those years is subtracted from it, and the rest divided by their standard deviation (by n - 1)",
            "该数值减去历年平均值后除以历年标准差（分母为n-1）"
        ),
        Compare::ZScorePopulation => say!(
            s,
            "The mean of those years is subtracted from it, and the rest divided by their standard deviation (by n)",
            "该数值减去历年平均值后除以历年标准差（分母为n）"
        ),
        Compare::Spi => say!(
            s,
            "It becomes the standardised precipitation index against those years (gamma distribution after Thom, within \
             -3.09 and 3.09)",
            "按历年数据换算为标准化降水指数（Thom法伽马分布，限于-3.09至3.09之间）"
        ),
        Compare::Spei => say!(
            s,
            "It becomes the standardised precipitation evapotranspiration index against those years (log-logistic \
             distribution, unbiased probability-weighted moments, within -3.09 and 3.09)",
            "按历年数据换算为标准化降水蒸散指数（对数逻辑斯蒂分布，无偏概率加权矩，限于-3.09至3.09之间）"
        ),
        Compare::Percentile => say!(
            s,
            "It becomes the share of those years, in %, in which the number was smaller, equal ones counting half",
            "换算为历年中小于该数值的年份所占的百分比，相等的年份按一半计"
        ),
    };
    let rounded = s.rounded(round, behind);
    say!(
        s,
        "The same number is computed for the same window of each year from {first} to {last}, a year being that of the \
         window's first day{from}. {what}; the result is {rounded}. Where fewer than {need} of the years have a number, \
         the index is undetermined.",
        "以观测期首日所在年份为准，对{first}年至{last}年每年同一观测期计算同一数值{from}。{what}；结果{rounded}。有数值的年份不足{need}年的，指数无法确定。"
    )
}

pub(super) fn per_event(s: &Speech<'_>, flow: &Flow<'_>, take: EventTake) -> String {
    let slot = s.slot(flow.grain);
    match take {
        EventTake::Slot => say!(
            s,
            "Each {slot} that is there is one event, with its value as the event's number.",
            "每个有记录的{slot}为一次事件，以其值为该事件的指数。"
        ),
        EventTake::Run(take) => {
            let number = match take {
                RunTake::Sum => say!(s, "the sum of its values", "其各值之和"),
                RunTake::Max => say!(s, "the largest of its values", "其各值中的最大值"),
                RunTake::Min => say!(s, "the smallest of its values", "其各值中的最小值"),
                RunTake::Length => say!(s, "its length", "其时长"),
            };
            say!(
                s,
                "Each run is one event, with {number} as the event's number.",
                "每个连续过程为一次事件，以{number}为该事件的指数。"
            )
        }
    }
}
