//! `fairgauge status`: feeds, settlements and what is late.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use chrono::{DateTime, Utc};
use fairgauge::daemon::{Clock, spent_quotas};
use fairgauge::health::{
    Alert, Watermarks, compared, disagreeing, late, near_trigger, needed, policy_watermark, silent, untold,
};
use fairgauge::ledger::{EndpointStatus, Entry, FeedStatus, Filter, PayoutRow, Reader, State};
use fairgauge::observation::SeriesKey;
use fairgauge::setup::Setup;

use super::feed::{circuit, state};
use super::output::{self, Format, instant};
use super::payouts::act_words;
use super::{Failure, LedgerArgs, webhook};

#[derive(clap::Args)]
pub struct Args {
    /// Also until when each source and each policy is known
    #[arg(long)]
    watermarks: bool,
    /// How to write it
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// What the ledger says.
struct Told {
    feeds: Vec<FeedStatus>,
    rows: Vec<PayoutRow>,
    marks: Watermarks,
    signed: Option<Signed>,
    endpoints: Vec<EndpointStatus>,
}

/// How much of a signed ledger is signed, and by whom else.
struct Signed {
    entries: i64,
    signed: i64,
    witnesses: Vec<(String, i64)>,
}

impl Signed {
    fn of(reader: &Reader) -> Result<Option<Self>, Failure> {
        let Some((signed, _)) = reader.newest_checkpoint()? else { return Ok(None) };
        Ok(Some(Self { entries: reader.count()?, signed, witnesses: reader.witnesses()? }))
    }

    fn json(&self) -> serde_json::Value {
        let witness = |(name, size): &(String, i64)| serde_json::json!({ "name": name, "signed": size });
        let witnesses: Vec<_> = self.witnesses.iter().map(witness).collect();
        serde_json::json!({ "entries": self.entries, "signed": self.signed, "witnesses": witnesses })
    }

