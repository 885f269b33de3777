//! Tables for people, JSON and CSV for programs.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use fairgauge::by_hand::Payment;
use fairgauge::calendar::Period;
use fairgauge::index::{Disposition, Step};
use fairgauge::ledger::{COLUMNS, PayoutRow};
use fairgauge::publish::export::write_csv;
use fairgauge::quantity::{Currency, Exact, Money};
use fairgauge::settle::{Given, Settlement};
use fairgauge::words::{Sentence, Story};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use super::wording::Lang;

/// Whether `--quiet` was said.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Once, when the arguments were read.
pub fn set_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Whether only results and errors are wanted.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Whether somebody looks on who wants to know how far long work has come.
pub fn is_watched() -> bool {
    std::io::stderr().is_terminal() && !is_quiet()
}

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people
    Table,
    /// An array of objects
    Json,
    /// One object a line
    Jsonl,
    /// Comma-separated, with a header
    Csv,
}

/// A table without lines, as wide as the terminal; in a pipe as wide as it needs to be.
pub fn table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// `1 policy`, `2 policies`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = match noun.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    };
    format!("{number} {}", if number == 1 { noun } else { &plural })
}

/// Writes determinations.
pub fn rows(out: &mut dyn Write, rows: &[PayoutRow], format: Format) -> Result<(), Failure> {
    match format {
        Format::Table => writeln!(out, "{}", payout_table(rows).trim_fmt())?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(rows)?)?,
        Format::Jsonl => {
            for row in rows {
                writeln!(out, "{}", serde_json::to_string(row)?)?;
            }
        }
        Format::Csv => write_csv(rows, &COLUMNS, out)?,
    }
    Ok(())
}

/// One line per determination. Where an id stands in several lines, each has the number of its ledger entry, by which
/// `payouts show` and `explain` find it.
pub fn payout_table(rows: &[PayoutRow]) -> Table {
    let several = rows.windows(2).any(|pair| pair[0].id == pair[1].id);
    let mut header = vec!["POLICY", "COVER", "PERIOD", "STATE", "OUTCOME", "INDEX", "AMOUNT", "WHY"];
    if several {
        header.insert(0, "ENTRY");
    }
    let mut table = table(&header, if several { &[0, 6, 7] } else { &[5, 6] });
    for row in rows {
        let index =
            row.index.as_ref().map_or_else(|| "-".to_owned(), |index| format!("{} {}", index.value, index.unit));
        let entry = several.then(|| row.seq.to_string());
        let cells = [
            row.policy.clone(),
            row.cover.clone(),
            format!("{} to {}", row.period.start, row.period.end),
            state(row),
            row.outcome.word().replace('_', " "),
            index,
            money(row),
            row.reason.clone(),
        ];
        table.add_row(entry.into_iter().chain(cells));
    }
    table
}

/// `final`, or of payments in advance `interim 2`.
pub fn state(row: &PayoutRow) -> String {
    row.state_as(row.state.word())
}

/// `1,138.50 CNY`, or a dash where nothing is due.
pub fn money(row: &PayoutRow) -> String {
    money_of(row, row.amount_minor)
}

/// The same of another number of the row, in minor units.
pub fn money_of(row: &PayoutRow, minor: i64) -> String {
    if minor == 0 {
        return "-".to_owned();
    }
    money_in(row, minor).map_or_else(|| format!("{} {}", row.amount, row.currency), |money| money.to_string())
}

/// `+1,500.00 CNY`, `-1,000.00 CNY`, or a dash.
pub fn signed(row: &PayoutRow, minor: i64) -> String {
    if minor > 0 { format!("+{}", money_of(row, minor)) } else { money_of(row, minor) }
}

/// A number of the row in minor units, as money; none where it is beyond all money.
pub fn money_in(row: &PayoutRow, minor: i64) -> Option<Money> {
    Money::from_minor(minor, Currency::from_code(&row.currency)?).ok()
}

/// A line for each payment in advance: the insured day, the amount, why.
pub fn payments(out: &mut dyn Write, payments: &[Payment]) -> Result<(), Failure> {
    for Payment { on, settlement, .. } in payments {
        writeln!(out, "  paid in advance on {on}: {}, {}", settlement.amount, settlement.reason)?;
    }
    Ok(())
}

/// The same for programs.
pub fn payments_json(payments: &[Payment]) -> serde_json::Value {
    let object = |Payment { on, settlement, .. }: &Payment| {
        let index =
            settlement.index.as_ref().map(|(value, unit)| serde_json::json!({ "value": value, "unit": unit.symbol() }));
        serde_json::json!({
            "date": on,
            "amount": settlement.amount.decimal(),
            "currency": settlement.amount.currency().code(),
            "index": index,
            "reason": settlement.reason,
        })
    };
    payments.iter().map(object).collect()
}

/// Rows of cells for people; what is not there is a dash.
pub fn record_table(columns: &[&str], right: &[usize], rows: &[Vec<Option<String>>]) -> Table {
    let header: Vec<_> = columns.iter().map(|column| column.replace('_', " ").to_uppercase()).collect();
    let mut table = table(&header.iter().map(String::as_str).collect::<Vec<_>>(), right);
    for row in rows {
        table.add_row(row.iter().map(|cell| cell.as_deref().unwrap_or("-")));
    }
    table
}

