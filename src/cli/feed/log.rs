//! `fairgauge feed log`.

use std::io::Write;

use chrono::{DateTime, Utc};
use fairgauge::ledger::Poll;

use super::super::output::{self, Format, instant};
use super::super::{Failure, LedgerArgs};
use super::{known_in, moment};

#[derive(clap::Args)]
pub struct Args {
    /// Only this feed
    name: Option<String>,
    /// From this day or instant on (UTC)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,
    /// Only polls that failed
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

const COLUMNS: [&str; 9] =
    ["at", "feed", "outcome", "new", "refused", "requests", "heard_until", "not_before", "detail"];

pub fn run(args: &Args) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    if let Some(name) = &args.name {
        known_in(&reader, name)?;
    }
    // Of those that failed, as many as are wanted.
    let most = (args.last > 0 && !args.failed).then_some(args.last);
    let mut polls = reader.polls(args.name.as_deref(), args.since, most)?;
    if args.failed {
        polls.retain(|poll| poll.outcome != Poll::OK);
        let keep = if args.last > 0 { args.last as usize } else { polls.len() };
        polls.drain(..polls.len().saturating_sub(keep));
    }
    let rows: Vec<_> = polls.iter().map(row).collect();
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Table => writeln!(out, "{}", output::record_table(&COLUMNS, &[3, 4, 5], &rows).trim_fmt())?,
        format => output::records(&mut out, &COLUMNS, &["new", "refused", "requests"], &rows, format)?,
    }
    Ok(())
}

fn row(poll: &Poll) -> Vec<Option<String>> {
    vec![
        Some(instant(poll.at)),
        Some(poll.feed.clone()),
        Some(poll.outcome.clone()),
        Some(poll.rows_new.to_string()),
        Some(poll.rows_refused.to_string()),
        Some(poll.requests.to_string()),
        poll.heard_until.map(instant),
        poll.not_before.map(instant),
        Some(poll.detail.clone()).filter(|detail| !detail.is_empty()),
    ]
}