    fn words(&self) -> String {
        let witnesses = self.witnesses.iter().map(|(name, size)| format!("; {size} cosigned by {name}"));
        format!("{} of {} entries{}", self.signed, self.entries, witnesses.collect::<String>())
    }
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    let (genesis, policies) = (reader.genesis()?, reader.policies()?.len());
    let mut told = Told {
        endpoints: reader.endpoints()?.iter().map(|name| reader.endpoint(name)).collect::<Result<_, _>>()?,
        feeds: reader.feeds()?,
        rows: reader.payouts(&Filter::default())?,
        marks: reader.watermarks()?.into_iter().collect(),
        signed: Signed::of(&reader)?,
    };
    // A ledger that was named by itself has no settings: nothing says then what is late.
    let setup = match &args.ledger.ledger {
        Some(_) => None,
        None => Some(super::load(&args.ledger.config.config)),
    };
    let (setup, faults) = match setup {
        Some(Err(Failure::Faults(faults))) => (None, Some(faults.len())),
        Some(setup) => (Some(setup?), None),
        None => (None, None),
    };
    if let Some(setup) = &setup {
        // Of one that was taken out of the settings nothing is wanted.
        told.endpoints.retain(|one| setup.settings.webhooks.contains_key(&one.endpoint));
    }
    let alerts = alerts(&told, setup.as_ref(), &reader, Clock::System.now())?;
    let spent = setup.as_ref().map_or(Ok(Vec::new()), |setup| Spent::all(setup, &reader, Clock::System.now()))?;
    let known: Vec<(String, Option<DateTime<Utc>>)> = match &setup {
        Some(setup) if args.watermarks => {
            let marks =
                setup.book.policies.iter().map(|policy| (policy.id.to_string(), policy_watermark(policy, &told.marks)));
            marks.collect()
        }
        _ => Vec::new(),
    };
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in &told.rows {
        *counts.entry((row.state.word(), row.outcome.word())).or_default() += 1;
    }
    let now = Clock::System.now();
    let mut stages: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &told.rows {
        *stages.entry(row.stage(now)).or_default() += 1;
    }
    let is_held: BTreeSet<&str> =
        told.rows.iter().filter(|row| row.state == State::Held).map(|row| row.id.as_str()).collect();
    let held = reader.standings()?.into_iter().filter(|(id, _)| is_held.contains(id.as_str()));
    let held: Vec<_> = held.map(|(_, standing)| (standing.seq, standing.entry)).collect();
    let proposals = reader.proposals()?;
    let last = reader.last_instant()?.map(instant);
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Json | Format::Jsonl => {
            let settlements: Vec<_> = counts
                .iter()
                .map(|((state, outcome), count)| serde_json::json!({ "state": state, "outcome": outcome, "count": count }))
                .collect();
            let mut status = serde_json::json!({
                "ledger": { "origin": genesis.origin, "engine": genesis.engine, "begun": instant(genesis.at), "last": last },
                "signed": told.signed.as_ref().map(Signed::json),
                "policies": policies,
                "feeds": told.feeds.iter().map(feed_json).collect::<Vec<_>>(),
                "settlements": settlements,
                "stages": stages,
                "held": held.iter().map(on_period).collect::<Vec<_>>(),
                "proposals": proposals.iter().map(on_period).collect::<Vec<_>>(),
                "webhooks": told.endpoints,
                "quotas": spent.iter().map(Spent::json).collect::<Vec<_>>(),
                "alerts": alerts,
            });
            if args.watermarks {
                let source = |(key, end): (&SeriesKey, &DateTime<Utc>)| {
                    serde_json::json!({
                        "feed": &*key.feed,
                        "station": &*key.station,
                        "variable": key.variable.name(),
                        "known_until": instant(*end),
                    })
                };
                let policy = |(policy, end): &(String, Option<DateTime<Utc>>)| serde_json::json!({ "policy": policy, "known_until": end.map(instant) });
                status["watermarks"] = serde_json::json!({
                    "sources": told.marks.iter().map(source).collect::<Vec<_>>(),
                    "policies": known.iter().map(policy).collect::<Vec<_>>(),
                });
            }
            writeln!(out, "{}", serde_json::to_string_pretty(&status)?)?;
        }
        Format::Csv => return Err(anyhow::anyhow!("a status is no table: use --format json").into()),
        Format::Table => {
            writeln!(out, "ledger    {}, begun {} by {}", genesis.origin, instant(genesis.at), genesis.engine)?;
            writeln!(out, "last      {}", last.as_deref().unwrap_or("nothing"))?;
            if let Some(signed) = &told.signed {
                writeln!(out, "signed    {}", signed.words())?;
            }
            writeln!(out, "policies  {policies} bound")?;
            for ((state, outcome), count) in &counts {
                writeln!(out, "{state:<11} {:<13} {count:>6}", outcome.replace('_', " "))?;
            }
            if !stages.is_empty() {
                let stages: Vec<_> = stages.iter().map(|(stage, count)| format!("{count} {stage}")).collect();
                writeln!(out, "stages    {}", stages.join(", "))?;
            }
            for act in held.iter().chain(&proposals) {
                writeln!(out, "  {}: {}", act.1.period_id(), act_words(act))?;
            }
            writeln!(out)?;
            writeln!(out, "{}", feed_table(&told.feeds).trim_fmt())?;
            if !told.endpoints.is_empty() {
                writeln!(out, "\n{}", webhook::status_table(&told.endpoints).trim_fmt())?;
            }
            if !spent.is_empty() {
                writeln!(out, "\n{}", Spent::table(&spent).trim_fmt())?;
            }
            if args.watermarks {
                writeln!(out, "\n{}", source_table(&told.marks).trim_fmt())?;
                if !known.is_empty() {
                    writeln!(out, "\n{}", policy_table(&known).trim_fmt())?;
                }
            }
            if let Some(faults) = faults {
                let faults = output::count(faults, "fault");
                writeln!(out, "\nthe settings have {faults}: `fairgauge check` names them; nothing says what is late")?;
            }
            if !alerts.is_empty() {
                writeln!(out, "\n{}", output::count(alerts.len(), "alert"))?;
                for alert in &alerts {
                    writeln!(out, "  {alert}")?;
                }
            }
        }
    }
    Ok(())
}

/// What was sent of one limit of a quota, and what is left.
struct Spent {
    quota: String,
    limit: String,
    sent: usize,
    left: usize,
}

