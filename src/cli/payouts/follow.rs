//! `fairgauge payouts follow`: determinations as they become visible.

use std::io::Write as _;
use std::time::Duration;

use clap::ValueEnum;
use fairgauge::ledger::{Line, PayoutRow};

use crate::cli::{Failure, LedgerArgs, output};

/// How often the ledger is looked at.
const EVERY: Duration = Duration::from_millis(500);

#[derive(clap::Args)]
pub struct Follow {
    /// Begin with this entry of the ledger; without it with what comes from now on
    #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(i64).range(0..))]
    from: Option<i64>,
    /// How to write them
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One object a line
    Jsonl,
    /// A line for people
    Table,
}

pub fn run(args: &Follow) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    let after = args.from.map_or_else(|| reader.last_visible(), |from| Ok(from - 1))?;
    let print = |rows: Vec<PayoutRow>| {
        let mut out = std::io::stdout().lock();
        for row in rows {
            match args.format {
                Format::Jsonl => writeln!(out, "{}", serde_json::to_string(&Line::from(&row))?)?,
                Format::Table => writeln!(out, "{}", line(&row))?,
            }
        }
        Ok::<_, Failure>(out.flush()?)
    };
    let wait = || {
        std::thread::sleep(EVERY);
        true
    };
    fairgauge::publish::Follow::after(&reader, after).each(print, wait)
}

/// When, how binding, which, how much, why.
fn line(row: &PayoutRow) -> String {
    let (at, outcome) = (output::instant(row.determined_at), row.outcome.word().replace('_', " "));
    let money = output::money(row);
    format!("{at}  {:<11}  {:<12}  {money:>18}  {}: {}", output::state(row), outcome, row.id, row.reason)
}
