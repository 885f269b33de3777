//! `fairgauge payouts`: the payout log.

mod export;
mod follow;

use std::io::Write;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use clap::{Args, Subcommand};
use fairgauge::audit::{Again, Rederived};
use fairgauge::daemon::Clock;
use fairgauge::ledger::{Determination, Entry, Filter, Item, PayoutRow, Reader, State};
use fairgauge::settle::{Given, Outcome};
use fairgauge::words::{reason_code, why};

use super::localized;
use super::output::{self, Format};
use super::wording::Lang;
use super::{Failure, LedgerArgs};

#[derive(Subcommand)]
pub enum Command {
    /// One line per policy, cover and period: the latest determination; and one per payment in advance
    #[command(after_help = "Example: fairgauge payouts list --outcome pays --format json --ledger ledger.sqlite")]
    List(List),
    /// One determination with everything that is known of it
    #[command(after_help = "Example: fairgauge payouts show LG-001/typhoon/2024-06-01 --ledger ledger.sqlite")]
    Show(Show),
    /// The same rows as `list`, however many, to a file of CSV, JSON, Parquet or Excel
    #[command(
        after_help = "Examples: fairgauge payouts export --output payouts.parquet --ledger ledger.sqlite\n          fairgauge payouts export --as bordereau --from 2026-07-01 --to 2026-09-30 --output q3.xlsx\n\ndocs/exports.md says what stands in which format, and how to name columns of one's own."
    )]
    Export(export::Export),
    /// Print determinations as they become visible, until stopped
    #[command(after_help = "Example: fairgauge payouts follow --from 0 --ledger ledger.sqlite | jq .id")]
    Follow(follow::Follow),
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    lang: InLang,
    /// How to write the rows
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Args)]
pub struct Show {
    /// POLICY/COVER/FIRST-DAY, for a payment in advance with /NUMBER behind it, or the number of a ledger entry
    id: String,
    #[command(flatten)]
    lang: InLang,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// What `show` says in JSON.
#[derive(serde::Serialize)]
struct Shown<'r> {
    #[serde(flatten)]
    row: &'r PayoutRow,
    /// None of an entry that an earlier program wrote.
    sources: Option<Vec<serde_json::Value>>,
}

