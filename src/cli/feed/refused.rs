//! `fairgauge feed refused`.

use std::io::Write;

use chrono::DateTime;
use fairgauge::ledger::RefusedRow;

use super::super::output::{self, Format, instant};
use super::super::{Failure, LedgerArgs};
use super::known_in;

#[derive(clap::Args)]
pub struct Args {
    /// Only this feed
    name: Option<String>,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

const COLUMNS: [&str; 10] =
    ["refused_at", "feed", "station", "variable", "from", "to", "value", "unit", "flag", "reason"];

pub fn run(args: &Args) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    if let Some(name) = &args.name {
        known_in(&reader, name)?;
    }
    let rows: Vec<_> = reader.refused(args.name.as_deref())?.iter().map(row).collect();
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table if rows.is_empty() => writeln!(out, "no reading was refused")?,
        Format::Table => writeln!(out, "{}", output::record_table(&COLUMNS, &[6], &rows).trim_fmt())?,
        format => output::records(&mut out, &COLUMNS, &[], &rows, format)?,
    }
    Ok(())
}

fn row(row: &RefusedRow) -> Vec<Option<String>> {
    let second = |second: i64| DateTime::from_timestamp(second, 0).map(instant);
    vec![
        Some(instant(row.known_at)),
        Some(row.feed.clone()),
        row.station.clone(),
        row.variable.map(|variable| variable.to_string()),
        row.interval.and_then(|(start, _)| second(start)),
        row.interval.and_then(|(_, end)| second(end)),
        row.value.clone(),
        row.unit.map(|unit| unit.to_string()),
        Some(row.flag.to_string()),
        Some(row.reason.clone()),
    ]
}