impl Spent {
    fn all(setup: &Setup, reader: &Reader, now: DateTime<Utc>) -> Result<Vec<Self>, Failure> {
        let mut all = Vec::new();
        for (name, quota) in spent_quotas(&setup.settings, reader, now)? {
            for limit in quota.limits() {
                let sent = quota.spent(*limit, now);
                let left = (limit.requests as usize).saturating_sub(sent);
                all.push(Self { quota: name.to_string(), limit: limit.to_string(), sent, left });
            }
        }
        Ok(all)
    }

    fn json(&self) -> serde_json::Value {
        serde_json::json!({ "quota": self.quota, "limit": self.limit, "sent": self.sent, "left": self.left })
    }

    fn table(all: &[Self]) -> comfy_table::Table {
        let mut table = output::table(&["QUOTA", "LIMIT", "SENT", "LEFT"], &[2, 3]);
        for Self { quota, limit, sent, left } in all {
            table.add_row([quota.clone(), limit.clone(), sent.to_string(), left.to_string()]);
        }
        table
    }
}

/// Everything that deserves a look.
fn alerts(told: &Told, setup: Option<&Setup>, reader: &Reader, now: DateTime<Utc>) -> Result<Vec<Alert>, Failure> {
    let mut alerts = Vec::new();
    if let Some(Setup { settings, book }) = setup {
        let needed = needed(book);
        for feed in settings.feeds.values() {
            alerts.extend(late(feed, &needed, &told.marks, now));
            if let Some(status) = told.feeds.iter().find(|status| status.feed == *feed.name) {
                let since = status.last_at.unwrap_or(now);
                let stays = status.not_before.filter(|_| status.failures == 0);
                alerts.extend(silent(feed, status.last_ok, stays, since, now));
            }
        }
        let compared = compared(book);
        if !compared.is_empty() {
            alerts.extend(disagreeing(&compared, &reader.knowledge(None)?, now));
        }
    }
    alerts.extend(told.rows.iter().filter_map(near_trigger));
    alerts.extend(told.endpoints.iter().flat_map(|one| untold(one, now)));
    Ok(alerts)
}

fn on_period((seq, entry): &(i64, Entry)) -> serde_json::Value {
    let text = |name: &str| entry.text_of(name).unwrap_or_default();
    serde_json::json!({ "id": entry.period_id(), "entry": seq, "act": text("act"), "by": text("by"), "why": text("why") })
}

fn feed_json(feed: &FeedStatus) -> serde_json::Value {
    serde_json::json!({
        "feed": feed.feed,
        "last_asked": feed.last_at.map(instant),
        "last_answer": feed.last_ok.map(instant),
        "state": feed.last_outcome,
        "failures_in_a_row": feed.failures,
        "circuit": circuit(feed),
        "not_before": feed.not_before.map(instant),
        "requests_of_day": feed.requests_of_day,
        "newest_reading_ends": feed.newest_end.map(instant),
    })
}

fn feed_table(feeds: &[FeedStatus]) -> comfy_table::Table {
    let mut table = output::table(&["FEED", "STATE", "LAST ASKED", "LAST ANSWER", "NEWEST READING ENDS"], &[]);
    for feed in feeds {
        let at = |at: Option<_>| at.map_or_else(|| "never".to_owned(), instant);
        table.add_row([feed.feed.clone(), state(Some(feed)), at(feed.last_at), at(feed.last_ok), at(feed.newest_end)]);
    }
    table
}

fn source_table(marks: &Watermarks) -> comfy_table::Table {
    let mut table = output::table(&["SOURCE", "VARIABLE", "KNOWN UNTIL"], &[]);
    for (key, end) in marks {
        let source = fairgauge::health::source(&key.feed, &key.station);
        table.add_row([source, key.variable.name().to_owned(), instant(*end)]);
    }
    table
}

fn policy_table(known: &[(String, Option<DateTime<Utc>>)]) -> comfy_table::Table {
    let mut table = output::table(&["POLICY", "KNOWN UNTIL"], &[]);
    for (policy, end) in known {
        table.add_row([policy.clone(), end.map_or_else(|| "nothing of one source".to_owned(), instant)]);
    }
    table
}
