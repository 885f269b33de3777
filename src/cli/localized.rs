//! Determinations in tables for people, in English or Chinese.

use comfy_table::Table;
use fairgauge::ledger::PayoutRow;
use fairgauge::settle::Given;
use fairgauge::words::{self, Language, disposition, heading, outcome, state_of, variable};

use super::output;
use super::wording::Lang;

/// One line per determination.
pub fn table_of(rows: &[PayoutRow], lang: Lang) -> Table {
    let language = lang.into();
    let columns = ["policy", "cover", "period", "state", "outcome", "index", "amount", "why"];
    let headings = columns.map(|name| heading(name, language).to_uppercase());
    let mut table = output::table(&headings.each_ref().map(String::as_str), &[5, 6]);
    for row in rows {
        table.add_row([
            row.policy.clone(),
            row.cover.clone(),
            period(row, language),
            state_of(row, language),
            outcome(row.outcome, language).to_owned(),
            index(row, language),
            money(row, row.amount_minor, language),
            row.reason.clone(),
        ]);
    }
    table
}

/// Everything that is known of one.
pub fn details(row: &PayoutRow, sources: &[Given], lang: Lang) -> Table {
    let language: Language = lang.into();
    let mut table = output::table(&[&row.id, ""], &[]);
    let until = |at: Option<_>| at.map_or_else(String::new, |at| words::instant(at, language));
    let facts = [
        ("policy", row.policy.clone()),
        ("product", row.product.clone()),
        ("cover", row.cover.clone()),
        ("period", period(row, language)),
        ("state", state_of(row, language)),
        ("outcome", outcome(row.outcome, language).to_owned()),
        ("index", index(row, language)),
        ("amount", money(row, row.amount_minor, language)),
        (
            "paid_in_advance",
            if row.advance_minor == 0 { String::new() } else { money(row, row.advance_minor, language) },
        ),
        ("payable", money(row, row.payable_minor, language)),
        ("why", row.reason.clone()),
        ("knowledge", words::instant(row.as_of, language)),
        ("contested", until(row.life.contested_until)),
        ("corrected", until(row.life.correctable_until)),
        ("term_sheet", row.terms.clone()),
        ("entry", row.seq.to_string()),
    ];
    for (name, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.add_row([heading(name, language).to_owned(), value]);
    }
    for source in sources {
        let what = variable(&source.variable, language);
        let became = disposition(source.disposition, language);
        let name = format!("{}/{} {what}: {became}", source.feed, source.station);
        table.add_row([heading("source", language).to_owned(), name]);
    }
    table
}

fn period(row: &PayoutRow, language: Language) -> String {
    let [from, to] = [row.period.start, row.period.end].map(|day| words::date(day, language));
    match language {
        Language::English => format!("{from} to {to}"),
        Language::Chinese => format!("{from}至{to}"),
    }
}

fn index(row: &PayoutRow, language: Language) -> String {
    row.index.as_ref().map_or_else(
        || heading("none", language).to_owned(),
        |index| words::measure(&index.value, &index.unit, language),
    )
}

fn money(row: &PayoutRow, minor: i64, language: Language) -> String {
    let money = output::money_in(row, minor);
    money.map_or_else(|| format!("{} {}", row.amount, row.currency), |money| words::money(money, language))
}
