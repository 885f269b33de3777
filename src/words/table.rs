//! What stands above columns and beside facts, in both languages.

use super::Language;
use super::catalogue::{Word, find, word};

static HEADINGS: &[Word] = &[
    word("policy", "policy", "保险单"),
    word("product", "product", "产品"),
    word("cover", "cover", "保障项目"),
    word("period", "period", "期间"),
    word("state", "state", "状态"),
    word("outcome", "outcome", "结果"),
    word("index", "index", "指数"),
    word("amount", "amount", "金额"),
    word("paid_in_advance", "paid in advance", "已预付"),
    word("payable", "payable", "应付"),
    word("why", "why", "原因"),
    word("knowledge", "as known at", "数据截至"),
    word("contested", "may be contested until", "异议期至"),
    word("corrected", "may be corrected until", "可更正至"),
    word("term_sheet", "term sheet, SHA-256", "条款文件摘要"),
    word("entry", "ledger entry", "账本记录"),
    word("source", "source", "数据源"),
    word("none", "none", "无"),
    word("day", "day", "保险日"),
    word("until", "until", "截至"),
    word("pays", "pays", "赔付"),
    word("distance", "distance to where it pays", "距赔付条件"),
    word("missing", "missing", "缺测"),
    word("revised", "revised", "更正"),
    word("yes", "yes", "是"),
    word("so_far", "so far", "暂达"),
    word("no", "no", "否"),
    word("known_until", "known until", "读数至"),
];

/// What a column or a fact is called, by the word of the program.
///
/// # Panics
/// Where the word is none of the program's.
pub fn heading(name: &'static str, language: Language) -> &'static str {
    let word = find(HEADINGS, name).expect("the program knows its own columns");
    word.in_language(language)
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::tests::is_said;
    use super::*;

    #[test]
    fn every_heading_stands_once_in_either_language() {
        is_said(HEADINGS);
    }
}