/// Rows of cells for programs: objects with the columns' names, of which some are `numbers`, or CSV; what is not there
/// is null, or empty.
pub fn records(
    out: &mut dyn Write,
    columns: &[&str],
    numbers: &[&str],
    rows: &[Vec<Option<String>>],
    format: Format,
) -> Result<(), Failure> {
    if format == Format::Csv {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns)?;
        for row in rows {
            writer.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or_default()))?;
        }
        writer.flush()?;
        return Ok(());
    }
    let objects: Vec<_> = rows.iter().map(|row| record(columns, numbers, row)).collect();
    if format == Format::Json {
        writeln!(out, "{}", serde_json::to_string_pretty(&objects)?)?;
        return Ok(());
    }
    for object in objects {
        writeln!(out, "{}", serde_json::to_string(&object)?)?;
    }
    Ok(())
}

/// One of them as an object.
pub fn record(columns: &[&str], numbers: &[&str], row: &[Option<String>]) -> serde_json::Value {
    let value = |(column, cell): (&&str, &Option<String>)| {
        let number = numbers.contains(column).then(|| cell.as_deref()?.parse::<i64>().ok()).flatten();
        ((*column).to_owned(), number.map_or_else(|| cell.clone().into(), serde_json::Value::from))
    };
    columns.iter().zip(row).map(value).collect()
}

/// The way of a number, block by block.
pub fn steps(out: &mut dyn Write, steps: &[Step]) -> Result<(), Failure> {
    for step in steps {
        writeln!(out, "  {}", step.block)?;
        if !step.result.is_empty() {
            writeln!(out, "      = {}", step.result)?;
        }
        for (begins, value) in step.values.iter().flatten() {
            let value = value.map_or_else(|| "missing".to_owned(), |value| value.to_string());
            writeln!(out, "        {}  {value}", instant(*begins))?;
        }
    }
    Ok(())
}

/// The same for programs.
pub fn steps_json(steps: &[Step]) -> Vec<serde_json::Value> {
    let object = |step: &Step| {
        let mut object = serde_json::json!({ "block": step.block, "result": step.result });
        if let Some(values) = &step.values {
            let pair = |(begins, value): &(_, Option<Exact>)| {
                serde_json::json!([instant(*begins), value.map(|value| value.to_string())])
            };
            object["values"] = values.iter().map(pair).collect();
        }
        object
    };
    steps.iter().map(object).collect()
}

/// A period: its days, both included, and the instants between which they lie.
pub fn period(period: &Period) -> serde_json::Value {
    serde_json::json!({
        "start": period.span.first,
        "end": period.span.last,
        "from": instant(period.begins),
        "to": instant(period.ends),
    })
}

/// What each source gave.
pub fn sources(sources: &[Given]) -> Vec<serde_json::Value> {
    let object = |source: &Given| {
        let slots = Disposition::OF_SLOTS.into_iter().zip(source.slots);
        let slots = slots.map(|(disposition, slots)| (disposition.word().to_owned(), slots.into()));
        let plain = serde_json::json!({
            "feed": &*source.feed,
            "station": &*source.station,
            "variable": source.variable,
            "disposition": source.disposition.word(),
            "asked": source.asked(),
        });
        let serde_json::Value::Object(mut object) = plain else { unreachable!("it was written as one") };
        object.extend(slots);
        object.extend(source.family.iter().map(|family| ("family".to_owned(), family.as_str().into())));
        let value = source.value.iter().flat_map(|(value, unit)| [("value", value), ("unit", unit)]);
        object.extend(value.map(|(name, text)| (name.to_owned(), text.as_str().into())));
        serde_json::Value::Object(object)
    };
    sources.iter().map(object).collect()
}

/// The same of one source in words: `41 used of 41 asked for, 0 missing`.
pub fn source_words(source: &Given) -> String {
    use Disposition::{Apart, Missing, NotFinal, PassedOver, Refused, Spare, Stale, Used};
    let mut words = format!("{} used of {} asked for, {} missing", source.of(Used), source.asked(), source.of(Missing));
    for (disposition, meaning) in [
        (Stale, "since it is silent"),
        (NotFinal, "not final yet"),
        (Refused, "refused"),
        (Apart, "apart from what was agreed on"),
    ] {
        let slots = source.of(disposition);
        if slots > 0 {
            words += &format!(", {slots} {meaning}");
        }
    }
    if let Some((value, unit)) = &source.value {
        words += &format!(", {value} {unit}");
    }
    if let Some(family) = &source.family {
        words += &format!("; of the family {family}");
    }
    match source.disposition {
        PassedOver => words + "; passed over: too much is missing",
        Spare => words + "; not needed",
        Disposition::NothingReported => words + "; nothing was reported",
        _ => words,
    }
}

/// A settlement with the way of its number.
pub fn settlement(settlement: &Settlement) -> serde_json::Value {
    let index =
        settlement.index.as_ref().map(|(value, unit)| serde_json::json!({ "value": value, "unit": unit.symbol() }));
    serde_json::json!({
        "outcome": settlement.outcome,
        "index": index,
        "trigger": settlement.trigger,
        "amount": settlement.amount.decimal(),
        "currency": settlement.amount.currency().code(),
        "reason": settlement.reason,
        "reason_code": settlement.reason_code,
        "sources": sources(&settlement.sources()),
        "steps": steps_json(&settlement.trace),
    })
}

/// A story, with its language.
pub fn story(story: &Story, lang: Lang) -> serde_json::Value {
    let sentence = |one: &Sentence| serde_json::json!({ "topic": one.topic.word(), "text": one.text });
    let sentences: Vec<_> = story.sentences.iter().map(sentence).collect();
    serde_json::json!({ "lang": lang.word(), "title": story.title, "text": story.text(), "sentences": sentences })
}

/// How far long work has come, on a terminal only.
pub fn progress_bar() -> ProgressBar {
    if !is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}");
    bar.set_style(style.expect("the template is well formed"));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// An instant as the ledger writes it.
pub fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
