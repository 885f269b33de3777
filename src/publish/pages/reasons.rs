//! Why a determination came out as it did, by the word that stays the same, in both languages.

use crate::words::Language;

/// What each code of the payout log means.
const REASONS: &[(&str, &str, &str)] = &[
    ("strike_reached", "The index reached what the terms ask for.", "指数达到条款约定的触发条件。"),
    ("strike_not_reached", "The index did not reach what the terms ask for.", "指数未达到条款约定的触发条件。"),
    ("insured_owes", "Under the swap it is the insured that owes.", "按互换约定，由被保险人支付。"),
    ("gate_closed", "A condition of the cover does not hold.", "保障项的前提条件不成立。"),
    ("nothing_qualifies", "There are data, but nothing of what the terms look at.", "有数据，但没有条款所考察的情形。"),
    ("no_event", "No event of the kind that is covered happened.", "未发生承保的事件。"),
    (
        "events_passed_over",
        "Events reached the strike, but none of them pays under the terms.",
        "有事件达到触发值，但按条款均不赔付。",
    ),
    (
        "outside_dates",
        "The strike was reached on a day for which nothing is paid.",
        "达到触发值的日期不在赔付日期之内。",
    ),
    ("below_deductible", "The deductible takes all of it.", "未超过免赔额。"),
    ("below_franchise", "It is below the franchise.", "未达到起赔点。"),
    (
        "limit_used_up",
        "The strike was reached, but earlier payouts have used up the limit.",
        "达到触发值，但限额已被此前的赔付用尽。",
    ),
    ("paid_by_other", "Another cover, which is subtracted, has paid it already.", "应扣减的其他保障项已赔付。"),
    ("rounds_to_nothing", "What is due rounds to nothing.", "应付金额经舍入为零。"),
    (
        "paid_in_advance",
        "A payment in advance: later data cannot take back what is due already.",
        "预付：后续数据不会减少已应付的金额。",
    ),
    (
        "pays_so_far",
        "The period runs; what is due already cannot be taken back by later data.",
        "期间仍在进行；后续数据不会减少已应付的金额。",
    ),
    ("period_running", "The period has not ended.", "保险期间尚未结束。"),
    ("data_incomplete", "The period has ended, and data of it are still expected.", "保险期间已结束，仍在等待数据。"),
    (
        "waits_for_other",
        "What another cover pays is subtracted, and that is not final.",
        "须扣减的其他保障项赔付尚未终定。",
    ),
    ("no_readings", "There is not one reading.", "没有任何读数。"),
    ("too_many_missing", "More data are missing than the terms allow.", "缺测数据超过条款允许的比例。"),
    ("gap_too_long", "Data are missing for longer on end than the terms allow.", "连续缺测时间超过条款允许的长度。"),
    ("nothing_left", "No value is left to compute with.", "没有可用于计算的数值。"),
    (
        "anchor_unknown",
        "Too much is missing before the day on which the window is anchored.",
        "窗口锚定日之前缺测过多。",
    ),
    ("storm_unknown", "A storm came near, and a value of it that matters is not known.", "风暴临近，但关键数值未知。"),
    ("baseline_too_short", "Too few other years have an index to compare with.", "可供比较的历史年份不足。"),
    ("no_deviation", "The other years are all alike.", "历史各年份数值相同，无法比较。"),
    ("division_by_zero", "The index is a ratio over zero.", "指数为除以零的比值。"),
    ("no_term", "The terms give no number for this month or phase.", "条款未给出该月份或阶段的数值。"),
    ("overflow", "The numbers are too large to compute with exactly.", "数值过大，无法精确计算。"),
];

/// What a code means; of one that is not known, nothing.
pub fn reason(code: &str, language: Language) -> Option<&'static str> {
    let (_, english, chinese) = REASONS.iter().find(|row| row.0 == code)?;
    Some(match language {
        Language::English => english,
        Language::Chinese => chinese,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_documentation_is_said() {
        let page = include_str!("../../../docs/payout-log.md");
        let table = page.split("| reason_code | means |").nth(1).expect("the table").split("\n\n").next();
        let rows = table.expect("its rows").lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let codes: Vec<_> = rows.collect();
        assert!(codes.len() >= 29, "{codes:?}");
        for code in codes {
            for language in [Language::English, Language::Chinese] {
                assert!(reason(code, language).is_some(), "{code}");
            }
        }
        assert_eq!(reason("a_new_one", Language::English), None);
    }
}