/// In which language.
#[derive(Args)]
struct InLang {
    /// States, outcomes and reasons in English or Chinese; each determination is computed again for it
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

/// Which rows.
#[derive(Args)]
struct Which {
    /// Only this policy
    #[arg(long)]
    policy: Option<String>,
    /// Only this product, as in leafy-greens@1
    #[arg(long)]
    product: Option<String>,
    /// Only this cover
    #[arg(long)]
    cover: Option<String>,
    /// Only this outcome: pays, nothing_due, undetermined
    #[arg(long, value_parser = outcome)]
    outcome: Option<Outcome>,
    /// Only this state: provisional, preliminary, held, void, interim, final, restated
    #[arg(long, value_parser = state)]
    state: Option<State>,
    /// Also determinations that a later one has taken the place of
    #[arg(long)]
    all: bool,
    /// Only periods whose last day is this one or later
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Only periods whose last day is this one or earlier
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// Only what was determined on this day (UTC) or later
    #[arg(long, value_name = "DATE")]
    determined_from: Option<NaiveDate>,
    /// Only what was determined on this day (UTC) or earlier
    #[arg(long, value_name = "DATE")]
    determined_to: Option<NaiveDate>,
}

fn outcome(word: &str) -> Result<Outcome, String> {
    Outcome::from_word(word).ok_or_else(|| format!("one of {}", Outcome::ALL.map(Outcome::word).join(", ")))
}

fn state(word: &str) -> Result<State, String> {
    State::from_word(word).ok_or_else(|| format!("one of {}", State::ALL.map(State::word).join(", ")))
}

impl Which {
    fn filter(&self) -> Result<Filter, Failure> {
        for (from, to, name) in
            [(self.from, self.to, "--from"), (self.determined_from, self.determined_to, "--determined-from")]
        {
            if let (Some(from), Some(to)) = (from, to)
                && from > to
            {
                return Err(
                    anyhow::anyhow!("{name} {from} is later than the day up to which rows are wanted, {to}").into()
                );
            }
        }
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let behind = |day: NaiveDate| day.checked_add_days(Days::new(1)).map(midnight);
        Ok(Filter {
            policy: self.policy.clone(),
            product: self.product.clone(),
            cover: self.cover.clone(),
            outcome: self.outcome,
            state: self.state,
            all: self.all,
            ends_from: self.from,
            ends_to: self.to,
            determined_from: self.determined_from.map(midnight),
            determined_before: self.determined_to.and_then(behind),
            ..Filter::default()
        })
    }
}

pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(list) => {
            let reader = list.ledger.open()?;
            let mut rows = reader.payouts(&list.which.filter()?)?;
            let mut out = std::io::stdout().lock();
            let Some(lang) = list.lang.lang else { return output::rows(&mut out, &rows, list.format) };
            in_words(&reader, &mut rows, lang)?;
            match list.format {
                Format::Table => Ok(writeln!(out, "{}", localized::table_of(&rows, lang).trim_fmt())?),
                format => output::rows(&mut out, &rows, format),
            }
        }
        Command::Show(show) => {
            let reader = show.ledger.open()?;
            let (mut row, determination) = found(&reader, &show.id)?;
            if let Some(lang) = show.lang.lang {
                in_words(&reader, std::slice::from_mut(&mut row), lang)?;
            }
            let sources = determination.sources;
            let acts = reader.acts_on(&row.policy, &row.cover, row.period.start)?;
            let mut out = std::io::stdout().lock();
            match show.format {
                Format::Json => {
                    let shown = Shown { row: &row, sources: sources.as_deref().map(output::sources) };
                    let mut object = serde_json::to_value(&shown)?;
                    if !acts.is_empty() {
                        object["acts"] = acts.iter().map(act_json).collect();
                    }
                    Ok(writeln!(out, "{}", serde_json::to_string_pretty(&object)?)?)
                }
                Format::Table => {
                    let sources = sources.unwrap_or_default();
                    let table = match show.lang.lang {
                        None => details(&row, &sources, &acts),
                        Some(lang) => localized::details(&row, &sources, lang),
                    };
                    Ok(writeln!(out, "{}", table.trim_fmt())?)
                }
                format => output::rows(&mut out, &[row], format),
            }
        }
        Command::Export(export) => export::run(export),
        Command::Follow(follow) => follow::run(follow),
    }
}

/// Says why in a language: from the determination computed again, and where that says otherwise or cannot be, by the
/// reason's code.
fn in_words(reader: &Reader, rows: &mut [PayoutRow], lang: Lang) -> Result<(), Failure> {
    let again = Again::of(reader)?;
    for row in rows {
        let determination = reader.determination_of(row.seq)?;
        let rederived = determination.and_then(|determination| again.rederive(&determination).ok());
        row.reason = match rederived.filter(|rederived| rederived.differences.is_empty()) {
            Some(Rederived { policy, settlement, .. }) => why(&policy, &settlement.why, lang.into()),
            None => reason_code(&row.reason_code, lang.into()).to_owned(),
        };
    }
    Ok(())
}

/// A determination with its row.
pub fn found(reader: &Reader, id: &str) -> Result<(PayoutRow, Determination), Failure> {
    let row = reader.payout(id)?.ok_or_else(|| unknown(id))?;
    let determination = reader.determination_of(row.seq)?.ok_or_else(|| unknown(id))?;
    Ok((row, determination))
}

/// There is no determination of this name.
pub fn unknown(id: &str) -> anyhow::Error {
    anyhow::anyhow!("there is no determination `{id}`: `fairgauge payouts list` shows which there are")
}

