//! The words of both languages for what the ledger names by one word: reason codes, states, outcomes, causes, what
//! became of a source.

use crate::index::Disposition;
use crate::ledger::{Cause, State};
use crate::settle::Outcome;

use super::Language;
use super::catalogue::{Word, called, word};

/// Why, where nothing more is known of it than the code.
static REASONS: &[Word] = &[
    word("strike_reached", "the terms are met", "已达到约定的赔付条件"),
    word("strike_not_reached", "the terms are not met", "未达到约定的赔付条件"),
    word("insured_owes", "under the swap the insured owes", "按互换约定，应由被保险人支付"),
    word("gate_closed", "a gate of the cover keeps it from paying", "前提条件不满足"),
    word("nothing_qualifies", "nothing of what was measured is what the terms look at", "没有符合约定条件的数据"),
    word("no_event", "no event happened of the kind that is covered", "未发生承保的事件"),
    word("events_passed_over", "events reached the terms, and none of them may pay", "有事件达到条件，但均不应赔付"),
    word("outside_dates", "the terms were met on a day for which nothing is paid", "达到条件之日不在赔付日期内"),
    word("below_deductible", "the deductible takes all of it", "金额未超过免赔额"),
    word("below_franchise", "it is below the franchise", "金额低于起赔额"),
    word("limit_used_up", "nothing is left of the limit", "赔偿限额已用尽"),
    word("paid_by_other", "another cover has paid it already", "另一保障项目已赔付该金额"),
    word("rounds_to_nothing", "it is less than the smallest amount that is paid", "金额取整后为零"),
    word("paid_in_advance", "it is paid in advance", "预付"),
    word("pays_so_far", "what is due so far cannot be taken back", "截至目前应付的金额不会再减少"),
    word("period_running", "the period has not ended", "期间尚未结束"),
    word("data_incomplete", "readings are still waited for", "仍在等待读数"),
    word("waits_for_other", "another cover, which is subtracted, is not final", "应扣减的另一保障项目尚未终定"),
    word("no_readings", "there is no reading", "没有任何读数"),
    word("too_many_missing", "more is missing than the terms allow", "缺测超过条款允许的比例"),
    word("gap_too_long", "readings are missing for longer than the terms allow", "连续缺测超过条款允许的时长"),
    word("nothing_left", "no value is left to compute with", "没有可供计算的数值"),
    word("anchor_unknown", "it is not known around which day the terms look", "基准日无法确定"),
    word("storm_unknown", "a number of the storm that matters is not known", "风暴的关键数据缺失"),
    word("baseline_too_short", "too few other years can be compared with", "可供比较的年份不足"),
    word("no_deviation", "the years that are compared with are all alike", "用于比较的各年数值完全相同"),
    word("division_by_zero", "the index is a ratio over zero", "指数的分母为零"),
    word("no_term", "the terms give no number for the time of the year", "条款未给出该时段的数值"),
    word("overflow", "the numbers are too large to compute with", "数值过大，无法计算"),
];

/// The same as a sentence of its own, for a table of determinations: in English there stands the ledger's.
static REASON_SENTENCES: &[(&str, &str)] = &[
    ("strike_reached", "指数达到条款约定的触发条件。"),
    ("strike_not_reached", "指数未达到条款约定的触发条件。"),
    ("insured_owes", "按互换约定，由被保险人支付。"),
    ("gate_closed", "保障项的前提条件不成立。"),
    ("nothing_qualifies", "有数据，但没有条款所考察的情形。"),
    ("no_event", "未发生承保的事件。"),
    ("events_passed_over", "有事件达到触发值，但按条款均不赔付。"),
    ("outside_dates", "达到触发值的日期不在赔付日期之内。"),
    ("below_deductible", "未超过免赔额。"),
    ("below_franchise", "未达到起赔点。"),
    ("limit_used_up", "达到触发值，但限额已被此前的赔付用尽。"),
    ("paid_by_other", "应扣减的其他保障项已赔付。"),
    ("rounds_to_nothing", "应付金额经舍入为零。"),
    ("paid_in_advance", "预付：后续数据不会减少已应付的金额。"),
    ("pays_so_far", "期间仍在进行；后续数据不会减少已应付的金额。"),
    ("period_running", "保险期间尚未结束。"),
    ("data_incomplete", "保险期间已结束，仍在等待数据。"),
    ("waits_for_other", "须扣减的其他保障项赔付尚未终定。"),
    ("no_readings", "没有任何读数。"),
    ("too_many_missing", "缺测数据超过条款允许的比例。"),
    ("gap_too_long", "连续缺测时间超过条款允许的长度。"),
    ("nothing_left", "没有可用于计算的数值。"),
    ("anchor_unknown", "窗口锚定日之前缺测过多。"),
    ("storm_unknown", "风暴临近，但关键数值未知。"),
    ("baseline_too_short", "可供比较的历史年份不足。"),
    ("no_deviation", "历史各年份数值相同，无法比较。"),
    ("division_by_zero", "指数为除以零的比值。"),
    ("no_term", "条款未给出该月份或阶段的数值。"),
    ("overflow", "数值过大，无法精确计算。"),
];

