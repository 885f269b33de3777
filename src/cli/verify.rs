//! `fairgauge verify`: a proof bundle without a database, or the whole ledger.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use fairgauge::audit::{Bundle, recompute, verify_life};
use fairgauge::ledger::Reader;
use fairgauge::ledger::merkle::{Checkpoint, PublicKey};
use indicatif::{ProgressBar, ProgressStyle};

use super::output::{Format, is_watched};
use super::{Failure, LedgerArgs, whole};

#[derive(clap::Args)]
pub struct Args {
    /// A bundle that `fairgauge prove` wrote; without it the ledger is checked
    bundle: Option<PathBuf>,
    /// The log's public key, as `fairgauge key show` prints it, or a file that holds it
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A checkpoint that was kept: the ledger must be what it signs, with more behind it
    #[arg(long, value_name = "FILE", conflicts_with = "bundle", requires = "key")]
    checkpoint: Option<PathBuf>,
    /// A file that says how far the payouts were computed again; the next run goes on there
    #[arg(long, value_name = "FILE", conflicts_with = "bundle")]
    state: Option<PathBuf>,
    /// How to write what was found
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let key = args.key.as_deref().map(read_key).transpose()?;
    match &args.bundle {
        Some(path) => {
            let key = key.ok_or_else(|| anyhow!("a bundle is checked by the log's public key: add --key KEY"))?;
            bundle(path, &key, args.format)
        }
        None => ledger(args, key.as_ref()),
    }
}

/// A key, or a file that holds it.
pub(super) fn read_key(text: &str) -> anyhow::Result<PublicKey> {
    let text = if text.contains('+') { text.to_owned() } else { read(Path::new(text))? };
    Ok(text.parse()?)
}

fn read(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()));
    text.map_err(|error| anyhow!("{error:#}"))
}

fn bundle(path: &Path, key: &PublicKey, format: Format) -> Result<(), Failure> {
    let proved = Bundle::read(&read(path)?)?.verify(key)?;
    let said = &proved.determination;
    let mut out = std::io::stdout().lock();
    if format == Format::Table {
        writeln!(out, "{} ({}, ledger entry {})", said.id(), said.state.word(), proved.seq)?;
        writeln!(out)?;
        writeln!(out, "outcome   {}: {}", said.outcome.word().replace('_', " "), said.reason)?;
        writeln!(out, "amount    {} {}", said.amount.decimal(), said.amount.currency())?;
        writeln!(out, "log       {}, {} entries, signed", proved.checkpoint.origin, proved.checkpoint.size)?;
        writeln!(out, "checked   the entry, the policy and the readings are in the log; computed again: the same")?;
    } else {
        let object = serde_json::json!({
            "id": said.id(),
            "state": said.state,
            "entry": proved.seq,
            "outcome": said.outcome.word(),
            "amount": said.amount.decimal(),
            "currency": said.amount.currency().code(),
            "origin": proved.checkpoint.origin,
            "size": proved.checkpoint.size,
            "verified": true,
        });
        writeln!(out, "{object}")?;
    }
    Ok(())
}

fn ledger(args: &Args, key: Option<&PublicKey>) -> Result<(), Failure> {
    let reader = args.ledger.open()?;
    let kept = args.checkpoint.as_deref().zip(key).map(|(path, key)| {
        let kept = Checkpoint::open(&read(path)?, key);
        kept.map_err(|error| anyhow!("{}: {error}", path.display()))
    });
    let kept = kept.transpose()?;
    let state = args.state.as_deref().filter(|path| path.exists()).map(|path| {
        Checkpoint::read(&read(path)?).ok_or_else(|| anyhow!("{} holds no state of a check", path.display()))
    });
    let state = state.transpose()?;
    let bar = spinner("entries, readings and evidence");
    let verified = reader.verify_against(key, &kept.iter().chain(&state).collect::<Vec<_>>())?;
    bar.finish_and_clear();

    let from = state.as_ref().map_or(Ok(0), |state| i64::try_from(state.size))?;
    let payouts = recompute_all(&reader, from, args.state.as_deref(), verified.entries)?;
    let broken = verify_life(&reader)?;
    if !broken.is_empty() {
        return Err(anyhow!("the ledger breaks its own rules:\n{}", broken.join("\n")).into());
    }
    let mut out = std::io::stdout().lock();
    if args.format == Format::Table {
        writeln!(out, "entries      {}: numbers, hashes, keys and tree are as they were written", verified.entries)?;
        writeln!(out, "readings     {} rows, as they were hashed", verified.observations)?;
        writeln!(out, "evidence     {} bodies, as they were hashed", verified.evidence)?;
        let signed = match (verified.checkpoints, key) {
            (0, _) => "none: the ledger is not signed".to_owned(),
            (count, Some(_)) => format!("{count}, signed by the key that was given"),
            (count, None) => {
                format!("{count}, signed by a key of the ledger; compare it with one that you know: --key")
            }
        };
        writeln!(out, "checkpoints  {signed}")?;
        if let Some(kept) = &kept {
            writeln!(
                out,
                "kept one     {} entries: the ledger is what it signs, with {} more",
                kept.size,
                verified.entries - i64::try_from(kept.size)?
            )?;
        }
        writeln!(out, "payouts      {payouts} determinations computed again: the same")?;
        writeln!(out, "rules        signatures of acts, four eyes, holds, corrections, sums and limits are kept")?;
        for entries in reader.bodies_only()? {
            writeln!(
                out,
                "restored     entries {} to {} came back without readings and evidence; what they determined is not computed again",
                entries.start(),
                entries.end()
            )?;
        }
    } else {
        let object = serde_json::json!({
            "entries": verified.entries,
            "readings": verified.observations,
            "evidence": verified.evidence,
            "checkpoints": verified.checkpoints,
            "determinations": payouts,
            "verified": true,
        });
        writeln!(out, "{object}")?;
    }
    Ok(())
}

/// Computes the determinations again; how far it came is written to `state` now and then.
fn recompute_all(reader: &Reader, from: i64, state: Option<&Path>, entries: i64) -> Result<u64, Failure> {
    let all = u64::try_from(reader.count_determinations(from)?)?;
    let bar = if is_watched() { ProgressBar::new(all) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} payouts computed again").expect("a template"));
    let keep = |size: i64| -> anyhow::Result<()> {
        let Some(path) = state else { return Ok(()) };
        let text = reader.state_at(size)?.text();
        whole::replace(path, text.as_bytes())
    };
    let mut kept = Ok(());
    let faulty = recompute(reader, from, |more, next| {
        bar.inc(more);
        if kept.is_ok() {
            kept = keep(next);
        }
    })?;
    bar.finish_and_clear();
    kept?;
    if let Some(faulty) = faulty {
        let (id, seq) = (faulty.id, faulty.seq);
        return Err(anyhow!("entry {seq}, {id}: computed again, it comes out otherwise:\n{}", faulty.why).into());
    }
    keep(entries)?;
    Ok(all)
}

/// On a terminal only.
fn spinner(what: &str) -> ProgressBar {
    if !is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}