/// Who did what to a period: `hold by lin: the gauge was moved (entry 91)`.
pub fn act_words((seq, entry): &(i64, Entry)) -> String {
    let text = |name: &str| entry.text_of(name).unwrap_or_default();
    let effect = match text("effect") {
        "proposed" => ", waits for a second person",
        _ => "",
    };
    let rerun = entry.member("rerun").map(|rerun| {
        let part = |name: &str| rerun.member(name).and_then(Item::as_text).unwrap_or_default();
        let outcome = part("outcome").replace('_', " ");
        format!(
            "; under {} it would be: {outcome}, index {}, {} {}",
            text("alternative"),
            part("index"),
            part("amount"),
            part("currency")
        )
    });
    format!("{} by {}{effect}: {}{} (entry {seq})", text("act"), text("by"), text("why"), rerun.unwrap_or_default())
}

fn act_json((seq, entry): &(i64, Entry)) -> serde_json::Value {
    let text = |name: &str| entry.text_of(name).unwrap_or_default();
    let mut object = serde_json::json!({
        "entry": seq,
        "at": output::instant(entry.at()),
        "act": text("act"),
        "effect": text("effect"),
        "by": text("by"),
        "why": text("why"),
    });
    if let Some(rerun) = entry.member("rerun") {
        object["alternative"] = text("alternative").into();
        object["rerun"] = serde_json::json!(rerun);
    }
    object
}

fn details(row: &PayoutRow, sources: &[Given], acts: &[(i64, Entry)]) -> comfy_table::Table {
    let mut table = output::table(&["DETERMINATION", &row.id], &[]);
    let index = row.index.as_ref().map_or_else(|| "none".to_owned(), |index| format!("{} {}", index.value, index.unit));
    let facts = [
        ("policy", row.policy.clone()),
        ("product", row.product.clone()),
        ("cover", row.cover.clone()),
        ("period", format!("{} to {}, both included", row.period.start, row.period.end)),
        ("state", output::state(row)),
        ("outcome", row.outcome.word().replace('_', " ")),
        ("index", index),
        ("pays where", row.trigger.clone()),
        ("amount", format!("{} {}", row.amount, row.currency)),
        ("paid in advance", output::money_of(row, row.advance_minor)),
        ("payable", output::money_of(row, row.payable_minor)),
        ("why", format!("{} ({})", row.reason, row.reason_code)),
        ("knowledge of", output::instant(row.as_of)),
        ("determined at", output::instant(row.determined_at)),
        ("stage", row.stage(Clock::System.now()).to_owned()),
        ("contested", until(row.life.contested_until)),
        ("corrected", until(row.life.correctable_until)),
        ("difference", corrects(row)),
        ("booked", output::signed(row, row.life.booked_minor)),
        ("term sheet", format!("SHA-256 {}", row.terms)),
        ("ledger entry", row.seq.to_string()),
    ];
    // Without payments in advance and corrections it is clear from the amount what is payable.
    let advance = row.advance_minor != 0 || row.state == State::Interim;
    let corrected = row.life.corrects.is_some();
    let told = |name: &str| match name {
        "paid in advance" => advance,
        "payable" => advance || corrected,
        "contested" => row.life.contested_until.is_some(),
        "corrected" => row.life.correctable_until.is_some(),
        "difference" | "booked" => corrected,
        _ => true,
    };
    for (name, value) in facts.into_iter().filter(|(name, _)| told(name)) {
        table.add_row([name.to_owned(), value]);
    }
    for act in acts {
        table.add_row([output::instant(act.1.at()), act_words(act)]);
    }
    for (place, source) in sources.iter().enumerate() {
        let name = if place == 0 { "sources" } else { "" };
        let (feed, station, variable) = (&source.feed, &source.station, &source.variable);
        table.add_row([name.to_owned(), format!("{feed}/{station} {variable}: {}", output::source_words(source))]);
    }
    table
}

fn until(instant: Option<DateTime<Utc>>) -> String {
    instant.map_or_else(String::new, |until| format!("until {}", output::instant(until)))
}

/// What a restatement corrects: `-1,000.00 CNY to entry 91 (source_revision)`.
pub fn corrects(row: &PayoutRow) -> String {
    let (Some(seq), Some(cause)) = (row.life.corrects, &row.life.cause) else { return String::new() };
    format!("{} to entry {seq} ({cause})", output::signed(row, row.life.delta_minor))
}