static OUTCOMES: &[Word] = &[
    word("pays", "pays", "赔付"),
    word("nothing_due", "nothing due", "无需赔付"),
    word("undetermined", "undetermined", "无法确定"),
];

static STATES: &[Word] = &[
    word("provisional", "provisional", "暂定"),
    word("preliminary", "preliminary", "初步结果"),
    word("held", "held", "暂缓"),
    word("void", "void", "作废"),
    word("interim", "paid in advance", "预付"),
    word("final", "final", "终定"),
    word("restated", "corrected", "更正"),
];

static CAUSES: &[Word] = &[
    word("source_revision", "the source corrected its readings", "数据源更正了读数"),
    word("policy_error", "the policy was recorded with an error", "保险单记载有误"),
    word("engine_error", "the program had computed with an error", "程序计算有误"),
    word("operator", "it was computed again for review", "经复核重新计算"),
];

/// What became of a source as a whole.
static DISPOSITIONS: &[Word] = &[
    word("used", "used", "已采用"),
    word("missing", "missing", "缺测"),
    word("stale", "silent", "停止报送"),
    word("not_final", "not final yet", "尚未定稿"),
    word("refused", "refused", "被拒收"),
    word("apart", "apart from what the sources agree on", "与其他来源不一致"),
    word("passed_over", "passed over, as too much is missing", "因缺测过多未采用"),
    word("spare", "not needed", "无需采用"),
    word("nothing_reported", "reported nothing", "无报告"),
];

/// What a reason code means; of one that a later program wrote, the code itself.
pub fn reason_code(code: &str, language: Language) -> &str {
    called(REASONS, code, language)
}

/// What a reason code means, in a Chinese sentence; of one that a later program wrote, nothing.
pub fn reason_in_chinese(code: &str) -> Option<&'static str> {
    REASON_SENTENCES.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}

/// What an outcome is called.
pub fn outcome(outcome: Outcome, language: Language) -> &'static str {
    called(OUTCOMES, outcome.word(), language)
}

/// What a state is called.
pub fn state(state: State, language: Language) -> &'static str {
    called(STATES, state.word(), language)
}

/// Why something was corrected.
pub fn cause(cause: Cause, language: Language) -> &'static str {
    called(CAUSES, cause.word(), language)
}

/// What became of a source.
pub fn disposition(disposition: Disposition, language: Language) -> &'static str {
    called(DISPOSITIONS, disposition.word(), language)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::catalogue::tests::{is_chinese, is_said};
    use super::*;

    fn covers<'n>(table: &[Word], names: impl Iterator<Item = &'n str>) {
        is_said(table);
        let [names, all] = [names.collect::<BTreeSet<_>>(), table.iter().map(|word| word.name).collect()];
        assert_eq!(names, all, "each has words, and there are none for what is not");
        for language in [Language::English, Language::Chinese] {
            let mut texts: Vec<_> = table.iter().map(|word| word.in_language(language)).collect();
            texts.sort_unstable();
            texts.dedup();
            assert_eq!(texts.len(), table.len(), "two are called the same");
        }
    }

    #[test]
    fn every_word_of_the_ledger_has_words() {
        covers(OUTCOMES, Outcome::ALL.into_iter().map(Outcome::word));
        covers(STATES, State::ALL.into_iter().map(State::word));
        covers(CAUSES, Cause::ALL.into_iter().map(Cause::word));
        covers(DISPOSITIONS, Disposition::all().map(Disposition::word));
    }

    /// The codes are those of the page that insurers read.
    #[test]
    fn every_reason_code_of_the_documentation_has_words() {
        let page = include_str!("../../docs/payout-log.md");
        let table = page.split("| reason_code | means |").nth(1).and_then(|rest| rest.split("\n\n").next());
        let rows = table.expect("the page has a table of reason codes").lines();
        let codes = rows.filter_map(|row| row.strip_prefix("| `")?.split('`').next());
        covers(REASONS, codes);
        let has_words: Vec<_> = REASONS.iter().map(|word| word.name).collect();
        assert_eq!(REASON_SENTENCES.iter().map(|(code, _)| *code).collect::<Vec<_>>(), has_words);
        for (code, text) in REASON_SENTENCES {
            assert!(is_chinese(text) && text.ends_with('。'), "{code}: {text}");
            assert_eq!(reason_in_chinese(code), Some(*text));
        }
    }

    #[test]
    fn a_code_of_a_later_program_stands_as_it_is() {
        assert_eq!(reason_code("of_a_later_one", Language::Chinese), "of_a_later_one");
        assert_eq!(reason_in_chinese("of_a_later_one"), None);
    }
}
