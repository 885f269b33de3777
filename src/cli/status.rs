//! `fairgauge status`: feeds, settlements and what is late.

use std::collections::BTreeMap;
use std::io::Write;

use fairgauge::ledger::{FeedStatus, Filter, Poll};

use super::output::{self, Format, instant};
use super::{Failure, LedgerArgs};

#[derive(clap::Args)]
pub struct Args {
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    let (genesis, feeds, policies) = (reader.genesis()?, reader.feeds()?, reader.policies()?);
    let rows = reader.payouts(&Filter::default())?;
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in &rows {
        *counts.entry((row.state.word(), row.outcome.word())).or_default() += 1;
    }
    let last = reader.last_instant()?.map(instant);
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Json | Format::Jsonl => {
            let feed = |feed: &FeedStatus| {
                serde_json::json!({
                    "feed": feed.feed,
                    "last_asked": feed.last_at.map(instant),
                    "last_answer": feed.last_ok.map(instant),
                    "state": feed.last_outcome,
                    "newest_reading_ends": feed.newest_end.map(instant),
                })
            };
            let settlements: Vec<_> = counts
                .iter()
                .map(|((state, outcome), count)| serde_json::json!({ "state": state, "outcome": outcome, "count": count }))
                .collect();
            let status = serde_json::json!({
                "ledger": { "origin": genesis.origin, "engine": genesis.engine, "begun": instant(genesis.at), "last": last },
                "policies": policies.len(),
                "feeds": feeds.iter().map(feed).collect::<Vec<_>>(),
                "settlements": settlements,
            });
            writeln!(out, "{}", serde_json::to_string_pretty(&status)?)?;
        }
        Format::Csv => return Err(anyhow::anyhow!("a status is no table: use --format json").into()),
        Format::Table => {
            writeln!(out, "ledger    {}, begun {} by {}", genesis.origin, instant(genesis.at), genesis.engine)?;
            writeln!(out, "last      {}", last.as_deref().unwrap_or("nothing"))?;
            writeln!(out, "policies  {} bound", policies.len())?;
            for ((state, outcome), count) in &counts {
                writeln!(out, "{state:<11} {:<13} {count:>6}", outcome.replace('_', " "))?;
            }
            writeln!(out)?;
            let mut table = output::table(&["FEED", "STATE", "LAST ASKED", "LAST ANSWER", "NEWEST READING ENDS"], &[]);
            for feed in &feeds {
                let at = |at: Option<_>| at.map_or_else(|| "never".to_owned(), instant);
                let state = match feed.last_outcome.as_deref() {
                    None => "not asked yet".to_owned(),
                    Some(Poll::OK) => "answers".to_owned(),
                    Some(class) => format!("fails: {class}"),
                };
                table.add_row([feed.feed.clone(), state, at(feed.last_at), at(feed.last_ok), at(feed.newest_end)]);
            }
            writeln!(out, "{}", table.trim_fmt())?;
        }
    }
    Ok(())
}
