//! Why there is no index, in a sentence.

use crate::index::{Undetermined, YearPart};

use super::speech::Speech;
use super::{catalogue, label, say};

/// The sentence.
pub(super) fn undetermined(s: &Speech<'_>, why: &Undetermined) -> String {
    match why {
        Undetermined::PeriodRunning { until } => {
            let until = s.instant(*until);
            say!(s, "The period runs until {until}.", "期间至{until}结束，尚未届满。")
        }
        Undetermined::DataIncomplete { reached, until } => {
            let until = s.instant(*until);
            match reached.map(|reached| s.instant(reached)) {
                None => say!(
                    s,
                    "The period is over, but the source that comes first has given no reading; readings are waited for until {until}.",
                    "期间已结束，但首选数据源尚无读数；读数等待至{until}。"
                ),
                Some(reached) => say!(
                    s,
                    "The period is over, but the readings of the source that comes first reach to {reached} only; more are waited for until {until}.",
                    "期间已结束，但首选数据源的读数仅至{reached}；其余读数等待至{until}。"
                ),
            }
        }
        Undetermined::WaitsForOther { other } => say!(
            s,
            "What cover {other} pays for the same period is subtracted, and that is not final yet.",
            "应扣减保障项目 {other} 就同一期间的赔付，而该项赔付尚未终定。"
        ),
        Undetermined::NoReadings { expected: 0 } => {
            say!(s, "There is nothing of the period that could be read.", "期间内没有可供读取的数据。")
        }
        Undetermined::NoReadings { expected: 1 } => {
            say!(s, "The one reading that is needed is not there.", "所需的唯一读数缺失。")
        }
        Undetermined::NoReadings { expected } => {
            say!(s, "There is not one of the {expected} readings.", "应有{expected}个读数，一个也没有。")
        }
        Undetermined::TooManyMissing { missing, expected, allowed } => {
            let allowed = s.share(*allowed);
            let (is, values) = (s.are(*missing), s.counted(*expected, "value", "values", "个数值"));
            say!(
                s,
                "Of {values} {missing} {is} missing; the terms allow {allowed}.",
                "{values}中缺测{missing}个，条款允许的缺测比例为{allowed}。"
            )
        }
        Undetermined::GapTooLong { seconds, from, allowed } => {
            let (gap, from, allowed) = (s.seconds(*seconds), s.instant(*from), s.seconds(*allowed));
            say!(
                s,
                "Values are missing for {gap} without a break from {from} on; the terms allow {allowed}.",
                "自{from}起连续缺测{gap}，条款允许的连续缺测时长为{allowed}。"
            )
        }
        Undetermined::NothingLeft(of) => {
            let of = catalogue::taken(of, s.language);
            say!(s, "No value is left to take the {of} of.", "没有可供计算{of}的数值。")
        }
        Undetermined::NothingQualifies(of) => {
            let of = catalogue::taken(of, s.language);
            say!(
                s,
                "Nothing of what was measured is what the terms look at, so that there is nothing to take the {of} of.",
                "没有符合约定条件的数据可供计算{of}。"
            )
        }
        Undetermined::StormUnknown { storm, what, at } => {
            let (what, at) = (catalogue::of_storm(what, s.language), s.instant(*at));
            say!(s, "The {what} of the storm {storm} at {at} is not known.", "风暴 {storm} 在{at}的{what}没有记录。")
        }
        Undetermined::BaselineTooShort { years, need } => {
            let (have, years) = (s.have(*years), s.counted(*years, "year", "years", "个年份"));
            say!(
                s,
                "Of the years that are compared with, {years} {have} an index; {need} are needed.",
                "用于比较的年份中，{years}有指数，至少需要{need}个。"
            )
        }
        Undetermined::NoDeviation => say!(
            s,
            "The years that are compared with are all alike, so that nothing can be measured by them.",
            "用于比较的各年数值完全相同，无法据以衡量。"
        ),
        Undetermined::DivisionByZero => say!(s, "The index is a ratio over zero.", "指数为比值，而其分母为零。"),
        Undetermined::AnchorUnknown => say!(
            s,
            "More is missing than the terms allow before the day around which they look, so that it is not known which day \
             that is.",
            "基准日之前的缺测超过条款允许的范围，基准日无法确定。"
        ),
        Undetermined::NoTerm(part) => {
            let part = match part {
                YearPart::Month(place) => label::month(s, *place),
                YearPart::Dekad(place) => label::dekad(s, *place).trim_end_matches(':').to_owned(),
                YearPart::Phase(place) => {
                    let place = place + 1;
                    say!(s, "phase {place}", "第{place}阶段")
                }
            };
            say!(s, "The terms give no number for {part}.", "条款未给出{part}的数值。")
        }
        Undetermined::NothingReported(variable) => {
            let variable = catalogue::variable(*variable, s.language);
            say!(
                s,
                "Nothing was reported of {variable}, and that does not mean that nothing happened.",
                "没有关于{variable}的报告；没有报告并不表示未发生。"
            )
        }
        Undetermined::Overflow => {
            say!(s, "The numbers are too large to compute with exactly.", "数值过大，无法精确计算。")
        }
    }
}
