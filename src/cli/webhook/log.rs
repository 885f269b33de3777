//! `fairgauge webhook log`.

use std::io::Write;

use fairgauge::ledger::DeliveryRow;

use super::super::feed::unknown;
use super::super::output::{self, Format, instant};
use super::super::{Failure, LedgerArgs};

#[derive(clap::Args)]
pub struct Args {
    /// Only this endpoint
    name: Option<String>,
    /// Only attempts that failed
    #[arg(long)]
    failed: bool,
    /// At most so many, the newest; all with 0
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
    last: u32,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

const COLUMNS: [&str; 10] =
    ["at", "endpoint", "event", "entry", "webhook_id", "attempt", "outcome", "status", "took_ms", "detail"];
const NUMBERS: [&str; 4] = ["entry", "attempt", "status", "took_ms"];

pub fn run(args: &Args) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    if let Some(name) = &args.name {
        let known = reader.endpoints()?;
        if !known.contains(name) {
            let known: Vec<_> = known.iter().map(String::as_str).collect();
            return Err(unknown("endpoint in the ledger", name, &known).into());
        }
    }
    let most = (args.last > 0).then_some(args.last);
    let rows = reader.deliveries(args.name.as_deref(), args.failed, most)?;
    let rows: Vec<_> = rows.iter().map(row).collect();
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table => writeln!(out, "{}", output::record_table(&COLUMNS, &[3, 5, 7, 8], &rows).trim_fmt())?,
        format => output::records(&mut out, &COLUMNS, &NUMBERS, &rows, format)?,
    }
    Ok(())
}

fn row(row: &DeliveryRow) -> Vec<Option<String>> {
    vec![
        Some(instant(row.at)),
        Some(row.endpoint.clone()),
        row.event.clone(),
        row.seq.map(|seq| seq.to_string()),
        row.msg_id.clone(),
        Some(row.attempt.to_string()),
        Some(row.outcome.clone()),
        row.status.map(|status| status.to_string()),
        Some(row.took_ms.to_string()),
        Some(row.detail.clone()).filter(|detail| !detail.is_empty()),
    ]
}
